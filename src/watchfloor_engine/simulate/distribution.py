"""What is uncertain: a distribution of the remaining duration of every activity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from watchfloor_engine.errors import InvalidDistribution
from watchfloor_engine.kernels import F64, I8, I32
from watchfloor_engine.network import COMPLETE, Network

TABLE_SIZE = 2049  # points of one quantile table
MODE_STEPS = 512  # beta-PERT tables are kept per 1/512 of the mode's position
FINE = 8192  # integration steps behind one table


class Shape(IntEnum):
    FIXED = 0
    UNIFORM = 1
    TRIANGULAR = 2
    PERT = 3  # beta, λ = 4


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """Remaining duration per activity (n): ``shape`` and three points in ticks of the activity's calendar."""

    shape: I8
    optimistic: F64
    likely: F64
    pessimistic: F64

    @classmethod
    def of_ticks(
        cls, shape: ArrayLike, optimistic: ArrayLike, likely: ArrayLike, pessimistic: ArrayLike
    ) -> Distribution:
        """Three points given in ticks.

        Raises:
            InvalidDistribution: points not in order, negative or not finite.
        """
        likely_ = np.array(likely, dtype=np.float64, ndmin=1)
        shapes = np.array(np.broadcast_to(np.asarray(shape, dtype=np.int8), likely_.shape))
        low = np.array(np.broadcast_to(np.asarray(optimistic, dtype=np.float64), likely_.shape))
        high = np.array(np.broadcast_to(np.asarray(pessimistic, dtype=np.float64), likely_.shape))
        points = np.stack((low, likely_, high))
        if not np.isfinite(points).all() or (points < 0).any() or (np.diff(points, axis=0) < 0).any():
            raise InvalidDistribution("Each estimate needs 0 ≤ optimistic ≤ likely ≤ pessimistic.")
        if shapes.size and (shapes.min() < 0 or shapes.max() > max(Shape)):
            raise InvalidDistribution("Unknown shape of a distribution.")
        # Without any spread there is nothing to draw: the plan's own figure comes out exactly.
        return cls(np.where(high > low, shapes, np.int8(Shape.FIXED)).astype(np.int8), low, likely_, high)

    @classmethod
    def of_factors(
        cls, network: Network, shape: ArrayLike, optimistic: ArrayLike, likely: ArrayLike, pessimistic: ArrayLike
    ) -> Distribution:
        """Three points as factors of the remaining duration; complete activities and points stay fixed."""
        remaining = network.remaining.astype(np.float64)
        fixed = (network.status == COMPLETE) | (remaining == 0)
        shapes = np.where(fixed, Shape.FIXED, np.broadcast_to(np.asarray(shape, dtype=np.int8), remaining.shape))

        def ticks(factor: ArrayLike) -> F64:
            return remaining * np.asarray(factor, dtype=np.float64)

        return cls.of_ticks(shapes, ticks(optimistic), ticks(likely), ticks(pessimistic))

    def mean(self) -> F64:
        """Expected ticks per activity."""
        low, mode, high = self.optimistic, self.likely, self.pessimistic
        return np.select(
            [self.shape == Shape.UNIFORM, self.shape == Shape.TRIANGULAR, self.shape == Shape.PERT],
            [(low + high) / 2, (low + mode + high) / 3, (low + 4 * mode + high) / 6],
            mode,
        )

    def variance(self) -> F64:
        """Variance in ticks squared; beta-PERT by its own beta distribution, not range/6."""
        low, mode, high = self.optimistic, self.likely, self.pessimistic
        mean = self.mean()
        return np.select(
            [self.shape == Shape.UNIFORM, self.shape == Shape.TRIANGULAR, self.shape == Shape.PERT],
            [
                (high - low) ** 2 / 12,
                (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18,
                (mean - low) * (high - mean) / 7,
            ],
            0.0,
        )

    def tables(self) -> tuple[I32, F64]:
        """Beta-PERT quantile tables: row per activity (-1 none) and the tables (rows, TABLE_SIZE) over [0, 1]."""
        row = np.full(self.shape.size, -1, dtype=np.int32)
        pert = np.flatnonzero(self.shape == Shape.PERT)
        if pert.size == 0:
            return row, np.zeros((1, TABLE_SIZE))
        position = (self.likely[pert] - self.optimistic[pert]) / (self.pessimistic[pert] - self.optimistic[pert])
        steps, where = np.unique(np.rint(position * MODE_STEPS).astype(np.int64), return_inverse=True)
        row[pert] = where
        return row, np.stack([_pert_table(float(step) / MODE_STEPS) for step in steps])


def _pert_table(mode: float) -> F64:
    """Quantiles of the beta distribution with PERT's parameters (1 + 4m, 5 - 4m) at evenly spaced probabilities."""
    x = (np.arange(FINE) + 0.5) / FINE
    density = x ** (4 * mode) * (1 - x) ** (4 - 4 * mode)
    share = np.concatenate(([0.0], np.cumsum(density)))
    share /= share[-1]
    return np.interp(np.linspace(0.0, 1.0, TABLE_SIZE), share, np.arange(FINE + 1) / FINE)
