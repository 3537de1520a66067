"""Which activities lie below each summary: by WBS node, and what a link on a summary means for them."""

from __future__ import annotations

from collections import defaultdict

from watchfloor.plans.document import ROLLED_UP, ActivityKind, DependencyKind, Plan

_MAX_DEPTH = 1_000


class SummaryTree:
    """The summaries of one plan over its activities. ``parent`` and results are indices into the whole network."""

    def __init__(self, plan: Plan, first: int) -> None:
        self.first = first
        self._plan = plan
        self._summary_at = _last_summary(plan, first)
        self._node_parent = {node.key: node.parent for node in plan.wbs}
        self.parent = tuple(self._parents())
        self._below: dict[int, tuple[int, ...]] = {}
        self._children: dict[int, list[int]] | None = None
        self._inside: tuple[dict[str, set[str]], dict[str, set[str]]] | None = None

    def leaves(self, offset: int) -> tuple[int, ...]:
        """Places (within the plan) of the work below the summary at ``offset``, without what rolls up itself."""
        if offset in self._below:
            return self._below[offset]
        if self._children is None:
            self._children = defaultdict(list)
            for at, up in enumerate(self.parent):
                if up >= 0:
                    self._children[up - self.first].append(at)
        found, waiting, seen = [], list(self._children.get(offset, ())), set()
        while waiting:
            at = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            kind = self._plan.activities[at].kind
            if kind is ActivityKind.SUMMARY:
                waiting.extend(self._children.get(at, ()))
            elif kind not in ROLLED_UP:
                found.append(at)
        self._below[offset] = tuple(sorted(found))
        return self._below[offset]

    def contains(self, one: int, other: int) -> bool:
        """Whether one of two activities lies below the other."""
        return self._above(one, other) or self._above(other, one)

    def starts(self, index: int) -> tuple[int, ...]:
        """Work below a summary that nothing else below it holds back: who must wait when the summary waits."""
        before, _ = self._links()
        return self._pick(index, before)

    def ends(self, index: int) -> tuple[int, ...]:
        """Work below a summary that nothing else below it follows: whose finishes make the summary's."""
        _, after = self._links()
        return self._pick(index, after)

    def first_start(self, index: int) -> tuple[int, ...]:
        """One activity that stands for the summary's start: the first without a predecessor below it."""
        return self.starts(index)[:1]

    def _pick(self, index: int, tied: dict[str, set[str]]) -> tuple[int, ...]:
        rows = self._plan.activities
        below = self.leaves(index - self.first)
        keys = {rows[at].key for at in below}
        chosen = [at for at in below if not (tied.get(rows[at].key, set()) & keys)]
        return tuple(self.first + at for at in (chosen or below))

    def _links(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        if self._inside is None:
            before: dict[str, set[str]] = defaultdict(set)
            after: dict[str, set[str]] = defaultdict(set)
            for link in self._plan.dependencies:
                if link.kind is DependencyKind.FS and link.lag_ticks >= 0 and not link.predecessor_project:
                    before[link.successor].add(link.predecessor)
                    after[link.predecessor].add(link.successor)
            self._inside = (before, after)
        return self._inside

    def _above(self, index: int, other: int) -> bool:
        steps, at = 0, other
        while at >= 0 and steps < _MAX_DEPTH:
            at = self.parent[at - self.first]
            if at == index:
                return True
            steps += 1
        return False

    def _parents(self) -> list[int]:
        nearest: dict[str, int] = {}
        chained: dict[str, int] = {}
        found = []
        for offset, activity in enumerate(self._plan.activities):
            if activity.kind is ActivityKind.SUMMARY:
                # Several summaries of one node hold each other in turn; the first hangs under the node above.
                before = chained.get(activity.wbs)
                found.append(before if before is not None else self._nearest(self._up(activity.wbs), nearest))
                chained[activity.wbs] = self.first + offset
            else:
                found.append(self._nearest(activity.wbs, nearest))
        return found

    def _up(self, node: str) -> str:
        return self._node_parent.get(node, "")

    def _nearest(self, node: str, known: dict[str, int]) -> int:
        """Index of the summary of the node or of the nearest node above it; -1 when there is none."""
        walked: list[str] = []
        at, answer = node, -1
        while at and len(walked) < _MAX_DEPTH:
            if at in known:
                answer = known[at]
                break
            if at in self._summary_at:
                answer = self._summary_at[at]
                break
            walked.append(at)
            at = self._up(at)
        for each in walked:
            known[each] = answer
        return answer


def _last_summary(plan: Plan, first: int) -> dict[str, int]:
    return {
        activity.wbs: first + offset
        for offset, activity in enumerate(plan.activities)
        if activity.kind is ActivityKind.SUMMARY and activity.wbs
    }
