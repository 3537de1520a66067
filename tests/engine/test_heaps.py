"""The heap that kernels walk a network with: whatever goes in comes out in order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from watchfloor_engine.heaps import heap_pop, heap_push


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=40), st.integers(0, 40))
def test_the_smallest_comes_out_first_also_between_pushes(values: list[int], early: int) -> None:
    heap, size, held, taken = np.zeros(max(len(values), 1), dtype=np.int32), 0, [], []
    for number, value in enumerate(values):
        size = heap_push(heap, size, value)
        held.append(value)
        if number < early and number % 3 == 2:
            assert heap[0] == min(held)
            held.remove(min(held))
            size = heap_pop(heap, size)
    while size:
        taken.append(int(heap[0]))
        size = heap_pop(heap, size)
    assert taken == sorted(held)
