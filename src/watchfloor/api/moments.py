"""Moments as callers send them."""

from __future__ import annotations

from datetime import UTC, datetime


def aware(at: datetime) -> datetime:
    """The moment; one without a zone is in UTC, as the document says."""
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
