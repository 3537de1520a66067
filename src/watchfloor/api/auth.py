"""Who calls: a bearer token, or the session of a signed-in browser (with its CSRF token)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query
from ninja.security import HttpBearer, SessionAuth

from watchfloor.accounts import operations, queries
from watchfloor.accounts.queries import reading_only
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.kit.moments import PARAMETER, past_moment
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


AsOf = Annotated[
    str | None,
    Query(description="Answer as of a past moment: a day (its end, in the caller's zone) or a date and time."),
]


def viewer(request: HttpRequest) -> Viewer:
    """Whom the operation runs for; set by the authentication that let the request in.

    Raises:
        Invalid: the request names a past moment, of which this operation knows nothing.
    """
    if request.GET.get(PARAMETER):
        raise Invalid(_("This address only knows how things are now."), remedy=_("Leave out as_of."), place=PARAMETER)
    return _known(request)


def looking(request: HttpRequest, as_of: str | None) -> Viewer:
    """Whom a reading operation runs for, looking from the moment that ``as_of`` names."""
    who = _known(request)
    if not as_of:
        return who
    return replace(reading_only(who), as_of=past_moment(as_of, who.time_zone, now=clock.now()))


def _known(request: HttpRequest) -> Viewer:
    who: Any = request.auth  # type: ignore[attr-defined]
    assert isinstance(who, Viewer)
    return who
