"""Control accounts: which one an activity belongs to, how a rule finds them, and what outlives a re-import."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_plans import plan_of, task

from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations, queries
from watchfloor.plans.control_accounts import Place, UnitKind, UnitSource, places_of, proposed
from watchfloor.plans.document import ActivityKind, CodeType, Plan, WbsNode
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
UNIT = UnitSource(UnitKind.CODE, "Unit")
NODES = (
    WbsNode("1", "Bridge"),
    WbsNode("1.1", "Deck", parent="1"),
    WbsNode("1.1.1", "Slab", parent="1.1"),
    WbsNode("1.2", "Piers", parent="1"),
)


def bridge() -> Plan:
    return plan_of(
        task("A", 1, wbs="1.1.1", codes={"Unit": "Civil"}),
        task("B", 1, wbs="1.1", codes={"Unit": "Steel"}),
        task("C", 1, wbs="1.2", codes={"Unit": "Civil"}),
        task("D", 1, wbs="1", codes={}),
        task("S", 1, wbs="1.1", kind=ActivityKind.SUMMARY),
        wbs=NODES,
        code_types=(CodeType("Unit", "Unit", values={"Civil": "Civil works", "Steel": "Steel works"}),),
    )


def test_an_activity_belongs_to_the_nearest_node_above_that_its_unit_has_an_account_on() -> None:
    places = (Place("1.1", "Steel"), Place("1.1", "Civil"), Place("1"))
    assert places_of(bridge(), places, UNIT) == {
        "A": Place("1.1", "Civil"),  # no account on 1.1.1; its unit's on 1.1
        "B": Place("1.1", "Steel"),
        "C": Place("1"),  # none on 1.2; the one for everybody on 1
        "D": Place("1"),
    }
    assert places_of(bridge(), places[:1], UNIT)["A"] is None  # 1.1 is in other hands, and nothing lies above


def test_a_rule_finds_the_nodes_of_its_level_with_the_units_at_work_there() -> None:
    assert proposed(bridge(), level=2, unit=UNIT) == (
        Place("1"),
        Place("1.1", "Civil"),
        Place("1.1", "Steel"),
        Place("1.2", "Civil"),
    )
    assert proposed(bridge(), level=0, unit=UnitSource()) == (Place(""),)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(0, 8))
    parents = [draw(st.sampled_from(["", *(f"n{above}" for above in range(index))])) for index in range(count)]
    nodes = tuple(WbsNode(f"n{index}", "", parent=parent) for index, parent in enumerate(parents))
    homes = st.sampled_from(["", *(node.key for node in nodes)])
    units = st.sampled_from([{}, {"Unit": "a"}, {"Unit": "b"}])
    rows = [task(f"T{index}", 1, wbs=draw(homes), codes=draw(units)) for index in range(draw(st.integers(0, 12)))]
    return plan_of(*rows, wbs=nodes)


@given(plans(), st.integers(0, 4), st.booleans())
def test_what_a_rule_finds_gives_every_activity_exactly_one_account(plan: Plan, level: int, by_unit: bool) -> None:
    unit = UNIT if by_unit else UnitSource()
    places = proposed(plan, level=level, unit=unit)
    assert len(set(places)) == len(places)
    belongs = places_of(plan, places, unit)
    assert belongs.keys() == {activity.key for activity in plan.activities}
    assert set(belongs.values()) == set(places)  # nobody is left out, and no account is empty


@pytest.fixture
def project_id(db: None) -> int:
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    project = portfolio.create_project(SYSTEM, programme_code="HB", code="HB-01", name="Bridge", now=NOW)
    operations.record_plan(SYSTEM, project.id, bridge(), origin="import", now=NOW)
    return project.id


def test_accounts_follow_the_rule_and_outlive_a_plan_that_drops_their_node(project_id: int) -> None:
    made = operations.set_control_rule(SYSTEM, project_id, level=2, unit=UNIT, now=NOW)
    assert [each.code for each in made] == ["1", "1.1/Civil", "1.1/Steel", "1.2/Civil"]
    assert made[1].name == "Deck · Civil"
    assert queries.control_account_of(SYSTEM, project_id) == {
        "A": "1.1/Civil",
        "B": "1.1/Steel",
        "C": "1.2/Civil",
        "D": "1",
    }
    operations.set_control_account(
        SYSTEM, project_id, "1.2/Civil", name="Piers", wbs="1.2", responsible="Civil", cost_account="CBS-40", now=NOW
    )
    update = dataclasses.replace(
        bridge(),
        wbs=(*NODES[:3], WbsNode("1.3", "Ramps", parent="1")),
        activities=(*bridge().activities[:2], task("E", 1, wbs="1.3", codes={"Unit": "Civil"})),
    )
    operations.record_plan(SYSTEM, project_id, update, origin="import", now=NOW)
    assert operations.apply_control_rule(project_id, now=NOW) == 1
    after = {each.code: each for each in queries.control_accounts(SYSTEM, project_id)}
    assert after["1.3/Civil"].by_rule
    assert after["1.2/Civil"].is_orphan and after["1.2/Civil"].cost_account == "CBS-40"
    assert list(after)[-1] == "1.2/Civil"
    assert operations.apply_control_rule(project_id, now=NOW) == 0

    coarser = operations.set_control_rule(SYSTEM, project_id, level=1, unit=UnitSource(), now=NOW)
    assert [each.code for each in coarser] == ["1", "1.2/Civil"]  # what was set by hand stays


def test_what_cannot_be_set_is_said_and_nothing_is_stored(project_id: int) -> None:
    with pytest.raises(Invalid, match="no WBS node"):
        operations.set_control_account(SYSTEM, project_id, "X", wbs="9", now=NOW)
    with pytest.raises(Invalid) as refused:
        operations.set_control_rule(SYSTEM, project_id, level=1, unit=UnitSource(UnitKind.CODE, "Phase"), now=NOW)
    assert refused.value.remedy == "Choose one of: Unit."
    operations.set_control_account(SYSTEM, project_id, "ONE", wbs="1", now=NOW)
    with pytest.raises(Conflict):
        operations.set_control_account(SYSTEM, project_id, "TWO", wbs="1", now=NOW)
    assert [each.code for each in queries.control_accounts(SYSTEM, project_id)] == ["ONE"]
    operations.remove_control_account(SYSTEM, project_id, "ONE", now=NOW)
    assert queries.control_accounts(SYSTEM, project_id) == ()
    with pytest.raises(NotFound):
        operations.remove_control_account(SYSTEM, project_id, "ONE", now=NOW)
    reader = Viewer(1, "Ann", projects={project_id: frozenset({"project.view"})})
    with pytest.raises(NotAllowed):
        operations.set_control_account(reader, project_id, "ONE", wbs="1", now=NOW)
    with pytest.raises(NotFound):
        queries.control_accounts(Viewer(2, "Bob"), project_id)
