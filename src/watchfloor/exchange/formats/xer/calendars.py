"""P6 calendars: the bracketed text of ``clndr_data`` → working time.

Grammar: ``node = (0||name(attributes)(node*))``; attributes are ``key|value`` pairs. ``DaysOfWeek`` holds nodes 1
(Sunday) to 7, each with shifts ``s|08:00|f|12:00``; ``Exceptions`` holds nodes ``d|serial`` (days since 30 December
1899) with the shifts of that day, none for a day off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.shifts import STANDARD_WEEK, merged
from watchfloor.exchange.formats.values import in_years, number
from watchfloor.exchange.formats.xer.tables import XerFile
from watchfloor.plans.document import TICKS_PER_DAY, TICKS_PER_MINUTE, CalendarException, Shift, WorkCalendar

_OPEN = re.compile(r"\(\s*\d+\s*\|\|([^()|]*)\(([^()]*)\)\s*\(")
_CLOSE = re.compile(r"\)\s*\)")
_BLANK = re.compile(r"[\s\x7f]*")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_SERIAL_ZERO = date(1899, 12, 30)
_DEPTH_MAX = 12
_NODES_MAX = 200_000
_BASES_MAX = 20


class CalendarRow(NamedTuple):
    clndr_id: str
    default_flag: str
    clndr_name: str
    proj_id: str
    base_clndr_id: str
    clndr_type: str
    day_hr_cnt: str
    clndr_data: str


@dataclass(slots=True)
class _Node:
    name: str
    attributes: dict[str, str]
    children: list[_Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Own:
    """What one calendar says itself, before its base is asked."""

    week: tuple[tuple[Shift, ...], ...] | None
    exceptions: tuple[CalendarException, ...]


def read_calendars(file: XerFile, remarks: Remarks) -> dict[str, WorkCalendar]:
    """All calendars by their id. A broken one keeps what could be read and is remarked; it never stops the import."""
    rows = {row.clndr_id: row for row in file.records("CALENDAR", CalendarRow) if row.clndr_id}
    owns = {key: _own(row, remarks) for key, row in rows.items()}
    return {key: _resolved(row, rows, owns, remarks) for key, row in rows.items()}


def default_calendar(file: XerFile) -> str:
    """The id of the global calendar that P6 gives to new projects; empty when the file has none."""
    rows = list(file.records("CALENDAR", CalendarRow))
    for row in rows:
        if row.default_flag == "Y":
            return row.clndr_id
    return rows[0].clndr_id if rows else ""


def _resolved(
    row: CalendarRow, rows: Mapping[str, CalendarRow], owns: Mapping[str, _Own], remarks: Remarks
) -> WorkCalendar:
    """The calendar with what it inherits: its base's week when it has none, its base's exceptions before its own."""
    chain = [row.clndr_id]
    while (base := rows[chain[-1]].base_clndr_id) and base in rows and base not in chain and len(chain) < _BASES_MAX:
        chain.append(base)
    default = next((key for key, each in rows.items() if each.default_flag == "Y"), "")
    if not row.clndr_data.strip() and len(chain) == 1 and default and default != row.clndr_id:
        # A resource without working time of its own works by the default calendar.
        chain.append(default)
    week = next((week for key in chain if (week := owns[key].week) is not None), None)
    if week is None:
        week = STANDARD_WEEK
        remarks.note(
            "calendar.no_week",
            f"calendar “{row.clndr_name}”",
            "No working week could be read; Monday to Friday 8-12 and 13-17 is used. Check the dates computed with it.",
        )
    if not any(week):
        remarks.note(
            "calendar.no_work", f"calendar “{row.clndr_name}”", "The week of the calendar has no working time."
        )
    exceptions = tuple(exception for key in reversed(chain) for exception in owns[key].exceptions)
    hours = number(row.day_hr_cnt) or 0.0
    return WorkCalendar(
        key=row.clndr_id,
        name=row.clndr_name,
        week=week,
        exceptions=exceptions,
        hours_per_day=hours if 0 < hours <= 24 else 8.0,
    )


def _own(row: CalendarRow, remarks: Remarks) -> _Own:
    place = f"calendar “{row.clndr_name}”"
    if not row.clndr_data.strip():
        return _Own(None, ())
    root, fault = _parse(row.clndr_data)
    if fault:
        remarks.note("calendar.broken", place, f"The calendar's text is broken ({fault}); the readable part is used.")
    week: tuple[tuple[Shift, ...], ...] | None = None
    exceptions: list[CalendarException] = []
    for section in _sections(root):
        if section.name == "DaysOfWeek" and section.children:
            week = _week(section, place, remarks)
        elif section.name == "Exceptions":
            exceptions = _exceptions(section, place, remarks)
        elif section.name not in {"VIEW", "DaysOfWeek"}:
            remarks.note("calendar.unknown_section", place, f"Section “{section.name:.40}” is not understood.")
    if fault and week is not None and sum(1 for day in week if day) < 3:
        week = None
    return _Own(week, tuple(exceptions))


def _sections(root: _Node) -> list[_Node]:
    # P6 leaves the outermost name empty in some calendars.
    wrappers = {"CalendarData", ""}
    return [section for top in root.children for section in (top.children if top.name in wrappers else [top])]


def _parse(text: str) -> tuple[_Node, str]:
    """The tree under a nameless root, and what is wrong with the text (empty if nothing)."""
    root = _Node("", {})
    stack = [root]
    at, nodes, end = 0, 0, len(text)
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at >= end:
            return root, "" if len(stack) == 1 else "it ends early"
        if opening := _OPEN.match(text, at):
            nodes += 1
            if nodes > _NODES_MAX or len(stack) > _DEPTH_MAX:
                return root, "it is too large"
            node = _Node(opening[1].strip(), _attributes(opening[2]))
            stack[-1].children.append(node)
            stack.append(node)
            at = opening.end()
        elif len(stack) > 1 and (closing := _CLOSE.match(text, at)):
            stack.pop()
            at = closing.end()
        else:
            return root, f"unexpected text at character {at + 1}"


def _attributes(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split("|")]
    return dict(zip(parts[::2], parts[1::2], strict=False))


def _week(section: _Node, place: str, remarks: Remarks) -> tuple[tuple[Shift, ...], ...]:
    days: list[tuple[Shift, ...]] = [()] * 7
    for node in section.children:
        if not node.name.isdigit() or not 1 <= int(node.name) <= 7:
            remarks.note("calendar.bad_day", place, f"“{node.name:.40}” is no day of the week; it is left out.")
            continue
        # Primavera counts from Sunday, we from Monday.
        days[(int(node.name) - 2) % 7] = _shifts(node, place, remarks)
    return tuple(days)


def _exceptions(section: _Node, place: str, remarks: Remarks) -> list[CalendarException]:
    found = []
    for node in section.children:
        serial = node.attributes.get("d", "")
        if not serial.isdigit() or len(serial) > 6:
            remarks.note("calendar.bad_exception", place, "An exception has no date; it is left out.")
            continue
        day = _SERIAL_ZERO + timedelta(days=int(serial))
        if not in_years(day):
            remarks.note("calendar.exception_out_of_range", place, "An exception outside 1984-2149 is left out.")
            continue
        found.append(CalendarException(day, day, _shifts(node, place, remarks)))
    return sorted(found, key=lambda exception: exception.first)


def _shifts(node: _Node, place: str, remarks: Remarks) -> tuple[Shift, ...]:
    shifts = []
    for child in node.children:
        start = _clock(child.attributes.get("s", ""))
        end = _clock(child.attributes.get("f", ""))
        if start is None or end is None:
            remarks.note("calendar.bad_shift", place, "A shift without two times of day is left out.")
            continue
        # 00:00 as an end is midnight after; an end not after the start belongs to the next day.
        shifts.append(Shift(start, end if end > start else end + TICKS_PER_DAY))
    return merged(shifts)


def _clock(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    if not match:
        return None
    hour, minute = int(match[1]), int(match[2])
    if hour > 24 or minute > 59:
        return None
    return (hour * 60 + minute) % 1440 * TICKS_PER_MINUTE
