"""Random small plans with progress, constraints, calendars and all kinds of links, for tests of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from watchfloor_engine.calendars import TICKS_PER_DAY, compile_calendar, pack
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Network, build_network
from watchfloor_engine.schedule import FloatKind, Options, OutOfSequence

FIRST_DAY, LAST_DAY = 9000, 9140
OFFSET = FIRST_DAY * TICKS_PER_DAY
OFFICE = [(4800, 7200), (7800, 10_200)]
HOLIDAY = (9012, 9016, [])
PATTERNS = [([OFFICE] * 5 + [[], []], [HOLIDAY]), ([[(3600, 10_800)]] * 7, []), ([[(13_200, 18_000)]] * 6 + [[]], [])]
CALENDARS = pack([compile_calendar(week, ex, first_day=FIRST_DAY, last_day=LAST_DAY) for week, ex in PATTERNS])


class Clock:
    """A calendar as a plain list of working ticks."""

    def __init__(self, number: int) -> None:
        self.working = np.zeros((LAST_DAY - FIRST_DAY + 1) * TICKS_PER_DAY, dtype=bool)
        if number == 0:
            self.working[:] = True
        else:
            week, exceptions = PATTERNS[number - 1]
            for day in range(FIRST_DAY - 1, LAST_DAY + 1):
                shifts = week[(day + 5) % 7]
                for first, last, own in exceptions:
                    shifts = own if first <= day <= last else shifts
                for start, end in shifts:
                    base = (day - FIRST_DAY) * TICKS_PER_DAY
                    self.working[max(base + start, 0) : max(base + end, 0)] = True
        self.done = np.concatenate(([0], np.cumsum(self.working)))

    def work(self, tick: int) -> int:
        return int(self.done[tick - OFFSET])

    def first(self, work: int) -> int:
        return int(np.searchsorted(self.done, work, side="right")) - 1 + OFFSET

    def last(self, work: int) -> int:
        return int(np.searchsorted(self.done, work, side="left")) + OFFSET

    def moved(self, tick: int, by: int) -> int:
        if by == 0:
            return tick
        return (self.last if by > 0 else self.first)(self.work(tick) + by)


CLOCKS = [Clock(number) for number in range(4)]


@dataclass
class Facts:
    """What holds for a whole project; MISSING where it has no such date."""

    start: int
    data_date: int = MISSING
    must_finish: int = MISSING


@dataclass
class Task:
    calendar: int
    duration: int
    kind: int = 0
    constraint: int = 0
    date: int = MISSING
    constraint2: int = 0
    date2: int = MISSING
    started: int = MISSING
    finished: int = MISSING
    remaining: int = 0
    expected_finish: int = MISSING
    external_start: int = MISSING
    external_finish: int = MISSING
    manual_start: int = MISSING
    manual_finish: int = MISSING
    resume: int = MISSING
    delay: int = 0
    parts: list[tuple[int, float]] = field(default_factory=list)  # calendar, share of the remaining work
    project: int = 0
    parent: int = -1
    before: list[tuple[int, int, int, int]] = field(default_factory=list)  # predecessor, link, lag, lag calendar

    @property
    def state(self) -> int:
        """0 not started, 1 in progress, 2 complete."""
        return 2 if self.finished != MISSING else int(self.started != MISSING)

    @property
    def constraints(self) -> list[tuple[int, int]]:
        return [(kind, on) for kind, on in ((self.constraint, self.date), (self.constraint2, self.date2)) if kind]


HOUR = 600
START = (FIRST_DAY + 40) * TICKS_PER_DAY + 4800
DATA_DATE = (FIRST_DAY + 45) * TICKS_PER_DAY + 9000
ticks = st.integers(START - 40 * HOUR, START + 400 * HOUR)
links = st.tuples(
    st.integers(0, 30),
    st.integers(0, 3),
    st.integers(-10, 20).map(lambda h: h * HOUR if abs(h) > 3 else 0),
    st.integers(0, 3),
)


parts = st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5]))


@st.composite
def task_lists(draw: Callable[..., object]) -> list[Task]:
    tasks: list[Task] = []
    for i in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from([0, 0, 0, 0, 1, 2]))
        duration = 0 if kind else draw(st.integers(0, 30)) * HOUR
        task = Task(draw(st.integers(1, 3)), duration, kind, remaining=duration)
        task.constraint = draw(st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4, 5, 6]))
        task.date = draw(ticks) if task.constraint else MISSING
        state = draw(st.sampled_from([0, 0, 0, 1, 2]))
        if state:
            task.started = draw(st.integers(START, DATA_DATE))
            task.remaining = 0 if kind else draw(st.integers(0, 20)) * HOUR
        if state == 2:
            task.finished, task.remaining = draw(st.integers(task.started, DATA_DATE)), 0
        for p, link, lag, calendar in draw(st.lists(links, max_size=3)):
            if i:
                task.before.append((p % i, link, lag, calendar))
        tasks.append(task)
    return tasks


def _sometimes(draw: Callable[..., Any]) -> int:
    return int(draw(ticks)) if draw(st.integers(0, 7)) == 0 else MISSING


@st.composite
def plans(draw: Callable[..., Any]) -> tuple[list[Task], list[Facts]]:
    """Tasks of two projects with everything that may be said of a task, and what holds for each project."""
    tasks = draw(task_lists())
    data_dates = [draw(st.sampled_from([DATA_DATE, DATA_DATE, MISSING])), DATA_DATE + draw(st.integers(-5, 5)) * HOUR]
    starts = st.sampled_from([START, START, DATA_DATE + 30 * HOUR])
    facts = [Facts(draw(starts), data_date, _sometimes(draw)) for data_date in data_dates]
    for task in tasks:
        task.project = draw(st.sampled_from([0, 0, 1]))
        if draw(st.integers(0, 5)) == 0:
            task.constraint = draw(st.sampled_from([7, 8, 9]))
            task.date = MISSING if task.constraint == 9 else draw(ticks)
        if draw(st.integers(0, 5)) == 0:
            task.constraint2 = draw(st.integers(1, 9))
            task.date2 = MISSING if task.constraint2 == 9 else draw(ticks)
        task.expected_finish, task.external_start, task.external_finish = (_sometimes(draw) for _ in range(3))
        task.manual_start, task.manual_finish = _sometimes(draw), _sometimes(draw)
        if task.state == 1:
            task.resume = _sometimes(draw)
        if not task.kind and draw(st.integers(0, 7)) == 0:
            task.kind = 5
        task.delay = draw(st.sampled_from([0, 0, 0, 24 * HOUR]))
        task.parts = draw(st.lists(parts, min_size=1, max_size=3)) if draw(st.integers(0, 3)) == 0 else []
    return tasks, facts


_options = st.builds(
    Options,
    out_of_sequence=st.sampled_from(OutOfSequence),
    float_kind=st.sampled_from(FloatKind),
    honour_constraints=st.booleans(),
    data_date_is_floor=st.booleans(),
    use_expected_finish=st.booleans(),
    ss_lag_from_actual=st.booleans(),
    ignore_external=st.booleans(),
    start_on_own_calendar=st.booleans(),
    late_milestones_at_work=st.booleans(),
)
all_options = st.lists(_options, min_size=2, max_size=2)  # by project

Edge = tuple[int, int, int, int, int]  # predecessor, successor, link, lag, lag calendar


def compiled(tasks: list[Task], facts: list[Facts] | None = None, more: Sequence[Edge] = ()) -> Network:
    """The network of the tasks, with ``more`` links; by default of one project at START and DATA_DATE."""
    facts = facts or [Facts(START, DATA_DATE)]
    edges = [(p, i, *rest) for i, task in enumerate(tasks) for p, *rest in task.before] + list(more)
    columns = [list(c) for c in zip(*edges, strict=True)] if edges else [[], [], [], [], []]
    return build_network(
        kind=[t.kind for t in tasks],
        calendar=[t.calendar for t in tasks],
        duration_ticks=[t.duration for t in tasks],
        remaining_ticks=[t.remaining for t in tasks],
        actual_start=[t.started for t in tasks],
        actual_finish=[t.finished for t in tasks],
        constraint=[t.constraint for t in tasks],
        constraint_tick=[t.date for t in tasks],
        constraint2=[t.constraint2 for t in tasks],
        constraint2_tick=[t.date2 for t in tasks],
        expected_finish=[t.expected_finish for t in tasks],
        external_start=[t.external_start for t in tasks],
        external_finish=[t.external_finish for t in tasks],
        manual_start=[t.manual_start for t in tasks],
        manual_finish=[t.manual_finish for t in tasks],
        resume=[t.resume for t in tasks],
        delay_ticks=[t.delay for t in tasks],
        part_activity=[i for i, t in enumerate(tasks) for _part in t.parts],
        part_calendar=[calendar for t in tasks for calendar, _share in t.parts],
        part_share=[share for t in tasks for _calendar, share in t.parts],
        project=[t.project for t in tasks],
        parent=[t.parent for t in tasks],
        pred=columns[0],
        succ=columns[1],
        link=columns[2],
        lag_ticks=columns[3],
        lag_calendar=columns[4],
        project_start=[each.start for each in facts],
        data_date=[each.data_date for each in facts],
        must_finish=[each.must_finish for each in facts],
    )
