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
    I64,
    MISSING,
    CalendarArrays,
    NetworkArrays,
    OptionInts,
    calendar_type,
    kernel,
    network_type,
    options_type,
)
from watchfloor_engine.passes import FF, FINISH_MILESTONE, FS, SS

_i8 = types.int64
_i8v = types.Array(types.int64, 1, "C")
_i4v = types.Array(types.int32, 1, "C")
_b1v = types.Array(types.int8, 1, "C")

LOE, SUMMARY = 3, 4
SMALLEST, FLOAT_START = 2, 0


@kernel(types.void(network_type, calendar_type, options_type, _i8v, _i8v, _i8v, _i8v, _i8v))
def total_floats(
    net: NetworkArrays,
    cal: CalendarArrays,
    opt: OptionInts,
    es: I64,
    ef: I64,
    ls: I64,
    lf: I64,
    out: I64,
) -> None:
    """Total float in working ticks on the activity's own calendar; 0 for complete activities."""
    for at in range(len(net.order)):
        a = net.order[at]
        if net.status[a] == 2:
            out[a] = 0
            continue
        c = net.calendar[a]
        by_start = work_between(cal, c, es[a], ls[a])
        by_finish = work_between(cal, c, ef[a], lf[a])
        if opt.float_kind == FLOAT_START and net.status[a] == 0:
            out[a] = by_start
        elif opt.float_kind == SMALLEST and net.status[a] == 0:
            out[a] = min(by_start, by_finish)
        else:
            out[a] = by_finish


@kernel(types.void(network_type, calendar_type, _i8v, _i8v, _b1v, _i8v, _i8v, _i8v, _i8v))
def free_floats(
    net: NetworkArrays,
    cal: CalendarArrays,
    lag: I64,
    fixed: I64,
    active: I8,
    es: I64,
    ef: I64,
    finish: I64,
    out: I64,
) -> None:
    """How far an activity may slip without moving any successor, in working ticks of its own calendar."""
    for at in range(len(net.order)):
        a = net.order[at]
        if net.status[a] == 2:
            out[a] = 0
            continue
        c = net.calendar[a]
        free = 1 << 60
        for j in range(net.out_offset[a], net.out_offset[a + 1]):
            e = net.out_in[j]
            if active[e] == 0:
                continue
            s = net.out_succ[j]
            kind = net.in_kind[e]
            if net.status[a] == 1 and (kind == SS or kind == 3):
                continue
            t = fixed[e]
            if t == MISSING:
                t = shift(cal, net.in_lag_calendar[e], ef[a] if kind == FS or kind == FF else es[a], lag[e])
            to = es[s] if kind == FS or kind == SS else ef[s]
            # Seen in P6: without lag the gap counts on the activity's own calendar, with lag on the lag's.
            on = net.in_lag_calendar[e] if lag[e] != 0 else c
            free = min(free, work_between(cal, on, t, to))
        if free == 1 << 60:
            free = work_between(cal, c, ef[a], finish[net.project[a]])
        out[a] = max(free, 0)


@kernel(types.void(network_type, calendar_type, _i8v, _i8v, _b1v, _i8v, _i8v, _b1v))
def driving_links(
    net: NetworkArrays,
    cal: CalendarArrays,
    lag: I64,
    fixed: I64,
    active: I8,
    es: I64,
    ef: I64,
    out: I8,
) -> None:
    """Mark the links whose bound is exactly where their successor starts or finishes."""
    for at in range(len(net.order)):
        a = net.order[at]
        c = net.calendar[a]
        point = net.kind[a] == FINISH_MILESTONE
        for e in range(net.in_offset[a], net.in_offset[a + 1]):
            out[e] = 0
            if active[e] == 0 or net.status[a] == 2:
                continue
            p = net.in_pred[e]
            kind = net.in_kind[e]
            t = fixed[e]
            if t == MISSING:
                t = shift(cal, net.in_lag_calendar[e], ef[p] if kind == FS or kind == FF else es[p], lag[e])
            if kind == FS or kind == SS:
                hits = t == es[a] if point else work_at(cal, c, t) == work_at(cal, c, es[a])
                out[e] = 1 if hits and t <= es[a] else 0
            else:
                out[e] = 1 if work_at(cal, c, t) == work_at(cal, c, ef[a]) else 0


@kernel(types.void(network_type, _i8v, _i8v, _b1v, _b1v))
def longest_paths(
    net: NetworkArrays,
    ef: I64,
    finish: I64,
    driving: I8,
    out: I8,
) -> None:
    """Mark every activity from which driving links lead to the last finish of its project."""
    for at in range(len(net.order) - 1, -1, -1):
        a = net.order[at]
        out[a] = 1 if net.status[a] < 2 and ef[a] == finish[net.project[a]] else 0
    for at in range(len(net.order) - 1, -1, -1):
        a = net.order[at]
        if out[a] == 0:
            continue
        for e in range(net.in_offset[a], net.in_offset[a + 1]):
            if driving[e] == 1 and net.status[net.in_pred[e]] < 2:
                out[net.in_pred[e]] = 1


@kernel(
    types.void(
        network_type, calendar_type, _i4v, _i4v, _b1v, _i8v, _i4v,
        _i8v, _i8v, _i8v, _i8v, _i8v, _i8v, _i8v, _i8v,
    )
)  # fmt: skip
def level_of_effort(
    net: NetworkArrays,
    cal: CalendarArrays,
    pred: I32,
    succ: I32,
    link: I8,
    lag: I64,
    lag_calendar: I32,
    es: I64,
    ef: I64,
    ls: I64,
    lf: I64,
    start: I64,
    finish: I64,
    project_finish: I64,
    total: I64,
) -> None:
    """Stretch level of effort between the activities it hangs on: from its earliest start to its latest finish.

    Early, late and scheduled dates alike. Links between two levels of effort are not followed (docs/methods).
    """
    n = len(net.kind)
    for a in range(n):
        if net.kind[a] == LOE:
            es[a] = ef[a] = ls[a] = lf[a] = start[a] = finish[a] = MISSING
    for e in range(len(pred)):
        p = pred[e]
        s = succ[e]
        if (net.kind[p] == LOE) == (net.kind[s] == LOE) or net.kind[p] == SUMMARY or net.kind[s] == SUMMARY:
            continue
        own = s if net.kind[s] == LOE else p
        other = p if own == s else s
        k = link[e]
        if own == s:
            to_start = k == FS or k == SS
            from_finish = k == FS or k == FF
            move = lag[e]
        else:
            to_start = k == SS or k == 3
            from_finish = k == FF or k == 3
            move = -lag[e]
        for which in range(3):
            if which == 0:
                t = ef[other] if from_finish else es[other]
            elif which == 1:
                t = lf[other] if from_finish else ls[other]
            else:
                t = finish[other] if from_finish else start[other]
            t = shift_called(cal, lag_calendar[e], t, move)
            if to_start:
                if which == 0 and (es[own] == MISSING or t < es[own]):
                    es[own] = t
                elif which == 1 and (ls[own] == MISSING or t < ls[own]):
                    ls[own] = t
                elif which == 2 and (start[own] == MISSING or t < start[own]):
                    start[own] = t
            elif which == 0 and (ef[own] == MISSING or t > ef[own]):
                ef[own] = t
            elif which == 1 and (lf[own] == MISSING or t > lf[own]):
                lf[own] = t
            elif which == 2 and (finish[own] == MISSING or t > finish[own]):
                finish[own] = t
    for a in range(n):
        if net.kind[a] != LOE:
            continue
        c = net.calendar[a]
        p = net.project[a]
        base = net.project_start[p]
        if net.data_date[p] != MISSING:
            base = max(base, net.data_date[p])
        if es[a] == MISSING:
            es[a] = base
        if start[a] == MISSING:
            start[a] = base
        es[a] = start_after(cal, c, max(es[a], base), 0)
        start[a] = start_after(cal, c, start[a], 0)
        if ef[a] == MISSING:
            ef[a] = finish_after(cal, c, es[a], net.duration[a])
        if finish[a] == MISSING:
            finish[a] = finish_after(cal, c, start[a], net.duration[a])
        ef[a] = max(es[a], finish_after(cal, c, ef[a], 0))
        finish[a] = max(start[a], finish_after(cal, c, finish[a], 0))
        if lf[a] == MISSING:
            lf[a] = project_finish[p]
        if ls[a] == MISSING:
            ls[a] = start_after(cal, c, lf[a], -work_called(cal, c, es[a], ef[a]))
        if net.status[a] >= 1:
            start[a] = net.actual_start[a]
            finish[a] = max(finish[a], start[a])
        if net.status[a] == 2:
            finish[a] = net.actual_finish[a]
            total[a] = 0
        else:
            total[a] = work_called(cal, c, ef[a], lf[a])


@kernel(types.void(network_type, _i4v, _i8v, _i8v, _i8v, _i8v, _i8v, _i8v, _i8v))
def summaries(
    net: NetworkArrays,
    parent: I32,
    es: I64,
    ef: I64,
    ls: I64,
    lf: I64,
    start: I64,
    finish: I64,
    total: I64,
) -> None:
    """Earliest start and latest finish of everything below each summary; its float is the least one below."""
    n = len(net.kind)
    seen = 0
    for a in range(n):
        if net.kind[a] == SUMMARY:
            es[a] = ef[a] = ls[a] = lf[a] = start[a] = finish[a] = MISSING
            total[a] = MISSING
    for a in range(n):
        if net.kind[a] == SUMMARY or start[a] == MISSING:
            continue
        up = parent[a]
        seen = 0
        while up >= 0 and seen < 1000:
            if net.kind[up] == SUMMARY:
                if start[up] == MISSING or start[a] < start[up]:
                    start[up] = start[a]
                if finish[up] == MISSING or finish[a] > finish[up]:
                    finish[up] = finish[a]
                if net.status[a] < 2:
                    if es[up] == MISSING or es[a] < es[up]:
                        es[up] = es[a]
                    if ef[up] == MISSING or ef[a] > ef[up]:
                        ef[up] = ef[a]
                    if ls[up] == MISSING or ls[a] < ls[up]:
                        ls[up] = ls[a]
                    if lf[up] == MISSING or lf[a] > lf[up]:
                        lf[up] = lf[a]
                    if total[up] == MISSING or total[a] < total[up]:
                        total[up] = total[a]
            up = parent[up]
            seen += 1
    for a in range(n):
        if net.kind[a] != SUMMARY:
            continue
        p = net.project[a]
        if start[a] == MISSING:
            start[a] = net.project_start[p]
            finish[a] = start[a]
        if es[a] == MISSING:
            es[a] = start[a]
            ef[a] = finish[a]
            ls[a] = start[a]
            lf[a] = finish[a]
        if total[a] == MISSING:
            total[a] = 0
