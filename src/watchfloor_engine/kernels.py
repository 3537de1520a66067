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
I8 = NDArray[np.int8]
F64 = NDArray[np.float64]
B1 = NDArray[np.bool_]

MISSING = -(1 << 62)  # "no such date" in every tick array
FAR = 1 << 40  # ticks; about 209,000 years, beyond every horizon

_i8v = types.Array(types.int64, 1, "C")
_i4v = types.Array(types.int32, 1, "C")
_b1v = types.Array(types.int8, 1, "C")
_f8v = types.Array(types.float64, 1, "C")
_boolv = types.Array(types.boolean, 1, "C")


class CalendarArrays(NamedTuple):
    """Several calendars laid end to end, as the kernels read them. See calendars.py for the meaning."""

    segment_offset: I64  # (calendars + 1)
    segment_start: I64
    segment_end: I64
    segment_work: I64  # work elapsed at segment_start
    time_offset: I64  # (calendars + 1)
    time_bucket: I32
    work_offset: I64  # (calendars + 1)
    work_bucket: I32
    first_tick: I64  # (calendars): horizon start


class NetworkArrays(NamedTuple):
    """A network as the kernels read it: activities by index, links grouped by successor and by predecessor."""

    kind: I8
    calendar: I32
    duration: I64
    done: I64  # planned duration less remaining, as recorded
    elapsed: I8
    status: I8
    actual_start: I64
    actual_finish: I64
    constraint: I8
    constraint_tick: I64
    constraint2: I8
    constraint2_tick: I64
    expected_finish: I64
    external_start: I64
    external_finish: I64
    manual_start: I64
    manual_finish: I64
    restart: I64  # earliest tick of remaining work from a resume date, else MISSING
    project: I32
    order: I32  # topological, scheduled activities only
    in_offset: I64
    in_pred: I32
    in_kind: I8
    in_lag: I64
    in_lag_calendar: I32
    out_offset: I64
    out_in: I64  # position in the in_* arrays
    out_succ: I32
    data_date: I64  # per project
    project_start: I64
    must_finish: I64


class OptionInts(NamedTuple):
    """Scheduling options as integers; see options.py."""

    out_of_sequence: int
    float_kind: int
    critical_float: int
    data_date_is_floor: int
    use_expected_finish: int
    ss_lag_from_actual: int
    honour_constraints: int
    ignore_external: int
    open_ends_critical: int
    longest_path: int


Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_njit = cast(Any, nb.njit)
_types = cast(Any, types)

calendar_type = _types.NamedTuple((_i8v, _i8v, _i8v, _i8v, _i8v, _i4v, _i8v, _i4v, _i8v), CalendarArrays)
_NET_FIELDS = {"int8": _b1v, "int32": _i4v, "int64": _i8v}
_NET_KIND = {
    "kind": "int8", "elapsed": "int8", "status": "int8", "constraint": "int8", "constraint2": "int8", "in_kind": "int8",
    "calendar": "int32", "project": "int32", "order": "int32", "in_pred": "int32", "in_lag_calendar": "int32",
    "out_succ": "int32",
}  # fmt: skip
network_type = _types.NamedTuple(
    tuple(_NET_FIELDS[_NET_KIND.get(name, "int64")] for name in NetworkArrays._fields), NetworkArrays
)
options_type = _types.NamedUniTuple(types.int64, len(OptionInts._fields), OptionInts)


def kernel(signature: object, *, inline: bool = False) -> Callable[[Kernel], Kernel]:
    """Compile at import with an explicit signature; ``inline`` lets LLVM see through small leaves."""

    def wrap(function: Kernel) -> Kernel:
        compiled = _njit(
            signature, cache=True, nogil=True, error_model="numpy",
            forceinline=inline,
        )(function)  # fmt: skip
        return cast(Kernel, compiled)

    return wrap
