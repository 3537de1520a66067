"""One import from the given file to the result page: read in a child, then stored whole or not at all."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.accounts.queries import viewer_by_id
from watchfloor.exchange.answering import answered, waiting_row
from watchfloor.exchange.as_baseline import BaselineOrder, Freeze, freeze_document
from watchfloor.exchange.formats.errors import RowErrors, UnreadableFile
from watchfloor.exchange.keeping import imports_folder, kept
from watchfloor.exchange.matching import Asks
from watchfloor.exchange.models import ImportedProject, PlanImport
from watchfloor.exchange.queries import clear_answers, plan_import
from watchfloor.exchange.records import WAITS_FOR_PERSON, plain_question
from watchfloor.exchange.sandbox import ReaderFailed, read_in_child
from watchfloor.exchange.storing import record_document
from watchfloor.jobs.operations import ask_cancel, enqueue
from watchfloor.jobs.queries import job
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Invalid, NotAllowed, WatchfloorError
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans.document import PlanDocument
from watchfloor.portfolio import queries as portfolio

log = logging.getLogger(__name__)
Beat = Callable[[int, int, str], bool]

_MAX_ROW_ERRORS = 500
_MAX_REPLACED = 50
_WAITS_AT_MOST = timedelta(days=30)
_ENDED_AT_ONCE = 100
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
    as_baseline: BaselineOrder | None = None,
    queued: bool = True,
    now: datetime,
) -> int:
    """Take a file in and queue its reading as a job; returns the import's id.

    With ``queued`` False there is no job: the caller reads it with :func:`run_import`. With ``as_baseline`` the file
    makes no revision: what is ordered of it becomes a baseline of the project.

    Raises:
        Invalid: the file is empty, or larger than ``WATCHFLOOR_MAX_UPLOAD_MB``; a baseline without name or project.
        NotFound, NotAllowed: the project or programme named is not the viewer's to import into.
    """
    programme_id, project_id = _target(viewer, programme_code, project_code)
    if as_baseline is not None:
        as_baseline = _checked_order(viewer, as_baseline, project_id)
    path, size, digest = kept(file)
    try:
        with transaction.atomic():
            _replace_waiting(viewer, digest, now)
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
                as_baseline=dataclasses.asdict(as_baseline) if as_baseline is not None else {},
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


def _replace_waiting(viewer: Viewer, digest: str, now: datetime) -> None:
    """The same file given once more takes the place of one that still waits for its giver's answer."""
    again = PlanImport.objects.filter(digest=digest, uploaded_by_id=viewer.user_id, state__in=WAITS_FOR_PERSON)
    for row in again[:_MAX_REPLACED]:
        _dropped(row, viewer, "file.replaced", _("The same file was given once more."), now).unlink(missing_ok=True)


def run_import(
    import_id: int, *, beat: Beat, now: datetime, freeze: Freeze | None = None, as_viewer: Viewer | None = None
) -> dict[str, Any]:
    """Read and store one import. May run again after a crash: what was stored was stored with its result.

    It may do what whoever gave the file may, or ``as_viewer`` when a feed reads it with rights of its own. ``freeze``
    is how a plan becomes a baseline; needed only for imports that were given for one.
    """
    row = PlanImport.objects.filter(pk=import_id).first()
    if row is None or row.finished_at is not None or row.state in WAITS_FOR_PERSON:
        return {}
    PlanImport.objects.filter(pk=import_id).update(state="running")
    path = imports_folder() / row.stored_path
    # Whoever answered its questions is the one who takes it in; else whoever gave it, or the feed that found it.
    actor_id = row.answers["by_id"] if row.answers else row.uploaded_by_id
    viewer = as_viewer or (SYSTEM if actor_id is None else viewer_by_id(actor_id))
    try:
        document = _read(row, path, beat)
        if row.as_baseline:
            assert freeze is not None, "whoever reads imports for baselines says how they are frozen"
            _stored_as_baseline(row, viewer, document, freeze, now)
        else:
            _stored(row, viewer, document, beat, now)
    except UnreadableFile as problem:
        _refuse(row, viewer, problem, now)
    except ReaderFailed as problem:
        log.error("reading %s failed: %s", row.source_name, problem.trace)
        _refuse(row, viewer, problem, now)
    except WatchfloorError as problem:
        _refuse(row, viewer, problem, now)
    # Kept until here, so that a worker that died or was stopped finds the file again, and while a person is asked.
    if row.state not in WAITS_FOR_PERSON:
        path.unlink(missing_ok=True)
    return {"import": import_id, "state": row.state}


def cancel_import(viewer: Viewer, import_id: int, *, now: datetime) -> None:
    """Ask an import to stop: a waiting one ends at once, a running one at its next step, with nothing stored.

    One that waits for an answer is discarded, by whoever may answer it.
    """
    found = plan_import(viewer, import_id)
    if found.waits_for_person:
        discard_import(viewer, import_id, now=now)
        return
    if found.is_finished or found.job_id is None:
        return
    ask_cancel(viewer, found.job_id, now=now)
    if job(SYSTEM, found.job_id).state != "cancelled":
        return
    row = PlanImport.objects.get(pk=import_id)
    (imports_folder() / row.stored_path).unlink(missing_ok=True)
    with transaction.atomic():
        row.error_code, row.error = "file.cancelled", _("The import was cancelled.")
        _finish(row, viewer, "cancelled", {}, now)


def discard_import(viewer: Viewer, import_id: int, *, now: datetime) -> None:
    """Drop a file that waits for an answer; nothing of it was stored.

    Raises:
        NotFound, NotAllowed, Conflict: as for :func:`answer_import`.
    """
    with transaction.atomic():
        row = waiting_row(viewer, import_id)
        path = _dropped(row, viewer, "file.discarded", _("The file was discarded."), now)
    path.unlink(missing_ok=True)


def answer_import(
    viewer: Viewer,
    import_id: int,
    *,
    projects: Mapping[int, str] | None = None,
    take_older: bool = False,
    queued: bool = True,
    now: datetime,
) -> None:
    """Say what an import waits for: the project of each plan, or that an older data date is meant. Then it goes on.

    Args:
        projects: the plan's place in the file, from 1 → a project's code, or ``NEW`` for a new project.
        take_older: take a plan although its data date lies before the one held.

    Raises:
        NotFound, NotAllowed: the import or a project is not the viewer's to see, or to change.
        Conflict: it waits for nothing (any more).
        Invalid: a question has no answer.
    """
    with transaction.atomic():
        row = waiting_row(viewer, import_id)
        said = answered(viewer, row, projects or {}, take_older=take_older)
        row.answers = {**said, "by_id": viewer.user_id, "by_name": viewer.name, "at": now.isoformat()}
        row.state = "waiting"
        if queued:
            row.job_id = enqueue(
                "import",
                viewer=viewer,
                now=now,
                project_id=row.project_id,
                arguments={"import": row.pk},
                max_attempts=3,
            )
        row.save(update_fields=("answers", "state", "job_id"))
        append(
            "import.answered",
            viewer=viewer,
            now=now,
            project_id=row.project_id,
            subject_kind="import",
            subject_id=row.pk,
            data={"import": row.pk, "older": take_older, "plans": len(projects or {})},
        )


def answer_clear(viewer: Viewer, *, now: datetime) -> int:
    """Take the proposed project wherever it is clear, for everything that is the viewer's to answer; how many files.

    Each file is answered for itself; one that somebody else answered meanwhile, or that may not be, is passed over.
    """
    answered_count = 0
    for found in clear_answers(viewer):
        try:
            answer_import(viewer, found.id, projects=found.clear_answer, now=now)
        except WatchfloorError as problem:
            log.info("import %d was not answered: %s", found.id, problem)
        else:
            answered_count += 1
    return answered_count


def give_up_import(import_id: int, *, now: datetime) -> None:
    """Refuse an import whose reading broke for good, and remove its file. For readings without a job of their own."""
    row = PlanImport.objects.filter(pk=import_id, finished_at=None).first()
    if row is None:
        return
    path = imports_folder() / row.stored_path
    row.error_code, row.error = "import.failed", _("Reading this file failed.")
    with transaction.atomic():
        _finish(row, SYSTEM, "refused", {}, now)
    path.unlink(missing_ok=True)


def end_unanswered(*, now: datetime) -> int:
    """Cancel imports whose questions nobody answered for thirty days, and remove their files; returns how many."""
    old = PlanImport.objects.filter(state__in=WAITS_FOR_PERSON, created_at__lt=now - _WAITS_AT_MOST).order_by("id")
    ended = 0
    for import_id in list(old.values_list("pk", flat=True)[:_ENDED_AT_ONCE]):
        with transaction.atomic():
            # Somebody may be answering it right now.
            row = PlanImport.objects.select_for_update().filter(pk=import_id, state__in=WAITS_FOR_PERSON).first()
            if row is None:
                continue
            row.remedy = _("Import the file once more, and say which project it is for.")
            path = _dropped(row, SYSTEM, "import.unanswered", _("Nobody answered its questions for thirty days."), now)
        path.unlink(missing_ok=True)
        ended += 1
    return ended


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


def _checked_order(viewer: Viewer, order: BaselineOrder, project_id: int | None) -> BaselineOrder:
    if project_id is None:
        raise Invalid(_("Say which project the baseline is of."), place="project_code")
    if not order.name.strip() or len(order.name.strip()) > 120:
        raise Invalid(_("A baseline has a name of at most 120 characters."), place="as_baseline")
    # Only whoever runs the machine may do both acts at once.
    return dataclasses.replace(order, name=order.name.strip(), approve=order.approve and viewer.user_id is None)


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


def _stored(row: PlanImport, viewer: Viewer, document: PlanDocument, beat: Beat, now: datetime) -> None:
    row.format, row.tool = document.format[:12], document.tool[:120]
    row.remarks = [[each.code, each.place, each.detail] for each in document.remarks]
    try:
        with transaction.atomic():
            results = record_document(row, viewer, document, progress=_later(beat), now=now)
            if row.dry_run:
                raise _DryRun
            unchanged = all(each["is_unchanged"] for each in results)
            _finish(row, viewer, "unchanged" if unchanged else "done", {"projects": results}, now)
    except Asks as asked:
        _wait(row, viewer, asked, now)
    except _DryRun:
        for each in results:
            if each["is_new"]:
                each["project_id"] = None
            each["revision"] = None
        with transaction.atomic():
            _finish(row, viewer, "checked", {"projects": results}, now)


def _stored_as_baseline(row: PlanImport, viewer: Viewer, document: PlanDocument, freeze: Freeze, now: datetime) -> None:
    row.format, row.tool = document.format[:12], document.tool[:120]
    row.remarks = [[each.code, each.place, each.detail] for each in document.remarks]
    try:
        with transaction.atomic():
            made = freeze_document(row, viewer, document, freeze, now)
            if row.dry_run:
                raise _DryRun
            _finish(row, viewer, "done", {"projects": [], "baseline": made}, now)
    except _DryRun:
        with transaction.atomic():
            _finish(row, viewer, "checked", {"projects": [], "baseline": made}, now)


def _later(beat: Beat) -> Callable[[float, str], None]:
    """Progress of the storing, which begins where the reading ended."""

    def progress(share: float, step: str) -> None:
        if not beat(_READ_SHARE + int((100 - _READ_SHARE) * share), 100, step):
            raise UnreadableFile("file.cancelled", _("The import was cancelled."))

    return progress


def _wait(row: PlanImport, viewer: Viewer, asked: Asks, now: datetime) -> None:
    """Keep the questions, and the file until somebody has answered; a dry run just tells what would be asked."""
    result = {"projects": [], "questions": [plain_question(each) for each in asked.questions]}
    with transaction.atomic():
        if row.dry_run:
            _finish(row, viewer, "checked", result, now)
            return
        row.state, row.result = asked.state, result
        row.save()
        ImportedProject.objects.filter(plan_import=row).delete()
        project_ids = sorted({each.project_id for each in asked.questions if each.project_id is not None})
        for project_id in project_ids:
            # So that those who may change the project find it waiting.
            ImportedProject.objects.create(plan_import=row, project_id=project_id)
        append(
            f"import.{asked.state}",
            viewer=viewer,
            now=now,
            project_id=project_ids[0] if len(project_ids) == 1 else row.project_id,
            subject_kind="import",
            subject_id=row.pk,
            data={"import": row.pk, "state": asked.state, "questions": len(asked.questions)},
        )


def _dropped(row: PlanImport, viewer: Viewer, code: str, words: str, now: datetime) -> Path:
    """Cancel an import that waits for a person; returns its file, to be removed once that is stored."""
    path = imports_folder() / row.stored_path
    row.error_code, row.error = code, words
    _finish(row, viewer, "cancelled", row.result, now)
    return path


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
