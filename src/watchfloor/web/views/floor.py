"""The watch floor at the desk and on the wall."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from watchfloor.accounts.operations import remember_visit
from watchfloor.journal.queries import facts, newest
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.web import floor
from watchfloor.web.happenings import HAPPENINGS
from watchfloor.web.live.rendering import render as render_part
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.past import knows_the_past

_TABS = ("health", "milestones")
_VISIT_GAP_S = 1800
_NOTE_GAP_S = 300
_NEWS_COUNTED = 500


@require_GET
@knows_the_past
def watch_floor(request: HttpRequest) -> HttpResponse:
    """What needs a person now?"""
    frame = shell(request, "floor")
    tab = _tab(request)
    context = {**frame, **_board(viewer_of(request), tab), **_news(request)}
    return page(request, "floor/page.html", context, section="floor")


@require_GET
def wall(request: HttpRequest) -> HttpResponse:
    """The same for a screen nobody touches: it turns its boards by itself. ``?theme=`` chooses light or dark."""
    frame = shell(request, "wall")
    tab = _tab(request)
    theme = request.GET.get("theme", "")
    theme = theme if theme in ("light", "dark", "system") else "dark"
    following = _TABS[(_TABS.index(tab) + 1) % len(_TABS)]
    tabs = [
        {"code": code, "name": name, "href": f"/wall?tab={code}&theme={theme}"}
        for code, name in (("health", _("Health")), ("milestones", _("Milestones")))
    ]
    context = {
        **frame,
        **_board(viewer_of(request), tab),
        "theme": theme,
        "tabs": tabs,
        "next_tab": f"/wall?tab={following}&theme={theme}",
    }
    with timezone.override(context["organisation"].time_zone if context["organisation"] else "UTC"):
        return page(request, "floor/wall.html", context, section="floor")


@require_GET
def part(request: HttpRequest, name: str) -> HttpResponse:
    """One live part by its name, rendered now: for those that age without anything happening."""
    html = render_part(viewer_of(request), name)
    if html is None:
        raise Http404
    return HttpResponse(html)


def _tab(request: HttpRequest) -> str:
    tab = request.GET.get("tab", _TABS[0])
    return tab if tab in _TABS else _TABS[0]


def _board(viewer: Viewer, tab: str) -> dict[str, Any]:
    context: dict[str, Any] = {
        "tab": tab,
        "organisation": portfolio.organisation(),
        "now": clock.now(),
        "may_load_sample": viewer.may("sample.manage"),
        **({} if viewer.as_of is not None else floor.sample_progress(viewer)),
        **floor.freshness(viewer),
    }
    if tab == "milestones":
        return {**context, **floor.milestone_board(viewer), "has_projects": bool(portfolio.programmes(viewer))}
    reads = floor.Reads(viewer)
    for part_of in (floor.indices, floor.mosaic, floor.milestones):
        context.update(part_of(viewer, reads=reads))
    for simple in (floor.ledger, floor.needs, floor.changed):
        context.update(simple(viewer))
    context["has_projects"] = bool(context["columns"])
    return context


def _news(request: HttpRequest) -> dict[str, Any]:
    """How much happened since this person was here before. A visit ends after half an hour without a look."""
    viewer = viewer_of(request)
    if viewer.as_of is not None:
        return {"news": 0}
    now_s = int(clock.now().timestamp())
    seen_s = int(request.session.get("seen", 0))
    base = request.session.get("visit_base")
    if base is None or now_s - seen_s > _VISIT_GAP_S:
        frame_user = getattr(request.user, "last_visit_fact", 0)
        base = request.session["visit_base"] = int(frame_user or 0)
    if now_s - seen_s > _NOTE_GAP_S:
        request.session["seen"] = now_s
        if viewer.user_id is not None:
            remember_visit(viewer.user_id, newest(viewer))
    if not base:
        return {"news": 0}
    news = facts(viewer, after=base, kinds=HAPPENINGS, limit=_NEWS_COUNTED)
    return {"news": len(news), "news_after": base}
