"""Every error as RFC 9457 ``application/problem+json``: a stable code, what is wrong, what to change."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from watchfloor.kit.errors import WatchfloorError

logger = logging.getLogger(__name__)


class Fault(Schema):
    """One thing wrong with the input."""

    place: str
    message: str


class Problem(Schema):
    """RFC 9457 problem details; ``code`` is stable, ``detail`` and ``remedy`` are in the reader's language."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    remedy: str = ""
    place: str = ""
    faults: list[Fault] = []


_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Invalid input",
    429: "Too many requests",
    500: "Our error",
}


def responses(success: Any, *, status: int = 200) -> dict[int, Any]:
    """The declared answers of one operation: its success and every problem it may end in."""
    return {status: success, **dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Problem)}


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    remedy: str = "",
    place: str = "",
    faults: list[Fault] | None = None,
) -> HttpResponse:
    """The answer for one problem."""
    body = Problem(
        title=_TITLES.get(status, "Error"),
        status=status,
        code=code,
        detail=detail,
        remedy=remedy,
        place=place,
        faults=faults or [],
    )
    return HttpResponse(json.dumps(body.dict()), status=status, content_type="application/problem+json")


def register(api: NinjaAPI) -> None:
    """Turn everything that can be raised below into a problem."""

    @api.exception_handler(WatchfloorError)
    def anticipated(request: HttpRequest, error: WatchfloorError) -> HttpResponse:
        return problem(error.status, error.code, str(error), remedy=error.remedy, place=error.place)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        faults = [
            Fault(place=".".join(str(part) for part in each.get("loc", ())), message=str(each.get("msg", "")))
            for each in error.errors[:50]
        ]
        place = faults[0].place if faults else ""
        return problem(422, "invalid", _("The input does not have the expected shape."), place=place, faults=faults)

    @api.exception_handler(AuthenticationError)
    def anonymous(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        answer = problem(
            401,
            "not_signed_in",
            _("Name a valid token, or sign in."),
            remedy=_("Send the header Authorization: Bearer wf_…; tokens are made on the account page."),
        )
        answer["WWW-Authenticate"] = "Bearer"
        return answer

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, "not_found", _("There is nothing here."))

    @api.exception_handler(RequestDataTooBig)
    @api.exception_handler(TooManyFilesSent)
    def too_large(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(413, "too_large", _("The request is larger than this server accepts."))

    @api.exception_handler(HttpError)
    def other(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "error", str(error))

    @api.exception_handler(Exception)
    def ours(request: HttpRequest, error: Exception) -> HttpResponse:
        logger.exception("unexpected error in the API", extra={"path": request.path})
        return problem(500, "internal", _("Something went wrong on our side; nothing was changed."))
