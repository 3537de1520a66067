"""Dates of work in other projects that a plan waits for, by their newest forecasts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from watchfloor.forecasts import queries
from watchfloor.forecasts.compile import ExternalDates
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans.document import Plan
from watchfloor.portfolio.queries import ProjectRecord, projects


def external_dates(project: ProjectRecord, plan: Plan) -> tuple[dict[tuple[str, str], ExternalDates], dict[str, int]]:
    """Dates of predecessors in other projects on this project's wall clock, and the forecasts they are from."""
    wanted: dict[str, set[str]] = {}
    for link in plan.dependencies:
        if link.predecessor_project and link.predecessor_project not in (plan.code, project.code):
            wanted.setdefault(link.predecessor_project, set()).add(link.predecessor)
    if not wanted:
        return {}, {}
    found: dict[tuple[str, str], ExternalDates] = {}
    depends_on: dict[str, int] = {}
    zone = ZoneInfo(project.time_zone)
    for other in projects(SYSTEM):
        if other.code not in wanted:
            continue
        table = queries.activity_forecasts(SYSTEM, other.id)
        if not table.forecast_id:
            continue
        depends_on[str(other.id)] = table.forecast_id
        there = ZoneInfo(other.time_zone)
        for at, key in enumerate(table.key):
            if key in wanted[other.code]:
                start, finish = (_moved(each, there, zone) for each in (table.start[at], table.finish[at]))
                found[other.code, key] = ExternalDates(start, finish, table.name[at])
    return found, depends_on


def _moved(moment: datetime | None, there: ZoneInfo, here: ZoneInfo) -> datetime | None:
    if moment is None or there.key == here.key:
        return moment
    return moment.replace(tzinfo=there).astimezone(here).replace(tzinfo=None)
