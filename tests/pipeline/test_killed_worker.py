"""A worker killed at any point loses nothing: what comes out is what comes out of one that was left alone."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

SUPPORT = Path(__file__).parent.parent / "support"
WORKER, WATCH = SUPPORT / "killed_worker.py", SUPPORT / "killed_watch.py"
KILLS = 6
pytestmark = pytest.mark.slow


def child(url: str, task: str, home: Path, script: Path = WORKER) -> subprocess.Popen[str]:
    environment = {**os.environ, "WATCHFLOOR_DATABASE_URL": url, "WATCHFLOOR_HOME": str(home)}
    return subprocess.Popen(
        [sys.executable, str(script), task], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def done(url: str, task: str, home: Path, script: Path = WORKER) -> str:
    process = child(url, task, home, script)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-3000:]
    return out


def outcome(url: str, home: Path, script: Path = WORKER) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(done(url, "outcome", home, script).splitlines()[-1])
    return said


def kill_at_random(url: str, home: Path, chance: random.Random, script: Path = WORKER, most_s: float = 0.8) -> None:
    process = child(url, "work", home, script)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "working"
    time.sleep(chance.uniform(0.0, most_s))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


def check(url: str, left_alone: dict[str, Any], home: Path) -> None:
    chance = random.Random(7)
    for _ in range(KILLS):
        kill_at_random(url, home, chance)
    done(url, "work", home)  # waits for the leases of the dead to end
    said = outcome(url, home)
    # Whoever is left alone computes only the newest plan; a kill in between lets an earlier one raise the alert first,
    # and the newer one then tells its owner once more that it got worse. Nobody is left untold, and no message goes
    # twice: the database refuses a second delivery with the same idempotency key.
    said["deliveries"] = told_once(said["deliveries"])
    assert said == {**left_alone, "deliveries": told_once(left_alone["deliveries"])}
    assert said["broken"] is None
    assert said["unfinished_jobs"] == said["failed_jobs"] == 0
    assert said["raised"] == len(said["alerts"]) == len(said["deliveries"]) > 0


def told_once(deliveries: list[list[str]]) -> list[list[str]]:
    return [list(each) for each in sorted({tuple(each) for each in deliveries})]


def test_a_worker_killed_again_and_again_on_sqlite_ends_where_one_left_alone_does(tmp_path: Path) -> None:
    alone, killed = tmp_path / "alone.sqlite3", tmp_path / "killed.sqlite3"
    done(f"sqlite:///{alone}", "prepare", tmp_path)
    for suffix in ("", "-wal", "-shm"):
        if (source := alone.with_name(alone.name + suffix)).exists():
            shutil.copy(source, killed.with_name(killed.name + suffix))
    done(f"sqlite:///{alone}", "work", tmp_path)
    check(f"sqlite:///{killed}", outcome(f"sqlite:///{alone}", tmp_path), tmp_path)


def check_watch(alone: str, killed: str, home: Path) -> None:
    """Escalation over three weeks, killed in the middle of hours, tells the same people the same at the same time."""
    for url in (alone, killed):
        done(url, "prepare", home, WATCH)
    done(alone, "work", home, WATCH)
    chance = random.Random(11)
    for _ in range(KILLS):
        kill_at_random(killed, home, chance, WATCH, most_s=0.4)
    done(killed, "work", home, WATCH)
    left_alone = outcome(alone, home, WATCH)
    assert outcome(killed, home, WATCH) == left_alone
    assert left_alone["broken"] is None
    assert len(left_alone["told"]) > 20
    assert len(left_alone["keys"]) >= len(left_alone["told"])


def test_escalation_killed_again_and_again_on_sqlite_tells_nobody_twice_and_forgets_nobody(tmp_path: Path) -> None:
    check_watch(f"sqlite:///{tmp_path / 'a.sqlite3'}", f"sqlite:///{tmp_path / 'k.sqlite3'}", tmp_path)


@pytest.fixture
def two_databases(socket_enabled: None) -> Iterator[tuple[str, str]]:
    server = os.environ.get("WATCHFLOOR_TEST_POSTGRES_URL", "")
    if not server:
        pytest.skip("WATCHFLOOR_TEST_POSTGRES_URL names no server")
    parts = urlsplit(server)
    admin = urlunsplit(parts._replace(scheme="postgresql", path="/postgres"))
    names = [f"watchfloor_kill_{os.getpid()}_{each}" for each in ("alone", "killed")]
    with psycopg.connect(admin, autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield tuple(urlunsplit(parts._replace(path=f"/{name}")) for name in names)  # type: ignore[misc]
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.postgres
def test_a_worker_killed_again_and_again_on_postgresql_ends_where_one_left_alone_does(
    two_databases: tuple[str, str], tmp_path: Path
) -> None:
    alone, killed = two_databases
    for url in two_databases:
        done(url, "prepare", tmp_path)
    done(alone, "work", tmp_path)
    check(killed, outcome(alone, tmp_path), tmp_path)


@pytest.mark.postgres
def test_escalation_killed_again_and_again_on_postgresql_tells_nobody_twice_and_forgets_nobody(
    two_databases: tuple[str, str], tmp_path: Path
) -> None:
    check_watch(*two_databases, tmp_path)
