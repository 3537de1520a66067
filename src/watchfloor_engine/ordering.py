"""The order in which activities can be dated: predecessors first, as close to the given order as that allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import types
from numpy.typing import NDArray

from watchfloor_engine.errors import CycleError
from watchfloor_engine.heaps import heap_pop, heap_push
from watchfloor_engine.kernels import I32, kernel, ticks_type, wide


def sort_topologically(preds: I32, succs: I32, rolled: NDArray[np.bool_]) -> tuple[I32, I32, I32]:
    """Positions of the activities: those that links order first, then ``rolled`` ones (level of effort, summaries).

    Of all topological orders the one nearest to the given numbering is taken: plans come project by project, so
    neighbours in a plan stay neighbours in memory.

    Returns:
        order (n) position → index, position (n) index → position, and the indices of the links between activities
        that are not rolled up.

    Raises:
        CycleError: activities that wait for each other; ``path`` names them in order.

    Cost: O(n + m) where the numbering is a topological order already, else O(n log n + m).
    """
    n = len(rolled)
    used = np.flatnonzero(~(rolled[preds] | rolled[succs])).astype(np.int32)
    before, after = preds[used], succs[used]
    index = np.arange(n, dtype=np.int32)
    if not (before < after).all():
        by_pred = np.argsort(before, kind="stable")
        offset = np.concatenate(([0], np.cumsum(np.bincount(before, minlength=n)))).astype(np.int32)
        waiting = np.bincount(after, minlength=n).astype(np.int32)
        index = np.empty(n, dtype=np.int32)
        done = _smallest_first(offset, np.ascontiguousarray(after[by_pred]), waiting, np.empty_like(index), index)
        index = index[:done]
        if done < n:
            raise CycleError(_cycle(before, after, set(range(n)) - set(index.tolist())))
    order = np.concatenate((index[~rolled[index]], index[rolled[index]]))
    position = np.empty(n, dtype=np.int32)
    position[order] = np.arange(n, dtype=np.int32)
    return order, position, used


@kernel(types.int64(ticks_type, ticks_type, ticks_type, ticks_type, ticks_type))
def _smallest_first(offset: I32, succ: I32, waiting: I32, heap: I32, order: I32) -> int:
    """Kahn's order, always the smallest index that waits for nothing; a cycle leaves some out."""
    size = 0
    for a in range(len(waiting)):
        if waiting[a] == 0:
            size = heap_push(heap, size, a)
    done = 0
    while size > 0:
        a = wide(heap[0])
        size = heap_pop(heap, size)
        order[done] = a
        done += 1
        for e in range(offset[a], offset[a + 1]):
            s = succ[e]
            waiting[s] -= 1
            if waiting[s] == 0:
                size = heap_push(heap, size, s)
    return done


def _cycle(preds: I32, succs: I32, stuck: set[int]) -> Sequence[int]:
    """One cycle among the activities that could not be ordered: walk predecessors until one repeats."""
    back: dict[int, int] = {}
    for before, after in zip(preds.tolist(), succs.tolist(), strict=True):
        if before in stuck and after in stuck:
            back.setdefault(after, before)
    walk: list[int] = []
    seen: dict[int, int] = {}
    at = min(a for a in back)
    while at not in seen:
        seen[at] = len(walk)
        walk.append(at)
        at = back[at]
    loop = walk[seen[at] :]
    loop.reverse()
    return [*loop, loop[0]]
