"""Tasks and activities that MPXJ read: kind, duration, progress, constraints, and apart from them what was computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from watchfloor.exchange.formats.money import Money
from watchfloor.exchange.formats.mpxj.calendars import calendar_key
from watchfloor.exchange.formats.mpxj.java import Units, is_elapsed, real, text
from watchfloor.exchange.formats.mpxj.notebooks import convert_notebooks
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.plans.document import (
    Activity,
    ActivityKind,
    Constraint,
    ConstraintKind,
    Pause,
    PercentKind,
    StoredDates,
)
from watchfloor.plans.notebooks import plain_text

_KINDS = {
    "TASK_DEPENDENT": ActivityKind.TASK,
    "RESOURCE_DEPENDENT": ActivityKind.RESOURCE_DEPENDENT,
    "LEVEL_OF_EFFORT": ActivityKind.LEVEL_OF_EFFORT,
    "START_MILESTONE": ActivityKind.START_MILESTONE,
    "FINISH_MILESTONE": ActivityKind.FINISH_MILESTONE,
    "WBS_SUMMARY": ActivityKind.SUMMARY,
    "HAMMOCK": ActivityKind.LEVEL_OF_EFFORT,
}
_CONSTRAINTS = {
    "AS_LATE_AS_POSSIBLE": ConstraintKind.AS_LATE_AS_POSSIBLE,
    "MUST_START_ON": ConstraintKind.MANDATORY_START,
    "MUST_FINISH_ON": ConstraintKind.MANDATORY_FINISH,
    "START_NO_EARLIER_THAN": ConstraintKind.START_NO_EARLIER,
    "START_NO_LATER_THAN": ConstraintKind.START_NO_LATER,
    "FINISH_NO_EARLIER_THAN": ConstraintKind.FINISH_NO_EARLIER,
    "FINISH_NO_LATER_THAN": ConstraintKind.FINISH_NO_LATER,
    "START_ON": ConstraintKind.START_ON,
    "FINISH_ON": ConstraintKind.FINISH_ON,
}


MOST_PAUSES = 1_000


@dataclass(frozen=True, slots=True)
class Setting:
    """What reading a task needs to know of its project."""

    units: Units
    remarks: Remarks
    primavera: bool
    default_calendar: str
    hours: Any  # the unit of time, as MPXJ names it


def convert_task(
    task: Any, *, key: str, setting: Setting, codes: Mapping[str, str], fields: Mapping[str, str]
) -> Activity:
    """One activity; where it stands in the outline is settled by the caller."""
    units, remarks = setting.units, setting.remarks
    place = f"task {key}"

    def moment(value: Any) -> datetime | None:
        return units.moment(value, place)

    summary = bool(task.getSummary()) and not (setting.primavera and task.getActivityType() is not None)
    planned_duration = task.getPlannedDuration() if setting.primavera else task.getDuration()
    planned = _positive(units.ticks(planned_duration), place, remarks)
    remaining = units.ticks(task.getRemainingDuration())
    actual_start, actual_finish = moment(task.getActualStart()), moment(task.getActualFinish())
    kind = _kind(task, planned, summary=summary, setting=setting, place=place)
    manual = not setting.primavera and not summary and str(task.getTaskMode().name()) == "MANUALLY_SCHEDULED"
    stop, resume = moment(task.getStop()), moment(task.getResume())
    if setting.primavera:
        stop = moment(task.getSuspendDate())
    paused = stop is not None and (setting.primavera or (actual_start is not None and actual_finish is None))
    percent, percent_kind, physical = _percent(task, setting)
    calendar = task.getCalendar()
    resource = task.getPrimaryResource() if setting.primavera else None
    external = kind is ActivityKind.EXTERNAL
    money = _costs(task, setting)
    return Activity(
        key=key,
        name=text(task.getName()),
        code=key if setting.primavera else text(task.getWBS()) or text(task.getOutlineNumber()),
        kind=kind,
        calendar=calendar_key(calendar),
        duration_ticks=planned,
        remaining_ticks=0 if actual_finish else max(0, planned if remaining is None else remaining),
        elapsed=is_elapsed(planned_duration),
        percent_complete=percent,
        percent_kind=percent_kind,
        physical_percent=physical,
        actual_start=actual_start,
        actual_finish=actual_finish,
        suspended=stop if paused else None,
        resumed=resume if paused else None,
        constraints=_constraints(task, moment, place, remarks),
        deadline=moment(task.getDeadline()),
        expected_finish=moment(task.getExpectedFinish()) if setting.primavera else None,
        external_start=moment(task.getStart() if external else task.getExternalEarlyStart()),
        external_finish=moment(task.getFinish() if external else task.getExternalLateFinish()),
        manual_start=moment(task.getStart()) if manual else None,
        manual_finish=moment(task.getFinish()) if manual else None,
        priority=_priority(task),
        budget_minor=money.budget,
        actual_cost_minor=money.actual,
        remaining_cost_minor=money.remaining,
        responsible=text(resource.getName()) if resource is not None else "",
        guid=text(task.getGUID()),
        codes=codes,
        fields=fields,
        notes="" if setting.primavera else plain_text(text(task.getNotes())),
        stored=_stored(task, setting, moment),
        notebooks=convert_notebooks(task) if setting.primavera else (),
        delay_ticks=0 if setting.primavera else max(0, units.ticks(task.getLevelingDelay()) or 0),
        pauses=() if setting.primavera or summary or kind is not ActivityKind.TASK else _pauses(task, setting),
    )


def _pauses(task: Any, setting: Setting) -> tuple[Pause, ...]:
    """Rests between the parts of a split task, in working time of the calendar that its work follows."""
    ranges = list(task.getWorkSplits() or ())[:MOST_PAUSES]
    if len(ranges) < 2:
        return ()
    own = [each.getEffectiveCalendar() for each in task.getResourceAssignments()]
    calendar = own[0] if task.getCalendar() is None and len(own) == 1 and own[0] else task.getEffectiveCalendar()

    def work(start: Any, end: Any) -> int:
        return setting.units.ticks(calendar.getWork(start, end, setting.hours)) or 0

    found, done = [], 0
    for part, following in pairwise(ranges):
        done += work(part.getStart(), part.getEnd())
        rest = work(part.getEnd(), following.getStart())
        if rest > 0:
            found.append(Pause(done, rest))
    return tuple(found)


def _positive(value: int | None, place: str, remarks: Remarks) -> int:
    if value is not None and value < 0:
        remarks.note("mpxj.bad_duration", place, "A negative duration is read as 0.")
        return 0
    return value or 0


def _kind(task: Any, planned: int, *, summary: bool, setting: Setting, place: str) -> ActivityKind:
    if summary:
        # An inserted project whose activities are not in the file is known by its dates only.
        inserted = not setting.primavera and task.getSubprojectFile() is not None and task.getChildTasks().isEmpty()
        return ActivityKind.EXTERNAL if inserted else ActivityKind.SUMMARY
    if setting.primavera:
        word = task.getActivityType()
        kind = _KINDS.get(str(word.name())) if word is not None else ActivityKind.TASK
        if kind is None:
            setting.remarks.note("mpxj.unknown_value", place, f"Activity type {text(word.name())} is read as a task.")
        return kind or ActivityKind.TASK
    if task.getExternalTask() or task.getExternalProject() or task.getSubprojectFile() is not None:
        return ActivityKind.EXTERNAL
    # A milestone of MS Project may have a duration; only without one is it a moment for us.
    return ActivityKind.FINISH_MILESTONE if task.getMilestone() and planned == 0 else ActivityKind.TASK


def _percent(task: Any, setting: Setting) -> tuple[float, PercentKind, float | None]:
    physical = real(task.getPhysicalPercentComplete())
    if setting.primavera:
        word = task.getPercentCompleteType()
        name = str(word.name()) if word is not None else "DURATION"
        kind = {"PHYSICAL": PercentKind.PHYSICAL, "UNITS": PercentKind.UNITS}.get(name, PercentKind.DURATION)
        percent = real(task.getActivityPercentComplete())
        return _within(percent or 0.0), kind, physical
    method = task.getEarnedValueMethod()
    if method is not None and str(method.name()) == "PHYSICAL_PERCENT_COMPLETE":
        return _within(physical or 0.0), PercentKind.PHYSICAL, physical or 0.0
    return _within(real(task.getPercentageComplete()) or 0.0), PercentKind.DURATION, physical or None


def _within(percent: float) -> float:
    return min(100.0, max(0.0, percent))


def _priority(task: Any) -> int:
    priority = task.getPriority()
    return min(1000, max(0, int(priority.getValue()))) if priority is not None else 500


def _constraints(task: Any, moment: Any, place: str, remarks: Remarks) -> tuple[Constraint, ...]:
    found = []
    pairs = (
        (task.getConstraintType(), task.getConstraintDate()),
        (task.getSecondaryConstraintType(), task.getSecondaryConstraintDate()),
    )
    for word, date in pairs:
        kind = _CONSTRAINTS.get(str(word.name())) if word is not None else None
        if kind is None:
            continue
        on = moment(date)
        if kind is ConstraintKind.AS_LATE_AS_POSSIBLE:
            found.append(Constraint(kind))
        elif on is None:
            remarks.note("mpxj.constraint_without_date", place, "A constraint without a date is left out.")
        else:
            found.append(Constraint(kind, on))
    return tuple(found)


def _costs(task: Any, setting: Setting) -> Money:
    """Budget is P6's planned cost, or the baseline's cost in MS Project. Without any money it is None, not 0."""
    minor = setting.units.minor
    cost, actual, remaining = minor(task.getCost()), minor(task.getActualCost()), minor(task.getRemainingCost())
    planned = minor(task.getPlannedCost() if setting.primavera else task.getBaselineCost())
    if not any((cost, actual, remaining, planned)):
        return Money()
    return Money(planned if planned is not None else cost, actual, remaining)


def _stored(task: Any, setting: Setting, moment: Any) -> StoredDates:
    complete = task.getActualFinish() is not None
    return StoredDates(
        start=moment(task.getStart()),
        finish=moment(task.getFinish()),
        early_start=moment(task.getEarlyStart()),
        early_finish=moment(task.getEarlyFinish()),
        late_start=moment(task.getLateStart()),
        late_finish=moment(task.getLateFinish()),
        # MPXJ computes a float where P6 leaves a complete activity without one.
        total_float_ticks=None if setting.primavera and complete else setting.units.ticks(task.getTotalSlack()),
        free_float_ticks=None if setting.primavera and complete else setting.units.ticks(task.getFreeSlack()),
        critical=False if setting.primavera and complete else bool(task.getCritical()),
    )
