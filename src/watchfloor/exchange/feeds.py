"""Files that are read again and again: by the pipeline, or by ``watchfloor feed run``."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.exchange.importing import Beat, give_up_import, run_import, start_import
from watchfloor.exchange.models import Feed
from watchfloor.exchange.queries import plan_import
from watchfloor.exchange.records import FeedRecord, feed_record
from watchfloor.jobs.operations import enqueue
from watchfloor.jobs.queries import unfinished_arguments
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Invalid, NotAllowed, NotFound, WatchfloorError
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio import queries as portfolio

SHORTEST = timedelta(minutes=1)
_MAX_DUE = 200


@transaction.atomic
def add_feed(viewer: Viewer, path: Path, *, project_code: str, every: timedelta, now: datetime) -> FeedRecord:
    """Read this file for this project from now on.

    Only for those who run the machine (the command line): a path is read with the rights of the server.

    Raises:
        NotAllowed: asked for by an account, not by the command line.
        Invalid: no such file, or an interval below a minute.
    """
    if viewer is not SYSTEM:
        raise NotAllowed(_("Feeds are set up with `watchfloor feed add` on the machine that runs Watchfloor."))
    if every < SHORTEST:
        raise Invalid(_("A feed is read once a minute at most."), place="every")
    if not path.is_file():
        raise Invalid(_("There is no file %(path)s.") % {"path": path}, place="path")
    project = portfolio.project(viewer, project_code)
    row = Feed.objects.create(project_id=project.id, path=str(path.resolve()), every_seconds=int(every.total_seconds()))
    append("feed.added", viewer=viewer, now=now, project_id=project.id, subject_kind="feed", subject_id=row.pk)
    return feed_record(row)


@transaction.atomic
def remove_feed(viewer: Viewer, feed_id: int, *, now: datetime) -> None:
    """Read this file no longer; what it brought stays."""
    row = Feed.objects.filter(pk=feed_id).first()
    if row is None or not viewer.may("project.manage", row.project_id):
        raise NotFound(_("There is no such feed."))
    project_id = row.project_id
    row.delete()
    append("feed.removed", viewer=viewer, now=now, project_id=project_id, subject_kind="feed", subject_id=feed_id)


def enqueue_due_feeds(*, now: datetime) -> int:
    """Queue the reading of every feed whose time has come; returns how many."""
    queued = 0
    waiting = {each.get("feed") for each in unfinished_arguments("feed")}
    for row in Feed.objects.filter(active=True).order_by("last_run_at")[:_MAX_DUE]:
        due = row.last_run_at is None or row.last_run_at + timedelta(seconds=row.every_seconds) <= now
        if due and row.pk not in waiting:
            enqueue("feed", viewer=SYSTEM, now=now, project_id=row.project_id, arguments={"feed": row.pk})
            queued += 1
    return queued


def read_feed(feed_id: int, *, beat: Beat, now: datetime) -> dict[str, Any]:
    """Read one feed now: nothing when the file is as it was, else an import of its own."""
    row = Feed.objects.select_related("project").filter(pk=feed_id, active=True).first()
    if row is None:
        return {}
    path, error, import_id = Path(row.path), "", None
    changed = False
    try:
        digest = _digest(path)
        if digest != row.last_digest:
            # Read here and now: this is a job already.
            import_id = start_import(
                SYSTEM, path, source_name=path.name, project_code=row.project.code, queued=False, now=now
            )
            _run_or_give_up(row, import_id, beat, now)
            found = plan_import(SYSTEM, import_id)
            if found.state in ("done", "unchanged"):
                row.last_digest, changed = digest, found.state == "done"
            elif found.waits_for_person:
                # Asked once; the same file is not given again while somebody thinks about it.
                row.last_digest, error = (
                    digest,
                    _("The file waits for an answer: see import %(id)d.") % {"id": found.id},
                )
            else:
                error = found.error
    except OSError as problem:
        error = _("The file cannot be read: %(reason)s.") % {"reason": problem.strerror or problem}
    except WatchfloorError as problem:
        error = str(problem)
    with transaction.atomic():
        row.last_run_at, row.last_error = now, error
        row.last_change_at = now if changed else row.last_change_at
        row.save()
        append(
            "feed.failed" if error else "feed.read",
            viewer=SYSTEM,
            now=now,
            project_id=row.project_id,
            subject_kind="feed",
            subject_id=row.pk,
            data={"import": import_id, "changed": changed},
        )
    return {"feed": feed_id, "import": import_id, "error": error}


def _run_or_give_up(row: Feed, import_id: int, beat: Beat, now: datetime) -> None:
    """Read the import; if that breaks, nothing of it stays and the feed waits for its next time.

    A worker that is told to stop is no fault of the file: it is read again at once.
    """
    try:
        run_import(import_id, beat=beat, now=now)
    except BaseException as problem:
        give_up_import(import_id, now=now)
        if isinstance(problem, Exception):
            words = _("Reading the file failed; the log of the server says why.")
            Feed.objects.filter(pk=row.pk).update(last_run_at=now, last_error=words)
        raise


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
