"""Who is behind a session cookie, remembered between refetches and forgotten within seconds of a change."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.utils import timezone

from watchfloor.accounts.queries import viewer_of
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.web.live.threads import DatabaseThreads

RECHECK_S = 3.0
_MOST_REMEMBERED = 20_000
_SESSIONS_PER_QUERY = 500
_COOKIES_PARSED = 4096
_LONGEST_COOKIE = 8192
_Store = import_module(settings.SESSION_ENGINE).SessionStore


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in session and what it may see; ``fingerprint`` is the viewer's, worked out once."""

    session_key: str
    viewer: Viewer
    fingerprint: str


class Visitors:
    """Session key → visitor. Read and changed on the event loop only; the database is asked on threads."""

    def __init__(self, threads: DatabaseThreads) -> None:
        self._threads = threads
        self._known: dict[str, tuple[Visitor, float]] = {}
        self._generation = 0

    async def of(self, headers: Iterable[tuple[bytes, bytes]]) -> Visitor | None:
        """The visitor behind a request's cookie; None when nobody is signed in."""
        key = _session_key(headers)
        if key is None:
            return None
        remembered = self._known.get(key)
        if remembered is not None and time.monotonic() - remembered[1] < RECHECK_S * 3:
            return remembered[0]
        return await self.look_up(key)

    async def look_up(self, session_key: str) -> Visitor | None:
        """Ask the database, whatever is remembered."""
        generation = self._generation
        viewer = await self._threads.run(_viewer_behind, session_key)
        if viewer is None:
            self._known.pop(session_key, None)
            return None
        visitor = Visitor(session_key, viewer, viewer.fingerprint)
        if generation == self._generation:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[session_key] = (visitor, time.monotonic())
        return visitor

    def forget_all(self) -> None:
        """Rights have changed somewhere: whoever comes next is looked up again, also those being looked up now."""
        self._generation += 1
        self._known.clear()

    async def drop_ended(self) -> None:
        """Forget whoever has signed out or expired; one query for all, so that it may run every few seconds."""
        keys = list(self._known)
        if not keys:
            return
        alive = await self._threads.run(_living, keys)
        now = time.monotonic()
        for key in keys:
            remembered = self._known.get(key)
            if remembered is None:
                continue
            ends_at = remembered[0].viewer.ends_at
            if key in alive and (ends_at is None or ends_at > clock.now()):
                self._known[key] = (remembered[0], now)
            else:
                del self._known[key]

    def remembers(self, session_key: str) -> bool:
        return session_key in self._known


def _session_key(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    cookie = next((value for name, value in headers if name == b"cookie"), None)
    return _key_in(cookie) if cookie is not None and len(cookie) <= _LONGEST_COOKIE else None


@lru_cache(_COOKIES_PARSED)
def _key_in(cookie: bytes) -> str | None:
    """Parsing a cookie costs more than all the rest of a refetch, and a page sends the same one each time."""
    try:
        morsel = SimpleCookie(cookie.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return morsel.value if morsel is not None and 8 <= len(morsel.value) <= 64 else None


def _viewer_behind(session_key: str) -> Viewer | None:
    """Through Django's own check, so that a changed password or disabled account ends the session here too."""
    request = HttpRequest()
    request.session = _Store(session_key)
    viewer = viewer_of(get_user(request), now=clock.now())
    return viewer if viewer.user_id is not None else None


def _living(keys: list[str]) -> frozenset[str]:
    sessions = _Store.get_model_class().objects.filter(expire_date__gt=timezone.now())
    found: set[str] = set()
    for start in range(0, len(keys), _SESSIONS_PER_QUERY):
        some = keys[start : start + _SESSIONS_PER_QUERY]
        found.update(sessions.filter(session_key__in=some).values_list("session_key", flat=True))
    return frozenset(found)
