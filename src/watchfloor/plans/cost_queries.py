"""Reading the cost ledger, for who sees the project's costs. Rooms that compute take its state without a viewer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from fractions import Fraction

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from watchfloor.kit.errors import NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.money.amount import minor_digits
from watchfloor.plans.cost_records import (
    AccountCosts,
    CostBatchRecord,
    LedgerAt,
    LedgerPage,
    LedgerState,
    SpentSum,
    batch_record,
    entry_record,
)
from watchfloor.plans.models import (
    CostBatch,
    CostEntry,
    CostKind,
    ReserveChange,
    ReserveKind,
    ReserveState,
    StatusPeriod,
    SubmissionState,
)

MAX_LIMIT = 1_000
_SPENT = (CostKind.ACTUAL, CostKind.ACCRUAL)


def see_costs(viewer: Viewer, project_id: int) -> None:
    """Refuse who may not see the project, and who sees it without its costs.

    Raises:
        NotFound, NotAllowed.
    """
    if not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
    if not viewer.may("cost.view", project_id):
        raise NotAllowed(_("Your role does not show the costs of this project."))


def ledger(
    viewer: Viewer,
    project_id: int,
    *,
    account: str = "",
    kinds: Collection[str] = (),
    batch: int | None = None,
    since: date | None = None,
    until: date | None = None,
    standing: bool = False,
    limit: int = 200,
    offset: int = 0,
) -> LedgerPage:
    """Entries, newest period first, and the sums of all that match.

    ``standing`` leaves out accruals and commitments of earlier periods, which a figure of ``until`` does not hold.
    """
    see_costs(viewer, project_id)
    rows = CostEntry.objects.filter(project_id=project_id)
    if standing:
        newest = _newest(rows if until is None else rows.filter(period__lte=until))
        rows = rows.exclude(Q(kind=CostKind.ACCRUAL) & ~Q(period=newest["accrual"])).exclude(
            Q(kind=CostKind.COMMITMENT) & ~Q(period=newest["commitment"])
        )
    if account:
        rows = rows.filter(account__code=account)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if batch is not None:
        rows = rows.filter(batch__number=batch)
    if since is not None:
        rows = rows.filter(period__gte=since)
    if until is not None:
        rows = rows.filter(period__lte=until)
    sums = (
        rows.values("currency")
        .order_by("currency")
        .annotate(amount=Sum("amount_minor"), value=Sum("value_minor"), count=Count("id"))
    )
    found = list(sums)
    first = max(0, offset)
    shown = rows.select_related("account", "batch").order_by("-period", "-id")[
        first : first + max(0, min(limit, MAX_LIMIT))
    ]
    return LedgerPage(
        tuple(entry_record(row) for row in shown),
        sum(row["count"] for row in found),
        sum(row["value"] for row in found),
        {row["currency"]: row["amount"] for row in found},
    )


def cost_batches(viewer: Viewer, project_id: int, limit: int = 50) -> tuple[CostBatchRecord, ...]:
    """What was recorded, newest first."""
    see_costs(viewer, project_id)
    rows = CostBatch.objects.filter(project_id=project_id).select_related("reverses").order_by("-number")
    taken_back = set(
        CostBatch.objects.filter(project_id=project_id).exclude(reverses=None).values_list("reverses_id", flat=True)
    )
    return tuple(
        batch_record(
            row,
            reverses=row.reverses.number if row.reverses is not None else None,
            is_reversed=row.pk in taken_back,
        )
        for row in rows[: max(0, min(limit, MAX_LIMIT))]
    )


def account_costs(viewer: Viewer, project_id: int, *, on: date | None = None) -> dict[str, AccountCosts]:
    """What stands on each control account at a day (by default the newest of the ledger), by code. Two queries."""
    see_costs(viewer, project_id)
    return costs_by_account(project_id, on=on)


def costs_by_account(
    project_id: int, *, on: date | None = None, changes_since: datetime | None = None
) -> dict[str, AccountCosts]:
    """The same for rooms that compute; with ``changes_since`` only later changes of the budget count."""
    rows = CostEntry.objects.filter(project_id=project_id)
    if on is not None:
        rows = rows.filter(Q(period__lte=on) | Q(kind=CostKind.BUDGET))
    if changes_since is not None:
        rows = rows.exclude(kind=CostKind.BUDGET, batch__origin="change", batch__recorded_at__lte=changes_since)
    newest = _newest(rows)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    grouped = rows.values("account__code", "kind", "period", "batch__origin").order_by()
    for row in grouped.annotate(value=Sum("value_minor")):
        kind, period = row["kind"], row["period"]
        if kind == CostKind.BUDGET and row["batch__origin"] == "change":
            kind = "change"
        # A balance counts only at the end of the newest period: the next booking takes its place.
        stands = newest.get(kind, period)
        sums[row["account__code"]][kind] += row["value"] if period == stands else 0
    return {
        code: AccountCosts(
            code,
            found.get(CostKind.BUDGET),
            found.get("change", 0),
            found.get(CostKind.ACTUAL, 0),
            found.get(CostKind.ACCRUAL, 0),
            found.get(CostKind.COMMITMENT, 0),
        )
        for code, found in sums.items()
    }


def spent_sums(project_id: int, *, on: date) -> tuple[SpentSum, ...]:
    """What was spent by a day, per account and currency; lines that name a quantity stand alone. Three queries."""
    rows = CostEntry.objects.filter(project_id=project_id, kind__in=_SPENT, period__lte=on)
    newest = _newest(rows)["accrual"]
    rows = rows.filter(Q(kind=CostKind.ACTUAL) | Q(kind=CostKind.ACCRUAL, period=newest))
    priced = Q(quantity__isnull=False, planned_price__isnull=False)
    grouped = rows.exclude(priced).values("account__code", "currency").order_by("account__code", "currency")
    found = [
        SpentSum(
            row["account__code"], row["currency"], row["amount"], None if row["without"] else row["reporting"] or 0
        )
        for row in grouped.annotate(
            amount=Sum("amount_minor"),
            reporting=Sum("reporting_minor"),
            without=Count("id", filter=Q(reporting_minor=None)),
        )
    ]
    columns = ("account__code", "currency", "amount_minor", "reporting_minor", "quantity", "planned_price")
    for code, currency, amount, reporting, quantity, price in rows.filter(priced).values_list(*columns):
        planned = Fraction(quantity) * Fraction(price) * 10 ** minor_digits(currency)
        found.append(SpentSum(code, currency, amount, reporting, planned))
    return tuple(found)


def ledger_state(project_id: int, *, changes_since: datetime | None = None) -> LedgerState:
    """Everything a forecast takes from the ledger. Five queries, however long it is.

    ``changes_since`` is when the baseline was frozen: budget that approved changes gave since is not in it yet.
    """
    rows = CostEntry.objects.filter(project_id=project_id)
    booked: dict[date, int] = defaultdict(int)
    accrued: dict[date, int] = defaultdict(int)
    committed: dict[date, int] = defaultdict(int)
    into: dict[str, dict[date, int]] = {"actual": booked, "accrual": accrued, "commitment": committed}
    grouped = rows.exclude(kind=CostKind.BUDGET).values("kind", "period").order_by()
    for row in grouped.annotate(value=Sum("value_minor")):
        into[row["kind"]][row["period"]] += row["value"]
    days, so_far = [], 0
    for day in sorted({*booked, *accrued}):
        so_far += booked.get(day, 0)
        days.append(LedgerAt(day, so_far, accrued.get(day, 0)))
    ordered_on = max(committed, default=None)
    budget = rows.filter(kind=CostKind.BUDGET)
    given = budget.exclude(batch__origin="change").values("account__code").order_by()
    changes = budget.filter(batch__origin="change")
    if changes_since is not None:
        changes = changes.filter(batch__recorded_at__gt=changes_since)
    decided = ReserveChange.objects.filter(project_id=project_id, state=ReserveState.APPROVED)
    undistributed = decided.aggregate(
        value=Sum("amount_minor", filter=Q(kind=ReserveKind.UNDISTRIBUTED)), newest=Max("id")
    )
    newest = CostBatch.objects.filter(project_id=project_id).aggregate(newest=Max("number"))["newest"]
    return LedgerState(
        tuple(days),
        None if ordered_on is None else committed[ordered_on],
        ordered_on,
        undistributed["value"] or 0,
        {row["account__code"]: row["value"] for row in given.annotate(value=Sum("value_minor"))},
        changes.aggregate(value=Sum("value_minor"))["value"] or 0,
        (newest or 0) + (undistributed["newest"] or 0),
    )


def frozen_until(project_id: int) -> date | None:
    """The newest cut-off that was accepted or closed: what lies before it changes only by a restatement."""
    fixed = StatusPeriod.objects.filter(project_id=project_id).filter(
        Q(closed_at__isnull=False) | Q(submission__state__in=(SubmissionState.ACCEPTED, SubmissionState.FROZEN))
    )
    newest: date | None = fixed.aggregate(newest=Max("cut_off"))["newest"]
    return newest


def _newest(rows: QuerySet[CostEntry]) -> dict[str, date | None]:
    """The newest period that each kind of balance may stand at."""
    found = rows.order_by().aggregate(
        spent=Max("period", filter=Q(kind__in=_SPENT)), committed=Max("period", filter=Q(kind=CostKind.COMMITMENT))
    )
    return {"accrual": found["spent"], "commitment": found["committed"]}
