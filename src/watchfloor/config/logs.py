"""Logs as one JSON object per line on standard error: UTC, no secrets, no request bodies."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

# Tokens, sign-in links and URL passwords must not reach a log even when a message quotes them.
_SECRETS = re.compile(r"wf_[A-Za-z0-9_-]{8,}|(?<=/sign-in/link/)[^/\s\"']+|(?<=://)([^:/@\s]+):[^@\s]+(?=@)")
_EXTRAS = ("request_id", "viewer", "path", "status_code", "duration_ms", "job", "kind", "project_id")


class JsonLines(logging.Formatter):
    """A record as one line of JSON, with what tells where it came from and never what was typed in."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            "process": record.process,
        }
        line.update({name: getattr(record, name) for name in _EXTRAS if hasattr(record, name)})
        if record.exc_info:
            line["trace"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def without_secrets(text: str) -> str:
    """The text with API tokens, sign-in secrets and passwords in URLs blotted out."""
    return _SECRETS.sub("[hidden]", text)
