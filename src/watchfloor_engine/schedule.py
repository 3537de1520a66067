"""The schedule of a plan: when everything can and must happen, with which float, and why.

Sources: Kelley & Walker (1959); Primavera P6 and Microsoft Project behaviour as named options. Method and limits:
docs/methods/schedule.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from watchfloor_engine import floats, passes
from watchfloor_engine.calendars import CalendarSet
from watchfloor_engine.errors import CycleError, HorizonExceeded, InvalidNetwork
from watchfloor_engine.kernels import I8, I32, I64, MISSING, NO_TICK, NetworkArrays, OptionArrays
from watchfloor_engine.network import COMPLETE, IN_PROGRESS, NOT_STARTED, Kind, Link, Network
from watchfloor_engine.options import FloatKind, GivenOptions, Options, OutOfSequence, each_options, option_arrays
from watchfloor_engine.ordering import sort_topologically

__all__ = ["FloatKind", "Options", "OutOfSequence", "Schedule", "schedule"]

NONE, NO_FLAGS = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int8)  # no queue: a whole pass
MAX_DEPTH = 1_000  # levels of summaries


class Schedule:
    """Ticks and working ticks per activity (n), flags per link (m), finish per project (p).

    Early and late dates are those of the *remaining* work (of a complete activity: its actual dates); ``start``
    and ``finish`` are what a reader expects: actual where it happened, else early. What follows from the dates (free
    float, driving links, longest path, critical) is computed when it is first asked for.
    """

    def __init__(self, network: Network, calendars: CalendarSet, options: tuple[Options, ...], dated: _Dated) -> None:
        self._network, self._calendars, self._options, self._dated = network, calendars, options, dated

    @cached_property
    def early_start(self) -> I64:
        return self._by_index(self._dated.shown_es)

    @cached_property
    def early_finish(self) -> I64:
        return self._by_index(self._dated.shown_ef)

    @cached_property
    def late_start(self) -> I64:
        return self._by_index(self._dated.ls)

    @cached_property
    def late_finish(self) -> I64:
        return self._by_index(self._dated.lf)

    @cached_property
    def start(self) -> I64:
        return self._by_index(self._dated.start)

    @cached_property
    def finish(self) -> I64:
        return self._by_index(self._dated.finish)

    @cached_property
    def remaining(self) -> I64:
        return self._dated.remaining[self._network.position].astype(np.int64)

    @cached_property
    def total_float(self) -> I64:
        return self._dated.total[self._network.position].astype(np.int64)

    @cached_property
    def free_float(self) -> I64:
        d, free = self._dated, np.zeros(self._network.size, dtype=np.int32)
        floats.free_floats(self._network.arrays, self._calendars.arrays, d.lag, d.hold, d.es, d.ef, d.early_end, free)
        return free[self._network.position].astype(np.int64)

    @property
    def link_state(self) -> I8:
        """(links) what each does to its successor, in the kernels' order: ``passes.IDLE`` and its neighbours."""
        return self._dated.hold

    @property
    def link_lag(self) -> I32:
        """(links) what is left of each lag at the data date, in the kernels' order."""
        return self._dated.lag

    @cached_property
    def driving(self) -> NDArray[np.bool_]:
        """(m) links whose bound is exactly where their successor starts or finishes."""
        out = np.zeros(self._network.links, dtype=np.bool_)
        out[self._network.link_of_in] = self._driving_in.astype(np.bool_)
        return out

    @cached_property
    def on_longest_path(self) -> NDArray[np.bool_]:
        longest = np.zeros(self._network.size, dtype=np.int8)
        floats.longest_paths(self._network.arrays, self._dated.ef, self._dated.early_end, self._driving_in, longest)
        return longest[self._network.position].astype(np.bool_)

    @cached_property
    def critical(self) -> NDArray[np.bool_]:
        return _critical(self._network, self._options, self)

    @cached_property
    def out_of_sequence(self) -> I64:
        """Link indices."""
        return _out_of_sequence(self._network)

    @cached_property
    def project_finish(self) -> I64:
        """(p) latest finish, actual ones included."""
        return _project_finish(self._network, self.finish)

    @cached_property
    def _driving_in(self) -> I8:
        d, out = self._dated, np.zeros(self._network.arrays.in_pred.size, dtype=np.int8)
        floats.driving_links(self._network.arrays, self._calendars.arrays, d.lag, d.hold, d.es, d.ef, out)
        return out

    def _by_index(self, ticks: I32) -> I64:
        return to_ticks64(ticks[self._network.position])


@dataclass(frozen=True, slots=True, eq=False)
class _Dated:
    """What the passes found, in the kernels' positions; ``shown_*`` with the actual dates of complete activities."""

    lag: I32
    hold: I8
    remaining: I32
    es: I32
    ef: I32
    shown_es: I32
    shown_ef: I32
    ls: I32
    lf: I32
    start: I32
    finish: I32
    total: I32
    early_end: I32


def schedule(network: Network, calendars: CalendarSet, options: GivenOptions = None) -> Schedule:
    """Compute early and late dates and total float of a network; options are those of all projects, or one for each.

    Raises:
        InvalidNetwork: an activity names a calendar that is not in the set, or not as many options as projects.
        HorizonExceeded: a date left the compiled years; compile the calendars for more and call again.

    Cost: O(activities + links); calendar arithmetic is O(1) each.
    """
    each = each_options(options, network.projects)
    opt = option_arrays(each, network.arrays.data_date)
    n = network.size
    check_calendars(network, calendars)
    net = with_starts_from_finish(network, calendars, opt)
    lag, hold, remaining, es, ef, ls, lf, total, early_end, late_end = _two_passes(network, net, calendars, opt)
    start, finish, shown_es, shown_ef = es, ef, es, ef
    if network.scheduled < n or (net.status != NOT_STARTED).any():
        complete = net.status == COMPLETE
        start = np.where(net.actual_start != NO_TICK, net.actual_start, es)
        finish = np.where(net.actual_finish != NO_TICK, net.actual_finish, ef)
        start = np.where((start == NO_TICK) & complete, finish, start)
        if network.scheduled < n:
            _level_of_effort(network, net, calendars, es, ef, ls, lf, start, finish, late_end, total)
        shown_es, shown_ef = np.where(complete, start, es), np.where(complete, finish, ef)
        ls, lf = np.where(complete, start, ls), np.where(complete, finish, lf)
        if network.scheduled < n:
            up = np.where(network.parent >= 0, network.position[network.parent], -1)[network.order].astype(np.int32)
            floats.summaries(net, up, shown_es, shown_ef, ls, lf, start, finish, total)
    dated = _Dated(lag, hold, remaining, es, ef, shown_es, shown_ef, ls, lf, start, finish, total, early_end)
    return Schedule(network, calendars, each, dated)


class _Passed(NamedTuple):
    """Both passes in the kernels' positions; what they do not date has NO_TICK."""

    lag: I32
    hold: I8
    remaining: I32
    es: I32
    ef: I32
    ls: I32
    lf: I32
    total: I32
    early_end: I32  # (projects)
    late_end: I32  # (projects)


def _two_passes(network: Network, net: NetworkArrays, calendars: CalendarSet, opt: OptionArrays) -> _Passed:
    cal, n = calendars.arrays, network.size
    lag, hold = effective_links(network, calendars, opt)
    remaining = net.planned.copy()
    es, ef, ls, lf, total = (np.empty(n, dtype=np.int32) for _ in range(5))
    for column, nothing in ((es, NO_TICK), (ef, NO_TICK), (ls, NO_TICK), (lf, NO_TICK), (total, 0)):
        column[network.scheduled :] = nothing
    work = np.empty((n, 4), dtype=np.int32)
    passes.forward(
        net, cal, opt, net.planned, remaining, lag, hold, es, ef, work, NONE, NO_FLAGS, passes.ALL, NONE, NONE
    )
    early_end = np.empty(network.projects, dtype=np.int32)
    passes.project_finishes(net, ef, early_end)
    passes.as_late_as_possible(net, cal, opt, remaining, lag, hold, es, ef, work)
    check_horizon(network.scheduled, calendars, es, ef)
    late_end = np.where(net.must_finish != NO_TICK, net.must_finish, early_end)
    passes.backward(
        net, cal, opt, remaining, lag, hold, late_end, es, ef, ls, lf, total, work, NONE, NO_FLAGS, passes.ALL, NONE
    )
    return _Passed(lag, hold, remaining, es, ef, ls, lf, total, early_end, late_end)


def with_starts_from_finish(network: Network, calendars: CalendarSet, opt: OptionArrays) -> NetworkArrays:
    """The network, where projects that are scheduled from their finish start as late as that allows."""
    net = network.arrays
    backwards = (opt.from_finish == 1) & (net.must_finish != NO_TICK)
    if not backwards.any():
        return net
    ls = _two_passes(network, net, calendars, opt).ls
    starts = net.must_finish.copy()
    open_ = np.flatnonzero(net.status[: network.scheduled] == NOT_STARTED)
    np.minimum.at(starts, net.project[open_], ls[open_])
    return net._replace(project_start=np.where(backwards, starts, net.project_start))


def to_ticks64(ticks: I32) -> I64:
    """Ticks of the kernels as callers get them."""
    return np.where(ticks == NO_TICK, MISSING, ticks.astype(np.int64))


def effective_links(network: Network, calendars: CalendarSet, opt: OptionArrays) -> tuple[I32, I8]:
    """What is left of every lag at the data date, and what each link does (kernels' order)."""
    net = network.arrays
    lag = np.empty(net.in_pred.size, dtype=np.int32)
    hold = np.empty(net.in_pred.size, dtype=np.int8)
    passes.remaining_lags(net, calendars.arrays, opt, 0, network.scheduled, lag, hold)
    return lag, hold


def _level_of_effort(
    network: Network, net: NetworkArrays, calendars: CalendarSet, es: I32, ef: I32, ls: I32, lf: I32,
    start: I32, finish: I32, late_end: I32, total: I32,
) -> None:  # fmt: skip
    """Date level of effort from the links it has; they lie outside the kernels' own links."""
    kind = network.kind
    which = np.flatnonzero(
        ((kind[network.pred] == Kind.LOE) | (kind[network.succ] == Kind.LOE))
        & (kind[network.pred] != Kind.SUMMARY)
        & (kind[network.succ] != Kind.SUMMARY)
    )
    order, which = _efforts_in_order(network, which)
    follows = kind[network.succ[which]] == Kind.LOE
    own = np.where(follows, network.succ[which], network.pred[which])
    other = np.where(follows, network.pred[which], network.succ[which])
    rank = np.zeros(network.size, dtype=np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32)
    by_own = np.argsort(rank[own], kind="stable")
    which, other, follows = which[by_own], other[by_own], follows[by_own]
    offset = np.concatenate(([0], np.cumsum(np.bincount(rank[own], minlength=order.size)))).astype(np.int32)
    floats.level_of_effort(
        net, calendars.arrays, network.position[order], offset,
        network.position[other], follows.astype(np.int8), network.link[which],
        network.lag[which].astype(np.int32), network.lag_calendar[which],
        es, ef, ls, lf, start, finish, late_end, total,
    )  # fmt: skip


def _efforts_in_order(network: Network, which: I64) -> tuple[I64, I64]:
    """Levels of effort, those first that others hang on, and the links ``which`` without those that run in a circle."""
    efforts = np.flatnonzero(network.kind == Kind.LOE)
    among = (network.kind[network.pred[which]] == Kind.LOE) & (network.kind[network.succ[which]] == Kind.LOE)
    if not among.any():
        return efforts, which
    number = np.zeros(network.size, dtype=np.int32)
    number[efforts] = np.arange(efforts.size, dtype=np.int32)
    kept = np.ones(which.size, dtype=np.bool_)
    while True:
        used = among & kept
        preds, succs = number[network.pred[which[used]]], number[network.succ[which[used]]]
        try:
            order, _position, _used = sort_topologically(preds, succs, np.zeros(efforts.size, dtype=np.bool_))
            return efforts[order], which[kept]
        except CycleError as error:
            # Each turn takes at least one link away, so that the loop ends.
            circle = set(pairwise(error.path))
            inside = [pair in circle for pair in zip(preds.tolist(), succs.tolist(), strict=True)]
            kept[np.flatnonzero(used)[inside]] = False


def check_calendars(network: Network, calendars: CalendarSet) -> None:
    """Refuse a network that names a calendar which is not in the set.

    Raises:
        InvalidNetwork: and which.
    """
    known = len(calendars.calendars)
    named = (network.calendar, network.lag_calendar, network.part_calendar)
    highest = max(int(each.max(initial=0)) for each in named)
    if highest >= known:
        raise InvalidNetwork(f"Calendar {highest} is used but only {known} are given.")


def check_horizon(scheduled: int, calendars: CalendarSet, es: I32, ef: I32) -> None:
    """Refuse dates (of the first ``scheduled`` positions) that lie outside the compiled years.

    Raises:
        HorizonExceeded: and by how much.
    """
    if scheduled == 0:
        return
    last, first = int(ef[:scheduled].max()), int(es[:scheduled].min())
    if last > calendars.last_tick or first < calendars.first_tick:
        raise HorizonExceeded(
            f"The schedule runs from tick {first} to {last}, the calendars from {calendars.first_tick} "
            f"to {calendars.last_tick}. Compile them for more years."
        )


def _critical(network: Network, options: tuple[Options, ...], found: Schedule) -> NDArray[np.bool_]:
    def by_project(name: str) -> I64:
        return np.array([int(getattr(each, name)) for each in options], dtype=np.int64)[network.project]

    incomplete = network.status != COMPLETE
    summary = network.kind == Kind.SUMMARY
    by_rule = found.total_float <= by_project("critical_float_ticks")
    if any(each.longest_path for each in options):
        by_rule = np.where(by_project("longest_path") == 1, found.on_longest_path, by_rule)
    flags = by_rule & incomplete & ~summary
    if any(each.open_ends_critical for each in options):
        net = network.arrays
        ends = np.zeros(network.size, dtype=np.bool_)
        ends[network.order[: network.scheduled]] = np.diff(net.out_offset) == 0
        flags |= ends & incomplete & (by_project("open_ends_critical") == 1)
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
