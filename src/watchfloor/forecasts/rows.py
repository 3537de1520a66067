"""Activities as the columns that ``build_network`` takes: one list per column, since plans are long. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from watchfloor.plans.document import Activity, ActivityKind, ConstraintKind
from watchfloor_engine.calendars import to_tick
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Constraint, Kind

KINDS = {
    ActivityKind.TASK: int(Kind.TASK),
    ActivityKind.RESOURCE_DEPENDENT: int(Kind.TASK),
    ActivityKind.START_MILESTONE: int(Kind.START_MILESTONE),
    ActivityKind.FINISH_MILESTONE: int(Kind.FINISH_MILESTONE),
    ActivityKind.LEVEL_OF_EFFORT: int(Kind.LOE),
    ActivityKind.SUMMARY: int(Kind.SUMMARY),
    ActivityKind.EXTERNAL: int(Kind.EXTERNAL),
}
CONSTRAINTS = {kind: int(Constraint[kind.name]) for kind in ConstraintKind}
# Columns that hold moments, by the activity's field.
_MOMENTS = {
    "actual_start": "actual_start",
    "actual_finish": "actual_finish",
    "expected_finish": "expected_finish",
    "external_start": "external_start",
    "external_finish": "external_finish",
    "manual_start": "manual_start",
    "manual_finish": "manual_finish",
    "suspend": "suspended",
    "resume": "resumed",
    "deadline": "deadline",
}
DATED = (*(name for name in _MOMENTS if name != "suspend"), "constraint_tick", "constraint2_tick")


def tick_of(moment: datetime | None, tick: Callable[[datetime], int] = to_tick) -> int:
    return MISSING if moment is None else tick(moment)


def columns_of(rows: Sequence[Activity], tick: Callable[[datetime], int] = to_tick) -> dict[str, list[Any]]:
    """Everything about the activities themselves; calendar, parent and project depend on where they stand.

    ``tick`` turns their wall-clock times into ticks.
    """
    columns: dict[str, list[Any]] = {
        "kind": [KINDS[each.kind] for each in rows],
        "duration_ticks": [max(each.duration_ticks, 0) for each in rows],
        "remaining_ticks": [max(each.remaining_ticks, 0) for each in rows],
        "elapsed": [1 if each.elapsed else 0 for each in rows],
        "delay_ticks": [each.delay_ticks for each in rows],
    }
    for name, field in _MOMENTS.items():
        columns[name] = [tick_of(getattr(each, field), tick) for each in rows]
    for slot, place in (("constraint", 0), ("constraint2", 1)):
        chosen = [each.constraints[place] if len(each.constraints) > place else None for each in rows]
        columns[slot] = [0 if each is None else CONSTRAINTS[each.kind] for each in chosen]
        columns[f"{slot}_tick"] = [MISSING if each is None else tick_of(each.on, tick) for each in chosen]
    return columns
