"""Every page's address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from watchfloor.web.views import floor

urlpatterns: list[URLPattern | URLResolver] = [
    path("", floor.watch_floor, name="floor"),
    path("wall", floor.wall, name="wall"),
    path("parts/<str:name>", floor.part, name="part"),
]
