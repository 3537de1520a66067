"""The portfolio: which projects drift?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchfloor.detection.portfolio_export import exported
from watchfloor.web import portfolio as table
from watchfloor.web.page import is_fragment, page, sheet, shell, viewer_of
from watchfloor.web.past import knows_the_past


@require_GET
@knows_the_past
def portfolio(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    choice = table.Choice.of(request.GET)
    if is_fragment(request):
        return render(request, "portfolio/table.html", {"viewer": viewer, **table.table(viewer, choice)})
    frame = shell(request)
    context = {**frame, **table.table(viewer, choice)}
    context["may_create"] = viewer.may("project.manage") or any(
        "project.manage" in granted for granted in viewer.programmes.values()
    )
    return page(request, "portfolio/page.html", context, section="portfolio")


@require_GET
def portfolio_sheet(request: HttpRequest, kind: str) -> HttpResponse:
    """What the table shows, as a sheet: the groups where there are any, else the projects of the choice."""
    viewer = viewer_of(request)
    return sheet(f"projects.{kind}", *exported(viewer, table.divided(viewer, table.Choice.of(request.GET))))
