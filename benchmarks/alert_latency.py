"""Update to alert: a plan is changed, and how long is it until the alert stands on an open page?

``python -m benchmarks.alert_latency --json`` loads the full sample into a throw-away folder (or takes ``--home``),
starts ``watchfloor web`` and ``watchfloor pipeline`` as a user runs them, and keeps open floors. Every few seconds one
project that has no open alert about time has work on its critical path made much longer, as the activity's page does
it. Latency runs from the commit of that change over forecast, detection, grouping and the watch to the last byte of
the first refetched part that holds the alert. Everything shares the same two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.open_floor import Seat, free_port, look_at_the_floor, seats_of, until_up, watch
from benchmarks.sample_home import prepare, sample_home

PATIENCE_S = 30.0
LONGER_DAYS = 90


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
        seats = [each for each in seats_of(options.viewers * 3) if each.visible is None]
        result = asyncio.run(_run(options, seats))
    print(json.dumps(result, indent=None if options.json else 2))
    sys.exit(0 if result["lost"] == 0 else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=5, help="open floors that show everything")
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument("--every", type=float, default=4.0, help="seconds between two changes")
    parser.add_argument("--size", choices=("full", "small"), default="full")
    parser.add_argument("--home", type=Path, help="a data folder with the sample loaded; it is changed")
    parser.add_argument("--port", type=int, default=free_port())
    parser.add_argument("--json", action="store_true", help="one line")
    parser.add_argument("--writer", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


async def _run(options: argparse.Namespace, seats: list[Seat]) -> dict[str, Any]:
    running = [
        subprocess.Popen([sys.executable, "-m", "watchfloor.cli.main", part], process_group=0)
        for part in ("web", "pipeline")
    ]
    try:
        await until_up(options.port)
        await look_at_the_floor(options.port, seats)
        pages = [asyncio.create_task(watch(options.port, seat)) for seat in seats]
        await asyncio.to_thread(_until_calm)
        command = [sys.executable, "-m", "benchmarks.alert_latency", "--writer"]
        command += ["--changes", str(options.changes), "--every", str(options.every)]
        writer = await asyncio.to_thread(subprocess.run, command, stdout=subprocess.PIPE, text=True, check=True)
        changes = [json.loads(line) for line in writer.stdout.splitlines()]
        alerts = await asyncio.to_thread(_alerts_after, changes)
        await _settle(seats, max(alerts.values(), default=0))
        for task in pages:
            task.cancel()
        await asyncio.gather(*pages, return_exceptions=True)
    finally:
        for process in running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(15)
    return _result(seats, changes, alerts)


def _result(seats: list[Seat], changes: list[dict[str, Any]], alerts: dict[int, int]) -> dict[str, Any]:
    latencies, lost = [], 0
    for change in changes:
        fact = alerts.get(change["project"])
        for seat in seats:
            shown = [at for version, at in seat.seen.items() if fact is not None and version >= fact]
            if shown:
                latencies.append((min(shown) - change["committed_s"]) * 1000)
            else:
                lost += 1
    latencies.sort()
    return {
        "activities": sum(each["activities"] for each in changes),
        "changes": len(changes),
        "viewers": len(seats),
        "lost": lost,
        "p50_ms": round(statistics.median(latencies), 1) if latencies else None,
        "p99_ms": round(latencies[int(len(latencies) * 0.99)], 1) if latencies else None,
        "max_ms": round(latencies[-1], 1) if latencies else None,
    }


async def _settle(seats: list[Seat], newest: int) -> None:
    """Wait for the last alert to be shown everywhere, no longer than after which it counts as lost."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and any(max(seat.seen, default=0) < newest for seat in seats):
        await asyncio.sleep(0.25)


def _until_calm() -> None:
    """Until the pipeline has nothing left to do for two seconds."""
    from django.db import connections

    from watchfloor.jobs.queries import unfinished
    from watchfloor.journal.queries import head, position
    from watchfloor.pipeline.follow import CONSUMER

    calm = 0
    deadline = time.monotonic() + 300
    while calm < 10 and time.monotonic() < deadline:
        time.sleep(0.2)
        calm = calm + 1 if position(CONSUMER) == head() and unfinished() == 0 else 0
    connections.close_all()


def _alerts_after(changes: list[dict[str, Any]]) -> dict[int, int]:
    """By project, the fact with which its alert about time was raised after its change."""
    from django.db import connections

    from watchfloor.journal.queries import facts
    from watchfloor.kit.viewer import SYSTEM

    found: dict[int, int] = {}
    deadline = time.monotonic() + PATIENCE_S
    while len(found) < len(changes) and time.monotonic() < deadline:
        for change in changes:
            raised = facts(SYSTEM, after=change["fact"], project_id=change["project"], kinds=("alert.raised",), limit=1)
            if raised:
                found[change["project"]] = raised[0].id
        time.sleep(0.2)
    connections.close_all()
    return found


def _write(options: argparse.Namespace) -> None:
    """Make critical work of one project after the other longer, at an even pace."""
    import django

    django.setup()
    from watchfloor.alerts.queries import open_alerts
    from watchfloor.forecasts.queries import activity_forecasts
    from watchfloor.journal import queries as journal
    from watchfloor.kit import clock
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.plans import operations as plans
    from watchfloor.plans.document import TICKS_PER_HOUR
    from watchfloor.plans.edits import ChangeActivity
    from watchfloor.portfolio import queries as portfolio

    late = {each.project_id for each in open_alerts(SYSTEM, limit=10_000) if each.group == "time"}
    projects = [each for each in portfolio.projects(SYSTEM) if each.is_watched and each.id not in late]
    began = time.monotonic()
    for number, project in enumerate(projects[: options.changes]):
        table = activity_forecasts(SYSTEM, project.id)
        critical = [
            at
            for at in range(len(table))
            if table.kind[at] == "task" and table.status[at] == 0 and (table.total_float_days[at] or 0) <= 0
        ]
        if not critical:
            continue
        ticks = LONGER_DAYS * 8 * TICKS_PER_HOUR
        edit = ChangeActivity(table.key[critical[0]], {"duration_ticks": ticks, "remaining_ticks": ticks})
        time.sleep(max(0.0, began + number * options.every - time.monotonic()))
        fact = journal.head()
        plans.edit_plan(SYSTEM, project.id, [edit], now=clock.now())
        told = {
            "project": project.id,
            "fact": fact,
            "committed_s": time.monotonic(),
            "activities": len(table),
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
