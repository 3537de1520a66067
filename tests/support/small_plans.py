"""Small plans made by hand for tests of schedules and forecasts: five-day weeks, eight hours a day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from watchfloor.plans.document import (
    TICKS_PER_HOUR,
    Activity,
    ActivityKind,
    Dependency,
    Plan,
    Shift,
    WorkCalendar,
)

DAY = 8 * TICKS_PER_HOUR
MONDAY = datetime(2026, 3, 2, 8)
_SHIFTS = (Shift(8 * TICKS_PER_HOUR, 12 * TICKS_PER_HOUR), Shift(13 * TICKS_PER_HOUR, 17 * TICKS_PER_HOUR))
FIVE_DAYS = WorkCalendar("5d", "Five days", (_SHIFTS,) * 5 + ((), ()))
SEVEN_DAYS = WorkCalendar("7d", "Seven days", (_SHIFTS,) * 7)


def task(key: str, days: float, **fields: Any) -> Activity:
    """An activity of so many working days, all of them left unless said otherwise."""
    ticks = round(days * DAY)
    return Activity(key, f"Activity {key}", **{"duration_ticks": ticks, "remaining_ticks": ticks, **fields})


def milestone(key: str, **fields: Any) -> Activity:
    return Activity(key, f"Milestone {key}", **{"kind": ActivityKind.FINISH_MILESTONE, **fields})


def plan_of(*rows: Activity | Dependency, code: str = "P", **fields: Any) -> Plan:
    """A plan that starts on Monday 2 March 2026, with that as its data date."""
    return Plan(
        **{
            "code": code,
            "name": f"Project {code}",
            "currency": "EUR",
            "data_date": MONDAY,
            "start": MONDAY,
            "calendar": "5d",
            "calendars": (FIVE_DAYS, SEVEN_DAYS),
            "activities": tuple(each for each in rows if isinstance(each, Activity)),
            "dependencies": tuple(each for each in rows if isinstance(each, Dependency)),
            **fields,
        }
    )
