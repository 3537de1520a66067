"""What follows from the two passes: floats, driving links, longest path, level of effort, summaries."""

from __future__ import annotations

from numba import types

from watchfloor_engine.calendar_kernels import (
    finish_after,
    shift,
    shift_called,
    start_after,
    work_at,
    work_between,
    work_called,
)
from watchfloor_engine.kernels import (
    I8,
    I32,
    NO_TICK,
    CalendarArrays,
    NetworkArrays,
    calendar_type,
    flags_type,
    kernel,
    network_type,
    ticks_type,
    wide,
)
from watchfloor_engine.passes import FF, FINISH_MILESTONE, FROM_DATA_DATE, FS, IDLE, SF, SS, ticks32

_i8 = types.int64
NEVER = 1 << 60

LOE, SUMMARY = 3, 4


@kernel(types.void(network_type, calendar_type, ticks_type, flags_type, ticks_type, ticks_type, ticks_type, ticks_type))
def free_floats(
    net: NetworkArrays,
    cal: CalendarArrays,
    lag: I32,
    hold: I8,
    es: I32,
    ef: I32,
    finish: I32,
    out: I32,
) -> None:
    """How far an activity may slip without moving any successor, in working ticks of its own calendar."""
    for a in range(len(net.in_offset) - 1):
        if net.status[a] == 2:
            out[a] = 0
            continue
        c = net.calendar[a]
        free = NEVER
        for j in range(net.out_offset[a], net.out_offset[a + 1]):
            e = net.out_in[j]
            if hold[e] == IDLE:
                continue
            s = net.out_succ[j]
            kind = net.in_kind[e]
            if net.status[a] == 1 and (kind == SS or kind == SF):
                continue
            t = wide(ef[a] if kind == FS or kind == FF else es[a])
            if hold[e] == FROM_DATA_DATE:
                t = wide(net.data_date[net.project[s]])
            t = shift(cal, net.in_lag_calendar[e], t, lag[e])
            to = wide(es[s] if kind == FS or kind == SS else ef[s])
            # Seen in P6: without lag the gap counts on the activity's own calendar, with lag on the lag's.
            on = wide(net.in_lag_calendar[e]) if lag[e] != 0 else wide(c)
            free = min(free, work_between(cal, on, t, to))
        if free == NEVER:
            free = work_between(cal, c, ef[a], finish[net.project[a]])
        out[a] = ticks32(max(free, 0))


@kernel(_i8(calendar_type, _i8, _i8, _i8, _i8, _i8, _i8), inline=True)
def drives(cal: CalendarArrays, c: int, kind: int, activity_kind: int, bound: int, start: int, finish: int) -> int:
    """1 where the bound of a link is exactly where its successor (on calendar ``c``) starts or finishes."""
    if kind == FF or kind == SF:
        return 1 if work_at(cal, c, bound) == work_at(cal, c, finish) else 0
    if activity_kind == FINISH_MILESTONE:
        return 1 if bound == start else 0
    return 1 if bound <= start and work_at(cal, c, bound) == work_at(cal, c, start) else 0


@kernel(types.void(network_type, calendar_type, ticks_type, flags_type, ticks_type, ticks_type, flags_type))
def driving_links(
    net: NetworkArrays,
    cal: CalendarArrays,
    lag: I32,
    hold: I8,
    es: I32,
    ef: I32,
    out: I8,
) -> None:
    """Mark the links whose bound is exactly where their successor starts or finishes."""
    for a in range(len(net.in_offset) - 1):
        for e in range(net.in_offset[a], net.in_offset[a + 1]):
            out[e] = 0
            if hold[e] == IDLE or net.status[a] == 2:
                continue
            kind = net.in_kind[e]
            t = wide(ef[net.in_pred[e]] if kind == FS or kind == FF else es[net.in_pred[e]])
            if hold[e] == FROM_DATA_DATE:
                t = wide(net.data_date[net.project[a]])
            t = shift(cal, net.in_lag_calendar[e], t, lag[e])
            out[e] = drives(cal, net.calendar[a], kind, net.kind[a], t, es[a], ef[a])


@kernel(types.void(network_type, ticks_type, ticks_type, flags_type, flags_type))
def longest_paths(
    net: NetworkArrays,
    ef: I32,
    finish: I32,
    driving: I8,
    out: I8,
) -> None:
    """Mark every activity from which driving links lead to the last finish of its project."""
    for a in range(len(net.in_offset) - 2, -1, -1):
        out[a] = 1 if net.status[a] < 2 and ef[a] == finish[net.project[a]] else 0
    for a in range(len(net.in_offset) - 2, -1, -1):
        if out[a] == 0:
            continue
        for e in range(net.in_offset[a], net.in_offset[a + 1]):
            if driving[e] == 1 and net.status[net.in_pred[e]] < 2:
                out[net.in_pred[e]] = 1


@kernel(
    types.void(
        network_type, calendar_type, ticks_type, ticks_type, ticks_type, flags_type, flags_type, ticks_type, ticks_type,
        ticks_type, ticks_type, ticks_type, ticks_type, ticks_type, ticks_type, ticks_type, ticks_type,
    )
)  # fmt: skip
def level_of_effort(
    net: NetworkArrays,
    cal: CalendarArrays,
    order: I32,
    offset: I32,
    other: I32,
    follows: I8,
    link: I8,
    lag: I32,
    lag_calendar: I32,
    es: I32,
    ef: I32,
    ls: I32,
    lf: I32,
    start: I32,
    finish: I32,
    project_finish: I32,
    total: I32,
) -> None:
    """Stretch level of effort between the activities it hangs on: from its earliest start to its latest finish.

    Early, late and scheduled dates alike. ``order`` are the positions of levels of effort, those first that others
    hang on; the links of each, from ``offset`` on, lead from ``other`` (``follows`` = 1) or to it.
    """
    for i in range(len(order)):
        a = order[i]
        es[a] = ef[a] = ls[a] = lf[a] = start[a] = finish[a] = NO_TICK
        for e in range(offset[i], offset[i + 1]):
            at = other[e]
            k = link[e]
            if follows[e] == 1:
                to_start = k == FS or k == SS
                from_finish = k == FS or k == FF
                move = lag[e]
            else:
                to_start = k == SS or k == SF
                from_finish = k == FF or k == SF
                move = -lag[e]
            for which in range(3):
                if which == 0:
                    t = ef[at] if from_finish else es[at]
                elif which == 1:
                    t = lf[at] if from_finish else ls[at]
                else:
                    t = finish[at] if from_finish else start[at]
                t = ticks32(shift_called(cal, lag_calendar[e], t, move))
                if to_start:
                    if which == 0 and (es[a] == NO_TICK or t < es[a]):
                        es[a] = t
                    elif which == 1 and (ls[a] == NO_TICK or t < ls[a]):
                        ls[a] = t
                    elif which == 2 and (start[a] == NO_TICK or t < start[a]):
                        start[a] = t
                elif which == 0 and (ef[a] == NO_TICK or t > ef[a]):
                    ef[a] = t
                elif which == 1 and (lf[a] == NO_TICK or t > lf[a]):
                    lf[a] = t
                elif which == 2 and (finish[a] == NO_TICK or t > finish[a]):
                    finish[a] = t
        c = net.calendar[a]
        p = net.project[a]
        base = net.project_start[p]
        if net.data_date[p] != NO_TICK:
            base = max(base, net.data_date[p])
        if es[a] == NO_TICK:
            es[a] = base
        if start[a] == NO_TICK:
            start[a] = base
        es[a] = ticks32(start_after(cal, c, max(es[a], base), 0))
        start[a] = ticks32(start_after(cal, c, start[a], 0))
        if ef[a] == NO_TICK:
            ef[a] = ticks32(finish_after(cal, c, es[a], net.duration[a]))
        if finish[a] == NO_TICK:
            finish[a] = ticks32(finish_after(cal, c, start[a], net.duration[a]))
        ef[a] = max(es[a], ticks32(finish_after(cal, c, ef[a], 0)))
        finish[a] = max(start[a], ticks32(finish_after(cal, c, finish[a], 0)))
        if lf[a] == NO_TICK:
            lf[a] = project_finish[p]
        if ls[a] == NO_TICK:
            ls[a] = ticks32(start_after(cal, c, lf[a], -work_called(cal, c, es[a], ef[a])))
        if net.status[a] >= 1:
            start[a] = net.actual_start[a]
            finish[a] = max(finish[a], start[a])
        if net.status[a] == 2:
            finish[a] = net.actual_finish[a]
            total[a] = 0
        else:
            total[a] = ticks32(work_called(cal, c, ef[a], lf[a]))


@kernel(
    types.void(
        network_type, ticks_type, ticks_type, ticks_type, ticks_type, ticks_type, ticks_type, ticks_type, ticks_type
    )
)
def summaries(
    net: NetworkArrays,
    parent: I32,
    es: I32,
    ef: I32,
    ls: I32,
    lf: I32,
    start: I32,
    finish: I32,
    total: I32,
) -> None:
    """Earliest start and latest finish of everything below each summary; its float is the least one below."""
    n = len(net.kind)
    seen = 0
    for a in range(n):
        if net.kind[a] == SUMMARY:
            es[a] = ef[a] = ls[a] = lf[a] = start[a] = finish[a] = NO_TICK
            total[a] = NO_TICK
    for a in range(n):
        if net.kind[a] == SUMMARY or start[a] == NO_TICK:
            continue
        up = parent[a]
        seen = 0
        while up >= 0 and seen < 1000:
            if net.kind[up] == SUMMARY:
                if start[up] == NO_TICK or start[a] < start[up]:
                    start[up] = start[a]
                if finish[up] == NO_TICK or finish[a] > finish[up]:
                    finish[up] = finish[a]
                if net.status[a] < 2:
                    if es[up] == NO_TICK or es[a] < es[up]:
                        es[up] = es[a]
                    if ef[up] == NO_TICK or ef[a] > ef[up]:
                        ef[up] = ef[a]
                    if ls[up] == NO_TICK or ls[a] < ls[up]:
                        ls[up] = ls[a]
                    if lf[up] == NO_TICK or lf[a] > lf[up]:
                        lf[up] = lf[a]
                    if total[up] == NO_TICK or total[a] < total[up]:
                        total[up] = total[a]
            up = parent[up]
            seen += 1
    for a in range(n):
        if net.kind[a] != SUMMARY:
            continue
        p = net.project[a]
        if start[a] == NO_TICK:
            start[a] = net.project_start[p]
            finish[a] = start[a]
        if es[a] == NO_TICK:
            es[a] = start[a]
            ef[a] = finish[a]
            ls[a] = start[a]
            lf[a] = finish[a]
        if total[a] == NO_TICK:
            total[a] = 0
