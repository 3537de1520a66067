# mypy: disable-error-code="no-any-return"
"""Working-time arithmetic on compiled calendars: exact, and O(1) through bucket tables.

Time is counted in ticks of 0.1 minute. ``work`` is the working time elapsed since the horizon's start; outside
the compiled horizon every tick counts as working, so that the functions stay total, monotonic and invertible
(callers check results against the horizon). A work value has two instants: the last one at which so much work is
done (finishes: Friday 17:00) and the first one at which the next tick of work can be done (starts: Monday 08:00).
"""

from __future__ import annotations

from numba import types

from watchfloor_engine.kernels import NEXT, CalendarArrays, calendar_type, kernel, place, wide

TIME_SHIFT = 12  # 4,096 ticks are 6.8 hours: one or two shift edges per bucket
WORK_SHIFT = 10  # 1,024 ticks are less than most shifts: at most one edge per bucket

_i8 = types.int64


# Columns of CalendarArrays.head and .segment
FIRST_TICK, TIME_TABLE, TIME_SIZE, WORK_TABLE, WORK_SIZE = 0, 1, 2, 3, 4
START, END, OFFSET, DONE = 0, 1, 2, 3


# One way in and one way out: with early returns Numba counts references to every array at every call.


@kernel(types.uintp(calendar_type, _i8, _i8), inline=True)
def segment_at(cal: CalendarArrays, c: int, tick: int) -> int:
    """Index of the first segment that ends after ``tick``."""
    row = place(c)
    bucket = min(max(((tick - cal.head[row, FIRST_TICK]) >> TIME_SHIFT) + 1, 0), cal.head[row, TIME_SIZE] - 1)
    i = place(cal.time_bucket[place(cal.head[row, TIME_TABLE] + bucket)])
    i += place(cal.segment[i, END] <= tick)  # mostly enough, and no branch
    while cal.segment[i, END] <= tick:
        i += NEXT
    return i


@kernel(types.uintp(calendar_type, _i8, _i8), inline=True)
def segment_of_work(cal: CalendarArrays, c: int, work: int) -> int:
    """Index of the segment in which tick of work number ``work`` (counted from 0) is done."""
    row = place(c)
    bucket = min(max((work >> WORK_SHIFT) + 1, 0), cal.head[row, WORK_SIZE] - 1)
    i = place(cal.work_bucket[place(cal.head[row, WORK_TABLE] + bucket)])
    i += place(cal.segment[i, DONE] <= work)
    while cal.segment[i, DONE] <= work:
        i += NEXT
    return i


@kernel(_i8(calendar_type, _i8, _i8), inline=True)
def work_at(cal: CalendarArrays, c: int, tick: int) -> int:
    """Working ticks of calendar ``c`` from its horizon's start up to ``tick``."""
    i = segment_at(cal, c, tick)
    return max(tick, cal.segment[i, START]) - cal.segment[i, OFFSET]


@kernel(_i8(calendar_type, _i8, _i8), inline=True)
def start_of(cal: CalendarArrays, c: int, work: int) -> int:
    """First working instant after ``work`` is done: where a start falls."""
    return work + cal.segment[segment_of_work(cal, c, work), OFFSET]


@kernel(_i8(calendar_type, _i8, _i8), inline=True)
def finish_of(cal: CalendarArrays, c: int, work: int) -> int:
    """Last instant at which ``work`` has just been done: where a finish falls."""
    return work + cal.segment[segment_of_work(cal, c, work - 1), OFFSET]


@kernel(types.boolean(calendar_type, _i8, _i8))
def is_working(cal: CalendarArrays, c: int, tick: int) -> bool:
    """Whether the tick that begins at ``tick`` is working time."""
    i = segment_at(cal, c, tick)
    return bool(cal.segment[i, START] <= tick)


@kernel(_i8(calendar_type, _i8, _i8), inline=True)
def next_start(cal: CalendarArrays, c: int, tick: int) -> int:
    """``tick`` if it is working, else the start of the next working time."""
    i = segment_at(cal, c, tick)
    return max(cal.segment[i, START], tick)


@kernel(_i8(calendar_type, _i8, _i8), inline=True)
def previous_finish(cal: CalendarArrays, c: int, tick: int) -> int:
    """``tick`` if work ends or runs there, else the end of the working time before it."""
    return finish_of(cal, c, work_at(cal, c, tick))


@kernel(_i8(calendar_type, _i8, _i8, _i8), inline=True)
def shift(cal: CalendarArrays, c: int, tick: int, work: int) -> int:
    """``tick`` moved by ``work``: forwards to a last instant, backwards to a first one; c < 0 counts the clock."""
    moved = wide(tick + work)
    if work != 0 and c >= 0:
        done = work_at(cal, c, tick) + work
        moved = finish_of(cal, c, done) if work > 0 else start_of(cal, c, done)
    return moved


@kernel(_i8(calendar_type, _i8, _i8, _i8), inline=True)
def work_between(cal: CalendarArrays, c: int, start: int, finish: int) -> int:
    """Working ticks from ``start`` to ``finish``, negative when finish is earlier; c < 0 counts the clock."""
    ticks = wide(finish - start)
    if c >= 0:
        ticks = work_at(cal, c, finish) - work_at(cal, c, start)
    return ticks


# The same as calls instead of copies, for code that is seldom run: compiling each copy takes long.


@kernel(_i8(calendar_type, _i8, _i8, _i8))
def shift_called(cal: CalendarArrays, c: int, tick: int, work: int) -> int:
    """``shift``, not inlined."""
    return shift(cal, c, tick, work)


@kernel(_i8(calendar_type, _i8, _i8, _i8))
def start_after(cal: CalendarArrays, c: int, tick: int, work: int) -> int:
    """Where a start falls ``work`` after ``tick``."""
    return start_of(cal, c, work_at(cal, c, tick) + work)


@kernel(_i8(calendar_type, _i8, _i8, _i8))
def finish_after(cal: CalendarArrays, c: int, tick: int, work: int) -> int:
    """Where a finish falls ``work`` after ``tick``."""
    return finish_of(cal, c, work_at(cal, c, tick) + work)


@kernel(_i8(calendar_type, _i8, _i8, _i8))
def work_called(cal: CalendarArrays, c: int, start: int, finish: int) -> int:
    """``work_between``, not inlined."""
    return work_between(cal, c, start, finish)
