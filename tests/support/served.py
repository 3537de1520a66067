"""A server of its own for tests that look at it through a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_S = 180
_BUILT = Path(__file__).parents[2] / "src/watchfloor/web/static/build/app.js"


def chromium() -> str | None:
    named = os.environ.get("WATCHFLOOR_CHROMIUM")
    candidates = [named] if named else ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next((path for name in candidates if (path := shutil.which(name))), None)


def fresh_environment(home: Path) -> dict[str, str]:
    """Settings for a server of its own on a free port; skips the test where it cannot be looked at."""
    if chromium() is None:
        pytest.skip("no Chromium: name one in WATCHFLOOR_CHROMIUM, or put it on PATH")
    if not _BUILT.exists():
        pytest.skip("the front end is not built: run `make setup`")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("WATCHFLOOR_")},
        "WATCHFLOOR_HOME": str(home),
        "WATCHFLOOR_PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "watchfloor.config.settings",
    }


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[str]:
    """Web and pipeline as processes of their own; ended with the block."""
    address = f"http://127.0.0.1:{environment['WATCHFLOOR_PORT']}"
    running = [
        subprocess.Popen([sys.executable, "-m", "watchfloor.cli.main", part, "--with-parent"], env=environment)
        for part in ("web", "pipeline")
    ]
    try:
        _wait_for(f"{address}/livez", running[0])
        yield address
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=20)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended before it answered"
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not answer in time")
