"""Random networks against a reference written for reading, and laws that hold for every schedule."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from random_plans import CALENDARS, CLOCKS, DATA_DATE, OFFSET, START, Clock, Task, compiled, task_lists

from watchfloor_engine.calendars import TICKS_PER_DAY, CalendarSet
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Constraint, Kind, Link
from watchfloor_engine.schedule import Options, OutOfSequence, schedule


def reference(tasks: list[Task], start: int, data_date: int, rule: int) -> tuple[list[list[int]], int]:
    """Early and late dates of the remaining work by the book: P6 semantics, recursion-free, one rule per line."""
    n = len(tasks)
    es, ef, ls, lf = ([0] * n for _ in range(4))

    def rest_of_lag(before: Task, link: int, lag: int, calendar: int) -> int:
        event = before.finished if link in (Link.FS, Link.FF) else before.started
        if event == MISSING:
            return lag
        return max(0, lag - max(0, CLOCKS[calendar].work(data_date) - CLOCKS[calendar].work(event))) if lag > 0 else 0

    def holds(after: Task, link: int) -> bool:
        if rule == OutOfSequence.RETAINED_LOGIC or after.started == MISSING:
            return True
        return after.finished == MISSING and link in (Link.FF, Link.SF)

    for i, task in enumerate(tasks):
        clock = CLOCKS[task.calendar]
        at_start = [data_date if task.started != MISSING else max(start, data_date)]
        at_finish: list[int] = []
        for p, link, lag, calendar in task.before:
            if not holds(task, link):
                continue
            end = ef[p] if link in (Link.FS, Link.FF) else es[p]
            bound = CLOCKS[calendar].moved(end, rest_of_lag(tasks[p], link, lag, calendar))
            (at_start if link in (Link.FS, Link.SS) else at_finish).append(bound)
        rest = task.remaining

        def backed(finish: int, clock: Clock = clock, rest: int = rest) -> int:
            return clock.first(clock.work(finish) - rest)

        for finish in at_finish:
            at_start.append(finish if rest == 0 and task.kind != Kind.START_MILESTONE else backed(finish))
        if task.started == MISSING:
            if task.constraint in (Constraint.START_NO_EARLIER, Constraint.START_ON):
                at_start.append(task.date)
            if task.constraint in (Constraint.FINISH_NO_EARLIER, Constraint.FINISH_ON):
                at_start.append(task.date if rest == 0 else backed(task.date))
        es[i] = max(at_start)
        if task.finished == MISSING and task.kind != Kind.FINISH_MILESTONE:
            es[i] = clock.first(clock.work(es[i]))
        ef[i] = es[i] if rest == 0 else max([clock.last(clock.work(es[i]) + rest), *at_finish])
    project_end = max(ef)
    for i in range(n - 1, -1, -1):
        task = tasks[i]
        clock, rest = CLOCKS[task.calendar], task.remaining
        late = [project_end]
        for j in range(i + 1, n):
            for p, link, lag, calendar in tasks[j].before:
                if p != i or not holds(tasks[j], link):
                    continue
                end = ls[j] if link in (Link.FS, Link.SS) else lf[j]
                bound = CLOCKS[calendar].moved(end, -rest_of_lag(task, link, lag, calendar))
                if link in (Link.SS, Link.SF) and rest > 0:
                    bound = clock.last(clock.work(bound) + rest)
                late.append(bound)
        if task.finished == MISSING:
            if task.constraint in (Constraint.START_NO_LATER, Constraint.START_ON) and task.started == MISSING:
                late.append(task.date if rest == 0 else clock.last(clock.work(task.date) + rest))
            if task.constraint in (Constraint.FINISH_NO_LATER, Constraint.FINISH_ON):
                late.append(task.date)
            lf[i] = clock.last(clock.work(min(late)))
        else:
            lf[i] = min(late)
        ls[i] = clock.first(clock.work(lf[i]) - rest) if rest > 0 else lf[i]
        if task.kind == Kind.START_MILESTONE and task.finished == MISSING:
            morning = clock.first(clock.work(lf[i]))
            ls[i] = lf[i] = morning if morning <= project_end else lf[i]
    return [es, ef, ls, lf], project_end


@settings(max_examples=150, deadline=None)
@given(tasks=task_lists(), rule=st.sampled_from([OutOfSequence.RETAINED_LOGIC, OutOfSequence.PROGRESS_OVERRIDE]))
def test_compiled_passes_equal_the_reference(tasks: list[Task], rule: OutOfSequence) -> None:
    network = compiled(tasks)
    result = schedule(network, CALENDARS, Options(out_of_sequence=rule))
    (es, ef, ls, lf), _ = reference(tasks, START, DATA_DATE, rule)
    open_ = [i for i, t in enumerate(tasks) if t.finished == MISSING]
    assert result.early_start[open_].tolist() == [es[i] for i in open_]
    assert result.early_finish[open_].tolist() == [ef[i] for i in open_]
    assert result.late_start[open_].tolist() == [ls[i] for i in open_]
    assert result.late_finish[open_].tolist() == [lf[i] for i in open_]


@settings(max_examples=60, deadline=None)
@given(tasks=task_lists())
def test_an_unprogressed_schedule_breaks_no_link_and_has_a_path_without_float(tasks: list[Task]) -> None:
    for task in tasks:
        task.started = task.finished = task.date = MISSING
        task.constraint, task.remaining = 0, task.duration
    network = compiled(tasks)
    result = schedule(network, CALENDARS)
    for i, task in enumerate(tasks):
        for p, link, lag, calendar in task.before:
            end = result.early_finish[p] if link in (Link.FS, Link.FF) else result.early_start[p]
            reached = result.early_start[i] if link in (Link.FS, Link.SS) else result.early_finish[i]
            bound = CLOCKS[calendar].moved(int(end), lag)
            # A start milestone's finish is its start, which may lie on the next morning.
            assert CLOCKS[task.calendar].work(int(reached)) >= CLOCKS[task.calendar].work(bound)
    assert result.on_longest_path.any()
    assert (result.critical | (result.total_float > 0)).all()


def same(a: object, b: object) -> bool:
    return bool(np.array_equal(np.asarray(a), np.asarray(b)))


@settings(max_examples=30, deadline=None)
@given(tasks=task_lists())
def test_stored_order_of_links_does_not_matter(tasks: list[Task]) -> None:
    before = schedule(compiled(tasks), CALENDARS)
    for task in tasks:
        task.before.reverse()
    after = schedule(compiled(tasks), CALENDARS)
    assert same(before.early_finish, after.early_finish)
    assert same(before.late_start, after.late_start)
    assert same(before.total_float, after.total_float)


def test_the_set_of_calendars_is_the_one_the_reference_uses() -> None:
    assert isinstance(CALENDARS, CalendarSet)
    for number, clock in enumerate(CLOCKS):
        for tick in range(OFFSET, OFFSET + 90 * TICKS_PER_DAY, 997):
            elapsed = CALENDARS.calendars[number].work_between(OFFSET, tick)
            assert elapsed == clock.work(tick)
