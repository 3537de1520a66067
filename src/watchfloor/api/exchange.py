"""Imports: give a file, follow its reading, read its result."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, fetched
from watchfloor.api.problems import responses
from watchfloor.exchange import operations, queries
from watchfloor.exchange.records import FeedRecord, ImportRecord
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError

router = Router(tags=["exchange"])


class TooLarge(WatchfloorError):
    """The upload was stopped while it arrived."""

    code = "too_large"
    status = 413


@router.post("/imports", response=responses(ImportRecord, status=202))
def start_import(
    request: HttpRequest,
    file: File[UploadedFile],
    programme_code: Form[str] = "",
    project_code: Form[str] = "",
    dry_run: Form[bool] = False,
) -> Any:
    """Give a plan file (multipart). It is read by a job; follow ``GET /imports/{id}`` until it is finished."""
    if getattr(request, "upload_too_large", False):
        raise TooLarge("The file is larger than this server takes.", remedy="Export fewer projects.")
    assert file.file is not None, "Django opened it"
    who = viewer(request)
    made = operations.start_import(
        who,
        file.file,
        source_name=file.name or "file",
        programme_code=programme_code or None,
        project_code=project_code or None,
        dry_run=dry_run,
        now=clock.now(),
    )
    return Status(202, queries.plan_import(who, made))


@router.get("/imports", response=responses(Page[ImportRecord]))
def list_imports(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Imports, newest first."""
    found = queries.imports(viewer(request), limit=limit + 1, offset=offset)
    return fetched(found, limit=limit, offset=offset)


@router.get("/imports/{import_id}", response=responses(ImportRecord))
def read_import(request: HttpRequest, import_id: int) -> Any:
    """One import: what came in, what was not understood, or why it was refused."""
    return queries.plan_import(viewer(request), import_id)


@router.post("/imports/{import_id}/cancellation", response=responses(ImportRecord))
def cancel_import(request: HttpRequest, import_id: int) -> Any:
    """Ask an import to stop; nothing of it is stored then."""
    who = viewer(request)
    operations.cancel_import(who, import_id, now=clock.now())
    return queries.plan_import(who, import_id)


@router.get("/feeds", response=responses(Page[FeedRecord]))
def list_feeds(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Files that are read again and again, with when they last were."""
    found = queries.feeds(viewer(request))
    return fetched(found[offset:], limit=limit, offset=offset)
