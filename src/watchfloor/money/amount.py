"""Money as integer minor units with its currency: exact splits and conversions that round once. No Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache

from babel.numbers import get_currency_precision

from watchfloor.kit.errors import Invalid

# Twenty digits before the point and ten of a rate fit with room to spare.
_EXACT = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, fils, yen) of one currency."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    @property
    def major(self) -> Decimal:
        """The amount in whole units, exactly."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency), context=_EXACT)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise Invalid(f"{self.currency} and {other.currency} do not add up without a rate.")


@lru_cache(maxsize=512)
def minor_digits(currency: str) -> int:
    """Digits after the point: 2 for euros, 0 for yen, 3 for Kuwaiti dinars."""
    return get_currency_precision(currency)


def split(minor: int, weights: Sequence[int | float]) -> list[int]:
    """Shares of an amount in proportion to the weights, which sum to it exactly (largest remainder).

    Ties go to the earlier share. With all weights zero the shares are equal.

    Raises:
        Invalid: no weights, or a negative one.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise Invalid("A split needs weights, none of them negative.")
    exact = [Fraction(weight) for weight in weights]
    total = sum(exact)
    if total == 0:
        exact, total = [Fraction(1)] * len(exact), Fraction(len(exact))
    sign = -1 if minor < 0 else 1
    shares = [abs(minor) * weight / total for weight in exact]
    whole = [int(share) for share in shares]
    left = abs(minor) - sum(whole)
    by_remainder = sorted(range(len(shares)), key=lambda index: (whole[index] - shares[index], index))
    for index in by_remainder[:left]:
        whole[index] += 1
    return [sign * share for share in whole]


def convert(minor: int, base: str, quote: str, rate: Decimal) -> int:
    """Minor units of ``quote`` for minor units of ``base``; one of ``base`` costs ``rate`` of ``quote``.

    Rounds half to even, once.
    """
    shift = minor_digits(quote) - minor_digits(base)
    exact = _EXACT.multiply(Decimal(minor), rate).scaleb(shift, context=_EXACT)
    return int(exact.to_integral_value(rounding=ROUND_HALF_EVEN))


def in_main_units(minor: int | None, currency: str) -> Decimal | None:
    """An amount as a spreadsheet adds it up: 1234 cents are 12.34; None stays None."""
    return None if minor is None else Decimal(minor).scaleb(-minor_digits(currency))
