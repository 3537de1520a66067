"""Assignments, shared by the formats: a plan holds one per activity and resource."""

from __future__ import annotations

from dataclasses import replace

from watchfloor.plans.document import Assignment


def added(one: Assignment, other: Assignment) -> Assignment:
    """Two rows of the same resource on the same activity as one: units, work and cost add up."""
    return replace(
        one,
        units=one.units + other.units,
        work_ticks=one.work_ticks + other.work_ticks,
        actual_work_ticks=one.actual_work_ticks + other.actual_work_ticks,
        remaining_work_ticks=one.remaining_work_ticks + other.remaining_work_ticks,
        budget_minor=_plus(one.budget_minor, other.budget_minor),
        actual_cost_minor=_plus(one.actual_cost_minor, other.actual_cost_minor),
        remaining_cost_minor=_plus(one.remaining_cost_minor, other.remaining_cost_minor),
    )


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
