"""Recording costs: all lines of a batch or none, each valued once with the rates of its day, none ever changed."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Max
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.money.amount import convert
from watchfloor.money.queries import FoundRate, NoRate, RateBook, rate_book
from watchfloor.plans.cost_queries import frozen_until
from watchfloor.plans.cost_records import (
    BALANCES,
    KINDS,
    Control,
    CostBatchRecord,
    CostEntryRecord,
    CostLine,
    CostsRefused,
    CurrencyControl,
    LineError,
    batch_record,
    entry_record,
)
from watchfloor.plans.models import ControlAccount, CostBatch, CostEntry
from watchfloor.portfolio.models import Project
from watchfloor.portfolio.operations import lock_project
from watchfloor.portfolio.queries import organisation

MAX_LINES = 50_000  # of one batch
MAX_ERRORS = 500
LEFT_OUT_SHOWN = 100
_MINOR_MAX = 2**62
_YEARS = range(1984, 2150)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a call recorded, or with ``is_dry_run`` would record."""

    batch: CostBatchRecord | None  # None: nothing new, or a dry run
    new: int
    known: int  # lines the ledger has already
    restated: int  # lines taken back because a new balance stands in their place
    control: Control
    older_rates: int  # lines valued with the rate of an earlier day
    left_out: tuple[CostEntryRecord, ...]  # imported lines of these kinds and periods that were not said again
    left_out_count: int  # of them; at most LEFT_OUT_SHOWN are listed


@transaction.atomic
def post_costs(
    viewer: Viewer,
    project_id: int,
    lines: Sequence[CostLine],
    *,
    origin: str = "manual",
    source_name: str = "",
    digest: str = "",
    totals: dict[str, int] | None = None,
    accept_difference: str = "",
    reason: str = "",
    restate: bool = False,
    dry_run: bool = False,
    now: datetime,
) -> Posted:
    """Append lines to the cost ledger of a project.

    A line that stands there already is not recorded twice. A balance (accrual, commitment) that differs from the one
    of the same account, period and currency needs ``restate``: the old one is taken back, the new one recorded.
    Of an import, standing imported lines of its kinds and periods that it does not say stay, and are told.

    Args:
        totals: currency → control total of the sheet in minor units, held against the sum of the lines.
        accept_difference: why a total that does not match is recorded all the same.
        reason: needed where a line is for a period that was accepted or closed; such lines are restatements.

    Raises:
        CostsRefused: some lines cannot be recorded; none is.
        Conflict: the control total does not match and no reason was given.
        NotFound, NotAllowed: not the viewer's project, or not their costs.
    """
    project = lock_project(viewer, project_id, "cost.edit")
    if not lines:
        raise Invalid(_("There are no lines to record."))
    if len(lines) > MAX_LINES:
        raise Invalid(_("At most %(limit)d lines at once.") % {"limit": MAX_LINES}, remedy=_("Split the file."))
    control = reconcile(lines, totals or {}, accept_difference)
    batch = _Batch(project, lines, reason=reason.strip(), restate=restate, now=now)
    fresh, old = batch.entries()
    if control.differs and not accept_difference.strip() and not dry_run:
        raise Conflict(
            _("The sum of the lines differs from the control total: %(differences)s.")
            % {"differences": ", ".join(f"{each.currency} {each.difference_minor}" for each in control.totals)},
            remedy=_("Find the missing or doubled lines, or say why the difference is accepted."),
        )
    # Only a report claims to be the whole of what it speaks of.
    left_out, left_out_count = batch.left_out(old) if origin == "import" else ((), 0)
    posted = Posted(None, len(fresh), batch.known, len(old), control, batch.older_rates, left_out, left_out_count)
    if dry_run or not fresh:
        return posted
    said = {
        "totals": [[each.currency, each.given_minor, each.sum_minor] for each in control.totals],
        "accepted_because": control.accepted_because if control.differs else "",
    }
    row = _batch_row(viewer, project, origin=origin, source_name=source_name, reason=reason, now=now)
    row.digest, row.control, row.entry_count = digest, said, len(fresh) + len(old)
    _write(row, fresh, old)
    _append_fact(viewer, row, now, differs=control.differs)
    return replace(posted, batch=batch_record(row))


@transaction.atomic
def reverse_batch(viewer: Viewer, project_id: int, number: int, *, reason: str, now: datetime) -> CostBatchRecord:
    """Take a batch back with entries of the opposite sign; both stay in the ledger.

    Raises:
        NotFound: there is no such batch.
        Conflict: it, or a line of it, was taken back already, or is a reversal itself.
        Invalid: no reason.
    """
    project = lock_project(viewer, project_id, "cost.edit")
    if not reason.strip():
        raise Invalid(_("Say why these lines are taken back."), place="reason")
    row = CostBatch.objects.filter(project_id=project_id, number=number).first()
    if row is None:
        raise NotFound(_("There is no such batch."))
    if row.origin in ("reversal", "change") or CostBatch.objects.filter(reverses=row).exists():
        raise Conflict(_("This batch cannot be taken back: it was already, or is the result of a decision."))
    entries = list(row.entries.filter(reversed_by=None, reverses=None).select_related("account").order_by("id"))
    if not entries:
        raise Conflict(_("Every line of this batch was taken back already."))
    made = _batch_row(viewer, project, origin="reversal", source_name=row.source_name, reason=reason, now=now)
    made.reverses, made.entry_count = row, len(entries)
    _write(made, [], entries)
    _append_fact(viewer, made, now, reverses=number)
    return batch_record(made, reverses=number)


def reconcile(lines: Iterable[CostLine], totals: dict[str, int], accepted_because: str = "") -> Control:
    """The sum per currency against the totals given for it; a currency without lines counts as zero."""
    sums: dict[str, int] = Counter()
    for line in lines:
        sums[line.currency] += line.amount_minor
    found = [CurrencyControl(each, totals.get(each), sums.get(each, 0)) for each in sorted({*sums, *totals})]
    return Control(tuple(found), accepted_because.strip()[:300])


def line_key(line: CostLine, account: str, occurrence: int) -> str:
    """What tells a line from another: everything it says, and which of several equal ones it is."""
    said = (
        line.kind,
        account,
        line.period.isoformat(),
        line.amount_minor,
        line.currency,
        line.reference,
        line.note,
        line.quantity,
        line.planned_price,
        occurrence,
    )
    return hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()


class _Batch:
    """One posting: lines checked against the project, valued, and told apart from what stands there."""

    def __init__(
        self, project: Project, lines: Sequence[CostLine], *, reason: str, restate: bool, now: datetime
    ) -> None:
        self._project = project
        self._lines = lines
        self._reason = reason
        self._restate = restate
        self._today = now.astimezone(ZoneInfo(project.time_zone)).date()
        self._errors: list[LineError] = []
        self._frozen = frozen_until(project.pk)
        top = organisation()
        self._reporting = top.currency if top is not None else ""
        self._accounts = _Accounts(project.pk)
        currencies = {line.currency for line in lines} | {project.currency, self._reporting}
        self._book: RateBook = rate_book(currencies, until=self._today)
        self._found: dict[tuple[str, str, date], FoundRate] = {}
        self._made: list[CostEntry] = []
        self.known = 0
        self.older_rates = 0

    def entries(self) -> tuple[list[CostEntry], list[CostEntry]]:
        """New entries, and the standing balances that they replace."""
        made: list[CostEntry] = []
        seen: Counter[str] = Counter()
        for line in self._lines:
            account = self._checked(line)
            if account is None or len(self._errors) >= MAX_ERRORS:
                continue
            entry = self._entry(line, account)
            if entry is None:
                continue
            plain = line_key(line, account.code, 0)
            entry.key = line_key(line, account.code, seen[plain])
            seen[plain] += 1
            made.append(entry)
        self._refuse_if_wrong()
        self._made = made
        fresh = self._unknown(made)
        old = self._replaced(fresh, {entry.key for entry in made})
        self._refuse_if_wrong()
        return fresh, old

    def _refuse_if_wrong(self) -> None:
        if self._errors:
            raise CostsRefused(tuple(self._errors[:MAX_ERRORS]))

    def _error(self, line: CostLine, field: str, problem: str, remedy: str) -> None:
        self._errors.append(LineError(line.line, field, problem, remedy))

    def _checked(self, line: CostLine) -> ControlAccount | None:
        if line.kind not in KINDS:
            self._error(line, "kind", _("“%(kind)s” is no kind of cost.") % {"kind": line.kind[:40]}, ", ".join(KINDS))
            return None
        if abs(line.amount_minor) > _MINOR_MAX or line.period.year not in _YEARS:
            self._error(line, "amount", _("The amount or the period is out of range."), _("Correct it."))
            return None
        if self._frozen is not None and line.period <= self._frozen and not self._reason:
            self._error(
                line,
                "period",
                _("The period up to %(day)s is accepted and frozen.") % {"day": self._frozen.isoformat()},
                _("Book it in a later period, or give the reason for a restatement."),
            )
            return None
        found = self._accounts.find(line.account)
        if isinstance(found, str):
            self._error(line, "account", _("“%(code)s” is no control account.") % {"code": line.account[:60]}, found)
            return None
        return found

    def _entry(self, line: CostLine, account: ControlAccount) -> CostEntry | None:
        # A period that is not over yet is valued with the newest rate there is.
        day = min(line.period, self._today)
        try:
            rate = self._rate(line.currency, self._project.currency, day)
        except NoRate as problem:
            self._error(line, "currency", str(problem), problem.remedy)
            return None
        self.older_rates += rate.is_older
        reporting: Decimal | None = None
        if self._reporting:
            try:
                reporting = self._rate(line.currency, self._reporting, day).value
            except NoRate:
                reporting = None
        return CostEntry(
            project=self._project,
            account=account,
            kind=line.kind,
            period=line.period,
            amount_minor=line.amount_minor,
            currency=line.currency,
            value_minor=convert(line.amount_minor, line.currency, self._project.currency, rate.value),
            rate=rate.value,
            rate_on=rate.dated,
            rate_source=rate.source[:130],
            reporting_minor=(
                None if reporting is None else convert(line.amount_minor, line.currency, self._reporting, reporting)
            ),
            reporting_currency=self._reporting if reporting is not None else "",
            reporting_rate=reporting,
            quantity=line.quantity,
            planned_price=line.planned_price,
            reference=line.reference[:120],
            note=line.note[:300],
            line=line.line,
            is_restatement=self._frozen is not None and line.period <= self._frozen,
        )

    def _rate(self, base: str, quote: str, day: date) -> FoundRate:
        asked = (base, quote, day)
        if asked not in self._found:
            self._found[asked] = self._book.find(base, quote, day)
        return self._found[asked]

    def _unknown(self, made: list[CostEntry]) -> list[CostEntry]:
        """Those the ledger does not hold. One that was taken back may come again, as its next round."""
        held: dict[str, list[bool]] = defaultdict(list)  # key → whether each of its rounds was taken back
        keys = [entry.key for entry in made]
        for start in range(0, len(keys), 500):
            rows = CostEntry.objects.filter(project=self._project, key__in=keys[start : start + 500])
            for key, reversal in rows.values_list("key", "reversed_by"):
                held[key].append(reversal is not None)
        fresh = []
        for entry in made:
            rounds = held.get(entry.key, [])
            if all(rounds):
                entry.round = len(rounds)
                fresh.append(entry)
        self.known = len(made) - len(fresh)
        return fresh

    def left_out(self, replaced: Sequence[CostEntry]) -> tuple[tuple[CostEntryRecord, ...], int]:
        """Standing imported lines of a kind and period spoken of that were not said: the first ones, and how many."""
        said = {entry.key for entry in self._made}
        spoken_of = {(entry.kind, entry.period) for entry in self._made}
        standing = CostEntry.objects.filter(
            project=self._project, batch__origin="import", period__in={period for _kind, period in spoken_of}
        ).filter(reversed_by=None, reverses=None)
        gone = {row.pk for row in replaced}
        found = [
            pk
            for pk, key, kind, period in standing.order_by("id").values_list("pk", "key", "kind", "period")
            if (kind, period) in spoken_of and key not in said and pk not in gone
        ]
        rows = CostEntry.objects.filter(pk__in=found[:LEFT_OUT_SHOWN]).select_related("account", "batch")
        return tuple(entry_record(row) for row in rows.order_by("id")), len(found)

    def _replaced(self, fresh: list[CostEntry], said: set[str]) -> list[CostEntry]:
        """Standing balances of the same kind, account, period and currency as a new one, unless said again."""
        balances = {_balance(entry): entry for entry in fresh if entry.kind in BALANCES}
        if not balances:
            return []
        standing = CostEntry.objects.filter(
            project=self._project, kind__in=BALANCES, period__in={entry.period for entry in balances.values()}
        ).filter(reversed_by=None, reverses=None)
        old = [
            row
            for row in standing.select_related("account").order_by("id")
            if _balance(row) in balances and row.key not in said
        ]
        if old and not self._restate:
            for row in old:
                entry = balances[_balance(row)]
                self._errors.append(
                    LineError(
                        entry.line,
                        "amount",
                        _("%(account)s has another %(kind)s for %(period)s already.")
                        % {"account": row.account.code, "kind": row.kind, "period": row.period.isoformat()},
                        _("Restate it, which takes the old one back, or correct the period."),
                    )
                )
        return old


class _Accounts:
    """Control accounts by code, or by a cost account that only one of them has; codes near a wrong one."""

    def __init__(self, project_id: int) -> None:
        rows = list(ControlAccount.objects.filter(project_id=project_id))
        self._by_code = {row.code.casefold(): row for row in rows}
        self._by_cost_account: dict[str, list[ControlAccount]] = defaultdict(list)
        for row in rows:
            if row.cost_account:
                self._by_cost_account[row.cost_account.casefold()].append(row)
        self._remedies: dict[str, str] = {}

    def find(self, code: str) -> ControlAccount | str:
        """The account, or what to write instead."""
        asked = code.strip().casefold()
        if asked in self._by_code:
            return self._by_code[asked]
        shared = self._by_cost_account.get(asked, [])
        if len(shared) == 1:
            return shared[0]
        if shared:
            return _("Several control accounts have this cost account: %(codes)s. Name one of them.") % {
                "codes": ", ".join(row.code for row in shared[:5])
            }
        if asked not in self._remedies:
            self._remedies[asked] = self._near(asked)
        return self._remedies[asked]

    def _near(self, asked: str) -> str:
        if not self._by_code:
            return _("The project has no control accounts yet; set them up first.")
        near = get_close_matches(asked, [*self._by_code, *self._by_cost_account], n=3, cutoff=0.5)
        names = [
            self._by_code[each].code if each in self._by_code else self._by_cost_account[each][0].cost_account
            for each in near
        ] or [row.code for row in list(self._by_code.values())[:3]]
        return _("The nearest are: %(codes)s.") % {"codes": ", ".join(names)}


def _balance(entry: CostEntry) -> tuple[str, int, date, str]:
    return entry.kind, entry.account.pk, entry.period, entry.currency


def _write(batch: CostBatch, fresh: list[CostEntry], old: list[CostEntry]) -> None:
    batch.save(force_insert=True)
    frozen = frozen_until(batch.project_id)
    for entry in fresh:
        entry.batch = batch
    CostEntry.objects.bulk_create([*(_opposite(each, batch, frozen) for each in old), *fresh], batch_size=500)


def _batch_row(
    viewer: Viewer, project: Project, *, origin: str, source_name: str, reason: str, now: datetime
) -> CostBatch:
    newest = CostBatch.objects.filter(project=project).aggregate(newest=Max("number"))["newest"]
    return CostBatch(
        project=project,
        number=(newest or 0) + 1,
        origin=origin,
        source_name=source_name[-260:],
        reason=reason.strip()[:300],
        recorded_at=now,
        author_id=viewer.user_id,
        author_name=viewer.name[:150],
    )


def _opposite(entry: CostEntry, batch: CostBatch, frozen: date | None) -> CostEntry:
    """The entry that takes one back: the same rates, the opposite sign."""
    return CostEntry(
        project_id=entry.project_id,
        batch=batch,
        account=entry.account,
        kind=entry.kind,
        period=entry.period,
        amount_minor=-entry.amount_minor,
        currency=entry.currency,
        value_minor=-entry.value_minor,
        rate=entry.rate,
        rate_on=entry.rate_on,
        rate_source=entry.rate_source,
        reporting_minor=None if entry.reporting_minor is None else -entry.reporting_minor,
        reporting_currency=entry.reporting_currency,
        reporting_rate=entry.reporting_rate,
        quantity=None if entry.quantity is None else -entry.quantity,
        planned_price=entry.planned_price,
        reference=entry.reference,
        note=entry.note,
        line=entry.line,
        is_restatement=frozen is not None and entry.period <= frozen,
        key=hashlib.sha256(f"reversal of {entry.pk}".encode()).hexdigest(),
        reverses=entry,
    )


def _append_fact(viewer: Viewer, batch: CostBatch, now: datetime, **more: Any) -> None:
    # Counts only: who reads the journal need not see costs.
    counts = batch.entries.values("kind").order_by("kind").annotate(count=Count("id"))
    restated = batch.entries.filter(is_restatement=True).count()
    append(
        "costs.recorded",
        viewer=viewer,
        now=now,
        project_id=batch.project_id,
        subject_kind="cost_batch",
        subject_id=batch.pk,
        data={
            "batch": batch.number,
            "origin": batch.origin,
            "source": batch.source_name,
            "reason": batch.reason,
            "entries": batch.entry_count,
            "by_kind": {row["kind"]: row["count"] for row in counts},
            "restatements": restated,
            **more,
        },
    )
