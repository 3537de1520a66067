"""Reading feeds, cut to what the viewer may see.

A folder is seen by whoever sees the whole of its programme (or organisation); its files also by those who see a project
that came by them. Where a path lies on the server is told to those who may change the feed, its last name to everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from watchfloor.exchange.expecting import missing
from watchfloor.exchange.feed_records import WAITS, FeedCounts, FeedFileRecord, FeedRecord, FeedSummary, file_record
from watchfloor.exchange.models import Feed, FeedFile, FeedFollower, FeedKind, ImportedProject
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio.models import Project

FILES_SHOWN = 1_000
_MAILED = 200
_BAD = frozenset({"refused", "failed"})


def feeds(viewer: Viewer, project_id: int | None = None, *, now: datetime) -> tuple[FeedRecord, ...]:
    """Feeds of the projects, programmes and organisation the viewer sees; a fixed number of queries."""
    rows = list(_visible(viewer).order_by("project__code", "programme__code", "id"))
    if project_id is not None:
        rows = [row for row in rows if row.project_id == project_id]
    return _records(viewer, rows, now)


def feed(viewer: Viewer, feed_id: int, *, now: datetime) -> FeedRecord:
    """One feed.

    Raises:
        NotFound: it does not exist, or is not the viewer's to see.
    """
    row = _visible(viewer).filter(pk=feed_id).first()
    if row is None:
        raise NotFound(_("There is no such feed."))
    return _records(viewer, [row], now)[0]


def feed_files(viewer: Viewer, feed_id: int, *, limit: int = 200, offset: int = 0) -> tuple[FeedFileRecord, ...]:
    """Files of one feed with what became of each, read last first.

    Raises:
        NotFound: the feed is not the viewer's to see.
    """
    row = _visible(viewer).filter(pk=feed_id).first()
    if row is None:
        raise NotFound(_("There is no such feed."))
    found = FeedFile.objects.filter(feed=row).select_related("feed").order_by("-read_at", "name")[:FILES_SHOWN]
    return _file_records(viewer, found)[offset : offset + limit]


def counts(viewer: Viewer, *, now: datetime) -> FeedCounts:
    """How the feeds the viewer sees stand."""
    found = feeds(viewer, now=now)
    return FeedCounts(
        total=len(found),
        failed=sum(each.active and bool(each.last_error) for each in found),
        missing=sum(len(each.missing) for each in found),
        refused=sum(each.bad_files for each in found if each.active),
        asks=sum(each.asking_files for each in found if each.active),
    )


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who follows feeds, with what they know already."""

    user_id: int
    told_until: datetime


def followers() -> tuple[Follower, ...]:
    """Everybody who follows a feed that is read, with the earliest moment up to which they were told."""
    known: dict[int, datetime] = {}
    rows = FeedFollower.objects.filter(feed__removed_at=None).values_list("user_id", "told_until")
    for user_id, told in rows:
        known[user_id] = min(told, known.get(user_id, told))
    return tuple(Follower(user_id, told) for user_id, told in sorted(known.items()))


def summary(viewer: Viewer, *, since: datetime, until: datetime) -> FeedSummary:
    """What the feeds the viewer follows brought between two moments, and what is missing at the second."""
    rows = [row for row in _visible(viewer) if row.pk in _followed(viewer)]
    ids = [row.pk for row in rows]
    found = FeedFile.objects.filter(feed_id__in=ids, read_at__gt=since, read_at__lte=until)
    files = _file_records(viewer, found.select_related("feed").order_by("feed_id", "name")[:FILES_SHOWN])
    files = tuple(sorted(files, key=lambda each: (_urgency(each.outcome), each.name)))
    late = missing(rows, until)
    seen = viewer.project_ids()
    return FeedSummary(
        files=files[:_MAILED],
        missing=tuple(
            each
            for row in rows
            for each in late.get(row.pk, ())
            if (seen is None or each.project_id in seen) and each.due_at > since
        ),
        broken=tuple(each for each in _records(viewer, [row for row in rows if row.last_error and row.active], until)),
        left_out=max(0, len(files) - _MAILED),
    )


def may_see(viewer: Viewer, row: Feed) -> bool:
    return _holds(viewer, "internal.view", row)


def may_manage(viewer: Viewer, row: Feed) -> bool:
    return _holds(viewer, "project.manage", row)


def _holds(viewer: Viewer, permission: str, row: Feed) -> bool:
    if row.project_id is not None:
        return viewer.may(permission, row.project_id)
    if row.programme_id is not None:
        return viewer.may_in_programme(permission, row.programme_id)
    return viewer.may(permission)


def _visible(viewer: Viewer) -> QuerySet[Feed]:
    rows = Feed.objects.filter(removed_at=None).select_related("project", "programme")
    visible = viewer.project_ids("internal.view")
    if visible is None:
        return rows
    programmes = [pk for pk, granted in viewer.programmes.items() if "internal.view" in granted]
    return rows.filter(Q(project_id__in=visible) | Q(programme_id__in=programmes))


def _records(viewer: Viewer, rows: Sequence[Feed], now: datetime) -> tuple[FeedRecord, ...]:
    late = missing(rows, now)
    followed = _followed(viewer)
    outcomes: dict[int, list[str]] = {row.pk: [] for row in rows}
    for feed_id, outcome in FeedFile.objects.filter(feed_id__in=outcomes).values_list("feed_id", "outcome"):
        outcomes[feed_id].append(outcome)
    visible = viewer.project_ids()
    return tuple(
        FeedRecord(
            id=row.pk,
            kind=row.kind,
            project_id=row.project_id,
            project_code=row.project.code if row.project else "",
            programme_id=row.programme_id,
            programme_code=row.programme.code if row.programme else "",
            path=row.path if may_manage(viewer, row) else PurePath(row.path).name,
            every_seconds=row.every_seconds,
            makes_projects=row.makes_projects,
            by_command=row.by_command,
            last_run_at=row.last_run_at,
            last_change_at=row.last_change_at,
            last_error=row.last_error,
            active=row.active,
            files=len(outcomes[row.pk]),
            bad_files=sum(each in _BAD for each in outcomes[row.pk]),
            asking_files=sum(each in WAITS for each in outcomes[row.pk]),
            missing=tuple(each for each in late.get(row.pk, ()) if visible is None or each.project_id in visible),
            may_manage=may_manage(viewer, row),
            is_followed=row.pk in followed,
        )
        for row in rows
    )


def _followed(viewer: Viewer) -> frozenset[int]:
    if viewer.user_id is None:
        return frozenset()
    return frozenset(FeedFollower.objects.filter(user_id=viewer.user_id).values_list("feed_id", flat=True))


def _file_records(viewer: Viewer, rows: Iterable[FeedFile]) -> tuple[FeedFileRecord, ...]:
    """Those of the files whose project the viewer sees, and those of nobody's project for who manages the feed."""
    found = list(rows)
    codes = _project_codes(viewer, {pk for row in found for pk in (row.plan_import_id, row.last_good_id) if pk})
    kept = []
    for row in found:
        seen, hidden = codes.get(row.plan_import_id or row.last_good_id or 0, ((), False))
        if not seen:
            seen, hidden = codes.get(row.last_good_id or 0, ((), hidden))
        if seen or (not hidden and may_manage(viewer, row.feed)) or (row.feed.kind != FeedKind.FOLDER):
            kept.append(file_record(row, seen))
    return tuple(kept)


def _project_codes(viewer: Viewer, import_ids: Collection[int]) -> Mapping[int, tuple[tuple[str, ...], bool]]:
    """By import, the codes of its projects that the viewer sees, and whether there are others."""
    links = ImportedProject.objects.filter(plan_import_id__in=import_ids).values_list("plan_import_id", "project_id")
    codes = dict(Project.objects.filter(pk__in={pk for _, pk in links}).values_list("pk", "code"))
    visible = viewer.project_ids()
    found: dict[int, tuple[tuple[str, ...], bool]] = {}
    for import_id, project_id in links:
        seen, hidden = found.get(import_id, ((), False))
        if visible is None or project_id in visible:
            found[import_id] = (tuple(sorted({*seen, codes[project_id]})), hidden)
        else:
            found[import_id] = (seen, True)
    return found


def _urgency(outcome: str) -> int:
    return 0 if outcome in _BAD else 1 if outcome in WAITS else 2
