"""Level of effort and summaries of random plans, by the book: what hangs between others, and what lies above them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_plans import (
    CALENDARS,
    CLOCKS,
    DATA_DATE,
    HOUR,
    START,
    Edge,
    Facts,
    Task,
    all_options,
    compiled,
    links,
    plans,
)
from schedule_by_the_book import Book

from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Kind, Link
from watchfloor_engine.schedule import Options, Schedule, schedule

Dates = dict[str, int]  # start, finish, early_start, early_finish, late_start, late_finish, total_float


@st.composite
def rolled_up(draw: Callable[..., Any]) -> tuple[list[Task], list[Facts], list[Edge], int]:
    """Tasks, then level of effort tied to them and to each other, then summaries above all; the count of the tasks."""
    tasks, facts = draw(plans())
    size = len(tasks)
    edges: list[Edge] = []
    for at in range(size, size + draw(st.integers(1, 3))):
        effort = Task(draw(st.integers(1, 3)), draw(st.integers(0, 20)) * HOUR, int(Kind.LOE))
        effort.remaining, effort.project = effort.duration, draw(st.sampled_from([0, 1]))
        state = draw(st.sampled_from([0, 0, 1, 2]))
        if state:
            effort.started = draw(st.integers(START, DATA_DATE))
        if state == 2:
            effort.finished, effort.remaining = draw(st.integers(effort.started, DATA_DATE)), 0
        for other, link, lag, calendar in draw(st.lists(links, max_size=4)):
            ends = (other % at, at) if draw(st.booleans()) else (at, other % size)
            edges.append((*ends, link, lag, calendar))
        tasks.append(effort)
    below = len(tasks)
    for number in range(draw(st.integers(1, 3))):
        above = below + draw(st.integers(0, number - 1)) if number and draw(st.booleans()) else -1
        tasks.append(Task(1, 0, int(Kind.SUMMARY), parent=above, project=draw(st.sampled_from([0, 1]))))
    for task in tasks[:below]:
        task.parent = draw(st.integers(below, len(tasks) - 1)) if draw(st.booleans()) else -1
    return tasks, facts, edges, size


def effort_by_the_book(book: Book, efforts: dict[int, Dates], effort: Task, at: int, edges: list[Edge]) -> Dates:
    """From the earliest of what it starts with to the latest of what it ends with; of two, the second follows."""
    fact, clock = book.facts[effort.project], CLOCKS[effort.calendar]
    base = fact.start if fact.data_date == MISSING else max(fact.start, fact.data_date)
    starts: dict[str, list[int]] = {"early": [], "late": [], "shown": []}
    finishes: dict[str, list[int]] = {"early": [], "late": [], "shown": []}
    for pred, succ, link, lag, calendar in edges:
        if at not in (pred, succ) or (at == pred and succ >= len(book.tasks)):
            continue
        own_follows = at == succ
        other = pred if own_follows else succ
        ends = ends_of(book, efforts, other)
        # Which end of the other, and which end of the effort, the link ties.
        from_finish = link in ((Link.FS, Link.FF) if own_follows else (Link.FF, Link.SF))
        to_start = link in ((Link.FS, Link.SS) if own_follows else (Link.SS, Link.SF))
        for which, (first, last) in ends.items():
            bound = CLOCKS[calendar].moved(last if from_finish else first, lag if own_follows else -lag)
            (starts if to_start else finishes)[which].append(bound)
    found: Dates = {}
    found["early_start"] = clock.first(clock.work(max(min(starts["early"], default=base), base)))
    found["start"] = clock.first(clock.work(min(starts["shown"], default=base)))
    for name, which, start in (("early_finish", "early", "early_start"), ("finish", "shown", "start")):
        begins = found[start]
        ends_at = max(finishes[which], default=clock.last(clock.work(begins) + effort.duration))
        found[name] = max(begins, clock.last(clock.work(ends_at)))
    end = book.end[effort.project] if fact.must_finish == MISSING else fact.must_finish
    found["late_finish"] = max(finishes["late"], default=end)
    lasts = clock.work(found["early_finish"]) - clock.work(found["early_start"])
    found["late_start"] = min(starts["late"], default=clock.first(clock.work(found["late_finish"]) - lasts))
    found["total_float"] = clock.work(found["late_finish"]) - clock.work(found["early_finish"])
    if effort.state:
        found["start"] = effort.started
        found["finish"] = max(found["finish"], effort.started)
    efforts[at] = dict(found)
    if effort.state == 2:
        efforts[at]["finish"] = effort.finished
        found |= {"finish": effort.finished, "total_float": 0}
        found |= dict.fromkeys(("early_start", "late_start"), found["start"])
        found |= dict.fromkeys(("early_finish", "late_finish"), found["finish"])
    return found


def ends_of(book: Book, efforts: dict[int, Dates], at: int) -> dict[str, tuple[int, int]]:
    """First and last instant of a task, or of an effort that was dated before."""
    if at in efforts:
        found = efforts[at]
        return {
            "early": (found["early_start"], found["early_finish"]),
            "late": (found["late_start"], found["late_finish"]),
            "shown": (found["start"], found["finish"]),
        }
    return {
        "early": (book.es[at], book.ef[at]),
        "late": (book.ls[at], book.lf[at]),
        "shown": shown(book, at),
    }


def shown(book: Book, at: int) -> tuple[int, int]:
    task = book.tasks[at]
    return (
        task.started if task.started != MISSING else book.es[at],
        task.finished if task.finished != MISSING else book.ef[at],
    )


def summary_by_the_book(found: list[Dates], tasks: list[Task], facts: list[Facts], at: int) -> Dates:
    """The earliest start and latest finish of all below; early and late dates and float of what is not complete."""

    def is_below(task: Task) -> bool:
        up = task.parent
        while up not in (-1, at):
            up = tasks[up].parent
        return up == at

    all_below = [i for i, task in enumerate(tasks) if task.kind != Kind.SUMMARY and is_below(task)]
    open_below = [i for i in all_below if tasks[i].state < 2]
    none = facts[tasks[at].project].start
    start = min((found[i]["start"] for i in all_below), default=none)
    finish = max((found[i]["finish"] for i in all_below), default=none)
    return {
        "start": start,
        "finish": finish,
        "early_start": min((found[i]["early_start"] for i in open_below), default=start),
        "early_finish": max((found[i]["early_finish"] for i in open_below), default=finish),
        "late_start": min((found[i]["late_start"] for i in open_below), default=start),
        "late_finish": max((found[i]["late_finish"] for i in open_below), default=finish),
        "total_float": min((found[i]["total_float"] for i in open_below), default=0),
    }


def of_schedule(result: Schedule, at: int) -> Dates:
    names = ("start", "finish", "early_start", "early_finish", "late_start", "late_finish", "total_float")
    return {name: int(getattr(result, name)[at]) for name in names}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=rolled_up(), options=all_options)
def test_level_of_effort_and_summaries_are_those_by_the_book(
    plan: tuple[list[Task], list[Facts], list[Edge], int], options: list[Options]
) -> None:
    tasks, facts, edges, size = plan
    result = schedule(compiled(tasks, facts, edges), CALENDARS, options)
    book = Book(tasks[:size], facts, options)
    found = [of_schedule(result, at) for at in range(len(tasks))]
    efforts: dict[int, Dates] = {}
    for at, task in enumerate(tasks):
        if task.kind == Kind.LOE:
            assert found[at] == effort_by_the_book(book, efforts, task, at, edges)
        elif task.kind == Kind.SUMMARY:
            assert found[at] == summary_by_the_book(found, tasks, facts, at)
