"""A network kept up to date change by change equals the one that is scheduled anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_plans import (
    CALENDARS,
    DATA_DATE,
    HOUR,
    LAST_DAY,
    START,
    Facts,
    Task,
    all_options,
    compiled,
    plans,
    ticks,
)

from watchfloor_engine.calendars import TICKS_PER_DAY
from watchfloor_engine.errors import HorizonExceeded, InvalidNetwork
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Constraint, Kind, build_network
from watchfloor_engine.options import Options
from watchfloor_engine.resident import ResidentSchedule
from watchfloor_engine.schedule import schedule

CHANGES = ("remaining", "progress", "constraint", "calendar", "data date")


def applied(
    resident: ResidentSchedule, tasks: list[Task], facts: list[Facts], at: int, what: str, draw: Callable[..., Any]
) -> None:
    """One change of one task or of its project, in the resident network and in the plain lists alike."""
    task = tasks[at]
    if what == "remaining" and task.finished == MISSING and task.kind == Kind.TASK:
        hours = draw(st.integers(0, 40)) * HOUR
        resident.set_remaining(at, hours)
        task.remaining = hours
        if task.started == MISSING:
            task.duration = hours
    elif what == "progress":
        state = draw(st.sampled_from([0, 1, 2]))
        task.started = draw(st.integers(START, DATA_DATE)) if state else MISSING
        task.finished = draw(st.integers(task.started, DATA_DATE)) if state == 2 else MISSING
        task.remaining = 0 if state == 2 or task.kind else draw(st.integers(0, 20)) * HOUR
        task.resume = task.resume if state == 1 else MISSING
        resident.set_progress(at, started=task.started, finished=task.finished, remaining_ticks=task.remaining)
    elif what == "constraint":
        task.constraint = draw(st.integers(0, 8))
        task.date = draw(ticks) if task.constraint else MISSING
        resident.set_constraint(at, Constraint(task.constraint), task.date)
    elif what == "calendar":
        task.calendar = draw(st.integers(0, 3))
        resident.set_calendar(at, task.calendar)
    elif what == "data date":
        facts[task.project].data_date = draw(st.sampled_from([MISSING, DATA_DATE, DATA_DATE + 50 * HOUR]))
        resident.set_data_date(task.project, facts[task.project].data_date)


def assert_same(resident: ResidentSchedule, tasks: list[Task], facts: list[Facts], options: list[Options]) -> None:
    anew = schedule(compiled(tasks, facts), CALENDARS, options)
    open_ = [i for i, task in enumerate(tasks) if task.finished == MISSING]
    for name in ("early_start", "early_finish", "late_start", "late_finish", "total_float"):
        assert getattr(resident, name)[open_].tolist() == getattr(anew, name)[open_].tolist(), name


def said_anew(tasks: list[Task], draw: Callable[..., Any]) -> None:
    """Other durations, states and dates for every task; kinds, calendars and links stay."""
    for task in tasks:
        task.duration = 0 if task.kind in (1, 2) else draw(st.integers(0, 30)) * HOUR
        task.remaining, task.started, task.finished, task.resume = task.duration, MISSING, MISSING, MISSING
        if draw(st.booleans()):
            task.started, task.remaining = draw(st.integers(START, DATA_DATE)), task.duration // 2
        task.constraint = draw(st.sampled_from([0, 1, 4, 9]))
        task.date = draw(ticks) if task.constraint in (1, 4) else MISSING
        task.delay = draw(st.sampled_from([0, 24 * HOUR]))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans(), options=all_options, data=st.data())
def test_rows_written_anew_are_those_of_a_whole_pass_and_a_trial_leaves_nothing_behind(
    plan: tuple[list[Task], list[Facts]], options: list[Options], data: Any
) -> None:
    tasks, facts = plan
    resident = ResidentSchedule(compiled(tasks, facts), CALENDARS, options)
    first = data.draw(st.integers(0, len(tasks) - 1))
    count = data.draw(st.integers(0, len(tasks) - first))
    part = tasks[first : first + count]
    said_anew(part, data.draw)
    # The rows come from a plan of their own, which may hold more behind them and knows nothing of the links.
    alone = [replace(task, before=[]) for task in [*part, *tasks[:1]]]
    assert resident.rewrite(first, compiled(alone, facts), count).whole
    assert_same(resident, tasks, facts, options)
    before = resident.early_finish.tolist(), resident.late_start.tolist(), resident.total_float.tolist()
    at = data.draw(st.integers(0, len(tasks) - 1))
    with resident.trial(at) as said:
        task = tasks[at]
        assert (said.status, said.remaining) == (task.state, 0 if task.state == 2 else task.remaining)
        applied(
            resident, [replace(each) for each in tasks], facts, at, data.draw(st.sampled_from(CHANGES[:3])), data.draw
        )
    assert (resident.early_finish.tolist(), resident.late_start.tolist(), resident.total_float.tolist()) == before


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans(), options=all_options, data=st.data())
def test_after_any_changes_every_date_is_that_of_a_whole_pass(
    plan: tuple[list[Task], list[Facts]], options: list[Options], data: Any
) -> None:
    tasks, facts = plan
    resident = ResidentSchedule(compiled(tasks, facts), CALENDARS, options)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(tasks) - 1))
        applied(resident, tasks, facts, at, data.draw(st.sampled_from(CHANGES)), data.draw)
        assert_same(resident, tasks, facts, options)


def chain(length: int, **more: Any) -> Any:
    return build_network(
        kind=more.pop("kinds", [0] * length),
        calendar=[2] * length,
        duration_ticks=[HOUR] * length,
        pred=list(range(length - 1)),
        succ=list(range(1, length)),
        link=[0] * (length - 1),
        project_start=[START],
        data_date=[DATA_DATE],
        **more,
    )


def test_what_moved_is_told() -> None:
    resident = ResidentSchedule(chain(6), CALENDARS)
    moved = resident.set_remaining(3, 3 * HOUR)
    assert sorted(moved.early.tolist()) == [3, 4, 5]
    assert sorted(moved.late.tolist()) == [3, 4, 5]  # what lies before may not wait longer, though the finish moved
    assert not moved.whole
    assert resident.set_remaining(3, 3 * HOUR).early.size == 0


def test_a_change_that_reaches_most_of_a_large_network_is_a_whole_pass() -> None:
    network = chain(700)
    resident = ResidentSchedule(network, CALENDARS)
    assert resident.set_remaining(0, 2 * HOUR).whole
    longer = network.remaining.copy()
    longer[0] = 2 * HOUR
    anew = schedule(network.with_remaining(longer), CALENDARS)
    assert resident.late_finish.tolist() == anew.late_finish.tolist()
    assert resident.early_finish.tolist() == anew.early_finish.tolist()


def test_as_late_as_possible_is_passed_whole() -> None:
    network = chain(3, constraint=[0, Constraint.AS_LATE_AS_POSSIBLE, 0])
    resident = ResidentSchedule(network, CALENDARS)
    assert resident.set_remaining(2, 5 * HOUR).whole


def test_a_change_beyond_the_calendars_changes_nothing() -> None:
    resident = ResidentSchedule(chain(3), CALENDARS)
    before = resident.early_finish.tolist(), resident.late_start.tolist()
    with pytest.raises(HorizonExceeded):
        resident.set_remaining(1, 90 * TICKS_PER_DAY)
    with pytest.raises(HorizonExceeded):
        resident.set_constraint(1, Constraint.START_NO_EARLIER, (LAST_DAY + 5) * TICKS_PER_DAY)
    with pytest.raises(HorizonExceeded):
        resident.set_data_date(0, (LAST_DAY + 5) * TICKS_PER_DAY)
    late = [MISSING, MISSING, (LAST_DAY + 5) * TICKS_PER_DAY]
    with pytest.raises(HorizonExceeded):
        resident.rewrite(0, chain(3, constraint=[0, 0, 1], constraint_tick=late), 3)
    assert (resident.early_finish.tolist(), resident.late_start.tolist()) == before


def test_what_cannot_be_is_refused() -> None:
    resident = ResidentSchedule(
        chain(3, actual_start=[START, MISSING, MISSING], actual_finish=[START, MISSING, MISSING]), CALENDARS
    )
    with pytest.raises(InvalidNetwork):
        resident.set_remaining(0, HOUR)  # it is complete
    with pytest.raises(InvalidNetwork):
        resident.set_remaining(1, -1)
    with pytest.raises(InvalidNetwork):
        resident.set_remaining(3, HOUR)
    with pytest.raises(InvalidNetwork):
        resident.set_calendar(1, 9)
    for project in (1, -1):
        with pytest.raises(InvalidNetwork):
            resident.set_data_date(project, DATA_DATE)
    for first, count in ((-1, 1), (0, -1), (0, 4), (2, 2), (3, 1)):
        with pytest.raises(InvalidNetwork):
            resident.rewrite(first, chain(3), count)
    with pytest.raises(InvalidNetwork, match="kind"):
        resident.rewrite(0, chain(3, kinds=[0, 1, 0]), 3)
    with pytest.raises(InvalidNetwork):
        resident.set_progress(1, started=MISSING, finished=DATA_DATE)
    with pytest.raises(InvalidNetwork):
        resident.set_constraint(1, Constraint.AS_LATE_AS_POSSIBLE)


def test_it_holds_less_than_two_hundred_bytes_per_activity() -> None:
    size = 20_000
    links = 2 * (size - 1)
    network = build_network(
        kind=np.zeros(size),
        calendar=np.ones(size),
        duration_ticks=np.zeros(size),
        pred=np.repeat(np.arange(size - 1), 2),
        succ=np.repeat(np.arange(1, size), 2),
        link=np.tile([0, 1], size - 1),
        project_start=[START],
    )
    assert network.links == links
    assert ResidentSchedule(network, CALENDARS).nbytes <= 200 * size


def test_a_start_that_moves_nothing_of_its_own_still_shortens_what_is_left_of_its_lags() -> None:
    edges: dict[str, Any] = {
        "kind": [0, 0], "calendar": [2, 2], "duration_ticks": [4 * HOUR, 2 * HOUR], "pred": [0], "succ": [1],
        "link": [1], "lag_ticks": [30 * HOUR], "lag_calendar": [2], "project_start": [START], "data_date": [DATA_DATE],
    }  # fmt: skip
    resident = ResidentSchedule(build_network(**edges), CALENDARS)
    before = resident.early_finish.tolist()
    resident.set_progress(0, started=DATA_DATE - 20 * HOUR, remaining_ticks=4 * HOUR)
    started = build_network(
        **edges, actual_start=[DATA_DATE - 20 * HOUR, MISSING], remaining_ticks=[4 * HOUR, 2 * HOUR]
    )
    anew = schedule(started, CALENDARS)
    assert resident.early_finish[0] == before[0]
    assert resident.early_finish[1] < before[1]
    assert resident.early_finish.tolist() == anew.early_finish.tolist()
    assert resident.late_start.tolist() == anew.late_start.tolist()


def star(size: int, *, inwards: bool, **more: Any) -> Any:
    """Activity 0 behind all others, or before them."""
    others = list(range(1, size))
    return build_network(
        kind=[0] * size,
        calendar=[2] * size,
        duration_ticks=[HOUR] * size,
        pred=others if inwards else [0] * len(others),
        succ=[0] * len(others) if inwards else others,
        link=[0] * len(others),
        project_start=[START],
        data_date=[DATA_DATE],
        **more,
    )


@pytest.mark.parametrize("inwards", [True, False])
@pytest.mark.parametrize("size", [4, 300])
def test_progress_reaches_few_neighbours_by_themselves_and_many_by_a_whole_pass(size: int, *, inwards: bool) -> None:
    resident = ResidentSchedule(star(size, inwards=inwards), CALENDARS)
    moved = resident.set_progress(0, started=DATA_DATE - 5 * HOUR, remaining_ticks=2 * HOUR)
    assert moved.whole == (size == 300)
    begun = [DATA_DATE - 5 * HOUR, *[MISSING] * (size - 1)]
    left = [2 * HOUR, *[HOUR] * (size - 1)]
    anew = schedule(star(size, inwards=inwards, actual_start=begun, remaining_ticks=left), CALENDARS)
    for name in ("early_start", "early_finish", "late_start", "late_finish", "total_float"):
        assert getattr(resident, name).tolist() == getattr(anew, name).tolist(), name


def test_work_that_goes_on_keeps_its_resume_date_and_work_that_is_taken_back_loses_it() -> None:
    later = DATA_DATE + 60 * HOUR
    begun = {"actual_start": [DATA_DATE - HOUR, MISSING, MISSING], "resume": [later, MISSING, MISSING]}
    resident = ResidentSchedule(chain(3, **begun), CALENDARS)
    resident.set_progress(0, started=DATA_DATE - 2 * HOUR, remaining_ticks=HOUR)
    assert int(resident.early_start[0]) >= later
    resident.set_progress(0, started=MISSING, remaining_ticks=HOUR)
    assert int(resident.early_start[0]) < later
