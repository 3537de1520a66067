"""Feeds: files, patterns and folders of the server that bring plans by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, fetched
from watchfloor.api.problems import responses
from watchfloor.exchange import feed_queries, operations
from watchfloor.exchange.feed_records import FeedFileRecord, FeedRecord
from watchfloor.jobs import queries as jobs
from watchfloor.jobs.queries import JobRecord
from watchfloor.kit import clock

router = Router(tags=["feeds"])


class FeedIn(Schema):
    """A file or pattern needs ``project_code``; a folder takes ``programme_code``, or neither for the organisation."""

    path: str
    project_code: str = ""
    programme_code: str = ""
    every_seconds: int = 7 * 86_400
    makes_projects: bool = False


class FeedChange(Schema):
    every_seconds: int | None = None
    active: bool | None = None


class FollowIn(Schema):
    follows: bool


@router.get("/feeds", response=responses(Page[FeedRecord]))
def list_feeds(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """What is read again and again, when it last was, what was refused and what did not come."""
    found = feed_queries.feeds(viewer(request), now=clock.now())
    return fetched(found[offset:], limit=limit, offset=offset)


@router.post("/feeds", response=responses(FeedRecord, status=201))
def add_feed(request: HttpRequest, body: FeedIn) -> Any:
    """Read a path of the server from now on; it must lie in a folder of ``WATCHFLOOR_FEED_FOLDERS``."""
    values = body.dict()
    every = timedelta(seconds=max(0, min(values.pop("every_seconds"), 10**9)))
    return Status(201, operations.add_feed(viewer(request), now=clock.now(), every=every, **values))


@router.get("/feeds/{feed_id}", response=responses(FeedRecord))
def read_feed(request: HttpRequest, feed_id: int) -> Any:
    """One feed."""
    return feed_queries.feed(viewer(request), feed_id, now=clock.now())


@router.patch("/feeds/{feed_id}", response=responses(FeedRecord))
def change_feed(request: HttpRequest, feed_id: int, body: FeedChange) -> Any:
    """Pause it, let it go on, or expect a plan more or less often."""
    every = None if body.every_seconds is None else timedelta(seconds=max(0, min(body.every_seconds, 10**9)))
    return operations.change_feed(viewer(request), feed_id, every=every, active=body.active, now=clock.now())


@router.delete("/feeds/{feed_id}", response=responses(None, status=204))
def remove_feed(request: HttpRequest, feed_id: int) -> Any:
    """Read it no longer; what it brought stays."""
    operations.remove_feed(viewer(request), feed_id, now=clock.now())
    return Status(204, None)


@router.post("/feeds/{feed_id}/runs", response=responses(JobRecord, status=202))
def run_feed(request: HttpRequest, feed_id: int) -> Any:
    """Have it read now, files that were refused before included; follow the job."""
    who = viewer(request)
    return Status(202, jobs.job(who, operations.run_feed(who, feed_id, now=clock.now())))


@router.get("/feeds/{feed_id}/files", response=responses(Page[FeedFileRecord]))
def list_feed_files(request: HttpRequest, feed_id: int, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Its files with what became of each, read last first."""
    found = feed_queries.feed_files(viewer(request), feed_id, limit=limit + 1, offset=offset)
    return fetched(found, limit=limit, offset=offset)


@router.put("/feeds/{feed_id}/following", response=responses(FeedRecord))
def follow_feed(request: HttpRequest, feed_id: int, body: FollowIn) -> Any:
    """Be told by mail, once a day at most, what it brings and what does not come; or not any more."""
    return operations.follow_feed(viewer(request), feed_id, follows=body.follows, now=clock.now())
