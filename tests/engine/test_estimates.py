"""Estimates at completion: every method by a worked example, its own reason when it cannot be given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor_engine.earned import Figure, Withheld, earned_schedule, earned_value
from watchfloor_engine.estimates import EacMethod, Estimate, TimeMethod, cost_estimates, recent_cpi, time_estimates

PV = [100, 250, 450, 700, 900, 1000]
VALUE = earned_value(bac=1000, pv=500, ev=400, ac=450)
TIME = earned_schedule(PV, 400, at=4, pd=6)
SHARE = st.just(0.0) | st.floats(1e-4, 1)
HISTORY = [(0.0, 0.0), (100.0, 90.0), (180.0, 200.0), (300.0, 320.0), (400.0, 450.0)]


def by_method(found: tuple[Estimate, ...]) -> dict[str, Estimate]:
    return {each.method: each for each in found}


def test_the_published_example_by_every_method_of_cost() -> None:
    found = by_method(cost_estimates(VALUE, spi_t=TIME.spi_t, history=HISTORY, own=1180))
    assert list(found) == list(EacMethod)
    assert {name: each.value.value for name, each in found.items()} == pytest.approx(
        {
            "cpi": 1125.0,
            "remaining_as_planned": 1050.0,
            "cpi_spi": 1293.75,
            "weighted": 450 + 600 / (0.8 * 400 / 450 + 0.2 * 0.8),  # 1138.78
            "recent_cpi": 450 + 600 / (300 / 360),  # 1170
            "cpi_spi_t": 450 + 600 / (400 / 450 * 0.6875),  # 1431.82
            "own": 1180.0,
        }
    )
    assert found["weighted"].value.value == pytest.approx(1138.776, abs=5e-4)
    assert found["recent_cpi"].value.value == pytest.approx(1170.0)
    needed = {name: each.needed.value for name, each in found.items()}
    assert (needed["cpi"], needed["remaining_as_planned"]) == pytest.approx((0.8889, 1.0), abs=5e-5)
    assert needed["cpi_spi"] == pytest.approx(0.711, abs=5e-4)
    assert needed["own"] == pytest.approx(600 / 730)


def test_the_published_example_by_every_method_of_time() -> None:
    found = by_method(time_estimates(TIME, VALUE.cpi))
    assert list(found) == list(TimeMethod)
    assert found["spi_t"].value.value == pytest.approx(8.727, abs=5e-4)
    assert found["as_planned"].value.value == pytest.approx(4 + 3.25)
    assert found["sci"].value.value == pytest.approx(4 + 3.25 / (400 / 450 * 0.6875))
    assert found["as_planned"].needed.value == pytest.approx(1.0)
    assert found["spi_t"].needed.value == pytest.approx(0.6875)


def test_every_method_says_what_it_lacks() -> None:
    found = by_method(cost_estimates(VALUE))
    assert found["recent_cpi"].value.withheld is Withheld.NO_HISTORY
    assert found["cpi_spi_t"].value.withheld is Withheld.NO_PLAN
    assert found["own"].value.withheld is Withheld.NOT_SAID
    assert found["own"].needed.withheld is Withheld.NOT_SAID
    unknown = by_method(cost_estimates(earned_value(bac=1000, pv=500, ev=400, ac=None), spi_t=TIME.spi_t))
    reasons = {each.value.withheld for name, each in unknown.items() if name != "own"}
    assert reasons == {Withheld.NO_ACTUAL_COST}
    idle = by_method(cost_estimates(earned_value(bac=1000, pv=500, ev=0, ac=50), history=HISTORY))
    assert idle["cpi_spi"].value.withheld is Withheld.NOTHING_EARNED
    assert idle["weighted"].value.withheld is Withheld.NOTHING_EARNED
    assert idle["remaining_as_planned"].value.value == 1050
    early = by_method(cost_estimates(earned_value(bac=1000, pv=0, ev=10, ac=10)))
    assert early["weighted"].value.withheld is Withheld.NOTHING_PLANNED
    spent = by_method(cost_estimates(VALUE, own=450))
    assert spent["own"].needed.withheld is Withheld.BUDGET_SPENT


def test_the_last_periods_need_as_many_periods() -> None:
    assert recent_cpi(HISTORY).value == pytest.approx(300 / 360)
    assert recent_cpi(HISTORY[-3:]).withheld is Withheld.NO_HISTORY
    assert recent_cpi([(0, 0), (1, 5), (2, 5), (3, 5), (9, 5)]).withheld is Withheld.NOTHING_SPENT
    assert recent_cpi([(0, 0), (5, 1), (5, 2), (5, 3), (5, 9)]).withheld is Withheld.NOTHING_EARNED
    assert recent_cpi([(0, 0), (5, 1), (5, 2), (4, 3), (3, 9)]).withheld is Withheld.NOTHING_EARNED
    assert recent_cpi([(0, 0), (1, 0), (2, 0), (3, 1)]).value == 3.0


def test_time_estimates_are_withheld_with_the_reason_of_what_they_need() -> None:
    nothing = by_method(time_estimates(earned_schedule([], 0, at=1), VALUE.cpi))
    assert {each.value.withheld for each in nothing.values()} == {Withheld.NO_PLAN}
    uncosted = by_method(time_estimates(TIME, Figure(None, Withheld.NO_ACTUAL_COST)))
    assert uncosted["sci"].value.withheld is Withheld.NO_ACTUAL_COST
    done = by_method(time_estimates(earned_schedule(PV, 1000, at=8), VALUE.cpi))
    assert done["as_planned"].value.value == 8
    assert done["as_planned"].needed.withheld is Withheld.OVERDUE


@given(ev=st.floats(1, 999), at=st.floats(0.1, 20))
def test_dividing_the_planned_duration_is_the_same_as_dividing_what_is_left(ev: float, at: float) -> None:
    time = earned_schedule(PV, ev, at=at, pd=6)
    assert time.es.value is not None
    assert time.spi_t.value is not None
    assert time.ieac_t.value == pytest.approx(at + (6 - time.es.value) / time.spi_t.value)


@given(
    bac=st.floats(1, 1e9), pv=SHARE, ev=SHARE, ac=SHARE, spi_t=SHARE,
)  # fmt: skip
def test_an_estimate_is_a_number_or_a_reason_and_reaches_its_own_target(
    bac: float, pv: float, ev: float, ac: float, spi_t: float
) -> None:
    value = earned_value(bac=bac, pv=pv * bac, ev=ev * bac, ac=ac * bac)
    for each in cost_estimates(value, spi_t=Figure(spi_t)):
        assert (each.value.value is None) == (each.value.withheld is not None)
        assert (each.needed.value is None) == (each.needed.withheld is not None)
        if each.value.value is not None and each.needed.value is not None and value.ac is not None:
            assert each.needed.value * (each.value.value - value.ac) == pytest.approx(bac - ev * bac, abs=1e-6 * bac)
