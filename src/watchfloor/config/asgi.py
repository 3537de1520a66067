"""The one callable that the server runs: live events on the event loop, everything else as WSGI on threads.

Django's own ASGI handler serves ordinary pages at a quarter of the speed; see docs/decisions.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")

from a2wsgi import WSGIMiddleware

from watchfloor.config.wsgi import application as pages
from watchfloor.web.live.application import LiveApplication

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def _as_coroutine(receive: Receive) -> Receive:
    """a2wsgi asks for a coroutine when it reads a body from its thread; Granian hands out other awaitables."""

    async def receive_one() -> MutableMapping[str, Any]:
        return await receive()

    return receive_one


class Application:
    """Sends each connection where it is answered best."""

    def __init__(self) -> None:
        from django.conf import settings  # only now are the apps loaded

        # Django's handler is called a little more widely than the protocol that a2wsgi asks for.
        self._pages = WSGIMiddleware(cast(Any, pages), workers=settings.WEB_THREADS)
        self._live = LiveApplication()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/live/"):
            await self._live(scope, receive, send)
        elif scope["type"] == "http":
            await self._pages(scope, _as_coroutine(receive), send)  # type: ignore[arg-type]

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._live.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self._live.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


application = Application()
