"""Any two states of a project's plan side by side, as a page and as a table to take away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from watchfloor.forecasts import comparison
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, NotFound
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import comparing
from watchfloor.web import project as content
from watchfloor.web.page import long_sheet, page, shell, viewer_of
from watchfloor.web.past import knows_the_past


@require_GET
@knows_the_past
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """What became of the plan between two of its states, and who did it?"""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    choice = comparing.Choice.of(viewer, project, request.GET.dict())
    context = {**shell(request), **content.head(viewer, project), "tab": "changes", "choice": choice}
    try:
        context.update(comparing.page(viewer, project, choice, clock.now()))
    except (Invalid, NotFound) as wrong:
        # What was typed is shown again with what is wrong about it.
        context.update(problem=str(wrong), remedy=wrong.remedy, options=comparing.options(viewer, project))
        return page(request, "project/compare.html", context, section="portfolio", status=wrong.status)
    return page(request, "project/compare.html", context, section="portfolio")


@require_GET
@knows_the_past
def compare_csv(request: HttpRequest, code: str) -> StreamingHttpResponse:
    """Every row of the comparison that the filters leave."""
    viewer = viewer_of(request)
    project = portfolio.project(viewer, code)
    choice = comparing.Choice.of(viewer, project, request.GET.dict())
    found = comparison.compare(viewer, project.id, choice.before, choice.after, now=clock.now())
    rows = comparing.csv_rows(found, choice, project.currency)
    name = f"{project.code}-{choice.before}-{choice.after}.csv".replace(":", "")
    return long_sheet(name, comparing.CSV_HEADER, rows)
