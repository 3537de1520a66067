"""Requests made up from the OpenAPI document: no crash, and no answer that the document does not declare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from authorisation_world import LATER, World, build
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from watchfloor.accounts.models import Role
from watchfloor.api.app import api
from watchfloor.kit import clock

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
_EXAMPLES = 6  # per operation; a soak run raises it


class RolledBack:
    """The product's WSGI application, forgetting what every request did."""

    def __init__(self) -> None:
        self._app = WSGIHandler()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with transaction.atomic():
            body = b"".join(self._app(environ, start_response))
            transaction.set_rollback(True)
        return [body]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    patch = pytest.MonkeyPatch()
    patch.setattr(clock, "now", lambda: LATER)
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)
    patch.undo()


@pytest.fixture(scope="module")
def schema(world: World) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", RolledBack())


OPERATIONS = sorted(
    (method.upper(), path) for path, operations in api.get_openapi_schema()["paths"].items() for method in operations
)
CHECKS = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_made_up_requests_are_answered_as_declared(world: World, schema: Any, method: str, path: str) -> None:
    caller = next(each for each in world.principals if each.name == Role.ADMINISTRATOR)
    calls = count()
    operation = schema[path.removeprefix("/api/v1") if path not in schema else path][method]

    @given(operation.as_strategy())
    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: Any) -> None:
        if next(calls) % 2:
            fill(case, world)
        # Called without a socket, so nothing would unpack what comes compressed.
        answer = case.call(headers={"Authorization": f"Bearer {caller.secret}", "Accept-Encoding": "identity"})
        case.validate_response(answer, checks=CHECKS)

    holds()


def fill(case: Any, world: World) -> None:
    """Name what exists; were no call to, nearly all would stop at "not found"."""
    known = world.things["own"]
    for name in list(case.path_parameters or {}):
        if name in known:
            case.path_parameters[name] = known[name]
