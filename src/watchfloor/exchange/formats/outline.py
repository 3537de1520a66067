"""An outline (tasks in order with their level) → activities with WBS nodes, as MS Project means it.

A summary task is both: a WBS node that holds what is below it, and a SUMMARY activity of that node, which keeps its
links, baselines and fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.plans.document import Activity, ActivityKind, WbsNode


def place_in_outline(
    rows: Iterable[tuple[Activity, int]], *, depth_max: int, remarks: Remarks
) -> tuple[tuple[Activity, ...], tuple[WbsNode, ...]]:
    """Activities with their WBS node, and the nodes, parents before children. Levels count from 1."""
    activities: list[Activity] = []
    nodes: list[WbsNode] = []
    above: list[tuple[int, str]] = []  # level and key of the open summaries
    for activity, level in rows:
        while above and above[-1][0] >= level:
            above.pop()
        parent = above[-1][1] if above else ""
        if activity.kind is not ActivityKind.SUMMARY:
            activities.append(replace(activity, wbs=parent))
            continue
        if len(above) >= depth_max:
            remarks.note("plan.too_deep", f"task {activity.key}", f"Summaries below {depth_max} levels are flattened.")
            activities.append(replace(activity, wbs=parent))
            continue
        nodes.append(WbsNode(key=activity.key, name=activity.name, parent=parent, code=activity.code))
        activities.append(replace(activity, wbs=activity.key))
        above.append((level, activity.key))
    return tuple(activities), tuple(nodes)
