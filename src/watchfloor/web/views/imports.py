"""Bringing plans in: upload, dry run, template, and what became of each file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.exchange import feed_queries, operations, queries
from watchfloor.exchange.formats.sheet.template import template as write_template
from watchfloor.exchange.matching import NEW
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, WatchfloorError
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import importing
from watchfloor.web.page import page, shell, viewer_of

_BASELINE_FIELDS = ("as_baseline", "source_project", "source_baseline", "reason", "authority", "reference")


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    problem: WatchfloorError | None = None
    if request.method == "POST":
        try:
            return _start(request)
        except Invalid as refused:
            problem = refused
    context = {
        **shell(request),
        "imports": queries.imports(viewer, limit=50),
        "feeds": feed_queries.feeds(viewer, now=clock.now()),
        "clear": len(queries.clear_answers(viewer)),
        "mappings": [
            {"rule": row, "may_forget": viewer.may("plan.edit", row.project_id)}
            for row in queries.mappings(viewer, limit=100)
        ],
        "programmes": [
            row for row in portfolio.programmes(viewer) if viewer.may_in_programme("project.manage", row.id)
        ],
        "projects": [row for row in portfolio.projects(viewer) if viewer.may("plan.edit", row.id)],
        "chosen_project": request.POST.get("project", "") or request.GET.get("project", ""),
        "is_baseline": bool(request.GET.get("as_baseline") or any(request.POST.get(name) for name in _BASELINE_FIELDS)),
        "said": request.POST,
        "problem": problem,
        "now": clock.now(),
    }
    return page(request, "imports/page.html", context, section="imports", status=422 if problem else 200)


def _start(request: HttpRequest) -> HttpResponse:
    files = request.FILES.getlist("file")
    if getattr(request, "upload_too_large", False):
        raise Invalid(
            _("The file is larger than this server takes."),
            remedy=_("Export fewer projects, or raise WATCHFLOOR_MAX_UPLOAD_MB."),
        )
    if not files:
        raise Invalid(_("No file arrived."), remedy=_("Choose a file, or drop one here."))
    order = _baseline_order(request)
    if order is not None and len(files) > 1:
        raise Invalid(_("A baseline comes from one file."), remedy=_("Choose only one."))
    started = [
        operations.start_import(
            viewer_of(request),
            file,
            source_name=str(file.name or "plan"),
            programme_code=request.POST.get("programme") or None,
            project_code=request.POST.get("project") or None,
            dry_run=request.POST.get("dry_run") == "on",
            as_baseline=order,
            now=clock.now(),
        )
        for file in files
    ]
    if len(started) == 1:
        return redirect("import", import_id=started[0])
    messages.success(request, _("%(n)s files are being read.") % {"n": len(started)})
    return redirect("imports")


def _baseline_order(request: HttpRequest) -> operations.BaselineOrder | None:
    """What the file shall become when it is given for a baseline; None when it is a plan."""
    said = {name: request.POST.get(name, "").strip()[:300] for name in _BASELINE_FIELDS}
    if not said["as_baseline"]:
        if any(said.values()):
            raise Invalid(_("Give the baseline a name."), place="as_baseline")
        return None
    return operations.BaselineOrder(
        name=said["as_baseline"],
        inside=said["source_project"],
        stored=said["source_baseline"],
        reason=said["reason"],
        authority=said["authority"],
        reference=said["reference"],
    )


@require_GET
def one_import(request: HttpRequest, import_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    context = {**shell(request), **importing.one(viewer, import_id)}
    return page(request, "imports/import.html", context, section="imports")


@require_POST
def cancel(request: HttpRequest, import_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    waited = queries.plan_import(viewer, import_id).waits_for_person
    operations.cancel_import(viewer, import_id, now=clock.now())
    words = _("The file was discarded.") if waited else _("The import stops at its next step; nothing of it is kept.")
    messages.success(request, words)
    return redirect("import", import_id=import_id)


@require_POST
def answer(request: HttpRequest, import_id: int) -> HttpResponse:
    """Which project each plan of the file updates; remembered for files like it."""
    viewer = viewer_of(request)
    found = queries.plan_import(viewer, import_id)
    projects = {}
    for question in found.questions:
        said = request.POST.get(f"plan-{question.plan}")
        if question.kind == "project" and said is not None:
            projects[question.plan] = {"new": NEW, "other": request.POST.get(f"other-{question.plan}", "")}.get(
                said, said.removeprefix("project ")
            )
            if said == "other" and not projects[question.plan]:
                raise Invalid(_("Choose the project from the list."), place=f"other-{question.plan}")
    operations.answer_import(viewer, import_id, projects=projects, now=clock.now())
    messages.success(request, _("Remembered. The import goes on."))
    return redirect("import", import_id=import_id)


@require_POST
def confirm(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take a plan although its data date lies before the one held."""
    operations.answer_import(viewer_of(request), import_id, take_older=True, now=clock.now())
    messages.success(request, _("The older plan is taken."))
    return redirect("import", import_id=import_id)


@require_POST
def answer_clear(request: HttpRequest) -> HttpResponse:
    """Take the proposed project wherever it is clear."""
    count = operations.answer_clear(viewer_of(request), now=clock.now())
    messages.success(request, _("%(n)s files go on with the project proposed.") % {"n": count})
    return redirect("imports")


@require_POST
def confirm_rename(request: HttpRequest, import_id: int) -> HttpResponse:
    """The activity that came in as new is one we held under another code."""
    code, source_key = request.POST.get("project", ""), request.POST.get("source_key", "")
    made = operations.confirm_rename(viewer_of(request), import_id, code, source_key, now=clock.now())
    if made is not None:
        words = _("Taken as one, with its history.")
        messages.success(request, words, extra_tags=f"/projects/{code}/changes/{made.number}/undo")
    return redirect("import", import_id=import_id)


@require_POST
def forget_mapping(request: HttpRequest, mapping_id: int) -> HttpResponse:
    operations.forget_mapping(viewer_of(request), mapping_id, now=clock.now())
    messages.success(request, _("Forgotten: the next file of this kind is asked about."))
    return redirect("imports")


@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponse | FileResponse:
    """The sheet to fill in, as CSV or XLSX."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"template.{kind}"
        write_template(path)
        data = path.read_bytes()
    types = {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    return HttpResponse(
        data,
        content_type=types[kind],
        headers={"Content-Disposition": f'attachment; filename="watchfloor-template.{kind}"'},
    )
