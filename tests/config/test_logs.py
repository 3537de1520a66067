"""Log lines: one JSON object each, without secrets."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from watchfloor.config.logs import JsonLines, without_secrets


def line(message: str, *arguments: object, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("watchfloor.web", logging.INFO, __file__, 1, message, arguments, None)
    record.__dict__.update(extra)
    told = json.loads(JsonLines().format(record))
    assert isinstance(told, dict)
    return told


def test_a_record_is_one_object_with_time_level_and_message() -> None:
    told = line("%s %s", "GET", "/portfolio", status_code=200)
    assert told["message"] == "GET /portfolio"
    assert told["status_code"] == 200
    assert str(told["at"]).endswith("+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "token wf_AbCdEf0123456789 was used",
        "GET /sign-in/link/hunter2hunter2",
        "connecting to postgresql://me:hunter2hunter2@db/watch",
    ],
)
def test_secrets_are_blotted_out_wherever_they_stand(text: str) -> None:
    assert "[hidden]" in without_secrets(text)
    assert "hunter2" not in without_secrets(text)
    assert "AbCdEf0123456789" not in without_secrets(text)


def test_a_trace_is_part_of_the_line_and_blotted_too() -> None:
    try:
        raise RuntimeError("postgresql://me:hunter2@db/watch")
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    text = JsonLines().format(record)
    assert "RuntimeError" in text
    assert "hunter2" not in text
    assert "\n" not in text
