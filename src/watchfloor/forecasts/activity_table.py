"""The table of a project's activities as pages, the API and exports ask for it: filtered, sorted, grouped, coloured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from watchfloor.forecasts import queries
from watchfloor.forecasts.grouping import (
    COMPLETE,
    Group,
    RollUp,
    Seeing,
    WorkingDays,
    grouped,
    late_days,
    roll_up,
    working_days_of,
)
from watchfloor.forecasts.records import ActivityTable
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.dimensions import (
    Condition,
    Dimension,
    activity_dimensions,
    group_values,
    holds,
    read_conditions,
    read_dimension,
    value_of,
)
from watchfloor.plans.document import Activity, Plan

SHOWS = ("open", "all", "critical", "late", "milestones", "done")
SORTS = ("name", "start", "finish", "float", "late", "percent")
MAX_GROUPS = 500
_MILESTONE_KINDS = ("start_milestone", "finish_milestone")
_PROGRESS = ("not_started", "in_progress", "finished")
# Dimensions that the forecast knows, not the plan.
_OF_FORECAST = frozenset({"progress", "critical", "account"})


@dataclass(frozen=True, slots=True)
class ActivityChoice:
    """What the reader chose, as it stands in the address; names are those of its parameters."""

    search: str = ""
    show: str = "open"
    sort: str = ""
    where: tuple[str, ...] = ()  # conditions, "dimension=value"; several of one dimension widen, others narrow
    by: str = ""  # dimension of the first level of groups
    then: str = ""  # of the second
    colour: str = ""


@dataclass(frozen=True, slots=True)
class ChosenActivities:
    """The rows a choice leaves, as places in the forecast's table, with what they come to."""

    table: ActivityTable
    places: tuple[int, ...]
    dimensions: tuple[Dimension, ...]
    conditions: tuple[Condition, ...]
    by: Dimension | None
    then: Dimension | None
    colour: Dimension | None
    total: RollUp
    groups: tuple[Group, ...]  # at most MAX_GROUPS of the lowest level
    groups_left_out: int
    sees_costs: bool
    _values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def value(self, dimension: Dimension, place: int) -> str:
        return self._values[dimension.id][place]

    def counts(self, dimension: Dimension) -> list[tuple[str, int]]:
        """Values of a dimension among the rows, with how many carry each; the plan's order, empty last."""
        values = self._values[dimension.id]
        found = Counter(values[place] for place in self.places)
        order = {value: at for at, value in enumerate(dimension.labels)}

        def rank(value: str) -> tuple[bool, int, str]:
            return value == "", order.get(value, len(order)), value.casefold()

        return sorted(found.items(), key=lambda each: rank(each[0]))


def chosen_activities(
    viewer: Viewer, project_id: int, choice: ActivityChoice, *, also: Sequence[str] = ()
) -> ChosenActivities:
    """The activities of the newest forecast that the choice leaves. About eight queries, however many there are.

    ``also`` names dimensions whose values are wanted besides those of the choice.

    Raises:
        NotFound: no such project for the viewer.
        Invalid: the choice names a dimension that the plan does not have.
    """
    table = queries.activity_forecasts(viewer, project_id)
    plan = _plan(viewer, project_id)
    accounts = {each.code: each.name for each in plans.control_accounts(viewer, project_id)}
    dimensions = activity_dimensions(plan, accounts=accounts)
    known = {each.id: each for each in dimensions}
    conditions = read_conditions(choice.where, dimensions)
    by = read_dimension(choice.by, dimensions, "by")
    then = read_dimension(choice.then, dimensions, "then") if by is not None else None
    colour = read_dimension(choice.colour, dimensions, "colour")
    wanted = {each.dimension for each in conditions} | {each.id for each in (by, then, colour) if each is not None}
    wanted |= {each for each in also if each in known}
    values = _values(viewer, project_id, plan, table, wanted)
    tested = sorted({each.dimension for each in conditions})
    places = [
        place
        for place in range(len(table))
        if _matches(table, place, choice) and holds(conditions, {each: values[each][place] for each in tested}, known)
    ]
    if choice.sort:
        places = _sorted(table, places, choice.sort)
    days = working_days_of(plan, table)
    sees_costs = viewer.may("cost.view", project_id)
    record = queries.latest(viewer, (project_id,)).get(project_id)
    seeing = Seeing(sees_costs, record is not None and record.value("ev_minor") is not None)
    groups = _groups(table, places, values, days, by=by, then=then, seeing=seeing) if by is not None else ()
    shown, left_out = _bounded(groups)
    return ChosenActivities(
        table=table,
        places=tuple(places),
        dimensions=dimensions,
        conditions=conditions,
        by=by,
        then=then,
        colour=colour,
        total=roll_up(table, places, days, seeing=seeing),
        groups=shown,
        groups_left_out=left_out,
        sees_costs=sees_costs,
        _values=values,
    )


def activity_dimensions_of(viewer: Viewer, project_id: int) -> tuple[Dimension, ...]:
    """What the activities of a project can be divided by."""
    accounts = {each.code: each.name for each in plans.control_accounts(viewer, project_id)}
    return activity_dimensions(_plan(viewer, project_id), accounts=accounts)


def _plan(viewer: Viewer, project_id: int) -> Plan:
    """The plan to divide by; its own fields are left out for who may not read what people wrote in them."""
    try:
        plan = plans.plan(viewer, project_id)
        return plan if viewer.may("internal.view", project_id) else replace(plan, field_types=())
    except NotFound:
        if not viewer.may("project.view", project_id):
            raise
        return Plan("", "")  # a project without a plan has an empty table


def _values(
    viewer: Viewer, project_id: int, plan: Plan, table: ActivityTable, wanted: set[str]
) -> dict[str, Sequence[str]]:
    """Each row's value of the dimensions wanted. A row that left the plan after the forecast has none of its codes."""
    activities = {each.key: each for each in plan.activities} if wanted - _OF_FORECAST else {}
    found: dict[str, Sequence[str]] = {}
    for dimension in wanted:
        if dimension == "progress":
            found[dimension] = [_PROGRESS[each] for each in table.status]
        elif dimension == "critical":
            open_and_critical = zip(table.critical, table.status, strict=True)
            found[dimension] = ["yes" if each and status != COMPLETE else "no" for each, status in open_and_critical]
        elif dimension == "account":
            codes = plans.control_account_of(viewer, project_id, plan)
            found[dimension] = [codes.get(key, "") for key in table.key]
        else:
            found[dimension] = [_value(dimension, activities.get(key)) for key in table.key]
    return found


def _value(dimension: str, activity: Activity | None) -> str:
    return value_of(dimension, activity) if activity is not None else ""


def _groups(
    table: ActivityTable,
    places: Sequence[int],
    values: Mapping[str, Sequence[str]],
    days: WorkingDays,
    *,
    by: Dimension,
    then: Dimension | None,
    seeing: Seeing,
) -> tuple[Group, ...]:
    levels = (by,) if then is None else (by, then)
    keys: list[tuple[str, ...]] = []
    for place in range(len(table)):
        first = values[by.id][place]
        if then is None:
            keys.append((first,))
        else:
            keys.append(group_values(first, by, then, values[then.id][place]))
    order = [{value: at for at, value in enumerate(each.labels)} for each in levels]
    # Summaries stand for the rows below them, which are in groups of their own.
    rows = [place for place in places if table.kind[place] != "summary"]
    return grouped(table, rows, keys, days, seeing=seeing, order=order)


def _bounded(groups: Sequence[Group]) -> tuple[tuple[Group, ...], int]:
    """The first groups, as many as a page may hold, and how many are left out."""
    kept: list[Group] = []
    size = 0
    for group in groups:
        size += 1 + len(group.groups)
        if size > MAX_GROUPS and kept:
            break
        kept.append(group)
    return tuple(kept), len(groups) - len(kept)


def _matches(table: ActivityTable, place: int, choice: ActivityChoice) -> bool:
    show, status = choice.show, table.status[place]
    if show == "open" and status == COMPLETE:
        return False
    if show == "done" and status != COMPLETE:
        return False
    if show == "critical" and not (table.critical[place] and status != COMPLETE):
        return False
    if show == "milestones" and table.kind[place] not in _MILESTONE_KINDS:
        return False
    if show == "late" and not (late_days(table, place) or 0) > 0:
        return False
    if not choice.search:
        return True
    words = f"{table.key[place]} {table.code[place]} {table.name[place]} {table.responsible[place]}".lower()
    return all(word in words for word in choice.search.lower().split())


def _sorted(table: ActivityTable, places: Sequence[int], sort: str) -> list[int]:
    name = sort.lstrip("-")
    columns: dict[str, Sequence[Any]] = {
        "name": table.name,
        "start": table.start,
        "finish": table.finish,
        "float": table.total_float_days,
        "percent": table.percent,
    }

    def read(place: int) -> Any:
        return columns[name][place] if name in columns else late_days(table, place)

    known = [place for place in places if read(place) is not None]
    known.sort(key=read, reverse=sort.startswith("-"))
    return known + [place for place in places if read(place) is None]
