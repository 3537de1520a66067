"""Live parts as HTML, rendered once for all who may see the same."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence

from django.template.loader import render_to_string
from django.utils import timezone, translation

from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.web import fragments
from watchfloor.web.live.threads import DatabaseThreads
from watchfloor.web.live.viewers import Visitor

_PARTS_KEPT = 8000
_ANSWERS_KEPT = 500


class Renderer:
    """Answers of ``/live/fragments``. A part is rendered once for each version, permission set, language and zone.

    Whoever asks for what is being rendered waits for that rendering instead of starting another.
    """

    def __init__(self, threads: DatabaseThreads, version_of: Callable[[str], int]) -> None:
        self._threads = threads
        self._version_of = version_of
        self._parts: OrderedDict[Hashable, asyncio.Future[str | None]] = OrderedDict()
        self._answers: OrderedDict[Hashable, bytes] = OrderedDict()

    async def answer(self, visitor: Visitor, names: Sequence[str], *, version: int) -> bytes:
        """The JSON body; a part that does not exist and one the visitor may not see are both null."""
        keys = [self._key(visitor, name) for name in names]
        whole = tuple(keys)
        known = self._answers.get(whole)
        if known is None:
            parts = await asyncio.gather(
                *(self._part(visitor, name, key) for name, key in zip(names, keys, strict=True))
            )
            known = json.dumps(dict(zip(names, parts, strict=True)), ensure_ascii=False, separators=(",", ":")).encode()
            self._answers[whole] = known
            if len(self._answers) > _ANSWERS_KEPT:
                self._answers.popitem(last=False)
        return b'{"v":%d,"html":%b}' % (version, known)

    def _key(self, visitor: Visitor, name: str) -> tuple[object, ...]:
        found = fragments.find(name)
        viewer = visitor.viewer
        whose = viewer.user_id if found is not None and found[0].personal else None
        return name, self._version_of(name), visitor.fingerprint, viewer.language, viewer.time_zone, whose

    async def _part(self, visitor: Visitor, name: str, key: Hashable) -> str | None:
        running = self._parts.get(key)
        if running is None:
            running = self._threads.run(render, visitor.viewer, name)
            self._parts[key] = running
            if len(self._parts) > _PARTS_KEPT:
                self._parts.popitem(last=False)
        try:
            # Shielded: one impatient page must not cancel the rendering that others wait for.
            return await asyncio.shield(running)
        except BaseException:
            if running.done():
                self._parts.pop(key, None)
            raise


def render(viewer: Viewer, name: str) -> str | None:
    """The live part as this viewer sees it, by the very template the page includes; None when there is none."""
    found = fragments.find(name)
    if found is None:
        return None
    fragment, key = found
    with translation.override(viewer.language), timezone.override(viewer.time_zone):
        try:
            context = fragment.context(viewer, key)
        except WatchfloorError:
            return None
        if context is None:
            return None
        return render_to_string(fragment.template, {**context, "viewer": viewer, "fragment": name})
