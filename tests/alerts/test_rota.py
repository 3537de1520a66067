"""Rotas worked by hand: turns, nights, the sun, clock changes, and where nobody is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor.alerts.escalation.rota import Layer, Night, Override, Rota, Shift, gaps, on_duty, shifts

ADA, BEN, CHO = 1, 2, 3
ZONES = {ADA: "Europe/Amsterdam", BEN: "America/New_York", CHO: "Australia/Sydney"}
MONDAY = date(2026, 3, 2)


def utc(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


WEEKLY = Rota(1, layers=(Layer((ADA, BEN), MONDAY, "Europe/Amsterdam"),))


def test_turns_change_at_the_hour_of_the_layers_zone() -> None:
    assert on_duty(WEEKLY, ZONES, utc(3, 9, 7, 59)) == ADA  # 8:59 in Amsterdam
    assert on_duty(WEEKLY, ZONES, utc(3, 9, 8, 0)) == BEN
    assert on_duty(WEEKLY, ZONES, utc(3, 16, 8, 0)) == ADA


def test_the_hour_stays_the_same_on_the_wall_when_clocks_change() -> None:
    """Amsterdam goes to summer time on 29 March: nine o'clock is then 7:00 UTC."""
    assert on_duty(WEEKLY, ZONES, utc(3, 30, 6, 59)) == BEN
    assert on_duty(WEEKLY, ZONES, utc(3, 30, 7, 0)) == ADA


def test_before_its_first_turn_a_rota_has_nobody() -> None:
    assert on_duty(WEEKLY, ZONES, utc(3, 1)) is None


def test_a_watch_that_follows_the_sun_has_no_gap() -> None:
    """Eight hours in Sydney, ten in Amsterdam, eight in New York; each on its own clock, in winter and in summer."""
    rota = Rota(
        2,
        layers=(
            Layer((CHO,), MONDAY, "Australia/Sydney", begins=time(8), ends=time(18)),
            Layer((ADA,), MONDAY, "Europe/Amsterdam", begins=time(7), ends=time(17)),
            Layer((BEN,), MONDAY, "America/New_York", begins=time(9), ends=time(19)),
        ),
        night=Night(),
    )
    assert gaps(rota, ZONES, utc(3, 9), utc(4, 30)) == ()
    assert {each.person for each in shifts(rota, ZONES, utc(3, 9), utc(3, 10))} == {ADA, BEN, CHO}


def test_nobody_is_put_on_duty_in_their_own_night_and_the_next_layer_is_asked() -> None:
    rota = Rota(
        3,
        layers=(Layer((ADA,), MONDAY, "Europe/Amsterdam"), Layer((CHO,), MONDAY, "Australia/Sydney")),
        night=Night(),
    )
    assert on_duty(rota, ZONES, utc(3, 10, 12)) == ADA
    assert on_duty(rota, ZONES, utc(3, 10, 23)) == CHO  # midnight in Amsterdam, ten in the morning in Sydney


def test_hours_past_midnight_belong_to_the_weekday_they_began_on() -> None:
    friday_night = Layer((ADA,), MONDAY, "UTC", begins=time(22), ends=time(4), weekdays=frozenset({4}))
    rota = Rota(4, layers=(friday_night,))
    assert on_duty(rota, ZONES, utc(3, 7, 3)) == ADA  # Saturday, three in the morning
    assert on_duty(rota, ZONES, utc(3, 8, 3)) is None


def test_an_override_holds_for_its_span_and_a_swap_only_for_the_turns_it_is_about() -> None:
    swap = Override(CHO, utc(3, 2), utc(3, 20), instead_of=BEN)
    rota = Rota(5, layers=WEEKLY.layers, overrides=(swap,))
    assert on_duty(rota, ZONES, utc(3, 5, 12)) == ADA
    assert on_duty(rota, ZONES, utc(3, 12, 12)) == CHO
    assert on_duty(rota, ZONES, utc(3, 26, 12)) == BEN


def test_whoever_has_left_is_passed_over() -> None:
    assert on_duty(WEEKLY, {BEN: "America/New_York"}, utc(3, 5, 12)) is None


def test_gaps_are_spans_of_nobody() -> None:
    workdays = Layer((ADA,), MONDAY, "UTC", change_at=time(0), weekdays=frozenset(range(5)))
    found = gaps(Rota(6, layers=(workdays,)), ZONES, utc(3, 2), utc(3, 9))
    assert found == (Shift(None, utc(3, 7), utc(3, 9)),)


@given(
    begins=st.integers(0, 23),
    ends=st.integers(0, 23),
    zone=st.sampled_from(sorted(ZONES.values())),
    minutes=st.integers(0, 60 * 24 * 60),
    night=st.booleans(),
)
def test_shifts_say_what_on_duty_says_at_every_moment(
    begins: int, ends: int, zone: str, minutes: int, night: bool
) -> None:
    layers = (
        Layer((ADA, BEN), MONDAY, zone, shift_days=3, begins=time(begins), ends=time(ends)),
        Layer((CHO,), MONDAY, "Australia/Sydney", weekdays=frozenset({1, 3, 6})),
    )
    rota = Rota(7, layers=layers, night=Night() if night else None)
    at = utc(3, 3) + timedelta(minutes=minutes)
    (holding,) = [each for each in shifts(rota, ZONES, utc(3, 3), utc(5, 10)) if each.begins <= at < each.ends]
    assert holding.person == on_duty(rota, ZONES, at)


@pytest.mark.parametrize("days", [1, 500])
def test_looking_ahead_ends_somewhere(days: int) -> None:
    found = shifts(WEEKLY, ZONES, utc(3, 2), utc(3, 2) + timedelta(days=days))
    assert found[-1].ends <= utc(3, 2) + timedelta(days=400)
