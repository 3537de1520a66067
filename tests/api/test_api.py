"""The API as a client sees it: answers, problems, pages, tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans.document import Dependency
from watchfloor.plans.operations import record_plan
from watchfloor.plans.queries import plan as plan_of
from watchfloor.portfolio.queries import project

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_caller_without_a_token_is_told_what_to_send(client: Client) -> None:
    answer = client.get("/api/v1/projects")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "Bearer" in answer.json()["remedy"]


def test_a_project_of_others_looks_exactly_like_a_missing_one(world: Any) -> None:
    call = world("project_manager")
    other, missing = call("GET", "/projects/MW-01"), call("GET", "/projects/XX-99")
    assert (other.status_code, other.content) == (404, missing.content)


def test_what_belongs_to_an_alert_nobody_may_see_is_not_found_however_large_its_number(world: Any) -> None:
    call = world("portfolio_manager")
    for alert_id in (999_999, 10**24):
        for part in ("", "/deliveries", "/playbooks", "/runs"):
            assert call("GET", f"/alerts/{alert_id}{part}").status_code == 404, f"{alert_id}{part}"


def test_lists_show_only_what_the_caller_may_see_and_say_where_to_go_on(world: Any) -> None:
    everything = world("portfolio_manager")
    first = everything("GET", "/projects?limit=1").json()
    assert [each["code"] for each in first["items"]] == ["HB-01"]
    rest = everything("GET", f"/projects?limit=1&offset={first['next_offset']}").json()
    assert [each["code"] for each in rest["items"]] == ["MW-01"]
    assert rest["next_offset"] is None
    assert [each["code"] for each in world("viewer")("GET", "/projects").json()["items"]] == ["HB-01"]


def test_a_page_larger_than_the_limit_is_refused_with_the_field_named(world: Any) -> None:
    answer = world("viewer")("GET", "/projects?limit=5000")
    assert answer.status_code == 422
    assert "limit" in answer.json()["faults"][0]["place"]


def test_a_read_only_token_changes_nothing_not_even_preferences(world: Any) -> None:
    call = world("administrator", read_only=True)
    assert call("GET", "/me").status_code == 200
    for method, path, body in (
        ("PATCH", "/me", {"theme": "dark"}),
        ("PATCH", "/projects/HB-01", {"name": "Mine"}),
        ("POST", "/me/tokens", {"name": "wider"}),
    ):
        assert call(method, path, body).status_code in (401, 403)


def test_a_token_cannot_make_tokens(world: Any) -> None:
    assert world("administrator")("POST", "/me/tokens", {"name": "another"}).status_code == 401


def test_an_edit_is_a_revision_that_can_be_undone(world: Any) -> None:
    call = world("planner")
    edited = call("PATCH", "/projects/HB-01/activities/B", {"fields": {"duration_ticks": 48000}, "reason": "Ground"})
    assert edited.status_code == 200, edited.content
    number = edited.json()["revision"]["number"]
    assert call("GET", "/projects/HB-01/activities/B").json()["duration_ticks"] == 48000
    shown = call("GET", f"/projects/HB-01/revisions/{number}").json()
    assert shown["revision"]["reason"] == "Ground"
    undone = call("POST", f"/projects/HB-01/revisions/{number}/reversal", {})
    assert undone.status_code == 201, undone.content
    assert call("GET", "/projects/HB-01/activities/B").json()["duration_ticks"] == 96000


def test_a_circle_is_refused_by_name_and_nothing_is_saved(world: Any) -> None:
    call = world("planner")
    before = call("GET", "/projects/HB-01/plan").json()
    answer = call("POST", "/projects/HB-01/dependencies", {"dependency": {"predecessor": "B", "successor": "A"}})
    assert answer.status_code in (409, 422)
    assert "A" in answer.json()["detail"]
    assert "B" in answer.json()["detail"]
    assert call("GET", "/projects/HB-01/plan").json() == before


def test_an_edit_of_an_older_revision_is_refused_with_a_conflict(world: Any) -> None:
    call = world("planner")
    answer = call("PATCH", "/projects/HB-01/activities/B", {"fields": {"name": "Late"}, "expected_revision": 0})
    assert answer.status_code == 409
    assert answer.json()["remedy"]


def test_a_link_to_a_project_one_may_not_see_is_refused_like_one_to_nowhere(world: Any) -> None:
    call = world("planner")
    for code in ("MW-01", "XX-99"):
        link = {"predecessor": "B", "successor": "A", "predecessor_project": code}
        answer = call("POST", "/projects/HB-01/dependencies", {"dependency": link})
        assert answer.status_code == 404
        assert "project" in answer.json()["detail"]


def test_the_whole_plan_goes_out_and_comes_back_as_no_change(world: Any) -> None:
    call = world("planner")
    plan = call("GET", "/projects/HB-01/plan").json()["plan"]
    answer = call("PUT", "/projects/HB-01/plan", {"plan": plan})
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"revision": None}


@pytest.fixture
def linked(world: Any) -> Any:
    """HB-01 waits for MW-01, which only some may see; the link was made by somebody who may."""
    hb = project(SYSTEM, "HB-01")
    link = Dependency("B", "A", predecessor_project="MW-01")
    record_plan(
        SYSTEM,
        hb.id,
        replace(plan_of(SYSTEM, hb.id), dependencies=(Dependency("A", "B"), link)),
        origin="import",
        now=NOW,
    )
    return world


def test_a_link_from_a_project_one_may_not_see_is_told_as_that_and_nothing_more(linked: Any) -> None:
    planner, all_seeing = linked("planner"), linked("portfolio_manager")
    for path in ("plan", "dependencies", "revisions/2"):
        said = planner("GET", f"/projects/HB-01/{path}")
        assert said.status_code == 200
        assert "MW-01" not in said.content.decode()
        assert "MW-01" in all_seeing("GET", f"/projects/HB-01/{path}").content.decode() or path == "revisions/2"
    assert (
        planner("GET", "/projects/HB-01/revisions/2").json()["difference"]["links"][0]["predecessor"]
        == "another project"
    )


def test_a_plan_with_a_hidden_link_comes_back_with_the_link_intact(linked: Any) -> None:
    planner = linked("planner")
    got = planner("GET", "/projects/HB-01/plan").json()["plan"]
    assert planner("PUT", "/projects/HB-01/plan", {"plan": got}).json() == {"revision": None}
    got["activities"][0]["name"] = "Design anew"
    assert planner("PUT", "/projects/HB-01/plan", {"plan": got}).json()["revision"]["number"] == 3
    links = plan_of(SYSTEM, project(SYSTEM, "HB-01").id).dependencies
    assert "MW-01/B>A:FS" in {each.key for each in links}
    forged = next(each for each in got["dependencies"] if each.get("predecessor_project"))
    forged["predecessor"] = "0" * 24
    assert planner("PUT", "/projects/HB-01/plan", {"plan": got}).json()["code"] == "plan.invalid"


def test_a_hidden_link_can_be_removed_by_the_name_it_is_told_by(linked: Any) -> None:
    planner = linked("planner")
    links = planner("GET", "/projects/HB-01/dependencies").json()["items"]
    hidden = next(each for each in links if each["predecessor_project"])
    key = f"{hidden['predecessor_project']}/{hidden['predecessor']}>A:FS"
    assert planner("DELETE", f"/projects/HB-01/dependencies?key={quote(key)}").status_code == 200
    assert [each.key for each in plan_of(SYSTEM, project(SYSTEM, "HB-01").id).dependencies] == ["/A>B:FS"]


def test_a_file_makes_no_link_from_a_project_its_giver_may_not_see(world: Any) -> None:
    world("planner")
    hb = project(SYSTEM, "HB-01")
    who = Viewer(1, "planner", projects={hb.id: frozenset({"project.view", "plan.edit"})})
    links = (
        Dependency("A", "B"),
        Dependency("B", "A", predecessor_project="MW-01"),
        Dependency("B", "A", predecessor_project="ELSEWHERE"),
    )
    given = replace(plan_of(SYSTEM, hb.id), name="anew", dependencies=links)
    made = record_plan(who, hb.id, given, origin="import", now=NOW)
    assert made is not None
    assert made.reason.startswith("1 link from a project")
    assert {each.predecessor_project for each in plan_of(SYSTEM, hb.id).dependencies} == {"", "ELSEWHERE"}
    # Somebody who may see both makes the link; the planner's next file, which holds it too, leaves it alone.
    assert record_plan(SYSTEM, hb.id, given, origin="import", now=NOW) is not None
    assert record_plan(who, hb.id, given, origin="import", now=NOW) is None


def test_a_viewer_may_not_edit_and_is_told_so(world: Any) -> None:
    answer = world("viewer")("PATCH", "/projects/HB-01/activities/B", {"fields": {"name": "Mine"}})
    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"


def test_broken_json_is_a_problem_and_not_a_crash(world: Any) -> None:
    call = world("planner")
    answer = call.client.generic(
        "PATCH",
        "/api/v1/projects/HB-01",
        data="{",
        content_type="application/json",
        headers={"Authorization": f"Bearer {call.secret}"},
    )
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_an_address_that_leads_nowhere_is_a_problem_for_a_program_and_a_page_for_a_person(client: Client) -> None:
    for address in ("/api/v1/project", "/api/v2/projects", "/api/v1/projects/HB-01/control-accounts/%0A"):
        answer = client.delete(address)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert "openapi.json" in answer.json()["remedy"]
    assert client.get("/nowhere")["Content-Type"].startswith("text/html")


def test_every_operation_declares_its_problems_and_says_what_it_is_for(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path} has no description"
            assert {"401", "404", "422"} <= operation["responses"].keys(), f"{method} {path}"
