"""Recurring calendar exceptions of MS Project → the days they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

# Codes of <Type>.
DAILY, YEARLY_DAY, YEARLY_POSITION, MONTHLY_DAY, MONTHLY_POSITION, WEEKLY, EVERY_N_DAYS = range(1, 8)
_DAYS_MAX = 70_000  # more than the planning years have
_LAST = 4


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The rule of one exception. ``occurrences`` ends it early when given; months count from 1."""

    kind: int
    first: date
    last: date
    occurrences: int = 0
    period: int = 1
    days_of_week: int = 0  # bits from Sunday
    month_item: int = 0  # 0 day, 1 weekday, 2 weekend day, 3 Sunday … 9 Saturday
    month_position: int = 0  # 0 first … 3 fourth, 4 last
    month: int = 1
    month_day: int = 1


def days_of(rule: Recurrence) -> Iterator[date]:
    """The days of the rule in order, within its range."""
    days = {
        EVERY_N_DAYS: _daily,
        DAILY: _daily,
        WEEKLY: _weekly,
        MONTHLY_DAY: _monthly,
        MONTHLY_POSITION: _monthly,
        YEARLY_DAY: _yearly,
        YEARLY_POSITION: _yearly,
    }[rule.kind]
    found = 0
    for day in days(rule):
        if day > rule.last or (rule.occurrences and found >= rule.occurrences):
            return
        if day >= rule.first:
            found += 1
            yield day


def _daily(rule: Recurrence) -> Iterator[date]:
    step = timedelta(days=max(1, rule.period))
    day = rule.first
    for _ in range(_DAYS_MAX):
        yield day
        day += step


def _weekly(rule: Recurrence) -> Iterator[date]:
    # Weeks are counted from the Sunday before the first day.
    sunday = rule.first - timedelta(days=(rule.first.weekday() + 1) % 7)
    for _ in range(_DAYS_MAX // 7):
        for bit in range(7):
            if rule.days_of_week >> bit & 1:
                yield sunday + timedelta(days=bit)
        sunday += timedelta(weeks=max(1, rule.period))


def _monthly(rule: Recurrence) -> Iterator[date]:
    month = rule.first.year * 12 + rule.first.month - 1
    for _ in range(_DAYS_MAX // 28):
        day = _in_month(rule, month // 12, month % 12 + 1)
        if day is not None:
            yield day
        month += max(1, rule.period)


def _yearly(rule: Recurrence) -> Iterator[date]:
    for year in range(rule.first.year, rule.last.year + 1):
        day = _in_month(rule, year, rule.month)
        if day is not None:
            yield day


def _in_month(rule: Recurrence, year: int, month: int) -> date | None:
    length = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    if rule.kind in (MONTHLY_DAY, YEARLY_DAY):
        return date(year, month, rule.month_day) if 1 <= rule.month_day <= length else None
    days = [date(year, month, day) for day in range(1, length + 1)]
    fitting = [day for day in days if _fits(day, rule.month_item)]
    if not fitting:
        return None
    if rule.month_position >= _LAST:
        return fitting[-1]
    return fitting[rule.month_position] if rule.month_position < len(fitting) else None


def _fits(day: date, item: int) -> bool:
    if item == 0:
        return True
    if item == 1:
        return day.weekday() < 5
    if item == 2:
        return day.weekday() >= 5
    return (day.weekday() + 1) % 7 == item - 3
