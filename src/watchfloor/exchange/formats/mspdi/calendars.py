"""MS Project calendars: week, exceptions with their recurrence, work weeks, and what a calendar inherits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from watchfloor.exchange.formats.mspdi import recurring
from watchfloor.exchange.formats.mspdi.elements import Item
from watchfloor.exchange.formats.mspdi.recurring import Recurrence
from watchfloor.exchange.formats.mspdi.values import code_number
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.shifts import EIGHT_HOURS, STANDARD_WEEK, merged
from watchfloor.exchange.formats.values import FIRST_YEAR, LAST_YEAR
from watchfloor.plans.document import TICKS_PER_DAY, TICKS_PER_MINUTE, CalendarException, Shift, WorkCalendar

_BASES_MAX = 20
_EXCEPTIONS_MAX = 20_000
# Where rules meet on one day, MS Project lets single days and ranges win, then the rarer rule: yearly before monthly
# before weekly.
_RANK = {
    recurring.WEEKLY: 0,
    recurring.MONTHLY_DAY: 1,
    recurring.MONTHLY_POSITION: 1,
    recurring.YEARLY_DAY: 2,
    recurring.YEARLY_POSITION: 2,
    recurring.EVERY_N_DAYS: 3,
    recurring.DAILY: 3,
}

Day = tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    """One calendar before its base is asked; a day of None is inherited."""

    key: str
    name: str
    base: str
    week: tuple[Day | None, ...]
    exceptions: tuple[CalendarException, ...]


def read_calendar(item: Item, remarks: Remarks) -> OwnCalendar:
    """What one ``Calendar`` element says itself."""
    name = item.text("Name")
    place = f"calendar “{name}”"
    week: list[Day | None] = [None] * 7
    old_exceptions: list[CalendarException] = []
    for day in item.items("WeekDays", "WeekDay"):
        kind = code_number(day.text("DayType"))
        if 1 <= kind <= 7:
            week[(kind - 2) % 7] = _shifts(day, place, remarks)
        elif kind == 0:
            old_exceptions.extend(_range(day, place, remarks))
        else:
            remarks.note("calendar.bad_day", place, "A day of the week that is none is left out.")
    modern = [
        (rank, found)
        for each in item.items("Exceptions", "Exception")
        for rank, found in _exception(each, place, remarks)
    ]
    modern.sort(key=lambda pair: pair[0])
    # Newer files repeat their exceptions in the old form; the new form says more.
    exceptions = [found for _, found in modern] if modern else old_exceptions
    exceptions = [*_work_weeks(item, place, remarks), *exceptions]
    if len(exceptions) > _EXCEPTIONS_MAX:
        remarks.note(
            "calendar.too_many_exceptions", place, f"Exceptions after the first {_EXCEPTIONS_MAX:,} are left out."
        )
    base = item.text("BaseCalendarUID")
    return OwnCalendar(
        key=item.text("UID"),
        name=name,
        base="" if base in {"-1", "0"} else base,
        week=tuple(week),
        exceptions=tuple(exceptions[:_EXCEPTIONS_MAX]),
    )


def resolve(owns: Mapping[str, OwnCalendar], *, minutes_per_day: float) -> dict[str, WorkCalendar]:
    """Calendars with what they inherit: days they leave open, and their base's exceptions before their own."""
    found = {}
    for key, own in owns.items():
        chain = [own]
        seen = {key}
        while (base := chain[-1].base) in owns and base not in seen and len(chain) < _BASES_MAX:
            seen.add(base)
            chain.append(owns[base])
        week = tuple(
            next((day for each in chain if (day := each.week[at]) is not None), STANDARD_WEEK[at]) for at in range(7)
        )
        exceptions = tuple(exception for each in reversed(chain) for exception in each.exceptions)
        found[key] = WorkCalendar(
            key=key,
            name=own.name or f"Calendar {key}",
            week=week,
            exceptions=exceptions,
            hours_per_day=minutes_per_day / 60,
        )
    return found


def _exception(item: Item, place: str, remarks: Remarks) -> list[tuple[int, CalendarException]]:
    kind = code_number(item.text("Type"))
    if kind not in _RANK:
        if kind not in (-1, 9):
            remarks.note("calendar.unknown_recurrence", place, f"Exception type {kind} is read as a range of days.")
        kind = recurring.DAILY
    period = item.child("TimePeriod")
    first, last = _span(period, place, remarks) if period else (None, None)
    if first is None or last is None:
        return []
    shifts = _shifts(item, place, remarks)
    name = item.text("Name")
    every = max(1, code_number(item.text("Period")))
    if kind == recurring.DAILY and every == 1:
        return [(_RANK[kind], CalendarException(first, last, shifts, name))]
    month = code_number(item.text("Month"))
    rule = Recurrence(
        kind=kind,
        first=first,
        last=last,
        occurrences=max(0, code_number(item.text("Occurrences"))) if item.flag("EnteredByOccurrences") else 0,
        period=every,
        days_of_week=max(0, code_number(item.text("DaysOfWeek"))),
        month_item=max(0, code_number(item.text("MonthItem"))),
        month_position=max(0, code_number(item.text("MonthPosition"))),
        month=month + 1 if 0 <= month <= 11 else 1,
        month_day=max(1, code_number(item.text("MonthDay"))),
    )
    return [(_RANK[kind], CalendarException(day, day, shifts, name)) for day in recurring.days_of(rule)]


def _range(day: Item, place: str, remarks: Remarks) -> list[CalendarException]:
    period = day.child("TimePeriod")
    first, last = _span(period, place, remarks) if period else (None, None)
    if first is None or last is None:
        return []
    return [CalendarException(first, last, _shifts(day, place, remarks))]


def _work_weeks(item: Item, place: str, remarks: Remarks) -> list[CalendarException]:
    """Weeks that differ for a while, as exceptions day by day; they rank below real exceptions."""
    found: list[CalendarException] = []
    for week in item.items("WorkWeeks", "WorkWeek"):
        period = week.child("TimePeriod")
        first, last = _span(period, place, remarks) if period else (None, None)
        if first is None or last is None:
            continue
        days = {
            (code_number(day.text("DayType")) - 2) % 7: _shifts(day, place, remarks)
            for day in week.items("WeekDays", "WeekDay")
            if 1 <= code_number(day.text("DayType")) <= 7
        }
        day = first
        while days and day <= last and len(found) <= _EXCEPTIONS_MAX:
            if day.weekday() in days:
                found.append(CalendarException(day, day, days[day.weekday()], week.text("Name")))
            day += timedelta(days=1)
    return found


def _span(period: Item, place: str, remarks: Remarks) -> tuple[date | None, date | None]:
    """First and last day, cut to the planning years."""
    try:
        first = date.fromisoformat(period.text("FromDate")[:10])
        last = date.fromisoformat(period.text("ToDate")[:10])
    except ValueError:
        remarks.note("calendar.bad_exception", place, "An exception without two dates is left out.")
        return None, None
    first, last = max(first, date(FIRST_YEAR, 1, 1)), min(last, date(LAST_YEAR, 12, 31))
    if last < first:
        remarks.note(
            "calendar.exception_out_of_range", place, "An exception outside 1984-2149, or ending before it starts."
        )
        return None, None
    return first, last


def _shifts(item: Item, place: str, remarks: Remarks) -> Day:
    if not item.flag("DayWorking"):
        return ()
    times = item.items("WorkingTimes", "WorkingTime")
    if not times:
        return EIGHT_HOURS
    shifts = []
    for time in times:
        start, end = _clock(time.text("FromTime")), _clock(time.text("ToTime"))
        if start is None and end is None:
            continue  # MS Project writes empty rows up to five per day.
        if start is None or end is None:
            remarks.note("calendar.bad_shift", place, "A shift without two times of day is left out.")
            continue
        shifts.append(Shift(start, end if end > start else end + TICKS_PER_DAY))
    return merged(shifts)


def _clock(text: str) -> int | None:
    parts = text.split(":")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts[:2]):
        return None
    hour, minute = int(parts[0]), int(parts[1])
    return (hour % 24 * 60 + minute) * TICKS_PER_MINUTE if hour <= 24 and minute < 60 else None
