"""When a project reports: its cut-offs, and when silence after one counts. No Django."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

MAX_CUT_OFFS = 1_000  # one call; twenty years of weeks


def cut_offs(cycle: str, weekday: int, since: date, until: date) -> Iterator[date]:
    """The cut-offs from ``since`` to ``until``, both included.

    Weekly and fortnightly ones fall on the weekday, the first one on or after ``since``; a monthly one on the last
    such weekday of each month.
    """
    step = timedelta(days={"weekly": 7, "fortnightly": 14}.get(cycle, 0))
    current = since + timedelta(days=(weekday - since.weekday()) % 7) if step else _month_end(since, weekday)
    if current < since:
        current = _following(current, step, weekday)
    for _ in range(MAX_CUT_OFFS):
        if current > until:
            return
        yield current
        current = _following(current, step, weekday)


def following(cycle: str, weekday: int, cut_off: date) -> date:
    """The cut-off after one."""
    return _following(cut_off, timedelta(days={"weekly": 7, "fortnightly": 14}.get(cycle, 0)), weekday)


def _following(current: date, step: timedelta, weekday: int) -> date:
    if step:
        # A changed weekday moves the rhythm to it at the next cut-off.
        return current + step + timedelta(days=(weekday - current.weekday()) % 7)
    return _month_end(current.replace(day=1) + timedelta(days=32), weekday)


def _month_end(within: date, weekday: int) -> date:
    first_of_next = (within.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = first_of_next - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
