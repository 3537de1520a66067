"""Whether a project is late because of another one: its driving chain followed back to work that is handed over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import ActivityTable
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import queries as plans
from watchfloor.portfolio import queries as portfolio

_COMPLETE = 2


@dataclass(frozen=True, slots=True)
class Root:
    """Work of another project that drives a date here: who gives it, and by how much it comes later than planned."""

    project_id: int
    activity: str  # here, that waits for it
    late_days: int  # calendar days by which that starts later than the baseline says


def roots(project_id: int, targets: Collection[str]) -> Mapping[str, Root]:
    """For each target (a key, or "" for the finish of the project) that another project drives, the worst such root.

    Cost: the driving links of the newest forecast, once per target.
    """
    table = forecasts.activity_forecasts(SYSTEM, project_id)
    links = plans.links_from_elsewhere(project_id)
    if not len(table) or not links:
        return {}
    ids = portfolio.ids_by_code({code for codes in links.values() for code in codes})
    places = {key: at for at, key in enumerate(table.key)}
    found: dict[str, Root] = {}
    for target in targets:
        start = places.get(target, -1) if target else _last(table)
        best: Root | None = None
        for at in _driven_from(table, start) if start >= 0 else ():
            givers = [ids[code] for code in links.get(table.key[at], ()) if code in ids]
            late = _late_days(table, at)
            if givers and (best is None or late > best.late_days):
                best = Root(givers[0], table.key[at], late)
        if best is not None:
            found[target] = best
    return found


def _last(table: ActivityTable) -> int:
    """The activity that finishes last."""
    ends = [(finish, at) for at, finish in enumerate(table.finish) if finish and table.status[at] != _COMPLETE]
    return max(ends)[1] if ends else -1


def _driven_from(table: ActivityTable, start: int) -> list[int]:
    """Activities of the driving chain that work of another project drives."""
    reached, waiting, found = {start}, [start], []
    while waiting:  # each activity enters once
        at = waiting.pop()
        for link in range(table.driver_offset[at], table.driver_offset[at + 1]):
            driver = table.driver_index[link]
            if driver < 0:
                found.append(at)
            elif driver not in reached and table.status[driver] != _COMPLETE:
                reached.add(driver)
                waiting.append(driver)
    return found


def _late_days(table: ActivityTable, at: int) -> int:
    now, planned = table.start[at], table.baseline_start[at]
    return (now.date() - planned.date()).days if now is not None and planned is not None else 0
