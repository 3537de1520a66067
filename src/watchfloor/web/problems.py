"""Errors as pages: what happened, in words, and what the reader can do about it."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def problem_page(request: HttpRequest, *, status: int, code: str, message: str, remedy: str = "") -> HttpResponse:
    """One page for every error; a fragment request gets the box alone, to be shown where it was asked for."""
    titles = {
        400: _("This request could not be understood"),
        403: _("You may not do this"),
        404: _("Nothing here"),
        409: _("Somebody was faster"),
        413: _("Too large"),
        422: _("Please correct this"),
        429: _("Too many tries"),
    }
    context = {
        "status": status,
        "code": code,
        "title": titles.get(status, _("Something went wrong")),
        "message": message,
        "remedy": remedy,
        "number": getattr(request, "number", ""),
    }
    fragment = request.headers.get("HX-Request") == "true"
    return render(request, "problem_box.html" if fragment else "problem.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        limit = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
        return problem_page(
            request,
            status=413,
            code="too_large",
            message=_("This is more than the %(limit)d MB this server takes at once.") % {"limit": limit},
            remedy=_("Send fewer or smaller files, or raise WATCHFLOOR_MAX_UPLOAD_MB."),
        )
    if isinstance(exception, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        return problem_page(
            request,
            status=413,
            code="too_many_files",
            message=_("This is more than the %(most)d files this server takes at once.") % {"most": most},
            remedy=_("Send them in several goes, or put them into a folder that a feed watches."),
        )
    return problem_page(request, status=400, code="bad_request", message=_("The server did not understand this."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_page(
        request,
        status=403,
        code="not_allowed",
        message=_("Your account may not open this."),
        remedy=_("Ask an administrator for a role that may."),
    )


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem_page(
        request,
        status=404,
        code="not_found",
        message=_("There is no such page, or it is not yours to see."),
        remedy=_("Check the address, or start from the watch floor."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """The last resort: no template, no database, nothing that could break a second time."""
    number = getattr(request, "number", "")
    return HttpResponse(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Watchfloor: something went wrong</title>"
        "<h1>Something went wrong on our side</h1><p>It was logged; nothing you entered was half saved. "
        f"If it happens again, tell your administrator this number: {number}.</p><p><a href=/>Watch floor</a>",
        status=500,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem_page(
        request,
        status=403,
        code="csrf",
        message=_("This form was too old, or came from another site."),
        remedy=_("Go back, reload the page and send it again. Cookies must be allowed."),
    )
