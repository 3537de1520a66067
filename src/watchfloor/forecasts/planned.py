"""What a baseline of the database planned, as the calculations take it."""

from __future__ import annotations

from watchfloor.forecasts.performance import PlannedRow
from watchfloor.plans.records import BaselineRecord


def planned_rows(baseline: BaselineRecord) -> dict[str, PlannedRow]:
    """The baseline's rows by activity key."""
    return {
        key: PlannedRow(row.start, row.finish, row.duration_ticks, row.cost_minor, row.is_summary, row.kept)
        for key, row in baseline.rows.items()
    }
