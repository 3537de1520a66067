"""Weekends and public holidays of countries and their regions, as plain days, with an organisation's own days on top.

Sources: the ``holidays`` library; for countries it does not know, the weekend of Unicode's CLDR. Days that hang on the
moon are estimates until they are announced, and are marked so. A region may name a site behind a slash (``BY/MUC``):
it has the region's holidays, and own days may be given for the site alone. Limits: what is a holiday for some people
only (a confession, a profession) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays
from babel import Locale, UnknownLocaleError
from holidays.constants import HALF_DAY

from watchfloor.kit.errors import Invalid

MAX_YEARS = 160
_SATURDAY_SUNDAY = frozenset({5, 6})
# The United Arab Emirates moved their weekend; the library knows only the new one.
_EMIRATES_MOVED_ON = date(2022, 1, 1)
# Half days there are for women, the young, children and soldiers.
_HALF_FOR_SOME = frozenset({"CN"})
_ESTIMATED = re.compile(r"\(([^)]*, )?estimated\)")
_FROM = re.compile(r"\(from (\d{1,2})(am|pm)\)")
_SHORTENED = re.compile(r"\(workday shortened by (\d{1,2}) hours?\)")
_ENDS, _NOON = time(17), time(13)

CLOSED, WORKS, SHORT = "closed", "works", "short"
YEARS = range(1984, 2150)  # the span plans may use


@dataclass(frozen=True, slots=True)
class Holiday:
    """One public day off; ``is_estimated`` when it hangs on a moon not yet sighted."""

    on: date
    name: str
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class ShortDay:
    """A working day that ends early."""

    on: date
    name: str
    ends: time


@dataclass(frozen=True, slots=True)
class OwnDay:
    """What an organisation says about a day itself: closed, works, or short with when it ends."""

    kind: str
    name: str
    ends: time | None = None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of a country's year with its reason.

    ``kind`` is working, weekend, holiday, short (a working day that ends early) or made_up (a weekend day that is
    worked in exchange for another); ``is_own`` when the organisation says so rather than the country.
    """

    on: date
    kind: str
    name: str = ""
    is_estimated: bool = False
    is_own: bool = False
    ends: time | None = None

    @property
    def is_worked(self) -> bool:
        return self.kind in ("working", "short", "made_up")


# How an organisation's own days of a country and region are found; set once the database is there.
OwnDays = Callable[[str, str], Mapping[date, OwnDay]]
_own_days: OwnDays = lambda _country, _region: {}  # noqa: E731 - replaced as a whole
_forget: list[Callable[[], None]] = []


def use_own_days(found_by: OwnDays) -> None:
    """Ask this for an organisation's own days from now on."""
    global _own_days  # noqa: PLW0603 - one organisation per process
    _own_days = found_by
    forget()


def kept_until_own_days_change(cache_clear: Callable[[], None]) -> None:
    """Whoever keeps what it computed from working days has it forgotten when an own day changes."""
    _forget.append(cache_clear)


def forget() -> None:
    """An own day changed: whatever was kept of working days is computed anew."""
    for each in _forget:
        each()


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
    """Days off from ``first`` to ``last`` in order, own closing days among them; only those for unknown countries."""
    _check_span(first, last)
    own = _own_days(country, region)
    found = {
        each.on: each
        for year in range(first.year, last.year + 1)
        for each in _of_year(country, region, year).holidays
        if first <= each.on <= last and (each.on not in own or own[each.on].kind == CLOSED)
    }
    for on, day in own.items():
        if day.kind == CLOSED and first <= on <= last:
            found[on] = Holiday(on, day.name, is_estimated=False)
    return tuple(found[on] for on in sorted(found))


def moved_working_days(country: str, region: str, first: date, last: date) -> frozenset[date]:
    """Weekend days that are worked: in exchange for a bridge day elsewhere, or because the organisation says so."""
    _check_span(first, last)
    years = range(first.year, last.year + 1)
    own = _own_days(country, region)
    moved = {on for year in years for on in _of_year(country, region, year).moved if first <= on <= last}
    added = {
        on
        for on, day in own.items()
        if day.kind != CLOSED and first <= on <= last and on.weekday() in weekend(country, on)
    }
    return frozenset((moved - {on for on in moved if on in own and own[on].kind == CLOSED}) | added)


def short_days(country: str, region: str, first: date, last: date) -> tuple[ShortDay, ...]:
    """Working days that end early, in order; those that end after the usual close of work are none."""
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    if not _has_short_days(country, region):
        return ()
    found = (calendar_day(country, region, on) for on in days)
    return tuple(ShortDay(each.on, each.name, each.ends) for each in found if each.kind == "short" and each.ends)


def is_working_day(country: str, region: str, on: date) -> bool:
    """Whether people of the country work on the day, be it for half of it."""
    return calendar_day(country, region, on).is_worked


def working_days(country: str, region: str, first: date, last: date) -> tuple[date, ...]:
    """Every working day from ``first`` to ``last``."""
    off = {each.on for each in public_holidays(country, region, first, last)}
    moved = moved_working_days(country, region, first, last)
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return tuple(on for on in days if on in moved or (on.weekday() not in weekend(country, on) and on not in off))


def calendar_day(country: str, region: str, on: date) -> CalendarDay:
    """One day with its reason. An own day goes before what the country says."""
    is_weekend = on.weekday() in weekend(country, on)
    own = _own_days(country, region).get(on)
    if own is not None:
        if own.kind == CLOSED:
            return CalendarDay(on, "holiday", own.name, is_own=True)
        if own.kind == SHORT:
            return CalendarDay(on, "short", own.name, is_own=True, ends=own.ends or _NOON)
        return CalendarDay(on, "made_up" if is_weekend else "working", own.name, is_own=True)
    year = _of_year(country, region, on.year)
    if on in year.moved:
        return CalendarDay(on, "made_up", year.moved[on])
    holiday = year.by_day.get(on)
    if holiday is not None:
        return CalendarDay(on, "holiday", holiday.name, is_estimated=holiday.is_estimated)
    if is_weekend:
        return CalendarDay(on, "weekend")
    short = year.short.get(on)
    if short is not None and short.ends < _ENDS:
        return CalendarDay(on, "short", short.name, ends=short.ends)
    return CalendarDay(on, "working")


def check_year(year: int) -> None:
    """Let a year pass that plans may use.

    Raises:
        Invalid: no year between 1984 and 2149.
    """
    if year not in YEARS:
        raise Invalid("A year between 1984 and 2149.", place="year")


def calendar_year(country: str, region: str, year: int) -> tuple[CalendarDay, ...]:
    """Every day of a year with its reason.

    Raises:
        Invalid: no year between 1984 and 2149.
    """
    check_year(year)
    first = date(year, 1, 1)
    length = (date(year + 1, 1, 1) - first).days
    return tuple(calendar_day(country, region, first + timedelta(days=step)) for step in range(length))


def knows(country: str, region: str = "") -> bool:
    """Whether holidays of the country (and region) are known."""
    known = _supported()
    return country in known and (not _public(region) or _public(region) in known[country])


def countries() -> tuple[str, ...]:
    """Codes of the countries whose holidays are known, two letters each."""
    return tuple(sorted(code for code in _supported() if len(code) == 2))


def regions(country: str) -> tuple[str, ...]:
    """Codes of the regions of a country whose holidays are known."""
    return tuple(_supported().get(country, ()))


@dataclass(frozen=True, slots=True)
class _Year:
    """One year of a country as the library tells it."""

    holidays: tuple[Holiday, ...]
    by_day: Mapping[date, Holiday]
    moved: Mapping[date, str]  # worked weekend day → why
    short: Mapping[date, ShortDay]


_NOTHING = _Year((), {}, {}, {})


def _public(region: str) -> str:
    """The region without the site behind the slash."""
    return region.partition("/")[0]


@lru_cache(maxsize=1)
def _supported() -> Mapping[str, list[str]]:
    return holidays.list_supported_countries()


@lru_cache(maxsize=256)
def _weekend(country: str) -> frozenset[int]:
    if not country:
        return _SATURDAY_SUNDAY
    if knows(country):
        return frozenset(int(day) for day in holidays.country_holidays(country).weekend) or _SATURDAY_SUNDAY
    try:
        place = Locale.parse(f"und_{country}")
    except (UnknownLocaleError, ValueError):
        return _SATURDAY_SUNDAY
    first, last = place.weekend_start, place.weekend_end
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


@lru_cache(maxsize=2048)
def _of_year(country: str, region: str, year: int) -> _Year:
    """Holidays, moved working days and short days of one year; an unknown region has its country's."""
    if not country or not knows(country):
        return _NOTHING
    table = _table(country, region, year)
    days = tuple(
        Holiday(on, name, _ESTIMATED.search(name) is not None) for on, name in sorted(table.items()) if on.year == year
    )
    moved = {on: "" for on in table.weekend_workdays if on.year == year}
    return _Year(days, {each.on: each for each in days}, moved, _short_of_year(country, region, year))


def _short_of_year(country: str, region: str, year: int) -> Mapping[date, ShortDay]:
    if not _has_half_days(country):
        return {}
    table = _table(country, region, year, categories=(HALF_DAY,))
    return {on: ShortDay(on, name, _end_of(name)) for on, name in sorted(table.items()) if on.year == year}


@lru_cache(maxsize=256)
def _has_half_days(country: str) -> bool:
    if country in _HALF_FOR_SOME or not knows(country):
        return False
    return HALF_DAY in holidays.country_holidays(country).supported_categories


def _has_short_days(country: str, region: str) -> bool:
    return _has_half_days(country) or any(day.kind == SHORT for day in _own_days(country, region).values())


def _table(country: str, region: str, year: int, **more: object) -> holidays.HolidayBase:
    public = _public(region)
    subdivision = public if public and knows(country, public) else None
    # Without a language the library takes that of the server, and its mark of an estimate with it.
    spoken = holidays.country_holidays(country).supported_languages
    english = next((each for each in ("en_US", "en", *spoken) if each in spoken and each.startswith("en")), None)
    return holidays.country_holidays(country, subdiv=subdivision, years=year, language=english, **more)  # type: ignore[arg-type]


def _end_of(name: str) -> time:
    """When work ends on a half day, as its name says; at 13:00 when it says nothing."""
    if said := _FROM.search(name):
        hour = int(said[1]) % 12 + (12 if said[2] == "pm" else 0)
        return time(hour)
    if said := _SHORTENED.search(name):
        return (datetime.combine(date(2000, 1, 1), _ENDS) - timedelta(hours=int(said[1]))).time()
    return _NOON


def _check_span(first: date, last: date) -> None:
    if last < first or last.year - first.year > MAX_YEARS:
        raise Invalid(f"A span of holidays runs forwards and over at most {MAX_YEARS} years.")
