"""A real server with its pipeline, and a headless Chromium. Skipped by name where there is no browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PASSWORD = "Berth-4-is-late"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
_START_S = 180


def _chromium() -> str | None:
    named = os.environ.get("WATCHFLOOR_CHROMIUM")
    candidates = [named] if named else ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next((path for name in candidates if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server on a seeded home of its own."""
    if _chromium() is None:
        pytest.skip("no Chromium: name one in WATCHFLOOR_CHROMIUM, or put it on PATH")
    built = Path(__file__).parents[2] / "src/watchfloor/web/static/build/app.js"
    if not built.exists():
        pytest.skip("the front end is not built: run `make setup`")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WATCHFLOOR_")},
        "WATCHFLOOR_HOME": str(home),
        "WATCHFLOOR_PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "watchfloor.config.settings",
    }
    subprocess.run(
        [sys.executable, str(Path(__file__).parent / "seed.py")], env=environment, check=True, timeout=_START_S
    )
    running = [
        subprocess.Popen([sys.executable, "-m", "watchfloor.cli.main", part, "--with-parent"], env=environment)
        for part in ("web", "pipeline")
    ]
    try:
        _wait_for(f"http://127.0.0.1:{port}/livez", running[0])
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=20)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended before it answered"
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not answer in time")


@pytest.fixture(scope="session")
def browser(server: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_chromium(), args=_FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def signed_in(server: str, browser: Any) -> Any:
    """The cookies of a browser in which Ada has signed in by hand."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server}/sign-in?next=/portfolio")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portfolio")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def page(server: str, browser: Any, signed_in: Any) -> Iterator[Any]:
    """A fresh page of Ada's; a script error anywhere fails the test."""
    context = browser.new_context(
        base_url=server, storage_state=signed_in, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)
    opened.set_default_timeout(60_000)
    yield opened
    context.close()
    assert not problems, problems
