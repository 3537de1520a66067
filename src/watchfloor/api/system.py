"""Jobs and the journal."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import AwareDatetime

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, fetched
from watchfloor.api.problems import responses
from watchfloor.jobs import operations as job_operations
from watchfloor.jobs import queries as job_queries
from watchfloor.jobs.queries import JobRecord
from watchfloor.journal import queries as journal
from watchfloor.journal import verifying
from watchfloor.journal.queries import FactRecord, Narrowing
from watchfloor.journal.verifying import Head, HeadCheck, VerificationRecord
from watchfloor.kit import clock
from watchfloor.kit.errors import NotAllowed
from watchfloor.kit.viewer import Viewer
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
    request: HttpRequest,
    after: int = 0,
    kind: str | None = None,
    project: str | None = None,
    limit: Limit = 100,
    *,
    person: str = "",
    subject: Annotated[str, Query(max_length=80, pattern=r"^[a-z_]*(:\d{1,18})?$", description="Like alert:12.")] = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    text: Annotated[str, Query(max_length=80)] = "",
) -> Any:
    """The journal from a position on, cut to the projects on which the caller has ``journal.view``.

    ``person`` is part of a name; ``text`` is looked for in kind, person and data; ``since`` and ``until`` are moments
    with a zone.
    """
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
        narrowed=Narrowing(
            actor=person,
            subject_kind=subject.partition(":")[0],
            subject_id=int(subject.partition(":")[2]) if ":" in subject else None,
            since=since,
            until=until,
            text=text,
        ),
    )
    return {"items": found, "head": journal.newest(who, permission="journal.view")}


class HeadIn(Schema):
    """A head stated earlier, to be held against the journal; or none, to check the chain alone."""

    head: Annotated[str, Field(max_length=300)] = ""
    full: bool = False  # from the first fact on, instead of from where the last check ended


class JournalCheck(Schema):
    chain: VerificationRecord
    head: HeadCheck | None


@router.get("/journal/head", response=responses(Head))
def read_head(request: HttpRequest) -> Any:
    """How many facts there are and the digest of the last one, signed. Keep it where nobody changes it."""
    _need_whole_journal(viewer(request))
    return verifying.state_head(now=clock.now())


@router.post("/journal/verification", response=responses(JournalCheck))
def verify_journal(request: HttpRequest, body: HeadIn) -> Any:
    """Check the chain of digests, at most 100,000 facts at once, and a head stated earlier."""
    who = viewer(request)
    _need_whole_journal(who)
    head = verifying.check_head(body.head) if body.head else None
    return {"chain": verifying.verify(who, full=body.full, now=clock.now()), "head": head}


def _need_whole_journal(who: Viewer) -> None:
    if not who.may("journal.view"):
        raise NotAllowed("The journal is verified by who may read all of it.")
