"""DCMA 14 points: one plan in which every point can be counted by hand, and the published vectors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pytest

from watchfloor_engine.calendars import CalendarSet, compile_calendar, pack, to_tick
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Constraint, Kind, Link, Network, build_network
from watchfloor_engine.options import Options
from watchfloor_engine.quality import (
    HardConstraints,
    Outcome,
    Quality,
    QualityInputs,
    Thresholds,
    assess_quality,
    cpli,
)
from watchfloor_engine.schedule import schedule

DAY = 4800


def at(day: str, hour: int = 17) -> int:
    return to_tick(datetime.fromisoformat(day)) + hour * 600


@pytest.fixture(scope="module")
def calendars() -> CalendarSet:
    week = [[(4800, 7200), (7800, 10200)]] * 5 + [[], []]
    return pack([compile_calendar(week, [], first_day=8700, last_day=8700 + 3000)])


def plan(**more: Any) -> Network:
    """0 done late; 1 done early; 2 open; 3 long; 4 parallel with float; 5 finish; 6 level of effort; 7 summary."""
    values: dict[str, Any] = {
        "kind": [0, 0, 0, 0, 0, Kind.FINISH_MILESTONE, Kind.LOE, Kind.SUMMARY],
        "calendar": [1] * 8,
        "duration_ticks": [5 * DAY, 2 * DAY, 3 * DAY, 60 * DAY, 2 * DAY, 0, DAY, 0],
        "remaining_ticks": [0, 0, 3 * DAY, 60 * DAY, 2 * DAY, 0, DAY, 0],
        "actual_start": [at("2024-01-01", 8), at("2024-01-01", 8)] + [MISSING] * 6,
        "actual_finish": [at("2024-01-08"), at("2024-01-02")] + [MISSING] * 6,
        "parent": [7] * 7 + [-1],
        "pred": [0, 2, 2, 3, 4, 0],
        "succ": [2, 3, 4, 5, 5, 6],
        "link": [Link.FS, Link.FS, Link.SS, Link.FS, Link.FS, Link.SS],
        "lag_ticks": [0, 0, DAY, 0, -DAY, 0],
        "lag_calendar": [1] * 6,
        "project_start": [at("2024-01-01", 8)],
        "data_date": [at("2024-01-09", 8)],
    }
    return build_network(**{**values, **more})


def assess(net: Network, calendars: CalendarSet, **inputs: Any) -> Quality:
    given = QualityInputs(ticks_per_day=np.full(net.size, float(DAY)), project_calendar=1, **inputs)
    return assess_quality(net, schedule(net, calendars), calendars, None, given)


def baseline(*days: str | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([MISSING if d is None else at(d) for d in days], dtype=np.int64)


def test_every_point_is_counted_as_by_hand(calendars: CalendarSet) -> None:
    due = baseline("2024-01-05", "2024-01-05", "2024-01-08", "2024-04-01", "2024-01-20", "2024-04-03", None, None)
    loaded = np.array([True, True, True, True, False, False, False, False])
    result = assess(plan(), calendars, baseline_finish=due, loaded=loaded)
    value = {p.code: p.value for p in result.points}
    assert [p.number for p in result.points] == list(range(1, 15))
    assert value["missing_logic"] == pytest.approx(1 / 4)  # 5 has no successor; 4 incomplete activities
    assert result["missing_logic"].offenders.tolist() == [5]
    assert value["leads"] == 1
    assert result["leads"].offenders.tolist() == [4]
    assert result["leads"].of_links
    assert value["lags"] == pytest.approx(1 / 5)
    assert result["lags"].of_links
    assert result["finish_start"].of_links
    assert value["finish_start"] == pytest.approx(4 / 5)
    assert value["hard_constraints"] == 0
    assert value["high_float"] == pytest.approx(1 / 4)  # 4 floats behind the 60 days
    assert result["high_float"].offenders.tolist() == [4]
    assert value["negative_float"] == 0
    assert result["high_duration"].offenders.tolist() == [3]
    assert value["invalid_dates"] == 0
    assert value["unloaded"] == pytest.approx(1 / 3)  # 4 of the three that last longer than nothing
    # Due: 0, 1 and 2. Late: 0 (finished late) and 2 (forecast later).
    assert value["missed"] == pytest.approx(2 / 3)
    assert result["missed"].offenders.tolist() == [0, 2]
    assert value["bei"] == pytest.approx(2 / 3)
    assert result["bei"].details["hit_rate"] == pytest.approx(1 / 3)
    assert value["critical_path_test"] == pytest.approx(1.0)
    assert result["critical_path_test"].outcome is Outcome.PASSED
    assert result["cpli"].definition == "baseline_finish"
    assert result["cpli"].value == pytest.approx((63 - 1) / 63)


def test_the_published_cpli_vectors_pass_and_fail() -> None:
    assert cpli(250, -10) == pytest.approx(0.96)
    assert cpli(250, -20) == pytest.approx(0.92)
    assert cpli(250, -10) >= Thresholds().cpli > cpli(250, -20)


@pytest.mark.parametrize(
    ("definition", "count"),
    [(HardConstraints.DCMA, 3), (HardConstraints.P6_MANDATORY, 1), (HardConstraints.TWO_SIDED, 2)],
)
def test_hard_constraints_are_counted_by_the_named_definition(
    calendars: CalendarSet, definition: HardConstraints, count: int
) -> None:
    kinds = [
        0, 0, Constraint.FINISH_NO_LATER, Constraint.START_ON, Constraint.MANDATORY_START, Constraint.START_NO_EARLIER,
        0, 0,
    ]  # fmt: skip
    net = plan(constraint=kinds, constraint_tick=[at("2024-02-01")] * 8)
    point = assess(net, calendars, hard_definition=definition)["hard_constraints"]
    assert point.offenders.size == count
    assert point.definition == definition.value


def test_actuals_after_the_data_date_are_invalid(calendars: CalendarSet) -> None:
    net = plan(data_date=[at("2024-01-05", 8)])
    point = assess(net, calendars)["invalid_dates"]
    assert point.value == 1
    assert point.offenders.tolist() == [0]
    assert point.outcome is Outcome.FAILED


def test_points_without_their_data_are_not_applicable_and_say_why(calendars: CalendarSet) -> None:
    result = assess(plan(data_date=[MISSING]), calendars)
    reasons = {p.code: p.reason for p in result.points if p.outcome is Outcome.NOT_APPLICABLE}
    assert reasons == {
        "invalid_dates": "no_data_date",
        "unloaded": "not_loaded",
        "missed": "no_baseline",
        "cpli": "no_target",
        "bei": "no_baseline",
    }


def test_an_imposed_finish_is_the_target_of_cpli(calendars: CalendarSet) -> None:
    point = assess(plan(must_finish=[at("2024-03-29")]), calendars)["cpli"]
    assert point.definition == "imposed_finish"
    assert point.details["float_days"] < 0
    assert point.outcome is Outcome.FAILED


def test_a_finish_that_a_constraint_holds_leaves_nothing_to_delay(calendars: CalendarSet) -> None:
    net = plan(
        constraint=[0, 0, 0, 0, 0, Constraint.MANDATORY_FINISH, 0, 0],
        constraint_tick=[MISSING] * 5 + [at("2024-06-03")] * 3,
    )
    point = assess(net, calendars)["critical_path_test"]
    assert point.outcome is Outcome.NOT_APPLICABLE
    assert point.offenders.size == 0


def test_a_finished_project_has_nothing_to_check(calendars: CalendarSet) -> None:
    net = build_network(
        kind=[0], calendar=[1], duration_ticks=[DAY], project_start=[at("2024-01-01", 8)],
        data_date=[at("2024-01-08", 8)],
        actual_start=[at("2024-01-01", 8)], actual_finish=[at("2024-01-01")],
    )  # fmt: skip
    result = assess(net, calendars)
    assert result["missing_logic"].reason == "no_activities"
    assert result["leads"].reason == "no_relationships"
    assert not result.failed


def test_the_limits_are_the_published_ones() -> None:
    assert Thresholds() == Thresholds(
        missing_logic=0.05, leads=0, lags=0.05, finish_start=0.9, hard_constraints=0.05, high_float=0.05,
        high_float_days=44, negative_float=0, high_duration=0.05, high_duration_days=44, invalid_dates=0, unloaded=0,
        missed=0.05, critical_path_test=0.95, cpli=0.95, bei=0.95,
    )  # fmt: skip


def test_every_point_keeps_its_number_and_side_whatever_it_lacks(calendars: CalendarSet) -> None:
    done = build_network(
        kind=[0], calendar=[1], duration_ticks=[DAY], project_start=[at("2024-01-01", 8)],
        data_date=[at("2024-01-08", 8)],
        actual_start=[at("2024-01-01", 8)], actual_finish=[at("2024-01-01")],
    )  # fmt: skip
    sides = {"finish_start", "critical_path_test", "cpli", "bei"}
    bare = plan(data_date=[MISSING])
    full = baseline("2024-01-05", "2024-01-05", "2024-01-08", "2024-04-01", "2024-01-20", "2024-04-03", None, None)
    late = np.array([MISSING] * 3 + [at("2024-04-01")] * 5)
    cases = (
        (done, {}),
        (bare, {}),
        (plan(), {}),
        (plan(), {"baseline_finish": full}),
        (plan(), {"baseline_finish": late}),
    )
    for net, inputs in cases:
        result = assess(net, calendars, **inputs)
        assert [point.number for point in result.points] == list(range(1, 15))
        assert {point.code for point in result.points if point.at_least} == sides
        for point in result.points:
            assert (point.value is None) == bool(point.reason) == (point.outcome is Outcome.NOT_APPLICABLE)
            assert point.value is not None or (point.base, point.offenders.size) == (0, 0)
    assert assess(done, calendars)["critical_path_test"].reason == "no_critical_path"
    assert assess(done, calendars, baseline_finish=baseline("2024-01-01"))["cpli"].reason == "finished"
    assert assess(plan(), calendars, baseline_finish=late)["missed"].reason == "no_baseline_due"


def test_invalid_dates_are_told_apart(calendars: CalendarSet) -> None:
    point = assess(plan(data_date=[at("2024-01-05", 8)]), calendars)["invalid_dates"]
    assert point.details == {"actual_after_data_date": 1, "forecast_before_data_date": 0}
    early = plan(manual_start=[MISSING] * 4 + [at("2024-01-02", 8)] + [MISSING] * 3)
    point = assess(early, calendars)["invalid_dates"]
    assert point.details == {"actual_after_data_date": 0, "forecast_before_data_date": 1}
    assert point.offenders.tolist() == [4]


def test_the_test_delay_ignores_an_expected_finish(calendars: CalendarSet) -> None:
    held = plan(expected_finish=[MISSING] * 3 + [at("2024-04-10")] + [MISSING] * 4)
    point = assess(held, calendars)["critical_path_test"]
    assert point.value == pytest.approx(1.0)
    assert point.details["moved_days"] == pytest.approx(600)


def test_a_planning_package_may_be_long(calendars: CalendarSet) -> None:
    package = np.array([False] * 3 + [True] + [False] * 4)
    point = assess(plan(), calendars, planning_package=package)["high_duration"]
    assert (point.offenders.tolist(), point.base) == ([], 3)
    shorter = np.array([MISSING] * 3 + [10 * DAY] + [MISSING] * 4)
    assert assess(plan(), calendars, baseline_duration=shorter)["high_duration"].offenders.tolist() == []


def test_what_finished_on_its_day_or_before_is_a_hit(calendars: CalendarSet) -> None:
    due = baseline("2024-01-08", "2024-01-05", "2024-01-08", None, None, None, None, None)
    assert assess(plan(), calendars, baseline_finish=due)["bei"].details["hit_rate"] == pytest.approx(2 / 3)


def test_a_finish_that_does_not_follow_fails_the_test_and_names_the_activity() -> None:
    # Where dates win over links, work that must finish by a day starts earlier instead of finishing later.
    until = to_tick(datetime(2024, 3, 1, 17))
    net = build_network(
        kind=[0, 0], calendar=[1, 1], duration_ticks=[5 * DAY, DAY], project_start=[at("2024-02-26", 8)],
        constraint=[Constraint.FINISH_NO_LATER, 0], constraint_tick=[until, MISSING],
    )  # fmt: skip
    week = [[(4800, 7200), (7800, 10200)]] * 5 + [[], []]
    calendars = pack([compile_calendar(week, [], first_day=7000, last_day=7000 + 3000)])
    options = Options(data_date_is_floor=False)
    given = QualityInputs(ticks_per_day=np.full(2, float(DAY)), project_calendar=1)
    point = assess_quality(net, schedule(net, calendars, options), calendars, options, given)["critical_path_test"]
    assert (point.value, point.outcome) == (0.0, Outcome.FAILED)
    assert point.offenders.tolist() == [0]


def test_calendars_too_short_for_the_delay_make_it_not_applicable_under_its_number() -> None:
    week = [[(4800, 7200), (7800, 10200)]] * 5 + [[], []]
    short = pack([compile_calendar(week, [], first_day=8700, last_day=8700 + 300)])
    point = assess(plan(), short)["critical_path_test"]
    assert (point.number, point.reason, point.outcome) == (12, "horizon", Outcome.NOT_APPLICABLE)
