"""Imported calendars beside the country's: which work on days on which the country does not. No Django.

Imported calendars rule; this only says what somebody might want to ask the planner about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from watchfloor.calendars.patterns import knows, public_holidays
from watchfloor.plans.document import Plan, WorkCalendar

_SPAN_MAX = timedelta(days=3 * 366)  # a plan of forty years would list a thousand days
_DAYS_TOLD = 12
_CALENDARS_TOLD = 20


@dataclass(frozen=True, slots=True)
class CalendarNote:
    """A calendar of the file that works on public holidays of the project's country."""

    key: str
    name: str
    worked: int  # holidays in the span on which it works
    holidays: int  # holidays in the span on one of its weekdays of work
    days: tuple[tuple[str, str], ...]  # the first of them: ISO date, name


def calendar_notes(plan: Plan, *, country: str, region: str) -> tuple[CalendarNote, ...]:
    """Calendars in use that work on public holidays between the plan's first and last day, three years at most.

    None for a country without known holidays. Holidays on a calendar's own days of rest say nothing about it.
    """
    span = _span(plan)
    if span is None or not country or not knows(country):
        return ()
    first, last = span
    days = public_holidays(country, region, first, last)
    found = []
    for calendar in _in_use(plan):
        due = [each for each in days if calendar.week[each.on.weekday()]]
        worked = [each for each in due if works_on(calendar, each.on)]
        if worked:
            told = tuple((each.on.isoformat(), each.name) for each in worked[:_DAYS_TOLD])
            found.append(CalendarNote(calendar.key, calendar.name, len(worked), len(due), told))
    return tuple(found[:_CALENDARS_TOLD])


def works_on(calendar: WorkCalendar, on: date) -> bool:
    """Whether the calendar has working time on the day; of several exceptions the last in the list holds."""
    for exception in reversed(calendar.exceptions):
        if exception.first <= on <= exception.last:
            return bool(exception.shifts)
    return bool(calendar.week[on.weekday()])


def _in_use(plan: Plan) -> Iterator[WorkCalendar]:
    used = {plan.calendar, *(each.calendar for each in plan.activities)}
    return (each for each in plan.calendars if each.key in used)


def _span(plan: Plan) -> tuple[date, date] | None:
    moments = [plan.start, plan.data_date]
    for each in plan.activities:
        stored = each.stored
        moments += [each.actual_start, each.actual_finish]
        if stored is not None:
            moments += [stored.early_start, stored.early_finish]
    known = [each.date() for each in moments if each is not None]
    if not known:
        return None
    begins = plan.data_date.date() if plan.data_date is not None else min(known)
    ends = max(*known, begins + timedelta(days=365))
    return begins, min(ends, begins + _SPAN_MAX)
