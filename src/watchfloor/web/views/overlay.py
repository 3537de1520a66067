"""What was added here to a plan that comes from files: listed, moved to another activity, or taken off again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from watchfloor.kit import clock
from watchfloor.plans import operations
from watchfloor.plans import queries as plans
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import project as content
from watchfloor.web.additions import addition
from watchfloor.web.page import page, shell, viewer_of

_SHOWN = 500


@require_GET
def added(request: HttpRequest, code: str) -> HttpResponse:
    """Values that no file brought, with what the file says beneath; those that lost their activity first."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    rows = plans.overlay(viewer, project.id)
    revision = plans.head_revision(project.id)
    context = {
        **shell(request),
        **content.head(viewer, project),
        "tab": "added",
        "orphans": [addition(row, viewer.language) for row in rows if row.is_orphan][:_SHOWN],
        "additions": [addition(row, viewer.language) for row in rows if not row.is_orphan][:_SHOWN],
        "total": len(rows),
        "revision": revision.number if revision else 0,
    }
    return page(request, "project/added.html", context, section="portfolio")


@require_POST
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Give an addition to another activity."""
    activity = request.POST.get("activity", "").strip()
    edit = operations.MoveOverlay(request.POST.get("key", ""), activity)
    return _edited(request, code, edit, _("It belongs to %(key)s now.") % {"key": activity})


@require_POST
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """Back to what the source says."""
    edit = operations.RemoveOverlay(request.POST.get("key", ""))
    return _edited(request, code, edit, _("The addition was taken off."))


def _edited(request: HttpRequest, code: str, edit: operations.Edit, words: str) -> HttpResponse:
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    made = operations.edit_plan(viewer, project.id, [edit], now=clock.now())
    if made is not None:
        messages.success(request, words, extra_tags=f"/projects/{code}/changes/{made.number}/undo")
    return redirect("added", code=code)
