"""Random numbers that depend only on what they are for: (seed, stream, run). No state, so threads cannot matter.

The mixing is SplitMix64's finaliser (Steele, Lea & Flood 2014) applied twice over a keyed counter.
"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from numba import types

from watchfloor_engine.kernels import kernel

_u8 = types.uint64
_f8 = types.float64
_tuple = cast(Any, types).UniTuple
_f8v = types.Array(types.float64, 1, "C")


@kernel(_u8(_u8), inline=True)
def _mixed(
    z: np.uint64,
) -> np.uint64:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel(_f8(_u8, _u8, _u8), inline=True)
def uniform(
    seed: np.uint64,
    stream: np.uint64,
    run: np.uint64,
) -> float:
    """A number in the open interval (0, 1) for one stream in one run."""
    z = _mixed(seed + np.uint64(0x9E3779B97F4A7C15) * (stream + np.uint64(1)))
    z = _mixed(z + np.uint64(0xD1B54A32D192ED03) * (run + np.uint64(1)))
    return (float(z >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


_TAIL_TOP = (
    -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
)  # fmt: skip
_TAIL_BOTTOM = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416)
_MIDDLE_TOP = (
    -3.969683028665376e01, 2.209460984245205e02, -2.759285104469687e02, 1.383577518672690e02, -3.066479806614716e01,
    2.506628277459239,
)  # fmt: skip
_MIDDLE_BOTTOM = (
    -5.447609879822406e01, 1.615858368580409e02, -1.556989798598866e02, 6.680131188771972e01, -1.328068155288572e01,
)  # fmt: skip


@kernel([_f8(_f8, _tuple(_f8, size)) for size in (4, 5, 6)], inline=True)
def _poly(
    x: float,
    coefficients: tuple[float, ...],
) -> float:
    total = 0.0
    for c in coefficients:
        total = total * x + c
    return total


@kernel(_f8(_f8))
def normal_quantile(
    u: float,
) -> float:
    """Inverse of the standard normal distribution, |error| < 1e-9 after one Newton step (Acklam's start)."""
    if u > 1.0 - 0.02425:
        return -normal_quantile(1.0 - u)
    if u < 0.02425:
        q = math.sqrt(-2.0 * math.log(u))
        top = _poly(q, _TAIL_TOP)
        x = top / (_poly(q, _TAIL_BOTTOM) * q + 1.0)
    else:
        q = u - 0.5
        r = q * q
        x = _poly(r, _MIDDLE_TOP) * q / (_poly(r, _MIDDLE_BOTTOM) * r + 1.0)
    error = 0.5 * math.erfc(-x / math.sqrt(2.0)) - u
    return x - error * math.sqrt(2.0 * math.pi) * math.exp(x * x / 2.0)


@kernel(_f8(_f8), inline=True)
def normal_share(
    x: float,
) -> float:
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))
