"""Earned value and earned schedule: the published vectors, and what is withheld."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor_engine.calendars import compile_calendar, pack, to_tick
from watchfloor_engine.earned import (
    Figure,
    Withheld,
    earned_by_time,
    earned_schedule,
    earned_value,
    planned_value,
    total,
)
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import MISSING

PV = [100, 250, 450, 700, 900, 1000]


def test_the_published_example_gives_every_figure() -> None:
    figures = earned_value(bac=1000, pv=500, ev=400, ac=450)
    assert figures.cpi.value == pytest.approx(0.8889, abs=5e-5)
    assert figures.spi.value == pytest.approx(0.8)
    assert (figures.cv.value, figures.sv.value) == (-50, -100)
    assert figures.eac_cpi.value == pytest.approx(1125)
    assert figures.eac_remaining.value == pytest.approx(1050)
    assert figures.eac_cpi_spi.value == pytest.approx(1293.75)
    assert figures.vac.value == pytest.approx(-125)
    assert figures.tcpi_bac.value == pytest.approx(1.0909, abs=5e-5)
    assert figures.tcpi_eac.value == pytest.approx(0.8889, abs=5e-5)
    assert figures.tcpi_to(1050).value == pytest.approx(1.0)
    assert figures.tcpi_to(1293.75).value == pytest.approx(0.711, abs=5e-4)


def test_values_of_different_dates_are_never_divided() -> None:
    figures = earned_value(bac=1000, pv=500, ev=400, ac=380, ev_tick=2000, ac_tick=1000)
    assert figures.cpi == Figure(None, Withheld.DATES_DIFFER)
    assert figures.eac_cpi.withheld is Withheld.DATES_DIFFER
    assert figures.spi.value == pytest.approx(0.8)  # PV and EV are of one date


def test_without_actual_cost_nothing_is_derived_from_plan_or_earnings() -> None:
    figures = earned_value(bac=1000, pv=500, ev=400, ac=None)
    assert figures.sv.value == -100  # plan and earnings are enough for this one
    assert figures.cpi.withheld is Withheld.NO_ACTUAL_COST
    assert figures.tcpi_to(900).withheld is Withheld.NO_ACTUAL_COST
    assert not figures.eac_remaining


@pytest.mark.parametrize(
    ("bac", "pv", "ev", "ac", "field", "reason"),
    [
        (1000, 0, 0, 0, "spi", Withheld.NOTHING_PLANNED),
        (1000, 100, 50, 0, "cpi", Withheld.NOTHING_SPENT),
        (1000, 100, 0, 50, "eac_cpi", Withheld.NOTHING_EARNED),
        (1000, 900, 800, 1000, "tcpi_bac", Withheld.BUDGET_SPENT),
        (0, 0, 0, 10, "cpi", Withheld.NO_BUDGET),
    ],
)
def test_what_cannot_be_computed_says_why(
    bac: float, pv: float, ev: float, ac: float, field: str, reason: Withheld
) -> None:
    assert getattr(earned_value(bac=bac, pv=pv, ev=ev, ac=ac), field) == Figure(None, reason)


def test_earned_schedule_follows_the_published_example() -> None:
    result = earned_schedule(PV, 400, at=4, pd=6)
    assert result.es.value == pytest.approx(2.75)
    assert result.spi_t.value == pytest.approx(0.6875)
    assert result.ieac_t.value == pytest.approx(8.727, abs=5e-4)
    assert result.tspi.value == pytest.approx(1.625)
    assert result.sv_t.value == pytest.approx(-1.25)


def test_a_late_finish_shows_in_time_but_no_longer_in_money() -> None:
    money = earned_value(bac=1000, pv=1000, ev=1000, ac=1000)
    time = earned_schedule(PV, 1000, at=8)
    assert money.spi.value == 1.0
    assert time.spi_t.value == pytest.approx(0.75)
    assert time.pd == 6
    assert time.tspi.withheld is Withheld.OVERDUE


def test_earned_schedule_withholds_what_has_no_meaning() -> None:
    assert earned_schedule([], 0, at=1).es.withheld is Withheld.NO_PLAN
    assert earned_schedule(PV, 0, at=0).spi_t.withheld is Withheld.NOT_STARTED
    assert earned_schedule(PV, 0, at=2).ieac_t.withheld is Withheld.NOTHING_EARNED
    with pytest.raises(EngineError):
        earned_schedule([100, 90], 50, at=1)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12), st.floats(0, 1))
def test_earning_exactly_what_was_planned_is_earned_schedule_one(steps: list[int], share: float) -> None:
    planned = np.cumsum(steps).astype(float)
    if planned[-1] == 0:
        return
    at = share * len(steps)
    curve = np.concatenate(([0.0], planned))
    ev = float(np.interp(at, np.arange(curve.size), curve))
    es = earned_schedule(planned, ev, at=max(at, 1e-9)).es.value
    assert es is not None
    assert float(np.interp(es, np.arange(curve.size), curve)) == pytest.approx(ev, abs=1e-6)


def test_planned_value_is_spread_over_working_time() -> None:
    week = [[(4800, 7200), (7800, 10200)]] * 5 + [[], []]
    calendars = pack([compile_calendar(week, [], first_day=8760, last_day=8800)])

    def at(day: int, hour: int) -> int:
        return to_tick(datetime(2024, 1, day, hour))

    ticks = [at(1, 8), at(3, 12), at(5, 17), at(7, 12), at(8, 17), at(20, 0)]
    values = planned_value(
        start=[MISSING, at(1, 8), at(5, 8)], finish=[at(9, 17), at(5, 17), at(9, 17)], cost=[77, 1000, 300],
        calendar=[1, 1, 1], calendars=calendars, ticks=ticks,
    )  # fmt: skip
    assert values == pytest.approx([0, 500, 1100, 1100, 1200, 1300])
    point = earned_by_time([at(3, 17)], [at(3, 17)], [50], 1, calendars, [at(3, 16), at(3, 17)])
    assert point.tolist() == [[0, 50]]


def test_totals_are_ratios_of_sums_and_unknown_cost_stays_unknown() -> None:
    parts = [earned_value(bac=1000, pv=500, ev=400, ac=450), earned_value(bac=9000, pv=100, ev=100, ac=50)]
    assert total(parts).cpi.value == pytest.approx(1.0)
    assert total([*parts, earned_value(bac=1, pv=1, ev=1, ac=None)]).cpi.withheld is Withheld.NO_ACTUAL_COST
