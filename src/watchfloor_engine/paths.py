"""Multiple float paths: the chains that lead to a chosen activity, the tightest first.

Source: Primavera P6, "calculate multiple float paths"; the rule in full: docs/methods/schedule.md.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from enum import StrEnum

from watchfloor_engine.calendar_kernels import shift, work_between
from watchfloor_engine.calendars import CalendarSet
from watchfloor_engine.errors import InvalidNetwork
from watchfloor_engine.network import COMPLETE, Link, Network
from watchfloor_engine.passes import FROM_DATA_DATE, IDLE
from watchfloor_engine.schedule import Schedule

MOST_PATHS = 1_000


class PathRule(StrEnum):
    """What makes a chain tight."""

    FREE_FLOAT = "free_float"  # how far its links can wait before the target moves: the gaps along the chain, summed
    TOTAL_FLOAT = "total_float"  # the total float of its activities


@dataclass(frozen=True, slots=True)
class FloatPath:
    """One chain. The first path ends at the target itself; every other one joins an earlier path at ``joins``."""

    number: int  # from 1
    activities: tuple[int, ...]  # indices, earliest first
    joins: int  # index of the activity that its last one leads to; the target for the first path
    float_ticks: int  # of its last activity to the target, by the rule; working ticks of the calendars along it


def float_paths(
    network: Network,
    schedule: Schedule,
    calendars: CalendarSet,
    target: int,
    *,
    most: int = 10,
    rule: PathRule = PathRule.FREE_FLOAT,
) -> tuple[FloatPath, ...]:
    """The tightest chains of incomplete activities that lead to ``target``, each activity on one of them.

    From the target back, the tightest link is followed until nothing comes before; then the tightest of all links into
    what was found begins the next path. Level of effort and summaries lie on none.

    Raises:
        InvalidNetwork: no such activity, or one that the passes do not date.

    Cost: O(links · log links) at worst.
    """
    if not 0 <= target < network.size or network.position[target] >= network.scheduled:
        raise InvalidNetwork(f"Activity {target} is none to which paths lead.")
    walk = _Walk(network, schedule, calendars, rule)
    found: list[FloatPath] = []
    start, joins, slack = target, target, 0 if rule is PathRule.FREE_FLOAT else int(schedule.total_float[target])
    while len(found) < min(most, MOST_PATHS):
        chain = walk.back_from(start, slack)
        found.append(FloatPath(len(found) + 1, tuple(reversed(chain)), joins, slack))
        following = walk.next_start()
        if following is None:
            break
        slack, start, joins = following
    return tuple(found)


class _Walk:
    """What has been seen, and the links into it that were not taken."""

    def __init__(self, network: Network, schedule: Schedule, calendars: CalendarSet, rule: PathRule) -> None:
        self._net, self._found, self._cal, self._rule = network, schedule, calendars, rule
        self._seen: set[int] = set()
        self._open: list[tuple[int, int, int]] = []  # slack, predecessor, successor

    def back_from(self, activity: int, slack: int) -> list[int]:
        """The chain from an activity back to where nothing comes before."""
        chain = [activity]
        self._seen.add(activity)
        while True:
            before = sorted(self._before(chain[-1], slack))
            for each in before[1:]:
                heapq.heappush(self._open, each)
            if not before:
                return chain
            slack, at, _after = before[0]
            self._seen.add(at)
            chain.append(at)

    def next_start(self) -> tuple[int, int, int] | None:
        while self._open:
            slack, at, after = heapq.heappop(self._open)
            if at not in self._seen:
                return slack, at, after
        return None

    def _before(self, activity: int, slack: int) -> list[tuple[int, int, int]]:
        """The activity's unseen predecessors, each once, with the slack of the chain through them."""
        arrays, position = self._net.arrays, int(self._net.position[activity])
        tightest: dict[int, int] = {}
        for place in range(int(arrays.in_offset[position]), int(arrays.in_offset[position + 1])):
            if self._found.link_state[place] == IDLE:
                continue
            at = int(self._net.order[arrays.in_pred[place]])
            if at in self._seen or self._net.status[at] == COMPLETE:
                continue
            by = slack + self._gap(place, at, activity)
            if self._rule is PathRule.TOTAL_FLOAT:
                by = int(self._found.total_float[at])
            tightest[at] = min(by, tightest.get(at, by))
        return [(by, at, activity) for at, by in tightest.items()]

    def _gap(self, place: int, before: int, after: int) -> int:
        """How long the link can wait: from its bound to where its successor lies, never negative."""
        arrays, found = self._net.arrays, self._found
        kind, lag = int(arrays.in_kind[place]), int(found.link_lag[place])
        end = found.early_finish[before] if kind in (Link.FS, Link.FF) else found.early_start[before]
        if found.link_state[place] == FROM_DATA_DATE:
            end = self._net.data_date[self._net.project[after]]
        bound = shift(self._cal.arrays, int(arrays.in_lag_calendar[place]), int(end), lag)
        reached = found.early_start[after] if kind in (Link.FS, Link.SS) else found.early_finish[after]
        own = 0 if self._net.elapsed[before] else int(self._net.calendar[before])
        on = int(arrays.in_lag_calendar[place]) if lag else own
        return max(0, int(work_between(self._cal.arrays, on, bound, int(reached))))


__all__ = ["FloatPath", "PathRule", "float_paths"]
