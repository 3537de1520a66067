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
import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.sample_home import prepare, sample_home

GATHER_S = 0.04  # as long as the page waits for more before it refetches (frontend/src/live.ts)
MOST_PARTS = 60
PATIENCE_S = 10.0


@dataclass(slots=True)
class Change:
    """One commit: its fact and when it was done, on the clock all processes share."""

    fact_id: int
    project_id: int
    committed_s: float


@dataclass(slots=True)
class Seat:
    """What a viewer needs: a cookie, the parts the floor shows them, and the projects they may see."""

    cookie: str
    parts: frozenset[str]
    visible: frozenset[int] | None
    seen: dict[int, float] = field(default_factory=dict)  # version → when its answer was complete
    refetches: int = 0
    bytes_received: int = 0


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
        seats = _seats(options.viewers)
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
    parser.add_argument("--port", type=int, default=_free_port())
    parser.add_argument("--json", action="store_true", help="one line")
    parser.add_argument("--writer", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _seats(viewers: int) -> list[Seat]:
    """Accounts with sessions in three permission sets: everything, one programme, three projects."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connections, transaction

    from watchfloor.accounts import operations as accounts
    from watchfloor.accounts.models import User
    from watchfloor.accounts.queries import viewer_of
    from watchfloor.kit import clock
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.portfolio import queries as portfolio

    programmes = portfolio.programmes(SYSTEM)
    projects = portfolio.projects(SYSTEM)
    largest = max(programmes, key=lambda row: sum(project.programme_id == row.id for project in projects))
    three = [project.code for project in projects[:: max(1, len(projects) // 3)]][:3]
    scopes: list[list[dict[str, str]]] = [
        [{}],
        [{"programme_code": largest.code}],
        [{"project_code": code} for code in three],
    ]
    seats = []
    with transaction.atomic():
        for number in range(viewers):
            username = f"bench-{number:04d}"
            user = User.objects.filter(username=username).first()
            if user is None:
                record = accounts.create_user(SYSTEM, username=username, now=clock.now())
                for scope in scopes[number % 3]:
                    accounts.grant(SYSTEM, user_id=record.id, role="viewer", now=clock.now(), **scope)
                user = User.objects.get(pk=record.id)
            store = SessionStore()
            store[SESSION_KEY] = str(user.pk)
            store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
            store[HASH_SESSION_KEY] = user.get_session_auth_hash()
            store.save()
            seats.append(Seat(f"watchfloor={store.session_key}", frozenset(), viewer_of(user).project_ids()))
    connections.close_all()
    return seats


async def _run(options: argparse.Namespace, seats: list[Seat]) -> dict[str, Any]:
    server = subprocess.Popen([sys.executable, "-m", "watchfloor.cli.main", "web"], process_group=0)
    writer: subprocess.Popen[str] | None = None
    try:
        await _until_up(options.port)
        await _look_at_the_floor(options.port, seats)
        open_pages = [asyncio.create_task(_watch(options.port, seat)) for seat in seats]
        await asyncio.sleep(2)
        cpu_before = _cpu_s(server.pid)
        command = [sys.executable, "-m", "benchmarks.live", "--writer"]
        command += ["--per-second", str(options.per_second), "--seconds", str(options.seconds)]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0)
        own_before, began = time.process_time(), time.monotonic()
        changes = await asyncio.to_thread(_changes_of, writer)
        took = time.monotonic() - began
        server_cpu, own_cpu = _cpu_s(server.pid) - cpu_before, time.process_time() - own_before
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


# The page, 200 times


async def _watch(port: int, seat: Seat) -> None:
    """One open page: the stream, and refetches over one kept connection, as live.ts does it."""
    reader, out = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    fetch = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    wanted: set[str] = set()
    newest = 0
    wake = asyncio.Event()
    out.write(_request("/live/events", seat.cookie))

    async def refetch() -> None:
        while True:
            await wake.wait()
            await asyncio.sleep(GATHER_S)
            wake.clear()
            names = sorted(wanted & seat.parts)[:MOST_PARTS]
            wanted.difference_update(names or tuple(wanted))
            if not names:
                continue
            version, _ = await _fetch(fetch, seat, names, newest)
            seat.seen.setdefault(version, time.monotonic())
            if wanted & seat.parts:
                wake.set()

    fetching = asyncio.create_task(refetch())
    try:
        while line := await reader.readline():
            if not line.startswith(b"data: "):
                continue
            told = json.loads(line[6:])
            newest = max(newest, told["v"])
            wanted.update(seat.parts if "*" in told["f"] else told["f"])
            if told["f"]:
                wake.set()
    finally:
        fetching.cancel()
        out.close()
        fetch[1].close()


async def _fetch(
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], seat: Seat, names: Sequence[str], newest: int
) -> tuple[int, dict[str, str | None]]:
    reader, out = connection
    query = urlencode([("v", newest), *(("f", name) for name in names)])
    out.write(_request(f"/live/fragments?{query}", seat.cookie))
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert length is not None and b" 200 " in head.split(b"\r\n", 1)[0], head
    body = await reader.readexactly(int(length.group(1)))
    seat.refetches += 1
    seat.bytes_received += len(head) + len(body)
    # Only the version is read here: parsing 200 copies of the HTML would measure this generator, not the server.
    version = int(body[5 : body.index(b",")])
    return version, {}


def _request(path: str, cookie: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nAccept: */*\r\n\r\n".encode()


async def _page(port: int, path: str, cookie: str) -> str:
    reader, out = await asyncio.open_connection("127.0.0.1", port)
    out.write(_request(path, cookie).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    whole = await reader.read()
    out.close()
    assert b" 200 " in whole.split(b"\r\n", 1)[0], whole[:300]
    return whole.decode()


async def _look_at_the_floor(port: int, seats: Sequence[Seat]) -> None:
    """Which live parts the floor shows each permission set; the page is asked, not assumed."""
    known: dict[frozenset[int] | None, frozenset[str]] = {}
    for seat in seats:
        if seat.visible not in known:
            html = await _page(port, "/", seat.cookie)
            known[seat.visible] = frozenset(re.findall(r'data-fragment="([^"]+)"', html))
            assert known[seat.visible], "the floor shows no live part"
        seat.parts = known[seat.visible]


async def _compare_with_reload(port: int, seats: Sequence[Seat]) -> int:
    """How many parts, refetched at the end, are not in the page as a reload shows it; one seat per permission set."""
    differing = 0
    for seat in {seat.visible: seat for seat in seats}.values():
        html = _normal(await _page(port, "/", seat.cookie))
        names = sorted(seat.parts)
        for start in range(0, len(names), MOST_PARTS):
            query = urlencode([("v", 0), *(("f", name) for name in names[start : start + MOST_PARTS])])
            answer = await _page(port, f"/live/fragments?{query}", seat.cookie)
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


async def _until_up(port: int) -> None:
    for _ in range(2400):
        with contextlib.suppress(OSError):
            _, out = await asyncio.open_connection("127.0.0.1", port)
            out.close()
            return
        await asyncio.sleep(0.05)
    raise SystemExit("the server did not come up")


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process and its children that still run; 0 where /proc does not tell."""
    total = 0.0
    tick = os.sysconf("SC_CLK_TCK")
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rsplit(")", 1)[1].split()
            if int(path.parent.name) == pid or int(fields[1]) == pid:
                total += (int(fields[11]) + int(fields[12])) / tick
    return total


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
