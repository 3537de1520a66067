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

from watchfloor.forecasts.resources import parts_of, shared_calendars
from watchfloor.forecasts.rows import CONSTRAINTS, DATED, columns_of, tick_of
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
from watchfloor_engine.calendars import CalendarSet, compile_calendar, pack
from watchfloor_engine.clocks import Clock
from watchfloor_engine.errors import EmptyCalendar, InvalidCalendar
from watchfloor_engine.kernels import F64, I64, MISSING
from watchfloor_engine.network import Constraint, Kind, Link, Network, build_network

SLACK_YEARS = 3  # calendars reach so far beyond the last date a plan names
_MAX_PAIRS = 100_000  # activities that one link on summaries may tie
_NO_PERCENT = float("nan")
MAX_HORIZON_DAY = 150 * 365
EARLIEST_DAY = -36_500

_LINKS = {
    DependencyKind.FS: int(Link.FS),
    DependencyKind.SS: int(Link.SS),
    DependencyKind.FF: int(Link.FF),
    DependencyKind.SF: int(Link.SF),
}
_FLOATS = {kind: engine_options.FloatKind[kind.name] for kind in FloatKind}
_OUT_OF_SEQUENCE = {kind: engine_options.OutOfSequence[kind.name] for kind in OutOfSequence}
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
    clocks: tuple[Clock, ...]  # by plan: between its wall clock and the ticks
    options: tuple[engine_options.Options, ...]  # by project of the network
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
    *,
    zones: Sequence[str] = (),
    external: Mapping[tuple[str, str], ExternalDates] | None = None,
    slack_years: int = SLACK_YEARS,
) -> Compiled:
    """One network of the plans; links between them hold, links to plans outside become dated stand-ins.

    Args:
        zones: the time zone of each plan, to lay all on one axis in UTC; without them the axis is their wall clock.
        external: dates by (project code, activity key) for predecessors outside the plans, on the wall clock of the
            plan that waits; unknown ones are left out with a remark.
        slack_years: how far the calendars reach beyond the last date of the plans.

    Raises:
        CycleError: activities that wait for each other; ``path`` holds indices into ``activities`` order.
        InvalidNetwork: numbers that contradict each other.
    """
    clocks = tuple(Clock(zone) for zone in zones) if zones else (Clock(),) * len(plans)
    builder = _Builder(tuple(plans), clocks)
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
        start_on_own_calendar=options.tool != "msproject",
        late_milestones_at_work=options.tool != "msproject",
        from_finish=options.from_finish,
    )


@lru_cache(maxsize=256)
def _calendar(
    week: tuple[tuple[Shift, ...], ...],
    exceptions: tuple[CalendarException, ...],
    clock: Clock,
    first_day: int,
    last_day: int,
) -> engine_calendars.Calendar:
    def shifts(day: tuple[Shift, ...]) -> list[tuple[int, int]]:
        return [(each.start_ticks, each.end_ticks) for each in day]

    rows = [(_day(each.first), _day(each.last), shifts(each.shifts)) for each in exceptions]
    return compile_calendar(
        [shifts(day) for day in week], rows, first_day=first_day, last_day=last_day, axis=clock.ticks
    )


@lru_cache(maxsize=48)
def _calendar_set(
    calendars: tuple[tuple[WorkCalendar, Clock], ...], first_day: int, last_day: int
) -> tuple[CalendarSet, str]:
    """The calendars packed, and the keys of those without working time, which get the standard week instead."""
    compiled, broken = [], []
    for each, clock in calendars:
        try:
            compiled.append(_calendar(each.week, each.exceptions, clock, first_day, last_day))
        except (EmptyCalendar, InvalidCalendar):
            broken.append(each.key)
            compiled.append(_calendar(STANDARD.week, (), clock, first_day, last_day))
    return pack(compiled), ", ".join(broken)


def _day(day: date) -> int:
    return (day - engine_calendars.EPOCH.date()).days


@dataclass(slots=True)
class _Builder:
    """Gathers columns plan by plan; ``build`` turns them into the network."""

    plans: tuple[Plan, ...]
    clocks: tuple[Clock, ...]
    activities: list[Activity] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    index: dict[tuple[int, str], int] = field(default_factory=dict)
    calendars: list[tuple[WorkCalendar, Clock]] = field(default_factory=list)
    calendar_index: dict[tuple[int, str], int] = field(default_factory=dict)
    default_calendar: list[int] = field(default_factory=list)
    known_calendars: dict[tuple[WorkCalendar, Clock], int] = field(default_factory=dict)
    links: list[Dependency] = field(default_factory=list)
    link_columns: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    stand_ins: dict[tuple[str, str], int] = field(default_factory=dict)
    trees: dict[int, SummaryTree] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    part_columns: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def add_plan(self, place: int, plan: Plan) -> None:
        for calendar in plan.calendars:
            self.calendar_index[place, calendar.key] = self._register(calendar, place)
        default = self.calendar_index.get((place, plan.calendar))
        if default is None:
            default = self._register(plan.calendars[0] if plan.calendars else STANDARD, place)
        self.default_calendar.append(default)
        tree = SummaryTree(plan, len(self.activities))
        self.trees[place] = tree
        for offset, activity in enumerate(plan.activities):
            self.index.setdefault((place, activity.key), tree.first + offset)
        self._add(plan.activities, place, self._calendars_of(place, plan, default), tree.parent, self.clocks[place])
        self._spread_constraints(place, plan, tree)
        self._add_parts(place, plan, tree.first)

    def _register(self, calendar: WorkCalendar, place: int) -> int:
        # Index 0 of the packed set is the clock itself.
        timed = calendar, self.clocks[place]
        if timed not in self.known_calendars:
            self.calendars.append(timed)
            self.known_calendars[timed] = len(self.calendars)
        return self.known_calendars[timed]

    def _add(
        self, rows: Sequence[Activity], place: int, calendars: Sequence[int], parents: Sequence[int], clock: Clock
    ) -> None:
        self.activities.extend(rows)
        for name, values in columns_of(rows, clock.tick).items():
            self.columns[name].extend(values)
        self.columns["calendar"].extend(calendars)
        self.columns["parent"].extend(parents)
        self.columns["project"].extend([place] * len(rows))

    def _calendars_of(self, place: int, plan: Plan, default: int) -> list[int]:
        by_resource = shared_calendars(plan)
        keys = [each.calendar or by_resource.get(each.key, "") for each in plan.activities]
        if by_resource:
            dependent = ActivityKind.RESOURCE_DEPENDENT
            keys = [
                by_resource.get(each.key, key) if each.kind is dependent else key
                for each, key in zip(plan.activities, keys, strict=True)
            ]
        return [self.calendar_index.get((place, key), default) for key in keys]

    def _add_parts(self, place: int, plan: Plan, first: int) -> None:
        """What resources with calendars of their own do of an activity, where they do not share one."""
        at = {each.key: first + offset for offset, each in enumerate(plan.activities)}
        for key, each_part in parts_of(plan).items():
            for part in each_part:
                self.part_columns["part_activity"].append(at[key])
                self.part_columns["part_calendar"].append(
                    self.calendar_index.get((place, part.calendar), self.default_calendar[place])
                )
                self.part_columns["part_share"].append(part.share)

    def _spread_constraints(self, place: int, plan: Plan, tree: SummaryTree) -> None:
        """A bound on a summary binds the work below it, as far as that has room for another constraint."""
        bounds = (ConstraintKind.START_NO_EARLIER, ConstraintKind.FINISH_NO_LATER)
        for offset, activity in enumerate(plan.activities):
            if activity.kind is not ActivityKind.SUMMARY or activity.manual_start is not None:
                continue
            for constraint in activity.constraints:
                if constraint.kind not in bounds or constraint.on is None:
                    continue
                tick = self.clocks[place].tick(constraint.on)
                for leaf in tree.leaves(offset):
                    self._constrain(tree.first + leaf, CONSTRAINTS[constraint.kind], tick)

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
        kinds, summary = self.columns["kind"], int(Kind.SUMMARY)
        found: list[tuple[int, int, Dependency]] = []
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
                    predecessor = self._stand_in(place, link, external)
            if predecessor is None:
                self._remark("link.unknown_activity", link.key, "Its predecessor is not known here; it holds nothing.")
                continue
            if kinds[predecessor] == summary or kinds[successor] == summary:
                pairs = self._on_summary(place, link, predecessor, successor)
            else:
                pairs = [(predecessor, successor)]
            found.extend((one, other, link) for one, other in pairs)
        self._append_links(place, plan, found)

    def _append_links(self, place: int, plan: Plan, found: Sequence[tuple[int, int, Dependency]]) -> None:
        add, own = self.link_columns, self.columns["calendar"]
        links = [link for _one, _other, link in found]
        self.links.extend(links)
        add["pred"].extend([one for one, _other, _link in found])
        add["succ"].extend([other for _one, other, _link in found])
        add["link"].extend([_LINKS[each.kind] for each in links])
        add["lag_ticks"].extend([each.lag_ticks for each in links])
        add["lag_percent"].extend([_NO_PERCENT if each.lag_percent is None else each.lag_percent for each in links])
        choice = plan.options.lag_calendar
        if choice is LagCalendar.PREDECESSOR:
            calendars = [0 if link.lag_elapsed else own[one] for one, _other, link in found]
        elif choice is LagCalendar.SUCCESSOR:
            calendars = [0 if link.lag_elapsed else own[other] for _one, other, link in found]
        else:
            fixed = self.default_calendar[place] if choice is LagCalendar.PROJECT else 0
            calendars = [0 if link.lag_elapsed else fixed for link in links]
        add["lag_calendar"].extend(calendars)

    def _stand_in(self, place: int, link: Dependency, external: Mapping[tuple[str, str], ExternalDates]) -> int | None:
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
        self._add((stand_in,), len(self.plans), (0,), (-1,), self.clocks[place])
        return at

    def _on_summary(self, place: int, link: Dependency, predecessor: int, successor: int) -> list[tuple[int, int]]:
        """The pairs of activities that a link from or to a summary stands for."""
        kinds, summary = self.columns["kind"], int(Kind.SUMMARY)
        before: tuple[int, ...] = (predecessor,)
        after: tuple[int, ...] = (successor,)
        from_place = self.columns["project"][predecessor]
        if from_place == place and self.trees[place].contains(predecessor, successor):
            self._remark("link.inside_summary", link.key, "A link between a summary and its own work is left out.")
            return []
        if kinds[predecessor] == summary:
            tree = self.trees[from_place]
            from_finish = link.kind in (DependencyKind.FS, DependencyKind.FF)
            before = tree.ends(predecessor) if from_finish else tree.first_start(predecessor)
        if kinds[successor] == summary:
            to_start = link.kind in (DependencyKind.FS, DependencyKind.SS)
            after = self.trees[place].starts(successor) if to_start else ()
        if not before or not after or len(before) * len(after) > _MAX_PAIRS:
            self._remark("link.on_summary", link.key, "A link on this summary cannot be followed.")
            return []
        return [(one, other) for one in before for other in after if one != other]

    def build(self, slack_years: int) -> Compiled:
        plans = self.plans
        first, last = self._horizon(slack_years)
        packed, broken = _calendar_set(tuple(self.calendars), first, last)
        if broken:
            detail = "Without usable working time; Monday to Friday, 8 to 17 is used instead."
            self._remark("calendar.unusable", broken, detail)
        starts = [self._start(place) for place in range(len(plans))]
        timed = tuple(zip(plans, self.clocks, strict=True))
        data_dates = [tick_of(plan.data_date, clock.tick) for plan, clock in timed]
        must = [tick_of(plan.must_finish_by, clock.tick) for plan, clock in timed]
        options = [convert_options(plan.options) for plan in plans]
        if self.stand_ins or not plans:
            starts, data_dates, must = [*starts, min(starts, default=0)], [*data_dates, MISSING], [*must, MISSING]
            options.append(engine_options.Options())
        columns = dict(self.columns) if self.activities else {"kind": [], "calendar": [], "duration_ticks": []}
        network = build_network(
            **columns,
            **self.link_columns,
            **self.part_columns,
            data_date=data_dates,
            project_start=starts,
            must_finish=must,
        )
        hours = np.array([24.0, *(each.hours_per_day or 8.0 for each, _clock in self.calendars)])
        used = np.asarray(network.calendar, dtype=np.int64)
        return Compiled(
            plans=plans,
            network=network,
            calendars=packed,
            clocks=self.clocks,
            options=tuple(options),
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
        plan, tick = self.plans[place], self.clocks[place].tick
        if plan.start is not None:
            return tick(plan.start)
        return min((tick(each) for each in (*_starts(plan), plan.data_date) if each is not None), default=0)

    def _horizon(self, slack_years: int) -> tuple[int, int]:
        """First and last day of the calendars, on whole years so that compiled ones can be used again."""
        ticks = [tick for plan in self.plans for tick in map(tick_of, _moments(plan)) if tick != MISSING]
        for name in DATED:
            ticks.extend(tick for tick in self.columns.get(name, ()) if tick != MISSING)
        low, high = (min(ticks), max(ticks)) if ticks else (0, 0)
        longest = max((each.duration_ticks for each in self.activities), default=0) // 14_400
        first = (low // 14_400 // 366 - 1) * 366
        last = ((high // 14_400 + 3 * longest) // 366 + 1 + slack_years) * 366
        return max(first, EARLIEST_DAY), min(last, MAX_HORIZON_DAY)

    def _remark(self, code: str, place: str, detail: str) -> None:
        if len(self.remarks) < 1_000:
            self.remarks.append(Remark(code, place, detail))


def _moments(plan: Plan) -> Iterable[datetime | None]:
    return (plan.data_date, plan.start, plan.must_finish_by)


def _starts(plan: Plan) -> Iterable[datetime | None]:
    for each in plan.activities:
        yield each.actual_start
        yield each.manual_start
