"""Every address and method x every role x own, other and missing: what each call answers is declared, and holds.

A project of others must look exactly like one that does not exist. A route without a row in
``tests/support/authorisation_table.py`` fails here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from authorisation_table import API_ROWS, FOREIGN, NOBODY, OWN, PUBLIC, SIGNED_IN, WEB_ROWS, Row
from authorisation_world import LATER, Principal, World, build
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from watchfloor.accounts.models import Role
from watchfloor.api.app import api
from watchfloor.kit import clock

ROWS = (*API_ROWS, *WEB_ROWS)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
pytestmark = pytest.mark.django_db
_SAFE = frozenset({"GET"})
_INSIDE = (
    "alert_id",
    "silence_id",
    "policy_id",
    "watch_rule_id",
    "playbook_id",
    "incident_id",
    "finding_id",
    "import_id",
    "feed_id",
    "job_id",
)
THINGS = ("own", "other", "missing")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One organisation for all rows; every call is rolled back, and so is the organisation at the end."""
    patch = pytest.MonkeyPatch()
    patch.setattr(clock, "now", lambda: LATER)
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)
    patch.undo()


def declared() -> set[tuple[str, str]]:
    return {(row.method, row.route) for row in ROWS}


def routes() -> set[tuple[str, str]]:
    """What the route table holds: methods are known for the API; pages answer for themselves (see below)."""
    found = set()
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                where = re.sub(r"\{\w+:(\w+)\}", r"{\1}", f"/api/v1{prefix}{path}")
                found.update((method, where) for method in operation.methods)
    return found


def pages() -> set[str]:
    """Addresses of everything that is no operation of the API."""
    return {
        "/" + _plain(where)
        for where, pattern in _walk(get_resolver().url_patterns)
        if not where.startswith("api/v1/") or pattern.name in ("openapi-json", "api-root")
    }


def _plain(where: str) -> str:
    """An address of the route table as the declarations write it."""
    where = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", where)
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", where).replace("\\.", ".").replace("^", "").replace("$", "")


def _walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        where = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, where)
        else:
            yield where, pattern


def test_every_operation_of_the_api_is_declared_and_nothing_else() -> None:
    said = {each for each in declared() if each[1].startswith("/api/v1/")}
    extra = {("GET", "/api/v1/openapi.json"), ("GET", "/api/v1/")}
    assert said - extra == routes()


def test_every_page_is_declared_and_nothing_else() -> None:
    undeclared = pages() - {row.route for row in ROWS}
    assert not undeclared, f"add rows to tests/support/authorisation_table.py for {sorted(undeclared)}"
    gone = {row.route for row in WEB_ROWS} - pages()
    assert not gone, f"remove the rows of {sorted(gone)}"


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.route}")
def test_everybody_gets_what_is_declared(world: World, row: Row) -> None:
    wrong = []
    for principal in world.principals:
        if principal.is_read_only and not _is_api(row):
            continue
        same = "{" not in row.route and not callable(row.body) and row.files is None
        answers = {thing: _call(world, row, principal, thing) for thing in THINGS[: 1 if same else None]}
        for thing, answer in answers.items():
            wanted = _wanted(row, principal, thing)
            if answer.status_code not in wanted:
                said = answer.content[:200].decode(errors="replace") if not answer.streaming else ""
                wrong.append(f"{principal.name} on {thing}: {answer.status_code}, not {wanted}: {said}")
        if same:
            continue
        other, missing = answers["other"], answers["missing"]
        if (
            missing.status_code in (403, 404)
            and other.status_code == missing.status_code
            and _looks(other) != _looks(missing)
        ):
            wrong.append(f"{principal.name}: other and missing look different")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in WEB_ROWS if row.needs != PUBLIC], ids=lambda row: row.route)
def test_a_page_refuses_methods_that_are_not_declared(world: World, row: Row) -> None:
    administrator = _principal(world, Role.ADMINISTRATOR)
    known = {each.method for each in WEB_ROWS if each.route == row.route}
    for method in set(METHODS) - known:
        answer = _send(world, administrator, method, _path(row, world.values(administrator, "own")), None, None)
        assert answer.status_code == 405, f"{method} {row.route}: {answer.status_code}"


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", sorted({row.route for row in API_ROWS if row.route != "/api/v1/openapi.json"}))
def test_an_operation_refuses_methods_that_are_not_declared(world: World, route: str, method: str) -> None:
    if (method, route) in declared():
        pytest.skip("declared")
    administrator = _principal(world, Role.ADMINISTRATOR)
    row = next(row for row in API_ROWS if row.route == route)
    answer = _send(world, administrator, method, _path(row, world.values(administrator, "own")), None, None)
    assert answer.status_code in (404, 405) if row.needs == NOBODY else answer.status_code == 405


@pytest.mark.slow
@pytest.mark.parametrize("crossed", ["finding_id", "alert_id", "baseline_id"])
def test_what_hangs_on_another_project_is_not_found_below_ones_own(world: World, crossed: str) -> None:
    manager = _principal(world, Role.PROJECT_MANAGER)
    rows = [row for row in ROWS if "{code}" in row.route and f"{{{crossed}}}" in row.route]
    rows = [row for row in rows if manager.may(row.needs, "own")]
    for row in rows:
        answers = []
        for thing in ("other", "missing"):
            values = {**world.values(manager, "own"), crossed: world.things[thing][crossed]}
            answers.append(_send(world, manager, row.method, _path(row, values), None, None))
        assert [each.status_code for each in answers] == [404, 404]
        assert _looks(answers[0]) == _looks(answers[1])


@pytest.mark.slow
@pytest.mark.parametrize(("method", "route", "body"), FOREIGN, ids=lambda each: str(each)[:60])
def test_a_body_that_names_something_of_others_is_answered_like_one_that_names_nothing(
    world: World, method: str, route: str, body: Any
) -> None:
    manager = _principal(world, Role.PROJECT_MANAGER)
    own = world.values(manager, "own")
    answers = []
    for thing in ("other", "missing"):
        values = world.things[thing]
        path = route.format(code=own["code"], other=values["code"], other_programme=values["programme"])
        said = None if body is None else body({**values, "plan": own["plan"]})
        answers.append(_send(world, manager, method, path, said, None))
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].status_code in ((200, 404) if method == "GET" else (403, 404, 422))
    # The message may repeat the name that was given, which is the only difference there can be.
    texts = [
        _looks(answer).replace(str(world.things[thing][name]), "?")
        for answer, thing in zip(answers, ("other", "missing"), strict=True)
        for name in ("code",)
    ]
    for name in ("client", "entity", "programme"):
        texts = [
            text.replace(f" {world.things[thing][name]}.", " ?.")
            for text, thing in zip(texts, ("other", "missing"), strict=True)
        ]
    assert texts[0] == texts[1]


@pytest.mark.slow
def test_nobody_can_read_another_persons_token_by_any_list(world: World) -> None:
    for principal in world.principals:
        if principal.secret and principal.is_known:
            answer = _send(world, principal, "GET", "/api/v1/me/tokens", None, None)
            ids = {each["id"] for each in json.loads(answer.content)["items"]}
            assert world.things["other"]["token_id"] not in ids
            assert principal.secret not in answer.content.decode()


def _wanted(row: Row, principal: Principal, thing: str) -> tuple[int, ...]:
    """What the declaration makes of one cell."""
    if row.needs == PUBLIC:
        return row.ok
    if not principal.is_known:
        if row.needs == NOBODY:
            return (401, 404)
        return (401,) if _is_api(row) else (302,)
    if row.needs == NOBODY:
        return (404,)
    if row.browser_only and _is_api(row):
        return (401,)
    if principal.is_read_only and row.method not in _SAFE:
        return (403,)
    if row.needs == SIGNED_IN:
        return row.ok
    if row.needs == OWN:
        return row.ok if thing == "own" else (404,)
    return _permitted(row, principal, thing)


def _permitted(row: Row, principal: Principal, thing: str) -> tuple[int, ...]:
    match row.on:
        case "organisation":
            if not principal.may(row.needs, "organisation"):
                return (403,)
            # A route without anything of a project in it is the same for all three.
            return row.ok if thing != "missing" or "{" not in row.route else (404,)
        case "account":  # accounts: managers see all, everybody sees their own
            if thing == "own" or (thing == "other" and principal.may(row.needs, "organisation")):
                return row.ok
            return (404,)
        case "some programme":
            return row.ok if principal.may(row.needs, "own programme") else (403,)
        case "somewhere":
            return row.ok if principal.may(row.needs, "own") else (403,)
        case "body programme":
            if thing == "missing":
                return (422,)
            sees = principal.may("project.view", thing)
            if not sees:
                return (422,)
            return row.ok if principal.may(row.needs, "own programme" if thing == "own" else thing) else (403,)
        case "programme of project":
            if thing == "missing" or not principal.may("project.view", thing):
                return (404,)
            return row.ok if principal.may(row.needs, "own programme" if thing == "own" else thing) else (403,)
        case "duty":  # the rota is the organisation's: seen by whoever works inside all of it
            if thing == "missing" or not principal.may("internal.view", "organisation"):
                return (404,)
            return row.ok if row.needs == "internal.view" or principal.may(row.needs, "organisation") else (403,)
        case "job":  # who may not cancel it is told as little as who may not see it
            return row.ok if thing != "missing" and principal.may(row.needs, thing) else (404,)
    # The watch, its work and what feeds it are between those inside: a guest is told that there is none.
    sees = "internal.view" if any(f"{{{name}}}" in row.route for name in _INSIDE) else "project.view"
    if thing == "missing" or not principal.may(sees, thing):
        return (404,)
    return row.ok if principal.may(row.needs, thing) else (403,)


def _call(world: World, row: Row, principal: Principal, thing: str) -> HttpResponse:
    values = world.values(principal, thing)
    body = row.body(values) if callable(row.body) else row.body
    return _send(world, principal, row.method, _path(row, values), body, row.files(values) if row.files else None)


def _send(world: World, principal: Principal, method: str, path: str, body: Any, files: Any) -> HttpResponse:
    """One request, and everything it did undone again."""
    headers = {"Authorization": f"Bearer {principal.secret}"} if principal.secret else {}
    is_api = path.startswith("/api/")
    client = Client(raise_request_exception=False) if is_api else world.browser(principal)
    if not is_api:
        headers = {}
    with transaction.atomic():
        if files is not None:
            answer = client.post(path, data=files, headers=headers)
        elif body is None or is_api:
            text = "" if body is None else json.dumps(body)
            answer = client.generic(method, path, data=text, content_type="application/json", headers=headers)
        else:
            answer = client.post(path, data=body, headers=headers)
        transaction.set_rollback(True)
    assert answer.status_code < 500 or answer.status_code == 503, f"{method} {path}: {answer.content[:300]!r}"
    return answer


def _path(row: Row, values: dict[str, Any]) -> str:
    path = row.route.format(**{**values, **{name: values[source] for name, source in row.params.items()}})
    return f"{path}?{row.query}" if row.query else path


def _is_api(row: Row) -> bool:
    return row.route.startswith("/api/")


def _looks(answer: HttpResponse) -> str:
    """What a caller can tell two answers apart by, without what differs between any two requests."""
    text = answer.content.decode(errors="replace")
    # The CSRF token, wherever the page carries it, and the number of the request.
    text = re.sub(r"\b[A-Za-z0-9]{64}\b|\b[0-9a-f]{16}\b", "?", text)
    return f"{answer.status_code} {answer.get('Content-Type')} {_without_address(text)}"


def _without_address(text: str) -> str:
    # The page may offer the way back to the address that was asked for.
    return re.sub(r"(/[\w./-]*)?(HB|MW|XX)-\d\d[\w./-]*|\b999999999\b|(?<=/)\d+", "?", text)


def _principal(world: World, name: str) -> Principal:
    return next(each for each in world.principals if each.name == name)
