"""The command palette: what a few letters may mean."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchfloor.web.jumping import places
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.past import knows_the_past


@require_GET
@knows_the_past
def jump(request: HttpRequest) -> HttpResponse:
    """The list that the palette shows; without scripts a page with the same field and list."""
    viewer, text = viewer_of(request), request.GET.get("q", "")
    context = {"groups": places(viewer, text), "asked": text[:100], "viewer": viewer}
    if request.headers.get("HX-Request") == "true":
        return render(request, "layout/places.html", context)
    return page(request, "jump.html", {**shell(request), **context}, section="")
