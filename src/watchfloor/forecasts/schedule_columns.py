"""What the schedule page draws, as columns: activities, their place in the WBS, dependencies, and days without work.

Times are minutes since the start of 2000 on the plan's own wall clock, so that a browser reads them as plain numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import ActivityTable
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.calendar_check import works_on
from watchfloor.plans.document import Plan, WbsNode

KINDS = ("task", "start_milestone", "finish_milestone", "level_of_effort", "summary", "resource_dependent")
LINKS = ("FS", "SS", "FF", "SF")
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the plan's own wall clock has no zone
_SHADED_MOST = 366 * 12  # days
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WbsColumns:
    """Nodes in the order of the plan; ``parent`` is an index, -1 at the top."""

    key: tuple[str, ...]
    name: tuple[str, ...]
    parent: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LinkColumns:
    """Dependencies between activities of the project, as indices; ``driving`` 1 where it sets the successor's date."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    kind: tuple[int, ...]  # of :data:`LINKS`
    driving: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ScheduleColumns:
    """One forecast, ready to be drawn. Columns of activities are of equal length, in plan order."""

    forecast_id: int
    revision: int  # number of the plan's, for whoever changes it; 0 before the first
    data_date: int | None
    key: tuple[str, ...]
    code: tuple[str, ...]
    name: tuple[str, ...]
    responsible: tuple[str, ...]
    wbs: tuple[int, ...]  # of :class:`WbsColumns`; -1: none
    kind: tuple[int, ...]  # of :data:`KINDS`
    status: tuple[int, ...]  # 0 not started, 1 in progress, 2 complete
    percent: tuple[int, ...]
    remaining_tenths: tuple[int, ...]  # of working days
    start: tuple[int | None, ...]
    finish: tuple[int | None, ...]
    baseline_start: tuple[int | None, ...]
    baseline_finish: tuple[int | None, ...]
    late_finish: tuple[int | None, ...]
    float_tenths: tuple[int | None, ...]  # of working days
    critical: tuple[int, ...]
    committed: tuple[int, ...]
    nodes: WbsColumns
    links: LinkColumns
    rest: tuple[tuple[int, int], ...]  # days without work of the plan's calendar: first day and how many, since 2000


def schedule_columns(viewer: Viewer, project_id: int) -> ScheduleColumns:
    """The newest forecast with the plan's structure; without a forecast every column is empty.

    Raises:
        NotFound: the viewer may not see the project.
    """
    table = forecasts.activity_forecasts(viewer, project_id)
    record = forecasts.latest(viewer, (project_id,)).get(project_id)
    plan = _plan(viewer, project_id)
    nodes = list(plan.wbs) if plan is not None else []
    place = {node.key: at for at, node in enumerate(nodes)}
    return ScheduleColumns(
        forecast_id=table.forecast_id,
        revision=_revision(viewer, project_id),
        data_date=_minutes(record.data_date) if record is not None else None,
        key=table.key,
        code=table.code,
        name=table.name,
        responsible=table.responsible,
        wbs=tuple(place.get(each, -1) for each in table.wbs),
        kind=tuple(KINDS.index(each) if each in KINDS else 0 for each in table.kind),
        status=table.status,
        percent=tuple(round(each) for each in table.percent),
        remaining_tenths=tuple(round(each * 10) for each in table.remaining_days),
        start=tuple(map(_minutes, table.start)),
        finish=tuple(map(_minutes, table.finish)),
        baseline_start=tuple(map(_minutes, table.baseline_start)),
        baseline_finish=tuple(map(_minutes, table.baseline_finish)),
        late_finish=tuple(map(_minutes, table.late_finish)),
        float_tenths=tuple(None if each is None else round(each * 10) for each in table.total_float_days),
        critical=tuple(map(int, table.critical)),
        committed=tuple(map(int, table.is_committed)),
        nodes=_nodes(nodes, place),
        links=_links(plan, table),
        rest=tuple(_rest(plan, table)) if plan is not None else (),
    )


def _revision(viewer: Viewer, project_id: int) -> int:
    head = plans.head_revision(project_id) if viewer.as_of is None else None
    return head.number if head is not None else 0


def _plan(viewer: Viewer, project_id: int) -> Plan | None:
    """The plan as the viewer looks at it, also from a past moment; None before the first."""
    try:
        return plans.shown_plan(viewer, project_id)
    except NotFound:
        return None


def _minutes(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MINUTE


def _nodes(nodes: Sequence[WbsNode], place: Mapping[str, int]) -> WbsColumns:
    return WbsColumns(
        tuple(node.key for node in nodes),
        tuple(node.name for node in nodes),
        tuple(place.get(node.parent, -1) for node in nodes),
    )


def _links(plan: Plan | None, table: ActivityTable) -> LinkColumns:
    place = {key: at for at, key in enumerate(table.key)}
    drives = {
        (table.driver_index[link], at)
        for at in range(len(table))
        for link in range(table.driver_offset[at], table.driver_offset[at + 1])
    }
    rows = []
    for each in plan.dependencies if plan is not None else ():
        before, after = place.get(each.predecessor, -1), place.get(each.successor, -1)
        if before >= 0 and after >= 0 and not each.predecessor_project:
            rows.append((before, after, LINKS.index(each.kind), int((before, after) in drives)))
    columns = tuple(zip(*rows, strict=True)) if rows else ((), (), (), ())
    return LinkColumns(*columns)


def _rest(plan: Plan, table: ActivityTable) -> Iterator[tuple[int, int]]:
    """Runs of days on which the plan's calendar has no work, from its first day to its last."""
    calendar = next((each for each in plan.calendars if each.key == plan.calendar), None)
    moments = [each for column in (table.start, table.finish, table.baseline_finish) for each in column if each]
    if calendar is None or not moments:
        return
    first, last = min(moments).date(), max(moments).date()
    last = min(last, first + timedelta(days=_SHADED_MOST))
    run = 0
    for number in range((last - first).days + 2):
        day = first + timedelta(days=number)
        if day <= last and not works_on(calendar, day):
            run += 1
        elif run:
            yield _day_number(day) - run, run
            run = 0


def _day_number(day: date) -> int:
    return (day - _EPOCH.date()).days
