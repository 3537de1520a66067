"""One change in a dated network: forwards to what it moves, backwards to what that allows, and nothing else."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from numba import types

from watchfloor_engine.calendar_kernels import work_at
from watchfloor_engine.heaps import heap_push
from watchfloor_engine.kernels import (
    I8,
    I32,
    NEXT,
    NO_TICK,
    CalendarArrays,
    NetworkArrays,
    OptionArrays,
    calendar_type,
    flags_type,
    kernel,
    network_type,
    options_type,
    place,
    ticks_type,
    whole_numbers,
    wide,
    work_type,
)
from watchfloor_engine.passes import backward, forward, remaining_lags

_i8 = types.int64


class DatedArrays(NamedTuple):
    """Dates of a network in its kernels' positions, and the room in which a change is worked through."""

    remaining: I32  # (n) as scheduled, where an expected finish decides it
    lag: I32  # (links) what is left at the data date
    hold: I8  # (links)
    early_start: I32
    early_finish: I32
    late_start: I32
    late_finish: I32
    total_float: I32
    work: I32  # (n, 4) work done by the four dates, on each activity's own calendar
    early_end: I32  # (projects)
    late_end: I32  # (projects)
    member_offset: I32  # (projects + 1)
    member: I32  # (scheduled) positions by project
    queue: I32
    queued: I8  # (n)
    changed: I32
    was: I32


_COLUMNS = {"hold": flags_type, "queued": flags_type, "work": work_type}
dated_type = cast(Any, types).NamedTuple(
    tuple(_COLUMNS.get(name, ticks_type) for name in DatedArrays._fields), DatedArrays
)


@kernel(whole_numbers[4](network_type, calendar_type, options_type, dated_type, _i8, _i8))
def propagate(
    net: NetworkArrays, cal: CalendarArrays, opt: OptionArrays, dated: DatedArrays, a: int, relink: int
) -> tuple[int, int, int, int]:
    """Bring everything up to date after position ``a`` changed; ``relink`` = 1 where its actual dates or calendar did.

    Returns:
        How many early dates changed and lie in ``changed`` (-1: more than there is room for, so that a whole pass is
        due), how many late dates or floats, and the earliest and latest of the new early dates.
    """
    size = wide(0)
    dated.queued[a] = 1
    size = heap_push(dated.queue, size, a)
    if relink == 1:
        remaining_lags(net, cal, opt, a, a + 1, dated.lag, dated.hold)
        for j in range(net.out_offset[a], net.out_offset[a + 1]):
            s = place(net.out_succ[j])
            remaining_lags(net, cal, opt, net.out_succ[j], net.out_succ[j] + 1, dated.lag, dated.hold)
            if dated.queued[s] == 0:
                if size == len(dated.queue):
                    return -1, 0, 0, 0
                dated.queued[s] = 1
                size = heap_push(dated.queue, size, net.out_succ[j])
    seen, found = forward(
        net, cal, opt, net.planned, dated.remaining, dated.lag, dated.hold, dated.early_start, dated.early_finish,
        dated.work, dated.queue, dated.queued, size, dated.changed, dated.was,
    )  # fmt: skip
    if seen < 0:
        return -1, 0, 0, 0

    size = wide(0)
    lowest = wide(dated.early_start[a])
    highest = wide(dated.early_finish[a])
    for k in range(found):
        b = place(dated.changed[k])
        p = place(net.project[b])
        now = dated.early_finish[b]
        lowest = min(lowest, wide(dated.early_start[b]))
        highest = max(highest, wide(now))
        if now > dated.early_end[p]:
            dated.early_end[p] = now
        elif dated.was[k] == dated.early_end[p] and now < dated.was[k]:
            end = wide(NO_TICK)
            for i in range(place(dated.member_offset[p]), place(dated.member_offset[p + NEXT])):
                end = max(end, wide(dated.early_finish[place(dated.member[i])]))
            dated.early_end[p] = end
        if dated.queued[b] == 0:
            dated.queued[b] = 1
            size = heap_push(dated.queue, size, -dated.changed[k])
    # The queue has room for all of ``changed``, and for what follows as long as it is asked.
    if dated.queued[a] == 0:
        if size == len(dated.queue):
            return -1, 0, 0, 0
        dated.queued[a] = 1
        size = heap_push(dated.queue, size, -a)
    if relink == 1:
        for e in range(net.in_offset[a], net.in_offset[a + 1]):
            b = place(net.in_pred[e])
            if dated.queued[b] == 0:
                if size == len(dated.queue):
                    return -1, 0, 0, 0
                dated.queued[b] = 1
                size = heap_push(dated.queue, size, -net.in_pred[e])
    for k in range(found):
        p = place(net.project[place(dated.changed[k])])
        old = dated.late_end[p]
        end = dated.early_end[p]
        if end == old or net.must_finish[p] != NO_TICK:
            continue
        dated.late_end[p] = end
        for i in range(place(dated.member_offset[p]), place(dated.member_offset[p + NEXT])):
            b = place(dated.member[i])
            if dated.queued[b] == 1:
                continue
            if net.plain[b] == 1:
                # Only who was held by the old finish, or would pass the new one, can be moved by it directly.
                c = net.calendar[b]
                late = dated.late_finish[b]
                if end < old and late <= end:
                    continue
                if end > old and work_at(cal, c, late) < work_at(cal, c, old):
                    continue
            if size == len(dated.queue):
                return -1, 0, 0, 0
            dated.queued[b] = 1
            size = heap_push(dated.queue, size, -dated.member[i])
    seen, later = backward(
        net, cal, opt, dated.remaining, dated.lag, dated.hold, dated.late_end, dated.early_start, dated.early_finish,
        dated.late_start, dated.late_finish, dated.total_float, dated.work, dated.queue, dated.queued, size, dated.was,
    )  # fmt: skip
    if seen < 0:
        return -1, 0, 0, 0
    return found, later, lowest, highest
