"""The working calendar a plan starts with: the week of its country, eight hours a day, its public holidays off."""

from __future__ import annotations

from datetime import date

from watchfloor.calendars.patterns import country_week, moved_working_days, public_holidays
from watchfloor.plans.document import TICKS_PER_HOUR, CalendarException, Shift, WorkCalendar

_DAY = (Shift(8 * TICKS_PER_HOUR, 12 * TICKS_PER_HOUR), Shift(13 * TICKS_PER_HOUR, 17 * TICKS_PER_HOUR))


def standard_calendar(
    country: str, region: str, first: date, last: date, *, key: str = "standard", name: str = ""
) -> WorkCalendar:
    """A calendar of 8 to 12 and 13 to 17 on working days, with the holidays between the two days as exceptions."""
    days_off = [
        CalendarException(each.on, each.on, (), each.name) for each in public_holidays(country, region, first, last)
    ]
    moved = [CalendarException(on, on, _DAY) for on in sorted(moved_working_days(country, region, first, last))]
    return WorkCalendar(
        key=key,
        name=name or ("Standard " + "-".join(part for part in (country, region) if part)).strip(),
        week=tuple(_DAY if works else () for works in country_week(country, first)),
        exceptions=(*days_off, *moved),
        hours_per_day=8.0,
    )
