"""Setting up feeds: which file, pattern or folder is read again and again, for whom, and who is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from glob import has_magic
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.exchange import feed_queries
from watchfloor.exchange.feed_records import FeedRecord
from watchfloor.exchange.models import Feed, FeedFollower, FeedKind
from watchfloor.exchange.places import check_inside, located
from watchfloor.jobs.operations import enqueue
from watchfloor.jobs.queries import unfinished_arguments
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.models import Programme, Project

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(weeks=53)
FEEDS_MAX = 500


@transaction.atomic
def add_feed(
    viewer: Viewer,
    path: str | Path,
    *,
    project_code: str = "",
    programme_code: str = "",
    every: timedelta,
    makes_projects: bool = False,
    by_command: bool = False,
    now: datetime,
) -> FeedRecord:
    """Read this file, the newest file of this pattern, or this folder from now on.

    A file or pattern is for one project; a folder for a programme, or for the organisation when neither is named.
    ``every`` says how often a new plan is expected; it is looked for every hour at least.

    Raises:
        NotAllowed: paths are read with the rights of the server, so whoever adds one manages the whole organisation.
        Invalid: no such path, a path outside the folders allowed, or an interval out of range.
        Conflict: the same path is a feed for the same already, or there are too many.
    """
    if not viewer.may("project.manage"):
        raise NotAllowed(
            _("A feed reads a path of the server, so only who manages the whole organisation adds one."),
            remedy=_("Ask an administrator or a portfolio manager."),
        )
    if not SHORTEST <= every <= LONGEST:
        raise Invalid(_("A feed is read once a minute at most, and once a year at least."), place="every")
    where = located(str(path))
    if viewer is not SYSTEM:
        check_inside(where.parent if has_magic(where.name) else where, allowed_folders())
    kind = _kind(where)
    project, programme = _owner(viewer, kind, project_code, programme_code)
    known = Feed.objects.filter(removed_at=None)
    if known.count() >= FEEDS_MAX:
        raise Conflict(_("There are %(limit)d feeds already.") % {"limit": FEEDS_MAX}, remedy=_("Remove one."))
    if known.filter(path=str(where), project=project, programme=programme).exists():
        raise Conflict(_("This path is read already."), remedy=_("Change the feed that reads it."), place="path")
    row = Feed.objects.create(
        project=project,
        programme=programme,
        kind=kind,
        path=str(where),
        every_seconds=int(every.total_seconds()),
        makes_projects=makes_projects and kind == FeedKind.FOLDER,
        is_restricted=viewer is not SYSTEM,
        by_command=by_command,
        added_at=now,
        added_by_id=viewer.user_id,
        added_by_name=viewer.name,
    )
    if viewer.user_id is not None:
        FeedFollower.objects.create(feed=row, user_id=viewer.user_id, told_until=now)
    _tell("feed.added", row, viewer, now)
    return feed_queries.feed(viewer, row.pk, now=now)


@transaction.atomic
def change_feed(
    viewer: Viewer, feed_id: int, *, every: timedelta | None = None, active: bool | None = None, now: datetime
) -> FeedRecord:
    """Pause a feed or let it go on, or expect a plan more or less often."""
    row = _managed(viewer, feed_id)
    if every is not None:
        if not SHORTEST <= every <= LONGEST:
            raise Invalid(_("A feed is read once a minute at most, and once a year at least."), place="every")
        row.every_seconds = int(every.total_seconds())
    if active is not None:
        row.active = active
    row.save(update_fields=("every_seconds", "active"))
    _tell("feed.changed", row, viewer, now)
    return feed_queries.feed(viewer, feed_id, now=now)


@transaction.atomic
def remove_feed(viewer: Viewer, feed_id: int, *, now: datetime) -> None:
    """Read it no longer; what it brought stays. :func:`restore_feed` takes this back."""
    row = _managed(viewer, feed_id)
    row.removed_at = now
    row.save(update_fields=("removed_at",))
    _tell("feed.removed", row, viewer, now)


@transaction.atomic
def restore_feed(viewer: Viewer, feed_id: int, *, now: datetime) -> FeedRecord:
    """Take the removing of a feed back; one that is not removed stays as it is."""
    row = _managed(viewer, feed_id, removed=True)
    if row.removed_at is None:
        return feed_queries.feed(viewer, feed_id, now=now)
    row.removed_at = None
    row.save(update_fields=("removed_at",))
    _tell("feed.added", row, viewer, now)
    return feed_queries.feed(viewer, feed_id, now=now)


@transaction.atomic
def follow_feed(viewer: Viewer, feed_id: int, *, follows: bool = True, now: datetime) -> FeedRecord:
    """Be told by mail what the feed brings and what does not come, or not any more."""
    found = feed_queries.feed(viewer, feed_id, now=now)
    if viewer.user_id is None:
        raise NotAllowed(_("Only a person can follow a feed."))
    if follows:
        FeedFollower.objects.get_or_create(feed_id=found.id, user_id=viewer.user_id, defaults={"told_until": now})
    else:
        FeedFollower.objects.filter(feed_id=found.id, user_id=viewer.user_id).delete()
    return feed_queries.feed(viewer, feed_id, now=now)


def note_told(user_id: int, *, until: datetime) -> None:
    """The person knows what happened up to this moment in the feeds they follow."""
    FeedFollower.objects.filter(user_id=user_id, told_until__lt=until).update(told_until=until)


@transaction.atomic
def run_feed(viewer: Viewer, feed_id: int, *, now: datetime) -> int:
    """Have the feed read now, files that were refused before included; returns the job's id."""
    row = _managed(viewer, feed_id)
    if any(each.get("feed") == row.pk for each in unfinished_arguments("feed")):
        raise Conflict(_("It is being read already."), remedy=_("Wait until it has finished."))
    return enqueue("feed", viewer=viewer, now=now, project_id=row.project_id, arguments={"feed": row.pk, "again": True})


def allowed_folders() -> tuple[Path, ...]:
    """The folders in which pages and API may set up feeds, as the settings name them."""
    return tuple(Path(each) for each in settings.FEED_FOLDERS)


def _kind(where: Path) -> str:
    if has_magic(where.name):
        if not where.parent.is_dir():
            raise Invalid(_("There is no folder %(path)s.") % {"path": where.parent}, place="path")
        return FeedKind.PATTERN
    if where.is_dir():
        return FeedKind.FOLDER
    if where.is_file():
        return FeedKind.FILE
    raise Invalid(_("There is no file or folder %(path)s.") % {"path": where}, place="path")


def _owner(
    viewer: Viewer, kind: str, project_code: str, programme_code: str
) -> tuple[Project | None, Programme | None]:
    if project_code and programme_code:
        raise Invalid(_("Name a project or a programme, not both."), place="programme_code")
    if kind == FeedKind.FOLDER:
        if project_code:
            raise Invalid(
                _("A folder is for a programme or the organisation; each of its files finds its own project."),
                remedy=_("For one project give a file, or a pattern such as HB-01_*.xer."),
                place="project_code",
            )
        found = portfolio.programme(viewer, programme_code) if programme_code else None
        return None, Programme.objects.get(pk=found.id) if found is not None else None
    if not project_code:
        raise Invalid(
            _("Say which project the file is for."),
            remedy=_("A folder of files needs none: each of its files finds its own."),
            place="project_code",
        )
    return Project.objects.get(pk=portfolio.project(viewer, project_code).id), None


def _managed(viewer: Viewer, feed_id: int, *, removed: bool = False) -> Feed:
    """The feed, locked, if the viewer may change it; else as if it were missing, or refused when it is seen."""
    row = Feed.objects.select_for_update(of=("self",)).filter(pk=feed_id).first()
    if row is None or (row.removed_at is not None and not removed) or not feed_queries.may_see(viewer, row):
        raise NotFound(_("There is no such feed."))
    if not feed_queries.may_manage(viewer, row):
        raise NotAllowed(_("You may see this feed, but not change it."))
    return row


def _tell(kind: str, row: Feed, viewer: Viewer, now: datetime) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="feed",
        subject_id=row.pk,
        data={"kind": row.kind, "every_seconds": row.every_seconds, "active": row.active},
    )
