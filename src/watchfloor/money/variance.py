"""Cost variance across borders: performance, price and exchange, which sum exactly. No Django, no float.

With EV at locked rates and AC as it was booked, all in one currency:

    EV − AC = (EV − P)  +  (P − L)  +  (L − AC)
              performance   price      exchange

L is what was spent at the *locked* rates, P the same quantities at their *planned prices* and locked rates. Where a
cost names no quantity, P = L for it: its price cannot be told from its performance, and is not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from watchfloor.money.amount import minor_digits


@dataclass(frozen=True, slots=True)
class CostVariance:
    """Three parts of one cost variance in minor units; positive is better than planned."""

    performance: int
    price: int
    exchange: int

    @property
    def total(self) -> int:
        return self.performance + self.price + self.exchange

    def __add__(self, other: CostVariance) -> CostVariance:
        return CostVariance(
            self.performance + other.performance, self.price + other.price, self.exchange + other.exchange
        )


def cost_variance(
    *, earned_minor: int, actual_minor: int, at_locked_rates: Fraction, at_planned_prices: Fraction
) -> CostVariance:
    """Split earned − actual into its three parts, each off by less than one minor unit, the sum by none.

    Args:
        earned_minor, actual_minor: EV at locked rates and AC at the rates it was booked with.
        at_locked_rates: what was spent at locked rates; at_planned_prices: its quantities at planned prices.
    """
    exact = (
        earned_minor - at_planned_prices,
        at_planned_prices - at_locked_rates,
        at_locked_rates - actual_minor,
    )
    return CostVariance(*round_to_sum(exact, earned_minor - actual_minor))


def summed(parts: Iterable[CostVariance]) -> CostVariance:
    """The parts of a total: the sums of the parts, so that no line has to be corrected for it."""
    whole = CostVariance(0, 0, 0)
    for part in parts:
        whole = whole + part
    return whole


def exact_value(minor: int, base: str, quote: str, rate: Decimal) -> Fraction:
    """Minor units of ``quote`` for those of ``base``, not rounded."""
    return Fraction(minor) * Fraction(rate) * Fraction(10) ** (minor_digits(quote) - minor_digits(base))


def round_to_sum(exact: Sequence[Fraction], total: int) -> list[int]:
    """Whole numbers next to exact ones that sum to their sum (largest remainder; ties go to the earlier one)."""
    assert sum(exact) == total, "the parts are of the total"
    whole = [floor(each) for each in exact]
    left = total - sum(whole)
    by_remainder = sorted(range(len(exact)), key=lambda index: (whole[index] - exact[index], index))
    for index in by_remainder[:left]:
        whole[index] += 1
    return whole
