"""The acts around baselines: propose, approve, decline, withdraw. What one freezes is never rewritten by another."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.journal.versions import keep
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import codec, store
from watchfloor.plans.baselining.amending import Scope
from watchfloor.plans.baselining.rows import BaselineRow, budget_of_rows, pack
from watchfloor.plans.models import Baseline, BaselineAct, BaselineKind, Checkpoint, Revision
from watchfloor.plans.records import BaselineSummary, baseline_summary
from watchfloor.portfolio.operations import lock_project

APPROVED_ONES = (BaselineKind.APPROVED, BaselineKind.PREVIOUS, BaselineKind.SUPERSEDED, BaselineKind.ORIGINAL)
EVERYTHING = Scope()
MAX_PROPOSED = 20  # waiting at once in one project


class SameHands(NotAllowed):
    """Who proposed a baseline asks to approve it."""

    code = "baseline.same_hands"


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a baseline freezes, and where it is from. ``rates``: one unit in the reporting currency, by currency."""

    rows: Mapping[str, BaselineRow]
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    revision: int | None = None  # number; None: not from a revision of this project
    data_date: datetime | None = None
    origin: str = "revision"  # revision, file, imported
    source_name: str = ""
    matched: int | None = None
    unmatched: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a baseline shall be called, why it is wanted, by whose authority, and where that is written down.

    ``amends`` is the current baseline that an amendment was worked out from, ``scope`` what it is about.
    """

    name: str
    reason: str = ""
    authority: str = ""
    reference: str = ""
    amends: int | None = None
    scope: Scope = EVERYTHING


@transaction.atomic
def propose_baseline(
    viewer: Viewer, project_id: int, frozen: Frozen, proposal: Proposal, *, now: datetime
) -> BaselineSummary:
    """Freeze it and put it to whoever may approve.

    Raises:
        Invalid: no name, or no reason and authority where one is approved already.
        Conflict: what it amends is not the current approved baseline, or too many proposals wait.
    """
    lock_project(viewer, project_id, "plan.edit")
    row = _proposed(viewer, project_id, frozen, proposal, now)
    _tell("baseline.proposed", row, viewer, now)
    return baseline_summary(row)


@transaction.atomic
def approve_baseline(viewer: Viewer, project_id: int, baseline_id: int, *, now: datetime) -> BaselineSummary:
    """Make a proposed baseline the current one, exactly as it was frozen.

    The one it replaces becomes *previous*, and the one before that *superseded* (*original*, if it was that).

    Raises:
        SameHands: the viewer proposed it.
        Conflict: it does not wait any more, or another was approved since it was proposed.
    """
    lock_project(viewer, project_id, "baseline.approve")
    row = _waiting(project_id, baseline_id)
    if row.proposed_by_id is not None and row.proposed_by_id == viewer.user_id:
        raise SameHands(
            _("Who proposes a baseline does not approve it."),
            remedy=_("Somebody else with the permission to approve baselines has to."),
        )
    _approve(row, viewer, now)
    _tell("baseline.approved", row, viewer, now)
    return baseline_summary(row)


@transaction.atomic
def decline_baseline(
    viewer: Viewer, project_id: int, baseline_id: int, *, reason: str, now: datetime
) -> BaselineSummary:
    """Turn a proposal down, with a reason; it stays on record."""
    lock_project(viewer, project_id, "baseline.approve")
    row = _waiting(project_id, baseline_id)
    if not reason.strip():
        raise Invalid(_("Say why it is declined."), place="reason")
    _end(row, BaselineKind.DECLINED, viewer, reason, now)
    _tell("baseline.declined", row, viewer, now)
    return baseline_summary(row)


@transaction.atomic
def withdraw_baseline(viewer: Viewer, project_id: int, baseline_id: int, *, now: datetime) -> BaselineSummary:
    """Take one's own proposal back; it stays on record.

    Raises:
        NotAllowed: somebody else proposed it.
    """
    lock_project(viewer, project_id, "plan.edit")
    row = _waiting(project_id, baseline_id)
    if viewer.user_id is not None and row.proposed_by_id != viewer.user_id:
        raise NotAllowed(_("Only who proposed a baseline withdraws it; who may approve can decline it."))
    _end(row, BaselineKind.WITHDRAWN, viewer, "", now)
    _tell("baseline.withdrawn", row, viewer, now)
    return baseline_summary(row)


@transaction.atomic
def set_baseline(
    viewer: Viewer, project_id: int, frozen: Frozen, proposal: Proposal, *, now: datetime
) -> BaselineSummary:
    """Both acts at once, for whoever runs the machine: no person proposed it, so no second one is needed.

    Raises:
        NotAllowed: asked for by an account.
    """
    if viewer.user_id is not None:
        raise NotAllowed(
            _("A baseline is proposed by one person and approved by another."), remedy=_("Propose it instead.")
        )
    lock_project(viewer, project_id, "baseline.approve")
    row = _proposed(viewer, project_id, frozen, proposal, now)
    _approve(row, viewer, now)
    _tell("baseline.approved", row, viewer, now)
    return baseline_summary(row)


@transaction.atomic
def keep_provisional(viewer: Viewer, project_id: int, frozen: Frozen, *, name: str, now: datetime) -> BaselineSummary:
    """Let a revision serve as the baseline until one is approved; nobody approves this one.

    Raises:
        Conflict: there is one already, or one is approved.
    """
    lock_project(viewer, project_id, "plan.edit")
    serving = (*APPROVED_ONES, BaselineKind.PROVISIONAL)
    if Baseline.objects.filter(project_id=project_id, kind__in=serving).exists():
        raise Conflict(_("This project has a baseline already."))
    row = _frozen(project_id, frozen, name, kind=BaselineKind.PROVISIONAL, recorded_at=now)
    # The kind tells it from what a person approved; the fact has the forecast computed against it.
    _tell("baseline.approved", row, viewer, now)
    return baseline_summary(row)


def _proposed(viewer: Viewer, project_id: int, frozen: Frozen, proposal: Proposal, now: datetime) -> Baseline:
    rows = Baseline.objects.filter(project_id=project_id)
    if rows.filter(kind=BaselineKind.PROPOSED).count() >= MAX_PROPOSED:
        raise Conflict(_("At most %(limit)d proposals wait at once; decide some first.") % {"limit": MAX_PROPOSED})
    current = rows.filter(kind=BaselineKind.APPROVED).only("id").first()
    act = _act(current, proposal.amends)
    if act != BaselineAct.ORIGINAL:
        for place, said in (("reason", proposal.reason), ("authority", proposal.authority)):
            if not said.strip():
                words = _("An approved baseline is only changed with a reason and by an authority.")
                raise Invalid(words, remedy=_("Say why, and who decided it."), place=place)
    if not frozen.rows:
        raise Invalid(_("There is no activity to freeze."), place="name")
    return _frozen(
        project_id,
        frozen,
        proposal.name,
        kind=BaselineKind.PROPOSED,
        act=act,
        parent=current,
        recorded_at=now,
        proposed_by_id=viewer.user_id,
        proposed_by_name=viewer.name,
        reason=_short(proposal.reason, 300, "reason"),
        authority=_short(proposal.authority, 200, "authority"),
        reference=_short(proposal.reference, 200, "reference"),
        scope=dataclasses.asdict(proposal.scope) if proposal.scope else {},
    )


def _act(current: Baseline | None, amends: int | None) -> BaselineAct:
    if amends is None:
        return BaselineAct.REBASELINE if current is not None else BaselineAct.ORIGINAL
    if current is None or current.pk != amends:
        raise Conflict(_("The current baseline is not the one this amends."), remedy=_("Work the amendment out again."))
    return BaselineAct.AMENDMENT


def _frozen(project_id: int, frozen: Frozen, name: str, **fields: Any) -> Baseline:
    if not name.strip() or len(name.strip()) > 120:
        raise Invalid(_("A baseline has a name of at most 120 characters."), place="name")
    revision = _revision(project_id, frozen.revision) if frozen.revision is not None else None
    starts = [row.start for row in frozen.rows.values() if row.start is not None]
    finishes = [row.finish for row in frozen.rows.values() if row.finish is not None]
    made = Baseline.objects.create(
        project_id=project_id,
        revision=revision,
        name=name.strip(),
        origin=frozen.origin,
        source_name=frozen.source_name[:400],
        data_date=frozen.data_date,
        start=min(starts, default=None),
        finish=max(finishes, default=None),
        budget_minor=budget_of_rows(frozen.rows),
        matched=frozen.matched,
        unmatched=frozen.unmatched,
        rates={currency: format(rate, "f") for currency, rate in frozen.rates.items()},
        block=pack(frozen.rows),
        **fields,
    )
    if revision is not None and not Checkpoint.objects.filter(revision=revision).exists():
        Checkpoint.objects.create(revision=revision, block=codec.to_bytes(store.plan_at(project_id, revision)))
    return made


def _approve(row: Baseline, viewer: Viewer, now: datetime) -> None:
    rows = Baseline.objects.filter(project_id=row.project_id)
    current = rows.filter(kind=BaselineKind.APPROVED).only("id").first()
    if (current.pk if current else None) != row.parent_id:
        raise Conflict(
            _("Another baseline was approved since this one was proposed."),
            remedy=_("Propose it again, so that it says what it replaces."),
        )
    _make_room(row.project_id, now)
    _change(
        row,
        now,
        kind=BaselineKind.APPROVED,
        is_original=row.act == BaselineAct.ORIGINAL,
        approved_at=now,
        approved_by_id=viewer.user_id,
        approved_by_name=viewer.name,
    )


def _end(row: Baseline, kind: BaselineKind, viewer: Viewer, reason: str, now: datetime) -> None:
    said = _short(reason, 300, "reason")
    _change(row, now, kind=kind, ended_at=now, ended_by_name=viewer.name, ended_reason=said)


def _make_room(project_id: int, now: datetime) -> None:
    """Move the approved baselines back by one."""
    rows = Baseline.objects.filter(project_id=project_id, kind__in=(BaselineKind.PREVIOUS, BaselineKind.APPROVED))
    for row in rows.defer("block"):
        if row.kind == BaselineKind.APPROVED:
            kind = BaselineKind.PREVIOUS
        else:
            kind = BaselineKind.ORIGINAL if row.is_original else BaselineKind.SUPERSEDED
        _change(row, now, kind=kind)


def _change(row: Baseline, now: datetime, **fields: Any) -> None:
    """Say where the baseline stands now, and keep where it stood before."""
    was = {name: getattr(row, name) for name in fields}
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=tuple(fields))
    keep("baseline", row, was, now=now)


def _waiting(project_id: int, baseline_id: int) -> Baseline:
    row = Baseline.objects.filter(project_id=project_id, pk=baseline_id).defer("block").first()
    if row is None:
        raise NotFound(_("There is no such baseline."))
    if row.kind != BaselineKind.PROPOSED:
        raise Conflict(_("This baseline does not wait for a decision."))
    return row


def _revision(project_id: int, number: int) -> Revision:
    row = Revision.objects.filter(project_id=project_id, number=number).first()
    if row is None:
        raise NotFound(_("There is no such revision."))
    return row


def _short(text: str, limit: int, place: str) -> str:
    text = text.strip()
    if len(text) > limit:
        raise Invalid(_("At most %(limit)d characters.") % {"limit": limit}, place=place)
    return text


def _tell(kind: str, row: Baseline, viewer: Viewer, now: datetime) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="baseline",
        subject_id=row.pk,
        data={
            "baseline": row.pk,
            "kind": str(row.kind),
            "act": str(row.act),
            "name": row.name,
            "replaces": row.parent_id,
            "proposed_by": row.proposed_by_name,
            "reason": row.ended_reason or row.reason,
            "authority": row.authority,
            "reference": row.reference,
        },
    )
