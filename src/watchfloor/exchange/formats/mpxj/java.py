"""Java values → ours: None stays None, durations become ticks, amounts minor units."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from watchfloor.exchange.formats.values import DURATION_TICKS_MAX, MINOR_MAX, Moments, minor_digits
from watchfloor.plans.document import TICKS_PER_MINUTE

_CLOCK_MINUTES = {
    "MINUTES": 1.0,
    "HOURS": 60.0,
    "ELAPSED_MINUTES": 1.0,
    "ELAPSED_HOURS": 60.0,
    "ELAPSED_DAYS": 1440.0,
    "ELAPSED_WEEKS": 10_080.0,
    "ELAPSED_MONTHS": 43_200.0,
    "ELAPSED_YEARS": 525_600.0,
}


def text(value: Any) -> str:
    return "" if value is None else str(value)


def real(value: Any) -> float | None:
    """A Java number as a finite float."""
    if value is None:
        return None
    found = float(value.doubleValue()) if hasattr(value, "doubleValue") else float(value)
    return found if math.isfinite(found) else None


def day(value: Any) -> date | None:
    try:
        return None if value is None else date.fromisoformat(str(value))
    except ValueError:
        return None


class Units:
    """Durations of one project: its own minutes per day, week, month and year."""

    def __init__(self, properties: Any, currency: str, moments: Moments) -> None:
        per_day = real(properties.getMinutesPerDay()) or 480.0
        per_week = real(properties.getMinutesPerWeek()) or 2400.0
        per_month = real(properties.getMinutesPerMonth()) or per_day * 20
        per_year = real(properties.getMinutesPerYear()) or per_month * 12
        self.minutes_per_day = per_day if 0 < per_day <= 1440 else 480.0
        self._minutes = {
            **_CLOCK_MINUTES,
            "DAYS": self.minutes_per_day,
            "WEEKS": per_week,
            "MONTHS": per_month,
            "YEARS": per_year,
        }
        self._scale = 10 ** minor_digits(currency)
        self._moments = moments

    def ticks(self, duration: Any, *, bound: int = DURATION_TICKS_MAX) -> int | None:
        """Ticks of a duration; None for none, for percentages, and beyond the bound."""
        if duration is None:
            return None
        minutes = self._minutes.get(unit_of(duration))
        amount = float(duration.getDuration())
        if minutes is None or not math.isfinite(amount):
            return None
        value = round(amount * minutes * TICKS_PER_MINUTE)
        return value if abs(value) <= bound else None

    def minor(self, amount: Any) -> int | None:
        value = real(amount)
        return None if value is None else self.minor_of(value)

    def minor_of(self, amount: float) -> int | None:
        scaled = amount * self._scale
        return round(scaled) if abs(scaled) < MINOR_MAX else None

    def minutes_of(self, unit: str) -> float | None:
        """Minutes of one unit of time; None for percentages."""
        return self._minutes.get(unit)

    def moment(self, value: Any, place: str | Callable[[], str]) -> datetime | None:
        return None if value is None else self._moments.read(str(value), place)


def unit_of(duration: Any) -> str:
    return str(duration.getUnits().name())


def is_elapsed(duration: Any) -> bool:
    return duration is not None and unit_of(duration).startswith("ELAPSED")
