"""Calendars that MPXJ read → working time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from watchfloor.exchange.formats.mpxj.java import day, real, text
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.shifts import EIGHT_HOURS, merged
from watchfloor.exchange.formats.values import in_years
from watchfloor.plans.document import TICKS_PER_DAY, TICKS_PER_MINUTE, CalendarException, Shift, WorkCalendar

_BASES_MAX = 20
_EXCEPTIONS_MAX = 20_000
# Where rules meet on one day, MS Project lets single days and ranges win, then the rarer rule.
_RANK = {"WEEKLY": 0, "MONTHLY": 1, "YEARLY": 2, "DAILY": 3}
_SINGLE = 3


def convert_calendars(jpype: Any, project: Any, remarks: Remarks) -> tuple[WorkCalendar, ...]:
    """All calendars of one project, each with what it inherits."""
    days = list(jpype.JClass("java.time.DayOfWeek").values())
    return tuple(_calendar(calendar, days, remarks) for calendar in project.getCalendars())


def calendar_key(calendar: Any) -> str:
    return "" if calendar is None else text(calendar.getUniqueID())


def _calendar(calendar: Any, days: list[Any], remarks: Remarks) -> WorkCalendar:
    name = text(calendar.getName())
    place = f"calendar “{name}”"
    chain = [calendar]
    while (parent := chain[-1].getParent()) is not None and len(chain) < _BASES_MAX:
        chain.append(parent)
    exceptions = [found for each in reversed(chain) for found in _exceptions(each, place, remarks)]
    if len(exceptions) > _EXCEPTIONS_MAX:
        remarks.note(
            "calendar.too_many_exceptions", place, f"Exceptions after the first {_EXCEPTIONS_MAX:,} are left out."
        )
    minutes = real(calendar.getMinutesPerDay()) or 480.0
    return WorkCalendar(
        key=calendar_key(calendar),
        name=name or f"Calendar {calendar_key(calendar)}",
        week=tuple(_week_day(calendar, each) for each in days),
        exceptions=tuple(exceptions[:_EXCEPTIONS_MAX]),
        hours_per_day=minutes / 60 if 0 < minutes <= 1440 else 8.0,
    )


def _week_day(calendar: Any, each: Any) -> tuple[Shift, ...]:
    if not calendar.isWorkingDay(each):
        return ()
    hours = calendar.getHours(each)
    shifts = _shifts(hours)
    return shifts or EIGHT_HOURS


def _exceptions(calendar: Any, place: str, remarks: Remarks) -> Iterable[CalendarException]:
    """Exceptions day by day, the winning ones last: work weeks, then recurring ones, then single days and ranges."""
    own = sorted(calendar.getCalendarExceptions(), key=_rank)
    rows = list(calendar.getExpandedCalendarExceptionsWithWorkWeeks()) if calendar.getWorkWeeks().size() else []
    rows.extend(row for each in own for row in each.getExpandedExceptions())
    for row in rows:
        first, last = day(row.getFromDate()), day(row.getToDate())
        if first is None or last is None or last < first or not (in_years(first) and in_years(last)):
            remarks.note("calendar.exception_out_of_range", place, "An exception outside 1984-2149 is left out.")
            continue
        yield CalendarException(first, last, _shifts(row), text(row.getName()))


def _rank(exception: Any) -> int:
    rule = exception.getRecurring()
    return _SINGLE if rule is None else _RANK.get(str(rule.getRecurrenceType().name()), _SINGLE)


def _shifts(ranges: Any) -> tuple[Shift, ...]:
    found = []
    for each in ranges or ():
        start, end = each.getStart(), each.getEnd()
        if start is None or end is None:
            continue
        from_ticks, to_ticks = _clock(start), _clock(end)
        found.append(Shift(from_ticks, to_ticks if to_ticks > from_ticks else to_ticks + TICKS_PER_DAY))
    return merged(found)


def _clock(value: Any) -> int:
    return int(value.toSecondOfDay()) // 60 * TICKS_PER_MINUTE
