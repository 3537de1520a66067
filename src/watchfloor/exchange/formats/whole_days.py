"""Files that hold days and no times: starts get the hour at which work begins that day, finishes that at which it ends.

So does the tool that wrote them. What it computed (``Activity.stored``) stays as it is, and is compared as days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from watchfloor.plans.document import (
    MILESTONES,
    Activity,
    Constraint,
    ConstraintKind,
    Plan,
    PlanBaseline,
    WorkCalendar,
)

_STARTS = ("actual_start", "resumed", "manual_start", "external_start")
_FINISHES = ("actual_finish", "suspended", "manual_finish", "external_finish", "expected_finish", "deadline")
_START_KINDS = frozenset({
    ConstraintKind.START_NO_EARLIER, ConstraintKind.START_NO_LATER, ConstraintKind.START_ON,
    ConstraintKind.MANDATORY_START,
})  # fmt: skip
_OFFICE = timedelta(hours=8), timedelta(hours=17)  # on a day without work


@dataclass(frozen=True, slots=True)
class _Hours:
    """When work begins and ends, by weekday."""

    week: tuple[tuple[timedelta, timedelta], ...]

    @classmethod
    def of(cls, calendar: WorkCalendar | None) -> _Hours:
        days = calendar.week if calendar is not None else ((),) * 7
        ticks = timedelta(seconds=6)
        return cls(tuple((day[0].start_ticks * ticks, day[-1].end_ticks * ticks) if day else _OFFICE for day in days))

    def begin(self, day: datetime) -> datetime:
        return day + self.week[day.weekday()][0]

    def end(self, day: datetime) -> datetime:
        return day + self.week[day.weekday()][1]


def with_times(plan: Plan) -> Plan:
    """The plan with times where it holds only days; any other as it is."""
    moments = list(_moments(plan))
    if not moments or any(each.time() != time() for each in moments):
        return plan
    hours = _Hours.of(next((each for each in plan.calendars if each.key == plan.calendar), None))
    points = {each.key for each in plan.activities if each.kind in MILESTONES}
    dated = {"start": hours.begin, "data_date": hours.end, "must_finish_by": hours.end}
    own: dict[str, Any] = {name: _hour_of(getattr(plan, name), hour) for name, hour in dated.items()}
    return replace(
        plan,
        **own,
        activities=tuple(_activity(each, hours) for each in plan.activities),
        baselines=tuple(_baseline(each, hours, points) for each in plan.baselines),
    )


def _activity(each: Activity, hours: _Hours) -> Activity:
    # What is no more than a moment happens when the work before it ends.
    begin = hours.end if each.kind in MILESTONES else hours.begin
    said: dict[str, Any] = {name: _at(getattr(each, name), begin) for name in _STARTS}
    said.update({name: _at(getattr(each, name), hours.end) for name in _FINISHES})
    bounds = tuple(
        Constraint(one.kind, _at(one.on, hours.begin if one.kind in _START_KINDS else hours.end))
        for one in each.constraints
    )
    return replace(each, constraints=bounds, **said)


def _baseline(each: PlanBaseline, hours: _Hours, points: set[str]) -> PlanBaseline:
    return replace(
        each,
        start={key: hours.end(day) if key in points else hours.begin(day) for key, day in each.start.items()},
        finish={key: hours.end(day) for key, day in each.finish.items()},
    )


def _at(day: datetime | None, hour: Callable[[datetime], datetime]) -> datetime | None:
    return None if day is None else hour(day)


def _hour_of(moment: datetime | None, hour: Callable[[datetime], datetime]) -> datetime | None:
    return moment if moment is None or moment.time() != time() else hour(moment)


def _moments(plan: Plan) -> Iterator[datetime]:
    """Everything that the file tells of activities; the project's own dates may have times all the same."""
    for each in plan.activities:
        stored = each.stored
        found = [getattr(each, name) for name in (*_STARTS, *_FINISHES)] + [one.on for one in each.constraints]
        if stored is not None:
            found += [stored.start, stored.finish, stored.early_start, stored.early_finish]
        yield from (moment for moment in found if moment is not None)
