"""One import from the given file to the result page: read in a child, then stored whole or not at all."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.accounts.queries import viewer_by_id
from watchfloor.exchange.formats.errors import RowErrors, UnreadableFile
from watchfloor.exchange.matching import Match, match
from watchfloor.exchange.models import ImportedProject, PlanImport
from watchfloor.exchange.queries import plan_import
from watchfloor.exchange.sandbox import ReaderFailed, read_in_child
from watchfloor.jobs.operations import ask_cancel, enqueue
from watchfloor.jobs.queries import job
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Invalid, NotAllowed, WatchfloorError
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans.document import Plan, PlanDocument
from watchfloor.plans.models import Revision
from watchfloor.plans.operations import record_plan
from watchfloor.plans.records import RevisionRecord
from watchfloor.portfolio import queries as portfolio

log = logging.getLogger(__name__)
Beat = Callable[[int, int, str], bool]

_CHUNK = 1024 * 1024
_MAX_ROW_ERRORS = 500
_READ_SHARE = 80  # of 100 steps of progress; storing takes the rest


class _DryRun(Exception):
    """Rolls the import back once its result is known."""


def start_import(
    viewer: Viewer,
    file: Path | IO[bytes],
    *,
    source_name: str,
    programme_code: str | None = None,
    project_code: str | None = None,
    dry_run: bool = False,
    queued: bool = True,
    now: datetime,
) -> int:
    """Take a file in and queue its reading as a job; returns the import's id.

    With ``queued`` False there is no job: the caller reads it with :func:`run_import`.

    Raises:
        Invalid: the file is empty, or larger than ``WATCHFLOOR_MAX_UPLOAD_MB``.
        NotFound, NotAllowed: the project or programme named is not the viewer's to import into.
    """
    programme_id, project_id = _target(viewer, programme_code, project_code)
    path, size, digest = _kept(file)
    try:
        with transaction.atomic():
            row = PlanImport.objects.create(
                source_name=Path(source_name.replace("\\", "/")).name[-260:] or "file",
                size_bytes=size,
                digest=digest,
                stored_path=path.name,
                uploaded_by_id=viewer.user_id,
                uploaded_by_name=viewer.name,
                programme_id=programme_id,
                project_id=project_id,
                dry_run=dry_run,
                created_at=now,
            )
            if queued:
                row.job_id = enqueue(
                    "import",
                    viewer=viewer,
                    now=now,
                    project_id=project_id,
                    arguments={"import": row.pk},
                    max_attempts=3,
                )
                row.save(update_fields=("job_id",))
            append(
                "import.started",
                viewer=viewer,
                now=now,
                project_id=project_id,
                subject_kind="import",
                subject_id=row.pk,
            )
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return row.pk


def run_import(import_id: int, *, beat: Beat, now: datetime) -> dict[str, Any]:
    """Read and store one import. May run again after a crash: what was stored was stored with its result."""
    row = PlanImport.objects.filter(pk=import_id).first()
    if row is None or row.finished_at is not None:
        return {}
    PlanImport.objects.filter(pk=import_id).update(state="running")
    path = _folder() / row.stored_path
    viewer = SYSTEM if row.uploaded_by_id is None else viewer_by_id(row.uploaded_by_id)
    try:
        document = _read(row, path, beat)
        _store(row, viewer, document, beat, now)
    except UnreadableFile as problem:
        _refuse(row, viewer, problem, now)
    except ReaderFailed as problem:
        log.error("reading %s failed: %s", row.source_name, problem.trace)
        _refuse(row, viewer, problem, now)
    except WatchfloorError as problem:
        _refuse(row, viewer, problem, now)
    # Kept until here, so that a worker that died or was stopped finds the file again.
    path.unlink(missing_ok=True)
    return {"import": import_id, "state": row.state}


def cancel_import(viewer: Viewer, import_id: int, *, now: datetime) -> None:
    """Ask an import to stop: a waiting one ends at once, a running one at its next step, with nothing stored."""
    found = plan_import(viewer, import_id)
    if found.is_finished or found.job_id is None:
        return
    ask_cancel(viewer, found.job_id, now=now)
    if job(SYSTEM, found.job_id).state != "cancelled":
        return
    row = PlanImport.objects.get(pk=import_id)
    (_folder() / row.stored_path).unlink(missing_ok=True)
    with transaction.atomic():
        row.error_code, row.error = "file.cancelled", _("The import was cancelled.")
        _finish(row, viewer, "cancelled", {}, now)


def give_up_import(import_id: int, *, now: datetime) -> None:
    """Refuse an import whose reading broke for good, and remove its file. For readings without a job of their own."""
    row = PlanImport.objects.filter(pk=import_id, finished_at=None).first()
    if row is None:
        return
    path = _folder() / row.stored_path
    row.error_code, row.error = "import.failed", _("Reading this file failed.")
    with transaction.atomic():
        _finish(row, SYSTEM, "refused", {}, now)
    path.unlink(missing_ok=True)


def _target(viewer: Viewer, programme_code: str | None, project_code: str | None) -> tuple[int | None, int | None]:
    if project_code:
        project = portfolio.project(viewer, project_code)
        if not viewer.may("plan.edit", project.id):
            raise NotAllowed(_("You may see this project, but not import into it."))
        return None, project.id
    if programme_code:
        programme = portfolio.programme(viewer, programme_code)
        if not viewer.may_in_programme("project.manage", programme.id):
            raise NotAllowed(_("You may see this programme, but not make projects in it."))
        return programme.id, None
    if not viewer.may("plan.edit") and not viewer.project_ids("plan.edit"):
        raise NotAllowed(_("Importing needs the permission to edit plans, on one project at least."))
    return None, None


def _folder() -> Path:
    folder = Path(settings.HOME) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _kept(file: Path | IO[bytes]) -> tuple[Path, int, str]:
    """A copy of ours under a name of ours; the name the file came with never touches the disk."""
    target = _folder() / secrets.token_hex(16)
    try:
        with target.open("xb") as copy:
            if isinstance(file, Path):
                with file.open("rb") as source:
                    size, digest = _copy(source, copy)
            else:
                size, digest = _copy(file, copy)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target, size, digest


def _copy(source: IO[bytes], copy: IO[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if size > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
            raise Invalid(
                _("The file is larger than %(limit)d MB.") % {"limit": limit},
                remedy=_("Export fewer projects, or raise WATCHFLOOR_MAX_UPLOAD_MB."),
                place="file",
            )
        digest.update(chunk)
        copy.write(chunk)
    if size == 0:
        raise Invalid(_("The file is empty."), remedy=_("Export it again."), place="file")
    return size, digest.hexdigest()


def _read(row: PlanImport, path: Path, beat: Beat) -> PlanDocument:
    goes_on = True

    def progress(share: float, step: str) -> None:
        nonlocal goes_on
        goes_on = beat(int(share * _READ_SHARE), 100, step) and goes_on

    def cancelled() -> bool:
        return not goes_on or not beat(0, 100, _("Reading the file"))

    if not beat(0, 100, _("Reading the file")):
        raise UnreadableFile("file.cancelled", _("The import was cancelled."))
    if not path.exists():
        raise UnreadableFile(
            "file.lost", _("The file given is no longer in the data folder."), _("Import it once more.")
        )
    return read_in_child(path, source_name=row.source_name, on_progress=progress, cancelled=cancelled)


def _store(row: PlanImport, viewer: Viewer, document: PlanDocument, beat: Beat, now: datetime) -> None:
    row.format, row.tool = document.format[:12], document.tool[:120]
    row.remarks = [[each.code, each.place, each.detail] for each in document.remarks]
    try:
        with transaction.atomic():
            results = _recorded(row, viewer, document, beat, now)
            if row.dry_run:
                raise _DryRun
            unchanged = all(each["is_unchanged"] for each in results)
            _finish(row, viewer, "unchanged" if unchanged else "done", {"projects": results}, now)
    except _DryRun:
        for each in results:
            if each["is_new"]:
                each["project_id"] = None
            each["revision"] = None
        with transaction.atomic():
            _finish(row, viewer, "checked", {"projects": results}, now)


def _recorded(
    row: PlanImport, viewer: Viewer, document: PlanDocument, beat: Beat, now: datetime
) -> list[dict[str, Any]]:
    project_code = portfolio.project_by_id(viewer, row.project_id).code if row.project_id else None
    programme_code = _programme_code(viewer, row.programme_id)
    matches = match(viewer, document, programme_code=programme_code, project_code=project_code, now=now)
    results = []
    for index, each in enumerate(matches):
        if not beat(_READ_SHARE + (100 - _READ_SHARE) * index // len(matches), 100, each.project.code):
            raise UnreadableFile("file.cancelled", _("The import was cancelled."))
        revision = record_plan(
            matches[-1].viewer,
            each.project.id,
            each.plan,
            origin="import",
            source_name=row.source_name,
            now=now,
        )
        if not row.dry_run:
            ImportedProject.objects.create(
                plan_import=row,
                project_id=each.project.id,
                revision=Revision(pk=revision.id) if revision else None,
            )
        results.append(_result(each, revision))
    return results


def _programme_code(viewer: Viewer, programme_id: int | None) -> str | None:
    if programme_id is None:
        return None
    return next((each.code for each in portfolio.programmes(viewer) if each.id == programme_id), None)


def _result(matched: Match, revision: RevisionRecord | None) -> dict[str, Any]:
    plan = matched.plan
    return {
        "project_id": matched.project.id,
        "project_code": matched.project.code,
        "source_code": matched.source_code,
        "name": matched.project.name,
        "is_new": matched.is_new,
        "revision": revision.number if revision else None,
        "is_unchanged": revision is None,
        "added": revision.added if revision else 0,
        "removed": revision.removed if revision else 0,
        "changed": revision.changed if revision else 0,
        "counts": _counts(plan),
        "baselines": [each.name for each in plan.baselines],
        "data_date": plan.data_date.isoformat() if plan.data_date else "",
        "with_stored_dates": sum(each.stored is not None for each in plan.activities),
    }


def _counts(plan: Plan) -> dict[str, int]:
    return {
        "activities": len(plan.activities),
        "dependencies": len(plan.dependencies),
        "wbs": len(plan.wbs),
        "calendars": len(plan.calendars),
        "resources": len(plan.resources),
        "assignments": len(plan.assignments),
        "code_types": len(plan.code_types),
        "code_values": sum(len(each.codes) for each in plan.activities),
        "field_types": len(plan.field_types),
        "field_values": sum(len(each.fields) for each in plan.activities),
        "constraints": sum(len(each.constraints) for each in plan.activities),
        "baselines": len(plan.baselines),
    }


def _refuse(row: PlanImport, viewer: Viewer, problem: WatchfloorError, now: datetime) -> None:
    row.error_code, row.error, row.remedy = problem.code, str(problem), problem.remedy
    result: dict[str, Any] = {}
    if isinstance(problem, RowErrors):
        names = ("sheet", "row", "column", "problem", "remedy")
        shown = problem.errors[:_MAX_ROW_ERRORS]
        result["row_errors"] = [{name: getattr(each, name) for name in names} for each in shown]
        result["row_errors_total"] = problem.total
    state = "cancelled" if problem.code == "file.cancelled" else "refused"
    with transaction.atomic():
        _finish(row, viewer, state, result, now)


def _finish(row: PlanImport, viewer: Viewer, state: str, result: dict[str, Any], now: datetime) -> None:
    row.state, row.result, row.finished_at, row.stored_path = state, result, now, ""
    row.save()
    ended_well = state in ("done", "unchanged", "checked")
    append(
        "import.finished" if ended_well else "import.refused",
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="import",
        subject_id=row.pk,
        data={"import": row.pk, "state": state, "code": row.error_code},
    )
