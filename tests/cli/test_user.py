"""Accounts by command: who may run it owns the database, and the journal tells what was done."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from watchfloor.accounts import operations, queries
from watchfloor.cli.user import user
from watchfloor.journal.queries import facts
from watchfloor.kit import clock
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    told = CliRunner().invoke(user, arguments, catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.output


def test_an_account_is_made_with_a_role_and_entered_by_the_link_that_is_printed() -> None:
    told = run("create", "mia", "--name", "Mia Stone", "--role", "duty_officer", "--time-zone", "Europe/Oslo")
    secret = re.search(r"/sign-in/link/(\S+)", told)
    assert secret is not None
    entered = operations.redeem_sign_in_link(secret.group(1), clock.now())
    assert entered.username == "mia"
    assert queries.viewer_of(entered).may("alert.act")
    assert {"access.changed"} <= {fact.kind for fact in facts(SYSTEM)}


def test_a_link_works_once() -> None:
    run("create", "mia")
    found = re.search(r"/sign-in/link/(\S+)", run("link", "mia"))
    assert found is not None
    operations.redeem_sign_in_link(found.group(1), clock.now())
    with pytest.raises(NotFound):
        operations.redeem_sign_in_link(found.group(1), clock.now())


def test_roles_are_given_and_taken_and_listed() -> None:
    run("create", "mia")
    run("grant", "mia", "viewer")
    assert "viewer" in run("list")
    run("revoke", "mia", "viewer")
    assert "viewer" not in run("list")


def test_a_disabled_account_is_shown_as_such() -> None:
    run("create", "mia")
    run("disable", "mia")
    assert "disabled" in run("list")
    run("enable", "mia")
    assert "disabled" not in run("list")


def test_an_unknown_account_is_named() -> None:
    with pytest.raises(NotFound, match="nobody"):
        CliRunner().invoke(user, ["link", "nobody"], catch_exceptions=False)
