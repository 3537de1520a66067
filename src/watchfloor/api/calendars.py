"""Calendars of countries, with the organisation's own days on top."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.calendars import operations, patterns, queries
from watchfloor.calendars.patterns import CalendarDay
from watchfloor.calendars.queries import OwnDayRecord
from watchfloor.kit import clock
from watchfloor.kit.errors import NotFound
from watchfloor.portfolio import checks

router = Router(tags=["calendars"])


class CountryOut(Schema):
    """A country whose holidays are known, with the codes of its regions."""

    country: str
    regions: list[str]


class CalendarOut(Schema):
    """One year of a country: every day with its reason. ``weekend`` counts from Monday, 0."""

    country: str
    region: str
    year: int
    is_known: bool  # False: only weekends and own days
    weekend: list[int]
    working_days: int
    days: list[CalendarDay]


class OwnDayIn(Schema):
    on: date
    kind: str  # closed, works, short
    name: str
    country: str = ""
    region: str = ""
    ends: time | None = None


@router.get("/calendars", response=responses(Page[CountryOut]))
def list_countries(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Countries whose public holidays are known."""
    found = [{"country": each, "regions": list(patterns.regions(each))} for each in patterns.countries()]
    return page(found, limit=limit, offset=offset)


@router.get("/calendars/{country}/{year}", response=responses(CalendarOut))
def read_calendar(request: HttpRequest, country: str, year: int, region: str = "") -> Any:
    """Every day of a year: working, weekend, holiday, short or made up, with its reason and whether it is estimated."""
    country = checks.country(country)
    if not country:
        raise NotFound("There is no such country.")
    region = checks.region(region)
    days = patterns.calendar_year(country, region, year)
    return CalendarOut(
        country=country,
        region=region,
        year=year,
        is_known=patterns.knows(country, region),
        weekend=sorted(patterns.weekend(country, days[0].on)),
        working_days=sum(each.is_worked for each in days),
        days=list(days),
    )


@router.get("/own-days", response=responses(Page[OwnDayRecord]))
def list_own_days(
    request: HttpRequest, country: str | None = None, year: int | None = None, limit: Limit = 50, offset: Offset = 0
) -> Any:
    """Days the organisation closes, works or ends early of its own accord."""
    return page(queries.own_days(country, year), limit=limit, offset=offset)


@router.post("/own-days", response=responses(OwnDayRecord, status=201))
def add_own_day(request: HttpRequest, body: OwnDayIn) -> Any:
    """Add one; an empty country is everywhere, ``region`` may name a site behind a slash (``BY/MUC``)."""
    return Status(201, operations.add_own_day(viewer(request), now=clock.now(), **body.dict()))


@router.delete("/own-days/{own_day_id}", response=responses(None, status=204))
def remove_own_day(request: HttpRequest, own_day_id: int) -> Any:
    """The day is again what the country says."""
    operations.remove_own_day(viewer(request), own_day_id, now=clock.now())
    return Status(204, None)
