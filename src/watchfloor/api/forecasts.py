"""Where projects are heading: forecasts, readings that open, milestones, portfolio totals."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.forecasts import queries
from watchfloor.forecasts.records import (
    ActivityForecast,
    ActivityTable,
    ForecastRecord,
    MilestoneRecord,
    PortfolioTotals,
    ReadingRecord,
)
from watchfloor.kit.errors import NotFound
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["forecasts"])


@router.get("/forecasts", response=responses(Page[ForecastRecord]))
def list_latest(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """The newest forecast of every project the caller may see, without what opens its readings."""
    found = queries.latest(viewer(request))
    return page([found[pk] for pk in sorted(found)], limit=limit, offset=offset)


@router.get("/forecasts/{forecast_id}", response=responses(ForecastRecord))
def read_forecast(request: HttpRequest, forecast_id: int) -> Any:
    """One forecast, however old; each reading's ``detail`` names formula, inputs and rows."""
    return queries.forecast(viewer(request), forecast_id)


@router.get("/forecasts/{forecast_id}/activities", response=responses(ActivityTable))
def read_activities_of(request: HttpRequest, forecast_id: int) -> Any:
    """The activities of one forecast as columns of equal length."""
    return queries.activity_forecasts_of(viewer(request), forecast_id)


@router.get("/projects/{code}/forecast", response=responses(ForecastRecord))
def read_latest(request: HttpRequest, code: str) -> Any:
    """The newest forecast of a project with what opens each reading."""
    who = viewer(request)
    found = queries.latest_of(who, portfolio.project(who, code).id)
    if found is None:
        raise NotFound("There is no forecast of this project yet.", remedy="Give it a plan with at least one activity.")
    return found


@router.get("/projects/{code}/forecasts", response=responses(Page[ForecastRecord]))
def list_history(request: HttpRequest, code: str, limit: Limit = 26, offset: Offset = 0) -> Any:
    """Forecasts of a project, newest first."""
    who = viewer(request)
    found = queries.history(who, portfolio.project(who, code).id, limit=limit + offset + 1)
    return page(found[::-1], limit=limit, offset=offset)


@router.get("/projects/{code}/forecast/readings/{name}", response=responses(ReadingRecord))
def read_reading(request: HttpRequest, code: str, name: str) -> Any:
    """One figure with its formula, inputs and the rows it was computed from."""
    who = viewer(request)
    return queries.reading(who, portfolio.project(who, code).id, name)


@router.get("/projects/{code}/forecast/activities", response=responses(ActivityTable))
def read_activities(request: HttpRequest, code: str) -> Any:
    """The activities of the newest forecast as columns of equal length."""
    who = viewer(request)
    return queries.activity_forecasts(who, portfolio.project(who, code).id)


@router.get("/projects/{code}/forecast/activities/{path:key}", response=responses(ActivityForecast))
def read_activity_forecast(request: HttpRequest, code: str, key: str) -> Any:
    """One activity with the chain of what drives it."""
    who = viewer(request)
    return queries.activity(who, portfolio.project(who, code).id, key)


@router.get("/projects/{code}/milestones", response=responses(Page[MilestoneRecord]))
def list_project_milestones(request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Milestones of a project by their scheduled date."""
    who = viewer(request)
    return page(queries.milestones_of(who, portfolio.project(who, code).id), limit=limit, offset=offset)


@router.get("/milestones", response=responses(Page[MilestoneRecord]))
def list_milestones(
    request: HttpRequest, first: date | None = None, last: date | None = None, limit: Limit = 50, offset: Offset = 0
) -> Any:
    """Open milestones of every project the caller may see, between two days."""
    found = queries.milestones(viewer(request), first=first, last=last, limit=min(offset, 1000) + limit + 1)
    return page(found, limit=limit, offset=offset)


@router.get("/totals", response=responses(PortfolioTotals))
def read_totals(request: HttpRequest, programme: str | None = None) -> Any:
    """Budget, EAC and earned value of watched projects in the reporting currency, at rates locked by baselines."""
    who = viewer(request)
    watched = [each for each in portfolio.projects(who, programme=programme) if each.is_watched]
    return queries.portfolio_totals(who, watched)
