"""Scheduling options that MPXJ read."""

from __future__ import annotations

from typing import Any

from watchfloor.exchange.formats.mpxj.java import Units
from watchfloor.plans.document import FloatKind, LagCalendar, OutOfSequence, ScheduleOptions

_PROGRESS = {
    "RETAINED_LOGIC": OutOfSequence.RETAINED_LOGIC,
    "PROGRESS_OVERRIDE": OutOfSequence.PROGRESS_OVERRIDE,
    "ACTUAL_DATES": OutOfSequence.ACTUAL_DATES,
}
_LAGS = {
    "PREDECESSOR": LagCalendar.PREDECESSOR,
    "SUCCESSOR": LagCalendar.SUCCESSOR,
    "PROJECT_DEFAULT": LagCalendar.PROJECT,
    "TWENTY_FOUR_HOUR": LagCalendar.TWENTY_FOUR_HOUR,
}
_FLOATS = {
    "SMALLEST_SLACK": FloatKind.SMALLEST,
    "START_SLACK": FloatKind.START,
    "FINISH_SLACK": FloatKind.FINISH,
}


def convert_options(properties: Any, units: Units, *, primavera: bool, from_finish: bool) -> ScheduleOptions:
    limit = units.ticks(properties.getCriticalSlackLimit()) or 0
    if not primavera:
        return ScheduleOptions(
            tool="msproject",
            out_of_sequence=OutOfSequence.RETAINED_LOGIC
            if properties.getSplitInProgressTasks()
            else OutOfSequence.PROGRESS_OVERRIDE,
            lag_calendar=LagCalendar.SUCCESSOR,
            float_kind=FloatKind.SMALLEST,
            critical_float_ticks=limit,
            open_ends_critical=bool(properties.getMultipleCriticalPaths()),
            use_expected_finish=False,
            data_date_is_floor=bool(properties.getMoveRemainingStartsForward()),
            honour_constraints=bool(properties.getHonorConstraints()),
            from_finish=from_finish,
        )
    return ScheduleOptions(
        tool="p6",
        out_of_sequence=_PROGRESS.get(
            _name(properties.getSchedulingProgressedActivities()), OutOfSequence.RETAINED_LOGIC
        ),
        lag_calendar=_LAGS.get(_name(properties.getRelationshipLagCalendar()), LagCalendar.PREDECESSOR),
        float_kind=_FLOATS.get(_name(properties.getTotalSlackCalculationType()), FloatKind.FINISH),
        critical_float_ticks=limit,
        critical_by_longest_path=_name(properties.getCriticalActivityType()) == "LONGEST_PATH",
        open_ends_critical=bool(properties.getMakeOpenEndedActivitiesCritical()),
        use_expected_finish=bool(properties.getUseExpectedFinishDates()),
        start_to_start_from_actual=not bool(properties.getComputeStartToStartLagFromEarlyStart()),
        ignore_external=bool(properties.getIgnoreRelationshipsToAndFromOtherProjects()),
    )


def _name(value: Any) -> str:
    return "" if value is None else str(value.name())
