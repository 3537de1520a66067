"""Reserves: what was set aside, who asked for some of it, and who else let them have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans.cost_queries import see_costs
from watchfloor.plans.cost_records import CostLine, ReserveChangeRecord, ReserveRecord, change_record
from watchfloor.plans.costing import post_costs
from watchfloor.plans.models import ControlAccount, CostBatch, ReserveChange, ReserveKind, ReserveState
from watchfloor.portfolio.models import Project
from watchfloor.portfolio.operations import lock_project

MAX_CHANGES = 2_000  # of one project
_MINOR_MAX = 2**62


def reserves(viewer: Viewer, project_id: int) -> tuple[ReserveRecord, ...]:
    """Contingency, management reserve and undistributed budget of a project, each apart."""
    see_costs(viewer, project_id)
    rows = ReserveChange.objects.filter(project_id=project_id).select_related("account", "batch").order_by("-id")
    changes = [change_record(row) for row in rows[:MAX_CHANGES]]
    opening = Project.objects.filter(pk=project_id).values_list("contingency_minor", flat=True).first() or 0
    return tuple(
        _reserve(str(kind), changes, opening if kind is ReserveKind.CONTINGENCY else 0) for kind in ReserveKind
    )


def contingency_left(project_id: int, opening_minor: int | None) -> int | None:
    """What approved changes left of the contingency, for rooms that compute; None where the project has none."""
    decided = ReserveChange.objects.filter(
        project_id=project_id, kind=ReserveKind.CONTINGENCY, state=ReserveState.APPROVED
    )
    moved = decided.aggregate(value=Sum("amount_minor"))["value"]
    return opening_minor if moved is None else (opening_minor or 0) + int(moved)


@transaction.atomic
def propose_reserve_change(
    viewer: Viewer,
    project_id: int,
    *,
    kind: str,
    amount_minor: int,
    account: str = "",
    reason: str,
    reference: str = "",
    now: datetime,
) -> ReserveChangeRecord:
    """Ask for a drawdown (below zero, to a control account) or an increase; nothing moves until it is approved.

    Raises:
        Invalid: an unknown reserve, no amount, no reason, no account for a drawdown.
        NotFound: there is no such account.
    """
    lock_project(viewer, project_id, "cost.edit")
    if kind not in ReserveKind.values:
        raise Invalid(_("A reserve is contingency, management or undistributed."), place="kind")
    if amount_minor == 0 or abs(amount_minor) > _MINOR_MAX:
        raise Invalid(_("Name an amount."), place="amount")
    if not reason.strip():
        raise Invalid(_("Say what it is for."), place="reason")
    if ReserveChange.objects.filter(project_id=project_id).count() >= MAX_CHANGES:
        raise Invalid(_("A project has at most %(limit)d changes of reserves.") % {"limit": MAX_CHANGES})
    target = ControlAccount.objects.filter(project_id=project_id, code=account).first() if account else None
    if account and target is None:
        raise NotFound(_("There is no such control account."), place="account")
    if amount_minor < 0 and target is None:
        raise Invalid(_("Say which control account the drawdown goes to."), place="account")
    row = ReserveChange.objects.create(
        project_id=project_id,
        kind=kind,
        amount_minor=amount_minor,
        account=target if amount_minor < 0 else None,
        reason=reason.strip()[:300],
        reference=reference.strip()[:120],
        proposed_at=now,
        proposed_by_id=viewer.user_id,
        proposed_by_name=viewer.name[:150],
    )
    _say(viewer, row, "reserve.proposed", now)
    return change_record(row)


@transaction.atomic
def decide_reserve_change(
    viewer: Viewer, project_id: int, change_id: int, *, approve: bool, note: str = "", now: datetime
) -> ReserveChangeRecord:
    """Approve or refuse what somebody else proposed; an approved drawdown raises the budget of its control account.

    It takes the permission to approve baselines: every approved change moves the budget that work is held to.

    Raises:
        NotAllowed: the viewer proposed it, or may not decide.
        Conflict: it was decided already, or the reserve does not hold that much.
    """
    project = lock_project(viewer, project_id, "baseline.approve")
    row = _waiting(project_id, change_id)
    if row.proposed_by_id is not None and row.proposed_by_id == viewer.user_id:
        raise NotAllowed(_("Somebody else has to decide on what you proposed."))
    if not approve and not note.strip():
        raise Invalid(_("Say why it is refused."), place="note")
    if approve and row.amount_minor < 0:
        held = next(each for each in reserves(viewer, project_id) if each.kind == row.kind)
        if held.balance_minor + row.amount_minor < 0:
            raise Conflict(
                _("The reserve does not hold that much any more."),
                remedy=_("Propose a smaller amount, or an increase first."),
            )
        row.batch = _budget(viewer, project, row, now)
    row.state = ReserveState.APPROVED if approve else ReserveState.REJECTED
    row.decided_at, row.decided_by_id, row.decided_by_name = now, viewer.user_id, viewer.name[:150]
    row.decision_note = note.strip()[:300]
    row.save()
    _say(viewer, row, "reserve.approved" if approve else "reserve.rejected", now)
    return change_record(row)


@transaction.atomic
def withdraw_reserve_change(viewer: Viewer, project_id: int, change_id: int, *, now: datetime) -> ReserveChangeRecord:
    """Take one's own proposal back while nobody has decided."""
    lock_project(viewer, project_id, "cost.edit")
    row = _waiting(project_id, change_id)
    if row.proposed_by_id != viewer.user_id:
        raise NotAllowed(_("Only who proposed it takes it back."))
    row.state, row.decided_at = ReserveState.WITHDRAWN, now
    row.decided_by_id, row.decided_by_name = viewer.user_id, viewer.name[:150]
    row.save()
    _say(viewer, row, "reserve.withdrawn", now)
    return change_record(row)


def _reserve(kind: str, changes: Sequence[ReserveChangeRecord], opening: int) -> ReserveRecord:
    mine = [each for each in changes if each.kind == kind]
    approved = [each.amount_minor for each in mine if each.state == ReserveState.APPROVED]
    return ReserveRecord(
        kind,
        opening,
        -sum(amount for amount in approved if amount < 0),
        sum(amount for amount in approved if amount > 0),
        sum(each.amount_minor for each in mine if each.state == ReserveState.PROPOSED),
        tuple(mine),
    )


def _waiting(project_id: int, change_id: int) -> ReserveChange:
    row = ReserveChange.objects.filter(project_id=project_id, pk=change_id).select_related("account", "batch").first()
    if row is None:
        raise NotFound(_("There is no such change of a reserve."))
    if row.state != ReserveState.PROPOSED:
        raise Conflict(_("This change was decided already."))
    return row


def _budget(viewer: Viewer, project: Project, row: ReserveChange, now: datetime) -> CostBatch:
    assert row.account is not None, "a drawdown goes to an account"
    day = now.date()
    line = CostLine(
        account=row.account.code,
        kind="budget",
        period=day,
        amount_minor=-row.amount_minor,
        currency=project.currency,
        reference=row.reference or f"reserve change {row.pk}",
        note=f"{row.kind} {row.pk}: {row.reason}"[:300],
    )
    # The decision is the permission: who approves need not be one who records costs.
    decider = replace(SYSTEM, user_id=viewer.user_id, name=viewer.name)
    posted = post_costs(decider, project.pk, [line], origin="change", reason=f"{row.kind}: {row.reason}"[:300], now=now)
    assert posted.batch is not None, "its note names the change, so no other line equals it"
    return CostBatch.objects.get(pk=posted.batch.id)


def _say(viewer: Viewer, row: ReserveChange, kind: str, now: datetime) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="reserve_change",
        subject_id=row.pk,
        # No amount: who reads the journal need not see costs.
        data={"reserve": row.kind, "reason": row.reason, "reference": row.reference},
    )
