"""Budgets over time: curves on calendars, periods, and sums that are exact."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor_engine.calendars import compile_calendar, pack, to_tick
from watchfloor_engine.earned import earned_by_time
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.phasing import BACK_LOADED, BELL, FRONT_LOADED, LINEAR, curve, per_period, phased, whole_units

CURVES = (LINEAR, FRONT_LOADED, BACK_LOADED, BELL)
WEEK = [[(4800, 7200), (7800, 10200)]] * 5 + [[], []]
CALENDARS = pack([compile_calendar(WEEK, [], first_day=8760, last_day=8860)])


def at(day: int, hour: int) -> int:
    return to_tick(datetime(2024, 1, day, hour))


def week(curves: int, ticks: list[int]) -> list[float]:
    """1,000 from Monday morning to the Friday of the next week: ten working days."""
    values = phased(
        start=[at(1, 8)], finish=[at(12, 17)], cost=[1000], calendar=1, calendars=CALENDARS, ticks=ticks,
        curves=CURVES, curve_of=curves,
    )  # fmt: skip
    return [float(each) for each in values[0]]


def test_each_curve_spreads_a_budget_over_working_time() -> None:
    ends = [at(1, 8), at(2, 17), at(5, 17), at(7, 12), at(12, 17)]  # 0, 2, 5, 5 and 10 of ten working days
    assert week(0, ends) == pytest.approx([0, 200, 500, 500, 1000])
    assert week(1, ends) == pytest.approx([0, 360, 750, 750, 1000])
    assert week(2, ends) == pytest.approx([0, 40, 250, 250, 1000])
    assert week(3, ends) == pytest.approx([0, 104, 500, 500, 1000])


def test_a_profile_of_21_points_uses_its_first_point_at_once_and_the_others_evenly() -> None:
    shape = curve([10, *[0] * 9, 40, *[0] * 9, 50])
    assert shape.by([0.0, 1e-9, 0.45, 0.475, 0.5, 0.95, 0.975, 1.0]) == pytest.approx(
        [0.0, 0.1, 0.1, 0.3, 0.5, 0.5, 0.75, 1.0]
    )
    with pytest.raises(EngineError):
        curve([1] * 20)
    with pytest.raises(EngineError):
        curve([-1, *[1] * 20])
    with pytest.raises(EngineError):
        curve([0] * 21)


def test_the_linear_curve_is_the_even_spread() -> None:
    start, finish = [at(1, 8), at(3, 17), MISSING], [at(9, 12), at(3, 17), at(9, 17)]
    ticks = [at(day, 15) for day in range(1, 15)]
    plain = earned_by_time(start, finish, [700, 50, 9], 1, CALENDARS, ticks)
    same = phased(start=start, finish=finish, cost=[700, 50, 9], calendar=1, calendars=CALENDARS, ticks=ticks)
    assert same == pytest.approx(plain)


def test_whole_amounts_go_to_the_largest_remainders() -> None:
    assert whole_units([[33.4, 33.3, 33.3], [0.5, 0.5, 0.0]]).tolist() == [[34, 33, 33], [1, 0, 0]]
    assert whole_units([[0.25, 0.25, 0.25, 0.25]]).tolist() == [[1, 0, 0, 0]]
    with pytest.raises(EngineError):
        whole_units([[1.0, -1.0]])


@given(
    costs=st.lists(st.integers(0, 10**12), min_size=1, max_size=6),
    points=st.lists(st.integers(0, 100), min_size=21, max_size=21).filter(any),
    ends=st.lists(st.integers(at(1, 0), at(31, 0)), min_size=1, max_size=9).map(sorted),
    kind=st.integers(0, 4),
)
def test_every_curve_sums_to_its_budget_period_by_period(
    costs: list[int], points: list[int], ends: list[int], kind: int
) -> None:
    cumulative = phased(
        start=[at(1 + 2 * k, 10) for k in range(len(costs))], finish=[at(12 + k, 15) for k in range(len(costs))],
        cost=costs, calendar=1, calendars=CALENDARS, ticks=[*ends, at(31, 0)],
        curves=(*CURVES, curve(points)), curve_of=kind,
    )  # fmt: skip
    steps = per_period(cumulative)
    assert (steps >= 0).all()
    periods = whole_units(steps)
    assert (periods >= 0).all()
    assert periods.sum(axis=1).tolist() == costs
    assert (np.abs(periods - steps) < 1 + 1e-3).all()


def test_one_row_of_cumulative_values_is_taken_apart_like_many() -> None:
    assert per_period([1.0, 3.0, 6.0]).tolist() == [1.0, 2.0, 3.0]
    assert per_period([[1.0, 3.0], [2.0, 2.0]]).tolist() == [[1.0, 2.0], [2.0, 0.0]]
