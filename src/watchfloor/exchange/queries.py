"""Reading imports and feeds, cut to what the viewer may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from watchfloor.exchange.fielding import field_rules
from watchfloor.exchange.mapping import mappings
from watchfloor.exchange.models import ImportedProject, PlanImport
from watchfloor.exchange.records import ImportRecord, import_record
from watchfloor.jobs.queries import failed
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer

MAX_CLEAR = 200  # answered at once

__all__ = ["clear_answers", "field_rules", "imports", "mappings", "may_answer", "plan_import"]


def plan_import(viewer: Viewer, import_id: int) -> ImportRecord:
    """One import: to whoever started it, and to those who may see a project it touched.

    Raises:
        NotFound: it does not exist, or is not the viewer's to see.
    """
    row = _visible(viewer).filter(pk=import_id).first()
    if row is None:
        raise NotFound(_("There is no such import."))
    return _records([row], viewer)[0]


def imports(viewer: Viewer, *, limit: int = 50, offset: int = 0) -> tuple[ImportRecord, ...]:
    """Imports, newest first."""
    rows = _visible(viewer).order_by("-id")[offset : offset + limit]
    return _records(rows, viewer)


def clear_answers(viewer: Viewer) -> tuple[ImportRecord, ...]:
    """Imports that ask for a project, whose proposals are clear, and which are the viewer's to answer; oldest first."""
    rows = _visible(viewer).filter(state="asks").order_by("id")[:MAX_CLEAR]
    found = [each for each in _records(rows, viewer) if each.clear_answer is not None]
    return tuple(each for each in found if may_answer(viewer, each))


def may_answer(viewer: Viewer, found: ImportRecord) -> bool:
    """Whether the import's questions are the viewer's to answer: its giver's, or who may change all it is about."""
    gave_it = viewer.user_id is not None and found.uploaded_by_id == viewer.user_id
    if viewer is SYSTEM or gave_it or viewer.may("plan.edit"):
        return not viewer.is_read_only
    about = ImportedProject.objects.filter(plan_import_id=found.id).values_list("project_id", flat=True)
    return bool(about) and all(viewer.may("plan.edit", project_id) for project_id in about)


def _records(rows: Iterable[PlanImport], viewer: Viewer) -> tuple[ImportRecord, ...]:
    """The rows, with those whose worker died on every attempt told as what they are."""
    visible = viewer.project_ids()
    found = [import_record(row, visible, whole=row.uploaded_by_id == viewer.user_id) for row in rows]
    given_up = failed([each.job_id for each in found if each.job_id is not None and not each.is_finished])
    return tuple(
        each
        if each.job_id not in given_up
        else replace(
            each,
            state="refused",
            finished_at=given_up[each.job_id],
            error_code="import.failed",
            error=_("Reading this file failed on every attempt."),
            remedy=_("Try another export format; if it stays so, report it with the file."),
        )
        for each in found
    )


def _visible(viewer: Viewer) -> QuerySet[PlanImport]:
    visible = viewer.project_ids("internal.view")
    if visible is None:
        return PlanImport.objects.all()
    mine = Q(uploaded_by_id=viewer.user_id) if viewer.user_id is not None else Q(pk=None)
    touched = ImportedProject.objects.filter(project_id__in=visible).values("plan_import_id")
    return PlanImport.objects.filter(mine | Q(pk__in=touched))
