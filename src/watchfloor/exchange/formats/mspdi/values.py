"""The words and numbers of MSPDI: ISO durations, time units, amounts in hundredths."""

from __future__ import annotations

import re

from watchfloor.exchange.formats.values import DURATION_TICKS_MAX, minor_digits, number
from watchfloor.plans.document import TICKS_PER_MINUTE

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
# Codes of LagFormat and DurationFormat that count the clock instead of working time, and those in percent.
ELAPSED = frozenset({4, 6, 8, 10, 12, 20, 36, 38, 40, 42, 44, 52})
PERCENT = frozenset({19, 20, 51, 52})


def duration(text: str, *, bound: int = DURATION_TICKS_MAX) -> int | None:
    """``PT8H30M0S`` → ticks; None for empty text, nonsense or more than the bound."""
    match = _DURATION.fullmatch(text) if text else None
    if match is None or len(text) > 60:
        return None
    parts = {name: float(value) for name, value in match.groupdict().items() if value and name != "sign"}
    # Only days and below have a length of their own; MS Project writes hours, minutes and seconds.
    if "years" in parts or "months" in parts:
        return None
    minutes = parts.get("days", 0.0) * 1440 + parts.get("hours", 0.0) * 60 + parts.get("minutes", 0.0)
    value = round((minutes + parts.get("seconds", 0.0) / 60) * TICKS_PER_MINUTE)
    if value > bound:
        return None
    return -value if match["sign"] else value


def tenths(text: str) -> int | None:
    """Tenths of a minute, which are our ticks; slack, lag and delay are written so."""
    value = number(text)
    return round(value) if value is not None and abs(value) <= DURATION_TICKS_MAX else None


def amount(text: str, currency: str) -> int | None:
    """An amount in hundredths of the currency's main unit → minor units."""
    value = number(text)
    if value is None or abs(value) > 1e17:
        return None
    scale: int = 10 ** minor_digits(currency)
    return round(value / 100 * scale)


def code_number(text: str) -> int:
    """A code of the format; -1 when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
