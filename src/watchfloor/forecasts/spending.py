"""What was spent, from the cost ledger or from the plan, and the newest date at which it may be held against what was
earned. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from watchfloor_engine.calendars import Calendar, to_tick


@dataclass(frozen=True, slots=True)
class SpentAt:
    """Cost to the end of one day: booked, and used but not booked yet."""

    on: date
    booked_minor: int
    accrued_minor: int = 0

    @property
    def actual_minor(self) -> int:
        return self.booked_minor + self.accrued_minor


@dataclass(frozen=True, slots=True)
class EarnedAt:
    """What was earned, and planned, at one data date."""

    at: datetime
    earned_minor: float
    planned_minor: float | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """The cost ledger of a project. Without ``days`` it names no cost, and the plan's own actual costs serve."""

    days: tuple[SpentAt, ...] = ()  # oldest first
    earned_before: tuple[EarnedAt, ...] = ()  # at earlier data dates, against the same baseline
    committed_minor: int | None = None
    committed_on: date | None = None
    added_minor: int = 0  # budget that lies on no activity: undistributed, or given by a change since the baseline
    compared_before: tuple[tuple[float, float], ...] = ()  # EV and AC of the data dates before, oldest first
    problem: str = ""  # why the ledger cannot be held against the plan


@dataclass(frozen=True, slots=True)
class Compared:
    """EV and AC of one and the same date."""

    spent: SpentAt
    earned: EarnedAt


def latest_common(days: Iterable[SpentAt], earned: Iterable[EarnedAt], calendar: Calendar) -> Compared | None:
    """The newest day of the ledger at which the earned value is known too; None when there is none.

    Two dates are the same when no working time lies between them: a Friday cut-off and the Sunday that ends the month.
    """
    known = sorted(earned, key=lambda each: each.at, reverse=True)
    for spent in sorted(days, key=lambda each: each.on, reverse=True):
        for each in known:
            if _same_date(each.at, spent.on, calendar):
                return Compared(spent, each)
    return None


def _same_date(at: datetime, on: date, calendar: Calendar) -> bool:
    if at.date() == on:
        return True
    end = datetime.combine(on + timedelta(days=1), time())
    first, last = sorted((to_tick(at), to_tick(end)))
    return calendar.work_between(first, last) == 0
