"""Pages as of a past moment: ``?as_of=`` on any page that can tell how things stood then.

One place does it for all of them: the viewer looks from the moment and may only read, the clock stands at it, and links
and filters of the page keep it. Queries then answer for the moment; no page has a second way through the house.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar, cast
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.html import escape
from django.utils.translation import gettext as _

from watchfloor.accounts.queries import reading_only
from watchfloor.drawing.figures import zone_of
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.moments import PARAMETER, past_moment
from watchfloor.kit.viewer import Viewer
from watchfloor.web.middleware import Handler, ViewedRequest
from watchfloor.web.problems import problem_page

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_MARK = "knows_the_past"
_LINK = re.compile(r"""(?P<before>\s(?:href|hx-get)=")(?P<path>/[^"?#]*)(?P<query>\?[^"#]*)?(?P<rest>#[^"]*)?(?=")""")
_GET_FORM = re.compile(r"""<form\b[^>]*\bmethod="get"[^>]*>""")
_SAFE = frozenset({"GET", "HEAD"})


def knows_the_past(view: View) -> View:
    """A page whose every query goes through the viewer, so that it can be opened as of a moment."""
    setattr(view, _MARK, True)
    return view


class PastOnRequest:
    """Innermost: lets a page be read as of a past moment, and refuses what cannot be."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        said = request.GET.get(PARAMETER, "").strip()
        viewer = getattr(request, "viewer", None)  # the API looks after itself
        if not said or viewer is None or viewer.user_id is None:
            return self.get_response(request)
        if request.method not in _SAFE:
            return problem_page(
                request,
                status=403,
                code="not_allowed",
                message=_("The past cannot be changed."),
                remedy=_("Go back to now, then repeat your change."),
            )
        try:
            moment = past_moment(said, viewer.time_zone, now=clock.now())
        except WatchfloorError as wrong:
            return problem_page(request, status=wrong.status, code=wrong.code, message=str(wrong), remedy=wrong.remedy)
        cast(ViewedRequest, request).viewer = replace(reading_only(viewer), as_of=moment)
        with clock.standing_at(moment):
            response = self.get_response(request)
        if isinstance(response, HttpResponse) and response.get("Content-Type", "").startswith("text/html"):
            response.content = keeping(response.content.decode(), said).encode()
        return response

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        viewer = getattr(request, "viewer", None)
        if viewer is None or viewer.as_of is None or getattr(view_func, _MARK, False):
            return None
        return problem_page(
            request,
            status=422,
            code="only_now",
            message=_("This page only knows how things are now."),
            remedy=_("Leave out as_of."),
        )


@dataclass(frozen=True, slots=True)
class LookBack:
    """What the frame of a page needs to go to a moment, from one to another, and back to now."""

    as_of: datetime | None
    said: str  # for the field, on the reader's clock
    latest: str  # what the field may hold at most
    week_before: str
    week_after: str  # empty when that has not come yet
    others: tuple[tuple[str, str], ...]  # what else stands in the address


def look_back(request: HttpRequest, viewer: Viewer) -> LookBack | None:
    """None for a page that only knows how things are now."""
    match = request.resolver_match
    if match is None or not getattr(match.func, _MARK, False):
        return None
    zone = zone_of(viewer.time_zone)
    with clock.standing_at(None):
        now = clock.now().astimezone(zone)
    at = (viewer.as_of or now).astimezone(zone)
    after = (at + timedelta(days=7)).date()
    return LookBack(
        as_of=viewer.as_of,
        said=f"{at:%Y-%m-%dT%H:%M}",
        latest=f"{now:%Y-%m-%dT%H:%M}",
        week_before=(at - timedelta(days=7)).date().isoformat(),
        week_after=after.isoformat() if viewer.as_of is not None and after <= now.date() else "",
        others=tuple((name, str(value)) for name, value in request.GET.items() if name != PARAMETER),
    )


def keeping(html: str, said: str) -> str:
    """The page with the moment in every link and filter that leads to a page which knows the past."""
    value = f"{PARAMETER}={quote(said)}"

    def link(found: re.Match[str]) -> str:
        path, query = found["path"], found["query"] or ""
        if PARAMETER in query or not _is_known(path):
            return found[0]
        joined = f"{query}&amp;{value}" if len(query) > 1 else f"?{value}"
        return f"{found['before']}{path}{joined}{found['rest'] or ''}"

    hidden = f'<input type="hidden" name="{PARAMETER}" value="{escape(said)}">'
    with_links = _LINK.sub(link, html)
    return _GET_FORM.sub(lambda form: form[0] if "data-own-moment" in form[0] else form[0] + hidden, with_links)


@lru_cache(maxsize=4096)
def _is_known(path: str) -> bool:
    try:
        return bool(getattr(resolve(path).func, _MARK, False))
    except Resolver404:
        return False
