"""Reading feeds: what is new or changed is imported, each file by itself, so that a bad one never blocks the others."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.exchange.feed_records import CAME_IN, LOOKS_EVERY, looks_every
from watchfloor.exchange.feeds import allowed_folders
from watchfloor.exchange.importing import Beat, give_up_import, run_import, start_import
from watchfloor.exchange.models import Feed, FeedFile, FeedKind, PlanImport
from watchfloor.exchange.places import Seen, check_inside, newest_match, one_file, open_inside, plan_files, unchanged
from watchfloor.exchange.queries import plan_import
from watchfloor.jobs.operations import enqueue
from watchfloor.jobs.queries import unfinished_arguments
from watchfloor.journal.operations import append
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio.models import Project
from watchfloor.portfolio.queries import programmes_below

log = logging.getLogger(__name__)

SETTLE_S = 2.0  # a file that looks the same after so long is not being written
_FILES_AT_ONCE = 200  # imported in one run; the rest follows at once in the next
_MAX_DUE = 200
_IMPORTS = frozenset({"project.view", "plan.edit"})
_MAKES = _IMPORTS | {"project.manage"}


@dataclass(frozen=True, slots=True)
class FeedRun:
    """What one reading of a feed did; ``read`` names the files that were imported (or refused) and how they ended."""

    feed_id: int
    read: tuple[tuple[str, str], ...] = ()
    error: str = ""
    is_finished: bool = True  # False: it was stopped, or there are more files than one run takes

    @property
    def plain(self) -> dict[str, Any]:
        return {"feed": self.feed_id, "files": [list(each) for each in self.read], "error": self.error}


def enqueue_due_feeds(*, now: datetime) -> int:
    """Queue the reading of every feed whose time has come; returns how many."""
    queued = 0
    waiting = {each.get("feed") for each in unfinished_arguments("feed")}
    rows = Feed.objects.filter(active=True, removed_at=None, by_command=False)
    for row in rows.order_by("last_run_at")[:_MAX_DUE]:
        due = row.last_run_at is None or row.last_run_at + looks_every(row) <= now
        if due and row.pk not in waiting:
            enqueue("feed", viewer=SYSTEM, now=now, project_id=row.project_id, arguments={"feed": row.pk})
            queued += 1
    return queued


def read_feed(
    feed_id: int,
    *,
    beat: Beat,
    now: datetime,
    again: bool = False,
    settle: Callable[[float], object] = time.sleep,
) -> FeedRun:
    """Look at one feed now and import what is new or changed; ``again`` also what was refused before.

    A file counts once it has looked the same for two seconds. What became of each file is kept with it.
    """
    row = Feed.objects.select_related("project", "programme").filter(pk=feed_id, removed_at=None).first()
    if row is None:
        return FeedRun(feed_id)
    try:
        if row.is_restricted:
            check_inside(_folder(row), allowed_folders())
        fresh = _fresh(row, _lying_there(row), again=again)
        if fresh:
            settle(SETTLE_S)
    except (OSError, WatchfloorError) as problem:
        return _ended(row, (), _words(problem), now, is_finished=True)
    settled = unchanged(fresh[:_FILES_AT_ONCE])
    done: list[tuple[str, str]] = []
    goes_on = True
    for position, each in enumerate(settled):
        goes_on = beat(position, len(settled), each.name)
        if not goes_on:
            break
        outcome = _import(row, each, beat, now)
        if outcome:
            done.append((each.name, outcome))
    return _ended(row, done, "", now, is_finished=goes_on and len(fresh) <= _FILES_AT_ONCE)


def _folder(row: Feed) -> Path:
    return Path(row.path) if row.kind == FeedKind.FOLDER else Path(row.path).parent


def _lying_there(row: Feed) -> Sequence[Seen]:
    path = Path(row.path)
    if row.kind == FeedKind.FOLDER:
        return plan_files(path)
    if row.kind == FeedKind.PATTERN:
        newest = newest_match(path)
        return () if newest is None else (newest,)
    return (one_file(path),)


def _fresh(row: Feed, lying: Sequence[Seen], *, again: bool) -> list[Seen]:
    """Those that look other than when they were read; the oldest first, so that revisions follow in their order."""
    known = {each.name: each for each in FeedFile.objects.filter(feed=row, name__in=[each.name for each in lying])}
    fresh = []
    for each in lying:
        before = known.get(each.name)
        same = before is not None and (before.size_bytes, before.modified_ns) == (each.size_bytes, each.modified_ns)
        if not same or (again and before is not None and before.outcome in ("refused", "failed")):
            fresh.append(each)
    return sorted(fresh, key=lambda each: (each.modified_ns, each.name))


def _import(row: Feed, seen: Seen, beat: Beat, now: datetime) -> str:
    """Import one file; returns how it ended, empty when it says what it said before."""
    known = FeedFile.objects.filter(feed=row, name=seen.name).first()
    note = known or FeedFile(feed=row, name=seen.name)
    note.size_bytes, note.modified_ns = seen.size_bytes, seen.modified_ns
    import_id: int | None = None
    try:
        with open_inside(seen.path, _folder(row)) as file:
            digest = _digest(file)
            if known is not None and known.digest == digest and known.outcome not in ("refused", "failed"):
                known.arrived_at = now if known.outcome in CAME_IN else known.arrived_at
                known.save()
                return ""
            note.digest = digest
            import_id = _start(row, seen, file, now)
        _run(row, import_id, beat, now)
        found = plan_import(SYSTEM, import_id)
        note.outcome, note.error, note.remedy = found.state, found.error, found.remedy
    except (OSError, WatchfloorError) as problem:
        note.outcome, note.error = "refused", _words(problem)
        note.remedy = problem.remedy if isinstance(problem, WatchfloorError) else ""
    except Exception:
        log.exception("feed %d could not read a file", row.pk)
        note.outcome, note.error, note.remedy = "failed", _("Reading it failed; the log of the server says why."), ""
    note.read_at = now
    note.plan_import = PlanImport(pk=import_id) if import_id is not None else None
    if note.outcome in CAME_IN:
        note.arrived_at, note.last_good = now, note.plan_import
    note.save()
    return note.outcome


def _start(row: Feed, seen: Seen, file: BufferedReader, now: datetime) -> int:
    return start_import(
        _viewer(row),
        file,
        source_name=seen.path.name,
        programme_code=row.programme.code if row.programme is not None and row.makes_projects else None,
        project_code=row.project.code if row.project is not None else None,
        queued=False,  # this is a job already
        now=now,
    )


def _run(row: Feed, import_id: int, beat: Beat, now: datetime) -> None:
    """Read the import; if that breaks, nothing of it stays. A worker told to stop is no fault of the file."""
    try:
        run_import(import_id, beat=beat, now=now, as_viewer=_viewer(row))
    except BaseException:
        give_up_import(import_id, now=now)
        raise


def _viewer(row: Feed) -> Viewer:
    """Who imports: a feed may do in its project or programme what reading takes, and nothing elsewhere."""
    name = _("feed %(name)s") % {"name": Path(row.path).name}
    granted = _MAKES if row.makes_projects else _IMPORTS
    if row.project_id is not None:
        return Viewer(None, name[:150], projects={row.project_id: granted})
    if row.programme_id is None:
        return Viewer(None, name[:150], organisation=granted)
    below = programmes_below(row.programme_id)
    projects = Project.objects.filter(programme_id__in=below).values_list("pk", flat=True)
    return Viewer(None, name[:150], projects=dict.fromkeys(projects, granted), programmes=dict.fromkeys(below, granted))


def _ended(row: Feed, done: Iterable[tuple[str, str]], error: str, now: datetime, *, is_finished: bool) -> FeedRun:
    read = tuple(done)
    changed = any(outcome in CAME_IN for _name, outcome in read)
    told = bool(read) or error != row.last_error
    with transaction.atomic():
        row.last_error = error
        # What is left over is due at once.
        row.last_run_at = now if is_finished else now - LOOKS_EVERY
        row.last_change_at = now if changed else row.last_change_at
        row.save(update_fields=("last_error", "last_run_at", "last_change_at"))
        if told:
            append(
                "feed.failed" if error else "feed.read",
                viewer=SYSTEM,
                now=now,
                project_id=row.project_id,
                subject_kind="feed",
                subject_id=row.pk,
                data={"changed": changed, "outcomes": _counted(read)},
            )
    return FeedRun(row.pk, read, error, is_finished)


def _counted(read: Iterable[tuple[str, str]]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for _name, outcome in read:
        found[outcome] = found.get(outcome, 0) + 1
    return found


def _words(problem: OSError | WatchfloorError) -> str:
    if isinstance(problem, OSError):
        return _("It cannot be read: %(reason)s.") % {"reason": problem.strerror or problem}
    return str(problem)


def _digest(file: BufferedReader) -> str:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return digest
