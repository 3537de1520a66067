"""Appending facts. Call as the last write of a transaction: on PostgreSQL it serialises commits from there on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from watchfloor.journal.models import Cursor, Fact
from watchfloor.kit.db import FACTS_CHANNEL
from watchfloor.kit.errors import NotAllowed
from watchfloor.kit.viewer import Viewer

# Any constant will do, as long as nothing else in the database takes the same advisory lock.
_APPEND_LOCK = 7_240_113


def append(
    kind: str,
    *,
    viewer: Viewer,
    now: datetime,
    project_id: int | None = None,
    subject_kind: str = "",
    subject_id: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Record that something happened; returns the fact's id, which is its place in the audit order.

    Must run inside the transaction that writes what happened, so that both or neither are stored.
    """
    assert connection.in_atomic_block, "a fact is appended in the transaction of its record"
    assert now.tzinfo is not None
    if viewer.as_of is not None:
        raise NotAllowed(_("The past cannot be changed."), remedy=_("Go back to now, then repeat your change."))
    if connection.vendor == "postgresql":
        # Ids become visible in order: whoever appends waits until the one before has committed.
        with connection.cursor() as cursor:
            # The notification goes out with the commit.
            cursor.execute("SELECT pg_advisory_xact_lock(%s), pg_notify(%s, '')", [_APPEND_LOCK, FACTS_CHANNEL])
    previous = Fact.objects.order_by("-id").values_list("digest", flat=True).first() or ""
    fact = Fact(
        kind=kind,
        recorded_at=now,
        actor_id=viewer.user_id,
        actor_name=viewer.name,
        project_id=project_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        data=dict(data or {}),
    )
    fact.digest = chained_digest(previous, fact)
    fact.save(force_insert=True)
    assert fact.pk is not None
    return fact.pk


def chained_digest(previous: str, fact: Fact) -> str:
    """SHA-256 over the digest before and everything the fact says, so that no fact can change or go unseen."""
    said = [
        previous,
        fact.kind,
        fact.recorded_at.astimezone(UTC).isoformat(),
        fact.actor_id,
        fact.actor_name,
        fact.project_id,
        fact.subject_kind,
        fact.subject_id,
        fact.data,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@transaction.atomic
def advance(consumer: str, position: int) -> None:
    """Remember that the consumer has dealt with every fact up to ``position``; it never goes back."""
    row, _made = Cursor.objects.select_for_update().get_or_create(consumer=consumer)
    if position > row.position:
        row.position = position
        row.save(update_fields=("position",))
