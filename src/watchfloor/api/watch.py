"""The watch itself: silences, and who is on duty."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.alerts import duty, silencing
from watchfloor.alerts.silencing import Over, SilenceRecord
from watchfloor.api.auth import viewer
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
        _aware(body.begins_at or now),
        _aware(body.ends_at),
        kind=body.kind,
        now=now,
    )
    return Status(201, made)


@router.delete("/silences/{silence_id}", response=responses(SilenceRecord))
def end_silence(request: HttpRequest, silence_id: int) -> Any:
    """End it before its time."""
    return silencing.end_silence(viewer(request), silence_id, now=clock.now())


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


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
