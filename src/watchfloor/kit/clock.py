"""The one place where the wall clock is read. Only interfaces and ``pipeline`` call it; everything else is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_STANDING: ContextVar[datetime | None] = ContextVar("standing", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC; inside :func:`standing_at` the moment stood at."""
    return _STANDING.get() or datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime | None) -> Iterator[None]:
    """Read the clock as it stood at a past moment, for a page that shows how things were; None changes nothing.

    Whatever such a page counts from now (days, countdowns, "3 d ago") then counts from there. Only reading happens
    inside: the journal takes no fact from who looks at the past.
    """
    token = _STANDING.set(moment)
    try:
        yield
    finally:
        _STANDING.reset(token)
