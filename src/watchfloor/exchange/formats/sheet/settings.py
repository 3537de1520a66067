"""What a sheet says about its project as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from watchfloor.exchange.formats.sheet import cells
from watchfloor.exchange.formats.sheet.cells import BadCell
from watchfloor.exchange.formats.sheet.columns import SETTING_BY_HEADING
from watchfloor.exchange.formats.shifts import EIGHT_HOURS, merged
from watchfloor.plans.document import TICKS_PER_HOUR, CalendarException, Shift, WorkCalendar

CALENDAR = "standard"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHIFT = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DAYS_OFF_MAX = 2_000

Value = TypeVar("Value")


@dataclass(slots=True)
class Settings:
    project: str = ""
    name: str = ""
    currency: str = ""
    data_date: datetime | None = None
    start: datetime | None = None
    finish_by: datetime | None = None
    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    shifts: tuple[Shift, ...] = EIGHT_HOURS
    days_off: tuple[date, ...] = ()

    @property
    def hours_per_day(self) -> float:
        return sum(shift.end_ticks - shift.start_ticks for shift in self.shifts) / TICKS_PER_HOUR

    def calendar(self) -> WorkCalendar:
        week = tuple(self.shifts if day in self.working_days else () for day in range(7))
        off = tuple(CalendarException(day, day) for day in self.days_off)
        return WorkCalendar(CALENDAR, "Standard", week, off, self.hours_per_day)

    def is_working(self, day: date) -> bool:
        return day.weekday() in self.working_days and day not in self.days_off


def read_settings(said: dict[str, tuple[int, str]], report: Callable[[int, str, BadCell], None]) -> Settings:
    """Settings by their headings; what cannot be read is reported and keeps its default."""
    found = Settings()
    for heading, (line, text) in said.items():
        name = SETTING_BY_HEADING.get(heading)
        if name is None or not text:
            continue
        try:
            _apply(found, name, text)
        except BadCell as error:
            report(line, heading, error)
    return found


def _apply(found: Settings, name: str, text: str) -> None:
    if name == "project":
        found.project = text
    elif name == "name":
        found.name = text
    elif name == "currency":
        if not re.fullmatch(r"[A-Z]{3}", text):
            raise BadCell(f"“{text:.20}” is no currency code", "Write the ISO code in capitals, like EUR.")
        found.currency = text
    elif name == "data date":
        found.data_date = cells.moment(text, cells.DAY_END)
    elif name == "start":
        found.start = cells.moment(text, cells.DAY_START)
    elif name == "finish by":
        found.finish_by = cells.moment(text, cells.DAY_END)
    elif name == "working days":
        found.working_days = _working_days(text)
    elif name == "working hours":
        found.shifts = _shifts(text)
    elif name == "days off":
        found.days_off = _days_off(text)


def _working_days(text: str) -> tuple[int, ...]:
    words = [word[:3].lower() for word in re.split(r"[\s,;]+", text) if word]
    if not words or any(word not in _DAYS for word in words):
        raise BadCell(f"“{text:.60}” are no days of the week", "Write English short names, like Mon Tue Wed Thu Fri.")
    return tuple(sorted({_DAYS.index(word) for word in words}))


def _shifts(text: str) -> tuple[Shift, ...]:
    found = []
    for match in _SHIFT.finditer(text):
        hours = [int(part) for part in match.groups()]
        if hours[0] > 23 or hours[2] > 24 or hours[1] > 59 or hours[3] > 59:
            raise BadCell(f"“{match[0]}” is no time of day", "Write hours from 00:00 to 24:00.")
        start, end = (hours[0] * 60 + hours[1]) * 10, (hours[2] * 60 + hours[3]) * 10
        found.append(Shift(start, end if end > start else end + 14_400))
    if not found or _SHIFT.sub("", text).strip(" ,;"):
        raise BadCell(f"“{text:.60}” are no working hours", "Write shifts like 08:00-12:00 13:00-17:00.")
    return merged(found)


def _days_off(text: str) -> tuple[date, ...]:
    parts = [part for part in re.split(r"[\s,;]+", text) if part]
    if len(parts) > _DAYS_OFF_MAX:
        raise BadCell("There are too many days off", f"At most {_DAYS_OFF_MAX:,} are read.")
    return tuple(day for part in parts if (day := cells.day(part)) is not None)
