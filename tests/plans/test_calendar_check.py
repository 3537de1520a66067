"""Imported calendars rule; those that work on public holidays are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from watchfloor.plans.calendar_check import calendar_notes, works_on
from watchfloor.plans.document import TICKS_PER_HOUR, Activity, CalendarException, Plan, Shift, WorkCalendar

_DAY = (Shift(8 * TICKS_PER_HOUR, 16 * TICKS_PER_HOUR),)
FIVE = WorkCalendar("5d", "Five days", (_DAY,) * 5 + ((), ()))
NEW_YEAR = date(2027, 1, 1)  # a Friday


def plan(*calendars: WorkCalendar) -> Plan:
    activities = tuple(Activity(f"A{at}", "A", calendar=each.key) for at, each in enumerate(calendars))
    start = datetime(2026, 12, 1, 8)
    return Plan("P", "P", "EUR", start, start, calendars=calendars, activities=activities)


def test_a_calendar_without_holidays_is_told_with_the_days_it_works() -> None:
    (note,) = calendar_notes(plan(FIVE), country="AT", region="")
    assert note.name == "Five days"
    assert note.worked == note.holidays > 5
    assert (NEW_YEAR.isoformat(), "New Year's Day") in note.days


def test_one_that_rests_on_them_is_not_and_nobody_asks_about_a_weekend() -> None:
    from watchfloor.calendars.patterns import public_holidays

    days = public_holidays("AT", "", date(2026, 12, 1), date(2027, 12, 31))
    rests = replace(FIVE, exceptions=tuple(CalendarException(each.on, each.on) for each in days))
    assert calendar_notes(plan(rests), country="AT", region="") == ()
    never = replace(FIVE, week=((),) * 7)
    assert calendar_notes(plan(never), country="AT", region="") == ()


def test_of_two_exceptions_the_later_in_the_list_holds() -> None:
    both = (CalendarException(NEW_YEAR, NEW_YEAR), CalendarException(NEW_YEAR, NEW_YEAR, _DAY))
    assert works_on(replace(FIVE, exceptions=both), NEW_YEAR)
    assert not works_on(replace(FIVE, exceptions=both[::-1]), NEW_YEAR)


def test_unused_calendars_and_unknown_countries_say_nothing() -> None:
    idle = replace(plan(FIVE), activities=())
    assert calendar_notes(idle, country="AT", region="") == ()
    assert calendar_notes(plan(FIVE), country="", region="") == ()
    assert calendar_notes(plan(FIVE), country="ZZ", region="") == ()
