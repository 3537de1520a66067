"""Update to screen: 200 people watch the floor, projects change five times a second; how old is what they see?

``python -m benchmarks.live --json`` loads the full sample into a throw-away folder (or takes ``--home``), starts
``watchfloor web``, opens 200 event streams of 200 accounts in three permission sets, changes projects through ordinary
operations in a process of its own, and refetches like the page does. Latency runs from the commit to the last byte of
the first answer that holds the change. Server, writer and all viewers share the same two cores.

A change is lost when a viewer who may see its project has no answer with it ten seconds after the last change.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.open_floor import MOST_PARTS, Seat, cpu_s, free_port, look_at_the_floor, page, seats_of, until_up, watch
from benchmarks.sample_home import prepare, sample_home

PATIENCE_S = 10.0


@dataclass(slots=True)
class Change:
    """One commit: its fact and when it was done, on the clock all processes share."""

    fact_id: int
    project_id: int
    committed_s: float


def main() -> None:
    options = _options()
    if options.writer:
        _write(options)
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    with sample_home(options) as home:
        os.environ["WATCHFLOOR_HOME"] = str(home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")
        os.environ["WATCHFLOOR_PORT"] = str(options.port)
        os.environ["WATCHFLOOR_LOG_LEVEL"] = "WARNING"
        prepare(options)
        seats = seats_of(options.viewers)
        result = asyncio.run(_run(options, seats))
    print(json.dumps(result, indent=None if options.json else 2))
    sys.exit(0 if result["lost"] == 0 else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--per-second", type=float, default=5.0, help="changes per second")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long projects change")
    parser.add_argument("--size", choices=("full", "small"), default="full")
    parser.add_argument("--home", type=Path, help="a data folder with the sample loaded; it is changed")
    parser.add_argument("--port", type=int, default=free_port())
    parser.add_argument("--json", action="store_true", help="one line")
    parser.add_argument("--writer", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


async def _run(options: argparse.Namespace, seats: list[Seat]) -> dict[str, Any]:
    server = subprocess.Popen([sys.executable, "-m", "watchfloor.cli.main", "web"], process_group=0)
    writer: subprocess.Popen[str] | None = None
    try:
        await until_up(options.port)
        await look_at_the_floor(options.port, seats)
        open_pages = [asyncio.create_task(watch(options.port, seat)) for seat in seats]
        await asyncio.sleep(2)
        cpu_before = cpu_s(server.pid)
        command = [sys.executable, "-m", "benchmarks.live", "--writer"]
        command += ["--per-second", str(options.per_second), "--seconds", str(options.seconds)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0)
        own_before, began = time.process_time(), time.monotonic()
        changes = await asyncio.to_thread(_changes_of, writer)
        took = time.monotonic() - began
        server_cpu, own_cpu = cpu_s(server.pid) - cpu_before, time.process_time() - own_before
        await _settle(seats, changes)
        for task in open_pages:
            task.cancel()
        await asyncio.gather(*open_pages, return_exceptions=True)
        stale = await _compare_with_reload(options.port, seats)
    finally:
        for process in (server, writer):
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(15)
    return _result(seats, changes, stale, took, server_cpu, own_cpu)


def _result(
    seats: Sequence[Seat], changes: Sequence[Change], stale: int, took: float, server_cpu: float, own_cpu: float
) -> dict[str, Any]:
    latencies: list[float] = []
    lost = 0
    for seat in seats:
        arrivals = sorted(seat.seen.items())
        for change in changes:
            if seat.visible is not None and change.project_id not in seat.visible:
                continue
            answered = min((at for version, at in arrivals if version >= change.fact_id), default=None)
            if answered is None:
                lost += 1
            else:
                latencies.append((answered - change.committed_s) * 1000)
    latencies.sort()
    return {
        "viewers": len(seats),
        "permission_sets": len({seat.visible for seat in seats}),
        "changes": len(changes),
        "changes_per_s": round(len(changes) / (changes[-1].committed_s - changes[0].committed_s), 2),
        "updates_expected": len(latencies) + lost,
        "lost": lost,
        "differs_from_reload": stale,
        "p50_ms": round(statistics.median(latencies), 1),
        "p99_ms": round(latencies[int(len(latencies) * 0.99)], 1),
        "max_ms": round(latencies[-1], 1),
        "refetches": sum(seat.refetches for seat in seats),
        "received_mb": round(sum(seat.bytes_received for seat in seats) / 1e6, 1),
        "server_cpu_share": round(server_cpu / took, 2),
        "viewers_cpu_share": round(own_cpu / took, 2),
    }


async def _compare_with_reload(port: int, seats: Sequence[Seat]) -> int:
    """How many parts, refetched at the end, are not in the page as a reload shows it; one seat per permission set."""
    differing = 0
    for seat in {seat.visible: seat for seat in seats}.values():
        html = _normal(await page(port, "/", seat.cookie))
        names = sorted(seat.parts)
        for start in range(0, len(names), MOST_PARTS):
            query = urlencode([("v", 0), *(("f", name) for name in names[start : start + MOST_PARTS])])
            answer = await page(port, f"/live/fragments?{query}", seat.cookie)
            parts = json.loads(answer[answer.index("\r\n\r\n") :].strip())["html"]
            differing += sum(part is None or _normal(part) not in html for part in parts.values())
    return differing


def _normal(html: str) -> str:
    """Without white space, and without the form token, which is new on every page."""
    return re.sub(r"\s+", "", re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html))


async def _settle(seats: Sequence[Seat], changes: Sequence[Change]) -> None:
    """Wait for the last answers, no longer than after which a change counts as lost."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        await asyncio.sleep(0.25)
        newest = {
            seat.visible: max(
                (change.fact_id for change in changes if seat.visible is None or change.project_id in seat.visible),
                default=0,
            )
            for seat in seats
        }
        if all(max(seat.seen, default=0) >= newest[seat.visible] for seat in seats):
            return


# The writer, in a process of its own


def _changes_of(writer: subprocess.Popen[str]) -> list[Change]:
    assert writer.stdout is not None
    changes = [Change(*json.loads(line)) for line in writer.stdout]
    if writer.wait() or not changes:
        raise SystemExit("the writer failed")
    return changes


def _write(options: argparse.Namespace) -> None:
    """Change projects in turn, each through an ordinary operation, at an even pace."""
    import django

    django.setup()
    from watchfloor.journal import queries as journal
    from watchfloor.kit import clock
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.portfolio import operations as portfolio
    from watchfloor.portfolio import queries

    projects = [project for project in queries.projects(SYSTEM) if project.is_watched]
    began = time.monotonic()
    for number in range(int(options.per_second * options.seconds)):
        time.sleep(max(0.0, began + number / options.per_second - time.monotonic()))
        project = projects[number * 7 % len(projects)]
        # The name is on the tile: the change is visible on every floor that shows the project. It is always a new one.
        name = f"{project.name.split(' · ')[0]} · {began:.0f}-{number}"
        portfolio.change_project(SYSTEM, project.id, now=clock.now(), name=name)
        committed = time.monotonic()
        print(json.dumps([journal.head(), project.id, committed]), flush=True)


if __name__ == "__main__":
    main()
