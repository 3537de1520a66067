"""Activities of a forecast in groups, with what rolls up: counts, dates, working days, progress and money. Pure.

The rules are in docs/methods/roll-up.md. Summaries are never counted: their figures are those of the rows below.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from watchfloor.forecasts.records import ActivityTable
from watchfloor.plans.document import Plan, WorkCalendar

SUMMARY = "summary"
COMPLETE = 2
_FURTHEST_DAYS = 366 * 60


@dataclass(frozen=True, slots=True)
class Money:
    """Sums in minor units of the project's currency, None where no row says any; ratios are those of the sums."""

    budget_minor: int | None
    planned_minor: int | None
    earned_minor: int | None
    actual_minor: int | None

    @property
    def spi(self) -> float | None:
        return self.earned_minor / self.planned_minor if self.planned_minor and self.earned_minor is not None else None

    @property
    def cpi(self) -> float | None:
        return self.earned_minor / self.actual_minor if self.actual_minor and self.earned_minor is not None else None


@dataclass(frozen=True, slots=True)
class Seeing:
    """What of money may be shown: costs at all, and earned value, which a plan without a cost baseline has none of."""

    costs: bool
    earned: bool


@dataclass(frozen=True, slots=True)
class RollUp:
    """What some activities come to. ``money`` is None for who may not see costs."""

    count: int
    done: int
    critical: int
    late: int  # finish later than their baseline's
    start: datetime | None
    finish: datetime | None
    baseline_finish: datetime | None
    duration_days: int | None  # working days from the first start to the last finish
    percent: float | None  # progress weighted by duration
    float_days: float | None  # least total float of what is unfinished
    money: Money | None


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the first or second level. ``values`` are its own values from the first level down."""

    values: tuple[str, ...]
    roll_up: RollUp
    groups: tuple[Group, ...] = ()
    rows: tuple[int, ...] = ()  # places in the forecast's table; on the lowest level only


class WorkingDays:
    """The days on which a calendar works, counted between two moments."""

    def __init__(self, calendar: WorkCalendar | None, first: date, last: date) -> None:
        last = min(last, first + timedelta(days=_FURTHEST_DAYS))
        self._days = [day for day in _days(first, last) if _works(calendar, day)]

    def between(self, start: datetime, finish: datetime) -> int:
        """Working days touched from start to finish; none when they are the same moment."""
        if finish <= start:
            return 0
        return bisect_right(self._days, finish.date()) - bisect_left(self._days, start.date())


def working_days_of(plan: Plan, table: ActivityTable) -> WorkingDays:
    """The plan's default calendar over the span of its forecast."""
    calendar = next((each for each in plan.calendars if each.key == plan.calendar), None)
    moments = [each.date() for each in (*table.start, *table.finish) if each is not None]
    if not moments:
        return WorkingDays(calendar, date(2000, 1, 1), date(2000, 1, 1))
    return WorkingDays(calendar, min(moments), max(moments))


def roll_up(table: ActivityTable, rows: Sequence[int], days: WorkingDays, *, seeing: Seeing) -> RollUp:
    """What the activities at these places come to."""
    rows = [at for at in rows if table.kind[at] != SUMMARY]
    starts = [each for at in rows if (each := table.start[at]) is not None]
    finishes = [each for at in rows if (each := table.finish[at]) is not None]
    planned = [each for at in rows if (each := table.baseline_finish[at]) is not None]
    left = [at for at in rows if table.status[at] != COMPLETE]
    floats = [slack for at in left if (slack := table.total_float_days[at]) is not None]
    start, finish = min(starts, default=None), max(finishes, default=None)
    return RollUp(
        count=len(rows),
        done=sum(table.status[at] == COMPLETE for at in rows),
        critical=sum(table.critical[at] and table.status[at] != COMPLETE for at in rows),
        late=sum((late_days(table, at) or 0) > 0 for at in rows),
        start=start,
        finish=finish,
        baseline_finish=max(planned, default=None),
        duration_days=days.between(start, finish) if start is not None and finish is not None else None,
        percent=_progress(table, rows),
        float_days=min(floats, default=None),
        money=_money(table, rows, earned=seeing.earned) if seeing.costs else None,
    )


def grouped(
    table: ActivityTable,
    rows: Iterable[int],
    values: Sequence[tuple[str, ...]],
    days: WorkingDays,
    *,
    seeing: Seeing,
    order: Sequence[dict[str, int]],
) -> tuple[Group, ...]:
    """The rows in groups of one or two levels; ``values`` gives each row's values, ``order`` those of each level.

    Values that the order does not know come after it, by name; rows without a value come last.
    """
    found: dict[tuple[str, ...], list[int]] = {}
    for at in rows:
        found.setdefault(values[at], []).append(at)

    def rank(level: int, value: str) -> tuple[bool, int, str]:
        return value == "", order[level].get(value, len(order[level])), value.casefold()

    def made(key: tuple[str, ...], members: Sequence[int], inner: tuple[Group, ...] = ()) -> Group:
        figures = roll_up(table, members, days, seeing=seeing)
        return Group(key, figures, inner, () if inner else tuple(members))

    if len(order) == 1:
        return tuple(made(key, found[key]) for key in sorted(found, key=lambda key: rank(0, key[0])))
    outer: dict[str, list[tuple[str, ...]]] = {}
    for key in found:
        outer.setdefault(key[0], []).append(key)
    groups = []
    for value in sorted(outer, key=lambda value: rank(0, value)):
        keys = sorted(outer[value], key=lambda key: rank(1, key[1]))
        members = [at for key in keys for at in found[key]]
        groups.append(made((value,), members, tuple(made(key, found[key]) for key in keys)))
    return tuple(groups)


def late_days(table: ActivityTable, at: int) -> int | None:
    """Days of the clock by which an activity finishes later than its baseline; early is negative."""
    finish, planned = table.finish[at], table.baseline_finish[at]
    return (finish.date() - planned.date()).days if finish is not None and planned is not None else None


def _progress(table: ActivityTable, rows: Sequence[int]) -> float | None:
    weights = [table.duration_days[at] for at in rows]
    whole = sum(weights)
    if whole > 0:
        return sum(table.percent[at] * weight for at, weight in zip(rows, weights, strict=True)) / whole
    # Milestones weigh nothing; among themselves they count alike.
    return sum(table.percent[at] for at in rows) / len(rows) if rows else None


def _money(table: ActivityTable, rows: Sequence[int], *, earned: bool) -> Money:
    return Money(
        budget_minor=_sum([table.budget_minor[at] for at in rows]),
        planned_minor=sum(table.planned_minor[at] for at in rows) if earned else None,
        earned_minor=sum(table.earned_minor[at] for at in rows) if earned else None,
        actual_minor=_sum([table.actual_minor[at] for at in rows]),
    )


def _sum(values: Sequence[int | None]) -> int | None:
    known = [each for each in values if each is not None]
    return sum(known) if known else None


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _works(calendar: WorkCalendar | None, day: date) -> bool:
    if calendar is None:
        return day.weekday() < 5
    for exception in reversed(calendar.exceptions):
        if exception.first <= day <= exception.last:
            return bool(exception.shifts)
    return bool(calendar.week[day.weekday()])
