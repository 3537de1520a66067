"""Writing playbooks, and taking one up for an alert: safe steps happen by themselves, the others wait for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.accounts import queries as accounts
from watchfloor.accounts.roles import ROLE_PERMISSIONS
from watchfloor.alerts import operations as alerts
from watchfloor.alerts.desk import desk_for
from watchfloor.alerts.escalation import policy
from watchfloor.alerts.escalation.desk import Desk
from watchfloor.alerts.escalation.policy import Target
from watchfloor.alerts.incidents import operations as incidents
from watchfloor.alerts.models import Alert, PlaybookRow, PlaybookRun
from watchfloor.alerts.playbooks.records import (
    PlaybookRecord,
    PlaybookStep,
    RunRecord,
    StepAction,
    StepState,
    record,
    run_record,
    stored,
)
from watchfloor.detection.messages import known_codes
from watchfloor.forecasts.queries import latest
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound, WatchfloorError
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import period_queries
from watchfloor.portfolio.places import Place, over, place

STEPS_MAX, PLAYBOOKS_MAX = 20, 500
_ROLES = tuple(f"role:{each}" for each in ROLE_PERMISSIONS if each != "guest")
WHO: Sequence[str] = (str(Target.OWNER), str(Target.MANAGER), str(Target.ROTA), *_ROLES)  # whom a step can name
WORDS_MAX = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """What a playbook is to say."""

    name: str
    steps: tuple[PlaybookStep, ...]
    codes: tuple[str, ...] = ()


def playbooks(viewer: Viewer) -> tuple[PlaybookRecord, ...]:
    """Playbooks of whatever the viewer works inside of, by name."""
    rows = PlaybookRow.objects.select_related("project", "programme").order_by("name", "id")[:PLAYBOOKS_MAX]
    return tuple(record(row) for row in rows if Place.of(row).may(viewer, "internal.view"))


def playbook(viewer: Viewer, playbook_id: int) -> PlaybookRecord:
    """One playbook.

    Raises:
        NotFound: it does not exist, or is not the viewer's to see.
    """
    row = PlaybookRow.objects.select_related("project", "programme").filter(pk=playbook_id).first()
    if row is None or not Place.of(row).may(viewer, "internal.view"):
        raise NotFound(_("There is no such playbook."))
    return record(row)


def may_manage(viewer: Viewer, playbook: PlaybookRecord) -> bool:
    """Whether the viewer may change the playbook."""
    return Place.of(playbook).may(viewer, "project.manage")


def for_alert(viewer: Viewer, alert_id: int) -> tuple[PlaybookRecord, ...]:
    """Playbooks for an alert that were not taken up for it yet, the nearest first; none for whoever may not act."""
    row = Alert.objects.filter(pk=alert_id).first()
    if row is None or not viewer.may("alert.act", row.project_id):
        return ()
    taken_up = row.runs.values_list("playbook_id", flat=True)
    rows = PlaybookRow.objects.select_related("project", "programme").filter(over(row.project_id))
    found = [record(each) for each in rows.order_by("name", "id")[:PLAYBOOKS_MAX] if each.pk not in taken_up]
    found.sort(key=lambda each: (each.project_id is None, each.programme_id is None))
    return tuple(each for each in found if each.suits(row.code))


def runs_of(viewer: Viewer, alert_id: int) -> tuple[RunRecord, ...]:
    """Playbooks taken up for an alert, for whoever works inside its project."""
    rows = PlaybookRun.objects.select_related("alert").filter(alert_id=alert_id).order_by("id")
    return tuple(run_record(row) for row in rows if viewer.may("internal.view", row.alert.project_id))


@transaction.atomic
def write(
    viewer: Viewer,
    draft: Draft,
    *,
    project_code: str = "",
    programme_code: str = "",
    playbook_id: int | None = None,
    expected_version: int | None = None,
    now: datetime,
) -> PlaybookRecord:
    """Write a playbook, or with an id write that one anew. Those taken up already keep the steps they had.

    Raises:
        NotFound, NotAllowed: no such place or playbook for the viewer, or not theirs to manage.
        Invalid: no name, no step or too many, or one that names a kind, role or place there is not.
        Conflict: it changed since ``expected_version``.
    """
    if playbook_id is not None:
        row = _locked(viewer, playbook_id)
        if expected_version is not None and row.version != expected_version:
            raise Conflict(_("The playbook has changed since you saw it."), remedy=_("Reload and decide again."))
    else:
        where = place(viewer, project_code, programme_code)
        _need(viewer, where)
        if PlaybookRow.objects.count() >= PLAYBOOKS_MAX:
            raise Invalid(_("There are %(most)d playbooks already.") % {"most": PLAYBOOKS_MAX})
        row = PlaybookRow(**where.fields)
    _check(draft)
    row.name, row.codes = draft.name.strip(), sorted(set(draft.codes))
    row.steps = [stored(each) for each in draft.steps]
    row.changed_by_name = viewer.name
    row.version += 1
    row.save()
    _tell("playbook.written", viewer, now, row.project_id, row.pk, {"version": row.version})
    return record(row)


@transaction.atomic
def remove(viewer: Viewer, playbook_id: int, *, now: datetime) -> None:
    """Take it away; those taken up stay.

    Raises:
        NotFound, NotAllowed: it is not the viewer's to see, or to manage.
    """
    row = _locked(viewer, playbook_id)
    _tell("playbook.removed", viewer, now, row.project_id, row.pk, {})
    row.delete()


@transaction.atomic
def take_up(viewer: Viewer, alert_id: int, playbook_id: int, *, now: datetime) -> RunRecord:
    """Begin the playbook for an alert. What it does by itself is done now, in the viewer's name.

    A step that cannot be done stays open with the reason; the others are done all the same.

    Raises:
        NotFound, NotAllowed: no such alert or playbook for the viewer, or not theirs to act on.
        Conflict: it was taken up for this alert before, or the alert is resolved.
        Invalid: the playbook is not for this kind of alert.
    """
    alert = alerts.to_change(viewer, alert_id, None)
    row = PlaybookRow.objects.filter(over(alert.project_id), pk=playbook_id).first()
    if row is None:
        raise NotFound(_("There is no such playbook."))
    if not record(row).suits(alert.code):
        raise Invalid(_("This playbook is for other kinds of alerts."), place="playbook")
    if alert.state == "resolved" or alert.runs.filter(playbook=row).exists():
        raise Conflict(_("The alert is resolved, or has this playbook already."), remedy=_("Reload to see."))
    desk, names = desk_for((alert.project_id,), now), accounts.active_users()
    forecast = latest(SYSTEM, (alert.project_id,)).get(alert.project_id)
    run = PlaybookRun.objects.create(
        alert=alert,
        playbook=row,
        name=row.name,
        steps=[
            {**each, "people": [names[pk].full_name for pk in _people(desk, alert, each["who"], now) if pk in names]}
            for each in row.steps
        ],
        begun_at=now,
        begun_by_name=viewer.name,
        slip_days=forecast.slip_days if forecast is not None else None,
    )
    _tell("playbook.taken_up", viewer, now, alert.project_id, row.pk, {"alert": alert.pk, "run": run.pk})
    for step in run.steps:
        _do(viewer, alert, step, now)
    run.save()
    return run_record(run)


@transaction.atomic
def settle_step(
    viewer: Viewer,
    alert_id: int,
    run_id: int,
    at: int,
    state: StepState,
    *,
    now: datetime,
    expected_version: int | None = None,
) -> RunRecord:
    """A step was done, is skipped, or is open again.

    Raises:
        NotFound, NotAllowed: no such alert, run or step, or not the viewer's to act on.
        Conflict: it changed since ``expected_version``.
    """
    alert = alerts.to_change(viewer, alert_id, None)
    run = PlaybookRun.objects.select_for_update().filter(pk=run_id, alert=alert).first()
    if run is None or not 0 <= at < len(run.steps):
        raise NotFound(_("There is no such step."))
    if expected_version is not None and run.version != expected_version:
        raise Conflict(_("Somebody settled a step since you saw it."), remedy=_("Reload and decide again."))
    _settled(run.steps[at], state, viewer, now)
    run.version += 1
    run.save()
    data = {"alert": alert.pk, "run": run.pk, "step": at, "state": str(state)}
    _tell("playbook.step", viewer, now, alert.project_id, run.playbook_id, data)
    return run_record(run)


def _do(viewer: Viewer, alert: Alert, step: dict[str, Any], now: datetime) -> None:
    """What a step does by itself, in a transaction of its own within the run's."""
    action = _ACTIONS.get(StepAction(step["does"]))
    if action is None:
        return
    try:
        with transaction.atomic():
            action(viewer, alert, now)
    except WatchfloorError as problem:
        step["problem"] = str(problem)
    else:
        _settled(step, StepState.DONE, viewer, now)


def _settled(step: dict[str, Any], state: StepState, viewer: Viewer, now: datetime) -> None:
    is_open = state is StepState.OPEN
    step.update(state=str(state), at=None if is_open else now.isoformat(), by="" if is_open else viewer.name)


def _acknowledge(viewer: Viewer, alert: Alert, now: datetime) -> None:
    alerts.acknowledge(viewer, alert.pk, now=now)


def _pass_on(viewer: Viewer, alert: Alert, now: datetime) -> None:
    alerts.escalate(viewer, alert.pk, now=now)


def _declare(viewer: Viewer, alert: Alert, now: datetime) -> None:
    incidents.declare_for(viewer, alert.pk, now=now)


def _ask_report(viewer: Viewer, alert: Alert, now: datetime) -> None:
    """The asking itself is a message, so the pipeline sends it."""
    owed = [each for each in period_queries.recent_periods(alert.project_id, 10) if each.is_owed]
    if not owed:
        raise Conflict(_("No report is owed."))
    if viewer.user_id is None or not viewer.may("submission.accept", alert.project_id):
        raise NotAllowed(_("Only who decides on submissions may ask for them."))
    cut_off = min(each.cut_off for each in owed)
    append(
        "report.wanted",
        viewer=viewer,
        now=now,
        project_id=alert.project_id,
        subject_kind="project",
        subject_id=alert.project_id,
        data={"cut_off": cut_off.isoformat(), "by": viewer.user_id},
    )


_ACTIONS: Mapping[StepAction, Callable[[Viewer, Alert, datetime], None]] = {
    StepAction.ACKNOWLEDGE: _acknowledge,
    StepAction.PASS_ON: _pass_on,
    StepAction.ASK_REPORT: _ask_report,
    StepAction.DECLARE: _declare,
}


def _people(desk: Desk, alert: Alert, who: str, now: datetime) -> tuple[int, ...]:
    target, _colon, name = who.partition(":")
    step = policy.Step(Target(target), name)
    return desk.people(step, project_id=alert.project_id, owner=alert.owner_id, now=now)


def _check(draft: Draft) -> None:
    if not draft.name.strip() or len(draft.name) > 100:
        raise Invalid(_("A playbook has a name of 1 to 100 characters."), place="name")
    if not 1 <= len(draft.steps) <= STEPS_MAX:
        raise Invalid(_("A playbook has 1 to %(most)d steps.") % {"most": STEPS_MAX}, place="steps")
    if unknown := sorted(set(draft.codes) - known_codes()):
        raise Invalid(_("There is no kind of alert “%(code)s”.") % {"code": unknown[0]}, place="codes")
    for at, each in enumerate(draft.steps):
        if not each.words.strip() or len(each.words) > WORDS_MAX:
            raise Invalid(
                _("Step %(number)d says in 1 to %(most)d characters what to do.")
                % {"number": at + 1, "most": WORDS_MAX},
                place=f"steps.{at}.words",
            )
        if each.who not in WHO:
            raise Invalid(_("Step %(number)d names nobody there is.") % {"number": at + 1}, place=f"steps.{at}.who")


def _need(viewer: Viewer, where: Place) -> None:
    if not where.may(viewer, "project.manage"):
        raise NotAllowed(_("You may not write playbooks there."), remedy=_("Ask whoever manages it."))


def _locked(viewer: Viewer, playbook_id: int) -> PlaybookRow:
    row = PlaybookRow.objects.select_for_update(of=("self",)).filter(pk=playbook_id).first()
    if row is None or not Place.of(row).may(viewer, "internal.view"):
        raise NotFound(_("There is no such playbook."))
    _need(viewer, Place.of(row))
    return row


def _tell(  # noqa: PLR0917 - a fact has this many sides
    kind: str, viewer: Viewer, now: datetime, project_id: int | None, playbook_id: int | None, data: Mapping[str, Any]
) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=project_id,
        subject_kind="playbook",
        subject_id=playbook_id,
        data=data,
    )
