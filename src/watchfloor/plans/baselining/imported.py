"""Keeping the baselines that came inside a file: to be looked at and proposed; nobody approved them here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from watchfloor.plans.baselining.rows import BaselineRow, budget_of_rows, pack, rows_of, rows_of_stored
from watchfloor.plans.document import Plan, PlanBaseline
from watchfloor.plans.models import Baseline, BaselineKind

_MAX_IMPORTED = 40  # MS Project holds eleven per file


def record_imported_baselines(project_id: int, plan: Plan, *, now: datetime) -> None:
    """Keep each version of each baseline inside the plan once."""
    if not plan.baselines:
        return
    rows = Baseline.objects.filter(project_id=project_id, kind=BaselineKind.IMPORTED)
    known = {(row.name, _said(rows_of(bytes(row.block)))) for row in rows}
    for each in _named(plan.baselines[:_MAX_IMPORTED]):
        stored = rows_of_stored(each, plan)
        if (each.name, _said(stored)) in known or len(known) >= _MAX_IMPORTED:
            continue
        known.add((each.name, _said(stored)))
        Baseline.objects.create(
            project_id=project_id,
            name=each.name,
            kind=BaselineKind.IMPORTED,
            recorded_at=now,
            origin="file",
            start=min(each.start.values(), default=None),
            finish=max(each.finish.values(), default=None),
            data_date=plan.data_date,
            budget_minor=budget_of_rows(stored),
            block=pack(stored),
        )


def _named(baselines: Sequence[PlanBaseline]) -> list[PlanBaseline]:
    return [
        PlanBaseline(each.name[:120], each.start, each.finish, each.duration_ticks, each.cost_minor)
        for each in baselines
    ]


def _said(rows: Mapping[str, BaselineRow]) -> tuple[Any, ...]:
    """What makes one version of a baseline: its figures, not the names the activities had meanwhile."""
    return tuple((key, row.start, row.finish, row.duration_ticks, row.cost_minor) for key, row in sorted(rows.items()))
