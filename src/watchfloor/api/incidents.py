"""Incidents and playbooks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from watchfloor.alerts import queries as alerts
from watchfloor.alerts.incidents import operations as incidents
from watchfloor.alerts.incidents import queries
from watchfloor.alerts.incidents.operations import Review
from watchfloor.alerts.incidents.records import IncidentRecord
from watchfloor.alerts.playbooks import operations as playbooks
from watchfloor.alerts.playbooks.measures import PlaybookMeasure, measured
from watchfloor.alerts.playbooks.operations import STEPS_MAX, Draft
from watchfloor.alerts.playbooks.records import PlaybookRecord, PlaybookStep, RunRecord, StepAction, StepLink, StepState
from watchfloor.api.auth import viewer
from watchfloor.api.moments import aware
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.kit import clock

router = Router(tags=["watch"])


class IncidentIn(Schema):
    project: str
    title: str
    severity: int = 2  # 1 watch, 2 at risk, 3 critical
    alert: int | None = None


class IncidentNoteIn(Schema):
    words: str
    at: datetime | None = None  # what it tells of; default now


class IncidentUpdateIn(Schema):
    words: str
    people: list[int] = Field(max_length=500)
    next_after_min: int | None = None  # minutes until those told hear again


class IncidentTaskIn(Schema):
    words: str
    owner: int | None = None
    due_on: date | None = None


class OutcomeIn(Schema):
    outcome: str  # done, dropped, open


class PartIn(Schema):
    part: str  # manager, communications, scribe, recovery
    person: int | None = None


class IncidentAlertIn(Schema):
    alert: int


class SettleIn(Schema):
    expected_version: int | None = None


class IncidentReviewIn(SettleIn):
    what_happened: str
    why_it_happened: str
    what_changes: str
    closes: bool = False


class PlaybookStepIn(Schema):
    """One step; ``who`` is owner, manager, rota or role:NAME."""

    words: str
    who: str = "owner"
    link: StepLink = StepLink.NOWHERE
    does: StepAction = StepAction.NOTHING


class PlaybookIn(Schema):
    name: str
    codes: list[str] = Field(default=[], max_length=200)  # kinds of alerts; empty: every kind
    steps: list[PlaybookStepIn] = Field(max_length=STEPS_MAX)


class PlaybookMade(PlaybookIn):
    """Of a project, a programme, or with neither the organisation."""

    project: str = ""
    programme: str = ""


class PlaybookChanged(PlaybookIn):
    expected_version: int | None = None


class PlaybookOut(Schema):
    """A playbook with how well it works; no measure while it was not used."""

    playbook: PlaybookRecord
    measure: PlaybookMeasure | None


class RunIn(Schema):
    playbook: int


class StepStateIn(Schema):
    state: StepState
    expected_version: int | None = None


@router.get("/incidents", response=responses(Page[IncidentRecord]))
def list_incidents(request: HttpRequest, state: str | None = None, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Incidents of any state, or of one (open, settled, closed); entries, tasks and alerts only on each one's own."""
    return page(queries.incidents(viewer(request), state=state), limit=limit, offset=offset)


@router.post("/incidents", response=responses(IncidentRecord, status=201))
def declare_incident(request: HttpRequest, body: IncidentIn) -> Any:
    """Open a room; the caller leads it until somebody else does."""
    made = incidents.declare(
        viewer(request), body.project, body.title, severity=body.severity, alert_id=body.alert, now=clock.now()
    )
    return Status(201, made)


@router.get("/incidents/{incident_id}", response=responses(IncidentRecord))
def read_incident(request: HttpRequest, incident_id: int) -> Any:
    """One incident with everything in its room."""
    return queries.incident(viewer(request), incident_id, now=clock.now())


@router.post("/incidents/{incident_id}/notes", response=responses(IncidentRecord))
def note_incident(request: HttpRequest, incident_id: int, body: IncidentNoteIn) -> Any:
    """Write a line into the timeline."""
    at = aware(body.at) if body.at is not None else None
    return incidents.note(viewer(request), incident_id, body.words, at=at, now=clock.now())


@router.post("/incidents/{incident_id}/updates", response=responses(IncidentRecord))
def tell_incident(request: HttpRequest, incident_id: int, body: IncidentUpdateIn) -> Any:
    """Send an update to people who work inside the project."""
    after = timedelta(minutes=body.next_after_min) if body.next_after_min is not None else None
    return incidents.tell(viewer(request), incident_id, body.words, body.people, next_after=after, now=clock.now())


@router.post("/incidents/{incident_id}/tasks", response=responses(IncidentRecord))
def add_task(request: HttpRequest, incident_id: int, body: IncidentTaskIn) -> Any:
    """Note something to be done."""
    return incidents.add_task(
        viewer(request), incident_id, body.words, owner_id=body.owner, due_on=body.due_on, now=clock.now()
    )


@router.put("/incidents/{incident_id}/tasks/{task_id}", response=responses(IncidentRecord))
def settle_task(request: HttpRequest, incident_id: int, task_id: int, body: OutcomeIn) -> Any:
    """A task is done, dropped, or open again."""
    return incidents.settle_task(viewer(request), incident_id, task_id, body.outcome, now=clock.now())


@router.put("/incidents/{incident_id}/parts", response=responses(IncidentRecord))
def give_part(request: HttpRequest, incident_id: int, body: PartIn) -> Any:
    """Give a part to a person, or to nobody."""
    return incidents.give_part(viewer(request), incident_id, body.part, body.person, now=clock.now())


@router.post("/incidents/{incident_id}/alerts", response=responses(IncidentRecord))
def link_alert(request: HttpRequest, incident_id: int, body: IncidentAlertIn) -> Any:
    """Let an alert belong to it, also of another project."""
    return incidents.link(viewer(request), incident_id, body.alert, now=clock.now())


@router.put("/incidents/{incident_id}/settlement", response=responses(IncidentRecord))
def settle_incident(request: HttpRequest, incident_id: int, body: SettleIn) -> Any:
    """It is over; its review comes next."""
    return incidents.settle(viewer(request), incident_id, now=clock.now(), expected_version=body.expected_version)


@router.delete("/incidents/{incident_id}/settlement", response=responses(IncidentRecord))
def reopen_incident(request: HttpRequest, incident_id: int) -> Any:
    """One step back: from closed to over, from over to open."""
    return incidents.reopen(viewer(request), incident_id, now=clock.now())


@router.put("/incidents/{incident_id}/review", response=responses(IncidentRecord))
def review_incident(request: HttpRequest, incident_id: int, body: IncidentReviewIn) -> Any:
    """Write what is learned; with ``closes`` the incident is closed."""
    return incidents.review(
        viewer(request),
        incident_id,
        Review(body.what_happened, body.why_it_happened, body.what_changes),
        closes=body.closes,
        now=clock.now(),
        expected_version=body.expected_version,
    )


@router.get("/playbooks", response=responses(Page[PlaybookOut]))
def list_playbooks(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Playbooks over what the caller works inside of, with how well each works."""
    who = viewer(request)
    measures = measured(who, now=clock.now())
    found = [{"playbook": each, "measure": measures.get(each.id)} for each in playbooks.playbooks(who)]
    return page(found, limit=limit, offset=offset)


@router.post("/playbooks", response=responses(PlaybookRecord, status=201))
def make_playbook(request: HttpRequest, body: PlaybookMade) -> Any:
    """Write a playbook."""
    made = playbooks.write(
        viewer(request), _draft(body), project_code=body.project, programme_code=body.programme, now=clock.now()
    )
    return Status(201, made)


@router.put("/playbooks/{playbook_id}", response=responses(PlaybookRecord))
def change_playbook(request: HttpRequest, playbook_id: int, body: PlaybookChanged) -> Any:
    """Write it anew; those taken up already keep the steps they had."""
    return playbooks.write(
        viewer(request),
        _draft(body),
        playbook_id=playbook_id,
        expected_version=body.expected_version,
        now=clock.now(),
    )


@router.delete("/playbooks/{playbook_id}", response=responses(None, status=204))
def remove_playbook(request: HttpRequest, playbook_id: int) -> Any:
    """Take it away; those taken up stay."""
    playbooks.remove(viewer(request), playbook_id, now=clock.now())
    return Status(204, None)


@router.get("/alerts/{alert_id}/playbooks", response=responses(Page[PlaybookRecord]))
def list_playbooks_for(request: HttpRequest, alert_id: int, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Playbooks for an alert that were not taken up for it yet."""
    who = viewer(request)
    alerts.alert(who, alert_id)
    return page(playbooks.for_alert(who, alert_id), limit=limit, offset=offset)


@router.get("/alerts/{alert_id}/runs", response=responses(Page[RunRecord]))
def list_runs(request: HttpRequest, alert_id: int, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Playbooks taken up for an alert."""
    who = viewer(request)
    alerts.alert(who, alert_id)
    return page(playbooks.runs_of(who, alert_id), limit=limit, offset=offset)


@router.post("/alerts/{alert_id}/runs", response=responses(RunRecord, status=201))
def take_up(request: HttpRequest, alert_id: int, body: RunIn) -> Any:
    """Begin a playbook for an alert; its safe steps are done at once, in the caller's name."""
    return Status(201, playbooks.take_up(viewer(request), alert_id, body.playbook, now=clock.now()))


@router.put("/alerts/{alert_id}/runs/{run_id}/steps/{at}", response=responses(RunRecord))
def settle_step(request: HttpRequest, alert_id: int, run_id: int, at: int, body: StepStateIn) -> Any:
    """A step, counted from 0, was done, is skipped, or is open again."""
    return playbooks.settle_step(
        viewer(request), alert_id, run_id, at, body.state, now=clock.now(), expected_version=body.expected_version
    )


def _draft(body: PlaybookIn) -> Draft:
    return Draft(body.name, tuple(PlaybookStep(**each.dict()) for each in body.steps), tuple(body.codes))
