"""Money: splits sum exactly, conversions round once, the rate that held on a day is found."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.money.amount import Money, convert, minor_digits, split
from watchfloor.money.operations import record_rates
from watchfloor.money.queries import NoRate, RateRecord, rate_on, rates_on

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.one_of(st.integers(0, 10**9), st.floats(0, 1e9)), min_size=1, max_size=50),
)
def test_shares_sum_to_the_amount_and_are_off_by_less_than_one(minor: int, weights: list[float]) -> None:
    shares = split(minor, weights)
    assert sum(shares) == minor
    if total := sum(map(Decimal, weights)):
        for share, weight in zip(shares, weights, strict=True):
            assert abs(share - minor * Decimal(weight) / total) <= 1


def test_a_hundred_euros_in_three_give_the_cent_to_the_first() -> None:
    assert split(10_000, [1, 1, 1]) == [3_334, 3_333, 3_333]
    assert split(-10_000, [1, 1, 1]) == [-3_334, -3_333, -3_333]
    assert split(5, [0, 0]) == [3, 2]
    with pytest.raises(Invalid):
        split(5, [])


def test_minor_units_follow_the_currency() -> None:
    assert (minor_digits("EUR"), minor_digits("JPY"), minor_digits("KWD")) == (2, 0, 3)
    assert convert(10_000, "EUR", "JPY", Decimal("162.5")) == 16_250
    assert convert(1_000, "KWD", "EUR", Decimal("3")) == 300
    assert convert(5, "EUR", "USD", Decimal("0.5")) == 2  # half to even
    assert Money(12_345, "KWD").major == Decimal("12.345")


def test_amounts_of_two_currencies_do_not_add_up() -> None:
    assert Money(1, "EUR") + Money(2, "EUR") == Money(3, "EUR")
    with pytest.raises(Invalid):
        Money(1, "EUR") + Money(2, "USD")


def row(base: str, quote: str, day: date, value: str) -> RateRecord:
    return RateRecord(base, quote, day, Decimal(value), "test")


@pytest.mark.django_db
def test_the_newest_rate_on_or_before_the_day_holds() -> None:
    record_rates(
        SYSTEM, [row("USD", "EUR", date(2026, 1, 1), "0.90"), row("USD", "EUR", date(2026, 2, 1), "0.95")], NOW
    )
    assert rate_on("USD", "EUR", date(2026, 1, 31)) == Decimal("0.90")
    assert rate_on("USD", "EUR", date(2026, 2, 1)) == Decimal("0.95")
    assert rate_on("EUR", "EUR", date(2020, 1, 1)) == 1
    with pytest.raises(NoRate):
        rate_on("USD", "EUR", date(2025, 12, 31))


@pytest.mark.django_db
def test_an_inverse_rate_serves_and_a_third_currency_bridges() -> None:
    record_rates(SYSTEM, [row("EUR", "USD", date(2026, 1, 1), "1.25"), row("EUR", "CHF", date(2026, 1, 1), "0.5")], NOW)
    assert rate_on("USD", "EUR", date(2026, 1, 2)) == Decimal("0.8")
    assert rate_on("USD", "CHF", date(2026, 1, 2)) == Decimal("0.4")


@pytest.mark.django_db
def test_rates_to_lock_come_in_one_query_without_the_unknown(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    record_rates(SYSTEM, [row("USD", "EUR", date(2026, 1, 1), "0.9")], NOW)
    with django_assert_num_queries(1):
        assert rates_on(["USD", "EUR", "XAF"], "EUR", date(2026, 2, 1)) == {"USD": Decimal("0.9"), "EUR": Decimal(1)}


@pytest.mark.django_db
def test_a_rate_for_the_same_day_replaces_and_nonsense_is_refused() -> None:
    day = date(2026, 1, 1)
    record_rates(SYSTEM, [row("USD", "EUR", day, "0.9")], NOW)
    record_rates(SYSTEM, [row("USD", "EUR", day, "0.8"), row("USD", "EUR", day, "0.7")], NOW)
    assert rate_on("USD", "EUR", day) == Decimal("0.7")
    for wrong in (row("USD", "EUR", day, "0"), row("USD", "EUR", day, "NaN"), row("EUR", "EUR", day, "1")):
        with pytest.raises(Invalid):
            record_rates(SYSTEM, [wrong], NOW)
    with pytest.raises(NotAllowed):
        record_rates(Viewer(1, "V"), [], NOW)
