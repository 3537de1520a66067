"""Baselines of a project: look, compare, propose, approve."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.forecasts.operations import propose_baseline
from watchfloor.kit import clock
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import operations as plans
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web import baselines as content
from watchfloor.web import project as project_content
from watchfloor.web.page import is_fragment, page, shell, viewer_of


@require_http_methods(["GET", "POST"])
def baselines(request: HttpRequest, code: str) -> HttpResponse:
    """Every baseline of the project; a post proposes another one."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    if request.method == "POST":
        _need_edit(viewer, project)
        return _propose(request, viewer, project, content.propose_form(viewer, project, request.POST), "propose")
    return _page(request, viewer, project)


@require_POST
def amend(request: HttpRequest, code: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    _need_edit(viewer, project)
    form = content.amend_form(viewer, project, request.POST)
    return _propose(request, viewer, project, form, "amend")


@require_GET
def baseline(request: HttpRequest, code: str, baseline_id: int) -> HttpResponse:
    """One baseline beside the newest forecast, activity by activity."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    number = request.GET.get("page", "1")
    compared = content.comparison(
        viewer,
        project,
        baseline_id,
        show=request.GET.get("show", "all"),
        number=max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1,
    )
    if is_fragment(request):
        return render(request, "baselines/compared.html", {"viewer": viewer, "project": project, **compared})
    context = {**shell(request), **project_content.head(viewer, project), **compared}
    return page(request, "baselines/one.html", context, section="portfolio")


@require_POST
def approve(request: HttpRequest, code: str, baseline_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    made = plans.approve_baseline(viewer, project.id, baseline_id, now=clock.now())
    messages.success(request, _("%(name)s is the current baseline now.") % {"name": made.name})
    return redirect("baselines", code=code)


@require_POST
def decline(request: HttpRequest, code: str, baseline_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    reason = request.POST.get("reason", "")
    made = plans.decline_baseline(viewer, project.id, baseline_id, reason=reason, now=clock.now())
    messages.success(request, _("%(name)s was declined.") % {"name": made.name})
    return redirect("baselines", code=code)


@require_POST
def withdraw(request: HttpRequest, code: str, baseline_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    made = plans.withdraw_baseline(viewer, project.id, baseline_id, now=clock.now())
    messages.success(request, _("%(name)s was withdrawn.") % {"name": made.name})
    return redirect("baselines", code=code)


def _propose(
    request: HttpRequest,
    viewer: Viewer,
    project: ProjectRecord,
    form: content.ProposeForm | content.AmendForm,
    which: str,
) -> HttpResponse:
    status = 422
    if form.is_valid():
        try:
            made = propose_baseline(viewer, project.id, form.wanted(), form.proposal(), now=clock.now())
        except (Invalid, Conflict) as problem:
            status = problem.status
            form.add_error(problem.place if problem.place in form.fields else None, f"{problem} {problem.remedy}")
        else:
            words = _("%(name)s waits for somebody else to approve it.") % {"name": made.name}
            undo = f"/projects/{project.code}/baselines/{made.id}/withdraw"
            messages.success(request, words, extra_tags=undo)
            return redirect("baselines", code=project.code)
    return _page(request, viewer, project, {f"{which}_form": form, "opened": which}, status=status)


def _page(
    request: HttpRequest, viewer: Viewer, project: ProjectRecord, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        **shell(request),
        **project_content.head(viewer, project),
        **content.content(viewer, project),
        **(more or {}),
    }
    return page(request, "baselines/page.html", context, section="portfolio", status=status)


def _need_edit(viewer: Viewer, project: ProjectRecord) -> None:
    if not viewer.may("plan.edit", project.id):
        raise NotAllowed(_("Your role may not propose baselines."))
