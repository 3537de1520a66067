"""Random small plans with progress, constraints, calendars and all kinds of links, for tests of the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from watchfloor_engine.calendars import TICKS_PER_DAY, compile_calendar, pack
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Network, build_network

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
class Task:
    calendar: int
    duration: int
    kind: int = 0
    constraint: int = 0
    date: int = MISSING
    started: int = MISSING
    finished: int = MISSING
    remaining: int = 0
    before: list[tuple[int, int, int, int]] = field(default_factory=list)  # predecessor, link, lag, lag calendar


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


def compiled(tasks: list[Task]) -> Network:
    edges = [(p, i, *rest) for i, task in enumerate(tasks) for p, *rest in task.before]
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
        pred=columns[0],
        succ=columns[1],
        link=columns[2],
        lag_ticks=columns[3],
        lag_calendar=columns[4],
        project_start=[START],
        data_date=[DATA_DATE],
    )
