"""Addresses: health, the API, and everything else to the pages."""

from __future__ import annotations

from django.urls import include, path

from watchfloor.api.app import api
from watchfloor.web import health

urlpatterns = [
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("api/v1/", api.urls),
    path("", include("watchfloor.web.urls")),
]
handler400 = "watchfloor.web.problems.bad_request"
handler403 = "watchfloor.web.problems.forbidden"
handler404 = "watchfloor.web.problems.missing"
handler500 = "watchfloor.web.problems.broken"
