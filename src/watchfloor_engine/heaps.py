# mypy: disable-error-code="no-any-return"
"""A binary heap of whole numbers in an array, smallest first, for kernels that work through a network in order."""

from __future__ import annotations

from numba import types

from watchfloor_engine.kernels import I32, kernel, ticks_type

_i8 = types.int64


@kernel(_i8(ticks_type, _i8, _i8), inline=True)
def heap_push(heap: I32, size: int, value: int) -> int:
    """Add a value and return the new size; the array must be long enough."""
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if heap[up] <= value:
            break
        heap[at] = heap[up]
        at = up
    heap[at] = value
    return size + 1


@kernel(_i8(ticks_type, _i8), inline=True)
def heap_pop(heap: I32, size: int) -> int:
    """Remove the smallest value, ``heap[0]``, and return the new size."""
    size -= 1
    value = heap[size]
    at = 0
    child = 1
    while child < size:
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[at] = heap[child]
        at = child
        child = 2 * at + 1
    heap[at] = value
    return size
