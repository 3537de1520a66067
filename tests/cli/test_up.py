"""The process tree: one command starts everything, and nothing outlives it, however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
PORT = 8497
PATIENCE_S = 180


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    home = tmp_path / "home"
    environment = {**os.environ, "WATCHFLOOR_HOME": str(home), "WATCHFLOOR_PORT": str(PORT)}
    environment.pop("WATCHFLOOR_DATABASE_URL", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "watchfloor.cli.main", "up", "--sample", "none"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process, home
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def said_until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if found := re.search(pattern, line):
            return found
    raise AssertionError(told)


def family(process: subprocess.Popen[str]) -> set[int]:
    """The process and all below it, as /proc tells."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(path.read_text().rsplit(")", 1)[1].split()[1]), []).append(int(path.parent.name))
        except OSError:
            continue
    found, waiting = set(), [process.pid]
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting += children.get(pid, [])
    return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def all_gone(pids: set[int], *, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not any(runs(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def status_of(path: str) -> int:
    with closing(HTTPConnection("127.0.0.1", PORT, timeout=30)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as response:
            return response.status


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_ctrl_c_stops_everything_and_a_second_start_keeps_the_data(
    started: tuple[subprocess.Popen[str], Path],
) -> None:
    process, home = started
    link = said_until(process, r"(/sign-in/link/\S+)")
    assert status_of("/livez") == 200
    assert status_of("/readyz") == 200
    assert status_of(link.group(1)) == 200
    assert status_of("/portfolio") == 302
    pids = family(process)
    assert len(pids) >= 3
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert all_gone(pids, within_s=5)
    assert (home / "watchfloor.sqlite3").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_children_die_with_a_parent_that_was_killed_outright(started: tuple[subprocess.Popen[str], Path]) -> None:
    process, _ = started
    said_until(process, r"(/sign-in/link/\S+)")
    pids = family(process)
    process.kill()
    process.wait()
    assert all_gone(pids, within_s=10)


def test_a_second_up_on_the_same_folder_is_refused(started: tuple[subprocess.Popen[str], Path]) -> None:
    process, home = started
    said_until(process, r"(/sign-in/link/\S+)")
    second = subprocess.run(
        [sys.executable, "-m", "watchfloor.cli.main", "up", "--sample", "none"],
        env={**os.environ, "WATCHFLOOR_HOME": str(home), "WATCHFLOOR_PORT": str(PORT + 1)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert second.returncode == 1
    assert "already up" in second.stderr
