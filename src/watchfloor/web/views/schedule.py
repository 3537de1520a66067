"""The schedule of a project: what moves the finish?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchfloor.drawing.marks import CODES
from watchfloor.forecasts import queries as forecasts
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import project as content
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.past import knows_the_past


@require_GET
@knows_the_past
def schedule(request: HttpRequest, code: str) -> HttpResponse:
    """The frame; the rows and bars come from ``GET /api/v1/projects/{code}/schedule``."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    context = {**shell(request), **content.head(viewer, project), "tab": "schedule", "marks": CODES}
    return page(request, "project/schedule.html", context, section="portfolio")


@require_GET
@knows_the_past
def panel(request: HttpRequest, code: str) -> HttpResponse:
    """One activity beside the bars: what it is, and what drives it."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    found = forecasts.activity(viewer, project.id, request.GET.get("key", ""))
    late = (found.finish - found.baseline_finish).days if found.finish and found.baseline_finish else 0
    context = {
        "viewer": viewer,
        "project": project,
        "activity": found,
        "late_days": late,
        "drives": len(found.drives),
    }
    return render(request, "project/schedule_panel.html", context)
