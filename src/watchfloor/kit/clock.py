"""The one place where the wall clock is read. Only interfaces and ``pipeline`` call it; everything else is told."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
