"""A network that stays compiled and dated, so that one change costs what it moves and not the whole plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from watchfloor_engine import passes
from watchfloor_engine.calendars import CalendarSet
from watchfloor_engine.errors import HorizonExceeded, InvalidNetwork
from watchfloor_engine.kernels import I8, I16, I32, I64, MISSING, MOST_TICKS, NO_TICK
from watchfloor_engine.network import (
    COMPLETE,
    IN_PROGRESS,
    NOT_STARTED,
    Constraint,
    Kind,
    Network,
    mark_plain,
    to_ticks32,
)
from watchfloor_engine.options import GivenOptions, each_options, option_arrays
from watchfloor_engine.propagation import DatedArrays, propagate
from watchfloor_engine.schedule import (
    NO_FLAGS,
    NONE,
    check_calendars,
    check_horizon,
    to_ticks64,
    with_starts_from_finish,
)

ROOM_SHARE = 5  # a change that reaches a fifth of the network is cheaper as a whole pass
LEAST_ROOM = 64
_MILESTONES = (Kind.START_MILESTONE, Kind.FINISH_MILESTONE)
_NOTHING = np.empty(0, dtype=np.int32)
# Columns of the kernels that say something of one activity and tie it to nothing else.
_SAID = (
    "plain", "status", "constraint", "constraint2", "duration", "planned", "done", "actual_start", "actual_finish",
    "constraint_tick", "constraint2_tick", "expected_finish", "external_start", "external_finish", "manual_start",
    "manual_finish", "restart", "delay",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """What one change moved, as activity indices in no order.

    ``whole`` tells that it reached so far that a whole pass was made; then nothing is listed, anything may have moved.
    """

    early: I32  # early dates or remaining duration
    late: I32  # late dates or total float
    whole: bool


class Said(NamedTuple):
    """What is said of one activity."""

    status: int
    remaining: int  # working ticks
    constraint: Constraint


class ResidentSchedule:
    """Early and late dates and total float of a network, kept up to date change by change.

    Holds no more than the kernels read (docs/methods/schedule.md has the figure); the ``Network`` it was made of may
    be let go. Level of effort and summaries are not dated here: ``schedule`` does that from a whole network. A
    network with "as late as possible" activities is passed whole at every change. A project that is scheduled from its
    finish keeps the start it has at first.

    Raises (also on construction):
        HorizonExceeded: dates left the compiled years of the calendars; nothing has changed then.
        InvalidNetwork: a value that no activity can have; nothing has changed.
    """

    def __init__(self, network: Network, calendars: CalendarSet, options: GivenOptions = None) -> None:
        check_calendars(network, calendars)
        self._calendars = calendars
        each = each_options(options, network.projects)
        self._options = option_arrays(each, network.arrays.data_date)
        self._net = with_starts_from_finish(network, calendars, self._options)
        self._data_date_is_floor = [one.data_date_is_floor for one in each]
        self._order, self._position = network.order, network.position
        self._scheduled = network.scheduled
        self._look_for_as_late_as_possible()
        self._dated = _room(network)
        self.recompute()

    @property
    def size(self) -> int:
        return int(self._order.size)

    @property
    def nbytes(self) -> int:
        """Bytes held for the network and its dates, calendars left out."""
        held = sum(each.nbytes for each in (*self._net, *self._dated))
        return held + self._order.nbytes + self._position.nbytes

    def recompute(self) -> None:
        """Pass over the whole network."""
        net, cal, opt, d = self._net, self._calendars.arrays, self._options, self._dated
        d.queued[:] = 0
        passes.remaining_lags(net, cal, opt, 0, self._scheduled, d.lag, d.hold)
        passes.forward(
            net, cal, opt, net.planned, d.remaining, d.lag, d.hold, d.early_start, d.early_finish,
            d.work, NONE, NO_FLAGS, passes.ALL, NONE, NONE,
        )  # fmt: skip
        passes.project_finishes(net, d.early_finish, d.early_end)
        if self._whole_only:
            passes.as_late_as_possible(net, cal, opt, d.remaining, d.lag, d.hold, d.early_start, d.early_finish, d.work)
        check_horizon(self._scheduled, self._calendars, d.early_start, d.early_finish)
        d.late_end[:] = np.where(net.must_finish != NO_TICK, net.must_finish, d.early_end)
        passes.backward(
            net, cal, opt, d.remaining, d.lag, d.hold, d.late_end, d.early_start, d.early_finish, d.late_start,
            d.late_finish, d.total_float, d.work, NONE, NO_FLAGS, passes.ALL, NONE,
        )  # fmt: skip

    def set_remaining(self, activity: int, ticks: int) -> Moved:
        """Give an incomplete activity another remaining duration, in working ticks of its calendar.

        What has not started gets it as its duration too.
        """
        at = self._at(activity)
        net = self._net
        if net.status[at] == COMPLETE or net.kind[at] in _MILESTONES:
            raise InvalidNetwork(f"Activity {activity} is complete or a milestone; it has no remaining duration.")
        if not 0 <= ticks <= MOST_TICKS:
            raise InvalidNetwork(f"A remaining duration of {ticks} ticks.")
        before = int(net.planned[at]), int(net.duration[at]), int(net.done[at])
        net.planned[at] = ticks
        if net.status[at] == NOT_STARTED:
            net.duration[at] = ticks
        else:
            net.done[at] = max(int(net.duration[at]) - ticks, 0)
        try:
            return self._bring_up_to_date(at, relink=False)
        except HorizonExceeded:
            net.planned[at], net.duration[at], net.done[at] = before
            self.recompute()
            raise

    def set_progress(self, activity: int, *, started: int, finished: int = MISSING, remaining_ticks: int = 0) -> Moved:
        """Record actual dates (ticks; MISSING: not yet) and what remains; a finished activity has nothing left."""
        at = self._at(activity)
        net = self._net
        if not 0 <= remaining_ticks <= MOST_TICKS or (started == MISSING and finished != MISSING):
            raise InvalidNetwork("A finish needs a start, and what remains lies within 0 and 408 years.")
        columns = (net.actual_start, net.actual_finish, net.status, net.restart, net.done, net.planned, net.plain)
        before = [int(column[at]) for column in columns]
        net.actual_start[at], net.actual_finish[at] = to_ticks32(np.array((started, finished), dtype=np.int64))
        net.status[at] = COMPLETE if finished != MISSING else IN_PROGRESS if started != MISSING else NOT_STARTED
        if net.status[at] != IN_PROGRESS:
            net.restart[at] = NO_TICK
        left = 0 if net.status[at] == COMPLETE or net.kind[at] in _MILESTONES else remaining_ticks
        net.done[at] = max(int(net.duration[at]) - left, 0)
        net.planned[at] = left
        return self._changed(at, columns, before, relink=True)

    def set_constraint(self, activity: int, kind: Constraint, tick: int = MISSING) -> Moved:
        """Replace the first constraint; without its date none constrains."""
        at = self._at(activity)
        net = self._net
        if kind is Constraint.AS_LATE_AS_POSSIBLE:
            raise InvalidNetwork("As late as possible needs a whole pass; build the network anew.")
        columns = (net.constraint, net.constraint_tick, net.plain)
        before = [int(column[at]) for column in columns]
        net.constraint[at] = Constraint.NONE if tick == MISSING else kind
        net.constraint_tick[at] = to_ticks32(np.array(tick, dtype=np.int64))
        return self._changed(at, columns, before, relink=False)

    def set_calendar(self, activity: int, calendar: int) -> Moved:
        """Let an activity work on another calendar of the set; lags keep theirs."""
        at = self._at(activity)
        if not 0 <= calendar < len(self._calendars.calendars):
            raise InvalidNetwork(f"Calendar {calendar} is not among the {len(self._calendars.calendars)} given.")
        columns = (self._net.calendar,)
        before = [int(self._net.calendar[at])]
        self._net.calendar[at] = calendar
        return self._changed(at, columns, before, relink=True)

    @contextmanager
    def trial(self, activity: int) -> Iterator[Said]:
        """What is said of an activity; changes made to it inside are taken back at the end."""
        at = self._at(activity)
        columns = [getattr(self._net, name) for name in _SAID]
        before = [int(column[at]) for column in columns]
        known = dict(zip(_SAID, before, strict=True))
        try:
            yield Said(known["status"], known["planned"], Constraint(known["constraint"]))
        finally:
            for column, value in zip(columns, before, strict=True):
                column[at] = value
            self._bring_up_to_date(at, relink=True)

    def rewrite(self, first: int, rows: Network, count: int) -> Moved:
        """Let ``count`` activities from index ``first`` on be as the first of ``rows``; the whole network is passed.

        Their kinds, calendars, projects and links stay as they are.
        """
        if first < 0 or not 0 <= count <= rows.size or first + count > self.size:
            raise InvalidNetwork(f"Activities {first} to {first + count} of {self.size}, from {rows.size} rows.")
        here, there = self._position[first : first + count], rows.position[:count]
        if (self._net.kind[here] != rows.arrays.kind[there]).any():
            raise InvalidNetwork("Activities change their kind; build the network anew.")
        held = [getattr(self._net, name) for name in _SAID]
        before = [column[here] for column in held]
        for column, name in zip(held, _SAID, strict=True):
            column[here] = getattr(rows.arrays, name)[there]
        self._look_for_as_late_as_possible()
        try:
            self.recompute()
        except HorizonExceeded:
            for column, values in zip(held, before, strict=True):
                column[here] = values
            self._look_for_as_late_as_possible()
            self.recompute()
            raise
        return Moved(_NOTHING, _NOTHING, whole=True)

    def set_data_date(self, project: int, tick: int) -> Moved:
        """Give a project another data date (MISSING: none); the whole network is passed."""
        if not 0 <= project < self._net.data_date.size:
            raise InvalidNetwork(f"There is no project {project} among {self._net.data_date.size}.")
        columns = (self._net.data_date, self._options.floor)
        before = [int(column[project]) for column in columns]
        self._net.data_date[project] = to_ticks32(np.array(tick, dtype=np.int64))
        if self._data_date_is_floor[project]:
            self._options.floor[project] = self._net.data_date[project]
        try:
            self.recompute()
        except HorizonExceeded:
            for column, value in zip(columns, before, strict=True):
                column[project] = value
            self.recompute()
            raise
        return Moved(_NOTHING, _NOTHING, whole=True)

    @property
    def early_start(self) -> I64:
        """(n) ticks by activity index; MISSING for level of effort and summaries. Dates are of the remaining work."""
        return self._by_index(self._dated.early_start)

    @property
    def early_finish(self) -> I64:
        return self._by_index(self._dated.early_finish)

    @property
    def late_start(self) -> I64:
        return self._by_index(self._dated.late_start)

    @property
    def late_finish(self) -> I64:
        return self._by_index(self._dated.late_finish)

    @property
    def total_float(self) -> I64:
        """(n) working ticks of the activity's own calendar."""
        return self._dated.total_float[self._position].astype(np.int64)

    @property
    def project_finish(self) -> I64:
        """(projects) latest early finish."""
        return to_ticks64(self._dated.early_end)

    def finish_of(self, activity: int) -> int:
        """Early finish of one activity, in ticks."""
        return int(self._dated.early_finish[self._at(activity)])

    def _look_for_as_late_as_possible(self) -> None:
        kinds = (self._net.constraint, self._net.constraint2)
        self._whole_only = any(bool((each == Constraint.AS_LATE_AS_POSSIBLE).any()) for each in kinds)

    def _by_index(self, ticks: I32) -> I64:
        return to_ticks64(ticks)[self._position]

    def _at(self, activity: int) -> int:
        if not 0 <= activity < self.size:
            raise InvalidNetwork(f"There is no activity {activity} among {self.size}.")
        at = int(self._position[activity])
        if at >= self._scheduled:
            raise InvalidNetwork(f"Activity {activity} is a level of effort or a summary; it follows from others.")
        return at

    def _changed(self, at: int, columns: Sequence[I32 | I16 | I8], before: Sequence[int], *, relink: bool) -> Moved:
        mark_plain(self._net, at, at + 1)
        try:
            return self._bring_up_to_date(at, relink=relink)
        except HorizonExceeded:
            for column, value in zip(columns, before, strict=True):
                column[at] = value
            self.recompute()
            raise

    def _bring_up_to_date(self, at: int, *, relink: bool) -> Moved:
        dated = self._dated
        if not self._whole_only:
            early, late, lowest, highest = propagate(
                self._net, self._calendars.arrays, self._options, dated, at, int(relink)
            )
            if early >= 0:
                if lowest < self._calendars.first_tick or highest > self._calendars.last_tick:
                    raise HorizonExceeded(
                        f"The change moves dates to tick {lowest} … {highest}, the calendars run from "
                        f"{self._calendars.first_tick} to {self._calendars.last_tick}. Compile them for more years."
                    )
                return Moved(self._order[dated.changed[:early]], self._order[dated.was[:late]], whole=False)
        self.recompute()
        return Moved(_NOTHING, _NOTHING, whole=True)


def _room(network: Network) -> DatedArrays:
    """Undated arrays of the right sizes."""
    n, scheduled, links = network.size, network.scheduled, network.arrays.in_pred.size
    room = max(LEAST_ROOM, n // ROOM_SHARE)
    projects = network.arrays.project[:scheduled]
    dates = {
        name: np.full(n, NO_TICK, dtype=np.int32)
        for name in ("early_start", "early_finish", "late_start", "late_finish")
    }
    return DatedArrays(
        remaining=network.arrays.planned.copy(),
        lag=np.zeros(links, dtype=np.int32),
        hold=np.zeros(links, dtype=np.int8),
        **dates,
        total_float=np.zeros(n, dtype=np.int32),
        work=np.zeros((n, 4), dtype=np.int32),
        early_end=np.zeros(network.projects, dtype=np.int32),
        late_end=np.zeros(network.projects, dtype=np.int32),
        member_offset=np.concatenate(([0], np.cumsum(np.bincount(projects, minlength=network.projects)))).astype(
            np.int32
        ),
        member=np.argsort(projects, kind="stable").astype(np.int32),
        queue=np.empty(room, dtype=np.int32),
        queued=np.zeros(n, dtype=np.int8),
        changed=np.empty(room, dtype=np.int32),
        was=np.empty(room, dtype=np.int32),
    )
