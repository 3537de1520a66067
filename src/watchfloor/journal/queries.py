"""Reading the journal: live events, audit, "what changed since"."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from watchfloor.journal.models import Cursor, Fact
from watchfloor.journal.operations import chained_digest
from watchfloor.kit.viewer import Viewer


@dataclass(frozen=True, slots=True)
class FactRecord:
    """One fact as stored."""

    id: int
    kind: str
    recorded_at: datetime
    actor_id: int | None
    actor_name: str
    project_id: int | None
    subject_kind: str
    subject_id: int | None
    data: Mapping[str, Any]


def facts(
    viewer: Viewer,
    *,
    after: int = 0,
    before: int | None = None,
    kinds: Collection[str] | None = None,
    project_id: int | None = None,
    newest_first: bool = False,
    limit: int = 500,
    permission: str = "project.view",
) -> tuple[FactRecord, ...]:
    """Facts with ``after < id < before`` of what the viewer may see, at most ``limit``.

    ``permission`` is what it takes on a project: seeing it for what happened lately, ``journal.view`` for audit.
    Facts without a project concern the organisation: everybody who may see the whole of it, or did it, sees them.
    """
    rows = Fact.objects.filter(id__gt=after)
    if before is not None:
        rows = rows.filter(id__lt=before)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    visible = viewer.project_ids(permission)
    if visible is not None:
        rows = rows.filter(Q(project_id__in=visible) | Q(project_id=None, actor_id=viewer.user_id or -1))
    order = "-id" if newest_first else "id"
    return tuple(_record(fact) for fact in rows.order_by(order)[:limit])


def newest(viewer: Viewer, *, permission: str = "project.view") -> int:
    """Id of the newest fact that concerns the viewer, also of what everybody may know; 0 when there is none.

    How far the journal itself has come would tell whoever sees only some projects how much happens in the others.
    """
    visible = viewer.project_ids(permission)
    if visible is None:
        return head()
    about = Q(subject_kind="organisation") | Q(actor_id=viewer.user_id or -1)
    reached = [pk for pk, granted in viewer.programmes.items() if permission in granted]
    about |= Q(subject_kind="programme", subject_id__in=reached)
    rows = Fact.objects.filter(Q(project_id__in=visible) | (Q(project_id=None) & about))
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


def head() -> int:
    """Id of the newest fact; 0 when there is none."""
    return Fact.objects.order_by("-id").values_list("id", flat=True).first() or 0


def position(consumer: str) -> int:
    """How far the consumer has read; 0 at first."""
    return Cursor.objects.filter(consumer=consumer).values_list("position", flat=True).first() or 0


def first_broken_fact() -> int | None:
    """Id of the first fact whose digest does not follow from its content and the fact before; None if all do."""
    previous = ""
    for fact in Fact.objects.order_by("id").iterator(chunk_size=2000):
        if chained_digest(previous, fact) != fact.digest:
            return fact.pk
        previous = fact.digest
    return None


def _record(fact: Fact) -> FactRecord:
    return FactRecord(
        fact.id,
        fact.kind,
        fact.recorded_at,
        fact.actor_id,
        fact.actor_name,
        fact.project_id,
        fact.subject_kind,
        fact.subject_id,
        fact.data,
    )
