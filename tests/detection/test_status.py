"""The computed status gets worse at once, and better only after two consecutive forecasts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watchfloor.detection.scale import Severity
from watchfloor.detection.status import Standing, step

looks = st.lists(st.tuples(st.sampled_from(Severity), st.integers(0, 2)), min_size=1, max_size=30)


def after(*seen: tuple[Severity, int]) -> Standing:
    standing = None
    for severity, forecast_id in seen:
        standing = step(standing, severity, forecast_id)
    assert standing is not None
    return standing


def test_worse_counts_at_once() -> None:
    assert after((Severity.ON_TRACK, 1), (Severity.CRITICAL, 1)).severity == Severity.CRITICAL


def test_better_counts_after_two_forecasts_in_a_row() -> None:
    assert after((Severity.AT_RISK, 1), (Severity.ON_TRACK, 2)).severity == Severity.AT_RISK
    assert after((Severity.AT_RISK, 1), (Severity.ON_TRACK, 2), (Severity.ON_TRACK, 3)).severity == Severity.ON_TRACK


def test_looking_twice_at_one_forecast_is_not_two_forecasts() -> None:
    seen = after((Severity.AT_RISK, 1), (Severity.ON_TRACK, 2), (Severity.ON_TRACK, 2), (Severity.ON_TRACK, 2))
    assert seen.severity == Severity.AT_RISK


def test_a_relapse_starts_the_count_again() -> None:
    seen = after((Severity.AT_RISK, 1), (Severity.ON_TRACK, 2), (Severity.AT_RISK, 3), (Severity.ON_TRACK, 4))
    assert (seen.severity, seen.better_seen) == (Severity.AT_RISK, 1)


def test_it_gets_only_as_good_as_the_worse_of_the_two() -> None:
    assert after((Severity.CRITICAL, 1), (Severity.WATCH, 2), (Severity.ON_TRACK, 3)).severity == Severity.WATCH


@given(looks)
def test_it_is_never_better_than_what_is_found_now(seen: list[tuple[Severity, int]]) -> None:
    standing, forecast_id = None, 0
    for severity, moved in seen:
        forecast_id += moved
        standing = step(standing, severity, forecast_id)
        assert standing.severity >= severity


@given(st.sampled_from(Severity), st.sampled_from(Severity))
def test_two_calm_forecasts_always_bring_it_down(before: Severity, now: Severity) -> None:
    standing = after((before, 1), (now, 2), (now, 3))
    assert standing.severity == now
