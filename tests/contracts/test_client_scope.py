"""No byte of another client: not in a page, a part, an answer of the API, an export, a header, an event or a letter.

Client A's people ask for everything the route table holds, also with B's codes and words. Then B comes into the same
database, in the same programme and beside the same supplier, and works; the same questions must be answered with the
very same bytes. Then A comes to wait for B and a file brings plans of both: the answers change, and people of every
role still read nothing of B but the one date that drives. A new route is covered as soon as it is declared.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from urllib.parse import quote

import pytest
from authorisation_table import API_ROWS, WEB_ROWS, Row
from authorisation_world import LATER, Principal
from client_world import A_CODES, MARK, WORD, ClientWorld, add_b, build_a, entangle, go_on_with_b
from django.core import mail
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from watchfloor.accounts import queries as accounts
from watchfloor.accounts.models import Role
from watchfloor.api.app import api
from watchfloor.forecasts import queries as forecasts
from watchfloor.journal.queries import facts, newest
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.portfolio import queries as portfolio
from watchfloor.web.fragments import FRAGMENTS
from watchfloor.web.live.journal import touches
from watchfloor.web.live.rendering import render

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROWS = (*API_ROWS, *WEB_ROWS)
# Byte for byte compared are those whose reading differs: everything; no journal; no money; neither money nor words; one
# project only; nothing. What the roles left out may read is what one of these may, and what they may do besides shows
# in buttons. Asking as all of them twice takes too long to be asked every day; they are searched for B's mark.
COMPARED = (Role.PORTFOLIO_MANAGER, Role.VIEWER, Role.MEMBER, Role.GUEST, "by-project", "nowhere")
CHANGING = (Role.PORTFOLIO_MANAGER, Role.GUEST)
SEARCHING = (Role.PORTFOLIO_MANAGER,)  # what is searched is cut to projects, whatever else one may
# What pages may be asked for in the address; an unknown name does no harm.
_TEXT_QUERIES = ("q", "search", "person", "by")
_CODE_QUERIES = ("project", "programme", "client")
_SHOWN = 160


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One question of one person."""

    row: Row
    who: str
    path: str
    body: Any = None
    files: Callable[[], Mapping[str, Any]] | None = None

    def __str__(self) -> str:
        return f"{self.who}: {self.row.method} {self.path}"


@dataclass(slots=True)
class Told:
    """What was wrong with the answers, by route."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    asked: int = 0
    world: ClientWorld | None = None
    answers: dict[str, dict[str, str]] = field(default_factory=dict)  # of whom nothing secret may reach, by question

    def blame(self, ask: Ask, words: str) -> None:
        self.wrong.setdefault(name_of(ask.row), []).append(f"{ask}: {words}")


def name_of(row: Row) -> str:
    return f"{row.method} {row.route}"


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any) -> Iterator[Told]:
    """All chapters, once; everything is rolled back at the end."""
    patch = pytest.MonkeyPatch()
    patch.setattr(clock, "now", lambda: LATER)
    found = Told()
    with django_db_blocker.unblock(), transaction.atomic():
        world = found.world = build_a()
        asks = tuple(each for each in questions(world) if each.who in COMPARED)
        before = {ask: answer(world, ask) for ask in asks}
        add_b(world)
        go_on_with_b(world)
        for ask in asks:
            after = answer(world, ask)
            if after != before[ask]:
                found.blame(ask, difference(before[ask], after))
            look_for_the_mark(found, ask, after)
        entangle(world)
        for ask in questions(world):
            if ask.row.method != "GET":
                continue
            after = answer(world, ask)
            look_for_the_mark(found, ask, after)
            if ask.who in (Role.GUEST, Role.MEMBER):
                found.answers.setdefault(ask.who, {})[str(ask)] = after
        found.asked = len(asks)
        yield found
        transaction.set_rollback(True)
    patch.undo()


def questions(world: ClientWorld) -> Iterator[Ask]:
    for row in ROWS:
        for person in world.principals:
            if person.is_read_only and not row.route.startswith("/api/"):
                continue
            yield from of_row(world, row, person)


def of_row(world: ClientWorld, row: Row, person: Principal) -> Iterator[Ask]:
    own = address(row, world.values(person, "own"))
    if row.method == "GET":
        yield Ask(row, person.name, own)
        if person.name in SEARCHING:
            yield Ask(row, person.name, address(row, world.values(person, "other")))
            for query in queries_of(row):
                yield Ask(row, person.name, f"{own}{'&' if '?' in own else '?'}{query}")
        if row.route == "/parts/{name}" and person.name in SEARCHING:
            for kind in FRAGMENTS:
                for key in ("", f":{world.things['own']['project_id']}", f":{world.things['own']['alert_id']}"):
                    yield Ask(row, person.name, f"/parts/{kind}{key}")
    elif person.name in CHANGING:
        for thing in ("own", "other"):
            values = world.values(person, thing)
            body = row.body(values) if callable(row.body) else row.body
            files = partial(row.files, values) if row.files else None
            yield Ask(row, person.name, address(row, values), body, files)


def queries_of(row: Row) -> Iterator[str]:
    """Everything the route can be asked for, with B's words and codes; and the second of pages of one."""
    if not row.route.startswith("/api/"):
        yield "&".join(f"{name}={WORD}" for name in _TEXT_QUERIES)
        yield from (f"{name}={word_for(name)}" for name in _CODE_QUERIES)
        return
    for path, operations in _paths().items():
        # Places of an address may be written with their type.
        if re.sub(r"\{\w+:(\w+)\}", r"{\1}", path) != row.route or "get" not in operations:
            continue
        asked = [each for each in operations["get"].get("parameters", ()) if each["in"] == "query"]
        named = {each["name"]: each["schema"] for each in asked}
        for name, schema in named.items():
            kinds = {schema.get("type"), *(each.get("type") for each in schema.get("anyOf", ()))}
            if "string" in kinds and "format" not in json.dumps(schema):
                yield f"{name}={word_for(name)}"
        if "limit" in named:
            yield "limit=1" + ("&offset=1" if "offset" in named else "")


@cache
def _paths() -> Mapping[str, Any]:
    """What the API declares; working it out takes seconds."""
    return api.get_openapi_schema()["paths"]  # type: ignore[no-any-return]


def word_for(name: str) -> str:
    codes = {"project": f"{MARK}-01", "programme": f"{MARK}-P", "client": f"{MARK}-C", "code": f"{MARK}-01"}
    return codes.get(name, WORD)


class _Filled(dict[str, Any]):
    """A place of an address that this world knows nothing of yet is still asked for."""

    def __missing__(self, name: str) -> str:
        return "1"


def address(row: Row, values: Any) -> str:
    filled = _Filled(values)
    path = row.route.format_map(_Filled({**filled, **{name: filled[source] for name, source in row.params.items()}}))
    return f"{path}?{row.query}" if row.query else path


def answer(world: ClientWorld, ask: Ask) -> str:
    """Status, headers and body of one answer, without what differs between any two requests; all undone again."""
    person = next(each for each in world.principals if each.name == ask.who)
    is_api = ask.row.route.startswith("/api/")
    client = Client(raise_request_exception=False) if is_api else world.browser(person)
    headers = {"Authorization": f"Bearer {person.secret}"} if is_api else {}
    with transaction.atomic():
        if ask.files:
            response = client.post(ask.path, data=ask.files(), headers=headers)
        elif is_api or ask.body is None:
            text = "" if ask.body is None else json.dumps(ask.body)
            response = client.generic(
                ask.row.method, ask.path, data=text, content_type="application/json", headers=headers
            )
        else:
            response = client.post(ask.path, data=ask.body, headers=headers)
        said = content(response)
        transaction.set_rollback(True)
    assert response.status_code < 500 or response.status_code == 503, f"{ask}: {said[:500]}"
    known = ("X-Request-Id", "Content-Length", "Content-Security-Policy", "Expires")
    top = sorted(f"{name}: {value}" for name, value in response.headers.items() if name not in known)
    text = "\n".join((str(response.status_code), *top, "", said))
    # The form token, the request's number, secrets told once, and the moment at which a page would be printed.
    text = re.sub(r"\b[A-Za-z0-9]{64}\b|\b[0-9a-f]{16}\b|wf_[\w-]{20,}|link/[\w-]{20,}|\S+\.\d{6}\+00:00", "?", text)
    # What a change makes gets the next free number, whoever took the ones before.
    return text if ask.row.method == "GET" else re.sub(r"\d+", "0", text)


def content(response: HttpResponse) -> str:
    """The body as text; of an archive, such as a workbook, the texts of its members."""
    data = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    if data[:2] != b"PK":
        return str(data.decode(errors="replace"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name).decode(errors="replace") for name in archive.namelist()}
    return "\n".join(
        f"{name}: {re.sub(r'<dcterms:.*?</dcterms:[a-z]+>', '', text)}" for name, text in sorted(members.items())
    )


def difference(before: str, after: str) -> str:
    pairs = enumerate(zip(before, after, strict=False))
    at = next((at for at, (one, two) in pairs if one != two), min(len(before), len(after)))
    first = max(0, at - 60)
    return f"changed by B: {before[first : at + _SHOWN]!r} became {after[first : at + _SHOWN]!r}"


def look_for_the_mark(found: Told, ask: Ask, after: str) -> None:
    """The mark in any spelling, beside what the question itself said."""
    said = [ask.path, quote(ask.path, safe=""), ask.path.partition("?")[0], ask.path.partition("?")[2]]
    said += re.findall(rf"{MARK}-\w+", f"{ask.path} {json.dumps(ask.body)}")
    for each in sorted(filter(None, said), key=len, reverse=True):
        after = after.replace(each, "").replace(each.replace("&", "&amp;"), "")
    at = after.lower().find(MARK.lower())
    if at >= 0:
        found.blame(ask, f"tells of B: {after[max(0, at - 100) : at + 60]!r}")


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_nobody_of_one_client_learns_anything_of_another(told: Told, row: Row) -> None:
    wrong = told.wrong.get(name_of(row), [])
    assert not wrong, f"{len(wrong)} answers\n" + "\n".join(wrong[:6])


def test_enough_was_asked_to_mean_something(told: Told) -> None:
    assert told.asked > 1000


AMOUNTS = r"31[,.\s]?415|2[,.\s]?718[,.\s]?28|31\.4|€"
WORDS = r"Alder (?:board|weekly|path|missing|note|owner|sponsor|tool|week|unreadable)|@alder|Alder plan\.xer"


@pytest.mark.parametrize(("who", "secret"), [(Role.GUEST, f"{AMOUNTS}|{WORDS}"), (Role.MEMBER, AMOUNTS)])
def test_a_guest_sees_neither_money_nor_words_and_a_member_no_money(told: Told, who: str, secret: str) -> None:
    """Of their own client: an amount in any spelling; a note, a reason, a custom field, a file's name, an address."""
    looked = {ask: re.search(secret, text) for ask, text in told.answers[who].items()}
    wrong = {ask: found.group() for ask, found in looked.items() if found is not None}
    assert not wrong, "\n".join(f"{ask}: {word}" for ask, word in list(wrong.items())[:20])
    assert len(looked) > 50


def test_no_live_event_and_no_version_moves_by_what_happens_in_another_client(told: Told) -> None:
    assert told.world is not None
    start, *_, end = told.world.quiet_facts
    happened = [each for each in touches(start, 100_000) if each.fact_id <= end]
    assert len(happened) > 30
    for person in told.world.principals:
        viewer = accounts.viewer_by_id(person.user_id)
        assert [each.fact_id for each in happened if each.concerns(viewer)] == [], person.name
        assert not start < newest(viewer) <= end
        assert {each.project_id for each in facts(viewer, limit=100_000)} <= {None, *(viewer.project_ids() or ())}


def test_a_part_of_another_client_asked_for_by_name_is_none(told: Told) -> None:
    assert told.world is not None
    start, *_, end = told.world.quiet_facts
    names = {name for each in touches(start, 100_000) if each.fact_id <= end for name in each.names if ":" in name}
    assert names
    for person in told.world.principals:
        viewer = accounts.viewer_by_id(person.user_id)
        assert {name for name in names if render(viewer, name) is not None} == set(), person.name


def test_a_driver_of_another_client_is_another_project_with_its_date_only(told: Told) -> None:
    assert told.world is not None
    person = next(each for each in told.world.principals if each.name == Role.VIEWER)
    viewer = accounts.viewer_by_id(person.user_id)
    chain = forecasts.activity(viewer, portfolio.project(viewer, A_CODES[1]).id, "B").chain
    whole = forecasts.activity(SYSTEM, portfolio.project(SYSTEM, A_CODES[1]).id, "B").chain
    assert (chain[-1].name, chain[-1].key, chain[-1].start) == ("another project", "", None)
    assert chain[-1].finish is not None
    assert chain[-1].finish == whole[-1].finish
    assert MARK in whole[-1].name


def test_no_letter_about_one_client_goes_to_people_of_another(told: Told) -> None:
    for letter in mail.outbox:
        if MARK in f"{letter.subject} {letter.body}":
            assert all(MARK.lower() in each.lower() for each in letter.to), letter.to
