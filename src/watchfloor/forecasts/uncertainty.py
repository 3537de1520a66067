"""What is assumed about durations, and what a thousand futures of the plan say. Pure.

An activity's own three-point estimate is used where the plan has one; every other one gets the factors of its class,
shown to readers as "assumed". See docs/methods/forecast.md.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from watchfloor.forecasts.compile import Compiled
from watchfloor.plans.document import Activity, ActivityKind
from watchfloor_engine.kernels import F64, I64
from watchfloor_engine.network import COMPLETE
from watchfloor_engine.simulate import Distribution, Shape, Simulation, simulate

RUNS = 1_000
_THREADS = min(4, os.cpu_count() or 1)  # the numbers do not depend on it
WIDENED_BY, WIDENED_MOST = 0.25, 2.0  # of every spread: for each cut-off that nobody reported for, and in all
CORRELATION = 0.3  # share of variance that the activities of one project have in common
# Optimistic, likely and pessimistic factors of the remaining duration, by class.
ASSUMED = {
    ActivityKind.TASK: (0.90, 1.00, 1.25),
    ActivityKind.RESOURCE_DEPENDENT: (0.90, 1.00, 1.35),  # waits for people as well
}


@dataclass(frozen=True, slots=True, eq=False)
class Futures:
    """The simulation, and how many of its unfinished activities had an estimate of their own."""

    simulation: Simulation
    estimated: int
    assumed: int


def seed_of(code: str) -> int:
    """One seed per project, so that two forecasts differ because the plan does and not because dice were thrown."""
    return zlib.crc32(code.encode())


def futures(
    compiled: Compiled,
    *,
    seed: int,
    runs: int = RUNS,
    watch: Sequence[int] = (),
    remaining_cost: F64 | None = None,
    missed_cut_offs: int = 0,
) -> Futures:
    """Simulate the compiled plans; ``watch`` names activities whose finishes are wanted per run.

    What nobody has reported on for ``missed_cut_offs`` is less certain than it was: every spread grows with them.
    """
    shape, points, estimated = _points(compiled)
    points = _widened(points, missed_cut_offs)
    distribution = Distribution.of_ticks(shape, points[0], points[1], points[2])
    simulation = simulate(
        compiled.network,
        compiled.calendars,
        compiled.options,
        distribution,
        runs=runs,
        seed=seed,
        watch=watch,
        correlation=CORRELATION,
        streams=_streams(compiled.activities),
        cost_time=remaining_cost,
        threads=_THREADS,
    )
    uncertain = int((distribution.shape != Shape.FIXED).sum())
    return Futures(simulation, estimated, uncertain - estimated)


def _points(compiled: Compiled) -> tuple[F64, F64, int]:
    remaining = compiled.network.remaining.astype(np.float64)
    size = remaining.size
    factors = np.ones((3, size))
    estimated = 0
    points = np.tile(remaining, (3, 1))
    own = np.zeros(size, dtype=np.bool_)
    for at, activity in enumerate(compiled.activities):
        if activity.kind in ASSUMED:
            factors[:, at] = ASSUMED[activity.kind]
        three = activity.three_point
        if three is not None and compiled.network.status[at] != COMPLETE and three.likely_ticks > 0:
            # The estimate is of the whole duration; what is left of it shrinks with the remaining duration.
            share = remaining[at] / three.likely_ticks
            ordered = sorted((three.optimistic_ticks, three.likely_ticks, three.pessimistic_ticks))
            points[:, at] = [max(each, 0) * share for each in ordered]
            own[at] = True
            estimated += 1
    assumed = ~own
    points[:, assumed] = remaining[assumed] * factors[:, assumed]
    fixed = (compiled.network.status == COMPLETE) | (remaining <= 0)
    points[:, fixed] = remaining[fixed]
    return np.where(fixed, int(Shape.FIXED), int(Shape.TRIANGULAR)), points, estimated


def _widened(points: F64, missed_cut_offs: int) -> F64:
    """Optimistic, likely and pessimistic with the outer two further from the middle one."""
    factor = min(1 + WIDENED_BY * missed_cut_offs, WIDENED_MOST)
    low, likely, high = points
    return np.array([np.maximum(likely - (likely - low) * factor, 0.0), likely, likely + (high - likely) * factor])


def _streams(activities: Sequence[Activity]) -> I64:
    # By key, so that a plan that gains an activity keeps the futures of the others.
    return np.array([zlib.crc32(each.key.encode()) for each in activities], dtype=np.int64)
