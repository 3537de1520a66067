"""Our dates against those an import brought along, for its result page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import lru_cache

from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.forecasts.stored import StoredComparison, compare_stored
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.document import Plan
from watchfloor.portfolio.queries import projects_by_id
from watchfloor_engine.errors import EngineError

MAX_ACTIVITIES = 30_000  # compared on a page; `watchfloor check FILE` compares any number
MAX_DIFFERENCES = 200


def stored_comparison(
    viewer: Viewer, revisions: Mapping[int, int], *, partial: Collection[str] = ()
) -> StoredComparison | None:
    """What our schedule says of the dates that came with these revisions (project id → revision number).

    The projects are scheduled as one network, as they stood in the file, and only those the viewer may see.
    ``partial`` are codes of projects of which the file held only stubs.

    Returns:
        None when nothing can be compared: no stored dates, a circle in the plan, or more than ``MAX_ACTIVITIES``.
    """
    seen = projects_by_id(viewer, revisions)
    wanted = tuple(sorted((pk, project.code, revisions[pk]) for pk, project in seen.items()))
    return _compared(wanted, frozenset(partial)) if wanted else None


@lru_cache(maxsize=32)  # a revision never changes
def _compared(wanted: tuple[tuple[int, str, int], ...], partial: frozenset[str]) -> StoredComparison | None:
    found: list[Plan] = []
    for project_id, code, number in wanted:
        plan = plans.plan(SYSTEM, project_id, revision=number)
        # Links between the projects name the codes they have here.
        found.append(replace(plan, code=code))
    activities = [each for plan in found for each in plan.activities]
    if len(activities) > MAX_ACTIVITIES or all(each.stored is None for each in activities):
        return None
    try:
        compiled, schedule = schedule_plans(found)
    except (PlanCycle, EngineError):
        return None
    return compare_stored(compiled, schedule, partial=partial, limit=MAX_DIFFERENCES)
