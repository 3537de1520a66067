"""Who calls: a bearer token, or the session of a signed-in browser (with its CSRF token)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from watchfloor.accounts import operations, queries
from watchfloor.kit import clock
from watchfloor.kit.errors import NotAllowed
from watchfloor.kit.viewer import Viewer

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class TokenAuth(HttpBearer):
    """``Authorization: Bearer wf_…``. A read-only token reads, whatever its owner may do."""

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:
        found = operations.use_token(token, clock.now())
        if found is None:
            return None
        if request.method not in _SAFE_METHODS and found.is_read_only:
            raise NotAllowed("This token may only read.", remedy="Use a token that may also write.")
        return found


class BrowserAuth(SessionAuth):
    """The session cookie; changing requests need the CSRF token as well."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Viewer | None:
        user = super().authenticate(request, key)
        found = queries.viewer_of(user, now=clock.now()) if user is not None else None
        return found if found is not None and found.user_id is not None else None


AUTH = [TokenAuth(), BrowserAuth()]


def viewer(request: HttpRequest) -> Viewer:
    """Whom the operation runs for; set by the authentication that let the request in."""
    who: Any = request.auth  # type: ignore[attr-defined]
    assert isinstance(who, Viewer)
    return who
