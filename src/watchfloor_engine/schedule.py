"""The schedule of a plan: when everything can and must happen, with which float, and why.

Sources: Kelley & Walker (1959); Primavera P6 and Microsoft Project behaviour as named options. Method and limits:
docs/methods/schedule.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from watchfloor_engine import floats, passes
from watchfloor_engine.calendars import CalendarSet
from watchfloor_engine.errors import HorizonExceeded, InvalidNetwork
from watchfloor_engine.kernels import I64, MISSING
from watchfloor_engine.network import COMPLETE, IN_PROGRESS, Kind, Link, Network
from watchfloor_engine.options import FloatKind, Options, OutOfSequence

__all__ = ["FloatKind", "Options", "OutOfSequence", "Schedule", "schedule"]

MAX_DEPTH = 1_000  # levels of summaries


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Ticks and working ticks per activity (n), flags per link (m), finish per project (p).

    Early and late dates are those of the *remaining* work (of a complete activity: its actual dates); ``start``
    and ``finish`` are what a reader expects: actual where it happened, else early.
    """

    early_start: I64
    early_finish: I64
    late_start: I64
    late_finish: I64
    start: I64
    finish: I64
    remaining: I64
    total_float: I64
    free_float: I64
    critical: NDArray[np.bool_]
    on_longest_path: NDArray[np.bool_]
    driving: NDArray[np.bool_]  # (m)
    out_of_sequence: I64  # link indices
    project_finish: I64  # (p) latest finish, actual ones included


def schedule(network: Network, calendars: CalendarSet, options: Options | None = None) -> Schedule:
    """Compute early and late dates, floats, critical and driving flags of a network.

    Raises:
        InvalidNetwork: an activity names a calendar that is not in the set.
        HorizonExceeded: a date left the compiled years; compile the calendars for more and call again.

    Cost: O(activities + links); calendar arithmetic is O(1) each.
    """
    opt = (options or Options()).as_ints()
    net, cal = network.arrays, calendars.arrays
    n = network.size
    _check_calendars(network, calendars)
    lag, fixed, active = effective_links(network, calendars, options or Options())
    remaining = network.remaining.copy()
    es, ef, ls, lf = (np.full(n, MISSING, dtype=np.int64) for _ in range(4))
    passes.forward(net, cal, opt, remaining, lag, fixed, active, es, ef)
    has = np.zeros(network.projects, dtype=np.int8)
    early_end = np.empty(network.projects, dtype=np.int64)
    passes.project_finishes(net, ef, has, early_end)
    passes.as_late_as_possible(net, cal, opt, remaining, lag, active, es, ef)
    _check_horizon(network, calendars, es, ef)
    late_end = np.where(network.must_finish != MISSING, network.must_finish, early_end)
    passes.backward(net, cal, opt, remaining, lag, active, late_end, ls, lf)

    total, free = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    floats.total_floats(net, cal, opt, es, ef, ls, lf, total)
    floats.free_floats(net, cal, lag, fixed, active, es, ef, early_end, free)
    driving_in = np.zeros(net.in_pred.size, dtype=np.int8)
    floats.driving_links(net, cal, lag, fixed, active, es, ef, driving_in)
    longest = np.zeros(n, dtype=np.int8)
    floats.longest_paths(net, ef, early_end, driving_in, longest)

    complete = network.status == COMPLETE
    start = np.where(network.actual_start != MISSING, network.actual_start, es)
    finish = np.where(network.actual_finish != MISSING, network.actual_finish, ef)
    start = np.where((start == MISSING) & complete, finish, start)
    floats.level_of_effort(
        net, cal, network.pred, network.succ, network.link, network.lag, network.lag_calendar,
        es, ef, ls, lf, start, finish, late_end, total,
    )  # fmt: skip
    es, ef = np.where(complete, start, es), np.where(complete, finish, ef)
    ls, lf = np.where(complete, start, ls), np.where(complete, finish, lf)
    floats.summaries(net, network.parent, es, ef, ls, lf, start, finish, total)

    driving = np.zeros(network.links, dtype=np.bool_)
    driving[network.link_of_in] = driving_in.astype(np.bool_)
    critical = _critical(network, opt.longest_path == 1, opt.critical_float, opt.open_ends_critical, total, longest)
    return Schedule(
        early_start=es,
        early_finish=ef,
        late_start=ls,
        late_finish=lf,
        start=start,
        finish=finish,
        remaining=remaining,
        total_float=total,
        free_float=free,
        critical=critical,
        on_longest_path=longest.astype(np.bool_),
        driving=driving,
        out_of_sequence=_out_of_sequence(network),
        project_finish=_project_finish(network, finish),
    )


def effective_links(network: Network, calendars: CalendarSet, options: Options) -> tuple[I64, I64, NDArray[np.int8]]:
    """What is left of every lag at the data date, links with a fixed tick, and which links hold (kernels' order)."""
    net = network.arrays
    lag = np.empty(net.in_pred.size, dtype=np.int64)
    fixed = np.empty(net.in_pred.size, dtype=np.int64)
    active = np.empty(net.in_pred.size, dtype=np.int8)
    passes.remaining_lags(net, calendars.arrays, options.as_ints(), lag, fixed, active)
    return lag, fixed, active


def _check_calendars(network: Network, calendars: CalendarSet) -> None:
    known = len(calendars.calendars)
    highest = max(int(network.calendar.max(initial=0)), int(network.lag_calendar.max(initial=0)))
    if highest >= known:
        raise InvalidNetwork(f"Calendar {highest} is used but only {known} are given.")


def _check_horizon(network: Network, calendars: CalendarSet, es: I64, ef: I64) -> None:
    used = network.order
    if used.size == 0:
        return
    last, first = int(ef[used].max()), int(es[used].min())
    if last > calendars.last_tick or first < calendars.first_tick:
        raise HorizonExceeded(
            f"The schedule runs from tick {first} to {last}, the calendars from {calendars.first_tick} "
            f"to {calendars.last_tick}. Compile them for more years."
        )


def _critical(
    network: Network, by_longest_path: bool, threshold: int, open_ends: int, total: I64, longest: NDArray[np.int8]
) -> NDArray[np.bool_]:
    incomplete = network.status != COMPLETE
    summary = network.kind == Kind.SUMMARY
    flags = (longest.astype(np.bool_) if by_longest_path else total <= threshold) & incomplete & ~summary
    if open_ends:
        net = network.arrays
        ends = np.zeros(network.size, dtype=np.bool_)
        ends[network.order] = (np.diff(net.out_offset) == 0)[network.order]
        flags |= ends & incomplete
    # A summary is critical when something below it is.
    up = network.parent[flags]
    for _ in range(MAX_DEPTH):
        up = np.unique(up[up >= 0])
        if up.size == 0:
            break
        flags[up[summary[up]]] = True
        up = network.parent[up]
    return np.asarray(flags)


def _out_of_sequence(network: Network) -> I64:
    """Links whose successor started (or finished) before the predecessor's end of the link really happened."""
    kind = network.kind
    counts = (kind[network.pred] < Kind.LOE) & (kind[network.succ] < Kind.LOE)
    started, finished = network.actual_start, network.actual_finish
    before = np.where(
        (network.link == Link.FS) | (network.link == Link.FF), finished[network.pred], started[network.pred]
    )
    after = np.where(
        (network.link == Link.FS) | (network.link == Link.SS), started[network.succ], finished[network.succ]
    )
    # A lead allows the successor that much earlier; comparing without the lag would accuse planned overlaps.
    allowed = before + np.minimum(network.lag, 0)
    early = (after != MISSING) & ((before == MISSING) & (network.lag >= 0) | (before != MISSING) & (after < allowed))
    return np.flatnonzero(counts & early & (network.status[network.succ] >= IN_PROGRESS)).astype(np.int64)


def _project_finish(network: Network, finish: I64) -> I64:
    out = network.project_start.copy()
    # Level of effort follows the work and must not hold a finish; it counts only where there is nothing else.
    real = (network.kind != Kind.SUMMARY) & (network.kind != Kind.LOE) & (finish != MISSING)
    alone = ~np.isin(network.project, network.project[real]) & (network.kind == Kind.LOE) & (finish != MISSING)
    real |= alone
    np.maximum.at(out, network.project[real], finish[real])
    return out
