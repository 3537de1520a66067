"""The give/get register: what one project gives to another, and the agreement of both sides."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, fetched
from watchfloor.api.problems import responses
from watchfloor.forecasts import handovers as forecasts
from watchfloor.forecasts.handovers import HandoverRecord
from watchfloor.kit import clock
from watchfloor.plans import operations
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["interfaces"])


class SideOut(Schema):
    """A side the caller may not see is hidden: it tells its date and whether it agreed, and nothing else."""

    project_code: str
    project_name: str
    activity: str
    activity_name: str
    is_hidden: bool
    agreed_at: datetime | None
    agreed_by_name: str


class InterfaceOut(Schema):
    """``forecast`` is read from the giver's newest forecast. ``state``: open, agreed by both, or ended."""

    id: int
    name: str
    note: str
    state: str
    giver: SideOut
    receiver: SideOut
    promised: date | None
    forecast: date | None
    forecast_p80: date | None
    needed: date | None
    slack_days: int | None
    beyond_promise_days: int | None
    is_done: bool
    end_reason: str
    version: int


class InterfaceIn(Schema):
    name: str
    giver_code: str
    giver_activity: str
    receiver_code: str
    receiver_activity: str
    promised: date | None = None
    needed: date | None = None
    note: str = ""


class DatesIn(Schema):
    """The dates to change: ``promised`` is the giver's to say, ``needed`` the receiver's."""

    promised: date | None = None
    needed: date | None = None
    expected_version: int | None = None


class AgreementIn(Schema):
    expected_version: int | None = None


class EndIn(Schema):
    reason: str


@router.get("/interfaces", response=responses(Page[InterfaceOut]))
def list_interfaces(request: HttpRequest, ended: bool = False, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Interfaces of which the caller may see a side, the next needed first."""
    found = forecasts.handovers(viewer(request), limit=limit + 1, offset=offset, ended=ended)
    return fetched(tuple(map(_out, found)), limit=limit, offset=offset)


@router.get("/projects/{code}/interfaces", response=responses(Page[InterfaceOut]))
def list_project_interfaces(
    request: HttpRequest, code: str, ended: bool = False, limit: Limit = 50, offset: Offset = 0
) -> Any:
    """What the project gives and gets."""
    who = viewer(request)
    found = forecasts.handovers(who, portfolio.project(who, code).id, limit=limit + 1, offset=offset, ended=ended)
    return fetched(tuple(map(_out, found)), limit=limit, offset=offset)


@router.post("/interfaces", response=responses(InterfaceOut, status=201))
def add_interface(request: HttpRequest, body: InterfaceIn) -> Any:
    """Enter what one project gives to another; the caller sees both and may change at least one of them."""
    who = viewer(request)
    made = operations.add_interface(who, now=clock.now(), **body.dict())
    return Status(201, _out(forecasts.handover(who, made)))


@router.get("/interfaces/{interface_id}", response=responses(InterfaceOut))
def read_interface(request: HttpRequest, interface_id: int) -> Any:
    """One interface with its forecast."""
    return _out(forecasts.handover(viewer(request), interface_id))


@router.patch("/interfaces/{interface_id}", response=responses(InterfaceOut))
def change_dates(request: HttpRequest, interface_id: int, body: DatesIn) -> Any:
    """Change a date. The other side's agreement is withdrawn by that, which the journal tells."""
    who = viewer(request)
    said = body.dict(exclude_unset=True)
    version = said.pop("expected_version", None)
    operations.set_interface_dates(who, interface_id, expected_version=version, now=clock.now(), **said)
    return _out(forecasts.handover(who, interface_id))


@router.put("/interfaces/{interface_id}/agreements/{side}", response=responses(InterfaceOut))
def agree(request: HttpRequest, interface_id: int, side: Literal["giver", "receiver"], body: AgreementIn) -> Any:
    """Agree, for one side, to both dates as they are."""
    who = viewer(request)
    operations.agree(who, interface_id, side, expected_version=body.expected_version, now=clock.now())
    return _out(forecasts.handover(who, interface_id))


@router.delete("/interfaces/{interface_id}/agreements/{side}", response=responses(InterfaceOut))
def withdraw_agreement(request: HttpRequest, interface_id: int, side: Literal["giver", "receiver"]) -> Any:
    """Take one's own side's agreement back."""
    who = viewer(request)
    operations.withdraw_agreement(who, interface_id, side, now=clock.now())
    return _out(forecasts.handover(who, interface_id))


@router.post("/interfaces/{interface_id}/end", response=responses(InterfaceOut))
def end_interface(request: HttpRequest, interface_id: int, body: EndIn) -> Any:
    """Delivered, or needed no more. It stays in the register as ended."""
    who = viewer(request)
    operations.end_interface(who, interface_id, reason=body.reason, now=clock.now())
    return _out(forecasts.handover(who, interface_id))


def _out(found: HandoverRecord) -> dict[str, Any]:
    said = found.interface
    return {
        **{name: getattr(said, name) for name in ("id", "name", "note", "state", "giver", "receiver", "promised")},
        **{name: getattr(said, name) for name in ("needed", "end_reason", "version")},
        **{name: getattr(found, name) for name in ("forecast", "forecast_p80", "slack_days", "is_done")},
        "beyond_promise_days": found.beyond_promise_days,
    }
