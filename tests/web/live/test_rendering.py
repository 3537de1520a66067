"""Rendered parts: shared by those who may see the same, rendered once, never across permission sets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from watchfloor.journal.operations import append
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.web import fragments
from watchfloor.web.live import rendering
from watchfloor.web.live.rendering import Renderer
from watchfloor.web.live.threads import DatabaseThreads
from watchfloor.web.live.viewers import Visitor

EVERYWHERE = Viewer(1, "all", frozenset({"project.view", "internal.view"}))
ONLY_SEVEN = Viewer(2, "seven", projects={7: frozenset({"project.view"})})


def visitor(viewer: Viewer) -> Visitor:
    return Visitor(f"session-{viewer.user_id}", viewer, viewer.fingerprint)


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Any, str]]]:
    """Stands for the templates, so that renderings can be counted."""
    calls: list[tuple[Any, str]] = []

    def render(viewer: Viewer, name: str) -> str | None:
        calls.append((viewer.user_id, name))
        return None if name == "tile:9" else f"<p>{name} for {sorted(viewer.projects)}</p>"

    monkeypatch.setattr(rendering, "render", render)
    part = fragments.Fragment("t.html", lambda viewer, key: {}, lambda fact: ())
    monkeypatch.setattr(fragments, "FRAGMENTS", {"tile": part, "mine": replace(part, personal=True)})
    return calls


def answers(
    requests: list[tuple[Viewer, tuple[str, ...]]], version_of: Callable[[str], int] = lambda name: 1
) -> list[Any]:
    threads = DatabaseThreads(2, name="test")

    async def scene() -> list[Any]:
        renderer = Renderer(threads, version_of)
        waiting = [renderer.answer(visitor(viewer), names, version=5) for viewer, names in requests]
        return [json.loads(body) for body in await asyncio.gather(*waiting)]

    with closing(threads):
        return asyncio.run(scene())


def test_two_hundred_pages_that_may_see_the_same_cost_one_rendering(rendered: list[tuple[Any, str]]) -> None:
    same_rights = [(replace(EVERYWHERE, user_id=number), ("tile:7",)) for number in range(200)]
    got = answers(same_rights)
    assert all(answer == {"v": 5, "html": {"tile:7": "<p>tile:7 for []</p>"}} for answer in got)
    assert len(rendered) == 1


def test_nothing_crosses_between_permission_sets_languages_or_zones(rendered: list[tuple[Any, str]]) -> None:
    german, tokyo = replace(EVERYWHERE, language="de"), replace(EVERYWHERE, time_zone="Asia/Tokyo")
    got = answers([(viewer, ("tile:7",)) for viewer in (EVERYWHERE, ONLY_SEVEN, german, tokyo)])
    assert len(rendered) == 4
    assert got[1]["html"]["tile:7"] == "<p>tile:7 for [7]</p>"


def test_a_personal_part_is_rendered_for_each_person(rendered: list[tuple[Any, str]]) -> None:
    answers([(replace(EVERYWHERE, user_id=number), ("mine",)) for number in (1, 2, 1)])
    assert sorted(rendered) == [(1, "mine"), (2, "mine")]


def test_a_missing_part_is_null_like_a_forbidden_one(rendered: list[tuple[Any, str]]) -> None:
    (got,) = answers([(EVERYWHERE, ("tile:9", "nonsense"))])
    assert got["html"]["tile:9"] is None


def test_a_new_version_is_rendered_anew(rendered: list[tuple[Any, str]]) -> None:
    versions = iter((1, 1, 2))
    answers([(EVERYWHERE, ("tile:7",))] * 3, lambda name: next(versions))
    assert len(rendered) == 2


def test_a_rendering_that_fails_is_tried_again_by_the_next_request(
    rendered: list[tuple[Any, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes: Iterator[str | Exception] = iter((RuntimeError("database went away"), "<p>fine</p>"))

    def render(viewer: Viewer, name: str) -> str:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(rendering, "render", render)

    threads = DatabaseThreads(1, name="test")

    async def scene() -> bytes:
        renderer = Renderer(threads, lambda name: 1)
        with pytest.raises(RuntimeError):
            await renderer.answer(visitor(EVERYWHERE), ("tile:7",), version=5)
        return await renderer.answer(visitor(EVERYWHERE), ("tile:7",), version=5)

    with closing(threads):
        assert b"fine" in asyncio.run(scene())


def test_a_part_whose_room_says_not_found_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def context(viewer: Viewer, key: str | None) -> dict[str, Any]:
        raise NotFound("There is no such project.")

    part = fragments.Fragment("t.html", context, lambda fact: ())
    monkeypatch.setattr(fragments, "FRAGMENTS", {"tile": part})
    assert rendering.render(EVERYWHERE, "tile:7") is None
    assert rendering.render(EVERYWHERE, "unknown:7") is None


def test_parts_that_differ_between_people_of_equal_rights_are_personal() -> None:
    # An import is its uploader's and a job its starter's; nobody decides on a report of their own. Each is rendered for
    # each person, so nothing that changes often may be among them: "changed" leaves out what only its actor may see.
    personal = {name for name, part in fragments.FRAGMENTS.items() if part.personal}
    assert personal == {"import", "given", "sample", "asks", "report", "period"}


@pytest.mark.django_db
def test_what_changed_shows_nobody_anything_that_others_of_equal_rights_may_not_see() -> None:
    narrow = replace(ONLY_SEVEN, user_id=2)
    with transaction.atomic():
        append("import.finished", viewer=narrow, now=datetime.now(UTC), data={"source": "mine.xer", "import": 1})
    assert fragments.FRAGMENTS["changed"].context(narrow, None)["earlier"] == ()  # type: ignore[index]
    assert fragments.FRAGMENTS["changed"].context(EVERYWHERE, None)["earlier"] != ()  # type: ignore[index]


@pytest.mark.parametrize("key", ["²", "", "-1", "1 ", "9" * 5000, "٣"])
def test_a_key_that_can_be_nobodys_id_names_no_part(key: str) -> None:
    assert fragments.find(f"import:{key}") is None
