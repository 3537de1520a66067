"""Addresses: health, the API, and everything else to the pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.translation import gettext as _

from watchfloor.api.app import api
from watchfloor.api.problems import problem
from watchfloor.web import health, problems


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that leads nowhere: a problem for a program, a page for a person."""
    if request.path.startswith("/api/"):
        remedy = _("Check the address: /api/v1/openapi.json lists every one.")
        return problem(404, "not_found", _("There is no such address."), remedy=remedy)
    return problems.missing(request, exception)


urlpatterns = [
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("api/v1/", api.urls),
    path("", include("watchfloor.web.urls")),
]
handler400 = "watchfloor.web.problems.bad_request"
handler403 = "watchfloor.web.problems.forbidden"
handler404 = missing
handler500 = "watchfloor.web.problems.broken"
