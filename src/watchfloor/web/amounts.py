"""Amounts as people type them, in units of the currency, and as they are stored, in its smallest ones."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import get_currency_precision


def major(minor: int | None, currency: str) -> str:
    """What a field shows: plain digits with the decimals of the currency; empty for no amount."""
    return "" if minor is None else str(Decimal(minor).scaleb(-get_currency_precision(currency)))


def minor(major: Decimal | None, currency: str) -> int | None:
    """What is stored of a typed amount."""
    return None if major is None else int(major.scaleb(get_currency_precision(currency)).to_integral_value())
