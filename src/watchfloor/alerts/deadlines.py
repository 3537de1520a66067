"""Deadlines in the working time of the person who must act: their weekend, holidays and zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from watchfloor.alerts.escalation.policy import allowed_min
from watchfloor.calendars.patterns import kept_until_own_days_change
from watchfloor.calendars.working_time import WorkingTime, working_calendar


@dataclass(frozen=True, slots=True)
class OwnerHours:
    """Where a person works; empty country means Monday to Friday without holidays."""

    country: str
    region: str
    time_zone: str


def acknowledge_by(hours: OwnerHours, raised_at: datetime, severity: int) -> datetime:
    """When an alert of this severity must be acknowledged: so much of the owner's working time after it was raised."""
    return add_working(hours, raised_at, timedelta(minutes=allowed_min(severity)))


def add_working(hours: OwnerHours, at: datetime, working: timedelta) -> datetime:
    """The moment once the person has worked for so long since ``at``."""
    return _calendar(hours, at).add_working(at, working)


def working_minutes_until(hours: OwnerHours, now: datetime, deadline: datetime) -> int:
    """Working minutes of the owner left until the deadline; 0 once it has passed."""
    if deadline <= now:
        return 0
    return int(_calendar(hours, now).working_between(now, deadline) // timedelta(minutes=1))


def _calendar(hours: OwnerHours, near: datetime) -> WorkingTime:
    return _of_year(hours, near.astimezone(ZoneInfo(hours.time_zone)).year)


@lru_cache(maxsize=256)
def _of_year(hours: OwnerHours, year: int) -> WorkingTime:
    """Working time around one year: long holidays of any country end well before the horizon does."""
    return working_calendar(hours.country, hours.region, hours.time_zone, date(year - 1, 12, 1), date(year + 1, 12, 31))


kept_until_own_days_change(_of_year.cache_clear)
