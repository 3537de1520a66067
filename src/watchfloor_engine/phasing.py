"""Budgets over time: each spread by a curve over the working time of its own calendar, and cut into periods.

A curve is a profile of 21 points, as Primavera P6 keeps it: what is used at the start itself, then in each twentieth of
the working time, evenly within it. Rules: docs/methods/earned-value.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from watchfloor_engine.calendars import CalendarSet
from watchfloor_engine.earned import earned_by_time
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import F64, I64

POINTS = 21
_SHARE_OF_WORK = np.linspace(0.0, 1.0, POINTS)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Share of a budget used by each twentieth of the working time: 21 values that rise to 1."""

    used: F64

    def by(self, share: ArrayLike) -> F64:
        """Share of the budget used when ``share`` (0..1) of the working time has passed; nothing before any has."""
        passed = np.asarray(share, dtype=np.float64)
        return np.where(passed > 0, np.interp(passed, _SHARE_OF_WORK, self.used), 0.0)


def curve(points: Sequence[float]) -> Curve:
    """A curve of 21 points of any scale; only their proportion counts.

    Raises:
        EngineError: not 21 points, a negative one, or nothing in them.
    """
    values = np.array(points, dtype=np.float64)
    if values.shape != (POINTS,) or not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
        raise EngineError("A curve needs 21 points, none of them negative and not all of them zero.")
    used = np.cumsum(values) / values.sum()
    used[-1] = 1.0
    return Curve(used)


def _shaped(used: F64) -> Curve:
    return Curve(np.asarray(used, dtype=np.float64))


LINEAR = _shaped(_SHARE_OF_WORK)
FRONT_LOADED = _shaped(1.0 - (1.0 - _SHARE_OF_WORK) ** 2)  # its rate falls evenly to nothing
BACK_LOADED = _shaped(_SHARE_OF_WORK**2)  # its rate rises evenly from nothing
BELL = _shaped(3 * _SHARE_OF_WORK**2 - 2 * _SHARE_OF_WORK**3)  # its rate rises to the middle and falls again


def phased(
    *,
    start: ArrayLike,
    finish: ArrayLike,
    cost: ArrayLike,
    calendar: ArrayLike,
    calendars: CalendarSet,
    ticks: ArrayLike,
    curves: Sequence[Curve] = (LINEAR,),
    curve_of: ArrayLike = 0,
) -> F64:
    """Cumulative cost of each activity at each of ``ticks``.

    Args:
        start, finish: (n) ticks; MISSING in either leaves the activity out.
        cost: (n) minor units; calendar: (n) index into ``calendars``.
        curves: the profiles in use; curve_of: (n) index into them.

    Returns:
        (n, ticks) minor units, float64. An activity without working time between its dates counts whole at its finish.

    Cost: O(activities · ticks). For linear curves it equals :func:`watchfloor_engine.earned.earned_by_time`.
    """
    begin = np.array(start, dtype=np.int64, ndmin=1)
    share = earned_by_time(begin, finish, np.ones(begin.size), calendar, calendars, ticks)
    index = np.broadcast_to(np.asarray(curve_of, dtype=np.int64), begin.shape)
    used = np.zeros_like(share)
    for place, each in enumerate(curves):
        rows = index == place
        used[rows] = each.by(share[rows])
    return used * np.broadcast_to(np.asarray(cost, dtype=np.float64), begin.shape)[:, None]


def per_period(cumulative: ArrayLike) -> F64:
    """What each period adds, from cumulative values at the period ends: same shape, along the last axis."""
    values = np.asarray(cumulative, dtype=np.float64)
    return np.diff(values, axis=-1, prepend=0.0)


def whole_units(amounts: ArrayLike) -> I64:
    """Amounts per row rounded to whole minor units, so that each row sums to its own rounded total exactly.

    Args:
        amounts: (n, periods) minor units, not negative.

    Returns:
        (n, periods) int64. What rounding down leaves goes to the largest remainders, of equal ones to the earlier.

    Raises:
        EngineError: a negative amount.

    Cost: O(n · periods · log periods).
    """
    exact = np.array(amounts, dtype=np.float64, ndmin=2)
    if (exact < 0).any():
        raise EngineError("Amounts per period must not be negative. Check that cumulative values rise.")
    whole = np.floor(exact).astype(np.int64)
    left = np.rint(exact.sum(axis=1)).astype(np.int64) - whole.sum(axis=1)
    rank = np.argsort(np.argsort(whole - exact, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(whole + (rank < left[:, None]), dtype=np.int64)


__all__ = [
    "BACK_LOADED", "BELL", "FRONT_LOADED", "LINEAR", "POINTS", "Curve", "curve", "per_period", "phased", "whole_units",
]  # fmt: skip
