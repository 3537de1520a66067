"""Reading the journal: live events, audit, "what changed since"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from watchfloor.journal.models import Cursor, Fact
from watchfloor.kit.discretion import discreet_data
from watchfloor.kit.viewer import Viewer

MOST_STREAMED = 200_000  # facts in one export; a longer one goes on with the last id
_MOST_KINDS = 200


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


@dataclass(frozen=True, slots=True)
class ChainedFact:
    """A fact with the digest that chains it to the one before."""

    fact: FactRecord
    digest: str


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a reader of the audit asks for; everything that is given must hold.

    ``kind`` may end in a dot and then stands for all kinds below it. ``text`` is looked for in kind, person and data.
    """

    kind: str = ""
    actor: str = ""  # part of a name
    subject_kind: str = ""
    subject_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None  # itself not included
    text: str = ""

    def of(self, viewer: Viewer, rows: QuerySet[Fact]) -> QuerySet[Fact]:
        """The rows that this leaves."""
        if self.kind:
            rows = rows.filter(kind__startswith=self.kind) if self.kind.endswith(".") else rows.filter(kind=self.kind)
        if self.actor:
            rows = rows.filter(actor_name__icontains=self.actor)
        if self.subject_kind:
            rows = rows.filter(subject_kind=self.subject_kind)
        if self.subject_id is not None:
            rows = rows.filter(subject_id=self.subject_id)
        if self.since is not None:
            rows = rows.filter(recorded_at__gte=self.since)
        if self.until is not None:
            rows = rows.filter(recorded_at__lt=self.until)
        if self.text:
            in_data = Q(said__icontains=self.text)
            for permission in ("cost.view", "internal.view"):
                # What may not be read may not be found either, else it could be guessed digit by digit.
                if (readable := viewer.project_ids(permission)) is not None:
                    in_data &= Q(project_id=None) | Q(project_id__in=readable)
            rows = rows.annotate(said=Cast("data", TextField())).filter(
                in_data | Q(kind__icontains=self.text) | Q(actor_name__icontains=self.text)
            )
        return rows


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
    narrowed: Narrowing | None = None,
) -> tuple[FactRecord, ...]:
    """Facts with ``after < id < before`` of what the viewer may see, at most ``limit``.

    ``permission`` is what it takes on a project: seeing it for what happened lately, ``journal.view`` for audit.
    Facts without a project concern the organisation: everybody who may see the whole of it, or did it, sees them.
    """
    rows = _facts(viewer, after=after, before=before, kinds=kinds, project_id=project_id, permission=permission)
    if narrowed is not None:
        rows = narrowed.of(viewer, rows)
    order = "-id" if newest_first else "id"
    return tuple(_record(viewer, fact) for fact in rows.order_by(order)[:limit])


def streamed(
    viewer: Viewer,
    *,
    after: int = 0,
    before: int | None = None,
    project_id: int | None = None,
    narrowed: Narrowing | None = None,
    limit: int = MOST_STREAMED,
) -> Iterator[ChainedFact]:
    """The audit from the oldest fact on, one after another and each with its digest, for who has ``journal.view``."""
    rows = _facts(viewer, after=after, before=before, project_id=project_id, permission="journal.view")
    if narrowed is not None:
        rows = narrowed.of(viewer, rows)
    for fact in rows.order_by("id")[: min(limit, MOST_STREAMED)].iterator(chunk_size=2000):
        yield ChainedFact(_record(viewer, fact), fact.digest)


def _facts(
    viewer: Viewer,
    *,
    after: int,
    before: int | None,
    project_id: int | None,
    permission: str,
    kinds: Collection[str] | None = None,
) -> QuerySet[Fact]:
    rows = Fact.objects.filter(id__gt=after)
    if viewer.as_of is not None:
        rows = rows.filter(recorded_at__lte=viewer.as_of)
    if before is not None:
        rows = rows.filter(id__lt=before)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if project_id is not None:
        rows = rows.filter(project_id=project_id)
    visible = viewer.project_ids(permission)
    if visible is not None:
        rows = rows.filter(Q(project_id__in=visible) | Q(project_id=None, actor_id=viewer.user_id or -1))
    return rows


def kinds_known(viewer: Viewer) -> tuple[str, ...]:
    """Every kind of fact there is for the viewer, for a filter."""
    rows = _facts(viewer, after=0, before=None, project_id=None, permission="journal.view")
    return tuple(rows.order_by("kind").values_list("kind", flat=True).distinct()[:_MOST_KINDS])


def newest(viewer: Viewer, *, permission: str = "project.view") -> int:
    """Id of the newest fact, now or at a moment, that concerns the viewer or everybody; 0 when there is none.

    How far the journal itself has come would tell whoever sees only some projects how much happens in the others.
    """
    visible = viewer.project_ids(permission)
    known = Fact.objects.all() if viewer.as_of is None else Fact.objects.filter(recorded_at__lte=viewer.as_of)
    if visible is None:
        return known.order_by("-id").values_list("id", flat=True).first() or 0
    about = Q(subject_kind="organisation") | Q(actor_id=viewer.user_id or -1)
    reached = [pk for pk, granted in viewer.programmes.items() if permission in granted]
    about |= Q(subject_kind="programme", subject_id__in=reached)
    rows = known.filter(Q(project_id__in=visible) | (Q(project_id=None) & about))
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


def head() -> int:
    """Id of the newest fact; 0 when there is none."""
    return Fact.objects.order_by("-id").values_list("id", flat=True).first() or 0


def position(consumer: str) -> int:
    """How far the consumer has read; 0 at first."""
    return Cursor.objects.filter(consumer=consumer).values_list("position", flat=True).first() or 0


def followed_until(consumer: str, now: datetime) -> float:
    """Seconds since the oldest fact that the consumer has not read was recorded; 0 when it has read them all."""
    oldest = Fact.objects.filter(pk__gt=position(consumer)).order_by("id").values_list("recorded_at", flat=True).first()
    return max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0


def _record(viewer: Viewer, fact: Fact) -> FactRecord:
    return FactRecord(
        fact.id,
        fact.kind,
        fact.recorded_at,
        fact.actor_id,
        fact.actor_name,
        fact.project_id,
        fact.subject_kind,
        fact.subject_id,
        discreet_data(viewer, fact.project_id, fact.data),
    )
