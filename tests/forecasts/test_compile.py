"""Plans become networks: nothing a tool computed gets in, links and calendars mean what the plan says."""

from __future__ import annotations

import dataclasses
import functools
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import DAY, FIVE_DAYS, MONDAY, milestone, plan_of, task

from watchfloor.forecasts.compile import ExternalDates, compile_plan
from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.plans.document import (
    ActivityKind,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    LagCalendar,
    Plan,
    ScheduleOptions,
    StoredDates,
    WbsNode,
    WorkCalendar,
)
from watchfloor_engine.calendars import from_tick
from watchfloor_engine.schedule import Schedule


def finishes(plan: Plan, **more: object) -> dict[str, datetime]:
    compiled, schedule = schedule_plans((plan,), **more)  # type: ignore[arg-type]
    return {each.key: from_tick(int(schedule.finish[at])) for at, each in enumerate(compiled.activities)}


def test_a_chain_finishes_when_working_days_say() -> None:
    plan = plan_of(task("A", 5), task("B", 2), milestone("M"), Dependency("A", "B"), Dependency("B", "M"))
    assert finishes(plan) == {
        "A": datetime(2026, 3, 6, 17),  # Monday to Friday
        "B": datetime(2026, 3, 10, 17),  # over the weekend to Tuesday
        "M": datetime(2026, 3, 10, 17),
    }


@settings(max_examples=25, deadline=None)
@given(days=st.lists(st.integers(-400, 400), min_size=9, max_size=9))
def test_stored_dates_never_reach_the_engine(days: list[int]) -> None:
    bare = plan_of(task("A", 5), task("B", 3), milestone("M"), Dependency("A", "B"), Dependency("B", "M"))
    when = [MONDAY + timedelta(days=each) for each in days]
    stored = StoredDates(
        *when[:6], total_float_ticks=days[6] * DAY, free_float_ticks=days[7] * DAY, critical=days[8] > 0
    )
    told = dataclasses.replace(bare, activities=tuple(dataclasses.replace(a, stored=stored) for a in bare.activities))
    _, without = schedule_plans((bare,))
    _, with_stored = schedule_plans((told,))
    names = [name for name, each in vars(Schedule).items() if isinstance(each, functools.cached_property)]
    assert {"early_start", "late_finish", "total_float", "critical", "project_finish"} <= set(names)
    for name in names:
        assert np.array_equal(getattr(without, name), getattr(with_stored, name)), name


def test_a_link_to_another_plan_of_the_document_holds() -> None:
    first = plan_of(task("A", 5), code="P")
    second = plan_of(task("B", 1), Dependency("A", "B", predecessor_project="P"), code="Q")
    compiled, schedule = schedule_plans((second, first))
    assert from_tick(int(schedule.finish[compiled.index[0, "B"]])) == datetime(2026, 3, 9, 17)
    assert from_tick(int(schedule.project_finish[0])) == datetime(2026, 3, 9, 17)
    assert from_tick(int(schedule.project_finish[1])) == datetime(2026, 3, 6, 17)


def test_a_dated_predecessor_outside_holds_its_successor_and_counts_in_no_finish() -> None:
    plan = plan_of(task("A", 1), task("B", 1), Dependency("X", "A", predecessor_project="Q"))
    known = {("Q", "X"): ExternalDates(datetime(2026, 3, 9, 8), datetime(2026, 3, 13, 17))}
    compiled, schedule = schedule_plans((plan,), external=known)
    assert compiled.own == 2
    assert from_tick(int(schedule.finish[compiled.index[0, "A"]])) == datetime(2026, 3, 16, 17)
    assert finishes(plan)["A"] == datetime(2026, 3, 2, 17)
    assert [each.code for each in compile_plan((plan,)).remarks] == ["link.unknown_activity"]


def test_a_link_on_a_summary_holds_the_work_below_it() -> None:
    summary = task("S", 0, kind=ActivityKind.SUMMARY, wbs="W")
    plan = plan_of(
        task("A", 3), summary, task("B", 2, wbs="W"), task("C", 1, wbs="W"), task("D", 1),
        Dependency("A", "S"), Dependency("B", "C"), Dependency("S", "D"), wbs=(WbsNode("W", "Work"),),
    )  # fmt: skip
    found = finishes(plan)
    assert found["B"] == datetime(2026, 3, 6, 17)  # after the three days before the summary
    assert found["C"] == found["S"] == datetime(2026, 3, 9, 17)
    assert found["D"] == datetime(2026, 3, 10, 17)


def test_a_bound_on_a_summary_binds_the_work_below_it() -> None:
    later = Constraint(ConstraintKind.START_NO_EARLIER, datetime(2026, 3, 9, 8))
    summary = task("S", 0, kind=ActivityKind.SUMMARY, wbs="W", constraints=(later,))
    plan = plan_of(summary, task("B", 1, wbs="W"), wbs=(WbsNode("W", "Work"),))
    assert finishes(plan)["B"] == datetime(2026, 3, 9, 17)


@pytest.mark.parametrize(
    ("choice", "finish"),
    [
        (LagCalendar.PREDECESSOR, datetime(2026, 3, 11, 17)),  # Monday and Tuesday, then work on Wednesday
        (LagCalendar.SUCCESSOR, datetime(2026, 3, 9, 17)),  # Saturday and Sunday, then work on Monday
        (LagCalendar.TWENTY_FOUR_HOUR, datetime(2026, 3, 8, 9)),  # to Saturday 9:00, one hour short of a day there
    ],
)
def test_a_lag_counts_on_the_calendar_the_plan_chooses(choice: LagCalendar, finish: datetime) -> None:
    plan = plan_of(
        task("A", 5), task("B", 1, calendar="7d"), Dependency("A", "B", lag_ticks=2 * DAY),
        options=ScheduleOptions(lag_calendar=choice),
    )  # fmt: skip
    assert finishes(plan)["B"] == finish


def test_a_circle_is_told_by_its_keys() -> None:
    plan = plan_of(task("A", 1), task("B", 1), Dependency("A", "B"), Dependency("B", "A"))
    with pytest.raises(PlanCycle) as told:
        schedule_plans((plan,))
    assert sorted(told.value.path[:-1]) == ["A", "B"]
    assert told.value.path[0] == told.value.path[-1]


def test_a_calendar_without_working_time_is_replaced_and_remarked() -> None:
    plan = plan_of(task("A", 1), calendar="none", calendars=(WorkCalendar("none", "Never", ((),) * 7),))
    compiled, schedule = schedule_plans((plan,))
    assert [each.code for each in compiled.remarks] == ["calendar.unusable"]
    assert from_tick(int(schedule.finish[0])) == datetime(2026, 3, 2, 17)


def test_calendars_grow_to_where_the_plan_really_goes() -> None:
    rows = [task(f"A{n}", 900) for n in range(12)]
    links = [Dependency(f"A{n}", f"A{n + 1}", DependencyKind.FS) for n in range(11)]
    compiled, schedule = schedule_plans((plan_of(*rows, *links, calendars=(FIVE_DAYS,)),))
    assert from_tick(int(schedule.project_finish[0])).year == 2067
    assert compiled.remarks == ()


def test_an_activity_that_waits_for_itself_is_a_circle() -> None:
    with pytest.raises(PlanCycle) as told:
        schedule_plans((plan_of(task("A", 1), Dependency("A", "A")),))
    assert told.value.path == ("A", "A")
