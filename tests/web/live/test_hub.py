"""Fan-out: who is told what, resuming, and what happens to pages that read too slowly."""

from __future__ import annotations

import asyncio
import json

from watchfloor.kit.viewer import Viewer
from watchfloor.web.live.hub import Hub, Stream
from watchfloor.web.live.journal import Touch
from watchfloor.web.live.viewers import Visitor

EVERYWHERE = Viewer(1, "all", frozenset({"project.view"}))
ONLY_SEVEN = Viewer(2, "seven", projects={7: frozenset({"project.view"})})


def visitor(viewer: Viewer) -> Visitor:
    return Visitor(f"session-{viewer.user_id}", viewer, viewer.fingerprint)


def touch(fact_id: int, project_id: int | None, *names: str) -> Touch:
    return Touch(fact_id, project_id, names, moves_rights=False)


def told(stream: Stream) -> list[dict[str, object]]:
    frames = []
    while not stream.frames.empty():
        raw = stream.frames.get_nowait()
        assert raw is not None
        frames.append(json.loads(raw.decode().split("data: ", 1)[1]))
    return frames


def joined(hub: Hub, viewer: Viewer) -> Stream:
    stream = hub.join(visitor(viewer), limit=10, per_user=10)
    assert stream is not None
    return stream


def test_a_page_hears_of_the_projects_its_viewer_may_see_and_of_no_other() -> None:
    async def scene() -> None:
        hub = Hub(100)
        everything, some = joined(hub, EVERYWHERE), joined(hub, ONLY_SEVEN)
        hub.publish((touch(101, 7, "tile:7", "ledger"), touch(102, 8, "tile:8", "ledger"), touch(103, None, "sample")))
        await asyncio.sleep(0.02)
        assert told(everything) == [{"v": 103, "f": ["tile:7", "ledger", "tile:8", "sample"]}]
        assert told(some) == [{"v": 101, "f": ["tile:7", "ledger"]}]

    asyncio.run(scene())


def test_a_fact_of_no_project_wakes_whoever_did_it_and_whoever_it_concerns() -> None:
    async def scene() -> None:
        hub = Hub(100)
        programme = Viewer(3, "three", programmes={5: frozenset({"project.view"})})
        pages = {viewer.name: joined(hub, viewer) for viewer in (EVERYWHERE, ONLY_SEVEN, programme)}
        hub.publish(
            (
                Touch(101, None, ("import:1",), moves_rights=False, actor_id=2),
                Touch(102, None, ("mosaic",), moves_rights=False, programme_id=5),
                Touch(103, None, ("ledger",), moves_rights=False, for_all=True),
                Touch(104, None, ("changed",), moves_rights=True),
            )
        )
        await asyncio.sleep(0.02)
        assert told(pages["all"]) == [{"v": 104, "f": ["import:1", "mosaic", "ledger", "changed"]}]
        assert told(pages["seven"]) == [{"v": 103, "f": ["import:1", "ledger"]}]
        assert told(pages["three"]) == [{"v": 103, "f": ["mosaic", "ledger"]}]

    asyncio.run(scene())


def test_how_far_the_journal_has_come_is_told_to_those_who_see_all_of_it() -> None:
    async def scene() -> None:
        hub = Hub(100)
        hub.publish((touch(101, 7, "tile:7"), *(touch(number, 8, "tile:8") for number in range(102, 140))))
        assert hub.seen_by(EVERYWHERE, 0) == 139
        assert hub.seen_by(ONLY_SEVEN, 0) == 101
        assert hub.seen_by(Viewer(9, "nobody"), 40) == 40

    asyncio.run(scene())


def test_changes_that_concern_nobody_on_a_page_send_it_nothing() -> None:
    async def scene() -> None:
        hub = Hub(100)
        some = joined(hub, ONLY_SEVEN)
        hub.publish((touch(101, 8, "tile:8"),))
        await asyncio.sleep(0.02)
        assert told(some) == []

    asyncio.run(scene())


def test_a_burst_becomes_few_events_and_the_first_comes_at_once() -> None:
    async def scene() -> None:
        hub = Hub(0)
        stream = joined(hub, EVERYWHERE)
        for number in range(1, 51):
            hub.publish((touch(number, 7, "tile:7"),))
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.2)
        frames = told(stream)
        assert 2 <= len(frames) <= 5
        assert frames[-1] == {"v": 50, "f": ["tile:7"]}

    asyncio.run(scene())


def test_a_reconnecting_page_is_told_in_one_event_what_it_missed() -> None:
    async def scene() -> None:
        hub = Hub(100)
        hub.publish(tuple(touch(100 + n, 7 if n % 2 else 8, f"tile:{7 if n % 2 else 8}") for n in range(1, 5)))
        missed = hub.missed(EVERYWHERE, 102)
        assert missed is not None
        assert json.loads(missed.decode().split("data: ", 1)[1]) == {"v": 104, "f": ["tile:7", "tile:8"]}
        assert hub.missed(EVERYWHERE, 104) is None
        assert b"tile:8" not in (hub.missed(ONLY_SEVEN, 100) or b"")

    asyncio.run(scene())


def test_what_happened_is_remembered_for_some_thousand_facts() -> None:
    async def scene() -> None:
        hub = Hub(0)
        for start in range(1, 12_001, 500):
            hub.publish(tuple(touch(number, 7, "tile:7") for number in range(start, start + 500)))
        assert not hub.knows(10)
        assert hub.knows(11_000)

    asyncio.run(scene())


def test_a_page_that_does_not_read_is_closed_and_holds_nobody_up() -> None:
    async def scene() -> None:
        hub = Hub(0)
        stream = joined(hub, EVERYWHERE)
        for _ in range(1000):
            stream.push(b"event")
        assert stream.is_closing
        frames = [stream.frames.get_nowait() for _ in range(stream.frames.qsize())]
        assert frames[-1] is None

    asyncio.run(scene())


def test_there_is_a_limit_of_streams_per_user_and_in_all() -> None:
    async def scene() -> None:
        hub = Hub(0)
        first = hub.join(visitor(EVERYWHERE), limit=3, per_user=2)
        assert first is not None
        assert hub.join(visitor(EVERYWHERE), limit=3, per_user=2) is not None
        assert hub.join(visitor(EVERYWHERE), limit=3, per_user=2) is None
        assert hub.join(visitor(ONLY_SEVEN), limit=3, per_user=2) is not None
        assert hub.join(visitor(ONLY_SEVEN), limit=3, per_user=2) is None
        hub.leave(first)
        assert hub.join(visitor(EVERYWHERE), limit=3, per_user=2) is not None

    asyncio.run(scene())


def test_a_refetch_waits_for_a_fact_another_process_saw_first_but_not_for_ever() -> None:
    async def scene() -> None:
        hub = Hub(10)
        waiting = asyncio.create_task(hub.caught_up(12, patience_s=2))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        hub.publish((touch(11, 7), touch(12, 7)))
        await asyncio.wait_for(waiting, 1)
        await asyncio.wait_for(hub.caught_up(99, patience_s=0.05), 1)

    asyncio.run(scene())


def test_the_version_of_a_part_moves_only_when_it_is_touched() -> None:
    async def scene() -> None:
        hub = Hub(10)
        assert hub.version_of("tile:7") == 10
        hub.publish((touch(11, 7, "tile:7"), touch(12, 8, "tile:8")))
        assert (hub.version_of("tile:7"), hub.version_of("tile:8"), hub.version_of("ledger")) == (11, 12, 10)

    asyncio.run(scene())
