"""Incidents: declared, worked on in a room, told to people, settled, and closed by a review."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.alerts.incidents.queries import people_around, whole
from watchfloor.alerts.incidents.records import PARTS, IncidentRecord
from watchfloor.alerts.models import Alert, IncidentRow, IncidentState
from watchfloor.alerts.queries import visible
from watchfloor.detection.messages import render
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio

TITLE_MAX, WORDS_MAX, TASK_MAX = 150, 4_000, 300
ALERTS_MAX, TASKS_MAX, ENTRIES_MAX = 50, 200, 2_000
UPDATE_EVERY_MAX = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Review:
    """What is learned: all three are told before an incident is closed."""

    what_happened: str
    why_it_happened: str
    what_changes: str


@transaction.atomic
def declare(
    viewer: Viewer, project_code: str, title: str, *, severity: int = 2, alert_id: int | None = None, now: datetime
) -> IncidentRecord:
    """Open a room; whoever declares it leads it until somebody else does.

    Raises:
        NotFound, NotAllowed: no such project or alert for the viewer, or not theirs to act on.
        Invalid: no title, or no such severity.
        Conflict: the alert belongs to an incident that is open.
    """
    project = portfolio.project(viewer, project_code)
    _need(viewer, project.id)
    title = _words(title, TITLE_MAX, "title")
    if severity not in (1, 2, 3):
        raise Invalid(_("An incident is of the severity watch, at risk or critical."), place="severity")
    alert = _alert(viewer, alert_id) if alert_id is not None else None
    if alert is not None and alert.incidents.filter(state=IncidentState.OPEN).exists():
        raise Conflict(_("The alert belongs to an incident already."), remedy=_("Work in that one."))
    row = IncidentRow.objects.create(
        project_id=project.id, title=title, severity=severity, declared_at=now, declared_by_name=viewer.name
    )
    if alert is not None:
        row.alerts.add(alert)
    if viewer.user_id is not None:
        row.roles.create(part="manager", person_id=viewer.user_id)
    _tell("incident.declared", row, viewer, now, {"alert": alert_id})
    return whole(viewer, row, now)


@transaction.atomic
def declare_for(viewer: Viewer, alert_id: int, *, now: datetime) -> IncidentRecord:
    """Open a room for an alert, with its project, severity and headline.

    Raises:
        NotFound, NotAllowed, Conflict: as of :func:`declare`.
    """
    alert = _alert(viewer, alert_id)
    title = render(alert.code, alert.parameters, language=viewer.language, zone=viewer.time_zone)
    return declare(viewer, alert.project.code, title[:TITLE_MAX], severity=alert.severity, alert_id=alert_id, now=now)


@transaction.atomic
def link(viewer: Viewer, incident_id: int, alert_id: int, *, now: datetime) -> IncidentRecord:
    """Let an alert, also of another project, belong to it.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to act on.
        Conflict: the incident is not open.
        Invalid: it has as many alerts as one can have.
    """
    row = _open(viewer, incident_id)
    alert = _alert(viewer, alert_id)
    if row.alerts.count() >= ALERTS_MAX:
        raise Invalid(_("An incident has at most %(most)d alerts.") % {"most": ALERTS_MAX}, place="alert")
    row.alerts.add(alert)
    _tell("incident.linked", row, viewer, now, {"alert": alert_id})
    return whole(viewer, row, now)


@transaction.atomic
def give_part(viewer: Viewer, incident_id: int, part: str, person_id: int | None, *, now: datetime) -> IncidentRecord:
    """Give a part to a person who works inside the project, or to nobody.

    Raises:
        NotFound, NotAllowed, Conflict: as of :func:`link`.
        Invalid: no such part, or the person does not work there.
    """
    row = _open(viewer, incident_id)
    if part not in PARTS:
        raise Invalid(_("There is no such part."), place="part")
    if person_id is None:
        row.roles.filter(part=part).delete()
    else:
        if person_id not in people_around(viewer, row.project_id):
            raise Invalid(_("That person does not work inside this project."), place="person")
        row.roles.update_or_create(part=part, defaults={"person_id": person_id})
    _tell("incident.part_given", row, viewer, now, {"part": part, "person": person_id})
    return whole(viewer, row, now)


@transaction.atomic
def note(viewer: Viewer, incident_id: int, words: str, *, at: datetime | None = None, now: datetime) -> IncidentRecord:
    """Write a line into the timeline, also of something that happened earlier.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to act on.
        Conflict: the incident is closed.
        Invalid: no words, too many, or of the future.
    """
    row = _locked(viewer, incident_id)
    _check_not_closed(row)
    words, at = _words(words, WORDS_MAX, "words"), at or now
    if at > now:
        raise Invalid(_("What has not happened yet is no line of a timeline."), place="at")
    _check_room(row)
    entry = row.entries.create(at=at, words=words, by_name=viewer.name)
    _tell("incident.noted", row, viewer, now, {"entry": entry.pk})
    return whole(viewer, row, now)


@transaction.atomic
def tell(
    viewer: Viewer,
    incident_id: int,
    words: str,
    people: Collection[int],
    *,
    next_after: timedelta | None = None,
    now: datetime,
) -> IncidentRecord:
    """Send an update to people who work inside the project; ``next_after`` promises when they hear again.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to act on.
        Conflict: the incident is closed.
        Invalid: no words, too many, nobody to tell, or somebody who does not work there.
    """
    row = _locked(viewer, incident_id)
    _check_not_closed(row)
    words = _words(words, WORDS_MAX, "words")
    around = people_around(viewer, row.project_id)
    if not people or not set(people) <= around.keys():
        raise Invalid(_("Choose those to be told, of the people who work inside this project."), place="people")
    if next_after is not None and not timedelta() < next_after <= UPDATE_EVERY_MAX:
        raise Invalid(_("The next update comes within two weeks."), place="next")
    _check_room(row)
    entry = row.entries.create(at=now, words=words, is_update=True, people=sorted(set(people)), by_name=viewer.name)
    row.update_due_at = now + next_after if next_after is not None and row.state == IncidentState.OPEN else None
    _save(row)
    _tell("incident.updated", row, viewer, now, {"entry": entry.pk})
    return whole(viewer, row, now)


@transaction.atomic
def add_task(
    viewer: Viewer,
    incident_id: int,
    words: str,
    *,
    owner_id: int | None = None,
    due_on: date | None = None,
    now: datetime,
) -> IncidentRecord:
    """Note something to be done, by a person who works inside the project or by nobody yet.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to act on.
        Conflict: the incident is closed.
        Invalid: no words, too many, too many tasks, or an owner who does not work there.
    """
    row = _locked(viewer, incident_id)
    _check_not_closed(row)
    words = _words(words, TASK_MAX, "words")
    if row.tasks.count() >= TASKS_MAX:
        raise Invalid(_("An incident has at most %(most)d tasks.") % {"most": TASKS_MAX}, place="words")
    if owner_id is not None and owner_id not in people_around(viewer, row.project_id):
        raise Invalid(_("That person does not work inside this project."), place="owner")
    task = row.tasks.create(words=words, owner_id=owner_id, due_on=due_on, made_by_name=viewer.name)
    _tell("incident.task_added", row, viewer, now, {"task": task.pk})
    return whole(viewer, row, now)


@transaction.atomic
def settle_task(viewer: Viewer, incident_id: int, task_id: int, outcome: str, *, now: datetime) -> IncidentRecord:
    """``done``, ``dropped`` (not to be done after all) or ``open`` again.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to act on.
        Conflict: the incident is closed.
        Invalid: no such outcome.
    """
    row = _locked(viewer, incident_id)
    _check_not_closed(row)
    task = row.tasks.filter(pk=task_id).first()
    if task is None:
        raise NotFound(_("There is no such task."))
    if outcome not in ("done", "dropped", "open"):
        raise Invalid(_("A task is done, dropped or open."), place="outcome")
    task.done_at, task.done_by_name = (now, viewer.name) if outcome == "done" else (None, "")
    task.is_dropped = outcome == "dropped"
    task.save()
    _tell("incident.task_settled", row, viewer, now, {"task": task.pk, "outcome": outcome})
    return whole(viewer, row, now)


@transaction.atomic
def settle(viewer: Viewer, incident_id: int, *, now: datetime, expected_version: int | None = None) -> IncidentRecord:
    """It is over; what is to be learned is written next.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to act on.
        Conflict: it is not open, or changed since ``expected_version``.
    """
    row = _open(viewer, incident_id)
    _check_version(row, expected_version)
    row.state, row.settled_at, row.settled_by_name = IncidentState.SETTLED, now, viewer.name
    row.update_due_at = None
    _save(row)
    _tell("incident.settled", row, viewer, now)
    return whole(viewer, row, now)


@transaction.atomic
def reopen(viewer: Viewer, incident_id: int, *, now: datetime) -> IncidentRecord:
    """It is not over, or its review was not the last word: one step back.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to act on.
        Conflict: it is open.
    """
    row = _locked(viewer, incident_id)
    if row.state == IncidentState.OPEN:
        raise Conflict(_("The incident is open."))
    if row.state == IncidentState.CLOSED:
        row.state, row.closed_at, row.closed_by_name = IncidentState.SETTLED, None, ""
    else:
        row.state, row.settled_at, row.settled_by_name = IncidentState.OPEN, None, ""
    _save(row)
    _tell("incident.reopened", row, viewer, now)
    return whole(viewer, row, now)


@transaction.atomic
def review(
    viewer: Viewer,
    incident_id: int,
    said: Review,
    *,
    closes: bool,
    now: datetime,
    expected_version: int | None = None,
) -> IncidentRecord:
    """Write what is learned, and with ``closes`` close the incident with it.

    Raises:
        NotFound, NotAllowed: not the viewer's to see, or to act on.
        Conflict: it is open or closed, tasks wait, or it changed since ``expected_version``.
        Invalid: too many words, or closing without any of the three.
    """
    row = _locked(viewer, incident_id)
    _check_version(row, expected_version)
    if row.state != IncidentState.SETTLED:
        raise Conflict(_("An incident is reviewed once it is over."), remedy=_("Settle it first, or open it again."))
    for place in ("what_happened", "why_it_happened", "what_changes"):
        words = getattr(said, place).strip()
        if len(words) > WORDS_MAX:
            raise Invalid(_("At most %(most)d characters.") % {"most": WORDS_MAX}, place=place)
        if closes and not words:
            raise Invalid(_("Before it is closed, say what happened, why, and what changes."), place=place)
        setattr(row, place, words)
    if closes:
        waiting = row.tasks.filter(done_at=None, is_dropped=False).count()
        if waiting:
            raise Conflict(
                _("%(count)d of its tasks are open.") % {"count": waiting}, remedy=_("Tick them off, or drop them.")
            )
        row.state, row.closed_at, row.closed_by_name = IncidentState.CLOSED, now, viewer.name
    _save(row)
    _tell("incident.closed" if closes else "incident.reviewed", row, viewer, now)
    return whole(viewer, row, now)


def _need(viewer: Viewer, project_id: int) -> None:
    if not viewer.may("alert.act", project_id):
        raise NotAllowed(
            _("You may see what happens in this project, but not act on it."), remedy=_("Ask for the role.")
        )


def _alert(viewer: Viewer, alert_id: int) -> Alert:
    alert = visible(viewer).filter(pk=alert_id).first()
    if alert is None:
        raise NotFound(_("There is no such alert."))
    _need(viewer, alert.project_id)
    return alert


def _locked(viewer: Viewer, incident_id: int) -> IncidentRow:
    row = IncidentRow.objects.select_for_update(of=("self",)).filter(pk=incident_id).first()
    if row is None or not viewer.may("internal.view", row.project_id):
        raise NotFound(_("There is no such incident."))
    _need(viewer, row.project_id)
    return row


def _open(viewer: Viewer, incident_id: int) -> IncidentRow:
    row = _locked(viewer, incident_id)
    if row.state != IncidentState.OPEN:
        raise Conflict(_("The incident is not open any more."), remedy=_("Open it again first."))
    return row


def _check_not_closed(row: IncidentRow) -> None:
    if row.state == IncidentState.CLOSED:
        raise Conflict(_("The incident is closed."), remedy=_("Open it again first."))


def _check_version(row: IncidentRow, expected_version: int | None) -> None:
    if expected_version is not None and row.version != expected_version:
        raise Conflict(_("The incident has changed since you saw it."), remedy=_("Reload and decide again."))


def _check_room(row: IncidentRow) -> None:
    if row.entries.count() >= ENTRIES_MAX:
        raise Invalid(_("A timeline has at most %(most)d lines.") % {"most": ENTRIES_MAX}, place="words")


def _words(words: str, most: int, place: str) -> str:
    words = words.strip()
    if not words or len(words) > most:
        raise Invalid(_("Say it in 1 to %(most)d characters.") % {"most": most}, place=place)
    return words


def _save(row: IncidentRow) -> None:
    row.version += 1
    row.save()


def _tell(kind: str, row: IncidentRow, viewer: Viewer, now: datetime, data: Mapping[str, Any] | None = None) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="incident",
        subject_id=row.pk,
        data={"incident": row.pk, **(data or {})},
    )
