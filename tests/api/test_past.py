"""The API answers as of a past moment, and takes nothing that would change it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans.queries import plan as plan_of
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio.queries import project

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PATHS = (
    "/projects", "/projects/HB-01", "/projects/HB-01/plan", "/projects/HB-01/activities",
    "/projects/HB-01/activities/B",
    "/projects/HB-01/dependencies", "/projects/HB-01/revisions", "/projects/HB-01/revisions/1",
    "/projects/HB-01/baselines", "/projects/HB-01/periods", "/projects/HB-01/forecast", "/projects/HB-01/forecasts",
    "/projects/HB-01/forecast/activities", "/projects/HB-01/forecast/activities/B", "/projects/HB-01/milestones",
    "/projects/HB-01/forecast/readings/slip_days", "/projects/HB-01/findings", "/projects/HB-01/status-history",
    "/forecasts", "/milestones", "/totals", "/statuses", "/ledger", "/alerts", "/programmes",
)  # fmt: skip


def test_every_answer_as_of_a_moment_is_the_answer_given_then(world: Callable[[str], Any]) -> None:
    run_until_idle(lambda: NOW)
    call = world("portfolio_manager")
    then = NOW + timedelta(hours=1)
    with clock.standing_at(then):
        before = {path: call("GET", path).json() for path in PATHS}
    later = NOW + timedelta(days=30)
    home = project(SYSTEM, "HB-01")
    was = plan_of(SYSTEM, home.id)
    late = replace(was.activities[0], name="Redesign", duration_ticks=480_000, remaining_ticks=480_000)
    late_plan = replace(was, activities=(late, *was.activities[1:]))
    plans.record_plan(SYSTEM, home.id, late_plan, origin="import", now=later)
    portfolio.change_project(SYSTEM, home.id, name="Renamed", now=later)
    run_until_idle(lambda: later)
    for path in PATHS:
        answer = call("GET", f"{path}?as_of={then:%Y-%m-%dT%H:%M:%SZ}")
        assert answer.status_code == 200, (path, answer.content)
        assert _settled(answer.json()) == _settled(before[path]), path
    for path in ("/projects/HB-01", "/projects/HB-01/plan", "/projects/HB-01/forecast", "/ledger"):
        assert call("GET", path).json() != before[path], path
    standing = call("GET", f"/projects/HB-01/standing?as_of={then:%Y-%m-%dT%H:%M:%SZ}").json()
    assert standing["revision"]["number"] == 1
    assert standing["position"] < call("GET", "/projects/HB-01/standing").json()["position"]


def test_what_knows_no_past_says_so_instead_of_answering_for_now(world: Callable[[str], Any]) -> None:
    call = world("portfolio_manager")
    for method, path, body in (
        ("GET", "/me", None),
        ("PATCH", "/projects/HB-01", {"name": "X"}),
        ("POST", "/projects/HB-01/edits", {"edits": []}),
    ):
        answer = call(method, f"{path}?as_of=2026-03-02", body)
        assert answer.status_code == 422, path
        assert answer.json()["place"] == "as_of"
    missing = call("GET", "/projects/HB-01?as_of=2026-02-01")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_yet")


def _settled(answer: object) -> str:
    return json.dumps(answer, sort_keys=True)
