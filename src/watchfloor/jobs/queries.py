"""Reading the queue: what waits, runs and ended, for those who may know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from watchfloor.jobs.models import Job
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer

# What nobody asked for and nobody may stop.
UNATTENDED = frozenset({"forecast", "detect", "alert", "deliver", "history"})


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job; ``state`` is waiting, running, done, failed or cancelled."""

    id: int
    kind: str
    state: str
    fact_id: int | None
    project_id: int | None
    created_by_id: int | None
    arguments: Mapping[str, Any]
    created_at: datetime
    heartbeat_at: datetime | None
    attempts: int
    done: int
    total: int
    note: str
    cancel_asked: bool
    finished_at: datetime | None
    result: Mapping[str, Any]
    error: str

    @property
    def is_unattended(self) -> bool:
        """Whether the pipeline made it from what happened, so that nobody may stop it."""
        return self.kind in UNATTENDED


def record(job: Job) -> JobRecord:
    """The row as the rest of the house sees it."""
    state = job.outcome or ("running" if job.leased_until is not None else "waiting")
    return JobRecord(
        job.pk,
        job.kind,
        state,
        job.fact_id,
        job.project_id,
        job.created_by_id,
        job.arguments,
        job.created_at,
        job.heartbeat_at,
        job.attempts,
        job.progress_done,
        job.progress_total,
        job.progress_note,
        job.cancel_asked_at is not None,
        job.finished_at,
        job.result,
        job.error,
    )


def job(viewer: Viewer, job_id: int) -> JobRecord:
    """One job the viewer may see.

    Raises:
        NotFound: it does not exist, or concerns a project the viewer may not see.
    """
    row = _visible(viewer).filter(pk=job_id).first()
    if row is None:
        raise NotFound("There is no such job.")
    return _told(viewer, row)


def jobs(viewer: Viewer, *, kinds: tuple[str, ...] | None = None, limit: int = 100) -> tuple[JobRecord, ...]:
    """The newest jobs the viewer may see."""
    rows = _visible(viewer)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    return tuple(_told(viewer, row) for row in rows.order_by("-id")[:limit])


def unfinished(*, kinds: tuple[str, ...] | None = None) -> int:
    """How many jobs still wait or run, whoever may see them: the pipeline's own gauge."""
    rows = Job.objects.filter(finished_at=None)
    return rows.filter(kind__in=kinds).count() if kinds is not None else rows.count()


def is_running(kind: str, *, now: datetime) -> bool:
    """Whether some worker holds a live lease on a job of this kind."""
    return Job.objects.filter(kind=kind, finished_at=None, leased_until__gt=now).exists()


def waiting(kinds: Collection[str]) -> frozenset[tuple[str, int | None]]:
    """(kind, project) of jobs that nobody has begun: whatever they will read, they will read it later than now."""
    rows = Job.objects.filter(kind__in=kinds, finished_at=None, leased_until=None, attempts=0)
    return frozenset(rows.values_list("kind", "project_id"))


def unfinished_arguments(kind: str) -> tuple[Mapping[str, Any], ...]:
    """What the jobs of one kind that still wait or run are about."""
    return tuple(Job.objects.filter(kind=kind, finished_at=None).values_list("arguments", flat=True))


def failed(job_ids: Collection[int]) -> dict[int, datetime]:
    """Those of the jobs that were given up, with when."""
    rows = Job.objects.filter(pk__in=job_ids, outcome="failed").values_list("pk", "finished_at")
    return {pk: at for pk, at in rows if at is not None}


def _told(viewer: Viewer, row: Job) -> JobRecord:
    """The job as the viewer may know it: what went wrong inside, with paths and statements, is for administrators."""
    found = record(row)
    if viewer.may("user.manage") or not found.error:
        return found
    return replace(found, error=found.error.partition(":")[0])


def _visible(viewer: Viewer) -> QuerySet[Job]:
    rows = Job.objects.all()
    visible = viewer.project_ids("internal.view")
    if visible is None:
        return rows
    return rows.filter(Q(project_id__in=visible) | Q(created_by_id=viewer.user_id or -1))


def oldest_overdue_s(now: datetime) -> float:
    """For how many seconds the longest-waiting due job has been left lying; 0 when none is due."""
    due = Job.objects.filter(finished_at=None, not_before__lte=now).filter(
        Q(leased_until=None) | Q(leased_until__lte=now)
    )
    first = due.order_by("not_before").values_list("not_before", flat=True).first()
    return (now - first).total_seconds() if first is not None else 0.0
