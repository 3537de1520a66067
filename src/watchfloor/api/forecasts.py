"""Where projects are heading: forecasts, readings that open, milestones, portfolio totals."""

from __future__ import annotations

import gzip
import json
from dataclasses import fields
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from watchfloor.api.auth import AsOf, looking, viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.forecasts import comparison, queries
from watchfloor.forecasts.comparison import Side
from watchfloor.forecasts.half_step import HalfSteps
from watchfloor.forecasts.quality_changes import PointChange
from watchfloor.forecasts.records import (
    ActivityForecast,
    ActivityTable,
    ForecastRecord,
    MilestoneRecord,
    PortfolioTotals,
    ReadingRecord,
)
from watchfloor.forecasts.ripples import MOST_DAYS, Ripple, ripple
from watchfloor.forecasts.schedule_columns import ScheduleColumns, schedule_columns
from watchfloor.forecasts.standing import Standing, standing
from watchfloor.kit import clock
from watchfloor.kit.errors import NotFound
from watchfloor.plans.comparing import ComparedRow, OtherChange
from watchfloor.plans.difference import FieldChange
from watchfloor.plans.records import RevisionRecord
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["forecasts"])


class ComparisonOut(Schema):
    """Both sides with stored finishes and sums, how many activities changed in which way, and one page of them."""

    before: Side
    after: Side
    counts: dict[str, int]
    items: list[ComparedRow]
    next_offset: int | None
    plan: list[FieldChange]
    others: list[OtherChange]  # at most 500
    revisions: list[RevisionRecord]
    revisions_left_out: int
    movement: HalfSteps | None = None  # with explain=true: why the finish moved, in half steps that sum to the whole
    movement_problem: str = ""  # why it is not told
    quality: list[PointChange] = []  # with explain=true: points of schedule quality that changed, and who offends anew


@router.get("/forecasts", response=responses(Page[ForecastRecord]))
def list_latest(request: HttpRequest, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None) -> Any:
    """The newest forecast of every project the caller may see, without what opens its readings."""
    found = queries.latest(looking(request, as_of))
    return page([found[pk] for pk in sorted(found)], limit=limit, offset=offset)


@router.get("/forecasts/{forecast_id}", response=responses(ForecastRecord))
def read_forecast(request: HttpRequest, forecast_id: int) -> Any:
    """One forecast, however old; each reading's ``detail`` names formula, inputs and rows."""
    return queries.forecast(viewer(request), forecast_id)


@router.get("/forecasts/{forecast_id}/activities", response=responses(ActivityTable))
def read_activities_of(request: HttpRequest, forecast_id: int) -> Any:
    """The activities of one forecast as columns of equal length."""
    return queries.activity_forecasts_of(viewer(request), forecast_id)


@router.get("/projects/{code}/standing", response=responses(Standing))
def read_standing(request: HttpRequest, code: str, *, as_of: AsOf = None) -> Any:
    """What was known of a project at a moment: position of the journal, newest revision, newest forecast."""
    who = looking(request, as_of)
    return standing(who, portfolio.project(who, code).id)


@router.get("/projects/{code}/comparison", response=responses(ComparisonOut))
def compare(
    request: HttpRequest,
    code: str,
    *,
    before: Annotated[str, Query(alias="from", max_length=40, description="now, r12, b3, a day or a time.")],
    after: Annotated[str, Query(alias="to", max_length=40)] = "now",
    kind: str = "",
    search: str = "",
    explain: Annotated[bool, Query(description="Also say why the finish moved, by steps and single changes.")] = False,
    limit: Limit = 50,
    offset: Offset = 0,
    as_of: AsOf = None,
) -> Any:
    """What differs between two revisions, baselines or moments of a plan, row by row, and which revisions did it."""
    who = looking(request, as_of)
    project = portfolio.project(who, code)
    found = comparison.compare(who, project.id, before, after, now=clock.now())
    rows = comparison.rows(found, kind=kind, search=search)
    moved, problem = comparison.movement(who, project.id, found, changes=True) if explain else (None, "")
    return {
        "movement": moved,
        "movement_problem": problem,
        "quality": comparison.quality(who, project.id, found) if explain else (),
        "before": found.before,
        "after": found.after,
        "counts": found.compared.counts,
        "plan": found.compared.plan,
        "others": found.compared.others[:500],
        "revisions": found.revisions,
        "revisions_left_out": found.revisions_left_out,
        **page(rows, limit=limit, offset=offset),
    }


@router.get("/projects/{code}/forecast", response=responses(ForecastRecord))
def read_latest(request: HttpRequest, code: str, *, as_of: AsOf = None) -> Any:
    """The newest forecast of a project with what opens each reading."""
    who = looking(request, as_of)
    found = queries.latest_of(who, portfolio.project(who, code).id)
    if found is None:
        raise NotFound("There is no forecast of this project yet.", remedy="Give it a plan with at least one activity.")
    return found


@router.get("/projects/{code}/forecasts", response=responses(Page[ForecastRecord]))
def list_history(request: HttpRequest, code: str, limit: Limit = 26, offset: Offset = 0, *, as_of: AsOf = None) -> Any:
    """Forecasts of a project, newest first."""
    who = looking(request, as_of)
    found = queries.history(who, portfolio.project(who, code).id, limit=limit + offset + 1)
    return page(found[::-1], limit=limit, offset=offset)


@router.get("/projects/{code}/forecast/readings/{name}", response=responses(ReadingRecord))
def read_reading(request: HttpRequest, code: str, name: str, *, as_of: AsOf = None) -> Any:
    """One figure with its formula, inputs and the rows it was computed from."""
    who = looking(request, as_of)
    return queries.reading(who, portfolio.project(who, code).id, name)


@router.get("/projects/{code}/forecast/activities", response=responses(ActivityTable))
def read_activities(request: HttpRequest, code: str, *, as_of: AsOf = None) -> Any:
    """The activities of the newest forecast as columns of equal length."""
    who = looking(request, as_of)
    return queries.activity_forecasts(who, portfolio.project(who, code).id)


@router.get("/projects/{code}/schedule", response=responses(ScheduleColumns))
def read_schedule(request: HttpRequest, code: str, *, as_of: AsOf = None) -> HttpResponse:
    """What the schedule page draws, as columns of numbers; compressed where the caller takes gzip."""
    who = looking(request, as_of)
    found = schedule_columns(who, portfolio.project(who, code).id)
    body = json.dumps(found, default=_columns, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {"Vary": "Accept-Encoding, Cookie, Authorization"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 5, mtime=0), "gzip"
    return HttpResponse(body, content_type="application/json", headers=headers)


@router.get("/projects/{code}/forecast/activities/{path:key}", response=responses(ActivityForecast))
def read_activity_forecast(request: HttpRequest, code: str, key: str, *, as_of: AsOf = None) -> Any:
    """One activity with the chain of what drives it."""
    who = looking(request, as_of)
    return queries.activity(who, portfolio.project(who, code).id, key)


@router.get("/projects/{code}/ripple", response=responses(Ripple))
def read_ripple(
    request: HttpRequest,
    code: str,
    activity: Annotated[str, Query(max_length=120)],
    longer_days: Annotated[float, Query(ge=-MOST_DAYS, le=MOST_DAYS)],
) -> Any:
    """What moves in all linked projects if the activity takes so many working days longer; nothing is stored."""
    who = viewer(request)
    return ripple(who, portfolio.project(who, code).id, activity, longer_days)


@router.get("/projects/{code}/milestones", response=responses(Page[MilestoneRecord]))
def list_project_milestones(
    request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None
) -> Any:
    """Milestones of a project by their scheduled date."""
    who = looking(request, as_of)
    return page(queries.milestones_of(who, portfolio.project(who, code).id), limit=limit, offset=offset)


@router.get("/milestones", response=responses(Page[MilestoneRecord]))
def list_milestones(
    request: HttpRequest,
    first: date | None = None,
    last: date | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
    *,
    as_of: AsOf = None,
) -> Any:
    """Open milestones of every project the caller may see, between two days."""
    found = queries.milestones(looking(request, as_of), first=first, last=last, limit=min(offset, 1000) + limit + 1)
    return page(found, limit=limit, offset=offset)


@router.get("/totals", response=responses(PortfolioTotals))
def read_totals(request: HttpRequest, programme: str | None = None, *, as_of: AsOf = None) -> Any:
    """Budget, EAC and earned value of watched projects in the reporting currency, at rates locked by baselines."""
    who = looking(request, as_of)
    watched = [each for each in portfolio.projects(who, programme=programme) if each.is_watched]
    return queries.portfolio_totals(who, watched)


def _columns(record: Any) -> dict[str, Any]:
    """A record of columns as JSON takes it, without the copies that ``asdict`` makes of each."""
    return {each.name: getattr(record, each.name) for each in fields(record)}
