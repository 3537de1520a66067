"""Why the finish moved between two states of a plan: progress first, then one class of edits after the other. Pure.

Half-stepping as forensic practice does it (AACE 29R-03, MIP 3.4): the old plan is given the new progress and
scheduled, then the edits, and each step's movement of the finish is its own. The steps sum exactly to the whole
movement, and so do the rows below each step. Method and limits: docs/methods/comparison.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from watchfloor.forecasts.compile import ExternalDates
from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.plans.document import Activity, Dependency, Plan, ScheduleOptions, WorkCalendar
from watchfloor_engine.calendars import from_tick
from watchfloor_engine.errors import EngineError

STEPS = ("progress", "activities", "logic", "durations", "calendars", "constraints", "options", "external", "other")
MAX_SCHEDULES = 150  # how often the plan is scheduled to find the rows
MAX_ACTIVITIES = 20_000

_PROGRESS = (
    "actual_start",
    "actual_finish",
    "percent_complete",
    "percent_kind",
    "physical_percent",
    "suspended",
    "resumed",
)
_RULES = (
    "constraints", "deadline", "expected_finish", "external_start", "external_finish", "manual_start", "manual_finish",
    "delay_ticks",
)  # fmt: skip
_EXTERNAL: Mapping[tuple[str, str], ExternalDates] = {}


@dataclass(frozen=True, slots=True)
class StepRow:
    """One change and by how much it moved the finish, later is positive. ``subject`` is a key or two with an arrow.

    ``kind`` is data_date (time that passed without the work below), progressed, added, removed, linked, unlinked,
    relinked, estimated, calendar, recalendared, ruled, option, external, or several: ``changes`` counts those that only
    work together, or that were not told apart before the limit.
    """

    kind: str
    subject: str
    name: str
    moved_ticks: int  # working time of the project's calendar
    moved_days: float
    changes: int = 1
    other_project: str = ""  # whose work a link comes from


@dataclass(frozen=True, slots=True)
class Step:
    """One class of changes. ``codes`` are of ``STEPS``; several where one alone would have made a circle."""

    codes: tuple[str, ...]
    changes: int
    finish: datetime
    moved_ticks: int
    moved_days: float  # working days
    calendar_days: int
    rows: tuple[StepRow, ...]  # those that moved it, largest first


@dataclass(frozen=True, slots=True)
class HalfSteps:
    """The movement of the finish, step by step. Sums of the steps are the whole, to the tick."""

    finish_before: datetime
    finish_after: datetime
    moved_ticks: int
    moved_days: float
    calendar_days: int
    by_progress: float  # working days of the step "progress"
    by_edits: float  # all the rest
    steps: tuple[Step, ...]


class NotComparable(Exception):
    """One of the two states has no schedule; the message says which and why."""


def half_steps(
    before: Plan,
    after: Plan,
    *,
    external_before: Mapping[tuple[str, str], ExternalDates] = _EXTERNAL,
    external_after: Mapping[tuple[str, str], ExternalDates] = _EXTERNAL,
    rows: bool = True,
) -> HalfSteps:
    """Walk from one state to the other and tell what each step and each change in it did to the finish.

    Raises:
        NotComparable: a state without activities or with a circle, or more than ``MAX_ACTIVITIES``.

    Cost: one schedule per step, and with ``rows`` at most ``MAX_SCHEDULES`` more.
    """
    if max(len(before.activities), len(after.activities)) > MAX_ACTIVITIES:
        raise NotComparable(f"More than {MAX_ACTIVITIES:,} activities.")
    clock = _Clock(after)
    draft = _Draft.of(before, external_before)
    try:
        finish = clock.finish(draft)
    except (PlanCycle, EngineError, _NoActivities) as error:
        raise NotComparable(f"The earlier state cannot be scheduled: {error}") from error
    first = finish
    steps: list[Step] = []
    codes: tuple[str, ...] = ()
    waiting: list[_Edit] = []
    budget = _Budget(MAX_SCHEDULES if rows else 0)
    for code, edits in _edits(before, after, external_before, external_after):
        if not edits:
            continue
        codes, waiting = (*codes, code), sorted([*waiting, *edits], key=lambda each: _FIRST.get(each.kind, 9))
        reached = draft.with_edits(waiting)
        try:
            then = clock.finish(reached)
        except (PlanCycle, EngineError, _NoActivities):
            continue  # the next class goes along: together they may have a schedule
        steps.append(_step(clock, codes, waiting, draft, finish, then, budget))
        draft, finish, codes, waiting = reached, then, (), []
    try:
        last = clock.finish(_Draft.of(after, external_after))
    except (PlanCycle, EngineError, _NoActivities) as error:
        raise NotComparable(f"The later state cannot be scheduled: {error}") from error
    if last != finish or waiting:
        steps.append(_step(clock, (*codes, "other"), waiting, draft, finish, last, _Budget(0)))
    ticks = clock.between(first, last)
    by_progress = sum(each.moved_ticks for each in steps if "progress" in each.codes)
    return HalfSteps(
        finish_before=from_tick(first),
        finish_after=from_tick(last),
        moved_ticks=ticks,
        moved_days=clock.days(ticks),
        calendar_days=clock.calendar_days(first, last),
        by_progress=clock.days(by_progress),
        by_edits=clock.days(ticks - by_progress),
        steps=tuple(steps),
    )


@dataclass(slots=True)
class _Budget:
    left: int


class _NoActivities(Exception):
    def __str__(self) -> str:
        return "it holds no activities."


class _Clock:
    """Finishes of drafts, and working time between them on the later state's project calendar."""

    def __init__(self, after: Plan) -> None:
        try:
            self._compiled, _ = schedule_plans((after,))
        except (PlanCycle, EngineError) as error:
            raise NotComparable(f"The later state cannot be scheduled: {error}") from error
        self._calendar = self._compiled.calendars.calendars[self._compiled.project_calendar[0]]
        self._per_day = self._compiled.project_ticks_per_day[0]

    def finish(self, draft: _Draft) -> int:
        plan = draft.plan()
        if not plan.activities:
            raise _NoActivities
        _, schedule = schedule_plans((plan,), external=draft.external)
        return int(schedule.project_finish[0])

    def between(self, one: int, other: int) -> int:
        return self._calendar.work_between(one, other)

    def days(self, ticks: int) -> float:
        return ticks / self._per_day

    @staticmethod
    def calendar_days(one: int, other: int) -> int:
        return (from_tick(other).date() - from_tick(one).date()).days


def _step(  # noqa: PLR0917 - where it starts, where it ends, and what lies between
    clock: _Clock, codes: tuple[str, ...], edits: Sequence[_Edit], draft: _Draft, one: int, other: int, budget: _Budget
) -> Step:
    ticks = clock.between(one, other)
    rows: list[StepRow] = []
    if budget.left:
        for group, moved in _spread(clock, list(edits), draft, one, other, budget):
            if not moved:
                continue
            only = group[0]
            rows.append(
                StepRow(only.kind, only.subject, only.name, moved, clock.days(moved), 1, only.other_project)
                if len(group) == 1
                else StepRow("several", "", "", moved, clock.days(moved), len(group))
            )
    rows.sort(key=lambda row: (-abs(row.moved_ticks), row.subject))
    return Step(
        codes, len(edits), from_tick(other), ticks, clock.days(ticks), clock.calendar_days(one, other), tuple(rows)
    )


def _spread(  # noqa: PLR0917 - the same
    clock: _Clock, edits: list[_Edit], draft: _Draft, one: int, other: int, budget: _Budget
) -> Iterator[tuple[list[_Edit], int]]:
    """Groups of edits, in the order they are made, with what each moved: halved until one edit is left.

    A half that moved nothing is not looked into, unless it is small: a large one may hide moves that cancel out.
    """
    if len(edits) == 1 or (one == other and len(edits) > _SMALL) or budget.left <= 0:
        yield edits, clock.between(one, other)
        return
    middle = len(edits) // 2
    reached = draft.with_edits(edits[:middle])
    budget.left -= 1
    try:
        half = clock.finish(reached)
    except (PlanCycle, EngineError, _NoActivities):
        yield edits, clock.between(one, other)  # they only work together
        return
    yield from _spread(clock, edits[:middle], draft, one, half, budget)
    yield from _spread(clock, edits[middle:], reached, half, other, budget)


_SMALL = 4
# Where classes go together, what takes links away comes first: a circle may lie between.
_FIRST = {"unlinked": 0, "removed": 1, "added": 2, "relinked": 3, "linked": 4}


@dataclass(slots=True)
class _Draft:
    """A plan that edits are made to."""

    base: Plan
    activities: dict[str, Activity]
    links: dict[str, Dependency]
    calendars: dict[str, WorkCalendar]
    external: Mapping[tuple[str, str], ExternalDates]
    changes: dict[str, Any] = field(default_factory=dict)  # of the plan itself

    @classmethod
    def of(cls, plan: Plan, external: Mapping[tuple[str, str], ExternalDates]) -> _Draft:
        return cls(
            plan,
            {each.key: each for each in plan.activities},
            {each.key: each for each in plan.dependencies},
            {each.key: each for each in plan.calendars},
            external,
        )

    def with_edits(self, edits: Sequence[_Edit]) -> _Draft:
        draft = _Draft(
            self.base, dict(self.activities), dict(self.links), dict(self.calendars), self.external, dict(self.changes)
        )
        for each in edits:
            each.make(draft)
        return draft

    def change(self, key: str, values: Mapping[str, Any]) -> None:
        if key in self.activities:
            self.activities[key] = replace(self.activities[key], **values)

    def plan(self) -> Plan:
        links = [
            each
            for each in self.links.values()
            if each.successor in self.activities
            and (each.predecessor_project not in ("", self.base.code) or each.predecessor in self.activities)
        ]
        return replace(
            self.base,
            activities=tuple(self.activities.values()),
            dependencies=tuple(links),
            calendars=tuple(self.calendars.values()),
            **self.changes,
        )


@dataclass(frozen=True, slots=True)
class _Edit:
    kind: str
    subject: str
    name: str
    make: Callable[[_Draft], None]
    other_project: str = ""


def _edits(
    before: Plan,
    after: Plan,
    external_before: Mapping[tuple[str, str], ExternalDates],
    external_after: Mapping[tuple[str, str], ExternalDates],
) -> Iterator[tuple[str, list[_Edit]]]:
    """Every change by class, in the order of ``STEPS``."""
    old = {each.key: each for each in before.activities}
    new = {each.key: each for each in after.activities}
    kept = [(old[key], each) for key, each in new.items() if key in old]
    yield "progress", list(_progress(before, after, kept))
    yield "activities", list(_activities(after, old, new))
    yield "logic", list(_logic(before, after, old, new))
    yield "durations", list(_durations(kept))
    yield "calendars", list(_calendars(before, after, kept))
    yield "constraints", list(_fields_changed(kept, "ruled", _RULES))
    yield "options", list(_options(before, after))
    if external_before != external_after:
        yield "external", [_Edit("external", "", "", lambda draft: setattr(draft, "external", external_after))]


def _progress(before: Plan, after: Plan, kept: Sequence[tuple[Activity, Activity]]) -> Iterator[_Edit]:
    """The data date as if nothing had been done, then actual dates, percentages and what remains, as it happened."""
    if before.data_date != after.data_date:
        yield _plan_changed("data_date", "", {"data_date": after.data_date})
    moved = []
    for one, other in kept:
        names = [name for name in _PROGRESS if getattr(one, name) != getattr(other, name)]
        under_way = other.actual_start is not None or one.actual_start is not None
        if under_way and one.remaining_ticks != other.remaining_ticks:
            names.append("remaining_ticks")
        if names:
            at = other.actual_finish or other.actual_start
            moved.append(((at is None, at.isoformat() if at else "", other.key), other, names))
    for _place, other, names in sorted(moved, key=lambda each: each[0]):
        yield _changed("progressed", other, {name: getattr(other, name) for name in names})


def _activities(after: Plan, old: Mapping[str, Activity], new: Mapping[str, Activity]) -> Iterator[_Edit]:
    for key, gone in old.items():
        if key not in new:
            yield _Edit("removed", key, gone.name, _removing(key))
    links: dict[str, list[Dependency]] = {}
    for link in after.dependencies:
        for key in {link.predecessor, link.successor}:
            if key not in old:
                links.setdefault(key, []).append(link)
    for key, come in new.items():
        if key not in old:
            yield _Edit("added", key, come.name, _adding(come, links.get(key, ())))


def _removing(key: str) -> Callable[[_Draft], None]:
    def make(draft: _Draft) -> None:
        draft.activities.pop(key, None)

    return make


def _adding(activity: Activity, links: Sequence[Dependency]) -> Callable[[_Draft], None]:
    def make(draft: _Draft) -> None:
        draft.activities[activity.key] = activity
        # A link to another activity that is added too holds as soon as both are there.
        draft.links.update({each.key: each for each in links})

    return make


def _logic(before: Plan, after: Plan, old: Mapping[str, Activity], new: Mapping[str, Activity]) -> Iterator[_Edit]:
    was = {each.key: each for each in before.dependencies}
    now = {each.key: each for each in after.dependencies}
    for key, link in was.items():
        if key not in now and link.successor in new and (link.predecessor_project or link.predecessor in new):
            yield _Edit("unlinked", _arrow(link), "", _unlinking(key), link.predecessor_project)
    for key, link in now.items():
        came_with_activity = not link.predecessor_project and not (link.successor in old and link.predecessor in old)
        if was.get(key) == link or (key not in was and came_with_activity):
            continue
        kind = "relinked" if key in was else "linked"
        yield _Edit(kind, _arrow(link), "", _linking(link), link.predecessor_project)


def _unlinking(key: str) -> Callable[[_Draft], None]:
    def make(draft: _Draft) -> None:
        draft.links.pop(key, None)

    return make


def _linking(link: Dependency) -> Callable[[_Draft], None]:
    return lambda draft: draft.links.update({link.key: link})


def _durations(kept: Sequence[tuple[Activity, Activity]]) -> Iterator[_Edit]:
    for one, other in kept:
        names = [name for name in ("duration_ticks", "elapsed", "kind") if getattr(one, name) != getattr(other, name)]
        not_begun = one.actual_start is None and other.actual_start is None
        if not_begun and one.remaining_ticks != other.remaining_ticks:
            names.append("remaining_ticks")
        if names:
            yield _changed("estimated", other, {name: getattr(other, name) for name in names})


def _calendars(before: Plan, after: Plan, kept: Sequence[tuple[Activity, Activity]]) -> Iterator[_Edit]:
    was = {each.key: each for each in before.calendars}
    for each in after.calendars:
        if was.get(each.key) != each:
            yield _Edit(
                "calendar",
                each.key,
                each.name,
                lambda draft, each=each: draft.calendars.update({each.key: each}),  # type: ignore[misc]
            )
    if before.calendar != after.calendar:
        yield _plan_changed("calendar", after.calendar, {"calendar": after.calendar})
    yield from _fields_changed(kept, "recalendared", ("calendar",))


def _options(before: Plan, after: Plan) -> Iterator[_Edit]:
    for name in ScheduleOptions.__slots__:
        value = getattr(after.options, name)
        if getattr(before.options, name) != value:
            yield _Edit("option", name, "", _setting(name, value))
    for name in ("must_finish_by", "start"):
        if getattr(before, name) != getattr(after, name):
            yield _plan_changed("option", name, {name: getattr(after, name)})


def _setting(name: str, value: Any) -> Callable[[_Draft], None]:
    def make(draft: _Draft) -> None:
        options = draft.changes.get("options", draft.base.options)
        draft.changes["options"] = replace(options, **{name: value})

    return make


def _fields_changed(kept: Sequence[tuple[Activity, Activity]], kind: str, names: Sequence[str]) -> Iterator[_Edit]:
    for one, other in kept:
        values = {name: getattr(other, name) for name in names if getattr(one, name) != getattr(other, name)}
        if values:
            yield _changed(kind, other, values)


def _changed(kind: str, activity: Activity, values: Mapping[str, Any]) -> _Edit:
    return _Edit(kind, activity.key, activity.name, lambda draft: draft.change(activity.key, values))


def _plan_changed(kind: str, subject: str, values: Mapping[str, Any]) -> _Edit:
    return _Edit(kind, subject, "", lambda draft: draft.changes.update(values))


def _arrow(link: Dependency) -> str:
    source = f"{link.predecessor_project}/{link.predecessor}" if link.predecessor_project else link.predecessor
    return f"{source} → {link.successor} {link.kind}"
