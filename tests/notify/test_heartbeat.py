"""Signs of life: sent while the work gets done, and not while it does not."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from watched_floor import NOW, Floor

from watchfloor.journal import operations as journal
from watchfloor.journal.queries import head
from watchfloor.notify import heartbeat

ADDRESS = "https://hc.meridian.org/ping/1"


@pytest.fixture
def asked(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    settings.HEARTBEAT_URL = ADDRESS
    found: list[str] = []

    def answer(address: str, timeout: int) -> BytesIO:
        found.append(address)
        return BytesIO()

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    return found


def test_a_sign_is_sent_while_every_fact_is_followed(floor: Floor, asked: list[str]) -> None:
    journal.advance("pipeline", head())
    assert heartbeat.beat(NOW + timedelta(days=1), consumer="pipeline")
    assert asked == [ADDRESS]


def test_none_is_sent_while_the_pipeline_is_stuck(floor: Floor, asked: list[str]) -> None:
    assert not heartbeat.beat(NOW + timedelta(days=1), consumer="pipeline")  # facts of a day ago that nobody followed
    assert asked == []


def test_none_is_sent_where_no_address_is_set(floor: Floor, asked: list[str], settings: Any) -> None:
    settings.HEARTBEAT_URL = ""
    assert not heartbeat.beat(NOW, consumer="pipeline")


def test_an_address_that_does_not_answer_is_told_without_its_secret(
    floor: Floor, asked: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(address: str, timeout: int) -> BytesIO:
        raise urllib.error.URLError(f"cannot reach {address}")

    journal.advance("pipeline", head())
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    assert not heartbeat.beat(NOW, consumer="pipeline")
    assert "ping" not in caplog.text
