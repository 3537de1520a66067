"""Schedule quality of one project: the 14 points with their offenders by activity key. Pure.

Definitions: watchfloor_engine/quality.py and docs/methods/schedule-quality.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from watchfloor.forecasts.columns import link_text
from watchfloor.forecasts.compile import Compiled
from watchfloor.forecasts.performance import BaselineColumns
from watchfloor_engine.quality import HardConstraints, Point, QualityInputs, Thresholds, assess_quality
from watchfloor_engine.schedule import Schedule

__all__ = [
    "OFFENDERS_KEPT", "HardConstraints", "PointReport", "Thresholds", "keys_of", "link_key", "quality_points",
    "together",
]  # fmt: skip

OFFENDERS_KEPT = 500
_COUNTED = frozenset({"leads", "negative_float", "invalid_dates"})
_OF_ONE_PROJECT = frozenset({"critical_path_test", "cpli"})


@dataclass(frozen=True, slots=True)
class PointReport:
    """One of the 14 points with its offenders by activity key, or "predecessor > successor kind"."""

    number: int
    code: str
    value: float | None  # share 0..1, count, or index
    threshold: float
    at_least: bool
    outcome: str  # passed, failed, not_applicable
    base: int
    offenders: tuple[str, ...]  # at most OFFENDERS_KEPT
    activities: tuple[str, ...]  # the same as activity keys: of a link its successor
    offender_count: int
    reason: str
    details: Mapping[str, float]
    definition: str


def quality_points(
    compiled: Compiled,
    schedule: Schedule,
    place: int,
    baseline: BaselineColumns | None,
    *,
    hard: str = HardConstraints.DCMA.value,
    thresholds: Thresholds | None = None,
) -> tuple[PointReport, ...]:
    """The 14 points of the plan at ``place``, in their order."""
    plan = compiled.plans[place]
    assigned = {each.activity for each in plan.assignments}
    loaded = np.array([bool(each.budget_minor) or each.key in assigned for each in compiled.activities], dtype=np.bool_)
    inputs = QualityInputs(
        ticks_per_day=compiled.ticks_per_day,
        loaded=loaded & (compiled.network.project == place),
        baseline_finish=None if baseline is None else baseline.finish,
        baseline_duration=None if baseline is None else baseline.duration,
        project_calendar=compiled.project_calendar[place],
        project_ticks_per_day=compiled.project_ticks_per_day[place],
        hard_definition=HardConstraints(hard),
    )
    quality = assess_quality(
        compiled.network, schedule, compiled.calendars, compiled.options, inputs, project=place, thresholds=thresholds
    )
    return tuple(_point(compiled, each) for each in quality.points)


def together(projects: Sequence[tuple[PointReport, ...]]) -> tuple[PointReport, ...]:
    """The points over several projects: offenders and bases added up; tests of a critical path by the worst of them."""
    return tuple(_together(same) for same in zip(*projects, strict=True)) if projects else ()


def _together(same: tuple[PointReport, ...]) -> PointReport:
    known = [each for each in same if each.value is not None]
    if len(known) <= 1:
        return known[0] if known else same[0]
    first = known[0]
    if first.code in _OF_ONE_PROJECT:
        return min(known, key=lambda each: each.value or 0.0)
    base, count = sum(each.base for each in known), sum(each.offender_count for each in known)
    details = {name: sum(each.details.get(name, 0.0) for each in known) for name in first.details}
    if first.code in _COUNTED:
        value = float(count)
    elif first.code == "bei":
        value = details["completed"] / base
        details["hit_rate"] = sum(each.details["hit_rate"] * each.base for each in known) / base
    else:
        value = 1.0 - count / base if first.at_least else count / base
    good = value >= first.threshold if first.at_least else value <= first.threshold
    return replace(
        first,
        value=value,
        outcome="passed" if good else "failed",
        base=base,
        offenders=tuple(each for report in known for each in report.offenders)[:OFFENDERS_KEPT],
        activities=tuple(each for report in known for each in report.activities)[:OFFENDERS_KEPT],
        offender_count=count,
        details=details,
    )


def _point(compiled: Compiled, point: Point) -> PointReport:
    shown = point.offenders[:OFFENDERS_KEPT].tolist()
    whose = compiled.network.succ[shown].tolist() if point.of_links else shown
    offenders = tuple(link_key(compiled, at) for at in shown) if point.of_links else keys_of(compiled, shown)
    return PointReport(
        number=point.number,
        code=point.code,
        value=None if point.value is None else float(point.value),
        threshold=float(point.threshold),
        at_least=point.at_least,
        outcome=str(point.outcome),
        base=point.base,
        offenders=offenders,
        activities=keys_of(compiled, whose),
        offender_count=int(point.offenders.size),
        reason=point.reason,
        details={name: float(value) for name, value in point.details.items()},
        definition=point.definition,
    )


def keys_of(compiled: Compiled, indices: Sequence[int]) -> tuple[str, ...]:
    """The keys of activities by their indices."""
    return tuple(compiled.activities[at].key for at in indices)


def link_key(compiled: Compiled, at: int) -> str:
    """A link by its index, as "A > B FS+2d"."""
    before, after = int(compiled.network.pred[at]), int(compiled.network.succ[at])
    text = link_text(compiled.links[at], float(compiled.ticks_per_day[before]))
    return f"{compiled.activities[before].key} > {compiled.activities[after].key} {text}"
