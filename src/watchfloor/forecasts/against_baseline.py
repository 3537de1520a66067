"""A baseline beside the plan and its newest forecast, activity by activity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from watchfloor.forecasts.queries import activity_forecasts
from watchfloor.forecasts.records import ActivityTable
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.baselining.rows import BaselineRow
from watchfloor.plans.records import BaselineSummary

SHOWN = ("all", "later", "earlier", "changed", "gone", "new")


@dataclass(frozen=True, slots=True)
class ComparedActivity:
    """One activity as the baseline has it and as it is forecast; days are of the calendar, later is positive.

    ``state``: both, gone (the plan does not have it any more), new (the baseline does not have it).
    """

    key: str
    code: str
    name: str
    state: str
    baseline_start: datetime | None
    baseline_finish: datetime | None
    start: datetime | None
    finish: datetime | None
    start_days: int | None
    finish_days: int | None
    baseline_budget_minor: int | None
    budget_minor: int | None
    amended: bool  # it was under way when the baseline was amended


@dataclass(frozen=True, slots=True)
class BaselineComparison:
    """A page of activities, and the counts over all of them."""

    baseline: BaselineSummary
    forecast_id: int | None  # None: there is no forecast to compare with yet
    both: int
    gone: int
    new: int
    later: int  # of those in both, with a later finish
    total: int  # that match what is asked for
    rows: tuple[ComparedActivity, ...]


def against_baseline(
    viewer: Viewer, project_id: int, baseline_id: int, *, show: str = "all", limit: int = 100, offset: int = 0
) -> BaselineComparison:
    """Compare a baseline with the newest forecast. Four SQL queries, whatever the size.

    ``show``: all, later, earlier, changed (dates or budget differ), gone, new.

    Raises:
        NotFound: no such project or baseline for the viewer.
    """
    found = plans.baseline(viewer, project_id, baseline_id)
    table = activity_forecasts(viewer, project_id)
    compared = tuple(_compared(found.rows, table))
    chosen = [each for each in compared if _matches(each, show)]
    page = chosen[max(0, offset) : max(0, offset) + max(0, limit)]
    if not viewer.may("cost.view", project_id):
        page = [_without_cost(each) for each in page]
    return BaselineComparison(
        baseline=plans.shown_baseline(viewer, found.summary),
        forecast_id=table.forecast_id or None,
        both=sum(each.state == "both" for each in compared),
        gone=sum(each.state == "gone" for each in compared),
        new=sum(each.state == "new" for each in compared),
        later=sum((each.finish_days or 0) > 0 for each in compared),
        total=len(chosen),
        rows=tuple(page),
    )


def _compared(rows: Mapping[str, BaselineRow], table: ActivityTable) -> Iterator[ComparedActivity]:
    """In the order of the plan, then what only the baseline has."""
    for at, key in enumerate(table.key):
        yield _one(key, rows.get(key), table, at)
    here = set(table.key)
    for key, row in rows.items():
        if key not in here:
            yield _one(key, row, table, None)


def _one(key: str, row: BaselineRow | None, table: ActivityTable, at: int | None) -> ComparedActivity:
    start, finish = (table.start[at], table.finish[at]) if at is not None else (None, None)
    planned_start, planned_finish = (row.start, row.finish) if row is not None else (None, None)
    return ComparedActivity(
        key=key,
        code=(table.code[at] if at is not None else row.code if row is not None else "") or key,
        name=(table.name[at] if at is not None else row.name if row is not None else "") or key,
        state="new" if row is None else "gone" if at is None else "both",
        baseline_start=planned_start,
        baseline_finish=planned_finish,
        start=start,
        finish=finish,
        start_days=_days(planned_start, start),
        finish_days=_days(planned_finish, finish),
        baseline_budget_minor=row.cost_minor if row is not None else None,
        budget_minor=table.budget_minor[at] if at is not None else None,
        amended=row is not None and bool(row.kept),
    )


def _days(planned: datetime | None, now: datetime | None) -> int | None:
    return (now.date() - planned.date()).days if planned is not None and now is not None else None


def _matches(each: ComparedActivity, show: str) -> bool:
    match show:
        case "later":
            return (each.finish_days or 0) > 0
        case "earlier":
            return (each.finish_days or 0) < 0
        case "changed":
            moved = (each.start_days or 0) != 0 or (each.finish_days or 0) != 0
            return each.state != "both" or moved or each.baseline_budget_minor != each.budget_minor
        case "gone" | "new":
            return each.state == show
    return True


def _without_cost(each: ComparedActivity) -> ComparedActivity:
    return replace(each, baseline_budget_minor=None, budget_minor=None)
