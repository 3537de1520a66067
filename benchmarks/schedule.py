"""Schedule networks of growing size, side by side with networkx and trueppm-scheduler where installed.

``python -m benchmarks.schedule --json`` prints one object of named figures: milliseconds (median of repeated warm
runs, reading and building left out on both sides), bytes per activity, and ratios peer ÷ ours.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from watchfloor_engine.calendars import CalendarSet, compile_calendar, pack, to_tick
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Constraint, Link, Network, build_network
from watchfloor_engine.schedule import Options, schedule
from watchfloor_engine.simulate import Distribution, Shape, simulate

START = to_tick(datetime(2026, 1, 5, 8))
HOUR = 600
SIZES = (1_000, 10_000, 100_000)
PER_PROJECT = 1_000


def calendars() -> CalendarSet:
    """Office week with holidays, every day, six long days, night shifts."""
    span = {"first_day": 9_400, "last_day": 9_400 + 40 * 366}
    office = [(4800, 7200), (7800, 10200)]
    holidays = [(day, day, []) for day in range(9_400, 9_400 + 40 * 366, 37)]
    weeks: list[tuple[Any, Any]] = [
        ([office] * 5 + [[], []], holidays),
        ([[(3600, 10_800)]] * 7, []),
        ([[(4200, 10_200)]] * 6 + [[]], []),
        ([[(12_000, 18_000)]] * 5 + [[], []], []),
    ]
    return pack([compile_calendar(week, exceptions, **span) for week, exceptions in weeks])


def portfolio(size: int, *, seed: int = 20260105) -> Network:
    """Projects of 1,000: 2 predecessors within the last 50, 2 % across projects, all types, 20 % progressed."""
    chance = np.random.default_rng(seed)
    succ = np.repeat(np.arange(size), 2)
    pred = succ - chance.integers(1, 51, succ.size)
    across = (chance.random(succ.size) < 0.02) & (succ >= PER_PROJECT)
    pred = np.where(across, succ - PER_PROJECT, pred)
    keep = (pred >= 0) & (across | (pred // PER_PROJECT == succ // PER_PROJECT))
    pred, succ = pred[keep], succ[keep]
    duration = chance.integers(1, 20, size) * 8 * HOUR
    within = np.arange(size) % PER_PROJECT
    done, going = within < PER_PROJECT * 0.15, (within >= PER_PROJECT * 0.15) & (within < PER_PROJECT * 0.20)
    data_date = START + 40 * 14_400
    constrained = chance.random(size) < 0.05
    calendar = chance.integers(1, 5, size)
    projects = -(-size // PER_PROJECT)
    return build_network(
        kind=np.zeros(size),
        calendar=calendar,
        duration_ticks=duration,
        remaining_ticks=np.where(done, 0, np.where(going, duration // 2, duration)),
        actual_start=np.where(done | going, START, MISSING),
        actual_finish=np.where(done, START + 20 * 14_400, MISSING),
        constraint=np.where(constrained, chance.choice([1, 3, 4], size), Constraint.NONE),
        constraint_tick=np.where(constrained, START + chance.integers(0, 300, size) * 14_400, MISSING),
        project=np.arange(size) // PER_PROJECT,
        project_start=np.full(projects, START),
        data_date=np.full(projects, data_date),
        pred=pred,
        succ=succ,
        link=chance.choice([Link.FS, Link.SS, Link.FF, Link.SF], pred.size, p=[0.8, 0.08, 0.1, 0.02]),
        lag_ticks=np.where(chance.random(pred.size) < 0.2, chance.integers(-8, 40, pred.size) * HOUR, 0),
        lag_calendar=calendar[pred],
    )


def milliseconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Median of warm runs."""
    work()
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def networkx_ms(size: int) -> float | None:
    """Forward and backward pass over the same kind of network, finish-to-start only, without calendars."""
    if importlib.util.find_spec("networkx") is None:
        return None
    import networkx

    net = portfolio(size)
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from(zip(net.pred.tolist(), net.succ.tolist(), strict=True))
    duration = net.duration.tolist()

    def passes() -> None:
        order = list(networkx.topological_sort(graph))
        finish: dict[int, int] = {}
        for node in order:
            finish[node] = max((finish[p] for p in graph.predecessors(node)), default=0) + duration[node]
        end = max(finish.values())
        late: dict[int, int] = {}
        for node in reversed(order):
            late[node] = min((late[s] - duration[s] for s in graph.successors(node)), default=end)

    return milliseconds(passes, repeats=3)


def trueppm_ms(size: int) -> float | None:
    """The peer's CPM pass on the same durations and links, five days a week; None if not installed."""
    if importlib.util.find_spec("trueppm_scheduler") is None:
        return None
    from trueppm_scheduler import engine, models

    net = portfolio(size)
    kinds = [models.DependencyType[name] for name in ("FS", "SS", "FF", "SF")]
    days = np.maximum(net.duration // (8 * HOUR), 1).tolist()
    tasks = [models.Task(id=str(i), name=str(i), duration=timedelta(days=d)) for i, d in enumerate(days)]
    # The peer takes one link per pair of activities.
    pairs = {(p, s): k for p, s, k in zip(net.pred.tolist(), net.succ.tolist(), net.link.tolist(), strict=True)}
    links = [
        models.Dependency(predecessor_id=str(p), successor_id=str(s), dep_type=kinds[k]) for (p, s), k in pairs.items()
    ]
    project = models.Project(id="p", name="p", start_date=date(2026, 1, 5), tasks=tasks, dependencies=links)
    return milliseconds(lambda: engine.schedule(project), repeats=3)


def measure(sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """All figures; ``growth`` has one row per size."""
    cal, options = calendars(), Options()
    rows: list[dict[str, Any]] = []
    for size in sizes:
        began = time.perf_counter()
        net = portfolio(size)
        build_ms = (time.perf_counter() - began) * 1000
        held = sum(a.nbytes for a in net.arrays)
        row: dict[str, Any] = {
            "activities": size,
            "links": net.links,
            "build_ms": round(build_ms, 2),
            "full_ms": round(milliseconds(lambda n=net: schedule(n, cal, options)), 3),
            "bytes_per_activity": round(held / size),
        }
        row["us_per_activity"] = round(row["full_ms"] * 1000 / size, 3)
        peers = {"networkx": networkx_ms(size) if size <= 100_000 else None}
        peers["trueppm"] = trueppm_ms(size) if size <= 10_000 else None
        for name, peer_ms in peers.items():
            row[f"{name}_ms"] = None if peer_ms is None else round(peer_ms, 1)
            row[f"ratio_{name}"] = None if peer_ms is None else round(peer_ms / row["full_ms"], 1)
        rows.append(row)
    small = portfolio(400)
    spread = Distribution.of_factors(small, Shape.TRIANGULAR, 0.9, 1.0, 1.3)
    simulation_ms = milliseconds(lambda: simulate(small, cal, options, spread, runs=1000, seed=1))
    last = rows[-1]
    return {
        "activities": last["activities"],
        "full_ms": last["full_ms"],
        "bytes_per_activity": last["bytes_per_activity"],
        "ratio_networkx": last["ratio_networkx"],
        "ratio_trueppm": next((r["ratio_trueppm"] for r in reversed(rows) if r["ratio_trueppm"]), None),
        "simulation_400x1000_ms": round(simulation_ms, 1),
        "growth": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="activities, comma separated")
    given = parser.parse_args()
    result = measure(tuple(int(s) for s in given.sizes.split(",")))
    if given.json:
        print(json.dumps(result, indent=2))
        return
    for row in result["growth"]:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    print(f"simulation of 400 activities, 1,000 runs: {result['simulation_400x1000_ms']} ms")


if __name__ == "__main__":
    main()
