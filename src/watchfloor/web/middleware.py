"""What happens to every page request: a number for the logs, the viewer, sign-in, and errors as pages."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone, translation

from watchfloor.accounts.queries import viewer_of
from watchfloor.calendars import own_days
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.web.problems import problem_page

Handler = Callable[[HttpRequest], HttpResponseBase]
_log = logging.getLogger("watchfloor.web")


class ViewedRequest(HttpRequest):
    """A request after the middleware: views may rely on ``viewer``."""

    viewer: Viewer
    number: str


class SettleRequest:
    """Outermost: numbers the request, logs how it ended, and keeps private pages out of shared caches."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        number = secrets.token_hex(8)
        cast(ViewedRequest, request).number = number
        response = self.get_response(request)
        response.headers["X-Request-Id"] = number
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "private, no-cache")
            _log.info(
                "%s %s",
                request.method,
                request.path,
                extra={
                    "request_id": number,
                    "status_code": response.status_code,
                    "duration_ms": round((time.perf_counter() - began) * 1000, 1),
                },
            )
        return response


class ViewerOnRequest:
    """``request.viewer``: worked out once per request, with the person's language and time zone in force."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith("/api/"):
            # The API finds its viewer from a token or the session by itself.
            return self.get_response(request)
        own_days.refresh()
        viewer = viewer_of(request.user, now=clock.now())
        cast(ViewedRequest, request).viewer = viewer
        if viewer.user_id is None:
            if request.user.is_authenticated:
                logout(request)  # the account's time is over
            return self.get_response(request)
        with translation.override(viewer.language), timezone.override(viewer.time_zone):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", viewer.language)
        return response


class RequireSignIn(LoginRequiredMiddleware):
    """Every page needs a signed-in user unless its view says otherwise; the API answers for itself."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.path.startswith("/api/"):
            return None
        refusal = super().process_view(request, view_func, view_args, view_kwargs)
        if refusal is not None and request.headers.get("HX-Request") == "true":
            # htmx would follow to the sign-in page and paint it into the middle of this one; the whole page must go.
            return HttpResponse(status=401, headers={"HX-Redirect": settings.LOGIN_URL})
        return refusal


class ProblemPages:
    """Anticipated errors become a page that says what can be changed; others take the server's error page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, WatchfloorError) or request.path.startswith("/api/"):
            return None
        return problem_page(
            request,
            status=exception.status,
            code=exception.code,
            message=str(exception),
            remedy=exception.remedy,
        )


def client_address(request: HttpRequest) -> str:
    """Where a request comes from; the proxy's word counts only where a proxy was declared."""
    if settings.BEHIND_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", 1)[-1].strip()
        if forwarded:
            return str(forwarded)
    return str(request.META.get("REMOTE_ADDR", ""))
