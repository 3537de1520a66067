"""Codes at work through the API: filters, groups with what rolls up, CSV, control accounts."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from small_plans import plan_of, task

from watchfloor.forecasts.operations import freeze_baseline
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans import queries
from watchfloor.plans.document import ActivityKind, CodeType, FieldType, WbsNode
from watchfloor.portfolio import queries as portfolio

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
AREAS = CodeType("Area", "Area", values={"N": "North", "N.1": "Quay", "S": "South"}, parents={"N.1": "N"})


@pytest.fixture
def harbour(world: Any) -> Any:
    """HB-01 with three activities and a summary in two areas, with a forecast against a baseline."""
    project = portfolio.project(SYSTEM, "HB-01")
    plan = plan_of(
        task("A", 10, wbs="1", budget_minor=100_00, codes={"Area": "N"}, fields={"RAG": "=1+1"}),
        task("B", 5, wbs="1", budget_minor=50_00, codes={"Area": "N.1"}, responsible="Ann"),
        task("C", 20, wbs="2", budget_minor=900_00, codes={"Area": "S"}, fields={"RAG": "G"}),
        task("S", 0, wbs="1", kind=ActivityKind.SUMMARY, budget_minor=150_00),
        wbs=(WbsNode("1", "Deck"), WbsNode("2", "Piers")),
        code_types=(AREAS,),
        field_types=(FieldType("RAG", "RAG"),),
    )
    plans.record_plan(SYSTEM, project.id, plan, origin="api", now=NOW)
    freeze_baseline(SYSTEM, project.id, name="B1", reason="first", now=NOW)
    run_until_idle(lambda: NOW)
    return world


def asked(**parameters: Any) -> str:
    return "/projects/HB-01/activity-table?" + urlencode(parameters, doseq=True)


def test_activities_are_filtered_by_codes_and_grouped_two_levels_deep(harbour: Any) -> None:
    call = harbour("planner")
    found = call("GET", asked(show="all", where=["code:Area=N"])).json()
    assert [each["key"] for each in found["items"]] == ["A", "B"]  # N.1 lies under N
    assert found["items"][1]["values"] == {"code:Area": "N.1"}
    both = call("GET", asked(show="all", where=["code:Area=S", "field:RAG=G"])).json()
    assert [each["key"] for each in both["items"]] == ["C"]

    groups = call("GET", asked(show="all", by="code:Area", then="code:Area")).json()["groups"]
    assert [(each["values"], [inner["values"][1] for inner in each["groups"]]) for each in groups] == [
        (["N"], ["N", "N.1"]),
        (["S"], ["S"]),
    ]
    north = groups[0]["roll_up"]
    assert (north["count"], north["budget_minor"], north["duration_days"]) == (2, 150_00, 10)
    total = call("GET", asked(show="all", by="code:Area")).json()["total"]
    assert (total["count"], total["budget_minor"]) == (3, 1_050_00)  # the summary's budget is not counted twice

    wrong = call("GET", asked(by="code:Phase"))
    assert (wrong.status_code, wrong.json()["place"]) == (422, "by")


def test_the_sheet_holds_figures_as_numbers_and_no_formula(harbour: Any) -> None:
    path = asked(show="all", colour="field:RAG").replace("activity-table", "activity-table.csv")
    call = harbour("planner")
    sheet = list(csv.DictReader(io.StringIO(call("GET", path).content.decode())))
    assert [each["key"] for each in sheet] == ["A", "B", "C", "S"]
    assert sheet[0]["field:RAG"] == "'=1+1"
    assert float(sheet[0]["budget_eur"]) == 100.0
    path = asked(show="all", by="wbs").replace("activity-table", "activity-table.csv")
    deck, piers = csv.DictReader(io.StringIO(call("GET", path).content.decode()))
    assert (deck["wbs"], deck["activities"], float(deck["budget_eur"])) == ("1", "2", 150.0)
    assert piers["progress_percent"] == "0"


def test_who_may_not_see_costs_gets_none_of_them(harbour: Any) -> None:
    call = harbour("member")
    found = call("GET", asked(show="all", by="code:Area")).json()
    assert found["total"]["count"] == 3
    assert found["total"]["budget_minor"] is None
    assert {each["budget_minor"] for each in found["items"]} == {None}
    assert "budget" not in call("GET", asked(show="all").replace("-table", "-table.csv")).content.decode()


def test_control_accounts_follow_a_rule_and_filter_the_table(harbour: Any) -> None:
    call = harbour("project_manager")
    body = {"level": 1, "unit_kind": "code", "unit_name": "Area"}
    made = call("PUT", "/projects/HB-01/control-rule", body).json()["items"]
    assert [each["code"] for each in made] == ["1/N", "1/N.1", "2/S"]
    said = call("GET", "/projects/HB-01/control-accounts").json()
    assert said["rule"] == body
    assert said["activities"] == {"A": "1/N", "B": "1/N.1", "C": "2/S"}
    changed = call(
        "PUT", "/projects/HB-01/control-accounts/1/N", {"wbs": "1", "responsible": "N", "cost_account": "C9"}
    )
    assert changed.json()["cost_account"] == "C9"
    found = call("GET", asked(show="all", where="account=1/N", by="account")).json()
    assert [(each["key"], each["values"]["account"]) for each in found["items"]] == [("A", "1/N")]
    assert call("DELETE", "/projects/HB-01/control-accounts/2/S").status_code == 204


def test_projects_are_grouped_by_what_their_plans_say_of_them_and_money_is_summed(harbour: Any) -> None:
    """HB-01 has a budget of 1,050 and a code; MW-01, of which its plan says nothing, has none of its own here."""
    project = portfolio.project(SYSTEM, "HB-01")
    held = queries.plan(SYSTEM, project.id)
    phases = CodeType("Phase", "Phase", "project", {"P2": "Building"})
    coded = replace(held, codes={"Phase": "P2"}, code_types=(*held.code_types, phases))
    plans.record_plan(SYSTEM, project.id, coded, origin="api", now=NOW)
    run_until_idle(lambda: NOW)
    call = harbour("administrator")
    found = call("GET", "/portfolio-table?by=code:Phase&then=programme").json()
    first, second = found["groups"]
    assert (first["values"], first["project_codes"]) == (["P2"], ["HB-01"])
    assert (second["values"], second["project_codes"]) == ([""], ["MW-01"])
    assert [each["values"] for each in first["groups"]] == [["P2", "HB"]]
    assert first["roll_up"]["totals"]["budget_minor"] == 1_050_00
    assert sum(found["total"]["statuses"].values()) == found["total"]["count"] == 2
    assert "code:Phase" in found["dimensions"]
    only = call("GET", "/portfolio-table?where=code:Phase=P2").json()
    assert only["project_codes"] == ["HB-01"]
    sheet = call("GET", "/portfolio-table.csv?by=code:Phase").content.decode()
    assert next(iter(csv.DictReader(io.StringIO(sheet))))["budget_eur"] == "1050.00"
    manager = harbour("project_manager")("GET", "/portfolio-table?by=client").json()
    assert manager["project_codes"] == ["HB-01"]  # MW-01 is not theirs to see
    costless = harbour("member")("GET", "/portfolio-table?by=client").json()["groups"][0]["roll_up"]
    assert (costless["count"], costless["totals"], costless["worst_share"]) == (1, None, None)
