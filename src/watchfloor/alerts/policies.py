"""Escalation policies: reading, writing and taking away those of a project, a programme or the organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.accounts.queries import colleagues
from watchfloor.accounts.roles import ROLE_PERMISSIONS
from watchfloor.alerts import watching
from watchfloor.alerts.desk import steps_of
from watchfloor.alerts.escalation.policy import MAX_LOOPS, MAX_STEPS, STANDARD, Form, Step, Target
from watchfloor.alerts.models import PolicyRow, RotaRow
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio.places import Place, place

MINUTES_MAX = 100 * 24 * 60


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """One policy and what it is for; without project and programme it is the organisation's. Id 0: the built-in one."""

    id: int
    project_id: int | None
    project_code: str
    programme_id: int | None
    programme_code: str
    name: str
    steps: tuple[Step, ...]
    loops: int
    acknowledged_min: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a policy is to say."""

    name: str
    steps: tuple[Step, ...]
    loops: int = 1
    acknowledged_min: int | None = None


def policies(viewer: Viewer) -> tuple[PolicyRecord, ...]:
    """Policies of whatever the viewer works inside of, the widest first; the built-in one where nothing else holds."""
    # Sorted here: NULL stands first on SQLite and last on PostgreSQL.
    rows = sorted(
        PolicyRow.objects.select_related("project", "programme"),
        key=lambda row: (row.project_id or 0, row.programme_id or 0, row.pk),
    )
    found = tuple(_record(row) for row in rows if Place.of(row).may(viewer, "internal.view"))
    has_own = any(each.project_id is None and each.programme_id is None for each in found)
    return found if has_own else (_built_in(), *found)


@transaction.atomic
def set_policy(
    viewer: Viewer,
    draft: Draft,
    *,
    project_code: str = "",
    programme_code: str = "",
    expected_version: int | None = None,
    now: datetime,
) -> PolicyRecord:
    """Make or change the policy of a project, a programme, or with neither the organisation. Open alerts follow it.

    Raises:
        NotFound, NotAllowed: no such project or programme for the viewer, or not theirs to manage.
        Invalid: no step, too many, or one that names a role, rota or person there is not.
        Conflict: it changed since ``expected_version``.
    """
    where = place(viewer, project_code, programme_code)
    if not where.may(viewer, "project.manage"):
        raise NotAllowed(_("You may not say here who is told."), remedy=_("Ask whoever manages it."))
    _check(viewer, draft)
    rows = PolicyRow.objects.select_for_update(of=("self",))
    rows = rows.filter(project=where.project_id) if where.project_id is not None else rows.filter(project=None)
    rows = rows.filter(programme=where.programme_id) if where.programme_id is not None else rows.filter(programme=None)
    policy = rows.first() or PolicyRow(**where.fields)
    if expected_version is not None and policy.version != expected_version:
        raise Conflict(_("The policy has changed since you saw it."), remedy=_("Reload and decide again."))
    policy.name, policy.steps = draft.name.strip(), [_stored(each) for each in draft.steps]
    policy.loops, policy.acknowledged_min = draft.loops, draft.acknowledged_min
    policy.version += 1
    policy.save()
    _changed("policy.changed", policy, viewer, now)
    return _record(policy)


@transaction.atomic
def remove_policy(viewer: Viewer, policy_id: int, *, now: datetime) -> None:
    """Take a policy away: the next wider one holds, in the end the built-in one.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to manage.
    """
    row = PolicyRow.objects.select_for_update(of=("self",)).filter(pk=policy_id).first()
    if row is None or not Place.of(row).may(viewer, "internal.view"):
        raise NotFound(_("There is no such policy."))
    if not Place.of(row).may(viewer, "project.manage"):
        raise NotAllowed(_("You may not say here who is told."), remedy=_("Ask whoever manages it."))
    _changed("policy.removed", row, viewer, now)
    row.delete()


def may_manage(viewer: Viewer, policy: PolicyRecord) -> bool:
    """Whether the viewer may say who is told there."""
    return Place.of(policy).may(viewer, "project.manage")


def _check(viewer: Viewer, draft: Draft) -> None:
    if not draft.name.strip() or len(draft.name) > 100:
        raise Invalid(_("A policy has a name of 1 to 100 characters."), place="name")
    if not 1 <= len(draft.steps) <= MAX_STEPS:
        raise Invalid(_("A policy has 1 to %(most)d steps.") % {"most": MAX_STEPS}, place="steps")
    if not 1 <= draft.loops <= MAX_LOOPS:
        raise Invalid(_("Its steps are gone through 1 to %(most)d times.") % {"most": MAX_LOOPS}, place="loops")
    _check_minutes(draft.acknowledged_min, "acknowledged_min")
    for at, each in enumerate(draft.steps):
        _check_minutes(each.after_min, f"steps.{at}.after_min")
        _check_minutes(each.release_min, f"steps.{at}.release_min")
        if not _names_somebody(viewer, each):
            raise Invalid(_("Step %(number)d names nobody there is.") % {"number": at + 1}, place=f"steps.{at}.name")


def _check_minutes(minutes: int | None, place: str) -> None:
    if minutes is not None and not 1 <= minutes <= MINUTES_MAX:
        raise Invalid(_("Times are 1 to %(most)d working minutes.") % {"most": MINUTES_MAX}, place=place)


def _names_somebody(viewer: Viewer, step: Step) -> bool:
    match step.target:
        case Target.ROLE:
            return step.name in ROLE_PERMISSIONS
        case Target.ROTA:
            return not step.name or (step.name.isdecimal() and RotaRow.objects.filter(pk=int(step.name)).exists())
        case Target.PERSON:
            return step.name.isdecimal() and int(step.name) in colleagues(viewer)
        case Target.LAST_RESORT:  # stands behind every policy, and in none
            return False
        case _:
            return True


def _stored(step: Step) -> Mapping[str, Any]:
    return {
        "target": str(step.target),
        "name": step.name,
        "form": str(step.form),
        "after_min": step.after_min,
        "release_min": step.release_min if step.form == Form.HIERARCHICAL else None,
    }


def _built_in() -> PolicyRecord:
    return PolicyRecord(
        0, None, "", None, "", str(_("Built in")), STANDARD.steps, STANDARD.loops, STANDARD.acknowledged_min, 0
    )


def _record(row: PolicyRow) -> PolicyRecord:
    steps: Sequence[Mapping[str, Any]] = row.steps
    return PolicyRecord(
        id=row.pk,
        project_id=row.project_id,
        project_code=row.project.code if row.project is not None else "",
        programme_id=row.programme_id,
        programme_code=row.programme.code if row.programme is not None else "",
        name=row.name,
        steps=steps_of(steps),
        loops=row.loops,
        acknowledged_min=row.acknowledged_min,
        version=row.version,
    )


def _changed(kind: str, row: PolicyRow, viewer: Viewer, now: datetime) -> None:
    watching.wake(now)
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="policy",
        subject_id=row.pk,
        data={"name": row.name, "version": row.version},
    )
