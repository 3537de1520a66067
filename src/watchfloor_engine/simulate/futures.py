"""Simulate a network: finish dates, cost and criticality over many sampled futures."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from watchfloor_engine.calendars import CalendarSet
from watchfloor_engine.errors import InvalidDistribution
from watchfloor_engine.kernels import F64, I64
from watchfloor_engine.network import Kind, Network
from watchfloor_engine.options import GivenOptions, option_arrays
from watchfloor_engine.schedule import effective_links, with_starts_from_finish
from watchfloor_engine.simulate.distribution import Distribution
from watchfloor_engine.simulate.kernels import run_block

BLOCK_RUNS = 128  # sums are made per block and added in order, so results do not depend on threads
MAX_RUNS = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """What came out of ``runs`` futures."""

    runs: int
    finish: I64  # (projects, runs) ticks
    watch_finish: I64  # (watched, runs) ticks
    cost: F64  # (projects, runs) minor units: fixed part + time-dependent part scaled with duration
    criticality: F64  # (n) share of runs in which the activity was on its project's longest path
    sensitivity: F64  # (n) correlation of its duration with its project's finish, 0 where nothing varies


def simulate(
    network: Network,
    calendars: CalendarSet,
    options: GivenOptions,
    distribution: Distribution,
    *,
    runs: int,
    seed: int,
    watch: Sequence[int] = (),
    correlation: float = 0.0,
    streams: ArrayLike | None = None,
    cost_fixed: ArrayLike | None = None,
    cost_time: ArrayLike | None = None,
    paths: bool = True,
    threads: int = 1,
) -> Simulation:
    """Sample remaining durations and propagate them through the real network, calendars and constraints included.

    Args:
        distribution: remaining duration per activity; without spread the result is the CPM schedule exactly.
        watch: activities (also summaries: the last finish below them) whose finish is returned for every run.
        correlation: 0..1, share of variance from one factor that all activities of a project have in common
            (a Gaussian copula). Independent durations understate the spread of a real project.
        streams: stable whole numbers per activity, so that a plan that gains an activity keeps the draws of the others.
        cost_fixed, cost_time: minor units per activity; the latter grow and shrink with its duration.
        threads: worker threads; the numbers do not depend on it.

    Raises:
        InvalidDistribution: sizes, runs or correlation out of range.

    Cost: O(runs · (activities + links)).
    """
    n = network.size
    if distribution.shape.size != n:
        raise InvalidDistribution(f"{distribution.shape.size} distributions for {n} activities.")
    if not 1 <= runs <= MAX_RUNS:
        raise InvalidDistribution(f"{runs} runs; between 1 and {MAX_RUNS} are possible.")
    if not 0.0 <= correlation < 1.0:
        raise InvalidDistribution("The correlation must be at least 0 and below 1.")
    opt = option_arrays(options, network.arrays.data_date)
    lag, hold = effective_links(network, calendars, opt)
    net = with_starts_from_finish(network, calendars, opt)
    rows, tables = distribution.tables()
    stream = np.arange(n, dtype=np.int64) if streams is None else np.array(streams, dtype=np.int64)
    flat = np.zeros(n) if cost_fixed is None else np.array(cost_fixed, dtype=np.float64)
    timed = np.zeros(n) if cost_time is None else np.array(cost_time, dtype=np.float64)
    if stream.shape != (n,) or flat.shape != (n,) or timed.shape != (n,):
        raise InvalidDistribution("Streams and costs need one entry per activity.")
    watch_offset, watch_leaf = _watched(network, watch)
    finish = np.empty((network.projects, runs), dtype=np.int64)
    watched = np.empty((len(watch), runs), dtype=np.int64)
    cost = np.empty((network.projects, runs))
    blocks = [(first, min(first + BLOCK_RUNS, runs)) for first in range(0, runs, BLOCK_RUNS)]
    order = network.order
    shape, likely = distribution.shape[order], distribution.likely[order]
    low, high = distribution.optimistic[order], distribution.pessimistic[order]

    def one(block: tuple[int, int]) -> tuple[I64, F64]:
        critical, moments = np.zeros(n, dtype=np.int64), np.zeros((n, 3))
        run_block(
            net, calendars.arrays, opt, lag, hold,
            shape, low, likely, high,
            rows[order], tables, stream[order], float(correlation),
            np.uint64(seed & 0xFFFFFFFFFFFFFFFF), block[0], block[1],
            watch_offset, watch_leaf, flat[order], timed[order], int(paths),
            finish, watched, cost, critical, moments,
        )  # fmt: skip
        return critical, moments

    critical, moments = np.zeros(n, dtype=np.int64), np.zeros((n, 3))
    if threads > 1 and len(blocks) > 1:
        with ThreadPoolExecutor(max_workers=min(threads, len(blocks))) as pool:
            parts = list(pool.map(one, blocks))
    else:
        parts = [one(block) for block in blocks]
    for counts, sums in parts:
        critical[order] += counts
        moments[order] += sums
    return Simulation(
        runs=runs,
        finish=finish,
        watch_finish=watched,
        cost=cost,
        criticality=critical / runs,
        sensitivity=_sensitivity(network, finish, moments, runs),
    )


def quantiles(values: ArrayLike, shares: Sequence[float] = (0.1, 0.5, 0.8, 0.9)) -> I64 | F64:
    """The value that a share of the runs does not exceed, along the last axis (an order statistic, no interpolation).

    Shape: shares first, then the leading axes of ``values``.
    """
    data = np.sort(np.asarray(values), axis=-1)
    runs = data.shape[-1]
    at = [min(max(int(np.ceil(share * runs - 1e-9)) - 1, 0), runs - 1) for share in shares]
    return np.stack([data[..., i] for i in at])


def _watched(network: Network, watch: Sequence[int]) -> tuple[I64, np.ndarray[tuple[int], np.dtype[np.int32]]]:
    offset, leaves = [0], []
    children: dict[int, list[int]] | None = None
    for index in watch:
        if network.kind[index] in (Kind.SUMMARY, Kind.LOE):
            if children is None:
                children = {}
                for child in np.flatnonzero(network.parent >= 0).tolist():
                    children.setdefault(int(network.parent[child]), []).append(child)
            stack, steps = list(children.get(int(index), [])), 0
            while stack and steps <= network.size:
                steps += 1
                child = stack.pop()
                if network.kind[child] == Kind.SUMMARY:
                    stack.extend(children.get(child, []))
                elif network.kind[child] != Kind.LOE:
                    leaves.append(child)
        else:
            leaves.append(int(index))
        offset.append(len(leaves))
    return np.array(offset, dtype=np.int64), network.position[np.array(leaves, dtype=np.int64)]


def _sensitivity(network: Network, finish: I64, moments: F64, runs: int) -> F64:
    since = (finish - network.project_start[:, None]).astype(np.float64)
    mean_finish, sd_finish = since.mean(axis=1), since.std(axis=1)
    mean = moments[:, 0] / runs
    sd = np.sqrt(np.maximum(moments[:, 1] / runs - mean**2, 0.0))
    together = moments[:, 2] / runs - mean * mean_finish[network.project]
    scale = sd * sd_finish[network.project]
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.where(scale > 1e-6, together / scale, 0.0)
    return np.clip(result, -1.0, 1.0)
