"""Plans → arrays for the engine: calendars, activities and links of one or several projects in one network.

Pure: no Django, no clock. What a source tool computed (``Activity.stored``) is never read here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from watchfloor.forecasts.summaries import SummaryTree
from watchfloor.plans.document import (
    Activity,
    ActivityKind,
    CalendarException,
    ConstraintKind,
    Dependency,
    DependencyKind,
    FloatKind,
    LagCalendar,
    OutOfSequence,
    Plan,
    Remark,
    ScheduleOptions,
    Shift,
    WorkCalendar,
)
from watchfloor_engine import calendars as engine_calendars
from watchfloor_engine import options as engine_options
from watchfloor_engine.calendars import CalendarSet, compile_calendar, pack, to_tick
from watchfloor_engine.errors import EmptyCalendar, InvalidCalendar
from watchfloor_engine.kernels import F64, I64, MISSING
from watchfloor_engine.network import Constraint, Kind, Link, Network, build_network

SLACK_YEARS = 3  # calendars reach so far beyond the last date a plan names
MAX_HORIZON_DAY = 150 * 365
EARLIEST_DAY = -36_500

_KINDS = {
    ActivityKind.TASK: Kind.TASK,
    ActivityKind.RESOURCE_DEPENDENT: Kind.TASK,
    ActivityKind.START_MILESTONE: Kind.START_MILESTONE,
    ActivityKind.FINISH_MILESTONE: Kind.FINISH_MILESTONE,
    ActivityKind.LEVEL_OF_EFFORT: Kind.LOE,
    ActivityKind.SUMMARY: Kind.SUMMARY,
    ActivityKind.EXTERNAL: Kind.EXTERNAL,
}
_LINKS = {
    DependencyKind.FS: Link.FS,
    DependencyKind.SS: Link.SS,
    DependencyKind.FF: Link.FF,
    DependencyKind.SF: Link.SF,
}
_CONSTRAINTS = {kind: int(Constraint[kind.name]) for kind in ConstraintKind}
_FLOATS = {kind: engine_options.FloatKind[kind.name] for kind in FloatKind}
_OUT_OF_SEQUENCE = {kind: engine_options.OutOfSequence[kind.name] for kind in OutOfSequence}
_DATED = (
    "actual_start", "actual_finish", "constraint_tick", "constraint2_tick", "expected_finish", "external_start",
    "external_finish", "manual_start", "manual_finish", "resume", "deadline",
)  # fmt: skip
_DAY_SHIFTS = (Shift(4_800, 7_200), Shift(7_800, 10_200))
STANDARD = WorkCalendar("", "Monday to Friday, 8 to 12 and 13 to 17", (_DAY_SHIFTS,) * 5 + ((), ()))


@dataclass(frozen=True, slots=True)
class ExternalDates:
    """What is known of an activity of a project outside the network."""

    start: datetime | None
    finish: datetime | None
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A network with what leads back from its indices to the plans."""

    plans: tuple[Plan, ...]
    network: Network
    calendars: CalendarSet
    options: engine_options.Options
    activities: tuple[Activity, ...]  # by index; stand-ins of other projects come last
    index: Mapping[tuple[int, str], int]  # (plan's place, key) → index
    links: tuple[Dependency, ...]  # by link index; one on a summary may stand for several links
    ticks_per_day: F64  # (activities) working ticks that a day means on the activity's calendar
    project_calendar: tuple[int, ...]  # by plan: index into the calendars
    project_ticks_per_day: tuple[float, ...]
    own: int  # activities before the stand-ins
    remarks: tuple[Remark, ...]

    def of_plan(self, place: int) -> I64:
        """Indices of a plan's activities, in its order."""
        return np.flatnonzero(self.network.project == place).astype(np.int64)


def compile_plan(
    plans: Sequence[Plan],
    options: ScheduleOptions | None = None,
    *,
    external: Mapping[tuple[str, str], ExternalDates] | None = None,
    slack_years: int = SLACK_YEARS,
) -> Compiled:
    """One network of the plans; links between them hold, links to plans outside become dated stand-ins.

    Args:
        options: how to schedule; by default those of the plan with most activities, since one network has one set.
        external: dates by (project code, activity key) for predecessors outside the plans; unknown ones are left
            out with a remark.
        slack_years: how far the calendars reach beyond the last date of the plans.

    Raises:
        CycleError: activities that wait for each other; ``path`` holds indices into ``activities`` order.
        InvalidNetwork: numbers that contradict each other.
    """
    builder = _Builder(tuple(plans), options or _common_options(plans))
    for place, plan in enumerate(plans):
        builder.add_plan(place, plan)
    for place, plan in enumerate(plans):
        builder.add_links(place, plan, external or {})
    return builder.build(slack_years)


def convert_options(options: ScheduleOptions) -> engine_options.Options:
    """The plan's scheduling options in the engine's words."""
    return engine_options.Options(
        out_of_sequence=_OUT_OF_SEQUENCE[options.out_of_sequence],
        float_kind=_FLOATS[options.float_kind],
        critical_float_ticks=options.critical_float_ticks,
        longest_path=options.critical_by_longest_path,
        open_ends_critical=options.open_ends_critical,
        honour_constraints=options.honour_constraints,
        data_date_is_floor=options.data_date_is_floor,
        use_expected_finish=options.use_expected_finish,
        ss_lag_from_actual=options.start_to_start_from_actual,
        ignore_external=options.ignore_external,
    )


@lru_cache(maxsize=256)
def _calendar(
    week: tuple[tuple[Shift, ...], ...], exceptions: tuple[CalendarException, ...], first_day: int, last_day: int
) -> engine_calendars.Calendar:
    def shifts(day: tuple[Shift, ...]) -> list[tuple[int, int]]:
        return [(each.start_ticks, each.end_ticks) for each in day]

    rows = [(_day(each.first), _day(each.last), shifts(each.shifts)) for each in exceptions]
    return compile_calendar([shifts(day) for day in week], rows, first_day=first_day, last_day=last_day)


@lru_cache(maxsize=48)
def _calendar_set(calendars: tuple[WorkCalendar, ...], first_day: int, last_day: int) -> tuple[CalendarSet, str]:
    """The calendars packed, and the keys of those without working time, which get the standard week instead."""
    compiled, broken = [], []
    for each in calendars:
        try:
            compiled.append(_calendar(each.week, each.exceptions, first_day, last_day))
        except (EmptyCalendar, InvalidCalendar):
            broken.append(each.key)
            compiled.append(_calendar(STANDARD.week, (), first_day, last_day))
    return pack(compiled), ", ".join(broken)


def _day(day: date) -> int:
    return (day - engine_calendars.EPOCH.date()).days


def _common_options(plans: Sequence[Plan]) -> ScheduleOptions:
    return max(plans, key=lambda plan: len(plan.activities)).options if plans else ScheduleOptions()


@dataclass(slots=True)
class _Builder:
    """Gathers columns plan by plan; ``build`` turns them into the network."""

    plans: tuple[Plan, ...]
    options: ScheduleOptions
    activities: list[Activity] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    index: dict[tuple[int, str], int] = field(default_factory=dict)
    calendars: list[WorkCalendar] = field(default_factory=list)
    calendar_index: dict[tuple[int, str], int] = field(default_factory=dict)
    default_calendar: list[int] = field(default_factory=list)
    known_calendars: dict[WorkCalendar, int] = field(default_factory=dict)
    links: list[Dependency] = field(default_factory=list)
    link_columns: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    stand_ins: dict[tuple[str, str], int] = field(default_factory=dict)
    trees: dict[int, SummaryTree] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def add_plan(self, place: int, plan: Plan) -> None:
        for calendar in plan.calendars:
            self.calendar_index[place, calendar.key] = self._register(calendar)
        default = self.calendar_index.get((place, plan.calendar))
        if default is None:
            default = self._register(plan.calendars[0] if plan.calendars else STANDARD)
        self.default_calendar.append(default)
        tree = SummaryTree(plan, len(self.activities))
        self.trees[place] = tree
        by_resource = _resource_calendars(plan)
        data_date = _tick(plan.data_date)
        for offset, activity in enumerate(plan.activities):
            self.index.setdefault((place, activity.key), len(self.activities))
            self._add(activity, place, default, tree.parent[offset], by_resource, data_date)
        self._spread_constraints(plan, tree)

    def _register(self, calendar: WorkCalendar) -> int:
        # Index 0 of the packed set is the clock itself.
        if calendar not in self.known_calendars:
            self.calendars.append(calendar)
            self.known_calendars[calendar] = len(self.calendars)
        return self.known_calendars[calendar]

    def _add(  # noqa: PLR0917 - one caller per row
        self, activity: Activity, place: int, default: int, parent: int, by_resource: Mapping[str, str], data_date: int
    ) -> None:
        add = self.columns
        self.activities.append(activity)
        own = activity.calendar or by_resource.get(activity.key, "")
        if activity.kind is ActivityKind.RESOURCE_DEPENDENT:
            own = by_resource.get(activity.key, own)
        constraints = [each for each in activity.constraints if each.kind in _CONSTRAINTS][:2]
        first, second = (*constraints, None, None)[:2]
        # An actual start is needed to be under way; a finish without one is a finish all the same.
        started = activity.actual_start
        remaining = max(activity.remaining_ticks, 0)
        add["kind"].append(int(_KINDS[activity.kind]))
        add["calendar"].append(self.calendar_index.get((place, own), default))
        add["duration_ticks"].append(max(activity.duration_ticks, 0))
        add["remaining_ticks"].append(remaining)
        add["elapsed"].append(1 if activity.elapsed else 0)
        add["actual_start"].append(_tick(started))
        add["actual_finish"].append(_tick(activity.actual_finish))
        add["constraint"].append(_CONSTRAINTS[first.kind] if first is not None else 0)
        add["constraint_tick"].append(_tick(first.on) if first is not None else MISSING)
        add["constraint2"].append(_CONSTRAINTS[second.kind] if second is not None else 0)
        add["constraint2_tick"].append(_tick(second.on) if second is not None else MISSING)
        add["expected_finish"].append(_tick(activity.expected_finish))
        add["external_start"].append(_tick(activity.external_start))
        add["external_finish"].append(_tick(activity.external_finish))
        add["manual_start"].append(_tick(activity.manual_start))
        add["manual_finish"].append(_tick(activity.manual_finish))
        add["suspend"].append(_tick(activity.suspended))
        add["resume"].append(_tick(activity.resumed))
        add["deadline"].append(_tick(activity.deadline))
        add["parent"].append(parent)
        add["project"].append(place)

    def _spread_constraints(self, plan: Plan, tree: SummaryTree) -> None:
        """A bound on a summary binds the work below it, as far as that has room for another constraint."""
        bounds = (ConstraintKind.START_NO_EARLIER, ConstraintKind.FINISH_NO_LATER)
        for offset, activity in enumerate(plan.activities):
            if activity.kind is not ActivityKind.SUMMARY or activity.manual_start is not None:
                continue
            for constraint in activity.constraints:
                if constraint.kind not in bounds or constraint.on is None:
                    continue
                for leaf in tree.leaves(offset):
                    self._constrain(tree.first + leaf, _CONSTRAINTS[constraint.kind], to_tick(constraint.on))

    def _constrain(self, at: int, kind: int, tick: int) -> None:
        add = self.columns
        stricter = max if kind == Constraint.START_NO_EARLIER else min
        for slot in ("constraint", "constraint2"):
            if add[slot][at] == kind:
                add[f"{slot}_tick"][at] = stricter(add[f"{slot}_tick"][at], tick)
                return
        for slot in ("constraint", "constraint2"):
            if add[slot][at] == 0:
                add[slot][at], add[f"{slot}_tick"][at] = kind, tick
                return

    def add_links(self, place: int, plan: Plan, external: Mapping[tuple[str, str], ExternalDates]) -> None:
        places = {other.code: at for at, other in enumerate(self.plans)}
        for link in plan.dependencies:
            successor = self.index.get((place, link.successor))
            if successor is None:
                self._remark("link.unknown_activity", link.key, "An activity of this link is not in the plan.")
                continue
            if not link.predecessor_project or link.predecessor_project == plan.code:
                predecessor = self.index.get((place, link.predecessor))
            else:
                other = places.get(link.predecessor_project, -1)
                predecessor = self.index.get((other, link.predecessor))
                if predecessor is None:
                    predecessor = self._stand_in(link, external)
            if predecessor is None:
                self._remark("link.unknown_activity", link.key, "Its predecessor is not known here; it holds nothing.")
                continue
            self._link(place, link, predecessor, successor)

    def _stand_in(self, link: Dependency, external: Mapping[tuple[str, str], ExternalDates]) -> int | None:
        name = (link.predecessor_project, link.predecessor)
        if name in self.stand_ins:
            return self.stand_ins[name]
        dates = external.get(name)
        if dates is None or (dates.start is None and dates.finish is None):
            return None
        at = len(self.activities)
        self.stand_ins[name] = at
        start = dates.start or dates.finish
        stand_in = Activity(
            key=f"{name[0]}/{name[1]}",
            name=dates.name or name[1],
            kind=ActivityKind.EXTERNAL,
            external_start=start,
            external_finish=dates.finish or start,
        )
        # A project of its own, so that its dates count in no finish and no share of ours.
        self._add(stand_in, len(self.plans), 0, -1, {}, MISSING)
        return at

    def _link(self, place: int, link: Dependency, predecessor: int, successor: int) -> None:
        kind = _LINKS[link.kind]
        before: tuple[int, ...] = (predecessor,)
        after: tuple[int, ...] = (successor,)
        summary = int(Kind.SUMMARY)
        kinds = self.columns["kind"]
        if kinds[predecessor] == summary or kinds[successor] == summary:
            from_place = self.columns["project"][predecessor]
            if from_place == place and self.trees[place].contains(predecessor, successor):
                self._remark("link.inside_summary", link.key, "A link between a summary and its own work is left out.")
                return
            if kinds[predecessor] == summary:
                ends = self.trees[from_place].ends if kind in (Link.FS, Link.FF) else self.trees[from_place].first_start
                before = ends(predecessor)
            if kinds[successor] == summary:
                after = self.trees[place].starts(successor) if kind in (Link.FS, Link.SS) else ()
            if not before or not after or len(before) * len(after) > 100_000:
                self._remark("link.on_summary", link.key, "A link on this summary cannot be followed.")
                return
        for one in before:
            for other in after:
                if one != other:
                    self._append_link(place, link, int(kind), one, other)

    def _append_link(self, place: int, link: Dependency, kind: int, predecessor: int, successor: int) -> None:
        add = self.link_columns
        self.links.append(link)
        add["pred"].append(predecessor)
        add["succ"].append(successor)
        add["link"].append(kind)
        add["lag_ticks"].append(link.lag_ticks)
        add["lag_calendar"].append(self._lag_calendar(place, link, predecessor, successor))
        add["lag_percent"].append(float("nan") if link.lag_percent is None else link.lag_percent)

    def _lag_calendar(self, place: int, link: Dependency, predecessor: int, successor: int) -> int:
        choice = self.plans[place].options.lag_calendar
        if link.lag_elapsed or choice is LagCalendar.TWENTY_FOUR_HOUR:
            return 0
        if choice is LagCalendar.PROJECT:
            return self.default_calendar[place]
        at = predecessor if choice is LagCalendar.PREDECESSOR else successor
        return int(self.columns["calendar"][at])

    def build(self, slack_years: int) -> Compiled:
        plans = self.plans
        first, last = self._horizon(slack_years)
        packed, broken = _calendar_set(tuple(self.calendars), first, last)
        if broken:
            detail = "Without usable working time; Monday to Friday, 8 to 17 is used instead."
            self._remark("calendar.unusable", broken, detail)
        if any(plan.options.from_finish for plan in plans):
            self._remark("options.from_finish", "project", "Scheduled from its start; backwards is not supported yet.")
        starts = [self._start(place) for place in range(len(plans))]
        data_dates = [_tick(plan.data_date) for plan in plans]
        must = [_tick(plan.must_finish_by) for plan in plans]
        if self.stand_ins or not plans:
            starts, data_dates, must = [*starts, min(starts, default=0)], [*data_dates, MISSING], [*must, MISSING]
        columns = dict(self.columns) if self.activities else {"kind": [], "calendar": [], "duration_ticks": []}
        network = build_network(
            **columns, **self.link_columns, data_date=data_dates, project_start=starts, must_finish=must
        )
        hours = np.array([24.0, *(each.hours_per_day or 8.0 for each in self.calendars)])
        used = np.asarray(network.calendar, dtype=np.int64)
        return Compiled(
            plans=plans,
            network=network,
            calendars=packed,
            options=convert_options(self.options),
            activities=tuple(self.activities),
            index=self.index,
            links=tuple(self.links),
            ticks_per_day=hours[used] * 600.0,
            project_calendar=tuple(self.default_calendar),
            project_ticks_per_day=tuple(float(hours[at]) * 600.0 for at in self.default_calendar),
            own=len(self.activities) - len(self.stand_ins),
            remarks=tuple(self.remarks),
        )

    def _start(self, place: int) -> int:
        plan = self.plans[place]
        if plan.start is not None:
            return to_tick(plan.start)
        known = [each for each in map(_tick, _starts(plan)) if each != MISSING]
        if plan.data_date is not None:
            known.append(to_tick(plan.data_date))
        return min(known, default=0)

    def _horizon(self, slack_years: int) -> tuple[int, int]:
        """First and last day of the calendars, on whole years so that compiled ones can be used again."""
        ticks = [tick for plan in self.plans for tick in map(_tick, _moments(plan)) if tick != MISSING]
        for name in _DATED:
            ticks.extend(tick for tick in self.columns.get(name, ()) if tick != MISSING)
        low, high = (min(ticks), max(ticks)) if ticks else (0, 0)
        longest = max((each.duration_ticks for each in self.activities), default=0) // 14_400
        first = (low // 14_400 // 366 - 1) * 366
        last = ((high // 14_400 + 3 * longest) // 366 + 1 + slack_years) * 366
        return max(first, EARLIEST_DAY), min(last, MAX_HORIZON_DAY)

    def _remark(self, code: str, place: str, detail: str) -> None:
        if len(self.remarks) < 1_000:
            self.remarks.append(Remark(code, place, detail))


def _tick(moment: datetime | None) -> int:
    return MISSING if moment is None else to_tick(moment)


def _moments(plan: Plan) -> Iterable[datetime | None]:
    return (plan.data_date, plan.start, plan.must_finish_by)


def _starts(plan: Plan) -> Iterable[datetime | None]:
    for each in plan.activities:
        yield each.actual_start
        yield each.manual_start


def _resource_calendars(plan: Plan) -> dict[str, str]:
    """The calendar of the resources of each activity, where they all share one of their own."""
    own = {each.key: each.calendar for each in plan.resources if each.calendar and each.kind != "material"}
    if not own:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    for assignment in plan.assignments:
        if assignment.resource in own:
            found[assignment.activity].add(own[assignment.resource])
    return {activity: next(iter(keys)) for activity, keys in found.items() if len(keys) == 1}
