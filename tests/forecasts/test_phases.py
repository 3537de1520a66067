"""Planned, earned and spent per period, level of effort apart, and every estimate of a file beside the others."""

from __future__ import annotations

from datetime import datetime

import pytest
from small_plans import DAY, MONDAY, plan_of, task

from watchfloor.forecasts.performance import PlannedRow, measure, over_plan
from watchfloor.forecasts.phases import EffortApart, PeriodValue, effort_apart, values_by_period
from watchfloor.forecasts.readings import Readings
from watchfloor.forecasts.scheduling import schedule_plans
from watchfloor.plans.document import ActivityKind, Earning, EarningTechnique, Plan
from watchfloor_engine.calendars import to_tick
from watchfloor_engine.phasing import BACK_LOADED, BELL, FRONT_LOADED, LINEAR

FRIDAY = datetime(2026, 3, 6, 17)
NEXT_FRIDAY = datetime(2026, 3, 13, 17)


def row(cost: int | None, finish: datetime = NEXT_FRIDAY) -> PlannedRow:
    return PlannedRow(MONDAY, finish, 10 * DAY, cost)


def under_way(key: str, percent: float, spent: int | None, **fields: object):  # type: ignore[no-untyped-def]
    return task(key, 10, actual_start=MONDAY, percent_complete=percent, actual_cost_minor=spent, **fields)


def told(
    plan: Plan, rows: dict[str, PlannedRow], at: datetime = FRIDAY
) -> tuple[tuple[PeriodValue, ...], EffortApart | None, Readings]:
    compiled, _schedule = schedule_plans((plan,))
    baseline, readings = over_plan(compiled, rows), Readings()
    performance = measure(compiled, baseline, to_tick(at), readings)
    periods = values_by_period(compiled, baseline, performance, to_tick(at))
    return periods, effort_apart(compiled, baseline, performance), readings


def test_a_plan_of_two_weeks_is_told_by_weeks_up_to_its_data_date() -> None:
    periods, _effort, _readings = told(
        plan_of(under_way("A", 40, 45_001), data_date=FRIDAY), {"A": row(100_000), "GONE": row(1_000)}
    )
    assert [each.end for each in periods] == [datetime(2026, 3, 9), datetime(2026, 3, 16)]
    assert [each.planned_minor for each in periods] == [50_500, 50_500]
    assert [(each.earned_minor, each.actual_minor) for each in periods] == [(40_000, 45_001), (None, None)]
    assert periods[-1].planned_to_date_minor == 101_000


def test_progress_before_the_data_date_is_spread_and_sums_to_what_is_recorded() -> None:
    at = datetime(2026, 3, 11, 12)  # 7.5 of 10 days
    periods, _effort, readings = told(
        plan_of(under_way("A", 100 / 3, 10_000), under_way("B", 50, 3), data_date=at), {"A": row(1_000), "B": row(501)}
        , at=at,
    )  # fmt: skip
    assert sum(each.planned_minor for each in periods) == 1_501
    assert periods[-1].earned_to_date_minor == readings.value("ev_minor")
    assert periods[-1].actual_to_date_minor == readings.value("ac_minor") == 10_003
    assert periods[0].actual_minor == round(10_003 * 5 / 7.5)


def test_a_long_plan_is_told_by_months_and_unknown_cost_stays_unknown() -> None:
    periods, _effort, _readings = told(
        plan_of(under_way("A", 10, None), data_date=FRIDAY), {"A": row(1_000_000, datetime(2026, 9, 30, 17))}
    )
    assert [each.start.month for each in periods] == [3, 4, 5, 6, 7, 8, 9]
    assert sum(each.planned_minor for each in periods) == 1_000_000
    assert {each.actual_minor for each in periods} == {None}


def test_level_of_effort_stands_apart_and_shows_no_schedule_variance() -> None:
    plan = plan_of(task("L", 10, kind=ActivityKind.LEVEL_OF_EFFORT), under_way("A", 40, 0), data_date=FRIDAY)
    periods, effort, readings = told(plan, {"L": row(2_000), "A": row(10_000)})
    assert effort == EffortApart(10_000, 5_000, 4_000, 2_000, 1_000)
    assert effort.spi == pytest.approx(0.8)
    assert readings.value("ev_minor") == periods[0].earned_minor == 5_000
    assert told(plan, {"A": row(10_000)})[1] is None
    declared = plan_of(
        under_way("L", 90, 0, earning=Earning(EarningTechnique.LEVEL_OF_EFFORT)),
        under_way("A", 40, 0),
        data_date=FRIDAY,
    )
    again, apart, _readings = told(declared, {"L": row(2_000), "A": row(10_000)})
    assert (apart, again[0].earned_minor) == (effort, 5_000)


def test_without_budgets_or_dates_there_are_no_periods() -> None:
    assert told(plan_of(under_way("A", 40, 0), data_date=FRIDAY), {"A": row(None)})[0] == ()
    assert told(plan_of(under_way("A", 40, 0), data_date=FRIDAY), {"A": PlannedRow(None, None, None, 100)})[0] == ()
    assert told(plan_of(under_way("A", 0, 0), data_date=FRIDAY), {"A": row(0)})[0] == ()


def test_time_in_which_nothing_happens_is_left_out_at_both_ends() -> None:
    rows = {"A": row(1_000), "B": PlannedRow(datetime(2026, 2, 2, 8), datetime(2026, 4, 24, 17), 60 * DAY, 0)}
    periods, _effort, _readings = told(plan_of(under_way("A", 40, 0), task("B", 60), data_date=FRIDAY), rows)
    assert [each.end for each in periods] == [datetime(2026, 3, 9), datetime(2026, 3, 16)]


def test_a_finished_plan_ends_with_its_last_work() -> None:
    done = task("A", 10, actual_start=MONDAY, actual_finish=datetime(2026, 3, 20, 17), actual_cost_minor=900)
    later = datetime(2026, 6, 1, 8)
    periods, _effort, _readings = told(plan_of(done, data_date=later), {"A": row(1_000)}, at=later)
    assert [each.planned_minor for each in periods] == [500, 500, 0]
    assert periods[-1].end == datetime(2026, 3, 23)
    assert (periods[-1].earned_to_date_minor, periods[-1].actual_to_date_minor) == (1_000, 900)


def test_a_curve_spreads_every_budget_and_its_sum_stays() -> None:
    compiled, _schedule = schedule_plans((plan_of(under_way("A", 40, 0), data_date=FRIDAY),))
    for curve, half in ((LINEAR, 55_000), (FRONT_LOADED, 82_500), (BACK_LOADED, 27_500), (BELL, 55_000)):
        baseline, readings = over_plan(compiled, {"A": row(100_000), "GONE": row(10_000)}, curve=curve), Readings()
        performance = measure(compiled, baseline, to_tick(FRIDAY), readings)
        periods = values_by_period(compiled, baseline, performance, to_tick(FRIDAY))
        assert readings.value("pv_minor") == periods[0].planned_minor == half
        assert periods[-1].planned_to_date_minor == 110_000
