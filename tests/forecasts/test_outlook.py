"""The outlook of one plan: slip, float, confidence, ranges and milestones."""

from __future__ import annotations

from datetime import date, datetime

from small_plans import DAY, MONDAY, milestone, plan_of, task

from watchfloor.forecasts.outlook import Standard, look_ahead
from watchfloor.forecasts.performance import PlannedRow
from watchfloor.plans.document import Dependency, Plan, ThreePoint

EXACT = {"three_point": ThreePoint(10 * DAY, 10 * DAY, 10 * DAY)}


def chain(**fields: object) -> Plan:
    return plan_of(task("A", 10, **fields), milestone("M", is_committed=True), Dependency("A", "M"))


def planned(finish: datetime) -> dict[str, PlannedRow]:
    return {"A": PlannedRow(MONDAY, finish, 10 * DAY, 1_000), "M": PlannedRow(finish, finish, 0, None)}


def test_a_slip_is_counted_in_working_days() -> None:
    standard = Standard(planned(datetime(2026, 3, 11, 17)), "approved", original_finish=datetime(2026, 3, 9, 17))
    outlook = look_ahead(chain(), standard, seed=1, runs=50)
    assert outlook.schedule_finish == datetime(2026, 3, 13, 17)
    assert outlook.plan_finish == datetime(2026, 3, 11, 17)
    assert outlook.slip_days == 2
    assert outlook.readings["original_slip_days"].value == 4
    assert outlook.float_days == -2  # held to the baseline where nothing was promised


def test_a_promised_day_counts_whole() -> None:
    standard = Standard(planned(datetime(2026, 3, 11, 17)), "approved", committed_finish=date(2026, 3, 13))
    outlook = look_ahead(chain(**EXACT), standard, seed=1, runs=50)
    assert outlook.float_days == 0
    assert outlook.confidence == 1.0
    assert outlook.p50_finish == outlook.p80_finish == outlook.schedule_finish


def test_assumed_spread_makes_a_range_and_a_confidence() -> None:
    standard = Standard(planned(datetime(2026, 3, 13, 17)), "approved")
    outlook = look_ahead(chain(), standard, seed=1)
    assert outlook.schedule_finish is not None
    assert outlook.p50_finish is not None
    assert outlook.p80_finish is not None
    assert outlook.schedule_finish < outlook.p50_finish < outlook.p80_finish
    assert outlook.confidence is not None
    assert 0.1 < outlook.confidence < 0.45  # the triangle's share at its mode, 0.10 / 0.35, on one activity
    detail = outlook.readings["confidence"].detail["inputs"]
    assert (detail["assumed"], detail["estimated"], detail["runs"]) == (1, 0, 1000)


def test_the_same_inputs_give_the_same_outlook() -> None:
    standard = Standard(planned(datetime(2026, 3, 13, 17)), "approved")
    assert look_ahead(chain(), standard, seed=7) == look_ahead(chain(), standard, seed=7)


def test_a_milestone_is_held_to_its_deadline() -> None:
    plan = plan_of(
        task("A", 10), milestone("M", deadline=datetime(2026, 3, 12, 17)), Dependency("A", "M"), data_date=MONDAY
    )
    (found,) = look_ahead(plan, Standard(), seed=1, runs=200).milestones
    assert found.schedule == datetime(2026, 3, 13, 17)
    assert found.float_days == -1
    assert found.confidence is not None
    assert found.confidence < 0.2


def test_a_plan_without_a_baseline_still_says_where_it_ends() -> None:
    outlook = look_ahead(chain(), Standard(), seed=1, runs=50)
    assert outlook.schedule_finish == datetime(2026, 3, 13, 17)
    assert outlook.slip_days is None
    assert outlook.readings["slip_days"].reason == "no_baseline"
    assert outlook.readings["confidence"].reason == "no_target"


def test_a_circle_is_a_problem_and_no_exception() -> None:
    plan = plan_of(task("A", 1), task("B", 1), Dependency("A", "B"), Dependency("B", "A"))
    outlook = look_ahead(plan, Standard(), seed=1)
    assert outlook.problem["code"] == "plan.cycle"
    assert outlook.schedule_finish is None
    assert look_ahead(plan_of(), Standard(), seed=1).problem == {"code": "plan.empty"}


def test_drivers_and_floats_reach_the_columns() -> None:
    plan = plan_of(task("A", 5), task("B", 1), task("C", 2), Dependency("A", "C", lag_ticks=DAY), Dependency("B", "C"))
    columns = look_ahead(plan, Standard(), seed=1, runs=50).columns
    assert columns is not None
    assert columns["driver_offset"] == [0, 0, 0, 1]
    assert columns["driver_index"] == [0]
    assert columns["driver_link"] == ["FS+1d"]
    assert columns["total_float_days"] == [0.0, 5.0, 0.0]
    assert columns["critical"] == [1, 0, 1]
