"""The pages on which a person says which project a file updates, and sees what was added here."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from watchfloor.exchange import operations, queries
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations as plans
from watchfloor.plans import queries as plan_queries
from watchfloor.portfolio import queries as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path / "home"


def given(code: str, day: str, *, rows: int = 8) -> int:
    said = f"# project: {code}\n# name: Quay\n# data date: {day}\ncode,name,duration\n"
    said += "".join(f"A{each},Work {each},5d\n" for each in range(rows))
    made = operations.start_import(SYSTEM, io.BytesIO(said.encode()), source_name="q.csv", queued=False, now=NOW)
    go_on(made)
    return made


def go_on(import_id: int) -> None:
    operations.run_import(import_id, beat=lambda done, total, note: True, now=NOW)


def test_the_page_asks_is_answered_and_then_tells_what_it_did(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    given("QUAY-B1", "2026-03-02")
    asked = given("QUAY-U1", "2026-03-09")
    client = sign_in("administrator")
    said = client.get(f"/imports/{asked}").content.decode()
    assert "8 of 8 activity codes equal (100 %), 8 with the same name" in said
    assert "data-every" not in said, "nothing will change until somebody answers"
    assert client.post(f"/imports/{asked}/mapping", {"plan-1": "project QUAY-B1"}).status_code == 302
    go_on(asked)
    assert queries.plan_import(SYSTEM, asked).projects[0].revision == 2
    assert "by a remembered mapping" not in client.get(f"/imports/{asked}").content.decode()
    assert "quay-u1" in client.get("/imports").content.decode()
    held = given("QUAY-B1", "2026-03-01")
    said = client.get(f"/imports/{held}").content.decode()
    assert "Take an older state of the plan?" in said
    assert client.post(f"/imports/{held}/cancel").status_code == 302
    assert queries.plan_import(SYSTEM, held).state == "cancelled"


def test_an_addition_is_shown_with_what_the_file_says_and_an_orphan_can_be_moved(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    given("QUAY", "2026-03-02")
    project = portfolio.project(SYSTEM, "QUAY")
    plans.edit_plan(SYSTEM, project.id, [plans.ChangeActivity("A7", {"responsible": "Anna"})], now=NOW)
    client = sign_in("administrator")
    assert "Anna" in client.get("/projects/QUAY/added").content.decode()
    lost = given("QUAY", "2026-03-09", rows=7)
    assert "1 value added here to QUAY has lost its activity" in client.get(f"/imports/{lost}").content.decode()
    assert "Lost their activity" in client.get("/projects/QUAY/added").content.decode()
    assert client.post("/projects/QUAY/added/move", {"key": "responsible::A7", "activity": "A1"}).status_code == 302
    assert plan_queries.activity(SYSTEM, project.id, "A1").activity.responsible == "Anna"
