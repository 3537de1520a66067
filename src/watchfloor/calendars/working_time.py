"""Working-time arithmetic for people: hours of a country's working days in a zone, with daylight saving in them.

Built on the engine's exact calendars: one tick is 0.1 minute, the axis is UTC, so an hour that the clock skips in
spring is no working time and one it repeats in autumn counts twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from watchfloor.calendars.patterns import is_working_day, kept_until_own_days_change, short_days, working_days
from watchfloor_engine.calendars import TICKS_PER_DAY, Calendar, compile_segments, from_tick, to_tick

DAY_STARTS = time(9)
DAY_ENDS = time(17)
_TICK = timedelta(seconds=6)
_FURTHEST_DAYS = 3660  # of a search for a working day


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The working hours of somebody or something in one country and zone, between two days."""

    country: str
    region: str
    zone: str
    first: date
    last: date
    starts: time
    ends: time
    calendar: Calendar

    def add_working(self, at: datetime, working: timedelta) -> datetime:
        """The moment once so much working time has passed since ``at``; aware, in UTC."""
        return _moment(self.calendar.add_work(_tick(at), round(working / _TICK)))

    def working_between(self, earlier: datetime, later: datetime) -> timedelta:
        """Working time from one moment to another; negative when the second lies before the first."""
        return self.calendar.work_between(_tick(earlier), _tick(later)) * _TICK

    def is_working(self, at: datetime) -> bool:
        """Whether somebody works at this moment."""
        return self.calendar.is_working(_tick(at))

    def is_working_day(self, on: date) -> bool:
        """Whether the day is a working one; any day, also outside the span."""
        return is_working_day(self.country, self.region, on)

    def add_working_days(self, on: date, count: int) -> date:
        """The working day ``count`` working days after the day (before it, if negative).

        Zero gives the day itself, or the next working day.
        """
        step = timedelta(days=1 if count >= 0 else -1)
        left, current = abs(count), on
        for _ in range(_FURTHEST_DAYS + 10 * left):
            if self.is_working_day(current) and (left == 0 or current != on):
                left -= 1 if current != on else 0
                if left <= 0:
                    return current
            current += step
        return current

    def working_days_between(self, earlier: date, later: date) -> int:
        """Working days after ``earlier`` up to and with ``later``; negative the other way round."""
        if later < earlier:
            return -self.working_days_between(later, earlier)
        if later == earlier:
            return 0
        return len(working_days(self.country, self.region, earlier + timedelta(days=1), later))

    def end_of(self, on: date) -> datetime:
        """When the working day ends, in UTC, whether or not it is a working one."""
        return datetime.combine(on, self.ends, ZoneInfo(self.zone)).astimezone(UTC)


@lru_cache(maxsize=512)
def working_calendar(
    country: str,
    region: str,
    zone: str,
    first: date,
    last: date,
    *,
    starts: time = DAY_STARTS,
    ends: time = DAY_ENDS,
) -> WorkingTime:
    """Working time of a country's working days, ``starts`` to ``ends`` on the zone's clock.

    Outside ``first``..``last`` every hour counts as working, so give a span with room on both sides.

    Raises:
        EmptyCalendar: there is no working day in the span.
        Invalid: the span runs backwards or is too long.
    """
    there = ZoneInfo(zone)
    days = working_days(country, region, first, last)
    opening = np.array([_tick(datetime.combine(on, starts, there)) for on in days], dtype=np.int64)
    short = {each.on: each.ends for each in short_days(country, region, first, last)}
    closing = np.array(
        [_tick(datetime.combine(on, max(starts, min(ends, short.get(on, ends))), there)) for on in days], dtype=np.int64
    )
    edge = to_tick(datetime.combine(first, time())) - TICKS_PER_DAY
    until = to_tick(datetime.combine(last, time())) + 2 * TICKS_PER_DAY
    compiled = compile_segments(opening, closing, first_tick=edge, last_tick=until)
    return WorkingTime(country, region, zone, first, last, starts, ends, compiled)


def _tick(at: datetime) -> int:
    assert at.tzinfo is not None, "working time of people is told in aware moments"
    return to_tick(at.astimezone(UTC).replace(tzinfo=None))


def _moment(tick: int) -> datetime:
    return from_tick(tick).replace(tzinfo=UTC)


kept_until_own_days_change(working_calendar.cache_clear)
