"""Weekends and public holidays of countries and their regions, as plain days.

Source: the ``holidays`` library. It follows official announcements where there are some; days that hang on the moon
are estimates until then and are marked so. Limits: no half days, no company holidays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays

from watchfloor.kit.errors import Invalid

MAX_YEARS = 160
_SATURDAY_SUNDAY = frozenset({5, 6})
# The United Arab Emirates moved their weekend; the library knows only the new one.
_EMIRATES_MOVED_ON = date(2022, 1, 1)


@dataclass(frozen=True, slots=True)
class Holiday:
    """One public day off; ``is_estimated`` when it hangs on a moon not yet sighted."""

    on: date
    name: str
    is_estimated: bool


def weekend(country: str, on: date | None = None) -> frozenset[int]:
    """Weekdays off in a country, Monday being 0; Saturday and Sunday where nothing else is known."""
    if country == "AE" and on is not None and on < _EMIRATES_MOVED_ON:
        return frozenset({4, 5})
    return _weekend(country)


def country_week(country: str, on: date | None = None) -> tuple[bool, ...]:
    """Whether each day from Monday to Sunday is a working one."""
    off = weekend(country, on)
    return tuple(day not in off for day in range(7))


def public_holidays(country: str, region: str, first: date, last: date) -> tuple[Holiday, ...]:
    """Public holidays from ``first`` to ``last``, in order; none for a country that is unknown."""
    _check_span(first, last)
    found = [each for year in range(first.year, last.year + 1) for each in _of_year(country, region, year)[0]]
    return tuple(each for each in found if first <= each.on <= last)


def moved_working_days(country: str, region: str, first: date, last: date) -> frozenset[date]:
    """Weekend days on which a country works in exchange for a bridge day elsewhere."""
    _check_span(first, last)
    years = range(first.year, last.year + 1)
    return frozenset(on for year in years for on in _of_year(country, region, year)[1] if first <= on <= last)


def is_working_day(country: str, region: str, on: date) -> bool:
    """Whether people of the country work on the day."""
    off, moved = _of_year(country, region, on.year)
    if on in moved:
        return True
    return on.weekday() not in weekend(country, on) and all(each.on != on for each in off)


def working_days(country: str, region: str, first: date, last: date) -> tuple[date, ...]:
    """Every working day from ``first`` to ``last``."""
    off = {each.on for each in public_holidays(country, region, first, last)}
    moved = moved_working_days(country, region, first, last)
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return tuple(on for on in days if on in moved or (on.weekday() not in weekend(country, on) and on not in off))


def knows(country: str, region: str = "") -> bool:
    """Whether holidays of the country (and region) are known."""
    known = holidays.list_supported_countries()
    return country in known and (not region or region in known[country])


@lru_cache(maxsize=256)
def _weekend(country: str) -> frozenset[int]:
    if not country or not knows(country):
        return _SATURDAY_SUNDAY
    return frozenset(int(day) for day in holidays.country_holidays(country).weekend) or _SATURDAY_SUNDAY


@lru_cache(maxsize=2048)
def _of_year(country: str, region: str, year: int) -> tuple[tuple[Holiday, ...], frozenset[date]]:
    """Holidays and moved working days of one year; an unknown region has its country's."""
    if not country or not knows(country):
        return (), frozenset()
    table = holidays.country_holidays(country, subdiv=region if region and knows(country, region) else None, years=year)
    days = tuple(Holiday(on, name, "estimated" in name) for on, name in sorted(table.items()) if on.year == year)
    return days, frozenset(on for on in table.weekend_workdays if on.year == year)


def _check_span(first: date, last: date) -> None:
    if last < first or last.year - first.year > MAX_YEARS:
        raise Invalid(f"A span of holidays runs forwards and over at most {MAX_YEARS} years.")
