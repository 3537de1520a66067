"""Setting the control accounts of a project: by hand, or by a rule that is applied to each new plan."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import store
from watchfloor.plans.control_accounts import MAX_ACCOUNTS, MAX_LEVEL, UnitKind, UnitSource, account_code, proposed
from watchfloor.plans.control_queries import ControlAccountRecord, control_accounts
from watchfloor.plans.document import Plan
from watchfloor.plans.models import ControlAccount, ControlRule
from watchfloor.portfolio.operations import lock_project


@transaction.atomic
def set_control_account(
    viewer: Viewer,
    project_id: int,
    code: str,
    *,
    name: str = "",
    wbs: str = "",
    responsible: str = "",
    cost_account: str = "",
    now: datetime,
) -> ControlAccountRecord:
    """Make the account with this code, or change it. An empty ``wbs`` is the whole project.

    Raises:
        Invalid: a text is too long, the node is not in the plan, or there are too many accounts.
        Conflict: another account holds this node and unit.
    """
    lock_project(viewer, project_id, "project.manage")
    code = _text(code.strip(), "code", 200)
    if not code:
        raise Invalid(_("A control account needs a code."), place="code")
    row = ControlAccount.objects.filter(project_id=project_id, code=code).first()
    if row is None:
        row = ControlAccount(project_id=project_id, code=code, created_at=now)
        _limit(project_id, 1)
    if wbs and wbs != row.wbs and wbs not in {node.key for node in _plan(project_id).wbs}:
        raise Invalid(_("The plan has no WBS node %(key)s.") % {"key": wbs}, place="wbs")
    row.name, row.cost_account = _text(name, "name", 200), _text(cost_account, "cost_account", 200)
    row.wbs, row.responsible = wbs, _text(responsible, "responsible", 120)
    row.by_rule = False
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict(
            _("Another control account holds this node and unit."), remedy=_("Change or remove that one first.")
        ) from None
    _append(viewer, project_id, "control_account.set", now, account=row.pk, code=code)
    return _one(viewer, project_id, code)


@transaction.atomic
def remove_control_account(viewer: Viewer, project_id: int, code: str, *, now: datetime) -> None:
    """Take an account away; its activities fall to the next account above.

    Raises:
        Conflict: money is booked on it.
    """
    lock_project(viewer, project_id, "project.manage")
    row = ControlAccount.objects.filter(project_id=project_id, code=code).first()
    if row is None:
        raise NotFound(_("There is no such control account."))
    try:
        with transaction.atomic():
            row.delete()
    except (ProtectedError, RestrictedError):
        raise Conflict(
            _("Money is booked on this control account."), remedy=_("Book it elsewhere first, or keep the account.")
        ) from None
    _append(viewer, project_id, "control_account.removed", now, code=code)


@transaction.atomic
def set_control_rule(
    viewer: Viewer, project_id: int, *, level: int, unit: UnitSource, now: datetime
) -> tuple[ControlAccountRecord, ...]:
    """Let control accounts follow from the plan: nodes at the level, times what names the unit.

    What an earlier rule made and the new one does not find goes, unless money is booked on it; accounts set by hand
    stay. Each import applies the rule again, which only adds.

    Raises:
        Invalid: no such level, the plan has no such code or field, or the rule finds too many.
    """
    lock_project(viewer, project_id, "project.manage")
    if not 0 <= level <= MAX_LEVEL:
        raise Invalid(_("A level lies between 0 and %(most)d.") % {"most": MAX_LEVEL}, place="level")
    plan = _plan(project_id)
    _check_unit(plan, unit)
    ControlRule.objects.update_or_create(
        project_id=project_id, defaults={"level": level, "unit_kind": unit.kind.value, "unit_name": unit.name}
    )
    wanted = {(place.wbs, place.responsible) for place in proposed(plan, level=level, unit=unit)}
    for row in ControlAccount.objects.filter(project_id=project_id, by_rule=True):
        if (row.wbs, row.responsible) not in wanted:
            _delete_unless_booked(row)
    added = _add_proposed(project_id, plan, now)
    _append(viewer, project_id, "control_account.rule", now, level=level, unit=unit.kind.value, added=added)
    return control_accounts(viewer, project_id)


@transaction.atomic
def apply_control_rule(project_id: int, *, now: datetime) -> int:
    """Add the accounts that the project's rule finds in its plan as it is now; how many were new. 0 without a rule."""
    if not ControlRule.objects.filter(project_id=project_id).exists():
        return 0
    added = _add_proposed(project_id, _plan(project_id), now)
    if added:
        _append(SYSTEM, project_id, "control_account.rule", now, added=added)
    return added


def _add_proposed(project_id: int, plan: Plan, now: datetime) -> int:
    rule = ControlRule.objects.get(project_id=project_id)
    unit = UnitSource(UnitKind(rule.unit_kind), rule.unit_name)
    rows = ControlAccount.objects.filter(project_id=project_id)
    held = set(rows.values_list("wbs", "responsible"))
    codes = set(rows.values_list("code", flat=True))
    names = {node.key: node.name for node in plan.wbs}
    fresh = []
    for place in proposed(plan, level=rule.level, unit=unit):
        if (place.wbs, place.responsible) in held:
            continue
        code = _free(account_code(place)[:190], codes)
        codes.add(code)
        name = " · ".join(part for part in (names.get(place.wbs, plan.name), place.responsible) if part)
        fresh.append(
            ControlAccount(
                project_id=project_id,
                code=code,
                name=name[:200],
                wbs=place.wbs,
                responsible=place.responsible,
                by_rule=True,
                created_at=now,
            )
        )
    _limit(project_id, len(fresh))
    ControlAccount.objects.bulk_create(fresh, batch_size=500)
    return len(fresh)


def _delete_unless_booked(row: ControlAccount) -> None:
    try:
        with transaction.atomic():
            row.delete()
    except (ProtectedError, RestrictedError):
        # It stays, and is listed: what was booked on it must not lose its place.
        return


def _free(code: str, taken: set[str]) -> str:
    number, free = 1, code
    while free in taken:  # ends: finitely many codes are taken
        number += 1
        free = f"{code}#{number}"
    return free


def _check_unit(plan: Plan, unit: UnitSource) -> None:
    known = {
        UnitKind.CODE: {kind.key for kind in plan.code_types if kind.scope == "activity"},
        UnitKind.FIELD: {kind.key for kind in plan.field_types if kind.scope == "activity"},
    }.get(unit.kind)
    if known is not None and unit.name not in known:
        listed = ", ".join(sorted(known)[:10])
        raise Invalid(
            _("The activities of this plan have no “%(name)s”.") % {"name": unit.name},
            remedy=_("Choose one of: %(listed)s.") % {"listed": listed} if listed else "",
            place="unit",
        )


def _limit(project_id: int, more: int) -> None:
    if ControlAccount.objects.filter(project_id=project_id).count() + more > MAX_ACCOUNTS:
        raise Invalid(
            _("A project has at most %(most)d control accounts.") % {"most": MAX_ACCOUNTS},
            remedy=_("Choose a higher WBS level, or a coarser unit."),
            place="level",
        )


def _plan(project_id: int) -> Plan:
    head = store.head_row(project_id)
    if head is None:
        raise NotFound(_("This project has no plan yet."))
    return store.head_state(head).plan


def _text(value: str, place: str, limit: int) -> str:
    if len(value) > limit or "\x00" in value:
        raise Invalid(_("At most %(limit)d characters.") % {"limit": limit}, place=place)
    return value


def _one(viewer: Viewer, project_id: int, code: str) -> ControlAccountRecord:
    return next(each for each in control_accounts(viewer, project_id) if each.code == code)


def _append(viewer: Viewer, project_id: int, kind: str, now: datetime, **data: object) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=project_id,
        subject_kind="project",
        subject_id=project_id,
        data=data,
    )
