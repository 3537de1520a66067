"""A plan as arrays, checked once: build it, then schedule and simulate it as often as needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from watchfloor_engine.errors import CycleError, InvalidNetwork
from watchfloor_engine.kernels import F64, I8, I32, I64, MISSING, MOST_TICKS, NO_TICK, NetworkArrays
from watchfloor_engine.ordering import sort_topologically

MAX_ACTIVITIES = 5_000_000
MAX_LINKS = 20_000_000
MAX_CALENDARS = (1 << 15) - 1
MOST_SHARE = 1_000.0


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
    delay: I64  # (n) clock ticks that the start waits after its links and constraints, as a leveller asked
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
    part_activity: I32  # (parts) an activity in several parts ends with the last of them
    part_calendar: I32
    part_share: F64  # of the activity's remaining duration, worked on the part's calendar; above 1 with pauses
    order: I32  # (n) position in the kernels → index; scheduled activities in topological order, then the others
    position: I32  # (n) the way back
    link_of_in: I32  # place in the kernels' links → index in pred/succ
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

    @property
    def scheduled(self) -> int:
        """How many activities the passes date; level of effort and summaries follow from them."""
        return int(self.arrays.in_offset.shape[0]) - 1

    def with_remaining(self, ticks: I64) -> Network:
        """The same network with other remaining durations, (n) working ticks."""
        remaining = np.array(ticks, dtype=np.int64)
        if remaining.shape != (self.size,):
            raise InvalidNetwork(f"remaining has {remaining.shape} entries, expected {self.size}.")
        packed = remaining[self.order].astype(np.int32)
        return replace(self, remaining=remaining, arrays=self.arrays._replace(planned=packed))


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
    delay_ticks: ArrayLike | None = None,
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
    part_activity: ArrayLike = (),
    part_calendar: ArrayLike = (),
    part_share: ArrayLike = (),
) -> Network:
    """Check the arrays, sort the activities topologically and group the links.

    ``lag_percent`` (NaN where unused) is a share of the predecessor's duration in percent and replaces the lag.
    Parts are what several resources do of an activity, each on a calendar of its own and from the activity's start on.
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
    delays = _column(delay_ticks, n, np.int64, 0, "delay_ticks")
    if lag_percent is not None and m:
        share = np.ascontiguousarray(lag_percent, dtype=np.float64)
        used = ~np.isnan(share)
        lags[used] = np.rint(durations[preds[used]] * share[used] / 100.0).astype(np.int64)
    _check(n, p, kinds, links, preds, succs, projects, parents, durations, remaining, calendars, lags, lag_cals, delays)

    rolled = (kinds == Kind.LOE) | (kinds == Kind.SUMMARY)
    order, position, used = sort_topologically(preds, succs, rolled)
    links_in = _grouped(used, position[preds[used]], position[succs[used]], int(n - rolled.sum()))

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
    deadlines = ticks(deadline, "deadline")
    parts = _parts(part_activity, part_calendar, part_share, n)
    by_place = np.argsort(position[parts.activity], kind="stable")
    dates = {
        "actual_start": a_start,
        "actual_finish": a_finish,
        "constraint_tick": c1_tick,
        "constraint2_tick": c2_tick,
        "expected_finish": ticks(expected_finish, "expected_finish"),
        "external_start": ticks(external_start, "external_start"),
        "external_finish": ticks(external_finish, "external_finish"),
        "manual_start": ticks(manual_start, "manual_start"),
        "manual_finish": ticks(manual_finish, "manual_finish"),
        "restart": np.where(status8 == IN_PROGRESS, resumes, MISSING),
    }
    per_project = {
        "data_date": ticks(data_date, "data_date", p),
        "project_start": starts,
        "must_finish": ticks(must_finish, "must_finish", p),
    }
    packed = {name: to_ticks32(column)[order] for name, column in dates.items()}
    arrays = NetworkArrays(
        plain=np.zeros(n, dtype=np.int8),
        kind=kinds[order],
        status=status8[order],
        constraint=c1[order],
        constraint2=c2[order],
        calendar=working_calendar[order].astype(np.int16),
        project=projects[order],
        duration=durations[order].astype(np.int32),
        planned=remaining[order].astype(np.int32),
        done=np.maximum(durations - remaining, 0)[order].astype(np.int32),
        **packed,
        delay=delays[order].astype(np.int32),
        part_offset=_offsets(position[parts.activity], n),
        part_calendar=parts.calendar[by_place].astype(np.int16),
        part_share=parts.share[by_place],
        in_offset=links_in.in_offset,
        in_pred=links_in.in_pred,
        in_kind=links[links_in.link_of_in],
        in_lag=lags[links_in.link_of_in].astype(np.int32),
        in_lag_calendar=lag_cals[links_in.link_of_in].astype(np.int16),
        out_offset=links_in.out_offset,
        out_in=links_in.out_in,
        out_succ=links_in.out_succ,
        **{name: to_ticks32(column) for name, column in per_project.items()},
    )
    mark_plain(arrays)
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
        expected_finish=dates["expected_finish"],
        external_start=dates["external_start"],
        external_finish=dates["external_finish"],
        manual_start=dates["manual_start"],
        manual_finish=dates["manual_finish"],
        suspend=suspends,
        resume=resumes,
        deadline=deadlines,
        delay=delays,
        parent=parents,
        project=projects,
        pred=preds,
        succ=succs,
        link=links,
        lag=lags,
        lag_calendar=lag_cals,
        data_date=per_project["data_date"],
        project_start=starts,
        must_finish=per_project["must_finish"],
        part_activity=parts.activity,
        part_calendar=parts.calendar,
        part_share=parts.share,
        order=order,
        position=position,
        link_of_in=links_in.link_of_in,
        arrays=arrays,
    )


def _check(
    n: int, p: int, kinds: I8, links: I8, preds: I32, succs: I32, projects: I32, parents: I32,
    durations: I64, remaining: I64, calendars: I32, lags: I64, lag_calendars: I32, delays: I64,
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
    within(calendars, 0, MAX_CALENDARS, "calendar")
    within(durations, 0, MOST_TICKS, "duration_ticks")
    within(remaining, 0, MOST_TICKS, "remaining_ticks")
    within(lags, -MOST_TICKS, MOST_TICKS, "lag_ticks")
    within(lag_calendars, -1, MAX_CALENDARS, "lag_calendar")
    within(delays, 0, MOST_TICKS, "delay_ticks")
    own = np.flatnonzero(preds == succs)
    if own.size:
        raise CycleError((int(preds[own[0]]), int(succs[own[0]])))


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    activity: I32
    calendar: I32
    share: F64


def _parts(activity: ArrayLike, calendar: ArrayLike, share: ArrayLike, n: int) -> _Parts:
    shares = np.array(share, dtype=np.float64, ndmin=1)
    activities = _column(activity, shares.size, np.int32, 0, "part_activity").astype(np.int32)
    calendars = _column(calendar, shares.size, np.int32, 0, "part_calendar").astype(np.int32)
    if shares.size:
        if not (np.isfinite(shares).all() and (shares >= 0).all() and (shares <= MOST_SHARE).all()):
            raise InvalidNetwork(f"part_share must lie between 0 and {MOST_SHARE}.")
        if int(activities.min()) < 0 or int(activities.max()) >= n:
            raise InvalidNetwork(f"part_activity must lie between 0 and {n - 1}.")
        if int(calendars.min()) < 0 or int(calendars.max()) > MAX_CALENDARS:
            raise InvalidNetwork(f"part_calendar must lie between 0 and {MAX_CALENDARS}.")
    return _Parts(activities, calendars, shares)


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Links by successor and by predecessor, in positions."""

    link_of_in: I32
    in_offset: I32
    in_pred: I32
    out_offset: I32
    out_in: I32
    out_succ: I32


def _grouped(used: I32, preds: I32, succs: I32, scheduled: int) -> _Links:
    by_succ = np.argsort(succs, kind="stable")
    in_pred, in_succ = preds[by_succ], succs[by_succ]
    out_in = np.argsort(in_pred, kind="stable").astype(np.int32)
    return _Links(
        link_of_in=used[by_succ],
        in_offset=_offsets(in_succ, scheduled),
        in_pred=in_pred,
        out_offset=_offsets(in_pred, scheduled),
        out_in=out_in,
        out_succ=in_succ[out_in],
    )


def _offsets(groups: I32, size: int) -> I32:
    return np.concatenate(([0], np.cumsum(np.bincount(groups, minlength=size)))).astype(np.int32)


def to_ticks32(values: I64) -> I32:
    """Ticks as the kernels hold them; what lies beyond 408 years is cut and found beyond every calendar's horizon."""
    return np.where(values == MISSING, NO_TICK, np.clip(values, -MOST_TICKS, MOST_TICKS)).astype(np.int32)


def mark_plain(arrays: NetworkArrays, first: int = 0, last: int | None = None) -> None:
    """Find the activities that only their links, calendar and data date decide: the passes' short way."""
    part = slice(first, last)
    own = (
        arrays.expected_finish, arrays.external_start, arrays.external_finish, arrays.manual_start,
        arrays.manual_finish, arrays.restart,
    )  # fmt: skip
    plain = (arrays.status[part] == NOT_STARTED) & (arrays.constraint[part] == 0) & (arrays.constraint2[part] == 0)
    plain &= (arrays.kind[part] == Kind.TASK) | (arrays.kind[part] == Kind.EXTERNAL)
    for column in own:
        plain &= column[part] == NO_TICK
    plain &= (arrays.delay[part] == 0) & (np.diff(arrays.part_offset)[part] == 0)
    arrays.plain[part] = plain
