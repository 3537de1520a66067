"""What every request meets before a page answers: headers, sign-in, hosts, health, and too many tries."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from watchfloor.accounts import operations as accounts
from watchfloor.jobs.models import Job
from watchfloor.jobs.operations import enqueue
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM

pytestmark = pytest.mark.django_db


def test_nothing_is_shown_without_signing_in(client: Client) -> None:
    for address in ("/", "/wall", "/portfolio", "/alerts", "/imports", "/users"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in"), address


def test_a_fragment_request_sends_the_whole_page_to_the_sign_in(client: Client) -> None:
    answer = client.get("/portfolio", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/sign-in"


def test_pages_allow_no_inline_code_and_are_kept_by_nobody_else(client: Client) -> None:
    answer = client.get("/sign-in")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert "private" in answer["Cache-Control"]
    assert len(answer["X-Request-Id"]) == 16


def test_a_host_nobody_named_is_refused(client: Client) -> None:
    assert client.get("/sign-in", headers={"host": "evil.example"}).status_code == 400


def test_health_answers_without_a_session_and_names_what_is_wrong(
    client: Client, tmp_path: Path, settings: Any
) -> None:
    settings.HOME = tmp_path
    Job.objects.all().delete()  # work that tests of whole processes committed is nobody's here
    assert client.get("/livez").json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok", "migrations": "ok", "pipeline": "ok", "disk": "ok"}


def test_work_that_nobody_takes_makes_the_server_not_ready(client: Client) -> None:
    enqueue("forecast", viewer=SYSTEM, now=clock.now() - timedelta(hours=1))
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["pipeline"] == "silent"


def test_wrong_passwords_lock_the_account_at_that_address_and_nobody_else() -> None:
    for name in ("mia", "tom"):
        accounts.create_user(SYSTEM, username=name, password="a long enough secret", now=clock.now())
    guesser = Client(REMOTE_ADDR="192.0.2.1")
    tries = [guesser.post("/sign-in", {"username": "mia", "password": f"guess {n}"}).status_code for n in range(10)]
    assert tries[-1] == 429
    right = {"username": "mia", "password": "a long enough secret"}
    assert guesser.post("/sign-in", right).status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.2").post("/sign-in", right).status_code == 302
    assert guesser.post("/sign-in", {**right, "username": "tom"}).status_code == 302
