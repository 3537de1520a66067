"""Feeds as pages: what is read again and again, what came of it, and what did not come."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchfloor.exchange import feed_queries, operations
from watchfloor.kit import clock
from watchfloor.kit.errors import Conflict, Invalid, WatchfloorError
from watchfloor.portfolio import queries as portfolio
from watchfloor.web.page import page, shell, viewer_of
from watchfloor.web.words import FEED_INTERVALS

_FILES_SHOWN = 200


@require_http_methods(["GET", "POST"])
def feeds(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    problem: WatchfloorError | None = None
    if request.method == "POST":
        try:
            return _add(request)
        except (Invalid, Conflict) as refused:
            problem = refused
    now = clock.now()
    context = {
        **shell(request),
        "feeds": feed_queries.feeds(viewer, now=now),
        "may_add": viewer.may("project.manage"),
        "folders": settings.FEED_FOLDERS if viewer.may("project.manage") else (),
        "programmes": portfolio.programmes(viewer),
        "projects": portfolio.projects(viewer),
        "intervals": tuple(FEED_INTERVALS.items()),
        "problem": problem,
        "given": request.POST,
        "now": now,
    }
    return page(request, "feeds/page.html", context, section="imports", status=422 if problem else 200)


@require_GET
def feed(request: HttpRequest, feed_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    found = feed_queries.feed(viewer, feed_id, now=clock.now())
    context = {
        **shell(request),
        "feed": found,
        "files": feed_queries.feed_files(viewer, feed_id, limit=_FILES_SHOWN),
        "intervals": tuple(FEED_INTERVALS.items()),
    }
    return page(request, "feeds/feed.html", context, section="imports")


@require_POST
def change(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Pause, resume, or expect a plan more or less often."""
    active = {"yes": True, "no": False}.get(request.POST.get("active", ""))
    every = _every(request.POST["every"]) if request.POST.get("every") else None
    operations.change_feed(viewer_of(request), feed_id, active=active, every=every, now=clock.now())
    messages.success(request, _("Paused.") if active is False else _("Saved."))
    return redirect("feed", feed_id=feed_id)


@require_POST
def run(request: HttpRequest, feed_id: int) -> HttpResponse:
    operations.run_feed(viewer_of(request), feed_id, now=clock.now())
    messages.success(request, _("It is being read."))
    return redirect("feed", feed_id=feed_id)


@require_POST
def follow(request: HttpRequest, feed_id: int) -> HttpResponse:
    follows = request.POST.get("follows") == "yes"
    operations.follow_feed(viewer_of(request), feed_id, follows=follows, now=clock.now())
    messages.success(
        request,
        _("You get a mail when something came or did not come, once a day at most.")
        if follows
        else _("You get no more mails about it."),
    )
    return redirect("feed", feed_id=feed_id)


@require_POST
def remove(request: HttpRequest, feed_id: int) -> HttpResponse:
    operations.remove_feed(viewer_of(request), feed_id, now=clock.now())
    messages.success(request, _("The feed was removed. What it brought stays."), extra_tags=f"/feeds/{feed_id}/restore")
    return redirect("feeds")


@require_POST
def restore(request: HttpRequest, feed_id: int) -> HttpResponse:
    operations.restore_feed(viewer_of(request), feed_id, now=clock.now())
    messages.success(request, _("The feed is read again."))
    return redirect("feed", feed_id=feed_id)


def _add(request: HttpRequest) -> HttpResponse:
    kind, _colon, code = request.POST.get("whose", "").partition(":")
    made = operations.add_feed(
        viewer_of(request),
        request.POST.get("path", "").strip(),
        project_code=code if kind == "project" else "",
        programme_code=code if kind == "programme" else "",
        every=_every(request.POST.get("every", "")),
        makes_projects=request.POST.get("makes_projects") == "on",
        now=clock.now(),
    )
    messages.success(request, _("The feed was added. You follow it."))
    return redirect("feed", feed_id=made.id)


def _every(seconds: str) -> timedelta:
    if not seconds.isdecimal() or len(seconds) > 9:
        raise Invalid(_("Choose how often a new plan is expected."), place="every")
    return timedelta(seconds=int(seconds))
