"""Forward and backward pass over a compiled network, for one plan or one simulated future.

Inside the network a complete activity is a point without remaining work at the data date, so that retained logic
passes through it; its actual dates are put back for display afterwards (schedule.py).

Dates are kept twice: as ticks, and as the work that each activity's own calendar has done by then. A link between two
activities of one calendar whose lag is counted there too (``IN_WORK``) is then an addition; ticks are looked up
once per date and nothing waits for them.
"""

from __future__ import annotations

import numpy as np
from numba import types

from watchfloor_engine.calendar_kernels import (
    finish_after,
    finish_of,
    shift,
    shift_called,
    start_after,
    start_of,
    work_at,
    work_called,
)
from watchfloor_engine.heaps import heap_pop, heap_push
from watchfloor_engine.kernels import (
    F64,
    FAR,
    I8,
    I16,
    I32,
    MOST_TICKS,
    NEXT,
    NO_TICK,
    CalendarArrays,
    NetworkArrays,
    OptionArrays,
    calendar_type,
    flags_type,
    floats_type,
    kernel,
    network_type,
    options_type,
    place,
    shorts_type,
    ticks_type,
    whole_numbers,
    wide,
    work_type,
)

_i8 = types.int64

FS, SS, FF, SF = 0, 1, 2, 3
START_MILESTONE, FINISH_MILESTONE, EXTERNAL = 1, 2, 5
SNET, SNLT, FNET, FNLT, START_ON, FINISH_ON, MANDATORY_START, MANDATORY_FINISH, ALAP = 1, 2, 3, 4, 5, 6, 7, 8, 9
RETAINED, OVERRIDE, ACTUAL = 0, 1, 2
FLOAT_START, FLOAT_FINISH = 0, 1
IDLE, HOLDS, FROM_DATA_DATE, IN_WORK = 0, 1, 2, 3  # what a link does to its successor
BY_ES, BY_EF, BY_LS, BY_LF = 0, 1, 2, 3  # columns of ``work``: (n, 4) work done by a date, on the activity's calendar
BEFORE = -(1 << 40)  # work that nobody has done yet


@kernel(_i8(_i8), inline=True)
def ticks32(tick: int) -> int:
    """The tick as it fits into 32 bits; what is cut lies beyond every horizon and is found there."""
    return min(max(tick, -MOST_TICKS), MOST_TICKS)


@kernel(types.void(calendar_type, _i8, _i8, _i8, work_type, _i8, _i8))
def set_work(cal: CalendarArrays, c: int, start: int, finish: int, work: I32, a: int, column: int) -> None:
    """Write down the work done by ``start`` and by ``finish``, in ``column`` and the next."""
    work[a, column] = ticks32(work_at(cal, c, start))
    work[a, column + 1] = ticks32(work_at(cal, c, finish))


@kernel(types.void(network_type, calendar_type, options_type, _i8, _i8, ticks_type, flags_type))
def remaining_lags(
    net: NetworkArrays, cal: CalendarArrays, opt: OptionArrays, first: int, last: int, lag: I32, hold: I8
) -> None:
    """What is left of each lag at the data date, and which links hold their successor at all.

    For the links into activities ``first`` to before ``last``. A lag runs from the event it hangs on: once that event
    has happened, only the part beyond the data date is left, and with ``ss_lag_from_actual`` a start-to-start lag is
    counted from there and not from an early start.
    """
    for at in range(first, last):
        a = place(at)
        project = place(net.project[a])
        dd = opt.floor[project]
        floored = dd != NO_TICK
        status = net.status[a]
        ignores = status >= 1 and (not floored or opt.out_of_sequence[project] != RETAINED)
        for e in range(place(net.in_offset[a]), place(net.in_offset[a + NEXT])):
            p = place(net.in_pred[e])
            # Progress override lets started work go on before its start links allow; finish links still hold.
            to_finish = net.in_kind[e] == FF or net.in_kind[e] == SF
            does = HOLDS if not ignores or (floored and status == 1 and to_finish) else IDLE
            left = wide(net.in_lag[e])
            if floored and net.status[p] > 0:
                from_finish = net.in_kind[e] == FS or net.in_kind[e] == FF
                happened = net.actual_finish[p] if from_finish else net.actual_start[p]
                if happened != NO_TICK and not (opt.out_of_sequence[project] == ACTUAL and net.status[p] == 2):
                    if left <= 0:
                        left = 0
                    else:
                        gone = work_called(cal, net.in_lag_calendar[e], happened, dd)
                        left = max(0, left - max(0, gone))
                    if (
                        does == HOLDS
                        and opt.ss_lag_from_actual[project] == 1
                        and not from_finish
                        and net.status[p] == 1
                    ):
                        does = FROM_DATA_DATE
            measured_here = (left == 0) | (net.in_lag_calendar[e] == net.calendar[a])
            if (does == HOLDS) & measured_here & (net.calendar[p] == net.calendar[a]):
                does = IN_WORK
            lag[e] = left
            hold[e] = does


@kernel(_i8(_i8, types.float64), inline=True)
def share_of(work: int, share: float) -> int:
    """A share of some work, in whole ticks."""
    return np.int64(np.rint(work * share))  # type: ignore[return-value]


# An activity's parts, from ``first`` to before ``after`` of all, and the calendar of the activity that has none.
_parts_type = types.Tuple((shorts_type, floats_type, _i8, _i8, _i8))  # type: ignore[no-untyped-call]
Parts = tuple[I16, F64, int, int, int]


@kernel(_i8(calendar_type, _parts_type, _i8, _i8))
def last_part_finish(cal: CalendarArrays, parts: Parts, start: int, work: int) -> int:
    """Where the last of an activity's parts ends that all begin at ``start``; without parts, its work on calendar c.

    Each part does its share of the work on a calendar of its own.
    """
    calendars, shares, first, after, c = parts
    if first == after:
        return finish_after(cal, c, start, work)
    found = wide(-FAR)
    for i in range(place(first), place(after)):
        found = max(found, finish_after(cal, calendars[i], start, share_of(work, shares[i])))
    return found


@kernel(_i8(calendar_type, _parts_type, _i8, _i8))
def first_part_start(cal: CalendarArrays, parts: Parts, finish: int, work: int) -> int:
    """Where the first of the parts begins so that all end by ``finish``; work is negative, as of ``start_after``."""
    calendars, shares, first, after, c = parts
    if first == after:
        return start_after(cal, c, finish, work)
    found = wide(FAR)
    for i in range(place(first), place(after)):
        found = min(found, start_after(cal, calendars[i], finish, share_of(work, shares[i])))
    return found


# Work that a pass has to look at: ``queue`` is a heap of positions (negative ones going backwards), ``queued`` marks
# what lies in it. A pass takes every activity in order when ``size`` is ALL.
ALL = -1


@kernel(
    whole_numbers[2](
        network_type, calendar_type, options_type, ticks_type, ticks_type, ticks_type, flags_type, ticks_type,
        ticks_type, work_type, ticks_type, flags_type, _i8, ticks_type, ticks_type,
    )
)  # fmt: skip
def forward(
    net: NetworkArrays,
    cal: CalendarArrays,
    opt: OptionArrays,
    planned: I32,
    remaining: I32,
    lag: I32,
    hold: I8,
    es: I32,
    ef: I32,
    work: I32,
    queue: I32,
    queued: I8,
    size: int,
    changed: I32,
    was: I32,
) -> tuple[int, int]:
    """Early start and finish of the remaining work of every scheduled activity, or of what a change reaches.

    ``remaining`` gets ``planned``, except where an expected finish decides it. With ``size`` other than ALL only the
    queued activities are dated, and then the successors of those whose dates changed.

    Returns:
        How many activities were looked at (-1: more than ``changed`` has room for, so that the whole pass is due),
        and how many lie in ``changed``: those looked at of which something changed; ``was`` gets their old finish.
    """
    at = 0
    seen = 0
    found = 0
    whole = size == ALL
    scheduled = len(net.in_offset) - 1
    while True:
        if whole:
            if at == scheduled:
                break
            a = place(at)
            at += 1
        else:
            if size == 0:
                break
            a = place(queue[0])
            size = heap_pop(queue, size)
            queued[a] = 0
            seen += 1
        c = wide(net.calendar[a])
        project = place(net.project[a])
        status = net.status[a]
        rem = wide(planned[a])
        dd = wide(opt.floor[project])
        floored = dd != NO_TICK
        base = wide(net.project_start[project])
        done = wide(BEFORE)
        if net.plain[a] == 1:
            if floored:
                base = max(base, dd)
            start = wide(NO_TICK)
            finish = wide(NO_TICK)
            for e in range(place(net.in_offset[a]), place(net.in_offset[a + NEXT])):
                does = hold[e]
                p = place(net.in_pred[e])
                kind = net.in_kind[e]
                from_start, to_finish = kind & 1, kind >> 1  # as the kinds are numbered
                if does == IN_WORK:
                    done = max(done, wide(work[p, place(BY_EF - from_start)]) + lag[e] - rem * to_finish)
                    if to_finish == 1 and lag[e] <= 0:
                        finish = max(finish, shift_called(cal, c, es[p] if from_start == 1 else ef[p], lag[e]))
                elif does != IDLE:
                    t = wide(es[p] if from_start == 1 else ef[p])
                    if does == FROM_DATA_DATE:
                        t = dd
                    t = shift(cal, net.in_lag_calendar[e], t, lag[e])
                    if to_finish == 1:
                        finish = max(finish, t)
                        done = max(done, work_at(cal, c, t) - rem)
                    else:
                        start = max(start, t)
            if start != NO_TICK:
                done = max(done, work_at(cal, c, start))
            early = start_of(cal, c, done) if done > BEFORE else base - 1
            if early < base:
                done = work_at(cal, c, base)
                early = start_of(cal, c, done)
            end = early
            if rem > 0:
                # A lead may put the bound on Monday 08:00 where the work is done on Friday 17:00; P6 shows the bound.
                end = max(finish_of(cal, c, done + rem), finish)
        elif status == 2 and (not floored or opt.out_of_sequence[project] == ACTUAL):
            end = wide(net.actual_finish[a])
            early = wide(net.actual_start[a]) if net.actual_start[a] != NO_TICK else end
        elif status == 0 and net.manual_start[a] != NO_TICK:
            early = wide(net.manual_start[a])
            end = wide(net.manual_finish[a])
            if end == NO_TICK:
                end = shift_called(cal, c, early, rem)
        elif status == 0 and net.kind[a] == EXTERNAL and net.external_start[a] != NO_TICK:
            early = wide(net.external_start[a])
            end = wide(net.external_finish[a])
            if end == NO_TICK:
                end = shift_called(cal, c, early, rem)
        else:
            parts = (net.part_calendar, net.part_share, wide(net.part_offset[a]), wide(net.part_offset[a + NEXT]), c)
            if floored:
                base = dd if status > 0 else max(base, dd)
            elif status == 1:
                base = wide(net.actual_start[a])
                if net.done[a] > 0:
                    base = finish_after(cal, c, base, net.done[a])
            if status == 1 and net.restart[a] != NO_TICK:
                base = max(base, wide(net.restart[a]))
            # Where the data date is no floor (MS Project), a constraint may also lead before the project's start.
            if not floored and status == 0:
                kind = net.constraint[a]
                if kind == SNET or kind == START_ON:
                    base = min(base, wide(net.constraint_tick[a]))
                elif kind == FNET or kind == FINISH_ON:
                    base = min(
                        base,
                        first_part_start(cal, parts, net.constraint_tick[a], -rem),
                    )
            start = base
            finish = wide(NO_TICK)
            for e in range(place(net.in_offset[a]), place(net.in_offset[a + NEXT])):
                if hold[e] == IDLE:
                    continue
                kind = net.in_kind[e]
                p = place(net.in_pred[e])
                t = wide(ef[p] if kind == FS or kind == FF else es[p])
                if hold[e] == FROM_DATA_DATE:
                    t = dd
                t = shift_called(cal, net.in_lag_calendar[e], t, lag[e])
                if kind == FS or kind == SS:
                    start = max(start, t)
                else:
                    finish = max(finish, t)
            if finish != NO_TICK:
                if rem == 0 and net.kind[a] != START_MILESTONE:
                    start = max(start, finish)
                else:
                    start = max(start, first_part_start(cal, parts, finish, -rem))
            pinned = False
            if status == 0:
                if net.external_start[a] != NO_TICK and opt.ignore_external[project] == 0:
                    start = max(start, wide(net.external_start[a]))
                for which in range(2):
                    kind = net.constraint[a] if which == 0 else net.constraint2[a]
                    tick = wide(net.constraint_tick[a] if which == 0 else net.constraint2_tick[a])
                    if kind == 0 or kind == ALAP:
                        continue
                    if rem > 0 and (kind == FNET or kind == FINISH_ON or kind == MANDATORY_FINISH or kind == FNLT):
                        tick = first_part_start(cal, parts, tick, -rem)
                    if kind == SNET or kind == START_ON or kind == FNET or kind == FINISH_ON:
                        start = max(start, tick)
                    elif kind == SNLT or kind == FNLT:
                        # MS Project lets the date win over the links; P6 shows negative float instead.
                        if opt.dates_win[project] == 1:
                            start = min(start, tick)
                    elif opt.honour_constraints[project] == 0:
                        start = max(start, tick)
                    else:
                        start = max(tick, dd) if floored else tick
                        pinned = True
                if not pinned:
                    start += net.delay[a]
            if status < 2 and net.kind[a] != FINISH_MILESTONE and not (pinned and rem == 0):
                if opt.start_on_own_calendar[project] == 1:
                    start = start_after(cal, c, start, 0)
                start = first_part_start(cal, parts, start, 0)
            early = wide(net.actual_start[a]) if status == 1 and not floored else start
            if opt.use_expected_finish[project] == 1 and status < 2 and net.expected_finish[a] != NO_TICK and rem > 0:
                rem = max(0, work_called(cal, c, start, net.expected_finish[a]))
            end = start if rem == 0 else max(last_part_finish(cal, parts, start, rem), finish)

        early = ticks32(early)
        end = ticks32(end)
        if net.plain[a] == 1:
            work[a, BY_ES] = ticks32(done)
            work[a, BY_EF] = ticks32(done + rem)
        else:
            set_work(cal, c, early, end, work, a, BY_ES)
        moves = early != es[a] or end != ef[a]
        stays = not moves and rem == remaining[a]
        before = ef[a]
        es[a] = early
        ef[a] = end
        remaining[a] = ticks32(rem)
        if whole or stays:
            continue
        if found == len(changed):
            return -1, found
        changed[found] = a
        was[found] = before
        found += 1
        if not moves:
            continue
        for j in range(place(net.out_offset[a]), place(net.out_offset[a + NEXT])):
            s = place(net.out_succ[j])
            if queued[s] == 0:
                if size == len(queue):
                    return -1, found
                queued[s] = 1
                size = heap_push(queue, size, net.out_succ[j])
    return seen, found


@kernel(
    types.void(
        network_type, calendar_type, options_type, ticks_type, ticks_type, flags_type, ticks_type, ticks_type, work_type
    )
)
def as_late_as_possible(
    net: NetworkArrays,
    cal: CalendarArrays,
    opt: OptionArrays,
    remaining: I32,
    lag: I32,
    hold: I8,
    es: I32,
    ef: I32,
    work: I32,
) -> None:
    """Move "as late as possible" activities into their free float; their successors do not move.

    In a project that is scheduled from its finish, what nothing follows moves there.
    """
    found = False
    for a in range(len(net.in_offset) - 1):
        if net.status[a] == 0 and (net.constraint[a] == ALAP or net.constraint2[a] == ALAP):
            found = True
            break
    if not found:
        return
    for a in range(len(net.in_offset) - 2, -1, -1):
        if net.status[a] != 0 or (net.constraint[a] != ALAP and net.constraint2[a] != ALAP):
            continue
        c = net.calendar[a]
        parts = (net.part_calendar, net.part_share, wide(net.part_offset[a]), wide(net.part_offset[a + 1]), wide(c))
        rem = remaining[a]
        start = FAR
        finish = FAR
        project = net.project[a]
        if opt.from_finish[project] == 1 and net.must_finish[project] != NO_TICK:
            finish = wide(net.must_finish[project])
        for j in range(place(net.out_offset[a]), place(net.out_offset[a + NEXT])):
            e = place(net.out_in[j])
            if hold[e] == IDLE:
                continue
            s = place(net.out_succ[j])
            kind = net.in_kind[e]
            t = wide(es[s] if kind == FS or kind == SS else ef[s])
            t = shift_called(cal, net.in_lag_calendar[e], t, -lag[e])
            if kind == FS or kind == FF:
                finish = min(finish, t)
            else:
                start = min(start, t)
        if start < FAR:
            finish = min(
                finish,
                last_part_finish(cal, parts, start, rem) if rem > 0 else start,
            )
        if finish == FAR:
            continue
        finish = last_part_finish(cal, parts, finish, 0)
        if finish > ef[a]:
            ef[a] = ticks32(finish)
            if rem > 0:
                es[a] = ticks32(first_part_start(cal, parts, finish, -rem))
            elif net.kind[a] == FINISH_MILESTONE:
                es[a] = ef[a]
            else:
                es[a] = ticks32(first_part_start(cal, parts, finish, 0))
                ef[a] = es[a]
            set_work(cal, c, es[a], ef[a], work, a, BY_ES)


@kernel(
    whole_numbers[2](
        network_type, calendar_type, options_type, ticks_type, ticks_type, flags_type, ticks_type, ticks_type,
        ticks_type, ticks_type, ticks_type, ticks_type, work_type, ticks_type, flags_type, _i8, ticks_type,
    )
)  # fmt: skip
def backward(
    net: NetworkArrays,
    cal: CalendarArrays,
    opt: OptionArrays,
    remaining: I32,
    lag: I32,
    hold: I8,
    finish: I32,
    es: I32,
    ef: I32,
    ls: I32,
    lf: I32,
    total: I32,
    work: I32,
    queue: I32,
    queued: I8,
    size: int,
    changed: I32,
) -> tuple[int, int]:
    """Late start and finish of the remaining work, and total float; ``finish`` is the latest tick per project.

    Total float is in working ticks on the activity's own calendar, 0 for complete ones. Queue, ``changed`` and the
    returned counts are those of ``forward``; the queue holds ``-position``.
    """
    at = len(net.in_offset) - 1
    seen = 0
    found = 0
    whole = size == ALL
    while True:
        if whole:
            if at == 0:
                break
            at -= 1
            a = place(at)
        else:
            if size == 0:
                break
            a = place(-queue[0])
            size = heap_pop(queue, size)
            queued[a] = 0
            seen += 1
        c = wide(net.calendar[a])
        status = net.status[a]
        rem = wide(remaining[a])
        project = place(net.project[a])
        last = wide(finish[project])
        if net.plain[a] == 1:
            done = wide(FAR)
            late = wide(FAR)
            for j in range(place(net.out_offset[a]), place(net.out_offset[a + NEXT])):
                e = place(net.out_in[j])
                does = hold[e]
                s = place(net.out_succ[j])
                kind = net.in_kind[e]
                from_start, to_finish = kind & 1, kind >> 1
                if does == IN_WORK:
                    done = min(done, wide(work[s, place(BY_LS + to_finish)]) - lag[e] + rem * from_start)
                elif does != IDLE:
                    t = shift(cal, net.in_lag_calendar[e], lf[s] if to_finish == 1 else ls[s], -lag[e])
                    if from_start == 1:
                        done = min(done, work_at(cal, c, t) + rem)
                    else:
                        late = min(late, t)
            if late < FAR:
                done = min(done, work_at(cal, c, late))
            late = finish_of(cal, c, done) if done < FAR else last + 1
            if late > last:
                done = work_at(cal, c, last)
                late = finish_of(cal, c, done)
            begin = start_of(cal, c, done - rem) if rem > 0 else late
            spare = done - work[a, BY_EF]
            if opt.float_kind[project] != FLOAT_FINISH:
                by_start = done - rem - work[a, BY_ES]
                spare = by_start if opt.float_kind[project] == FLOAT_START else min(by_start, spare)
            work[a, BY_LS] = ticks32(done - rem)
            work[a, BY_LF] = ticks32(done)
        else:
            parts = (net.part_calendar, net.part_share, wide(net.part_offset[a]), wide(net.part_offset[a + NEXT]), c)
            # Seen in MS Project: links from the start of a manual activity leave its late dates alone, and its late
            # finish stays where the successor's start is, not at the end of the work before.
            manual = net.manual_start[a] != NO_TICK and status == 0
            late = wide(FAR)
            late_start = wide(FAR)
            for j in range(place(net.out_offset[a]), place(net.out_offset[a + NEXT])):
                e = place(net.out_in[j])
                if hold[e] == IDLE:
                    continue
                s = place(net.out_succ[j])
                kind = net.in_kind[e]
                t = shift_called(cal, net.in_lag_calendar[e], ls[s] if kind == FS or kind == SS else lf[s], -lag[e])
                if kind == FS or kind == FF:
                    late = min(late, t)
                elif not manual:
                    late_start = min(late_start, t)
            if late_start < FAR:
                late = min(
                    late,
                    last_part_finish(cal, parts, late_start, rem) if rem > 0 else late_start,
                )
            late = min(late, last)
            if status < 2:
                if net.external_finish[a] != NO_TICK and opt.ignore_external[project] == 0:
                    late = min(late, wide(net.external_finish[a]))
                if manual and net.manual_finish[a] != NO_TICK:
                    late = max(late, wide(net.manual_finish[a]))
                for which in range(2):
                    kind = net.constraint[a] if which == 0 else net.constraint2[a]
                    tick = wide(net.constraint_tick[a] if which == 0 else net.constraint2_tick[a])
                    if kind == SNLT or kind == START_ON:
                        if status == 0:
                            late = min(
                                late,
                                tick if rem == 0 else last_part_finish(cal, parts, tick, rem),
                            )
                    elif kind == FNLT or kind == FINISH_ON:
                        late = min(late, tick)
                    elif kind == MANDATORY_START and status == 0 and opt.honour_constraints[project] == 1:
                        late = tick if rem == 0 else last_part_finish(cal, parts, tick, rem)
                    elif kind == MANDATORY_FINISH and opt.honour_constraints[project] == 1:
                        late = tick
                waits = net.kind[a] == FINISH_MILESTONE and opt.late_milestones_at_work[project] == 0
                if not manual and not waits:
                    late = last_part_finish(cal, parts, late, 0)
            begin = late
            if status == 1 and opt.floor[project] == NO_TICK:
                # There, what has started can start neither earlier nor later.
                begin = wide(net.actual_start[a])
            elif rem > 0:
                begin = first_part_start(cal, parts, late, -rem)
            elif net.kind[a] == START_MILESTONE and status < 2:
                begin = start_after(cal, c, late, 0)
                if begin > last:
                    begin = late
                late = begin

            spare = work_called(cal, c, ef[a], late) if status < 2 else wide(0)
            if status == 0 and opt.float_kind[project] != FLOAT_FINISH:
                by_start = work_called(cal, c, es[a], begin)
                spare = by_start if opt.float_kind[project] == FLOAT_START else min(by_start, spare)
            set_work(cal, c, begin, late, work, a, BY_LS)

        begin = ticks32(begin)
        late = ticks32(late)
        spare = ticks32(spare)
        moves = begin != ls[a] or late != lf[a]
        stays = not moves and spare == total[a]
        ls[a] = begin
        lf[a] = late
        total[a] = spare
        if whole or stays:
            continue
        if found == len(changed):
            return -1, found
        changed[found] = a
        found += 1
        if not moves:
            continue
        for e in range(place(net.in_offset[a]), place(net.in_offset[a + NEXT])):
            p = place(net.in_pred[e])
            if queued[p] == 0:
                if size == len(queue):
                    return -1, found
                queued[p] = 1
                size = heap_push(queue, size, -net.in_pred[e])
    return seen, found


@kernel(types.void(network_type, ticks_type, ticks_type))
def project_finishes(net: NetworkArrays, ef: I32, out: I32) -> None:
    """Latest early finish of each project; its start where nothing is scheduled."""
    for p in range(len(out)):
        out[p] = NO_TICK
    if len(net.in_offset) > 1:
        here = place(net.project[0])
        latest = wide(NO_TICK)
        for a in range(len(net.in_offset) - 1):
            p = place(net.project[a])
            if p != here:
                out[here] = max(wide(out[here]), latest)
                here = p
                latest = wide(NO_TICK)
            latest = max(latest, wide(ef[a]))
        out[here] = max(wide(out[here]), latest)
    for p in range(len(out)):
        if out[p] == NO_TICK:
            out[p] = net.project_start[p]
