"""Loading and removing the sample as jobs: with progress on the page, whoever does the work.

The page asks and the pipeline does it; the command line asks and does it itself.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.jobs import operations as jobs
from watchfloor.jobs import queries as job_queries
from watchfloor.jobs.queries import JobRecord
from watchfloor.kit.errors import Conflict, NotAllowed
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.pipeline.worker import Beat, LongJob
from watchfloor.sample import load as loading
from watchfloor.sample import removal

LOAD = "sample"
REMOVE = "sample.remove"
_LEASE = timedelta(seconds=120)  # one step of a load takes a few seconds, on a busy machine some more


def start_load(viewer: Viewer, *, seed: int = 1, as_of: date | None = None, size: str = "full", now: datetime) -> int:
    """Ask the pipeline to load the sample; returns the job, which shows how far it is.

    Raises:
        Conflict: it is being loaded or removed already.
    """
    _need(viewer, now)
    return jobs.enqueue(LOAD, viewer=viewer, now=now, arguments=_arguments(seed, as_of, size, now), max_attempts=3)


def start_removal(viewer: Viewer, *, now: datetime) -> int:
    """Ask the pipeline to remove the sample."""
    _need(viewer, now)
    return jobs.enqueue(REMOVE, viewer=viewer, now=now, max_attempts=3)


def running() -> JobRecord | None:
    """The load or removal that waits or runs now, for a progress line; None when there is none."""
    newest = job_queries.jobs(SYSTEM, kinds=(LOAD, REMOVE), limit=5)
    return next((job for job in newest if job.finished_at is None), None)


def load_here(
    viewer: Viewer,
    *,
    seed: int,
    as_of: date | None,
    size: str,
    clock: Callable[[], datetime],
    progress: loading.Progress,
) -> loading.Loaded:
    """Load the sample in this process, as a job that everybody sees."""
    _need(viewer, clock())
    holder = f"{socket.gethostname()[:40]}-{os.getpid()}-sample"
    arguments = _arguments(seed, as_of, size, clock())
    with transaction.atomic():
        # Made and claimed in one transaction, so that no worker takes it first.
        job_id = jobs.enqueue(LOAD, viewer=viewer, now=clock(), arguments=arguments, max_attempts=1)
        job = jobs.claim_next(holder=holder, now=clock(), kinds=(LOAD,), lease=_LEASE)
    if job is None or job.id != job_id:
        raise Conflict(_("Another process loads the sample already."), remedy=_("Wait until it has finished."))

    def report(done: int, total: int, note: str) -> bool:
        ours = jobs.beat(job_id, holder=holder, now=clock(), done=done, total=total, note=note, lease=_LEASE)
        return progress(done, total, note) and ours

    try:
        loaded = _load(viewer, job.arguments, report)
    except BaseException as problem:
        # Ctrl-C too: the job must not look as if somebody were still working on it.
        jobs.fail(job_id, holder=holder, now=clock(), error=f"{type(problem).__name__}: {problem}", permanent=True)
        raise
    jobs.finish(job_id, holder=holder, now=clock(), result=_result(loaded))
    return loaded


def _load_job(job: JobRecord, beat: Beat, now: Callable[[], datetime]) -> Mapping[str, Any]:
    return _result(_load(SYSTEM, job.arguments, beat))


def _remove_job(job: JobRecord, beat: Beat, now: Callable[[], datetime]) -> Mapping[str, Any]:
    removal.remove(SYSTEM, now=now())
    return {}


# What the pipeline can do once this room is there; see ``pipeline.worker.run_forever``.
LONG_JOBS: dict[str, LongJob] = {LOAD: _load_job, REMOVE: _remove_job}


def _load(viewer: Viewer, arguments: Mapping[str, Any], report: loading.Progress) -> loading.Loaded:
    return loading.load(
        viewer,
        seed=int(arguments["seed"]),
        as_of=date.fromisoformat(str(arguments["as_of"])),
        size=str(arguments["size"]),
        progress=report,
    )


def _arguments(seed: int, as_of: date | None, size: str, now: datetime) -> dict[str, Any]:
    day = as_of or loading.this_monday(now.date())
    loading.check(as_of=day, size=size)
    return {"seed": seed, "as_of": day.isoformat(), "size": size}


def _result(loaded: loading.Loaded) -> dict[str, Any]:
    return {"projects": loaded.projects, "activities": loaded.activities, "updates": loaded.updates}


def _need(viewer: Viewer, now: datetime) -> None:
    if not viewer.may("sample.manage"):
        raise NotAllowed(_("Only an administrator may load or remove the sample organisation."))
    busy = running()
    if busy is None:
        return
    # One whose process died is in the way of nobody: the next claim ends it.
    if busy.attempts == 0 or job_queries.is_running(busy.kind, now=now):
        raise Conflict(
            _("The sample is being loaded or removed already."), remedy=_("Wait for it, or cancel that job first.")
        )
