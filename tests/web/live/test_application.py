"""The live application as a browser meets it: sign-in, foreign sites, events, refetch, sign-out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.models import User
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.journal.operations import append
from watchfloor.journal.queries import head, newest
from watchfloor.kit.viewer import SYSTEM
from watchfloor.portfolio import operations as portfolio
from watchfloor.web import fragments
from watchfloor.web.live.application import LiveApplication

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One live part whose text names its viewer's rights."""
    part = fragments.Fragment(
        "problem_box.html",
        lambda viewer, key: {"title": f"{key}", "message": sorted(viewer.organisation)},
        lambda fact: ("tile:7",),
    )
    monkeypatch.setattr(fragments, "FRAGMENTS", {"tile": part})
    return None


@pytest.fixture
def cookie() -> bytes:
    record = accounts.create_user(SYSTEM, username="duty", now=NOW)
    accounts.grant(SYSTEM, user_id=record.id, role="duty_officer", now=NOW)
    client = Client()
    client.force_login(User.objects.get(pk=record.id), backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}".encode()


class Browser:
    """Sends one request to the application and gathers what comes back."""

    def __init__(self, live: LiveApplication, path: str, query: str = "", **headers: str) -> None:
        names = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost"), *names.items()],
        }
        self._gone = asyncio.Event()
        self.status = 0
        self.body = b""
        self.task = asyncio.create_task(live(self._scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")

    def leave(self) -> None:
        self._gone.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(300):
            if holds():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"never came: {self.status} {self.body!r}")


def run(scene: Callable[[LiveApplication], Awaitable[None]]) -> None:
    async def whole() -> None:
        live = LiveApplication()
        await live.start()
        try:
            await scene(live)
        finally:
            await live.stop()

    asyncio.run(whole())


def in_thread(function: Callable[..., Any], *arguments: Any, **named: Any) -> Awaitable[Any]:
    def inside() -> Any:
        from django.db import connection

        try:
            with transaction.atomic():
                return function(*arguments, **named)
        finally:
            connection.close()

    return asyncio.to_thread(inside)


def test_without_a_session_nothing_is_told() -> None:
    async def scene(live: LiveApplication) -> None:
        for path in ("/live/events", "/live/fragments"):
            for headers in ({}, {"cookie": f"{settings.SESSION_COOKIE_NAME}=made-up-session-key"}):
                browser = Browser(live, path, "v=0&f=tile:7", **headers)
                await browser.task
                assert browser.status == 401

    run(scene)


def test_other_sites_foreign_hosts_and_other_methods_are_refused(cookie: bytes) -> None:
    async def scene(live: LiveApplication) -> None:
        text = cookie.decode()
        cross = Browser(live, "/live/fragments", "v=0&f=tile:7", cookie=text, sec_fetch_site="cross-site")
        await cross.task
        assert cross.status == 403
        foreign = Browser(live, "/live/events", cookie=text)
        foreign._scope["headers"][0] = (b"host", b"evil.example")
        await foreign.task
        assert foreign.status == 400
        posted = Browser(live, "/live/events", cookie=text)
        posted._scope["method"] = "POST"
        await posted.task
        assert posted.status == 405
        unknown = Browser(live, "/live/else", cookie=text)
        await unknown.task
        assert unknown.status == 404

    run(scene)


def test_a_refetch_brings_the_parts_named_and_null_for_what_there_is_not(cookie: bytes) -> None:
    async def scene(live: LiveApplication) -> None:
        browser = Browser(live, "/live/fragments", "v=0&f=tile:7&f=nothing", cookie=cookie.decode())
        await browser.task
        assert browser.status == 200
        html = json.loads(browser.body)["html"]
        assert "alert.act" in html["tile:7"]
        assert html["nothing"] is None

    run(scene)


def test_a_refetch_with_nonsense_is_refused_not_broken(cookie: bytes) -> None:
    async def scene(live: LiveApplication) -> None:
        many = "v=0&" + "&".join(f"f=tile:{number}" for number in range(400))
        for query in ("", "v=x&f=tile:7", "v=0", many):
            browser = Browser(live, "/live/fragments", query, cookie=cookie.decode())
            await browser.task
            assert browser.status == 400, query

    run(scene)


def test_a_commit_reaches_an_open_page_as_an_id_without_content(cookie: bytes, settings: Any) -> None:
    async def scene(live: LiveApplication) -> None:
        browser = Browser(live, "/live/events", cookie=cookie.decode())
        await browser.until(lambda: b"event: hello" in browser.body)
        fact = await in_thread(append, "plan.revised", viewer=SYSTEM, now=NOW, project_id=7, data={"secret": "figure"})
        await browser.until(lambda: b"event: changes" in browser.body)
        assert f'id: {fact}\nevent: changes\ndata: {{"v":{fact},"f":["tile:7"]}}' in browser.body.decode()
        assert b"figure" not in browser.body
        browser.leave()
        await asyncio.wait_for(browser.task, 2)
        assert not live._hub.streams  # type: ignore[union-attr]

    run(scene)


def test_an_open_stream_ends_within_seconds_of_signing_out(cookie: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchfloor.web.live.application.RECHECK_S", 0.05)

    async def scene(live: LiveApplication) -> None:
        browser = Browser(live, "/live/events", cookie=cookie.decode())
        await browser.until(lambda: b"event: hello" in browser.body)

        def sign_out() -> None:
            from django.contrib.sessions.models import Session

            Session.objects.all().delete()

        await in_thread(sign_out)
        await asyncio.wait_for(browser.task, 5)
        after = Browser(live, "/live/fragments", "v=0&f=tile:7", cookie=cookie.decode())
        await after.task
        assert after.status == 401

    run(scene)


def test_rights_taken_away_end_with_the_fact_that_tells_of_it(cookie: bytes) -> None:
    async def scene(live: LiveApplication) -> None:
        before = Browser(live, "/live/fragments", "v=0&f=tile:7", cookie=cookie.decode())
        await before.task
        assert "alert.act" in json.loads(before.body)["html"]["tile:7"]
        stream = Browser(live, "/live/events", cookie=cookie.decode())
        await stream.until(lambda: b"event: hello" in stream.body)

        def take_away() -> None:
            user = User.objects.get(username="duty")
            user.grants.all().delete()
            append("access.changed", viewer=SYSTEM, now=NOW, subject_kind="user", subject_id=user.pk)

        await in_thread(take_away)
        last = await in_thread(head)
        await stream.until(lambda: live._hub.position >= last)  # type: ignore[union-attr]
        after = Browser(live, "/live/fragments", f"v={last}&f=tile:7", cookie=cookie.decode())
        await after.task
        assert "alert.act" not in json.loads(after.body)["html"]["tile:7"]
        await stream.until(lambda: b'"f":["*"]' in stream.body)
        stream.leave()
        await stream.task

    run(scene)


def test_a_page_of_one_client_hears_nothing_of_another_and_within_seconds_of_losing_a_project() -> None:
    project_ids = {}
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    for code in ("A", "B"):
        portfolio.create_client(SYSTEM, code=code, name=code, now=NOW)
        project = portfolio.create_project(
            SYSTEM, programme_code="HB", code=f"{code}-1", name=code, client_code=code, now=NOW
        )
        project_ids[code] = project.id
    record = accounts.create_user(SYSTEM, username="carla", now=NOW)
    accounts.grant(SYSTEM, user_id=record.id, role="viewer", client_code="A", now=NOW)
    client = Client()
    client.force_login(User.objects.get(pk=record.id), backend="django.contrib.auth.backends.ModelBackend")
    signed_in = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    seen = newest(viewer_by_id(record.id))

    async def scene(live: LiveApplication) -> None:
        stream = Browser(live, "/live/events", cookie=signed_in)
        await stream.until(lambda: b"event: hello" in stream.body)
        assert f'data: {{"v":{seen},"f":[]}}' in stream.body.decode()
        for _ in range(5):
            last = await in_thread(append, "plan.revised", viewer=SYSTEM, now=NOW, project_id=project_ids["B"])
        await stream.until(lambda: live._hub.position >= last)  # type: ignore[union-attr]
        await asyncio.sleep(0.2)
        assert b"event: changes" not in stream.body
        own = await in_thread(append, "plan.revised", viewer=SYSTEM, now=NOW, project_id=project_ids["A"])
        await stream.until(lambda: f'{{"v":{own},"f":["tile:7"]}}' in stream.body.decode())
        began = asyncio.get_running_loop().time()
        await in_thread(portfolio.change_project, SYSTEM, project_ids["A"], client_code="B", now=NOW)
        await stream.until(lambda: b'"f":["*"]' in stream.body)
        assert asyncio.get_running_loop().time() - began < 5
        told = len(stream.body)
        gone = await in_thread(append, "plan.revised", viewer=SYSTEM, now=NOW, project_id=project_ids["A"])
        await stream.until(lambda: live._hub.position >= gone)  # type: ignore[union-attr]
        await asyncio.sleep(0.2)
        assert len(stream.body) == told
        stream.leave()
        await stream.task

    run(scene)
