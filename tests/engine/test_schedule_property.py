"""Random networks against a reference written for reading, and laws that hold for every schedule."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from random_plans import CALENDARS, CLOCKS, OFFSET, Facts, Task, all_options, compiled, plans, task_lists
from schedule_by_the_book import Book

from watchfloor_engine.calendars import TICKS_PER_DAY, CalendarSet
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Link
from watchfloor_engine.schedule import Options, schedule


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans(), options=all_options)
def test_the_compiled_schedule_is_the_one_by_the_book(
    plan: tuple[list[Task], list[Facts]], options: list[Options]
) -> None:
    tasks, facts = plan
    result = schedule(compiled(tasks, facts), CALENDARS, options)
    book = Book(tasks, facts, options)
    open_ = [i for i, task in enumerate(tasks) if task.state < 2]
    for name, column, expected in (
        ("early start", result.early_start, book.es), ("early finish", result.early_finish, book.ef),
        ("late start", result.late_start, book.ls), ("late finish", result.late_finish, book.lf),
        ("total float", result.total_float, book.total), ("free float", result.free_float, book.free),
        ("remaining", result.remaining, book.left), ("longest path", result.on_longest_path, book.longest),
    ):  # fmt: skip
        assert column[open_].tolist() == [expected[i] for i in open_], name
    places = [(i, at) for i, task in enumerate(tasks) for at in range(len(task.before))]
    assert {place for place, drives in zip(places, result.driving.tolist(), strict=True) if drives} == book.driving


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
