"""Fan-out of facts to open pages: each gets the names of live parts that may have changed, and no content."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence

from watchfloor.kit.viewer import Viewer
from watchfloor.web.live.journal import Touch
from watchfloor.web.live.viewers import Visitor

_COALESCE_S = 0.08
_REMEMBERED_FACTS = 5000
_FRAMES_PER_STREAM = 64
_MOST_NAMES = 400
_MOST_VERSIONS = 100_000
ANY = "*"


class Stream:
    """One open page. ``frames`` ends with None when the stream is to be closed."""

    def __init__(self, visitor: Visitor, number: int) -> None:
        self.visitor = visitor
        self.number = number
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue(_FRAMES_PER_STREAM)
        self.is_closing = False

    def push(self, frame: bytes) -> None:
        """A page that reads too slowly is closed: it reconnects and resumes from the last event it has."""
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.close()

    def close(self) -> None:
        if self.is_closing:
            return
        self.is_closing = True
        while self.frames.full():
            self.frames.get_nowait()
        self.frames.put_nowait(None)


class Hub:
    """Lives on the event loop; no method blocks."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.streams: set[Stream] = set()
        self._numbers = itertools.count(1)
        self._per_user: Counter[int | None] = Counter()
        self._recent: deque[Touch] = deque(maxlen=_REMEMBERED_FACTS)
        self._oldest_known = position
        self._versions: dict[str, int] = {}
        self._version_floor = position
        self._waiting: list[Touch] = []
        self._flush_at: asyncio.TimerHandle | None = None
        self._last_flush = 0.0
        self._arrivals: set[asyncio.Future[None]] = set()

    def join(self, visitor: Visitor, *, limit: int, per_user: int) -> Stream | None:
        """A stream for the visitor; None when there are too many."""
        if len(self.streams) >= limit or self._per_user[visitor.viewer.user_id] >= per_user:
            return None
        stream = Stream(visitor, next(self._numbers))
        self.streams.add(stream)
        self._per_user[visitor.viewer.user_id] += 1
        return stream

    def leave(self, stream: Stream) -> None:
        if stream in self.streams:
            self.streams.remove(stream)
            self._per_user[stream.visitor.viewer.user_id] -= 1

    def publish(self, batch: tuple[Touch, ...]) -> None:
        """Take in new facts; pages hear of them at once when it was quiet, else with the next round."""
        if len(self._recent) + len(batch) > _REMEMBERED_FACTS:
            overflow = len(self._recent) + len(batch) - _REMEMBERED_FACTS
            forgotten = list(itertools.islice(itertools.chain(self._recent, batch), overflow))
            self._oldest_known = forgotten[-1].fact_id
        self._recent.extend(batch)
        for touch in batch:
            for name in touch.names:
                self._versions[name] = touch.fact_id
        self.position = batch[-1].fact_id
        if len(self._versions) > _MOST_VERSIONS:
            self._versions.clear()
            self._version_floor = self.position
        self._waiting.extend(batch)
        for arrival in self._arrivals:
            if not arrival.done():
                arrival.set_result(None)
        self._arrivals.clear()
        self._arrange_flush()

    def version_of(self, name: str) -> int:
        """The fact that last touched the live part, or one after it; equal versions have equal content."""
        return self._versions.get(name, self._version_floor)

    async def caught_up(self, version: int, *, patience_s: float) -> None:
        """Wait until the journal was read up to a version that another process may have seen first."""
        deadline = time.monotonic() + patience_s
        loop = asyncio.get_running_loop()
        while self.position < version and (left := deadline - time.monotonic()) > 0:
            arrival: asyncio.Future[None] = loop.create_future()
            self._arrivals.add(arrival)
            try:
                await asyncio.wait_for(arrival, left)
            except TimeoutError:
                return
            finally:
                self._arrivals.discard(arrival)

    def knows(self, after: int) -> bool:
        """Whether everything since a version is remembered."""
        return after >= self._oldest_known

    def missed(self, viewer: Viewer, after: int) -> bytes | None:
        """One frame with all that happened since a version that is remembered."""
        return _told(viewer, [touch for touch in self._recent if touch.fact_id > after])

    def seen_by(self, viewer: Viewer, after: int) -> int:
        """The newest remembered fact that concerns the viewer, else ``after``: how far their page has come.

        Whoever may not see everything is never told how far the journal itself has come, which would count for them
        what happens in projects of others.
        """
        if viewer.may("project.view"):
            return self.position
        return max(after, next((touch.fact_id for touch in reversed(self._recent) if touch.concerns(viewer)), 0))

    def close_all(self) -> None:
        for stream in self.streams:
            stream.close()

    def _arrange_flush(self) -> None:
        if self._flush_at is not None:
            return
        loop = asyncio.get_running_loop()
        wait = max(0.0, self._last_flush + _COALESCE_S - loop.time())
        self._flush_at = loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        self._flush_at = None
        self._last_flush = asyncio.get_running_loop().time()
        touches, self._waiting = self._waiting, []
        # Viewers that may see the same get the same bytes: encoded once for each permission set, not for each page.
        # Only who did something that concerns no project hears of it alone.
        actors = {touch.actor_id for touch in touches if touch.project_id is None}
        frames: dict[tuple[str, int | None], bytes | None] = {}
        for stream in self.streams:
            viewer = stream.visitor.viewer
            key = (stream.visitor.fingerprint, viewer.user_id if viewer.user_id in actors else None)
            if key not in frames:
                frames[key] = _told(viewer, touches)
            told = frames[key]
            if told is not None:
                stream.push(told)


def frame(version: int, names: Iterable[str], *, event: str = "changes") -> bytes:
    """A server-sent event."""
    data = json.dumps({"v": version, "f": list(names)}, separators=(",", ":"))
    return f"id: {version}\nevent: {event}\ndata: {data}\n\n".encode()


def _told(viewer: Viewer, touches: Sequence[Touch]) -> bytes | None:
    """The names that may have changed for the viewer, as of the last fact that concerns them; None for nothing."""
    seen = [touch for touch in touches if touch.concerns(viewer)]
    names = dict.fromkeys(name for touch in seen for name in touch.names)
    if not names:
        return None
    return frame(seen[-1].fact_id, names if len(names) <= _MOST_NAMES else (ANY,))
