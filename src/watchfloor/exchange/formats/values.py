"""Text of files → ticks, moments and money, with the bounds a plan keeps.

All functions return None for empty text and for values outside the bounds; the bounded ones tell ``remarks``.
"""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from watchfloor.exchange.formats.remarks import Remarks, words
from watchfloor.plans.document import TICKS_PER_HOUR

# The years in which MS Project and P6 plan; beyond them a date is a typing error or a sentinel.
FIRST_YEAR, LAST_YEAR = 1984, 2149
# A working duration of 400 years; more would leave the engine's axis.
DURATION_TICKS_MAX = 2**31 - 1
WORK_TICKS_MAX = 2**47
MINOR_MAX = 2**62

_NO_MINOR_UNIT = words(
    """
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    """
)
_THOUSANDTHS = words(
    """
    BHD IQD JOD KWD LYD OMR TND
    """
)


def minor_digits(currency: str) -> int:
    """Decimal digits of the currency's minor unit by ISO 4217; 2 for a currency not named."""
    if currency in _NO_MINOR_UNIT:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


def number(text: str) -> float | None:
    """A finite number with a decimal point, or None. Some tools write a decimal comma; that is understood."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        if text.count(",") != 1 or "." in text:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            return None
    return value if math.isfinite(value) else None


def ticks(hours: float | None, *, bound: int = DURATION_TICKS_MAX) -> int | None:
    """Hours → ticks of 0.1 minute, None beyond the bound."""
    if hours is None:
        return None
    value = round(hours * TICKS_PER_HOUR)
    return value if -bound <= value <= bound else None


def minor(text: str, currency: str) -> int | None:
    """An amount in major units → integer minor units, rounded half to even."""
    if not text:
        return None
    try:
        scaled = Decimal(text).scaleb(minor_digits(currency))
        if not scaled.is_finite() or abs(scaled) > MINOR_MAX:
            return None
        return int(scaled.quantize(Decimal(1)))
    except (InvalidOperation, ValueError):
        return None


def guid(text: str) -> str:
    """A globally unique id in its usual form; P6's XER writes its 16 bytes as base64. Other text stays as it is."""
    try:
        if len(text) == 22:
            return str(uuid.UUID(bytes_le=base64.b64decode(text + "==", validate=True)))
        return str(uuid.UUID(text)) if len(text) in {32, 36, 38} else text
    except ValueError:
        return text


def date_text(text: str) -> str:
    """A custom date as one form of text, ``2026-11-02T08:00``; what is no date stays as it is."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None).isoformat(timespec="minutes")
    except ValueError:
        return text


def in_years(moment: date) -> bool:
    return FIRST_YEAR <= moment.year <= LAST_YEAR


class Moments:
    """Reads wall-clock times; a date that is none, or lies outside the planning years, is left out and remarked."""

    def __init__(self, remarks: Remarks, prefix: str) -> None:
        self._remarks = remarks
        self._prefix = prefix
        self._known: dict[str, datetime | None] = {}

    def read(self, text: str, place: str | Callable[[], str]) -> datetime | None:
        """ISO-like text (``2025-03-17 11:39`` or with ``T``) → naive datetime."""
        if not text:
            return None
        if text in self._known:
            moment = self._known[text]
            if moment is not None:
                return moment
        named = place if isinstance(place, str) else place()
        try:
            moment = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
        except ValueError:
            self._remarks.note(f"{self._prefix}.bad_date", named, "Not a date; the value is left out.")
            moment = None
        else:
            if not in_years(moment):
                self._remarks.note(
                    f"{self._prefix}.date_out_of_range",
                    named,
                    f"A date outside {FIRST_YEAR}-{LAST_YEAR}; the value is left out.",
                )
                moment = None
        if len(self._known) < 100_000:
            self._known[text] = moment
        return moment
