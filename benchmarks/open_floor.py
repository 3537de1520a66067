"""Open pages for benchmarks: seats with a session each, the stream and refetches of a floor as live.ts does them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

GATHER_S = 0.04  # as long as the page waits for more before it refetches (frontend/src/live.ts)
MOST_PARTS = 60


@dataclass(slots=True)
class Seat:
    """What a viewer needs: a cookie, the parts the floor shows them, and the projects they may see."""

    cookie: str
    parts: frozenset[str]
    visible: frozenset[int] | None
    seen: dict[int, float] = field(default_factory=dict)  # version → when its answer was complete
    refetches: int = 0
    bytes_received: int = 0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def seats_of(viewers: int) -> list[Seat]:
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


async def watch(port: int, seat: Seat) -> None:
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


async def page(port: int, path: str, cookie: str) -> str:
    """A whole answer, head and body."""
    reader, out = await asyncio.open_connection("127.0.0.1", port)
    out.write(_request(path, cookie).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    whole = await reader.read()
    out.close()
    assert b" 200 " in whole.split(b"\r\n", 1)[0], whole[:300]
    return whole.decode()


async def look_at_the_floor(port: int, seats: Sequence[Seat]) -> None:
    """Which live parts the floor shows each permission set; the page is asked, not assumed."""
    known: dict[frozenset[int] | None, frozenset[str]] = {}
    for seat in seats:
        if seat.visible not in known:
            html = await page(port, "/", seat.cookie)
            known[seat.visible] = frozenset(re.findall(r'data-fragment="([^"]+)"', html))
            assert known[seat.visible], "the floor shows no live part"
        seat.parts = known[seat.visible]


async def until_up(port: int) -> None:
    """Wait for the server, two minutes at most."""
    for _ in range(2400):
        with contextlib.suppress(OSError):
            _, out = await asyncio.open_connection("127.0.0.1", port)
            out.close()
            return
        await asyncio.sleep(0.05)
    raise SystemExit("the server did not come up")


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its children that still run; 0 where /proc does not tell."""
    total = 0.0
    tick = os.sysconf("SC_CLK_TCK")
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rsplit(")", 1)[1].split()
            if int(path.parent.name) == pid or int(fields[1]) == pid:
                total += (int(fields[11]) + int(fields[12])) / tick
    return total
