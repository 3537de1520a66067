"""Where the finish would be had nobody made later work shorter: what edits to work not begun hide of a delay."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from watchfloor.forecasts.compile import ExternalDates
from watchfloor.forecasts.external import external_dates
from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import queries as plans
from watchfloor.plans.document import ActivityKind, Plan
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor_engine.calendars import from_tick
from watchfloor_engine.errors import EngineError

_MOST_KEPT = 256
_KEPT: OrderedDict[tuple[object, ...], Shortened | None] = OrderedDict()
_WORK = frozenset({ActivityKind.TASK, ActivityKind.RESOURCE_DEPENDENT})


@dataclass(frozen=True, slots=True)
class ShortenedRow:
    key: str
    name: str
    before_days: float  # of the baseline
    now_days: float


@dataclass(frozen=True, slots=True)
class Shortened:
    """Work not begun that is planned shorter than the baseline says, and what that does to the finish."""

    finish: datetime
    finish_without: datetime
    hidden_days: float  # working days of the project between the two
    rows: tuple[ShortenedRow, ...]  # most cut first


def shortened(project: ProjectRecord, revision_id: int) -> Shortened | None:
    """The newest plan against the current baseline; None where nothing was made shorter, or nothing can be scheduled.

    An activity that the baseline does not hold, or holds without a duration, is left as it is. Cost: two schedules,
    kept as long as plan, baseline and the projects it depends on stay the same.
    """
    baseline = plans.current_baseline(project.id)
    if baseline is None:
        return None
    plan = plans.plan(SYSTEM, project.id)
    said = {key: row.duration_ticks for key, row in baseline.rows.items() if row.duration_ticks}
    cut = {
        each.key: said[each.key]
        for each in plan.activities
        if each.kind in _WORK and each.actual_start is None and each.duration_ticks < (said.get(each.key) or 0)
    }
    if not cut:
        return None
    external, depends_on = external_dates(project, plan)
    key = (revision_id, baseline.summary.id, *sorted(depends_on.items()))
    if key not in _KEPT:
        while len(_KEPT) >= _MOST_KEPT:
            _KEPT.popitem(last=False)
        _KEPT[key] = _compared(plan, cut, external)
    return _KEPT[key]


def _compared(
    plan: Plan, cut: Mapping[str, int], external: Mapping[tuple[str, str], ExternalDates]
) -> Shortened | None:
    restored = tuple(
        replace(each, duration_ticks=cut[each.key], remaining_ticks=cut[each.key]) if each.key in cut else each
        for each in plan.activities
    )
    try:
        compiled, now = schedule_plans((plan,), external=external)
        _compiled, without = schedule_plans((replace(plan, activities=restored),), external=external)
    except (PlanCycle, EngineError):
        return None
    finish, other = int(now.project_finish[0]), int(without.project_finish[0])
    per_day = compiled.project_ticks_per_day[0]
    calendar = compiled.calendars.calendars[compiled.project_calendar[0]]
    rows = [
        ShortenedRow(each.key, each.name, cut[each.key] / per_day, each.duration_ticks / per_day)
        for each in plan.activities
        if each.key in cut
    ]
    rows.sort(key=lambda row: (row.now_days - row.before_days, row.key))
    return Shortened(from_tick(finish), from_tick(other), calendar.work_between(finish, other) / per_day, tuple(rows))
