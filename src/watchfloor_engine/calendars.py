"""Working time as numbers: compile a calendar once, then ask it in O(1), exactly, both ways.

The axis is int64 ticks of 0.1 minute since 2000-01-01 00:00 of the plan's own wall clock. A calendar is a sorted
list of working segments with the work done before each, and two bucket tables (time and work) that point to the
right segment. On an axis in UTC the segments hold zone and daylight saving (clocks.py). Source and limits:
docs/methods/calendars.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from watchfloor_engine import calendar_kernels as k
from watchfloor_engine.errors import EmptyCalendar, InvalidCalendar
from watchfloor_engine.kernels import FAR, I32, I64, CalendarArrays

EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the plan's own wall clock has no zone
TICKS_PER_MINUTE = 10
TICKS_PER_HOUR = 600
TICKS_PER_DAY = 14_400
MAX_DAYS = 150 * 366  # one horizon; more would only cost memory
MAX_SEGMENTS = 5_000_000
EPOCH_WEEKDAY = 5  # 2000-01-01 was a Saturday; Monday is 0

Shifts = Sequence[tuple[int, int]]  # ticks from midnight; an end may pass 14,400 (a night shift)


def to_tick(moment: datetime) -> int:
    """Ticks since EPOCH of a naive wall-clock time, rounded down to 0.1 minute."""
    since = moment - EPOCH
    return since.days * TICKS_PER_DAY + (since.seconds * 1_000_000 + since.microseconds) // 6_000_000


def from_tick(tick: int) -> datetime:
    """The naive wall-clock time of a tick."""
    return EPOCH + timedelta(seconds=6 * int(tick))


def day_of(tick: int) -> int:
    """Days since EPOCH of the day a tick lies in."""
    return int(tick) // TICKS_PER_DAY


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """One compiled calendar. Methods are for single questions; kernels take a ``CalendarSet``."""

    segment_start: I64
    segment_end: I64
    segment_work: I64
    time_bucket: I32
    work_bucket: I32
    first_tick: int
    last_tick: int
    arrays: CalendarArrays

    def work_at(self, tick: int) -> int:
        """Working ticks from the horizon's start up to ``tick``."""
        return int(k.work_at(self.arrays, 0, tick))

    def start_of(self, work: int) -> int:
        """First working instant after ``work``: Monday 08:00 rather than Friday 17:00."""
        return int(k.start_of(self.arrays, 0, work))

    def finish_of(self, work: int) -> int:
        """Last instant of ``work``: Friday 17:00 rather than Monday 08:00."""
        return int(k.finish_of(self.arrays, 0, work))

    def add_work(self, tick: int, work: int) -> int:
        """The tick reached after ``work`` more (or fewer) working ticks."""
        return int(k.shift(self.arrays, 0, tick, work))

    def work_between(self, start: int, finish: int) -> int:
        """Working ticks from ``start`` to ``finish``; negative when finish is earlier."""
        return int(k.work_between(self.arrays, 0, start, finish))

    def is_working(self, tick: int) -> bool:
        return bool(k.is_working(self.arrays, 0, tick))

    def next_work_start(self, tick: int) -> int:
        """``tick`` if working, else the start of the next working time."""
        return int(k.next_start(self.arrays, 0, tick))

    def previous_work_finish(self, tick: int) -> int:
        """``tick`` if work ends or runs there, else the end of the working time before it."""
        return int(k.previous_finish(self.arrays, 0, tick))


@dataclass(frozen=True, slots=True, eq=False)
class CalendarSet:
    """Several calendars packed for the kernels; calendar 0 is always the 24-hour one (elapsed time)."""

    calendars: tuple[Calendar, ...]
    arrays: CalendarArrays

    @property
    def first_tick(self) -> int:
        return max(c.first_tick for c in self.calendars)

    @property
    def last_tick(self) -> int:
        return min(c.last_tick for c in self.calendars)


def compile_calendar(
    week: Sequence[Shifts],
    exceptions: Sequence[tuple[int, int, Shifts]],
    *,
    first_day: int,
    last_day: int,
    axis: Callable[[I64], I64] | None = None,
) -> Calendar:
    """Compile a weekly pattern with exceptions over the days ``first_day``..``last_day`` (days since EPOCH, inclusive).

    Args:
        week: seven lists of shifts from Monday, in ticks from midnight.
        exceptions: (first day, last day, shifts) replacing the pattern; the later one in the list wins.
        axis: turns ticks of the wall clock into ticks of the axis (``clocks.Clock.ticks``); by default they are.

    Raises:
        InvalidCalendar: not seven days, a shift outside 0..28,800 ticks or reversed, or too long a horizon.
        EmptyCalendar: no working time in the horizon.
    """
    if len(week) != 7:
        raise InvalidCalendar(f"A week has 7 days, not {len(week)}.")
    days = last_day - first_day + 1
    if not 1 <= days <= MAX_DAYS:
        raise InvalidCalendar(f"A horizon of {days} days; between 1 and {MAX_DAYS} can be compiled.")
    patterns = [tuple(day) for day in week] + [tuple(e[2]) for e in exceptions]
    for pattern in patterns:
        for start, end in pattern:
            if not 0 <= start < end <= 2 * TICKS_PER_DAY:
                raise InvalidCalendar(f"A shift from tick {start} to {end} of its day; it must end after it starts.")
    # Days around the horizon count too: a night shift or another time zone may reach into it.
    before, after = first_day - 2, last_day + 1
    laid = np.arange(before, after + 1, dtype=np.int64)
    which = (laid + EPOCH_WEEKDAY) % 7
    for number, (first, last, _) in enumerate(exceptions):
        lo, hi = max(first, before), min(last, after)
        if lo <= hi:
            which[lo - before : hi - before + 1] = 7 + number
    widest = max((len(p) for p in patterns), default=0)
    starts = np.full((len(patterns), max(widest, 1)), -1, dtype=np.int64)
    ends = np.full_like(starts, -1)
    for row, pattern in enumerate(patterns):
        for column, (start, end) in enumerate(sorted(pattern)):
            starts[row, column], ends[row, column] = start, end
    if days * max(widest, 1) > MAX_SEGMENTS:
        raise InvalidCalendar(f"A day with {widest} shifts over {days} days is more than can be compiled.")
    base = (laid * TICKS_PER_DAY)[:, None]
    real = starts[which] >= 0
    at, until = (starts[which] + base)[real], (ends[which] + base)[real]
    return compile_segments(
        at if axis is None else axis(at),
        until if axis is None else axis(until),
        first_tick=first_day * TICKS_PER_DAY,
        last_tick=(last_day + 1) * TICKS_PER_DAY,
    )


def compile_segments(starts: I64, ends: I64, *, first_tick: int, last_tick: int) -> Calendar:
    """Compile working segments (any order, overlaps allowed) clipped to the horizon ``first_tick``..``last_tick``.

    Raises:
        EmptyCalendar: nothing is left inside the horizon.
    """
    order = np.argsort(starts, kind="stable")
    start = np.clip(np.asarray(starts, dtype=np.int64)[order], first_tick, last_tick)
    end = np.clip(np.asarray(ends, dtype=np.int64)[order], first_tick, last_tick)
    keep = end > start
    start, end = start[keep], end[keep]
    if start.size == 0:
        raise EmptyCalendar("The calendar has no working time. Give it at least one shift.")
    # Overlapping and touching shifts become one segment.
    reach = np.maximum.accumulate(end)
    fresh = np.concatenate(([True], start[1:] > reach[:-1]))
    start = start[fresh]
    end = reach[np.concatenate((np.flatnonzero(fresh)[1:] - 1, [fresh.size - 1]))]
    worked = np.concatenate(([0], np.cumsum(end - start)))
    # Outside the horizon every tick is working: one long segment on either side.
    seg_start = np.concatenate(([first_tick - FAR], start, [last_tick]))
    seg_end = np.concatenate(([first_tick], end, [last_tick + FAR]))
    seg_work = np.concatenate(([-FAR], worked[:-1], [worked[-1]])).astype(np.int64)
    return _with_tables(seg_start.astype(np.int64), seg_end.astype(np.int64), seg_work, first_tick, last_tick)


def always(*, first_day: int, last_day: int) -> Calendar:
    """The 24-hour calendar, for elapsed durations and lags."""
    first, last = first_day * TICKS_PER_DAY, (last_day + 1) * TICKS_PER_DAY
    return compile_segments(np.array([first]), np.array([last]), first_tick=first, last_tick=last)


def pack(calendars: Sequence[Calendar]) -> CalendarSet:
    """Lay calendars end to end for the kernels. Index 0 of the result is a 24-hour calendar put in front;
    so calendar ``i`` of the argument has index ``i + 1``."""
    if calendars:
        first = min(c.first_tick for c in calendars) // TICKS_PER_DAY
        last = max(c.last_tick for c in calendars) // TICKS_PER_DAY
    else:
        first, last = 0, 1
    every = (always(first_day=first, last_day=max(last, first + 1)), *calendars)
    return CalendarSet(every, _packed(every))


def _with_tables(start: I64, end: I64, work: I64, first_tick: int, last_tick: int) -> Calendar:
    edges = np.arange(first_tick, last_tick, 1 << k.TIME_SHIFT)
    # Each table begins with the segment before the horizon.
    time_bucket = np.concatenate(([0], np.searchsorted(end, edges, side="right"))).astype(np.int32)
    total = int(work[-1])
    works = np.arange(0, max(total, 1), 1 << k.WORK_SHIFT)
    # The segment in which work tick w is done is the last one whose prefix is <= w.
    work_bucket = np.concatenate(([0], np.searchsorted(work, works, side="right") - 1)).astype(np.int32)
    arrays = _arrays([(start, end, work, time_bucket, work_bucket, first_tick)])
    return Calendar(start, end, work, time_bucket, work_bucket, first_tick, last_tick, arrays)


def _packed(calendars: Sequence[Calendar]) -> CalendarArrays:
    return _arrays(
        [
            (c.segment_start, c.segment_end, c.segment_work, c.time_bucket, c.work_bucket, c.first_tick)
            for c in calendars
        ]
    )


def _arrays(parts: Sequence[tuple[I64, I64, I64, I32, I32, int]]) -> CalendarArrays:
    head = np.zeros((len(parts), 8), dtype=np.int64)
    segments, times, works = [], [], []
    at = time_at = work_at = 0
    for row, (start, end, work, time_bucket, work_bucket, first_tick) in enumerate(parts):
        size = len(start)
        head[row, :5] = first_tick, time_at, len(time_bucket), work_at, len(work_bucket)
        segments.append(np.column_stack((start, end, start - work, np.append(work[1:], 2 * FAR))))
        times.append(time_bucket + np.int32(at))
        works.append(work_bucket + np.int32(at))
        at, time_at, work_at = at + size, time_at + len(time_bucket), work_at + len(work_bucket)
    return CalendarArrays(
        head,
        np.ascontiguousarray(np.concatenate(segments)),
        np.concatenate(times).astype(np.int32),
        np.concatenate(works).astype(np.int32),
    )
