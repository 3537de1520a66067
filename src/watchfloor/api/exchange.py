"""Imports: give a file, follow its reading, read its result."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from watchfloor.api.auth import viewer
from watchfloor.api.paging import Limit, Offset, Page, fetched
from watchfloor.api.problems import responses
from watchfloor.exchange import operations, queries
from watchfloor.exchange.matching import NEW
from watchfloor.exchange.records import ImportRecord, MappingRecord
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, WatchfloorError

router = Router(tags=["exchange"])


class TooLarge(WatchfloorError):
    """The upload was stopped while it arrived."""

    code = "too_large"
    status = 413


class PlanAnswer(Schema):
    """Which project a plan of the file updates: one of ``project_code`` and ``new``."""

    plan: int = Field(description="its place in the file, from 1, as in the question")
    project_code: str = ""
    new: bool = False


class MappingIn(Schema):
    """One answer for every question of kind ``project``."""

    plans: list[PlanAnswer] = Field(max_length=1000)


@router.post("/imports", response=responses(ImportRecord, status=202))
def start_import(
    request: HttpRequest,
    file: File[UploadedFile],
    programme_code: Form[str] = "",
    project_code: Form[str] = "",
    dry_run: Form[bool] = False,
    *,
    as_baseline: Form[str] = "",
    source_project: Form[str] = "",
    source_baseline: Form[str] = "",
    reason: Form[str] = "",
    authority: Form[str] = "",
    reference: Form[str] = "",
) -> Any:
    """Give a plan file (multipart). It is read by a job; follow ``GET /imports/{id}`` until it is finished, or until
    its state is ``asks`` or ``held``: then it waits for an answer, and nothing is stored yet.

    With ``as_baseline`` (its name) the file makes no revision: it is proposed as a baseline of ``project_code``.
    ``source_project`` names one of several projects in the file, ``source_baseline`` a baseline inside it, by name or
    by the number MS Project gives it. Where one is approved already, ``reason`` and ``authority`` are needed.
    """
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
        as_baseline=operations.BaselineOrder(as_baseline, source_project, source_baseline, reason, authority, reference)
        if as_baseline
        else None,
        now=clock.now(),
    )
    return Status(202, queries.plan_import(who, made))


@router.get("/imports", response=responses(Page[ImportRecord]))
def list_imports(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Imports, newest first."""
    found = queries.imports(viewer(request), limit=limit + 1, offset=offset)
    return fetched(found, limit=limit, offset=offset)


class Answered(Schema):
    """How many imports go on with the project that was proposed for them."""

    imports: int


# Before the address of one import, which would take this for its number.
@router.post("/imports/clear-answers", response=responses(Answered, status=202))
def answer_clear(request: HttpRequest) -> Any:
    """Take the proposed project of every import that asks, where one project has at least four fifths of the codes and
    names, and no other half as many. What is less clear waits for a person."""
    return Status(202, {"imports": operations.answer_clear(viewer(request), now=clock.now())})


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


@router.post("/imports/{import_id}/mapping", response=responses(ImportRecord, status=202))
def answer_import(request: HttpRequest, import_id: int, body: MappingIn) -> Any:
    """Say which projects the plans of the file update. It is remembered for files like it, and the import goes on."""
    who = viewer(request)
    answers = {}
    for each in body.plans:
        if each.new == bool(each.project_code):
            raise Invalid("Name a project, or say that it is new.", place=f"plans.{each.plan}")
        if each.plan in answers:
            raise Invalid(f"Plan {each.plan} is answered twice.", place=f"plans.{each.plan}")
        answers[each.plan] = NEW if each.new else each.project_code
    operations.answer_import(who, import_id, projects=answers, now=clock.now())
    return Status(202, queries.plan_import(who, import_id))


@router.post("/imports/{import_id}/confirmation", response=responses(ImportRecord, status=202))
def confirm_import(request: HttpRequest, import_id: int) -> Any:
    """Take a plan although it is older than the one held, or lacks most of its activities; cancel to discard it."""
    who = viewer(request)
    operations.answer_import(who, import_id, take_older=True, now=clock.now())
    return Status(202, queries.plan_import(who, import_id))


class RenameIn(Schema):
    """A rename that the import proposed: the activity with this code in the file is one we held under another."""

    project_code: str
    source_key: str


@router.post("/imports/{import_id}/renames", response=responses(ImportRecord, status=201))
def confirm_rename(request: HttpRequest, import_id: int, body: RenameIn) -> Any:
    """Take a proposed rename: the activity keeps the key, history and additions we held, in a revision of its own."""
    who = viewer(request)
    operations.confirm_rename(who, import_id, body.project_code, body.source_key, now=clock.now())
    return Status(201, queries.plan_import(who, import_id))


@router.get("/mappings", response=responses(Page[MappingRecord]))
def list_mappings(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Which project a kind of file updates, as people said, newest first."""
    found = queries.mappings(viewer(request), limit=limit + 1, offset=offset)
    return fetched(found, limit=limit, offset=offset)


@router.delete("/mappings/{mapping_id}", response=responses(None, status=204))
def forget_mapping(request: HttpRequest, mapping_id: int) -> Any:
    """Ask again for the next file of this kind."""
    operations.forget_mapping(viewer(request), mapping_id, now=clock.now())
    return Status(204, None)
