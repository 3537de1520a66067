"""Types and settings shared by the compiled functions.

Every kernel has an explicit signature and is cached, so importing compiles it once per machine and never
inside a request. Fast-math is off everywhere: dates are integers and must be exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba as nb
import numpy as np
from numba import types
from numpy.typing import NDArray

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I16 = NDArray[np.int16]
I8 = NDArray[np.int8]
F64 = NDArray[np.float64]
B1 = NDArray[np.bool_]

MISSING = -(1 << 62)  # "no such date" in the tick arrays that callers give and get
NO_TICK = -(1 << 31)  # the same inside the kernels, which hold ticks in 32 bits (408 years either way)
MOST_TICKS = (1 << 31) - 1
FAR = 1 << 40  # ticks; about 209,000 years, beyond every horizon

ticks_type = types.Array(types.int32, 1, "C")
work_type = types.Array(types.int32, 2, "C")
flags_type = types.Array(types.int8, 1, "C")
_i8m = types.Array(types.int64, 2, "C")
shorts_type = types.Array(types.int16, 1, "C")
floats_type = types.Array(types.float64, 1, "C")


class CalendarArrays(NamedTuple):
    """Several calendars laid end to end, as the kernels read them. See calendars.py for the meaning.

    One row is one cache line or half of one, because every question reads all of it.
    """

    head: I64  # (calendars, 8): first tick, time table and its size, work table and its size
    segment: I64  # (segments, 4): start, end, start less the work done by then, work done by the end
    time_bucket: I32
    work_bucket: I32


class NetworkArrays(NamedTuple):
    """A network as the kernels read it, in 32 bits, in *positions*: topological order, so that memory is read forwards.

    Level of effort and summaries come last and have no links here. Links are grouped by successor (``in_*``); each
    activity's outgoing ones are listed by their place there. ``NO_TICK`` marks no date.
    """

    plain: I8  # (n) 1: not started, without constraint or any date of its own
    kind: I8
    status: I8
    constraint: I8
    constraint2: I8
    calendar: I16
    project: I32
    duration: I32
    planned: I32  # remaining duration as given
    done: I32  # planned duration less remaining, as recorded
    actual_start: I32
    actual_finish: I32
    constraint_tick: I32
    constraint2_tick: I32
    expected_finish: I32
    external_start: I32
    external_finish: I32
    manual_start: I32
    manual_finish: I32
    restart: I32  # earliest tick of remaining work from a resume date
    delay: I32  # ticks of the clock that the start waits after everything else
    part_offset: I32  # (n + 1)
    part_calendar: I16  # (parts)
    part_share: F64  # (parts) of the remaining duration
    in_offset: I32  # (scheduled + 1)
    in_pred: I32  # (links)
    in_kind: I8
    in_lag: I32
    in_lag_calendar: I16
    out_offset: I32  # (scheduled + 1)
    out_in: I32  # (links) place in in_*
    out_succ: I32
    data_date: I32  # (projects)
    project_start: I32
    must_finish: I32


class OptionArrays(NamedTuple):
    """Scheduling options as the kernels read them, one entry per project; see options.py."""

    floor: I32  # data date before which no remaining work lies; NO_TICK where it is no floor
    out_of_sequence: I8
    float_kind: I8
    use_expected_finish: I8
    ss_lag_from_actual: I8
    honour_constraints: I8
    dates_win: I8  # 1: "no later than" wins over links (MS Project with its dates honoured)
    ignore_external: I8
    start_on_own_calendar: I8
    from_finish: I8
    late_milestones_at_work: I8


Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_njit = cast(Any, nb.njit)
_types = cast(Any, types)

calendar_type = _types.NamedTuple((_i8m, _i8m, ticks_type, ticks_type), CalendarArrays)
_BYTES = {"plain", "kind", "status", "constraint", "constraint2", "in_kind"}
_SHORTS = {"calendar", "in_lag_calendar", "part_calendar"}
_COLUMNS = {
    "part_share": floats_type,
    **dict.fromkeys(_BYTES, flags_type),
    **dict.fromkeys(_SHORTS, shorts_type),
}
network_type = _types.NamedTuple(tuple(_COLUMNS.get(name, ticks_type) for name in NetworkArrays._fields), NetworkArrays)
whole_numbers = {size: _types.UniTuple(types.int64, size) for size in (2, 4)}  # what kernels return together
options_type = _types.NamedTuple(
    tuple(ticks_type if name == "floor" else flags_type for name in OptionArrays._fields), OptionArrays
)


def kernel(signature: object, *, inline: bool = False, allocates: bool = False) -> Callable[[Kernel], Kernel]:
    """Compile at import with an explicit signature; ``inline`` lets LLVM see through small leaves.

    Only kernels that make arrays count references to them: otherwise every call inside a loop would count those of
    all the arrays it hands on, which costs more than the work (docs/decisions/0025).
    """

    def wrap(function: Kernel) -> Kernel:
        compiled = _njit(
            signature, cache=True, nogil=True, error_model="numpy",
            forceinline=inline, _nrt=allocates,
        )(function)  # fmt: skip
        return cast(Kernel, compiled)

    return wrap


@kernel(types.int64(types.int64), inline=True)
def wide(value: int) -> int:
    """A value of any of the arrays as a whole number of 64 bits."""
    return value


@kernel(types.uintp(types.int64), inline=True)
def place(value: int) -> int:
    """A value that is no less than 0, as an index.

    Of a signed index Numba asks at every access whether it counts from the end.
    """
    return np.uintp(value)  # type: ignore[return-value]


NEXT = cast(int, np.uintp(1))  # added to a place: with a plain 1 the sum would be a float
