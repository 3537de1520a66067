"""Working time as days: how long a day of an activity is."""

from __future__ import annotations

from watchfloor.plans.document import TICKS_PER_HOUR, Activity, Plan

HOURS_PER_DAY = 8.0  # of a calendar that does not say


def ticks_per_day(plan: Plan, activity: Activity) -> float:
    """Ticks in a day of the activity's calendar, else of the plan's; of an elapsed duration a day has 24 hours."""
    if activity.elapsed:
        return 24 * TICKS_PER_HOUR
    named = activity.calendar or plan.calendar
    hours = next((each.hours_per_day for each in plan.calendars if each.key == named), HOURS_PER_DAY)
    return (hours or HOURS_PER_DAY) * TICKS_PER_HOUR
