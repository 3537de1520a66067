"""The columns of a forecast's block from arrays. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watchfloor.forecasts.compile import Compiled
from watchfloor.forecasts.performance import BaselineColumns, Performance, actual_costs, done_share
from watchfloor.plans.document import Dependency
from watchfloor_engine.kernels import F64, I64, MISSING
from watchfloor_engine.schedule import Schedule
from watchfloor_engine.simulate import Simulation

_MAX_DRIVERS = 40  # per activity


def activity_columns(
    compiled: Compiled,
    schedule: Schedule,
    simulation: Simulation | None,
    baseline: BaselineColumns | None,
    performance: Performance | None,
) -> dict[str, list[Any]]:
    """Every column of the block for the plan's own activities."""
    own = compiled.own
    rows = compiled.activities[:own]
    per_day = compiled.ticks_per_day
    none: I64 = np.full(own, MISSING, dtype=np.int64)
    offset, index, link, name = _drivers(compiled, schedule)
    foreign = _foreign(compiled, schedule)
    return {
        "key": [each.key for each in rows],
        "code": [each.code for each in rows],
        "name": [each.name for each in rows],
        "wbs": [each.wbs for each in rows],
        "kind": [each.kind.value for each in rows],
        "responsible": [each.responsible for each in rows],
        "is_committed": [int(each.is_committed) for each in rows],
        "status": compiled.network.status[:own].tolist(),
        "percent": np.round(done_share(compiled)[:own] * 100.0, 2).tolist(),
        "start": _ticks(schedule.start, own),
        "finish": _ticks(schedule.finish, own),
        "early_start": _ticks(schedule.early_start, own),
        "early_finish": _ticks(schedule.early_finish, own),
        "late_start": _ticks(schedule.late_start, own),
        "late_finish": _ticks(schedule.late_finish, own),
        "total_float_days": _days(schedule.total_float, per_day, own),
        "free_float_days": _days(schedule.free_float, per_day, own),
        "critical": schedule.critical[:own].astype(int).tolist(),
        "on_longest_path": schedule.on_longest_path[:own].astype(int).tolist(),
        "criticality": _shares(None if simulation is None else simulation.criticality, own),
        "sensitivity": _shares(None if simulation is None else simulation.sensitivity, own),
        "remaining_days": _days(schedule.remaining, per_day, own),
        "duration_days": _days(compiled.network.duration, per_day, own),
        "baseline_start": _ticks(none if baseline is None else baseline.start, own),
        "baseline_finish": _ticks(none if baseline is None else baseline.finish, own),
        "budget_minor": [each.budget_minor for each in rows],
        "planned_minor": _minor(performance, "planned", own),
        "earned_minor": _minor(performance, "earned", own),
        "actual_minor": list(actual_costs(compiled)[:own]),
        "driver_offset": offset,
        "driver_index": index,
        "driver_link": link,
        "driver_name": name,
        "driver_start": [foreign[each][0] if each else None for each in name],
        "driver_finish": [foreign[each][1] if each else None for each in name],
    }


def _ticks(values: I64, own: int) -> list[int | None]:
    return [None if tick == MISSING else tick for tick in values[:own].tolist()]


def _days(values: I64, per_day: F64, own: int) -> list[float]:
    return [round(each, 3) for each in (values[:own] / per_day[:own]).tolist()]


def _shares(values: F64 | None, own: int) -> list[float]:
    return [0.0] * own if values is None else np.round(values[:own], 3).tolist()


def _minor(performance: Performance | None, which: str, own: int) -> list[int]:
    if performance is None or performance.basis != "cost":
        return [0] * own
    values: NDArray[np.float64] = getattr(performance, which)
    return [round(each) for each in values[:own].tolist()]


def _drivers(compiled: Compiled, schedule: Schedule) -> tuple[list[int], list[int], list[str], list[str]]:
    """Driving predecessors per activity: offsets, indices (-1: of another project), link texts, foreign names."""
    by_successor: dict[int, list[int]] = defaultdict(list)
    pred, succ = compiled.network.pred, compiled.network.succ
    for at in np.flatnonzero(schedule.driving).tolist():
        by_successor[int(succ[at])].append(at)
    offset, index, link, name = [0], [], [], []
    for activity in range(compiled.own):
        for at in by_successor.get(activity, ())[:_MAX_DRIVERS]:
            before = int(pred[at])
            foreign = before >= compiled.own
            index.append(-1 if foreign else before)
            link.append(link_text(compiled.links[at], compiled.ticks_per_day[before]))
            name.append(compiled.activities[before].key if foreign else "")
        offset.append(len(index))
    return offset, index, link, name


def _foreign(compiled: Compiled, schedule: Schedule) -> dict[str, tuple[int | None, int | None]]:
    """Start and finish of each activity of another project, in ticks, by the name its drivers go by."""
    places = range(compiled.own, len(compiled.activities))
    starts, finishes = (_ticks(each, len(compiled.activities)) for each in (schedule.start, schedule.finish))
    return {compiled.activities[at].key: (starts[at], finishes[at]) for at in places}


def link_text(link: Dependency, ticks_per_day: float) -> str:
    """Kind and lag as a scheduler writes them: FS, SS+2d, FF-1.5d, FS+50%."""
    if link.lag_percent is not None:
        return f"{link.kind}{link.lag_percent:+g}%"
    if not link.lag_ticks:
        return str(link.kind)
    if link.lag_elapsed:
        return f"{link.kind}{round(link.lag_ticks / 14_400, 2):+g}ed"
    return f"{link.kind}{round(link.lag_ticks / ticks_per_day, 2):+g}d"
