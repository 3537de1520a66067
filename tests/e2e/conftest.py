"""A real server with its pipeline, and a headless Chromium. Skipped by name where there is no browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from served import START_S, chromium, fresh_environment, serving

expect.set_options(timeout=60_000)
PASSWORD = "Berth-4-is-late"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server on a seeded home of its own."""
    environment = fresh_environment(tmp_path_factory.mktemp("home"))
    subprocess.run(
        [sys.executable, str(Path(__file__).parent / "seed.py")], env=environment, check=True, timeout=START_S
    )
    with serving(environment) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    if chromium() is None:
        pytest.skip("no Chromium: name one in WATCHFLOOR_CHROMIUM, or put it on PATH")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
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
