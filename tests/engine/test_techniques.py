"""Earning techniques: each by a worked example, and what holds for all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor_engine.earned import Withheld
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.techniques import EarnedShares, Technique, earned_shares, milestones

BY_EVENTS = [Technique.ZERO_HUNDRED, Technique.FIFTY_FIFTY, Technique.QUARTER, Technique.START_SHARE]


def shares(technique: Technique, **more: object) -> EarnedShares:
    known: dict[str, object] = {"started": True, "finished": False, "percent": 40.0, "planned": 0.7, **more}
    return earned_shares(technique=[technique], **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("technique", "waiting", "under_way", "done"),
    [
        (Technique.ZERO_HUNDRED, 0.0, 0.0, 1.0),
        (Technique.FIFTY_FIFTY, 0.0, 0.5, 1.0),
        (Technique.QUARTER, 0.0, 0.25, 1.0),
        (Technique.START_SHARE, 0.0, 0.1, 1.0),
        (Technique.PERCENT, 0.4, 0.4, 1.0),
        (Technique.LEVEL_OF_EFFORT, 0.7, 0.7, 0.7),
    ],
)
def test_each_technique_earns_by_its_own_rule(
    technique: Technique, waiting: float, under_way: float, done: float
) -> None:
    said = {"start_share": 0.1}
    assert shares(technique, started=False, **said).share == pytest.approx([waiting])
    assert shares(technique, **said).share == pytest.approx([under_way])
    assert shares(technique, finished=True, **said).share == pytest.approx([done])


def test_weighted_milestones_earn_the_weight_reached_by_the_data_date() -> None:
    # Weights 2, 1, 1, 1 with the first one reached: 40 %, the example of P6's own help.
    steps = milestones([0, 0, 0, 0], [2, 1, 1, 1], [100, 500, MISSING, MISSING])
    assert shares(Technique.MILESTONES, steps=steps, at=200).share == pytest.approx([0.4])
    assert shares(Technique.MILESTONES, steps=steps, at=500).share == pytest.approx([0.6])
    assert shares(Technique.MILESTONES, steps=steps).share == pytest.approx([0.6])
    # What finished without its last milestones has not earned them.
    assert shares(Technique.MILESTONES, steps=steps, at=200, finished=True).share == pytest.approx([0.4])


def test_units_earn_the_quantity_done_and_never_more_than_planned() -> None:
    assert shares(Technique.UNITS, units_done=30, units_planned=120).share == pytest.approx([0.25])
    assert shares(Technique.UNITS, units_done=130, units_planned=120).share == pytest.approx([1.0])


def test_apportioned_work_follows_its_base_through_a_chain() -> None:
    kinds = [Technique.APPORTIONED, Technique.APPORTIONED, Technique.PERCENT]
    result = earned_shares(
        technique=kinds, started=True, finished=False, percent=[0, 0, 30], planned=0.0, base=[1, 2, -1]
    )
    assert result.share == pytest.approx([0.3, 0.3, 0.3])
    assert not result.withheld
    first = earned_shares(
        technique=kinds[::-1], started=True, finished=False, percent=[30, 0, 0], planned=0.0, base=[-1, 0, 1]
    )
    assert first.share == pytest.approx([0.3, 0.3, 0.3])
    assert not first.withheld


@pytest.mark.parametrize(("planned", "earned"), [(-0.5, 0.0), (1.5, 1.0)])
def test_level_of_effort_earns_between_nothing_and_all(planned: float, earned: float) -> None:
    assert shares(Technique.LEVEL_OF_EFFORT, planned=planned).share == pytest.approx([earned])


def test_what_a_technique_lacks_is_said_and_earns_nothing() -> None:
    kinds = [Technique.MILESTONES, Technique.UNITS, Technique.APPORTIONED, Technique.APPORTIONED, Technique.APPORTIONED,
             Technique.APPORTIONED]  # fmt: skip
    result = earned_shares(
        technique=kinds, started=True, finished=True, percent=100, planned=1.0, base=[-1, -1, -1, 4, 3, 0]
    )
    assert result.share.tolist() == [0.0] * 6
    assert result.withheld == {
        0: Withheld.NO_MILESTONES,
        1: Withheld.NO_QUANTITY,
        2: Withheld.NO_BASE,  # goes along with nothing
        3: Withheld.NO_BASE,  # a circle
        4: Withheld.NO_BASE,
        5: Withheld.NO_BASE,  # its base earns nothing by itself
    }


def test_an_apportioned_activity_that_leads_into_a_circle_is_withheld_too() -> None:
    kinds = [Technique.APPORTIONED] * 4
    result = earned_shares(technique=kinds, started=True, finished=False, percent=50, planned=0.0, base=[1, 2, 1, 9])
    assert result.withheld == dict.fromkeys(range(4), Withheld.NO_BASE)


def test_milestones_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(EngineError):
        milestones([0, 0], [1], [5, 6])
    with pytest.raises(EngineError):
        milestones([0], [-1], [5])


@given(
    technique=st.sampled_from([Technique.PERCENT, *BY_EVENTS, Technique.UNITS, Technique.MILESTONES]),
    progress=st.lists(st.floats(0, 1), min_size=2, max_size=2).map(sorted),
    share=st.floats(0, 1),
    weights=st.lists(st.floats(0.1, 9), min_size=1, max_size=5),
)
def test_more_progress_never_earns_less(
    technique: Technique, progress: list[float], share: float, weights: list[float]
) -> None:
    steps = milestones([0] * len(weights), weights, [round(1000 * (k + 1) / len(weights)) for k in range(len(weights))])
    earned = [
        float(
            shares(
                technique, started=each > 0, finished=each >= 1, percent=100 * each, start_share=share, steps=steps,
                at=round(1000 * each), units_done=50 * each, units_planned=50,
            ).share[0]
        )
        for each in progress
    ]  # fmt: skip
    assert 0.0 <= earned[0] <= earned[1] <= 1.0


@given(
    budgets=st.lists(st.integers(0, 10**9), min_size=1, max_size=8),
    planned=st.floats(0, 1),
    percent=st.floats(-50, 150),
)
def test_earned_value_stays_within_the_budget_and_level_of_effort_shows_no_schedule_variance(
    budgets: list[int], planned: float, percent: float
) -> None:
    kinds = [Technique.LEVEL_OF_EFFORT if k % 2 else Technique.PERCENT for k in range(len(budgets))]
    result = earned_shares(technique=kinds, started=True, finished=False, percent=percent, planned=planned)
    earned = np.array(budgets) * result.share
    assert (earned <= np.array(budgets)).all()
    effort = np.array(kinds) == Technique.LEVEL_OF_EFFORT
    assert (earned[effort] - np.array(budgets)[effort] * planned == 0).all()
