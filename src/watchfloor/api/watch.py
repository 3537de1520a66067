"""The watch itself: silences, and who is on duty."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event
from ninja import Field, Router, Schema, Status

from watchfloor.alerts import duty, policies, silencing
from watchfloor.alerts.escalation.policy import MAX_STEPS, Form, Step, Target
from watchfloor.alerts.policies import Draft, PolicyRecord
from watchfloor.alerts.silencing import Over, SilenceRecord
from watchfloor.api.auth import viewer
from watchfloor.api.moments import aware
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.kit import clock

router = Router(tags=["watch"])


class SilenceIn(Schema):
    """What a silence is over: a project, a programme, or with neither everything."""

    project: str = ""
    programme: str = ""
    group: str = ""  # one kind of cause: time, cost, silence, report, plan
    up_to: int = 3  # severities above it are told all the same
    kind: str = "silence"  # silence, replan, freeze, holiday
    reason: str
    begins_at: datetime | None = None  # default: now; a moment without a zone is in UTC
    ends_at: datetime


class StepIn(Schema):
    """One step; times are working minutes of whoever is told, without one they go by severity."""

    target: Target
    name: str = ""  # of a role; the id of a rota or person
    form: Form = Form.FUNCTIONAL
    after_min: int | None = None
    release_min: int | None = None  # of a hierarchical step: goes out by itself after so long


class PolicyIn(Schema):
    """Who is told, in order, and how often the steps are gone through."""

    project: str = ""
    programme: str = ""
    name: str
    steps: list[StepIn] = Field(max_length=MAX_STEPS)
    loops: int = 1
    acknowledged_min: int | None = None  # how long an acknowledgement holds; none: for ever
    expected_version: int | None = None


class DutyOut(Schema):
    """A rota with who has it now; without a person nobody is on duty."""

    id: int
    name: str
    programme: str
    person: str | None
    until_at: datetime | None
    gaps: int  # spans of the next four weeks with nobody on duty


@router.get("/silences", response=responses(Page[SilenceRecord]))
def list_silences(request: HttpRequest, over: bool = False, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Silences that hold or will; with ``over`` those that are over."""
    found = silencing.silences(viewer(request), now=clock.now(), over=over)
    return page(found, limit=limit, offset=offset)


@router.post("/silences", response=responses(SilenceRecord, status=201))
def make_silence(request: HttpRequest, body: SilenceIn) -> Any:
    """Let nobody be told of what it covers, until it ends."""
    now = clock.now()
    made = silencing.silence(
        viewer(request),
        Over(body.project, body.programme, body.group, body.up_to),
        body.reason,
        aware(body.begins_at or now),
        aware(body.ends_at),
        kind=body.kind,
        now=now,
    )
    return Status(201, made)


@router.delete("/silences/{silence_id}", response=responses(SilenceRecord))
def end_silence(request: HttpRequest, silence_id: int) -> Any:
    """End it before its time."""
    return silencing.end_silence(viewer(request), silence_id, now=clock.now())


@router.get("/policies", response=responses(Page[PolicyRecord]))
def list_policies(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Escalation policies the caller works under; the built-in one has the id 0."""
    return page(policies.policies(viewer(request)), limit=limit, offset=offset)


@router.put("/policies", response=responses(PolicyRecord))
def set_policy(request: HttpRequest, body: PolicyIn) -> Any:
    """Make or change the policy of a project, a programme, or with neither the organisation."""
    return policies.set_policy(
        viewer(request),
        Draft(body.name, tuple(Step(**each.dict()) for each in body.steps), body.loops, body.acknowledged_min),
        project_code=body.project,
        programme_code=body.programme,
        expected_version=body.expected_version,
        now=clock.now(),
    )


@router.delete("/policies/{policy_id}", response=responses(None, status=204))
def remove_policy(request: HttpRequest, policy_id: int) -> Any:
    """Take a policy away: the next wider one holds."""
    policies.remove_policy(viewer(request), policy_id, now=clock.now())
    return Status(204, None)


@router.get("/duty", response=responses(Page[DutyOut]))
def read_duty(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Who is on duty now, by rota."""
    found = [
        {
            "id": each.id,
            "name": each.name,
            "programme": each.programme_code,
            "person": each.names.get(each.now or 0),
            "until_at": each.shifts[0].ends if each.shifts else None,
            "gaps": len(each.gaps),
        }
        for each in duty.rotas(viewer(request), now=clock.now())
    ]
    return page(found, limit=limit, offset=offset)


@router.get("/duty/{rota_id}/calendar.ics", response=responses(str))
def read_calendar(request: HttpRequest, rota_id: int) -> HttpResponse:
    """The turns of a rota in the next four weeks, for a calendar programme. Spans of nobody are entries too."""
    now = clock.now()
    found = duty.rota(viewer(request), rota_id, now=now)
    calendar = Calendar()
    calendar.add("prodid", "-//Watchfloor//Rota//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", found.name)
    for shift in found.shifts:
        entry = Event()
        entry.add("uid", f"rota-{found.id}-{shift.begins:%Y%m%dT%H%M%SZ}@watchfloor")
        entry.add("summary", found.names.get(shift.person or 0) or _("Nobody is on duty"))
        entry.add("dtstart", shift.begins.astimezone(UTC))
        entry.add("dtend", shift.ends.astimezone(UTC))
        entry.add("dtstamp", now)
        calendar.add_component(entry)
    return HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
