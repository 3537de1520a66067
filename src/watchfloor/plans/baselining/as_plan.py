"""A baseline as a plan document, so that it can be compared like any other plan. No Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from watchfloor.plans.baselining.rows import BaselineRow
from watchfloor.plans.document import Activity, ActivityKind, Plan, StoredDates


def as_plan(plan: Plan, rows: Mapping[str, BaselineRow]) -> Plan:
    """The frame of a plan with the activities of a baseline: its durations, budgets and dates, no progress, no links.

    The dates stand where a tool's computed ones do, since they are given and not to be scheduled.
    """
    known = {each.key: each for each in plan.activities}
    return replace(
        plan,
        activities=tuple(_activity(known.get(key), key, row) for key, row in rows.items()),
        dependencies=(),
        assignments=(),
        baselines=(),
    )


def _activity(known: Activity | None, key: str, row: BaselineRow) -> Activity:
    ticks = row.duration_ticks or 0
    kind = known.kind if known is not None else ActivityKind.SUMMARY if row.is_summary else ActivityKind.TASK
    return Activity(
        key=key,
        name=row.name or (known.name if known is not None else key),
        code=row.code or (known.code if known is not None else ""),
        wbs=row.wbs or (known.wbs if known is not None else ""),
        kind=kind,
        calendar=known.calendar if known is not None else "",
        duration_ticks=ticks,
        remaining_ticks=ticks,
        budget_minor=row.cost_minor,
        responsible=row.responsible,
        stored=StoredDates(start=row.start, finish=row.finish),
    )
