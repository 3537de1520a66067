"""Which projects take dates from which others, so that one forecast leads to the next, and never round in circles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from watchfloor.plans.models import DependencyRow
from watchfloor.portfolio.models import Project


def takers() -> dict[int, tuple[int, ...]]:
    """Project id → ids of the projects whose work waits for its work, by the links in their plans."""
    rows = DependencyRow.objects.exclude(predecessor_project="").values_list("predecessor_project", "project_id")
    links = set(rows.distinct())
    if not links:
        return {}
    ids = dict(Project.objects.filter(code__in={code for code, _ in links}).values_list("code", "id"))
    return without_circles((ids[code], taker) for code, taker in links if code in ids)


def without_circles(links: Iterable[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    """The links as a graph; where projects wait for each other, only links to the higher id are kept.

    Two projects that take dates from each other would otherwise have each other computed for ever.
    """
    direct: dict[int, set[int]] = defaultdict(set)
    for giver, taker in links:
        if giver != taker:
            direct[giver].add(taker)
    reach = {giver: _reached(direct, giver) for giver in direct}
    return {
        giver: tuple(sorted(each for each in direct[giver] if each > giver or giver not in reach.get(each, ())))
        for giver in sorted(direct)
    }


def depth(graph: Mapping[int, tuple[int, ...]]) -> dict[int, int]:
    """How many givers stand before each project: computing in this order computes each project once."""
    found: dict[int, int] = defaultdict(int)
    for _ in range(len(graph) + 1):  # the longest chain has no more links than there are givers
        changed = False
        for giver, taken_by in graph.items():
            for taker in taken_by:
                if found[taker] <= found[giver]:
                    found[taker] = found[giver] + 1
                    changed = True
        if not changed:
            break
    return dict(found)


def _reached(direct: Mapping[int, set[int]], start: int) -> frozenset[int]:
    reached: set[int] = set()
    waiting = [start]
    while waiting:  # each project enters once
        for each in direct.get(waiting.pop(), ()):
            if each not in reached:
                reached.add(each)
                waiting.append(each)
    return frozenset(reached)
