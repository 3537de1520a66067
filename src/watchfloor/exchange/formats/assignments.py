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
        budget_minor=(one.budget_minor or 0) + (other.budget_minor or 0),
        actual_cost_minor=(one.actual_cost_minor or 0) + (other.actual_cost_minor or 0),
        remaining_cost_minor=(one.remaining_cost_minor or 0) + (other.remaining_cost_minor or 0),
    )
