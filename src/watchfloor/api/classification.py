"""Codes and fields at work: the table of activities filtered and grouped by them, and control accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.detection.portfolio_export import exported as export_projects
from watchfloor.detection.portfolio_groups import (
    DividedPortfolio,
    PortfolioChoice,
    ProjectGroup,
    divided_portfolio,
    standings,
)
from watchfloor.drawing.sheets import csv_text
from watchfloor.forecasts.activity_export import exported
from watchfloor.forecasts.activity_table import (
    SHOWS,
    SORTS,
    ActivityChoice,
    ChosenActivities,
    activity_dimensions_of,
    chosen_activities,
)
from watchfloor.forecasts.grouping import Group, RollUp, late_days
from watchfloor.forecasts.records import PortfolioTotals
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import operations, queries
from watchfloor.plans.control_accounts import UnitKind, UnitSource
from watchfloor.plans.control_queries import ControlAccountRecord
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["codes"])


class DimensionOut(Schema):
    """What rows can be filtered, grouped and coloured by. ``labels`` and ``parents`` are by value."""

    id: str
    kind: str
    title: str
    labels: Mapping[str, str]
    parents: Mapping[str, str]


class RollUpOut(Schema):
    """What activities come to; amounts in minor units of the project's currency, null for who may not see costs."""

    count: int
    done: int
    critical: int
    late: int
    start: datetime | None
    finish: datetime | None
    baseline_finish: datetime | None
    duration_days: int | None
    percent: float | None
    float_days: float | None
    budget_minor: int | None = None
    planned_minor: int | None = None
    earned_minor: int | None = None
    actual_minor: int | None = None
    spi: float | None = None
    cpi: float | None = None


class GroupOut(Schema):
    """A group of the first or second level: its values from the first level down, and what it comes to."""

    values: list[str]
    roll_up: RollUpOut
    groups: list[GroupOut] = []


class ActivityRowOut(Schema):
    """One activity of the newest forecast; ``values`` are those of the dimensions that the call names."""

    key: str
    code: str
    name: str
    wbs: str
    kind: str
    responsible: str
    status: int
    percent: float
    start: datetime | None
    finish: datetime | None
    baseline_finish: datetime | None
    late_days: int | None
    total_float_days: float | None
    critical: bool
    budget_minor: int | None
    earned_minor: int | None
    actual_minor: int | None
    values: Mapping[str, str]


class ActivityTableOut(Schema):
    """``groups`` only with ``by``; ``groups_left_out`` of the first level when there are too many for one answer."""

    total: RollUpOut
    groups: list[GroupOut]
    groups_left_out: int
    items: list[ActivityRowOut]
    next_offset: int | None


class ChoiceIn(Schema):
    """The parameters of the page ``/projects/{code}/activities``, and what they mean there."""

    q: str = ""
    show: str = "open"
    sort: str = ""
    where: list[str] = []
    by: str = ""
    then: str = ""
    colour: str = ""


class ProjectsRollUpOut(Schema):
    """Projects by status, worst first; ``worst_share`` of the budget stands at the worst. Sums in one currency."""

    count: int
    statuses: Mapping[str, int]
    worst: str
    worst_share: float | None
    totals: PortfolioTotals | None


class ProjectGroupOut(Schema):
    values: list[str]
    roll_up: ProjectsRollUpOut
    project_codes: list[str]
    groups: list[ProjectGroupOut] = []


class PortfolioTableOut(Schema):
    """``dimensions`` is what ``where``, ``by`` and ``then`` may name; ``groups`` only with ``by``."""

    total: ProjectsRollUpOut
    groups: list[ProjectGroupOut]
    project_codes: list[str]
    dimensions: list[str]


class PortfolioChoiceIn(Schema):
    """The parameters of the page ``/portfolio`` that filter and group, and what they mean there."""

    stage: str = "watched"
    where: list[str] = []
    by: str = ""
    then: str = ""


class ControlAccountIn(Schema):
    name: str = ""
    wbs: str = ""
    responsible: str = ""
    cost_account: str = ""


class ControlRuleIn(Schema):
    """``unit_kind`` is none, code, field or responsible; ``unit_name`` the code type or field."""

    level: int
    unit_kind: UnitKind = UnitKind.NONE
    unit_name: str = ""


class ControlAccountsOut(Schema):
    rule: ControlRuleIn | None
    items: list[ControlAccountRecord]
    activities: Mapping[str, str]  # activity key → code of its account; those above which none lies are left out


@router.get("/portfolio-table", response=responses(PortfolioTableOut))
def read_portfolio_table(request: HttpRequest, choice: Annotated[PortfolioChoiceIn, Query()]) -> Any:
    """Projects filtered and grouped by programme, client, legal entity, stage, country, or any project code or field.

    Counts by status and the worst by budget, never an average of colours; money in the reporting currency.
    """
    divided = _divided(viewer(request), choice)
    codes = {each.project.id: each.project.code for each in divided.standings}
    return {
        "total": divided.total,
        "groups": [_project_group(each, codes) for each in divided.groups],
        "project_codes": list(codes.values()),
        "dimensions": [each.id for each in divided.dimensions],
    }


@router.get("/portfolio-table.csv", response=responses(str))
def export_portfolio_table(request: HttpRequest, choice: Annotated[PortfolioChoiceIn, Query()]) -> Any:
    """The same as CSV: the groups where ``by`` is given, else the projects; money in main units."""
    who = viewer(request)
    header, rows = export_projects(who, _divided(who, choice))
    return HttpResponse(csv_text(header, rows), content_type="text/csv; charset=utf-8")


@router.get("/projects/{code}/dimensions", response=responses(Page[DimensionOut]))
def list_dimensions(request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0) -> Any:
    """What a project's activities can be filtered, grouped and coloured by, with the values each may have."""
    who = viewer(request)
    return page(activity_dimensions_of(who, portfolio.project(who, code).id), limit=limit, offset=offset)


@router.get("/projects/{code}/activity-table", response=responses(ActivityTableOut))
def read_activity_table(
    request: HttpRequest, code: str, choice: Annotated[ChoiceIn, Query()], limit: Limit = 50, offset: Offset = 0
) -> Any:
    """Activities filtered by any code or field, in groups of up to two levels with what rolls up.

    ``where`` is ``dimension=value`` and may be repeated: several of one dimension widen, others narrow; a value takes
    those that lie under it too. ``by`` and ``then`` name dimensions.
    """
    who = viewer(request)
    chosen = chosen_activities(who, portfolio.project(who, code).id, _choice(choice))
    places = chosen.places[offset : offset + limit]
    end = offset + limit
    return {
        "total": _roll_up(chosen.total),
        "groups": [_group(each) for each in chosen.groups],
        "groups_left_out": chosen.groups_left_out,
        "items": [_row(chosen, place) for place in places],
        "next_offset": end if end < len(chosen.places) else None,
    }


@router.get("/projects/{code}/activity-table.csv", response=responses(str))
def export_activity_table(request: HttpRequest, code: str, choice: Annotated[ChoiceIn, Query()]) -> Any:
    """The same as CSV: the groups where ``by`` is given, else all the activities; money in main units."""
    who = viewer(request)
    project = portfolio.project(who, code)
    header, rows = exported(chosen_activities(who, project.id, _choice(choice)), project.currency)
    return HttpResponse(csv_text(header, rows), content_type="text/csv; charset=utf-8")


@router.get("/projects/{code}/control-accounts", response=responses(ControlAccountsOut))
def list_control_accounts(request: HttpRequest, code: str) -> Any:
    """Control accounts, the rule they follow from, and which activity belongs to which."""
    who = viewer(request)
    project = portfolio.project(who, code)
    rule = queries.control_rule(who, project.id)
    return {
        "rule": None
        if rule is None
        else {"level": rule.level, "unit_kind": rule.unit.kind, "unit_name": rule.unit.name},
        "items": list(queries.control_accounts(who, project.id)),
        "activities": queries.control_account_of(who, project.id),
    }


@router.put("/projects/{code}/control-rule", response=responses(Page[ControlAccountRecord]))
def set_control_rule(request: HttpRequest, code: str, body: ControlRuleIn) -> Any:
    """Let control accounts follow from the WBS down to a level, times the unit; each import applies it again."""
    who = viewer(request)
    project = portfolio.project(who, code)
    unit = UnitSource(body.unit_kind, body.unit_name)
    found = operations.set_control_rule(who, project.id, level=body.level, unit=unit, now=clock.now())
    return page(found, limit=200, offset=0)


@router.put("/projects/{code}/control-accounts/{path:account}", response=responses(ControlAccountRecord))
def set_control_account(request: HttpRequest, code: str, account: str, body: ControlAccountIn) -> Any:
    """Make or change one control account: a WBS node in the hands of a unit, with its cost account beside."""
    who = viewer(request)
    project = portfolio.project(who, code)
    return operations.set_control_account(who, project.id, account, now=clock.now(), **body.dict())


@router.delete("/projects/{code}/control-accounts/{path:account}", response=responses(None, status=204))
def remove_control_account(request: HttpRequest, code: str, account: str) -> Any:
    """Remove a control account on which no money is booked."""
    who = viewer(request)
    operations.remove_control_account(who, portfolio.project(who, code).id, account, now=clock.now())
    return Status(204, None)


def _divided(who: Viewer, given: PortfolioChoiceIn) -> DividedPortfolio:
    found = portfolio.projects(who)
    if given.stage == "watched":
        found = tuple(each for each in found if each.is_watched)
    elif given.stage != "all":
        found = tuple(each for each in found if each.stage == given.stage)
    choice = PortfolioChoice(tuple(given.where), given.by, given.then)
    return divided_portfolio(who, standings(who, found), choice)


def _project_group(group: ProjectGroup, codes: Mapping[int, str]) -> dict[str, Any]:
    return {
        "values": list(group.values),
        "roll_up": group.roll_up,
        "project_codes": [codes[pk] for pk in group.project_ids],
        "groups": [_project_group(each, codes) for each in group.groups],
    }


def _choice(given: ChoiceIn) -> ActivityChoice:
    if given.show not in SHOWS:
        raise Invalid(f"show is one of {', '.join(SHOWS)}.", place="show")
    if given.sort and given.sort.lstrip("-") not in SORTS:
        raise Invalid(f"sort is one of {', '.join(SORTS)}, with - for the other way.", place="sort")
    return ActivityChoice(given.q, given.show, given.sort, tuple(given.where), given.by, given.then, given.colour)


def _roll_up(found: RollUp) -> dict[str, Any]:
    names = (
        "count", "done", "critical", "late", "start", "finish", "baseline_finish", "duration_days", "percent",
        "float_days",
    )  # fmt: skip
    said = {name: getattr(found, name) for name in names}
    if found.money is not None:
        money = ("budget_minor", "planned_minor", "earned_minor", "actual_minor", "spi", "cpi")
        said |= {name: getattr(found.money, name) for name in money}
    return said


def _group(group: Group) -> dict[str, Any]:
    return {
        "values": list(group.values),
        "roll_up": _roll_up(group.roll_up),
        "groups": [_group(each) for each in group.groups],
    }


def _row(chosen: ChosenActivities, place: int) -> dict[str, Any]:
    table = chosen.table
    named = {each.dimension for each in chosen.conditions}
    named |= {each.id for each in (chosen.by, chosen.then, chosen.colour) if each is not None}
    columns = (
        "key", "code", "name", "wbs", "kind", "responsible", "status", "percent", "start", "finish", "baseline_finish",
        "total_float_days", "critical",
    )  # fmt: skip
    money = ("budget_minor", "earned_minor", "actual_minor")
    return {
        **{name: getattr(table, name)[place] for name in columns},
        **{name: getattr(table, name)[place] if chosen.sees_costs else None for name in money},
        "late_days": late_days(table, place),
        "values": {each.id: chosen.value(each, place) for each in chosen.dimensions if each.id in named},
    }
