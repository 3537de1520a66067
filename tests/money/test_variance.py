"""Cost variance in three parts that sum exactly: by hand, and as a law."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from watchfloor.money.variance import CostVariance, cost_variance, exact_value, summed

minors = st.integers(-(10**13), 10**13)
shares = st.fractions(max_denominator=10**6).map(lambda share: share * 10**4)


def test_a_weak_dollar_and_dear_welders_are_told_from_slow_work() -> None:
    """100 h planned at 50 USD, locked at 0.90; 60 h worked at 55 USD, booked at 0.95; half of the work is earned."""
    earned = 225_000  # 2,500 USD at 0.90 = 2,250.00 EUR
    spent = 330_000  # 60 h × 55 USD in cents
    actual = int(exact_value(spent, "USD", "EUR", Decimal("0.95")))
    locked = exact_value(spent, "USD", "EUR", Decimal("0.90"))
    planned = exact_value(300_000, "USD", "EUR", Decimal("0.90"))  # 60 h × 50 USD
    split = cost_variance(earned_minor=earned, actual_minor=actual, at_locked_rates=locked, at_planned_prices=planned)
    assert split == CostVariance(performance=-45_000, price=-27_000, exchange=-16_500)
    assert split.total == earned - actual == -88_500


@given(st.lists(st.tuples(minors, minors, shares, shares), min_size=1, max_size=40))
def test_the_parts_sum_exactly_per_line_and_in_total(rows: list[tuple[int, int, Fraction, Fraction]]) -> None:
    splits = [
        cost_variance(earned_minor=ev, actual_minor=ac, at_locked_rates=locked, at_planned_prices=planned)
        for ev, ac, locked, planned in rows
    ]
    for split, (ev, ac, locked, planned) in zip(splits, rows, strict=True):
        assert split.total == ev - ac
        assert abs(split.performance - (ev - planned)) < 1
        assert abs(split.price - (planned - locked)) < 1
        assert abs(split.exchange - (locked - ac)) < 1
    assert summed(splits).total == sum(ev - ac for ev, ac, _locked, _planned in rows)


@given(minors, st.decimals("0.0001", "10000", places=6), st.sampled_from(("EUR", "JPY", "KWD")))
def test_exact_values_keep_what_rounding_would_lose(minor: int, rate: Decimal, currency: str) -> None:
    there = exact_value(minor, currency, "EUR", rate)
    assert there / Fraction(rate) == exact_value(minor, currency, "EUR", Decimal(1))
