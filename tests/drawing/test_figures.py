"""What a reader of each language sees for the same number."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from watchfloor.drawing import figures

NOW = datetime(2026, 11, 25, 14, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "28 Nov 2026"), ("de", "28.11.2026"), ("fr", "28 nov. 2026"), ("xx", "28 Nov 2026")]
)
def test_a_day_is_said_as_the_language_says_it(language: str, said: str) -> None:
    assert figures.day(date(2026, 11, 28), language) == said


def test_a_missing_date_is_empty() -> None:
    assert figures.day(None) == figures.moment(None) == figures.money(None, "EUR") == ""


def test_an_instant_is_shown_on_the_readers_clock() -> None:
    assert figures.moment(NOW, "Asia/Dubai") == "25 Nov 2026 18:32"
    assert figures.clock(NOW, "no/where") == "14:32"


def test_money_keeps_the_digits_of_its_currency() -> None:
    assert figures.money(1999, "EUR", "en") == "€19.99"
    assert figures.money(1999, "JPY", "en").endswith("1,999")
    assert figures.money(5_390_000_000, "EUR", "en", compact=True) == "€53.9M"


def test_large_amounts_lose_their_cents() -> None:
    assert figures.money(1_234_567, "EUR", "en") == "€12,346"


def test_a_negative_number_has_a_true_minus_and_never_a_negative_zero() -> None:
    assert figures.number(-4) == "−4"
    assert figures.number(-0.001, digits=2) == "0.00"


@pytest.mark.parametrize(("days", "said"), [(24.2, "+24 d"), (0.3, "on plan"), (-4, "−4 d"), (None, "")])
def test_a_slip_says_late_early_or_on_plan(days: float | None, said: str) -> None:
    assert figures.slip(days) == said


@pytest.mark.parametrize(("minutes", "said"), [(5.2, "6 min"), (70, "1 h 10"), (600, "10 h"), (-3, "0 min")])
def test_a_length_uses_its_largest_units(minutes: float, said: str) -> None:
    assert figures.length(minutes) == said


def test_freshness_is_coarse_and_never_in_the_future() -> None:
    assert figures.ago(NOW - timedelta(minutes=4), NOW) == "4\u00a0min"
    assert figures.ago(NOW - timedelta(days=3), NOW) == "3\u00a0d"
    assert figures.ago(NOW + timedelta(hours=1), NOW) == "now"


@pytest.mark.parametrize(("octets", "said"), [(999, "999 bytes"), (18_200, "18\u202fkB"), (5_400_000, "5.4\u202fMB")])
def test_a_size_is_said_in_its_unit(octets: int, said: str) -> None:
    assert figures.size(octets) == said
