"""One import as its page shows it: progress while it runs, then what came in and what was not understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from watchfloor.exchange import queries
from watchfloor.exchange.records import ImportRecord
from watchfloor.forecasts.comparing import stored_comparison
from watchfloor.jobs import queries as jobs
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio

_REMARKS_SHOWN = 400

_QUANTITIES: Mapping[str, Promise] = {
    "early_start": _("Early start"),
    "early_finish": _("Early finish"),
    "late_start": _("Late start"),
    "late_finish": _("Late finish"),
    "total_float": _("Total float"),
    "start": _("Start"),
    "finish": _("Finish"),
}
# Codes of forecasts.stored; constraints and rarer ones are shown by their code.
_REASONS: Mapping[str, Promise] = {
    "follows_predecessor": _("follows from a predecessor that differs"),
    "follows_successor": _("follows from a successor that differs"),
    "manually_scheduled": _("manually scheduled in the source"),
    "scheduled_from_finish": _("the source schedules from the finish"),
    "external_dates": _("dates of work outside the file"),
    "project_not_exported": _("the file holds only a stub of this project"),
    "suspended": _("suspended work"),
    "expected_finish": _("an expected finish"),
    "resource_calendar": _("depends on a resource's calendar"),
    "actual_dates": _("actual dates"),
    "in_progress": _("work in progress"),
    "late_dates_of_project": _("late dates counted from another project finish"),
    "late_dates": _("late dates"),
    "without_predecessor": _("nothing before it, so its start is the tool's choice"),
    "not_explained": _("not explained by what the file says"),
}


def one(viewer: Viewer, import_id: int) -> Mapping[str, Any]:
    """The import, its job while it is not finished, and its remarks by kind."""
    found = queries.plan_import(viewer, import_id)
    job = None
    if not found.is_finished and not found.waits_for_person and found.job_id is not None:
        try:
            job = jobs.job(viewer, found.job_id)
        except NotFound:
            # Seen through a project it touched, while the job is its uploader's own.
            job = None
    kinds = Counter(each.code for each in found.remarks)
    return {
        **_dates(viewer, found),
        **_questions(viewer, found),
        "found": found,
        "calendar_notes": [(each.project_code, note) for each in found.projects for note in each.calendar_notes],
        "editable": {each.project_id for each in found.projects if viewer.may("plan.edit", each.project_id)},
        "job": job,
        "remark_kinds": kinds.most_common(),
        "remarks": found.remarks[:_REMARKS_SHOWN],
        "remarks_more": max(0, len(found.remarks) - _REMARKS_SHOWN),
    }


def _questions(viewer: Viewer, found: ImportRecord) -> dict[str, Any]:
    """What it waits for, and what may be answered."""
    if not found.questions:
        return {}
    asks = found.state == "asks" and queries.may_answer(viewer, found)
    return {
        "may_answer": found.waits_for_person and queries.may_answer(viewer, found),
        "others": [each for each in portfolio.projects(viewer) if viewer.may("plan.edit", each.id)] if asks else (),
    }


def _dates(viewer: Viewer, found: ImportRecord) -> dict[str, Any]:
    """How our dates compare with the stored ones, once the plans are kept."""
    kept = {each.project_id: each.revision for each in found.projects if each.project_id and each.revision}
    if not kept or not any(each.with_stored_dates for each in found.projects):
        return {}
    partial = [each.place.removeprefix("PROJECT ") for each in found.remarks if each.code == "xer.project_partial"]
    compared = stored_comparison(
        viewer, {int(pk or 0): int(number or 0) for pk, number in kept.items()}, partial=partial
    )
    if compared is None:
        return {}
    return {
        "compared": compared,
        "date_kinds": [(_QUANTITIES[each.name], each) for each in compared.quantities if each.compared],
        "date_differences": [(_QUANTITIES[each.quantity], each) for each in compared.differences],
        "date_reasons": [(_REASONS.get(each.reason, each.reason), each) for each in compared.reasons],
    }


def part(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    return one(viewer, int(key)) if key and key.isdigit() else None


def given(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    """The import as a row of the list of files."""
    return {"each": queries.plan_import(viewer, int(key))} if key and key.isdigit() else None
