"""Working days of the sample's calendars, so that the generator can schedule in whole days.

All sample calendars work the same eight hours, and all durations and lags are whole days. Arithmetic on days is
therefore exactly what the engine does on ticks.

Days are integers counted from ``ORIGIN``. A *boundary* is the midnight at which a day begins: work that ends on day
``f`` ends at boundary ``f + 1``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from watchfloor.calendars.patterns import public_holidays, weekend
from watchfloor.plans.document import CalendarException, Shift, WorkCalendar

ORIGIN = date(2000, 1, 3)  # a Monday
_HOUR = 600
DAY_SHIFTS = (Shift(8 * _HOUR, 12 * _HOUR), Shift(13 * _HOUR, 17 * _HOUR))
TICKS_PER_WORKDAY = 8 * _HOUR
WORK_BEGINS = time(8, 0)
WORK_ENDS = time(17, 0)


def to_day(when: date) -> int:
    return (when - ORIGIN).days


def to_date(day: int) -> date:
    return ORIGIN + timedelta(days=day)


def starts_at(day: int) -> datetime:
    """The moment work begins on the day, on the plan's wall clock."""
    return datetime.combine(to_date(day), WORK_BEGINS)


def ends_at(boundary: int) -> datetime:
    """The moment work ends on the day before the boundary."""
    return datetime.combine(to_date(boundary - 1), WORK_ENDS)


@dataclass(frozen=True, slots=True)
class WorkDays:
    """Which days are worked between two days, with both directions as tables."""

    first: int
    before: tuple[int, ...]  # working days before each day, counted from ``first``
    days: tuple[int, ...]  # the day of each working day

    def next(self, boundary: int) -> int:
        """First working day at or after the boundary."""
        return self.days[self.before[boundary - self.first]]

    def index(self, boundary: int) -> int:
        """Working days before the boundary."""
        return self.before[boundary - self.first]

    def end_after(self, start: int, count: int) -> int:
        """Boundary at which ``count`` working days from ``start`` are done; ``start`` itself for none."""
        if count <= 0:
            return start
        return self.days[self.before[start - self.first] + count - 1] + 1

    def between(self, a: int, b: int) -> int:
        """Working days from boundary ``a`` to boundary ``b``, negative when ``b`` is earlier."""
        return self.before[b - self.first] - self.before[a - self.first]


@dataclass(frozen=True, slots=True)
class SampleCalendar:
    """One calendar in both forms: as the plan states it, and as tables."""

    plan: WorkCalendar
    days: WorkDays


def make_calendar(
    key: str,
    name: str,
    *,
    country: str,
    region: str,
    first: date,
    last: date,
    six_days: bool = False,
    shutdowns: tuple[tuple[date, date, str], ...] = (),
) -> SampleCalendar:
    """Working time of a country between two days: its weekend, its holidays and the site's own shutdowns.

    A six-day week works the first day of the weekend too, as sites do.
    """
    days_of_rest = weekend(country)
    rest = frozenset(sorted(days_of_rest)[1:]) if six_days else days_of_rest
    week = tuple(() if weekday in rest else DAY_SHIFTS for weekday in range(7))
    off = {each.on for each in public_holidays(country, region, first, last)}
    exceptions = [CalendarException(a, b, (), "Public holiday") for a, b in _runs(sorted(off))]
    for a, b, why in shutdowns:
        exceptions.append(CalendarException(a, b, (), why))
        off.update(a + timedelta(days=i) for i in range((b - a).days + 1))
    span = (last - first).days + 1
    start = to_day(first)
    works = np.array([(start + i) % 7 not in rest for i in range(span)])
    for day in off:
        if first <= day <= last:
            works[(day - first).days] = False
    before = np.concatenate(([0], np.cumsum(works)))
    days = np.flatnonzero(works) + start
    return SampleCalendar(
        WorkCalendar(key=key, name=name, week=week, exceptions=tuple(exceptions), hours_per_day=8.0),
        WorkDays(start, tuple(int(n) for n in before), tuple(int(n) for n in days)),
    )


def _runs(days: list[date]) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
