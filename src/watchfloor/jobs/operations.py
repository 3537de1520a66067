"""Working through the queue: claim under a lease, beat, finish; a dead worker's job returns by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from watchfloor.jobs.models import Job
from watchfloor.jobs.queries import UNATTENDED, JobRecord, record
from watchfloor.kit.errors import Conflict, NotFound
from watchfloor.kit.viewer import Viewer

LEASE = timedelta(seconds=30)
_FIRST_RETRY = timedelta(seconds=5)


def enqueue(
    kind: str,
    *,
    viewer: Viewer,
    now: datetime,
    fact_id: int | None = None,
    project_id: int | None = None,
    arguments: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
    max_attempts: int = 5,
) -> int:
    """Put work in the queue; the same (kind, fact) twice is one job. Returns its id."""
    values = {
        "project_id": project_id,
        "created_by_id": viewer.user_id,
        "arguments": dict(arguments or {}),
        "created_at": now,
        "not_before": not_before or now,
        "max_attempts": max_attempts,
    }
    if fact_id is None:
        return Job.objects.create(kind=kind, **values).pk
    job, _ = Job.objects.get_or_create(kind=kind, fact_id=fact_id, defaults=values)
    return job.pk


def claim_next(
    *, holder: str, now: datetime, kinds: Collection[str] | None = None, lease: timedelta = LEASE
) -> JobRecord | None:
    """Oldest due job, ours until the lease ends; None when idle or when another worker was faster."""
    due = Job.objects.filter(finished_at=None, not_before__lte=now).filter(
        Q(leased_until=None) | Q(leased_until__lte=now)
    )
    if kinds is not None:
        due = due.filter(kind__in=kinds)
    for pk in due.order_by("id").values_list("id", flat=True)[:5]:
        # One conditional UPDATE picks the winner, on SQLite and PostgreSQL alike.
        won = due.filter(pk=pk).update(
            leased_until=now + lease, lease_holder=holder, heartbeat_at=now, attempts=F("attempts") + 1
        )
        if not won:
            continue
        job = Job.objects.get(pk=pk)
        if job.attempts > job.max_attempts:
            _end(job, now=now, outcome="failed", error=job.error or "Its worker died on every attempt.")
            continue
        if job.cancel_asked_at is not None:
            _end(job, now=now, outcome="cancelled")
            continue
        return record(job)
    return None


def beat(
    job_id: int,
    *,
    holder: str,
    now: datetime,
    done: int = 0,
    total: int = 0,
    note: str = "",
    lease: timedelta = LEASE,
) -> bool:
    """Extend our lease and show progress. False: stop, the job was cancelled or is no longer ours."""
    ours = Job.objects.filter(pk=job_id, lease_holder=holder, finished_at=None)
    return bool(
        ours.filter(cancel_asked_at=None).update(
            leased_until=now + lease,
            heartbeat_at=now,
            progress_done=done,
            progress_total=total,
            progress_note=note[:200],
        )
    )


def keep(job_id: int, *, holder: str, now: datetime, lease: timedelta = LEASE) -> bool:
    """Extend our lease and nothing else, for work that has no moment of its own to do so. False: not ours any more."""
    ours = Job.objects.filter(pk=job_id, lease_holder=holder, finished_at=None)
    return bool(ours.update(leased_until=now + lease, heartbeat_at=now))


def give_back(job_id: int, *, holder: str, now: datetime) -> None:
    """Leave our job to another worker at once, as if we had not tried: this one is stopping."""
    ours = Job.objects.filter(pk=job_id, lease_holder=holder, finished_at=None)
    ours.update(leased_until=None, lease_holder="", not_before=now, attempts=F("attempts") - 1)


@transaction.atomic
def finish(job_id: int, *, holder: str, now: datetime, result: Mapping[str, Any] | None = None) -> bool:
    """Mark our job done; False when it was no longer ours, so that its effects must not be announced twice."""
    job = Job.objects.select_for_update().filter(pk=job_id, lease_holder=holder, finished_at=None).first()
    if job is None:
        return False
    job.result = dict(result or {})
    _end(job, now=now, outcome="done")
    return True


@transaction.atomic
def fail(job_id: int, *, holder: str, now: datetime, error: str, permanent: bool = False) -> None:
    """Give our job back with a growing delay, or end it when trying again cannot help."""
    job = Job.objects.select_for_update().filter(pk=job_id, lease_holder=holder, finished_at=None).first()
    if job is None:
        return
    job.error = error[:4000]
    if permanent or job.attempts >= job.max_attempts:
        _end(job, now=now, outcome="failed", error=job.error)
        return
    job.leased_until = None
    job.lease_holder = ""
    job.not_before = now + _FIRST_RETRY * 2 ** (job.attempts - 1)
    job.save()


@transaction.atomic
def cancelled(job_id: int, *, holder: str, now: datetime) -> None:
    """End our job as cancelled, once the worker has stopped it."""
    job = Job.objects.select_for_update().filter(pk=job_id, lease_holder=holder, finished_at=None).first()
    if job is not None:
        _end(job, now=now, outcome="cancelled")


@transaction.atomic
def ask_cancel(viewer: Viewer, job_id: int, *, now: datetime) -> None:
    """Ask a job to stop; a waiting one ends at once, a running one at its next beat.

    Raises:
        NotFound: there is none, or it is not the viewer's to stop.
        Conflict: the pipeline made it from what happened: without it a forecast or an alert would be missing.
    """
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None or not _may_cancel(viewer, job):
        raise NotFound("There is no such job.")
    if job.finished_at is not None:
        return
    if job.kind in UNATTENDED:
        raise Conflict("This work follows from what happened and cannot be left out; it is done in a moment.")
    job.cancel_asked_at = now
    if job.leased_until is None:
        _end(job, now=now, outcome="cancelled")
    else:
        job.save(update_fields=("cancel_asked_at",))


def _may_cancel(viewer: Viewer, job: Job) -> bool:
    started_it = viewer.user_id is not None and viewer.user_id == job.created_by_id
    return started_it or viewer.may("plan.edit", job.project_id)


def _end(job: Job, *, now: datetime, outcome: str, error: str = "") -> None:
    job.finished_at, job.outcome, job.error = now, outcome, error
    job.leased_until = None
    job.save()
