"""Schedule networks of growing size, beside MPXJ, trueppm-scheduler, networkx and TaskJuggler where installed.

``python -m benchmarks.schedule --json`` prints one object of named figures. Ours: a million activities in a thousand
projects with all kinds of links, lags, four calendars, constraints and progress: the whole forward and backward pass
with total float (``full_ms``), single changes brought up to date (``single_*``), and what the process grows by
(``bytes_per_activity``). Peers get a network that both can say, and are timed in turns with ours (median of warm runs,
reading and building left out on both sides); ``ratio_*`` is peer ÷ ours, where ours is ``schedule``: early and late
dates and total float of every activity.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import schedule_peers as peers
from watchfloor_engine.calendars import CalendarSet, compile_calendar, pack, to_tick
from watchfloor_engine.kernels import I64, MISSING
from watchfloor_engine.network import COMPLETE, Constraint, Link, Network, build_network
from watchfloor_engine.resident import ResidentSchedule
from watchfloor_engine.schedule import Options, schedule
from watchfloor_engine.simulate import Distribution, Shape, simulate

START = to_tick(datetime(2026, 1, 5, 8))
HOUR = 600
SIZES = (1_000, 10_000, 100_000, 1_000_000)
PER_PROJECT = 1_000
PEER_SIZES = {"mpxj": 100_000, "trueppm": 10_000, "networkx": 100_000, "taskjuggler": 1_000}
DRAWS = 10_000


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


def agreed(size: int, kinds: bool, lags: bool, *, seed: int = 20260105) -> Network:
    """One project of many strands, on the office week without holidays, nothing started: what every peer can say.

    Calendar 1 of ``office`` works 8 to 12 and 13 to 17 from Monday to Friday, as MPXJ's default does.
    """
    chance = np.random.default_rng(seed)
    succ = np.repeat(np.arange(size), 2)
    pred = succ - chance.integers(1, 51, succ.size)
    keep = pred // PER_PROJECT == succ // PER_PROJECT
    pred, succ = pred[keep], succ[keep]
    pairs = np.unique(np.stack((pred, succ)), axis=1)  # some peers take one link per pair
    pred, succ = pairs[0], pairs[1]
    return build_network(
        kind=np.zeros(size),
        calendar=np.ones(size),
        duration_ticks=chance.integers(1, 20, size) * 8 * HOUR,
        project_start=[START],
        pred=pred,
        succ=succ,
        link=chance.choice([0, 1, 2, 3], pred.size, p=[0.8, 0.08, 0.1, 0.02]) if kinds else np.zeros(pred.size),
        lag_ticks=chance.choice([0, 8, 24], pred.size, p=[0.8, 0.1, 0.1]) * HOUR if lags else None,
        lag_calendar=np.ones(pred.size),
    )


def office(years: int) -> CalendarSet:
    """The week of ``agreed``, long enough for its longest chain."""
    week: Any = [[(4800, 7200), (7800, 10_200)]] * 5 + [[], []]
    return pack([compile_calendar(week, [], first_day=9_400, last_day=9_400 + years * 366)])


def milliseconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Median of warm runs."""
    work()
    return statistics.median(_once(work) for _ in range(repeats))


def _once(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def resident_bytes() -> int:
    """Memory the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def beside(name: str, size: int, repeats: int) -> dict[str, Any]:
    """A peer and ours in turns over the same network."""
    net = agreed(size, kinds=name in ("mpxj", "trueppm"), lags=name == "mpxj")
    cal = office(20)
    peer = getattr(peers, name)(net)
    if peer is None:
        return {f"ratio_{name}": None}
    # Both sides without a data date; MPXJ's constraints and floats are those of MS Project.
    options = Options(data_date_is_floor=False)
    ours = schedule(net, cal, options)
    theirs, mine = [], []
    for _ in range(repeats):
        # Each side runs twice and is timed the second time, so that neither finds the other's data in the caches.
        peer.run()
        theirs.append(_once(peer.run))
        schedule(net, cal, options)
        mine.append(_once(lambda: schedule(net, cal, options)))
    found = {
        f"{name}_activities": size,
        f"{name}_ms": round(statistics.median(theirs), 1),
        f"ours_beside_{name}_ms": round(statistics.median(mine), 2),
        f"ratio_{name}": round(statistics.median(t / m for t, m in zip(theirs, mine, strict=True)), 1),
    }
    starts = peer.starts()
    if starts is not None:
        found[f"{name}_equal_early_starts"] = round(float((starts == (ours.early_start - START) // 10).mean()), 6)
    return found


def changes(resident: ResidentSchedule, remaining: I64, open_: I64, draws: int, seed: int) -> I64:
    """Nanoseconds of each of so many changes of a random incomplete activity by a tenth, up or down."""
    chance = np.random.default_rng(seed)
    which = chance.choice(open_, draws)
    factor = chance.choice((0.9, 1.1), draws)
    now = remaining.copy()
    taken = np.empty(draws, dtype=np.int64)
    for k, activity in enumerate(which.tolist()):
        ticks = max(1, int(now[activity] * factor[k]))
        began = time.perf_counter_ns()
        resident.set_remaining(activity, ticks)
        taken[k] = time.perf_counter_ns() - began
        now[activity] = ticks
    return taken


def measure(
    sizes: tuple[int, ...] = SIZES, *, seed: int = 1, repeats: int = 5, with_peers: bool = True
) -> dict[str, Any]:
    """All figures; ``growth`` has one row per size."""
    cal, options = calendars(), Options()
    rows: list[dict[str, Any]] = []
    for size in sizes:
        began = time.perf_counter()
        net = portfolio(size)
        row: dict[str, Any] = {
            "activities": size,
            "links": net.links,
            "build_ms": round((time.perf_counter() - began) * 1000, 1),
            "schedule_ms": round(milliseconds(lambda n=net: schedule(n, cal, options), repeats), 3),
        }
        remaining, open_ = net.remaining.copy(), np.flatnonzero(net.status != COMPLETE)
        gc.collect()
        before = resident_bytes()
        resident = ResidentSchedule(net, cal, options)
        shared = sum(each.nbytes for each in (*net.arrays, net.order, net.position))
        row["bytes_per_activity"] = round((resident_bytes() - before + shared) / size)
        row["counted_bytes_per_activity"] = round(resident.nbytes / size)
        row["full_ms"] = round(milliseconds(resident.recompute, repeats), 3)
        taken = changes(resident, remaining, open_, DRAWS, seed)
        row["single_p50_us"], row["single_p99_us"] = (round(float(x) / 1000, 1) for x in np.percentile(taken, (50, 99)))
        row["single_max_us"] = round(float(taken.max()) / 1000, 1)
        kept = resident.early_finish, resident.late_start, resident.total_float
        resident.recompute()
        anew = resident.early_finish, resident.late_start, resident.total_float
        row["equal_to_whole_pass"] = all(bool((one == other).all()) for one, other in zip(kept, anew, strict=True))
        rows.append(row)
        del net, resident
        gc.collect()
    last = rows[-1]
    result: dict[str, Any] = {
        name: last[name]
        for name in (
            "activities", "full_ms", "schedule_ms", "single_p50_us", "single_p99_us", "single_max_us",
            "bytes_per_activity",
        )
    }  # fmt: skip
    if with_peers:
        for name, size in PEER_SIZES.items():
            result |= beside(name, min(size, max(sizes)), repeats)
    small = portfolio(400)
    spread = Distribution.of_factors(small, Shape.TRIANGULAR, 0.9, 1.0, 1.3)
    simulated = milliseconds(lambda: simulate(small, cal, options, spread, runs=1000, seed=1))
    result["simulation_400x1000_ms"] = round(simulated, 1)
    result["growth"] = rows
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="activities, comma separated")
    parser.add_argument("--seed", type=int, default=1, help="of the changes")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--alone", action="store_true", help="without the peers")
    given = parser.parse_args()
    sizes = tuple(int(s) for s in given.sizes.split(","))
    result = measure(sizes, seed=given.seed, repeats=given.repeats, with_peers=not given.alone)
    if given.json:
        print(json.dumps(result, indent=2))
        return
    for row in result.pop("growth"):
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    for name, value in result.items():
        print(f"{name} {value}")


if __name__ == "__main__":
    main()
