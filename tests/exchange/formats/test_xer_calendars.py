"""P6's calendar text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from watchfloor.exchange.formats.reading import read
from watchfloor.plans.document import CalendarException, Shift

EIGHT = (Shift(4_800, 7_200), Shift(7_800, 10_200))


def calendars_of(xer: Any, tables: Any) -> tuple[Any, set[str]]:
    document = read(xer(tables))
    return {each.key: each for each in document.plans[0].calendars}, {each.code for each in document.remarks}


def test_a_week_starts_on_monday_and_an_exception_has_its_day(xer: Any, small_xer_tables: Any) -> None:
    calendars, remarks = calendars_of(xer, small_xer_tables)
    five_days = calendars["1"]
    assert five_days.week == (EIGHT,) * 5 + ((), ())
    assert five_days.exceptions == (CalendarException(date(2026, 12, 25), date(2026, 12, 25)),)
    assert not remarks & {"calendar.broken", "calendar.no_week"}


def test_midnight_night_shifts_and_half_hours_are_understood(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables["CALENDAR"][0]["clndr_data"] = (
        "(0||CalendarData()(\x7f\x7f (0||DaysOfWeek()("
        "(0||1()((0||0(s|00:00|f|00:00)())))"  # Sunday, round the clock
        "(0||2()((0||0(f|06:00|s|22:00)())))"  # Monday night
        "(0||3()((0||0(s|08:00|f|08:30)())(0||1(s|08:30|f|09:00)())))"
        "(0||4()())(0||5()())(0||6()())(0||7()())))"
        "(0||Exceptions()((0||0(d|46335)((0||0(s|09:00|f|10:00)())))))))"
    )
    calendars, remarks = calendars_of(xer, small_xer_tables)
    week = calendars["1"].week
    assert week[6] == (Shift(0, 14_400),)
    assert week[0] == (Shift(13_200, 18_000),)
    assert week[1] == (Shift(4_800, 5_400),)
    assert calendars["1"].exceptions == (
        CalendarException(date(2026, 11, 9), date(2026, 11, 9), (Shift(5_400, 6_000),)),
    )
    assert "calendar.broken" not in remarks


def test_a_calendar_inherits_from_its_base(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables["CALENDAR"].append(
        {
            "clndr_id": "2",
            "clndr_name": "Crane",
            "base_clndr_id": "1",
            "clndr_type": "CA_Project",
            "clndr_data": "(0||CalendarData()((0||Exceptions()((0||0(d|46335)())))))",
        }
    )
    calendars, _ = calendars_of(xer, small_xer_tables)
    assert calendars["2"].week == calendars["1"].week
    assert [each.first for each in calendars["2"].exceptions] == [date(2026, 12, 25), date(2026, 11, 9)]


@pytest.mark.parametrize(
    "text",
    ["(0||CalendarData()(", "((((", "nonsense", "(0||CalendarData()((0||DaysOfWeek()((0||9()())))))", "()" * 50_000],
)
def test_a_broken_calendar_never_kills_the_import(xer: Any, small_xer_tables: Any, text: str) -> None:
    small_xer_tables["CALENDAR"][0]["clndr_data"] = text
    calendars, remarks = calendars_of(xer, small_xer_tables)
    assert len(calendars["1"].week) == 7
    assert remarks & {"calendar.broken", "calendar.no_week", "calendar.no_work", "calendar.bad_day"}


def test_calendars_that_are_each_others_base_end(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables["CALENDAR"][0] |= {"base_clndr_id": "2"}
    small_xer_tables["CALENDAR"].append({"clndr_id": "2", "clndr_name": "B", "base_clndr_id": "1", "clndr_data": ""})
    calendars, _ = calendars_of(xer, small_xer_tables)
    assert calendars["2"].week == calendars["1"].week
