"""Raising, joining and closing alerts by themselves; acknowledging, resolving and reopening them by people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.accounts import queries as accounts
from watchfloor.accounts.queries import UserRecord
from watchfloor.alerts import queries, watching
from watchfloor.alerts.causing import is_caused_elsewhere
from watchfloor.alerts.deadlines import OwnerHours, acknowledge_by
from watchfloor.alerts.escalation import turn as turning
from watchfloor.alerts.escalation.turn import Why
from watchfloor.alerts.grouping import Cause, causes, is_settled_by
from watchfloor.alerts.models import Alert, AlertState
from watchfloor.alerts.queries import ELSEWHERE_MARK, STAGE_MARK, AlertRecord
from watchfloor.detection.queries import FindingRecord, findings
from watchfloor.detection.scale import Severity
from watchfloor.journal import operations as journal
from watchfloor.journal.versions import keep, taken
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound, WatchfloorError
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio.models import Project
from watchfloor.portfolio.queries import ProjectRecord, project_by_id

SNOOZE_DAYS_MAX = 30
TOLERANCE_GROUPS = frozenset({"time", "cost"})  # causes measured against a tolerance that somebody above has set
TOGETHER_MAX = 200  # alerts that one step can be taken for at once


@dataclass(frozen=True, slots=True)
class Outcome:
    """What grouping changed."""

    raised: int = 0
    joined: int = 0
    resolved: int = 0


@dataclass(frozen=True, slots=True)
class Together:
    """What one step for several alerts did: those changed, and why the others were not, each reason once."""

    done: tuple[int, ...]
    problems: tuple[str, ...]


@transaction.atomic
def group(project_id: int, *, now: datetime) -> Outcome:
    """Bring the project's alerts in line with its open findings. Doing it twice changes nothing.

    Per cause at most one alert is open: the first alarm raises it, later ones join it, and it resolves by itself
    once the last has cleared.
    """
    if not Project.objects.select_for_update().filter(pk=project_id).exists():
        return Outcome()  # removed meanwhile
    project = project_by_id(SYSTEM, project_id)
    open_findings = findings(SYSTEM, project_id)
    now_open = {each.group: each for each in causes(open_findings)}
    elsewhere = _caused_elsewhere(project, now_open.values(), open_findings)
    for group_name in elsewhere:
        del now_open[group_name]
    rows = {row.group: row for row in Alert.objects.filter(project_id=project_id).exclude(state=AlertState.RESOLVED)}
    facts: list[tuple[str, Alert, dict[str, Any]]] = []
    owner = None
    if now_open.keys() - rows.keys():
        owner = accounts.manager_of(project_id)
    raised = joined = resolved = 0
    for cause in now_open.values():
        row = rows.pop(cause.group, None)
        if row is not None:
            joined += _join(row, cause, project, now, facts)
        elif not _was_settled(project_id, cause):
            _raise(project, cause, owner, now, facts)
            raised += 1
    for kind, row, data in tuple(facts):
        if kind == "alert.raised" or data.get("worse"):
            facts.extend(_drafted(row, now))
    for row in rows.values():
        _clear(row, _why_cleared(row, project, elsewhere), now, facts)
        resolved += 1
    for kind, row, data in facts:
        _tell(kind, row, SYSTEM, now, data)
    return Outcome(raised, joined, resolved)


@transaction.atomic
def acknowledge(viewer: Viewer, alert_id: int, *, now: datetime, expected_version: int | None = None) -> AlertRecord:
    """ "I own it": stops the countdown. Acknowledging what the viewer acknowledged already changes nothing.

    Raises:
        NotFound, NotAllowed: the alert is not the viewer's to see, or to act on.
        Conflict: somebody else acknowledged or resolved it, or it changed since ``expected_version``.
    """
    row = to_change(viewer, alert_id, None)
    if row.state == AlertState.ACKNOWLEDGED and row.acknowledged_by_name == viewer.name:
        return queries.alert(viewer, alert_id, now=now)
    _check_version(row, expected_version)
    if row.state not in (AlertState.RAISED, AlertState.SNOOZED):
        raise Conflict(_state_message(row), remedy=_("Reload to see who has it."))
    row.state, row.news = AlertState.ACKNOWLEDGED, ""
    row.acknowledged_at, row.acknowledged_by_name, row.acknowledged_by_id = now, viewer.name, viewer.user_id
    row.snoozed_until, row.snoozed_by_name = None, ""
    return _changed("alert.acknowledged", row, viewer, now)


@transaction.atomic
def resolve(
    viewer: Viewer, alert_id: int, resolution: str, *, now: datetime, expected_version: int | None = None
) -> AlertRecord:
    """Close the alert with what was done about it. Its findings stay until their cause goes.

    Raises:
        NotFound, NotAllowed: the alert is not the viewer's to see, or to act on.
        Conflict: it is resolved already, or changed since ``expected_version``.
        Invalid: no word about what was done, or more than 300 characters.
    """
    row = to_change(viewer, alert_id, expected_version)
    if row.state == AlertState.RESOLVED:
        raise Conflict(_state_message(row), remedy=_("Reload to see how it was resolved."))
    resolution = resolution.strip()
    if not resolution or len(resolution) > 300:
        raise Invalid(_("Say in 1 to 300 characters what was done or decided."), place="resolution")
    row.state = AlertState.RESOLVED
    row.resolved_at, row.resolved_by_name, row.resolution = now, viewer.name, resolution
    return _changed("alert.resolved", row, viewer, now)


@transaction.atomic
def reopen(viewer: Viewer, alert_id: int, *, now: datetime, expected_version: int | None = None) -> AlertRecord:
    """Take back the last step: a resolved alert is open again, an acknowledged or snoozed one waits again.

    What was resolved is told anew from the first step of its policy; otherwise the old deadline holds.

    Raises:
        NotFound, NotAllowed: the alert is not the viewer's to see, or to act on.
        Conflict: there is nothing to take back, a newer alert of the same cause is open, or it changed since
            ``expected_version``.
    """
    row = to_change(viewer, alert_id, expected_version)
    if row.state == AlertState.RAISED:
        raise Conflict(
            _("The alert is open and nobody has acknowledged it."), remedy=_("There is nothing to take back.")
        )
    if row.state == AlertState.RESOLVED:
        others = Alert.objects.filter(project_id=row.project_id, group=row.group).exclude(state=AlertState.RESOLVED)
        if others.exists():
            raise Conflict(_("A newer alert of the same cause is open."), remedy=_("Work on that one."))
        row.reopened += 1
        row.resolved_at, row.resolved_by_name, row.resolution = None, "", ""
        watching.begin_anew(row, Why.REOPENED)
        row.acknowledge_by = acknowledge_by(_hours_of(row), now, row.severity)
        return _changed("alert.reopened", row, viewer, now)
    row.state = AlertState.RAISED
    row.acknowledged_at, row.acknowledged_by_name, row.acknowledged_by_id = None, "", None
    row.snoozed_until, row.snoozed_by_name = None, ""
    return _changed("alert.reopened", row, viewer, now)


def together(
    viewer: Viewer, alert_ids: Sequence[int], do: str, *, until: datetime | None = None, now: datetime
) -> Together:
    """``acknowledge``, ``snooze`` (until a moment) or ``reopen`` several alerts, each in a transaction of its own.

    Raises:
        Invalid: no alert, more than ``TOGETHER_MAX``, or no such step.
    """
    if not alert_ids or len(alert_ids) > TOGETHER_MAX:
        raise Invalid(_("Choose 1 to %(most)d alerts.") % {"most": TOGETHER_MAX}, place="alerts")
    steps: dict[str, Callable[[int], object]] = {
        "acknowledge": lambda pk: acknowledge(viewer, pk, now=now),
        "reopen": lambda pk: reopen(viewer, pk, now=now),
    }
    if until is not None:
        steps["snooze"] = lambda pk: snooze(viewer, pk, until, now=now)
    if do not in steps:
        raise Invalid(_("Alerts are acknowledged, snoozed or taken back together."), place="do")
    done: list[int] = []
    problems: dict[str, None] = {}
    for alert_id in dict.fromkeys(alert_ids):
        try:
            steps[do](alert_id)
        except WatchfloorError as problem:
            problems[str(problem)] = None
        else:
            done.append(alert_id)
    return Together(tuple(done), tuple(problems))


@transaction.atomic
def snooze(
    viewer: Viewer, alert_id: int, until: datetime, *, now: datetime, expected_version: int | None = None
) -> AlertRecord:
    """Leave the alert alone until a moment; then it is told again from the first step of its policy.

    Raises:
        NotFound, NotAllowed: the alert is not the viewer's to see, or to act on.
        Conflict: it is resolved, or changed since ``expected_version``.
        Invalid: the moment has passed, or lies more than ``SNOOZE_DAYS_MAX`` days ahead.
    """
    row = to_change(viewer, alert_id, expected_version)
    if row.state == AlertState.RESOLVED:
        raise Conflict(_state_message(row), remedy=_("Reopen it first."))
    if not now < until <= now + timedelta(days=SNOOZE_DAYS_MAX):
        raise Invalid(
            _("An alert is snoozed until a moment in the next %(days)d days.") % {"days": SNOOZE_DAYS_MAX},
            place="until",
            remedy=_("For longer, make a silence with a reason."),
        )
    row.state, row.news, row.snoozed_until, row.snoozed_by_name = AlertState.SNOOZED, "", until, viewer.name
    row.acknowledged_at, row.acknowledged_by_name, row.acknowledged_by_id = None, "", None
    return _changed("alert.snoozed", row, viewer, now, {"until": until.isoformat()})


@transaction.atomic
def escalate(
    viewer: Viewer, alert_id: int, note: str = "", *, now: datetime, expected_version: int | None = None
) -> AlertRecord:
    """Pass it on to the next step of its policy, whatever time is left: the viewer cannot settle it alone.

    Raises:
        NotFound, NotAllowed: the alert is not the viewer's to see, or to act on.
        Conflict: it is resolved, nobody stands above, or it changed since ``expected_version``.
        Invalid: a note of more than 300 characters.
    """
    row = to_change(viewer, alert_id, expected_version)
    if row.state == AlertState.RESOLVED:
        raise Conflict(_state_message(row), remedy=_("Reopen it first."))
    if len(note) > 300:
        raise Invalid(_("A note has at most 300 characters."), place="note")
    facts = watching.step(row, viewer, now, turning.escalated)
    if not any(fact.kind == "alert.told" for fact in facts):
        raise Conflict(
            _("The last step of the policy is reached already."), remedy=_("Give the alert to a person instead.")
        )
    for fact in (watching.Fact("alert.escalated", row, viewer, {"note": note.strip()}), *facts):
        fact.append(now)
    return queries.alert(viewer, alert_id, now=now)


@transaction.atomic
def assign(
    viewer: Viewer, alert_id: int, owner_id: int, *, now: datetime, expected_version: int | None = None
) -> AlertRecord:
    """Give the alert to another person who may act on it; the deadline counts in their working time from now.

    Raises:
        NotFound, NotAllowed: the alert is not the viewer's to see, or to act on.
        Conflict: it is resolved, or changed since ``expected_version``.
        Invalid: the new owner could not act on it.
    """
    row = to_change(viewer, alert_id, expected_version)
    if row.state == AlertState.RESOLVED:
        raise Conflict(_state_message(row), remedy=_("Reopen it first."))
    possible = {each.id: each for each in accounts.users_who_may(viewer, "alert.act", row.project_id)}
    if owner_id not in possible:
        raise Invalid(_("That person may not act on alerts of this project."), place="owner")
    row.owner_id = owner_id
    if row.state == AlertState.RAISED:
        row.acknowledge_by = acknowledge_by(_hours(possible[owner_id]), now, row.severity)
        row.news = str(Why.ASSIGNED)
    return _changed("alert.assigned", row, viewer, now, {"owner": owner_id})


def _raise(
    project: ProjectRecord,
    cause: Cause,
    owner: UserRecord | None,
    now: datetime,
    facts: list[tuple[str, Alert, dict[str, Any]]],
) -> None:
    hours = _hours(owner) if owner is not None else _project_hours(project)
    row = Alert.objects.create(
        project_id=project.id,
        group=cause.group,
        severity=cause.severity,
        code=cause.code,
        parameters=dict(cause.parameters),
        owner_id=owner.id if owner is not None else None,
        raised_at=now,
        acknowledge_by=acknowledge_by(hours, now, cause.severity),
        wakes_at=now,
    )
    row.findings.set(cause.finding_ids + cause.joined_ids)
    keep("alert", row, None, now=now)
    facts.append(("alert.raised", row, {}))


def _drafted(row: Alert, now: datetime) -> list[tuple[str, Alert, dict[str, Any]]]:
    """A forecast beyond a tolerance is drafted to the next level at once; a person releases it or lets it go."""
    if row.group not in TOLERANCE_GROUPS or row.severity < Severity.AT_RISK:
        return []
    report = watching.draft_upwards(row, now)
    return [("alert.drafted", row, {"report": report.pk, "to": report.people})] if report is not None else []


def _join(
    row: Alert,
    cause: Cause,
    project: ProjectRecord,
    now: datetime,
    facts: list[tuple[str, Alert, dict[str, Any]]],
) -> int:
    """Keep the open alert in step with its cause; returns 1 when somebody should notice."""
    known = set(row.findings.values_list("pk", flat=True))
    new = (set(cause.finding_ids) | set(cause.joined_ids)) - known
    if new:
        row.findings.add(*new)
    was, worse = taken(row), cause.severity > row.severity
    told = (row.severity, row.code, row.parameters)
    if told == (cause.severity, cause.code, dict(cause.parameters)) and not new:
        return 0
    row.severity, row.code, row.parameters = cause.severity, cause.code, dict(cause.parameters)
    if worse and not row.news:
        row.news, row.wakes_at = str(Why.WORSE), now
        if row.state == AlertState.SNOOZED:
            row.snoozed_until = now  # what it was left alone for is no longer what it is
    row.version += 1
    row.save()
    keep("alert", row, was, now=now)
    new_alarms = new & set(cause.finding_ids)
    if not worse and not new_alarms:
        return 0
    facts.append(("alert.joined", row, {"findings": sorted(new_alarms), "worse": worse}))
    return 1


def _caused_elsewhere(
    project: ProjectRecord, now_open: Iterable[Cause], open_findings: Iterable[FindingRecord]
) -> frozenset[str]:
    """Causes that another project's slip explains: they are told with its alert, and raise none here."""
    by_id = {each.id: each for each in open_findings}
    return frozenset(
        each.group
        for each in now_open
        if is_caused_elsewhere(project, each, tuple(by_id[pk] for pk in each.finding_ids))
    )


def _why_cleared(row: Alert, project: ProjectRecord, elsewhere: frozenset[str]) -> str:
    """The mark of an alert that resolves without its cause having gone; empty when it has."""
    if not project.is_watched:
        return f"{STAGE_MARK}{project.stage}"
    return ELSEWHERE_MARK if row.group in elsewhere else ""


def _clear(row: Alert, mark: str, now: datetime, facts: list[tuple[str, Alert, dict[str, Any]]]) -> None:
    """Resolve what nobody here must act on any more; ``mark`` says why, if not because the cause has gone."""
    was = taken(row)
    row.state, row.wakes_at = AlertState.RESOLVED, None
    row.resolved_at, row.resolved_by_name = now, ""
    row.resolution = mark
    row.version += 1
    row.save()
    keep("alert", row, was, now=now)
    facts.append(("alert.resolved", row, {"cleared": True, **_said_by(mark)}))


def _said_by(mark: str) -> dict[str, Any]:
    """What the journal says beside: the stage of life, or that another project's alert tells it."""
    if mark.startswith(STAGE_MARK):
        return {"stage": mark.removeprefix(STAGE_MARK)}
    return {"elsewhere": True} if mark else {}


def _was_settled(project_id: int, cause: Cause) -> bool:
    """Whether a person resolved just this; findings that cleared and came back are new ones and count again."""
    last = (
        Alert.objects.filter(project_id=project_id, group=cause.group, state=AlertState.RESOLVED)
        .exclude(resolved_by_name="")
        .order_by("-resolved_at", "-id")
        .first()
    )
    if last is None:
        return False
    known = frozenset(last.findings.values_list("pk", flat=True))
    return is_settled_by(cause, resolved_severity=last.severity, resolved_finding_ids=known)


def to_change(viewer: Viewer, alert_id: int, expected_version: int | None) -> Alert:
    """The locked alert for somebody who may act on it, for this room."""
    row = Alert.objects.select_for_update(of=("self",)).filter(pk=alert_id).first()
    if row is None or not viewer.may("internal.view", row.project_id):
        raise NotFound(_("There is no such alert."))
    if not viewer.may("alert.act", row.project_id):
        raise NotAllowed(_("You may see this alert but not act on it."), remedy=_("Ask its owner, or for the role."))
    _check_version(row, expected_version)
    return row


def _check_version(row: Alert, expected_version: int | None) -> None:
    if expected_version is not None and row.version != expected_version:
        raise Conflict(_("The alert has changed since you saw it."), remedy=_("Reload and decide again."))


def _changed(kind: str, row: Alert, viewer: Viewer, now: datetime, data: dict[str, Any] | None = None) -> AlertRecord:
    was = taken(Alert.objects.get(pk=row.pk))
    row.version += 1
    row.wakes_at = None if row.state == AlertState.RESOLVED else now
    row.save()
    keep("alert", row, was, now=now)
    record = queries.alert(viewer, row.pk, now=now)
    _tell(kind, row, viewer, now, data or {})
    return record


def _tell(kind: str, row: Alert, viewer: Viewer, now: datetime, data: dict[str, Any]) -> None:
    journal.append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="alert",
        subject_id=row.pk,
        data={"alert": row.pk, "code": row.code, "parameters": row.parameters, "severity": row.severity, **data},
    )


def _state_message(row: Alert) -> str:
    if row.state == AlertState.RESOLVED:
        if not row.resolved_by_name:
            return _("It resolved when its cause went.")
        return _("%(name)s resolved it.") % {"name": row.resolved_by_name}
    return _("%(name)s has acknowledged it.") % {"name": row.acknowledged_by_name}


def _hours(user: UserRecord) -> OwnerHours:
    return OwnerHours(user.country, user.region, user.time_zone)


def _hours_of(row: Alert) -> OwnerHours:
    if row.owner is not None:
        return OwnerHours(row.owner.country, row.owner.region, row.owner.time_zone)
    return OwnerHours(row.project.country, row.project.region, row.project.time_zone)


def _project_hours(project: ProjectRecord) -> OwnerHours:
    return OwnerHours(project.country, project.region, project.time_zone)
