"""The inner loop of the simulation: sample, propagate through the real network, collect."""

from __future__ import annotations

import math

import numpy as np
from numba import types

from watchfloor_engine.calendar_kernels import shift
from watchfloor_engine.floats import drives
from watchfloor_engine.kernels import (
    F64,
    I8,
    I32,
    I64,
    NO_TICK,
    CalendarArrays,
    NetworkArrays,
    OptionArrays,
    calendar_type,
    flags_type,
    kernel,
    network_type,
    options_type,
    ticks_type,
    wide,
)
from watchfloor_engine.passes import ALL, FF, FROM_DATA_DATE, FS, IDLE, forward, ticks32
from watchfloor_engine.simulate.streams import normal_quantile, normal_share, uniform

_i8 = types.int64
_u8 = types.uint64
_f8 = types.float64
_i8v = types.Array(types.int64, 1, "C")
_f8v = types.Array(types.float64, 1, "C")
_i8m = types.Array(types.int64, 2, "C")
_f8m = types.Array(types.float64, 2, "C")

PROJECT_STREAM = 1 << 62


@kernel(_f8(_f8, _i8, _f8, _f8, _f8, _i8, _f8m))
def quantile(
    u: float,
    shape: int,
    low: float,
    mode: float,
    high: float,
    row: int,
    tables: F64,
) -> float:
    """The ``u`` quantile of one activity's duration, in ticks."""
    if shape == 1:
        return low + u * (high - low)
    if shape == 2:
        turn = (mode - low) / (high - low)
        if u < turn:
            return low + math.sqrt(u * (high - low) * (mode - low))
        return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))
    if shape == 3:
        at = u * (tables.shape[1] - 1)
        i = int(at)
        part = at - i
        x = tables[row, i] * (1.0 - part) + tables[row, i + 1] * part
        return float(low + x * (high - low))
    return mode


@kernel(
    types.void(
        network_type, calendar_type, ticks_type, flags_type, ticks_type, ticks_type, _i8v, flags_type, _i8v
    )
)  # fmt: skip
def mark_paths(
    net: NetworkArrays,
    cal: CalendarArrays,
    lag: I32,
    hold: I8,
    es: I32,
    ef: I32,
    end: I64,
    mark: I8,
    critical: I64,
) -> None:
    """Count every activity from which driving links lead to the finish of its project in this run."""
    for a in range(len(mark)):
        mark[a] = 0
    for a in range(len(net.in_offset) - 2, -1, -1):
        if net.status[a] == 2 or (mark[a] == 0 and ef[a] != end[net.project[a]]):
            continue
        mark[a] = 1
        critical[a] += 1
        for e in range(net.in_offset[a], net.in_offset[a + 1]):
            p = net.in_pred[e]
            if hold[e] == IDLE or net.status[p] == 2 or mark[p] == 1:
                continue
            kind = net.in_kind[e]
            t = wide(ef[p] if kind == FS or kind == FF else es[p])
            if hold[e] == FROM_DATA_DATE:
                t = wide(net.data_date[net.project[a]])
            t = shift(cal, net.in_lag_calendar[e], t, lag[e])
            if drives(cal, net.calendar[a], kind, net.kind[a], t, es[a], ef[a]) == 1:
                mark[p] = 1


@kernel(
    types.void(
        network_type, calendar_type, options_type, ticks_type, flags_type,
        flags_type, _f8v, _f8v, _f8v, ticks_type, _f8m, _i8v, _f8,
        _u8, _i8, _i8,
        _i8v, ticks_type, _f8v, _f8v, _i8,
        _i8m, _i8m, _f8m, _i8v, _f8m,
    ),
    allocates=True,
)  # fmt: skip
def run_block(
    net: NetworkArrays,
    cal: CalendarArrays,
    opt: OptionArrays,
    lag: I32,
    hold: I8,
    shape: I8,
    low: F64,
    mode: F64,
    high: F64,
    row: I32,
    tables: F64,
    stream: I64,
    correlation: float,
    seed: np.uint64,
    first_run: int,
    last_run: int,
    watch_offset: I64,
    watch_leaf: I32,
    cost_fixed: F64,
    cost_time: F64,
    with_paths: int,
    finish: I64,
    watch: I64,
    cost: F64,
    critical: I64,
    moments: F64,
) -> None:
    """Runs ``first_run``..``last_run``: writes their columns of finish, watch and cost, adds to the counts.

    Everything per activity is in the network's positions.

    ``moments`` (n, 3) gathers Σd, Σd², Σd·f of each duration against its project's finish (relative to run 0's
    scale: ticks since the project's start), from which the caller makes correlations.
    """
    n = len(shape)
    projects = len(net.project_start)
    scheduled = len(net.in_offset) - 1
    remaining = np.empty(n, np.int32)
    es = np.empty(n, np.int32)
    ef = np.empty(n, np.int32)
    work = np.empty((n, 4), np.int32)
    mark = np.zeros(n, np.int8)
    nothing = np.empty(0, np.int32)
    marks = np.empty(0, np.int8)
    end = np.empty(projects, np.int64)
    shared = np.zeros(projects, np.float64)
    own_weight = math.sqrt(1.0 - correlation)
    shared_weight = math.sqrt(correlation)
    for run in range(first_run, last_run):
        if correlation > 0.0:
            for p in range(projects):
                u = uniform(seed, np.uint64(PROJECT_STREAM + p), np.uint64(run))
                shared[p] = normal_quantile(u)
        for p in range(projects):
            cost[p, run] = 0.0
            end[p] = NO_TICK
        for a in range(n):
            d = mode[a]
            if shape[a] != 0:
                u = uniform(seed, np.uint64(stream[a]), np.uint64(run))
                if correlation > 0.0:
                    u = normal_share(own_weight * normal_quantile(u) + shared_weight * shared[net.project[a]])
                    u = min(max(u, 1e-15), 1.0 - 1e-15)
                d = quantile(u, shape[a], low[a], mode[a], high[a], row[a], tables)
            remaining[a] = ticks32(wide(np.rint(d)))
            scale = d / mode[a] if mode[a] > 0.0 else 1.0
            cost[net.project[a], run] += cost_fixed[a] + cost_time[a] * scale
        forward(net, cal, opt, remaining, remaining, lag, hold, es, ef, work, nothing, marks, ALL, nothing, nothing)
        for a in range(scheduled):
            t = net.actual_finish[a] if net.status[a] == 2 else ef[a]
            p = net.project[a]
            end[p] = max(end[p], t)
        for p in range(projects):
            if end[p] == NO_TICK:
                end[p] = net.project_start[p]
            finish[p, run] = end[p]
        for w in range(len(watch_offset) - 1):
            best = wide(NO_TICK)
            for i in range(watch_offset[w], watch_offset[w + 1]):
                a = watch_leaf[i]
                t = net.actual_finish[a] if net.status[a] == 2 else ef[a]
                best = max(best, t)
            watch[w, run] = best
        if with_paths == 0:
            continue
        mark_paths(net, cal, lag, hold, es, ef, end, mark, critical)
        for a in range(n):
            if shape[a] != 0:
                d = float(remaining[a])
                p = net.project[a]
                moments[a, 0] += d
                moments[a, 1] += d * d
                moments[a, 2] += d * float(end[p] - net.project_start[p])
