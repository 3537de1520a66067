"""What became of a schedule's quality between two states of a plan: points that changed, who offends anew. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watchfloor.forecasts.compile import ExternalDates
from watchfloor.forecasts.performance import PlannedRow, over_plan
from watchfloor.forecasts.quality import PointReport, Thresholds, quality_points
from watchfloor.forecasts.scheduling import schedule_plans
from watchfloor.plans.document import Plan

__all__ = ["PointChange", "quality_changes"]


@dataclass(frozen=True, slots=True)
class PointChange:
    """One point before and after; values as in ``PointReport``, None where it does not apply."""

    number: int
    code: str
    before: float | None
    after: float | None
    limit: float
    at_least: bool
    failed_before: bool
    failed_after: bool
    is_worse: bool
    came: tuple[str, ...]  # activities that offend now and did not
    went: int  # how many offend no more


def quality_changes(
    before: Plan,
    after: Plan,
    *,
    limits: Mapping[str, float],
    baseline: Mapping[str, PlannedRow] | None = None,
    external: Mapping[tuple[str, str], ExternalDates] | None = None,
) -> tuple[PointChange, ...]:
    """The points whose value or offenders differ, the worse ones first; limits by code as in ``Thresholds``.

    Both are held against the same ``baseline``; without one the points that need it do not apply.

    Raises:
        PlanCycle, EngineError: one of the two has no schedule.
    """
    thresholds = Thresholds(**limits)
    old, new = (_points(plan, thresholds, baseline, external) for plan in (before, after))
    found = [_changed(one, other) for one, other in zip(old, new, strict=True) if one != other]
    return tuple(
        sorted((each for each in found if each is not None), key=lambda each: (not each.is_worse, each.number))
    )


def _points(
    plan: Plan,
    thresholds: Thresholds,
    baseline: Mapping[str, PlannedRow] | None,
    external: Mapping[tuple[str, str], ExternalDates] | None,
) -> tuple[PointReport, ...]:
    compiled, schedule = schedule_plans((plan,), external=external)
    columns = over_plan(compiled, baseline) if baseline else None
    return quality_points(compiled, schedule, 0, columns, thresholds=thresholds)


def _changed(before: PointReport, after: PointReport) -> PointChange | None:
    offended = set(before.activities)
    came = tuple(dict.fromkeys(each for each in after.activities if each not in offended))
    went = len(offended - set(after.activities))
    if before.value == after.value and not came and not went:
        return None
    worse = False
    if before.value is not None and after.value is not None:
        worse = after.value < before.value if after.at_least else after.value > before.value
    return PointChange(
        number=after.number,
        code=after.code,
        before=before.value,
        after=after.value,
        limit=after.threshold,
        at_least=after.at_least,
        failed_before=before.outcome == "failed",
        failed_after=after.outcome == "failed",
        is_worse=worse,
        came=came,
        went=went,
    )
