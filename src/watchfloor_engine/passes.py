"""Forward and backward pass over a compiled network, for one plan or one simulated future.

Inside the network a complete activity is a point without remaining work at the data date, so that retained logic
passes through it; its actual dates are put back for display afterwards (schedule.py).
"""

from __future__ import annotations

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
from watchfloor_engine.kernels import (
    FAR,
    I8,
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

_i8 = types.int64
_i8v = types.Array(types.int64, 1, "C")
_b1v = types.Array(types.int8, 1, "C")

FS, SS, FF, SF = 0, 1, 2, 3
START_MILESTONE, FINISH_MILESTONE, EXTERNAL = 1, 2, 5
SNET, SNLT, FNET, FNLT, START_ON, FINISH_ON, MANDATORY_START, MANDATORY_FINISH, ALAP = 1, 2, 3, 4, 5, 6, 7, 8, 9
RETAINED, OVERRIDE, ACTUAL = 0, 1, 2


@kernel(types.void(network_type, calendar_type, options_type, _i8v, _i8v, _b1v))
def remaining_lags(
    net: NetworkArrays,
    cal: CalendarArrays,
    opt: OptionInts,
    lag: I64,
    fixed: I64,
    active: I8,
) -> None:
    """What is left of each lag at the data date, and which links hold their successor at all.

    A lag runs from the event it hangs on: once that event has happened, only the part beyond the data date is left.
    ``fixed`` gets the tick of links that do not depend on the pass at all (start-to-start lag counted from an actual
    start), else MISSING.
    """
    for a in range(len(net.kind)):
        dd = net.data_date[net.project[a]]
        floored = opt.data_date_is_floor == 1 and dd != MISSING
        status = net.status[a]
        ignores = status >= 1 and (not floored or opt.out_of_sequence != RETAINED)
        for e in range(net.in_offset[a], net.in_offset[a + 1]):
            p = net.in_pred[e]
            # Progress override lets started work go on before its start links allow; finish links still hold.
            to_finish = net.in_kind[e] == FF or net.in_kind[e] == SF
            active[e] = 1 if not ignores or (floored and status == 1 and to_finish) else 0
            lag[e] = net.in_lag[e]
            fixed[e] = MISSING
            if not floored:
                continue
            from_finish = net.in_kind[e] == FS or net.in_kind[e] == FF
            happened = net.actual_finish[p] if from_finish else net.actual_start[p]
            if happened == MISSING or (opt.out_of_sequence == ACTUAL and net.status[p] == 2):
                continue
            if lag[e] <= 0:
                lag[e] = 0
            else:
                gone = work_called(cal, net.in_lag_calendar[e], happened, dd)
                lag[e] = max(0, lag[e] - max(0, gone))
            if opt.ss_lag_from_actual == 1 and not from_finish and net.status[p] == 1:
                fixed[e] = shift_called(cal, net.in_lag_calendar[e], dd, lag[e])


@kernel(types.void(network_type, calendar_type, options_type, _i8v, _i8v, _i8v, _b1v, _i8v, _i8v))
def forward(
    net: NetworkArrays,
    cal: CalendarArrays,
    opt: OptionInts,
    remaining: I64,
    lag: I64,
    fixed: I64,
    active: I8,
    es: I64,
    ef: I64,
) -> None:
    """Early start and finish of the remaining work of every scheduled activity, in ticks.

    ``remaining`` is changed where an expected finish decides it.
    """
    for at in range(len(net.order)):
        a = net.order[at]
        c = net.calendar[a]
        project = net.project[a]
        status = net.status[a]
        dd = net.data_date[project]
        floored = opt.data_date_is_floor == 1 and dd != MISSING
        rem = remaining[a]

        if status == 2 and (not floored or opt.out_of_sequence == ACTUAL):
            ef[a] = net.actual_finish[a]
            es[a] = net.actual_start[a] if net.actual_start[a] != MISSING else ef[a]
            continue
        if status == 0 and net.manual_start[a] != MISSING:
            es[a] = net.manual_start[a]
            ef[a] = net.manual_finish[a]
            if ef[a] == MISSING:
                ef[a] = shift(cal, c, es[a], rem)
            continue
        if status == 0 and net.kind[a] == EXTERNAL and net.external_start[a] != MISSING:
            es[a] = net.external_start[a]
            ef[a] = net.external_finish[a] if net.external_finish[a] != MISSING else shift(cal, c, es[a], rem)
            continue

        base = net.project_start[project]
        if floored:
            base = dd if status > 0 else max(base, dd)
        elif status == 1:
            base = net.actual_start[a]
            if net.done[a] > 0:
                base = finish_of(cal, c, work_at(cal, c, base) + net.done[a])
        if status == 1 and net.restart[a] != MISSING:
            base = max(base, net.restart[a])

        # Where the data date is no floor (MS Project), a constraint may also lead before the project's start.
        if not floored and status == 0:
            kind = net.constraint[a]
            if kind == SNET or kind == START_ON:
                base = min(base, net.constraint_tick[a])
            elif kind == FNET or kind == FINISH_ON:
                base = min(base, start_of(cal, c, work_at(cal, c, net.constraint_tick[a]) - rem))
        start = base
        finish = MISSING
        for e in range(net.in_offset[a], net.in_offset[a + 1]):
            if active[e] == 0:
                continue
            p = net.in_pred[e]
            kind = net.in_kind[e]
            t = fixed[e]
            if t == MISSING:
                t = shift(cal, net.in_lag_calendar[e], ef[p] if kind == FS or kind == FF else es[p], lag[e])
            if kind == FS or kind == SS:
                start = max(start, t)
            else:
                finish = max(finish, t)

        if finish != MISSING:
            if rem == 0 and net.kind[a] != START_MILESTONE:
                start = max(start, finish)
            else:
                start = max(start, start_of(cal, c, work_at(cal, c, finish) - rem))

        pinned = False
        if status == 0:
            if net.external_start[a] != MISSING and opt.ignore_external == 0:
                start = max(start, net.external_start[a])
            for which in range(2):
                kind = net.constraint[a] if which == 0 else net.constraint2[a]
                tick = net.constraint_tick[a] if which == 0 else net.constraint2_tick[a]
                if kind == 0 or kind == ALAP:
                    continue
                if rem > 0 and (kind == FNET or kind == FINISH_ON or kind == MANDATORY_FINISH or kind == FNLT):
                    tick = start_of(cal, c, work_at(cal, c, tick) - rem)
                if kind == SNET or kind == START_ON or kind == FNET or kind == FINISH_ON:
                    start = max(start, tick)
                elif kind == SNLT or kind == FNLT:
                    # MS Project lets the date win over the links; P6 shows negative float instead.
                    if opt.honour_constraints == 1 and opt.data_date_is_floor == 0:
                        start = min(start, tick)
                elif opt.honour_constraints == 0:
                    start = max(start, tick)
                else:
                    start = max(tick, dd) if floored else tick
                    pinned = True

        if status < 2 and net.kind[a] != FINISH_MILESTONE and not (pinned and rem == 0):
            start = start_of(cal, c, work_at(cal, c, start))
        es[a] = net.actual_start[a] if status == 1 and not floored else start
        if opt.use_expected_finish == 1 and status < 2 and net.expected_finish[a] != MISSING and rem > 0:
            rem = max(0, work_called(cal, c, start, net.expected_finish[a]))
            remaining[a] = rem
        if rem == 0:
            ef[a] = start
        else:
            # A lead may put the bound on Monday 08:00 where the work is done on Friday 17:00; P6 shows the bound.
            ef[a] = max(finish_of(cal, c, work_at(cal, c, start) + rem), finish)


@kernel(types.void(network_type, calendar_type, options_type, _i8v, _i8v, _b1v, _i8v, _i8v))
def as_late_as_possible(
    net: NetworkArrays,
    cal: CalendarArrays,
    opt: OptionInts,
    remaining: I64,
    lag: I64,
    active: I8,
    es: I64,
    ef: I64,
) -> None:
    """Move "as late as possible" activities into their free float; their successors do not move."""
    found = False
    for a in range(len(net.kind)):
        if net.status[a] == 0 and (net.constraint[a] == ALAP or net.constraint2[a] == ALAP):
            found = True
            break
    if not found:
        return
    for at in range(len(net.order) - 1, -1, -1):
        a = net.order[at]
        if net.status[a] != 0 or (net.constraint[a] != ALAP and net.constraint2[a] != ALAP):
            continue
        c = net.calendar[a]
        rem = remaining[a]
        start = FAR
        finish = FAR
        for j in range(net.out_offset[a], net.out_offset[a + 1]):
            e = net.out_in[j]
            if active[e] == 0:
                continue
            s = net.out_succ[j]
            kind = net.in_kind[e]
            t = es[s] if kind == FS or kind == SS else ef[s]
            t = shift_called(cal, net.in_lag_calendar[e], t, -lag[e])
            if kind == FS or kind == FF:
                finish = min(finish, t)
            else:
                start = min(start, t)
        if start < FAR:
            finish = min(finish, finish_after(cal, c, start, rem) if rem > 0 else start)
        if finish == FAR:
            continue
        finish = finish_after(cal, c, finish, 0)
        if finish > ef[a]:
            ef[a] = finish
            if rem > 0:
                es[a] = start_after(cal, c, finish, -rem)
            elif net.kind[a] == FINISH_MILESTONE:
                es[a] = finish
            else:
                es[a] = start_after(cal, c, finish, 0)
                ef[a] = es[a]


@kernel(types.void(network_type, calendar_type, options_type, _i8v, _i8v, _b1v, _i8v, _i8v, _i8v))
def backward(
    net: NetworkArrays,
    cal: CalendarArrays,
    opt: OptionInts,
    remaining: I64,
    lag: I64,
    active: I8,
    finish: I64,
    ls: I64,
    lf: I64,
) -> None:
    """Late start and finish of the remaining work; ``finish`` holds the latest tick allowed per project."""
    for at in range(len(net.order) - 1, -1, -1):
        a = net.order[at]
        c = net.calendar[a]
        status = net.status[a]
        rem = remaining[a]
        end = finish[net.project[a]]
        late = FAR
        late_start = FAR
        for j in range(net.out_offset[a], net.out_offset[a + 1]):
            e = net.out_in[j]
            if active[e] == 0:
                continue
            s = net.out_succ[j]
            kind = net.in_kind[e]
            t = ls[s] if kind == FS or kind == SS else lf[s]
            t = shift(cal, net.in_lag_calendar[e], t, -lag[e])
            if kind == FS or kind == FF:
                late = min(late, t)
            else:
                late_start = min(late_start, t)
        if late_start < FAR:
            if rem > 0:
                late = min(late, finish_of(cal, c, work_at(cal, c, late_start) + rem))
            else:
                late = min(late, late_start)
        late = min(late, end)
        if status < 2:
            if net.external_finish[a] != MISSING and opt.ignore_external == 0:
                late = min(late, net.external_finish[a])
            if net.manual_start[a] != MISSING and status == 0 and net.manual_finish[a] != MISSING:
                late = max(late, net.manual_finish[a])
            for which in range(2):
                kind = net.constraint[a] if which == 0 else net.constraint2[a]
                tick = net.constraint_tick[a] if which == 0 else net.constraint2_tick[a]
                if kind == SNLT or kind == START_ON:
                    if status == 0:
                        late = min(late, tick if rem == 0 else finish_of(cal, c, work_at(cal, c, tick) + rem))
                elif kind == FNLT or kind == FINISH_ON:
                    late = min(late, tick)
                elif kind == MANDATORY_START and status == 0 and opt.honour_constraints == 1:
                    late = tick if rem == 0 else finish_of(cal, c, work_at(cal, c, tick) + rem)
                elif kind == MANDATORY_FINISH and opt.honour_constraints == 1:
                    late = tick
            late = finish_of(cal, c, work_at(cal, c, late))
        lf[a] = late
        if status == 1 and (opt.data_date_is_floor == 0 or net.data_date[net.project[a]] == MISSING):
            rem = max(rem, net.duration[a])  # there, early and late starts are those of the whole activity
        if rem > 0:
            ls[a] = start_of(cal, c, work_at(cal, c, late) - rem)
        elif net.kind[a] == START_MILESTONE and status < 2:
            ls[a] = start_of(cal, c, work_at(cal, c, late))
            if ls[a] > end:
                ls[a] = late
            lf[a] = ls[a]
        else:
            ls[a] = late


@kernel(types.void(network_type, _i8v, _b1v, _i8v))
def project_finishes(
    net: NetworkArrays,
    ef: I64,
    has: I8,
    out: I64,
) -> None:
    """Latest early finish of each project; ``has`` tells which project has any scheduled activity."""
    for p in range(len(out)):
        out[p] = net.project_start[p]
        has[p] = 0
    for at in range(len(net.order)):
        a = net.order[at]
        p = net.project[a]
        if has[p] == 0 or ef[a] > out[p]:
            out[p] = ef[a]
            has[p] = 1
