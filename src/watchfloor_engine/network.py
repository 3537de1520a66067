"""A plan as arrays, checked once: build it, then schedule and simulate it as often as needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numba import types
from numpy.typing import ArrayLike, DTypeLike, NDArray

from watchfloor_engine.errors import CycleError, InvalidNetwork
from watchfloor_engine.kernels import I8, I32, I64, MISSING, NetworkArrays, kernel

MAX_ACTIVITIES = 5_000_000
MAX_LINKS = 20_000_000


class Kind(IntEnum):
    """What an activity is. Level of effort and summaries are dated in a second pass."""

    TASK = 0
    START_MILESTONE = 1
    FINISH_MILESTONE = 2
    LOE = 3
    SUMMARY = 4
    EXTERNAL = 5


class Link(IntEnum):
    """Dependency: which end of the predecessor holds which end of the successor."""

    FS = 0
    SS = 1
    FF = 2
    SF = 3


class Constraint(IntEnum):
    NONE = 0
    START_NO_EARLIER = 1
    START_NO_LATER = 2
    FINISH_NO_EARLIER = 3
    FINISH_NO_LATER = 4
    START_ON = 5
    FINISH_ON = 6
    MANDATORY_START = 7
    MANDATORY_FINISH = 8
    AS_LATE_AS_POSSIBLE = 9


NOT_STARTED, IN_PROGRESS, COMPLETE = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Activities and links as arrays. ``(n)`` per activity, ``(m)`` per link, ``(p)`` per project.

    Ticks are 0.1 minute since the epoch of calendars.py; ``MISSING`` marks no date. Calendar indices point into
    the ``CalendarSet`` used with it, where 0 is the 24-hour calendar. Build it with ``build_network``.
    """

    kind: I8  # (n) Kind
    calendar: I32  # (n)
    duration: I64  # (n) planned duration, working ticks of its calendar (elapsed ones: clock ticks)
    remaining: I64  # (n)
    elapsed: I8  # (n) 1: the duration counts the clock
    status: I8  # (n) 0 not started, 1 in progress, 2 complete
    actual_start: I64
    actual_finish: I64
    constraint: I8  # (n) Constraint
    constraint_tick: I64
    constraint2: I8
    constraint2_tick: I64
    expected_finish: I64
    external_start: I64
    external_finish: I64
    manual_start: I64
    manual_finish: I64
    suspend: I64
    resume: I64
    deadline: I64
    parent: I32  # (n) index of the summary above, -1 none
    project: I32  # (n) index into the per-project arrays
    pred: I32  # (m)
    succ: I32  # (m)
    link: I8  # (m) Link
    lag: I64  # (m) ticks on the lag calendar, percentages already resolved
    lag_calendar: I32  # (m) 0 or less: the clock
    data_date: I64  # (p) MISSING: none
    project_start: I64  # (p)
    must_finish: I64  # (p) MISSING: none
    order: I32  # scheduled activities in topological order
    link_of_in: I64  # position in the kernels' links → index in pred/succ
    arrays: NetworkArrays

    @property
    def size(self) -> int:
        return int(self.kind.shape[0])

    @property
    def links(self) -> int:
        return int(self.pred.shape[0])

    @property
    def projects(self) -> int:
        return int(self.project_start.shape[0])


def _column(value: ArrayLike | None, size: int, dtype: DTypeLike, default: int, name: str) -> NDArray[np.int64]:
    if value is None:
        return np.full(size, default, dtype=dtype)
    # The kernels' signatures ask for writable arrays, and the network must not change with its caller's.
    array = np.array(value, dtype=dtype, ndmin=1)
    if array.shape != (size,):
        raise InvalidNetwork(f"{name} has {array.shape} entries, expected {size}.")
    return array


def build_network(
    *,
    kind: ArrayLike,
    calendar: ArrayLike,
    duration_ticks: ArrayLike,
    project_start: ArrayLike,
    remaining_ticks: ArrayLike | None = None,
    elapsed: ArrayLike | None = None,
    actual_start: ArrayLike | None = None,
    actual_finish: ArrayLike | None = None,
    constraint: ArrayLike | None = None,
    constraint_tick: ArrayLike | None = None,
    constraint2: ArrayLike | None = None,
    constraint2_tick: ArrayLike | None = None,
    expected_finish: ArrayLike | None = None,
    external_start: ArrayLike | None = None,
    external_finish: ArrayLike | None = None,
    manual_start: ArrayLike | None = None,
    manual_finish: ArrayLike | None = None,
    suspend: ArrayLike | None = None,
    resume: ArrayLike | None = None,
    deadline: ArrayLike | None = None,
    parent: ArrayLike | None = None,
    project: ArrayLike | None = None,
    pred: ArrayLike = (),
    succ: ArrayLike = (),
    link: ArrayLike = (),
    lag_ticks: ArrayLike | None = None,
    lag_calendar: ArrayLike | None = None,
    lag_percent: ArrayLike | None = None,
    data_date: ArrayLike | None = None,
    must_finish: ArrayLike | None = None,
) -> Network:
    """Check the arrays, sort the activities topologically and group the links.

    ``lag_percent`` (NaN where unused) is a share of the predecessor's duration in percent and replaces the lag.
    Links from or to level of effort and summaries do not order anything; they are read in the second pass.

    Raises:
        InvalidNetwork: shapes, indices or codes that contradict each other.
        CycleError: activities that wait for each other; ``path`` names them in order.

    Cost: O(activities + links).
    """
    kinds = np.array(kind, dtype=np.int8, ndmin=1)
    n = int(kinds.size)
    starts = np.array(project_start, dtype=np.int64, ndmin=1)
    preds = np.array(pred, dtype=np.int32, ndmin=1)
    m, p = int(preds.size), int(starts.size)
    if n > MAX_ACTIVITIES or m > MAX_LINKS:
        raise InvalidNetwork(f"{n} activities and {m} links; at most {MAX_ACTIVITIES} and {MAX_LINKS} are scheduled.")

    def ticks(value: ArrayLike | None, name: str, size: int = n) -> I64:
        return _column(value, size, np.int64, MISSING, name)

    succs = _column(succ, m, np.int32, 0, "succ").astype(np.int32)
    links = _column(link, m, np.int8, 0, "link").astype(np.int8)
    durations = _column(duration_ticks, n, np.int64, 0, "duration_ticks")
    a_start, a_finish = ticks(actual_start, "actual_start"), ticks(actual_finish, "actual_finish")
    status = np.where(a_finish != MISSING, COMPLETE, np.where(a_start != MISSING, IN_PROGRESS, NOT_STARTED))
    if remaining_ticks is None:
        remaining = durations.copy()
    else:
        remaining = _column(remaining_ticks, n, np.int64, 0, "remaining_ticks").copy()
    remaining[status == COMPLETE] = 0
    milestone = (kinds == Kind.START_MILESTONE) | (kinds == Kind.FINISH_MILESTONE)
    durations = np.where(milestone, 0, durations)
    remaining[milestone] = 0
    projects = _column(project, n, np.int32, 0, "project").astype(np.int32)
    parents = _column(parent, n, np.int32, -1, "parent").astype(np.int32)
    calendars = _column(calendar, n, np.int32, 0, "calendar").astype(np.int32)
    lags = _column(lag_ticks, m, np.int64, 0, "lag_ticks").copy()
    lag_cals = _column(lag_calendar, m, np.int32, 0, "lag_calendar").astype(np.int32)
    if lag_percent is not None and m:
        share = np.ascontiguousarray(lag_percent, dtype=np.float64)
        used = ~np.isnan(share)
        lags[used] = np.rint(durations[preds[used]] * share[used] / 100.0).astype(np.int64)
    _check(n, p, kinds, links, preds, succs, projects, parents, durations, remaining, calendars)

    rolled = (kinds == Kind.LOE) | (kinds == Kind.SUMMARY)
    counts = ~(rolled[preds] | rolled[succs]) if m else np.zeros(0, dtype=np.bool_)
    used_links = np.flatnonzero(counts)
    order, in_sort = _ordered(n, preds[used_links], succs[used_links], rolled)
    link_of_in = used_links[in_sort].astype(np.int64)
    in_succ = succs[link_of_in]
    in_offset = np.concatenate(([0], np.cumsum(np.bincount(in_succ, minlength=n)))).astype(np.int64)
    in_pred = preds[link_of_in]
    out_in = np.argsort(in_pred, kind="stable").astype(np.int64)
    out_offset = np.concatenate(([0], np.cumsum(np.bincount(in_pred, minlength=n)))).astype(np.int64)

    resumes, suspends = ticks(resume, "resume"), ticks(suspend, "suspend")
    c1 = _column(constraint, n, np.int8, 0, "constraint").astype(np.int8)
    c1_tick = ticks(constraint_tick, "constraint_tick")
    c2 = _column(constraint2, n, np.int8, 0, "constraint2").astype(np.int8)
    c2_tick = ticks(constraint2_tick, "constraint2_tick")
    # A constraint without its date constrains nothing.
    c1 = np.where((c1_tick == MISSING) & (c1 != Constraint.AS_LATE_AS_POSSIBLE), 0, c1).astype(np.int8)
    c2 = np.where((c2_tick == MISSING) & (c2 != Constraint.AS_LATE_AS_POSSIBLE), 0, c2).astype(np.int8)
    status8 = status.astype(np.int8)
    flags = _column(elapsed, n, np.int8, 0, "elapsed").astype(np.int8)
    # Elapsed durations are simply durations on the 24-hour calendar.
    working_calendar = np.where(flags == 1, 0, calendars).astype(np.int32)
    arrays = NetworkArrays(
        kind=kinds,
        calendar=working_calendar,
        duration=durations,
        done=np.maximum(durations - remaining, 0),
        elapsed=flags,
        status=status8,
        actual_start=a_start,
        actual_finish=a_finish,
        constraint=c1,
        constraint_tick=c1_tick,
        constraint2=c2,
        constraint2_tick=c2_tick,
        expected_finish=ticks(expected_finish, "expected_finish"),
        external_start=ticks(external_start, "external_start"),
        external_finish=ticks(external_finish, "external_finish"),
        manual_start=ticks(manual_start, "manual_start"),
        manual_finish=ticks(manual_finish, "manual_finish"),
        restart=np.where(status8 == IN_PROGRESS, resumes, MISSING),
        project=projects,
        order=order,
        in_offset=in_offset,
        in_pred=np.ascontiguousarray(in_pred),
        in_kind=np.ascontiguousarray(links[link_of_in]),
        in_lag=np.ascontiguousarray(lags[link_of_in]),
        in_lag_calendar=np.ascontiguousarray(lag_cals[link_of_in]),
        out_offset=out_offset,
        out_in=out_in,
        out_succ=np.ascontiguousarray(in_succ[out_in]),
        data_date=ticks(data_date, "data_date", p),
        project_start=starts,
        must_finish=ticks(must_finish, "must_finish", p),
    )
    return Network(
        kind=kinds,
        calendar=calendars,
        duration=durations,
        remaining=remaining,
        elapsed=flags,
        status=status8,
        actual_start=a_start,
        actual_finish=a_finish,
        constraint=c1,
        constraint_tick=c1_tick,
        constraint2=c2,
        constraint2_tick=c2_tick,
        expected_finish=arrays.expected_finish,
        external_start=arrays.external_start,
        external_finish=arrays.external_finish,
        manual_start=arrays.manual_start,
        manual_finish=arrays.manual_finish,
        suspend=suspends,
        resume=resumes,
        deadline=ticks(deadline, "deadline"),
        parent=parents,
        project=projects,
        pred=preds,
        succ=succs,
        link=links,
        lag=lags,
        lag_calendar=lag_cals,
        data_date=arrays.data_date,
        project_start=starts,
        must_finish=arrays.must_finish,
        order=order,
        link_of_in=link_of_in,
        arrays=arrays,
    )


def _check(
    n: int, p: int, kinds: I8, links: I8, preds: I32, succs: I32, projects: I32, parents: I32,
    durations: I64, remaining: I64, calendars: I32,
) -> None:  # fmt: skip
    def within(array: NDArray[np.int64] | I32 | I8, low: int, high: int, name: str) -> None:
        if array.size and (int(array.min()) < low or int(array.max()) > high):
            raise InvalidNetwork(f"{name} must lie between {low} and {high}.")

    within(kinds, 0, max(Kind), "kind")
    within(links, 0, max(Link), "link")
    within(preds, 0, n - 1, "pred")
    within(succs, 0, n - 1, "succ")
    within(projects, 0, p - 1, "project")
    within(parents, -1, n - 1, "parent")
    within(calendars, 0, 1 << 20, "calendar")
    limit = 1 << 38
    within(durations, 0, limit, "duration_ticks")
    within(remaining, 0, limit, "remaining_ticks")
    own = np.flatnonzero(preds == succs)
    if own.size:
        raise CycleError((int(preds[own[0]]), int(succs[own[0]])))


def _ordered(n: int, preds: I32, succs: I32, rolled: NDArray[np.bool_]) -> tuple[I32, I64]:
    in_sort = np.argsort(succs, kind="stable").astype(np.int64)
    by_pred = np.argsort(preds, kind="stable")
    offset = np.concatenate(([0], np.cumsum(np.bincount(preds, minlength=n)))).astype(np.int64)
    waiting = np.bincount(succs, minlength=n).astype(np.int32)
    order = _topological(offset, np.ascontiguousarray(succs[by_pred]), waiting)
    if order.size < n:
        raise CycleError(_cycle(n, preds, succs, set(range(n)) - set(order.tolist())))
    return np.ascontiguousarray(order[~rolled[order]]), in_sort


_i8v = types.Array(types.int64, 1, "C")
_i4v = types.Array(types.int32, 1, "C")


@kernel(_i4v(_i8v, _i4v, _i4v))
def _topological(
    offset: I64,
    succ: I32,
    waiting: I32,
) -> I32:
    """Kahn's order, first in first out; shorter than the number of activities when there is a cycle."""
    n = len(waiting)
    order = np.empty(n, np.int32)
    tail = 0
    for a in range(n):
        if waiting[a] == 0:
            order[tail] = a
            tail += 1
    head = 0
    while head < tail:
        a = order[head]
        head += 1
        for e in range(offset[a], offset[a + 1]):
            s = succ[e]
            waiting[s] -= 1
            if waiting[s] == 0:
                order[tail] = s
                tail += 1
    return order[:tail].copy()


def _cycle(n: int, preds: I32, succs: I32, stuck: set[int]) -> Sequence[int]:
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
