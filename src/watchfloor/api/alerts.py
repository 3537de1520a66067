"""Findings, computed status, alerts and what was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from watchfloor.alerts import operations, queries
from watchfloor.alerts.operations import Together
from watchfloor.alerts.queries import AlertRecord
from watchfloor.api.auth import AsOf, looking, viewer
from watchfloor.api.moments import aware
from watchfloor.api.paging import Limit, Offset, Page, fetched, page
from watchfloor.api.problems import responses
from watchfloor.detection import messages
from watchfloor.detection import queries as detection
from watchfloor.detection.queries import FindingRecord, Ledger, StatusChangeRecord, StatusRecord
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.notify import queries as notify
from watchfloor.notify.queries import DeliveryRecord
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["watch"])


class FindingOut(Schema):
    """A finding with its sentence in the caller's language."""

    message: str
    finding: FindingRecord


class AlertOut(Schema):
    """An alert with its headline in the caller's language."""

    message: str
    alert: AlertRecord


class VersionIn(Schema):
    expected_version: int | None = None  # refuse when somebody else acted since


class ResolutionIn(VersionIn):
    resolution: str


class SnoozeIn(VersionIn):
    snoozed_until: datetime  # within 30 days; a moment without a zone is in UTC


class TogetherIn(Schema):
    alerts: list[int] = Field(max_length=operations.TOGETHER_MAX)
    do: str  # acknowledge, snooze, reopen
    snoozed_until: datetime | None = None


class EscalationIn(VersionIn):
    note: str = ""


@router.get("/statuses", response=responses(Page[StatusRecord]))
def list_statuses(request: HttpRequest, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None) -> Any:
    """Computed status of every project the caller may see, with the findings that are its reasons."""
    found = detection.statuses(looking(request, as_of))
    return page([found[pk] for pk in sorted(found)], limit=limit, offset=offset)


@router.get("/ledger", response=responses(Ledger))
def read_ledger(request: HttpRequest, since_fact: int | None = None, *, as_of: AsOf = None) -> Any:
    """How many projects are in each status, and the change since a position of the journal."""
    return detection.ledger(looking(request, as_of), since_fact=since_fact)


@router.get("/projects/{code}/findings", response=responses(Page[FindingOut]))
def list_findings(
    request: HttpRequest,
    code: str,
    open_only: bool = True,
    limit: Limit = 50,
    offset: Offset = 0,
    *,
    as_of: AsOf = None,
) -> Any:
    """What is wrong with a project, worst first; the newest 500."""
    who = looking(request, as_of)
    found = detection.findings(who, portfolio.project(who, code).id, open_only=open_only)
    return page([_finding(who, each) for each in found], limit=limit, offset=offset)


@router.get("/findings/{finding_id}", response=responses(FindingOut))
def read_finding(request: HttpRequest, finding_id: int, *, as_of: AsOf = None) -> Any:
    """One finding with its evidence."""
    who = looking(request, as_of)
    return _finding(who, detection.finding(who, finding_id))


@router.get("/projects/{code}/status-history", response=responses(Page[StatusChangeRecord]))
def list_status_history(
    request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None
) -> Any:
    """How the computed status changed, with what was reported at that time."""
    who = looking(request, as_of)
    project = portfolio.project(who, code)
    return page(detection.status_history(who, project.id, limit=1000), limit=limit, offset=offset)


@router.get("/alerts", response=responses(Page[AlertOut]))
def list_alerts(
    request: HttpRequest,
    state: str | None = None,
    project: str | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
    *,
    as_of: AsOf = None,
) -> Any:
    """Alerts of any state, or of one (raised, acknowledged, resolved), newest first."""
    who = looking(request, as_of)
    project_id = portfolio.project(who, project).id if project is not None else None
    found = queries.alerts(
        who, now=who.as_of or clock.now(), state=state, project_id=project_id, offset=offset, limit=limit + 1
    )
    return fetched([_alert(who, each) for each in found], limit=limit, offset=offset)


@router.post("/alerts/together", response=responses(Together))
def together(request: HttpRequest, body: TogetherIn) -> Any:
    """One step for several alerts; those that cannot take it are left as they are, with the reason."""
    until = aware(body.snoozed_until) if body.snoozed_until is not None else None
    return operations.together(viewer(request), body.alerts, body.do, until=until, now=clock.now())


@router.get("/alerts/{alert_id}", response=responses(AlertOut))
def read_alert(request: HttpRequest, alert_id: int, *, as_of: AsOf = None) -> Any:
    """One alert with its findings."""
    return _current(looking(request, as_of), alert_id)


@router.put("/alerts/{alert_id}/acknowledgement", response=responses(AlertOut))
def acknowledge(request: HttpRequest, alert_id: int, body: VersionIn) -> Any:
    """Say "mine": the caller acts on it."""
    who = viewer(request)
    operations.acknowledge(who, alert_id, expected_version=body.expected_version, now=clock.now())
    return _current(who, alert_id)


@router.put("/alerts/{alert_id}/resolution", response=responses(AlertOut))
def resolve(request: HttpRequest, alert_id: int, body: ResolutionIn) -> Any:
    """Close it, saying what was done."""
    who = viewer(request)
    operations.resolve(who, alert_id, body.resolution, expected_version=body.expected_version, now=clock.now())
    return _current(who, alert_id)


@router.delete("/alerts/{alert_id}/resolution", response=responses(AlertOut))
def reopen(request: HttpRequest, alert_id: int) -> Any:
    """Take the last step back: a resolved alert is open again."""
    who = viewer(request)
    operations.reopen(who, alert_id, now=clock.now())
    return _current(who, alert_id)


@router.put("/alerts/{alert_id}/snooze", response=responses(AlertOut))
def snooze(request: HttpRequest, alert_id: int, body: SnoozeIn) -> Any:
    """Leave it alone until a moment; then it is told again from the first step of its policy."""
    who, until = viewer(request), aware(body.snoozed_until)
    operations.snooze(who, alert_id, until, expected_version=body.expected_version, now=clock.now())
    return _current(who, alert_id)


@router.post("/alerts/{alert_id}/escalations", response=responses(AlertOut))
def escalate(request: HttpRequest, alert_id: int, body: EscalationIn) -> Any:
    """Pass it on to the next step of its policy."""
    who = viewer(request)
    operations.escalate(who, alert_id, body.note, expected_version=body.expected_version, now=clock.now())
    return _current(who, alert_id)


@router.get("/alerts/{alert_id}/deliveries", response=responses(Page[DeliveryRecord]))
def list_deliveries(request: HttpRequest, alert_id: int, limit: Limit = 50, offset: Offset = 0) -> Any:
    """What was sent about an alert, to whom, and whether it arrived."""
    who = viewer(request)
    queries.alert(who, alert_id)
    return page(notify.of_alert(who, alert_id), limit=limit, offset=offset)


def _current(who: Viewer, alert_id: int) -> dict[str, object]:
    return _alert(who, queries.alert(who, alert_id, now=who.as_of or clock.now()))


def _alert(who: Viewer, alert: AlertRecord) -> dict[str, object]:
    said = messages.render(alert.code, alert.parameters, language=who.language, zone=who.time_zone)
    return {"message": said, "alert": alert}


def _finding(who: Viewer, finding: FindingRecord) -> dict[str, object]:
    said = messages.render(finding.code, finding.parameters, language=who.language, zone=who.time_zone)
    return {"message": said, "finding": finding}
