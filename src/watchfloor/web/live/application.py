"""``/live/*``: server-sent events that carry ids and versions, and the refetch of the parts they name.

``GET /live/events`` streams ``hello`` and ``changes`` events; ``GET /live/fragments?v=…&f=…&f=…`` answers with HTML
of the named parts. Both need a signed-in session and answer only to their own site; docs/developer/live.md has the
protocol.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from watchfloor.journal.queries import newest
from watchfloor.kit.viewer import Viewer
from watchfloor.web.live.hub import ANY, Hub, Stream, frame
from watchfloor.web.live.journal import JournalFollower, Touch
from watchfloor.web.live.rendering import Renderer
from watchfloor.web.live.threads import DatabaseThreads
from watchfloor.web.live.viewers import RECHECK_S, Visitor, Visitors

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_log = logging.getLogger("watchfloor.live")
_KEEP_ALIVE_S = 15.0
_CATCH_UP_S = 0.5
_MOST_PARTS = 300
_LONGEST_QUERY = 32_768
_RENDER_THREADS = 3
_REVIEW_PAUSE_S = 0.5
_LAST_READ_S = 2.0


class LiveApplication:
    """An ASGI application; ``start`` and ``stop`` belong to the server's lifespan."""

    def __init__(self) -> None:
        self._threads = DatabaseThreads(_RENDER_THREADS, name="live")
        self._hub: Hub | None = None
        self._follower: JournalFollower | None = None
        self._visitors = Visitors(self._threads)
        self._renderer: Renderer | None = None
        self._rights_moved = asyncio.Event()
        self._minding: tuple[asyncio.Task[None], ...] = ()

    async def start(self) -> None:
        """Begin to follow the journal."""
        loop = asyncio.get_running_loop()

        def publish(batch: tuple[Touch, ...]) -> None:
            loop.call_soon_threadsafe(self._take_in, batch)

        follower = self._follower = await self._threads.run(JournalFollower, publish)
        self._hub = Hub(follower.position)
        self._renderer = Renderer(self._threads, self._hub.version_of)
        follower.start()
        self._minding = (loop.create_task(self._mind_visitors()), loop.create_task(self._mind_rights()))

    async def stop(self) -> None:
        """Close every stream and stop following."""
        for task in self._minding:
            task.cancel()
        if self._follower is not None:
            self._follower.stop()
        if self._hub is not None:
            self._hub.close_all()
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if self._follower is not None and self._follower.is_alive():
            self._follower.join(_LAST_READ_S)
        self._threads.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._hub is not None and self._renderer is not None, "start() comes first"
        refusal = _refusal(scope)
        if refusal is not None:
            await _answer(send, refusal)
            return
        visitor = await self._visitors.of(scope["headers"])
        if visitor is None:
            await _answer(send, 401)
        elif scope["path"] == "/live/events":
            await self._events(visitor, scope, receive, send)
        elif scope["path"] == "/live/fragments":
            await self._fragments(visitor, scope, send)
        else:
            await _answer(send, 404)

    def _take_in(self, batch: tuple[Touch, ...]) -> None:
        assert self._hub is not None
        if any(touch.moves_rights for touch in batch):
            # Before anybody is told: a refetch must not be answered with rights that no longer hold.
            self._visitors.forget_all()
            self._rights_moved.set()
        self._hub.publish(batch)

    async def _events(self, visitor: Visitor, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._hub is not None
        stream = self._hub.join(visitor, limit=settings.LIVE_STREAMS, per_user=settings.LIVE_STREAMS_PER_USER)
        if stream is None:
            await _answer(send, 429, ((b"retry-after", b"20"),))
            return
        watching = asyncio.get_running_loop().create_task(_close_when_gone(stream, receive))
        try:
            await send(_head(200, b"text/event-stream", ((b"x-accel-buffering", b"no"),)))
            for greeting in await self._welcome(visitor.viewer, _resume_from(scope)):
                await _part(send, greeting)
            while not stream.is_closing or not stream.frames.empty():
                try:
                    told = await asyncio.wait_for(stream.frames.get(), _KEEP_ALIVE_S)
                except TimeoutError:
                    await _part(send, b": still here\n\n")
                    continue
                if told is None:
                    break
                await _part(send, told)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (ConnectionError, RuntimeError):
            _log.debug("A live page went away while it was told something")
        finally:
            watching.cancel()
            self._hub.leave(stream)

    async def _welcome(self, viewer: Viewer, after: int | None) -> tuple[bytes, ...]:
        """The hello, and what a page has missed since the version it names."""
        assert self._hub is not None
        if after is None:
            return (_hello(await self._threads.run(newest, viewer)),)
        if self._hub.knows(after):
            missed = self._hub.missed(viewer, after)
            return (_hello(self._hub.seen_by(viewer, after)), *((missed,) if missed is not None else ()))
        # From before what is remembered. Whoever sees only some projects may still have missed nothing since.
        head = await self._threads.run(newest, viewer)
        if head <= after and not viewer.may("project.view"):
            return (_hello(after),)
        return _hello(max(after, head)), frame(max(after, head), (ANY,))

    async def _fragments(self, visitor: Visitor, scope: Scope, send: Send) -> None:
        assert self._hub is not None and self._renderer is not None
        wanted, names = _asked_for(scope["query_string"])  # its length was limited before
        if not names or len(names) > _MOST_PARTS or not _is_number(wanted):
            await _answer(send, 400)
            return
        await self._hub.caught_up(int(wanted), patience_s=_CATCH_UP_S)
        version = self._hub.seen_by(visitor.viewer, int(wanted))
        body = await self._renderer.answer(visitor, names, version=version)
        await send(_head(200, b"application/json", ((b"content-length", b"%d" % len(body)),)))
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _mind_visitors(self) -> None:
        """Every few seconds: forget sessions that have ended, and close their streams."""
        assert self._hub is not None
        while True:
            await asyncio.sleep(RECHECK_S)
            try:
                await self._visitors.drop_ended()
                await self._close_ended_streams()
            except Exception:  # the next round may succeed; without this one it would never come
                _log.exception("Live sessions could not be checked")

    async def _close_ended_streams(self) -> None:
        """A stream whose session is no longer known is looked up once more, then closed."""
        assert self._hub is not None
        for stream in tuple(self._hub.streams):
            key = stream.visitor.session_key
            if not self._visitors.remembers(key) and await self._visitors.look_up(key) is None:
                stream.close()

    async def _mind_rights(self) -> None:
        """After changes of rights every open stream goes on with the new ones, or ends; many are one review."""
        while True:
            await self._rights_moved.wait()
            self._rights_moved.clear()
            try:
                await self._review_streams()
            except Exception:  # this round is tried again rather than forgotten
                _log.exception("Live streams could not be reviewed after a change of rights")
                self._rights_moved.set()
            await asyncio.sleep(_REVIEW_PAUSE_S)

    async def _review_streams(self) -> None:
        assert self._hub is not None
        for stream in tuple(self._hub.streams):
            key = stream.visitor.session_key
            visitor = await self._visitors.look_up(key)
            if visitor is None:
                stream.close()
            elif visitor.fingerprint != stream.visitor.fingerprint:
                stream.visitor = visitor
                stream.push(frame(await self._threads.run(newest, visitor.viewer), (ANY,)))


async def _close_when_gone(stream: Stream, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.close()


@lru_cache(512)
def _asked_for(query_string: bytes) -> tuple[str, tuple[str, ...]]:
    """Version and names of a refetch; pages that show the same ask in the same words."""
    query = parse_qsl(query_string.decode("latin-1"))
    names = tuple(dict.fromkeys(value for name, value in query if name == "f"))
    return next((value for name, value in query if name == "v"), "0"), names


def _refusal(scope: Scope) -> int | None:
    """The status to refuse a request with before anything is looked up."""
    if scope["method"] != "GET":
        return 405
    if len(scope["query_string"]) > _LONGEST_QUERY:
        return 414
    headers = scope["headers"]
    if not _may_be_called(_header(headers, b"host"), tuple(settings.ALLOWED_HOSTS)):
        return 400
    # Browsers say where a request comes from; another site may neither read nor even cause these.
    if _header(headers, b"sec-fetch-site") not in ("", "same-origin", "none"):
        return 403
    return None


@lru_cache(256)
def _may_be_called(host: str, allowed: tuple[str, ...]) -> bool:
    return validate_host(split_domain_port(host)[0], allowed)


def _resume_from(scope: Scope) -> int | None:
    """What the page has seen: the last event it received, or the version it was rendered at; None for neither."""
    seen = _header(scope["headers"], b"last-event-id")
    if not seen:
        seen = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("after", "")
    return int(seen) if _is_number(seen) else None


def _is_number(text: str) -> bool:
    """Whether int() takes it: str.isdigit() alone also says yes to superscripts."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name == wanted), "")


def _hello(version: int) -> bytes:
    return b"retry: 2000\n" + frame(version, (), event="hello")


def _head(status: int, content_type: bytes, more: tuple[tuple[bytes, bytes], ...] = ()) -> MutableMapping[str, Any]:
    return {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", content_type),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
            (b"referrer-policy", b"same-origin"),
            *more,
        ],
    }


async def _part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _answer(send: Send, status: int, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    body = json.dumps({"status": status}).encode()
    await send(_head(status, b"application/problem+json", more))
    await send({"type": "http.response.body", "body": body, "more_body": False})
