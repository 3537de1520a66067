"""Whose calendar an activity's work follows: that of its resources, together or each on its own. Pure.

Microsoft Project lets an activity without a calendar of its own work when its resources do; P6 does so for activities
that are resource dependent. Where resources differ, the activity ends when the last of them has done its part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watchfloor.plans.document import Activity, ActivityKind, Assignment, Plan

MOST_SHARE = 100.0  # of the remaining duration: more is a mistake in the file


@dataclass(frozen=True, slots=True)
class Part:
    """What one resource does: its calendar ("": the project's), and its time as a share of the activity's."""

    calendar: str
    share: float


def shared_calendars(plan: Plan) -> dict[str, str]:
    """The calendar of the resources of each activity, where they all share one of their own."""
    return {
        activity: next(iter(keys)) for activity, keys in _calendars(plan).items() if len(keys) == 1 and next(iter(keys))
    }


def parts_of(plan: Plan) -> dict[str, tuple[Part, ...]]:
    """Activities in parts, by key: those whose resources have calendars of their own that differ, and those that rest.

    A rest lengthens every part.
    """
    found = _mixed(plan)
    shared: dict[str, str] | None = None
    for each in plan.activities:
        if each.pauses and each.kind is ActivityKind.TASK and not each.elapsed and each.remaining_ticks > 0:
            shared = shared_calendars(plan) if shared is None else shared
            whole = (Part(each.calendar or shared.get(each.key, ""), 1.0),)
            rests = _rests(each) / each.remaining_ticks
            if rests > 0:
                found[each.key] = tuple(
                    Part(part.calendar, min(part.share + rests, MOST_SHARE)) for part in found.get(each.key, whole)
                )
    return found


def _rests(activity: Activity) -> int:
    """Working time of the pauses that lie ahead."""
    done = max(0, activity.duration_ticks - activity.remaining_ticks) if activity.actual_start is not None else 0
    return sum(each.ticks for each in activity.pauses if each.after_ticks > done)


def _mixed(plan: Plan) -> dict[str, tuple[Part, ...]]:
    mixed = {activity for activity, keys in _calendars(plan).items() if len(keys) > 1}
    if not mixed:
        return {}
    rows = {each.key: each for each in plan.activities if each.key in mixed and _follows_resources(each)}
    by_activity: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in plan.assignments:
        if assignment.activity in rows:
            by_activity[assignment.activity].append(assignment)
    calendars = _own_calendars(plan)
    return {key: _parts(rows[key], found, calendars) for key, found in by_activity.items()}


def _parts(activity: Activity, found: Sequence[Assignment], calendars: Mapping[str, str]) -> tuple[Part, ...]:
    return tuple(Part(calendars[each.resource], _share(activity, each)) for each in found if each.resource in calendars)


def _share(activity: Activity, assignment: Assignment) -> float:
    """Time the resource needs for what is left, over the activity's remaining duration; 1 where it is not told."""
    work = assignment.remaining_work_ticks if activity.actual_start is not None else assignment.work_ticks
    if work <= 0 or assignment.units <= 0:
        return 1.0
    return min(work / assignment.units / activity.remaining_ticks, MOST_SHARE)


def _follows_resources(activity: Activity) -> bool:
    if activity.elapsed or activity.remaining_ticks <= 0:
        return False
    return activity.kind is ActivityKind.RESOURCE_DEPENDENT or (
        activity.kind is ActivityKind.TASK and not activity.calendar
    )


def _own_calendars(plan: Plan) -> dict[str, str]:
    """Calendars by resource; material and cost do not work."""
    return {each.key: each.calendar for each in plan.resources if each.kind not in ("material", "cost")}


def _calendars(plan: Plan) -> dict[str, set[str]]:
    """The calendars of the resources of each activity, those without one of their own as ""; none where none has."""
    calendars = _own_calendars(plan)
    if not any(calendars.values()):
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    for assignment in plan.assignments:
        if assignment.resource in calendars:
            found[assignment.activity].add(calendars[assignment.resource])
    return found
