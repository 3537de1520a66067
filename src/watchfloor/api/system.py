"""Jobs and the journal."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, fetched
from watchfloor.api.problems import responses
from watchfloor.jobs import operations as job_operations
from watchfloor.jobs import queries as job_queries
from watchfloor.jobs.queries import JobRecord
from watchfloor.journal import queries as journal
from watchfloor.journal.queries import FactRecord
from watchfloor.kit import clock
from watchfloor.kit.errors import NotAllowed
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["system"])


class Facts(Schema):
    """Facts after a position, oldest first; ask again with ``after`` = the last id to go on. ``head`` is the newest
    that concerns the caller."""

    items: list[FactRecord]
    head: int


@router.get("/jobs", response=responses(Page[JobRecord]))
def list_jobs(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Long work the caller may see, newest first; the newest 1,000 can be paged through."""
    offset = min(offset, 1000)
    found = job_queries.jobs(viewer(request), limit=offset + limit + 1)
    return fetched(found[offset:], limit=limit, offset=offset)


@router.get("/jobs/{job_id}", response=responses(JobRecord))
def read_job(request: HttpRequest, job_id: int) -> Any:
    """One job with its progress."""
    return job_queries.job(viewer(request), job_id)


@router.post("/jobs/{job_id}/cancellation", response=responses(JobRecord))
def cancel_job(request: HttpRequest, job_id: int) -> Any:
    """Ask a job to stop; a waiting one ends at once, a running one at its next beat."""
    who = viewer(request)
    job_operations.ask_cancel(who, job_id, now=clock.now())
    return job_queries.job(who, job_id)


@router.get("/facts", response=responses(Facts))
def list_facts(
    request: HttpRequest, after: int = 0, kind: str | None = None, project: str | None = None, limit: Limit = 100
) -> Any:
    """The journal from a position on, cut to the projects on which the caller has ``journal.view``."""
    who = viewer(request)
    project_id = portfolio.project(who, project).id if project is not None else None
    readable = who.project_ids("journal.view")
    if readable is not None and (not readable or (project_id is not None and project_id not in readable)):
        raise NotAllowed("Reading the journal needs the permission journal.view.")
    found = journal.facts(
        who,
        after=after,
        kinds=None if kind is None else (kind,),
        project_id=project_id,
        limit=limit,
        permission="journal.view",
    )
    return {"items": found, "head": journal.newest(who, permission="journal.view")}
