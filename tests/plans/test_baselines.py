"""Baselines: two persons for one act, what is frozen stays, and what an amendment leaves alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations, queries
from watchfloor.plans.baselining.amending import Scope, amended, keys_in_scope, rolled_up, subtrees
from watchfloor.plans.baselining.rows import BaselineRow, Kept, pack, rows_of, rows_of_plan
from watchfloor.plans.document import Activity, ActivityKind, Plan, WbsNode
from watchfloor.plans.operations import Frozen, Proposal
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
START = datetime(2026, 3, 2, 8)
BOARD = Proposal("", reason="Client change 4", authority="Change board", reference="CO-4")


@pytest.fixture
def project_id(db: None) -> int:
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    project = portfolio.create_project(SYSTEM, programme_code="HB", code="HB-01", name="Quay", now=NOW)
    operations.record_plan(SYSTEM, project.id, plan(), origin="import", now=NOW)
    return project.id


def plan() -> Plan:
    return Plan(
        "Q",
        "Quay",
        activities=(
            Activity("S", "All", kind=ActivityKind.SUMMARY, budget_minor=300),
            Activity("A", "One", duration_ticks=10, budget_minor=100),
            Activity("B", "Two", duration_ticks=20, budget_minor=200),
        ),
    )


def frozen(shift: int = 0, **more: object) -> Frozen:
    start = START + timedelta(days=shift)
    dates = {"A": (start, start + timedelta(days=3)), "B": (start, start + timedelta(days=9))}
    return Frozen(rows_of_plan(plan(), dates), revision=1, **more)  # type: ignore[arg-type]


def proposal(name: str, **more: object) -> Proposal:
    return dataclasses.replace(BOARD, name=name, **more)  # type: ignore[arg-type]


def person(number: int, project_id: int, *permissions: str) -> Viewer:
    granted = frozenset({"project.view", *permissions})
    return Viewer(number, f"Person {number}", projects={project_id: granted})


def both(project_id: int, name: str, **more: object):  # type: ignore[no-untyped-def]
    """Proposed by one and approved by another."""
    planner, board = person(1, project_id, "plan.edit"), person(2, project_id, "baseline.approve")
    made = operations.propose_baseline(planner, project_id, frozen(), proposal(name, **more), now=NOW)
    return operations.approve_baseline(board, project_id, made.id, now=NOW)


def test_who_proposes_does_not_approve_and_the_journal_tells_both(project_id: int) -> None:
    alone = person(1, project_id, "plan.edit", "baseline.approve")
    made = operations.propose_baseline(alone, project_id, frozen(), proposal("One"), now=NOW)
    assert (made.kind, made.act, made.proposed_by_name, made.approved_at) == ("proposed", "original", "Person 1", None)
    assert queries.current_baseline(project_id) is None
    with pytest.raises(operations.SameHands):
        operations.approve_baseline(alone, project_id, made.id, now=NOW)
    with pytest.raises(NotAllowed):
        operations.set_baseline(alone, project_id, frozen(), proposal("Mine"), now=NOW)
    approved = operations.approve_baseline(person(2, project_id, "baseline.approve"), project_id, made.id, now=NOW)
    assert (approved.kind, approved.approved_by_name, approved.proposed_by_name) == ("approved", "Person 2", "Person 1")
    told = facts(SYSTEM, kinds=("baseline.proposed", "baseline.approved"))
    assert [(each.kind, each.actor_name) for each in told] == [
        ("baseline.proposed", "Person 1"),
        ("baseline.approved", "Person 2"),
    ]
    assert told[1].data["proposed_by"] == "Person 1"
    with pytest.raises(Conflict):
        operations.approve_baseline(person(3, project_id, "baseline.approve"), project_id, made.id, now=NOW)


def test_original_current_and_previous_are_always_kept_and_re_baselines_counted(project_id: int) -> None:
    operations.keep_provisional(SYSTEM, project_id, frozen(1), name="Provisional", now=NOW)
    assert queries.current_baseline(project_id).summary.kind == "provisional"  # type: ignore[union-attr]
    for name in ("One", "Two", "Three", "Four"):
        both(project_id, name)
    kinds = {each.name: (each.kind, each.act) for each in queries.baselines(SYSTEM, project_id)}
    assert kinds == {
        "Provisional": ("provisional", ""),
        "One": ("original", "original"),
        "Two": ("superseded", "rebaseline"),
        "Three": ("previous", "rebaseline"),
        "Four": ("approved", "rebaseline"),
    }
    standing = queries.baseline_standing(SYSTEM, project_id)
    held = (standing.current, standing.previous, standing.original)
    assert [each.name for each in held if each] == ["Four", "Three", "One"]
    assert (standing.provisional, standing.re_baselines, queries.re_baselines(project_id)) == (None, 3, 3)
    assert standing.current is not None
    assert standing.previous is not None
    assert standing.current.parent_id == standing.previous.id


def test_a_baseline_freezes_dates_budget_and_rates(project_id: int) -> None:
    made = operations.set_baseline(
        SYSTEM, project_id, frozen(rates={"USD": Decimal("0.925")}), proposal("One"), now=NOW
    )
    later = dataclasses.replace(plan(), activities=(dataclasses.replace(plan().activities[1], budget_minor=999),))
    operations.record_plan(SYSTEM, project_id, later, origin="import", now=NOW)
    found = queries.baseline(SYSTEM, project_id, made.id)
    assert (found.summary.budget_minor, found.summary.rates) == (300, {"USD": "0.925"})
    assert (found.summary.start, found.summary.finish) == (START, START + timedelta(days=9))
    assert (found.rows["A"].duration_ticks, found.rows["A"].cost_minor, found.rows["A"].name) == (10, 100, "One")
    as_plan = queries.baseline_plan(SYSTEM, project_id, made.id)
    assert [(each.key, each.budget_minor) for each in as_plan.activities] == [("S", 300), ("A", 100), ("B", 200)]
    assert as_plan.activities[1].stored is not None
    assert as_plan.activities[1].stored.finish == START + timedelta(days=3)


@pytest.mark.parametrize("left_out", ["reason", "authority"])
def test_an_approved_baseline_is_only_changed_with_reason_and_authority(project_id: int, left_out: str) -> None:
    planner = person(1, project_id, "plan.edit")
    operations.propose_baseline(planner, project_id, frozen(), Proposal("No reason needed yet"), now=NOW)
    both(project_id, "One", reason="", authority="")
    with pytest.raises(Invalid) as refused:
        operations.propose_baseline(planner, project_id, frozen(), proposal("Two", **{left_out: " "}), now=NOW)
    assert refused.value.place == left_out


def test_each_act_needs_its_permission_and_a_stranger_learns_nothing(project_id: int) -> None:
    viewer, planner, board, stranger = (
        person(3, project_id),
        person(1, project_id, "plan.edit"),
        person(2, project_id, "baseline.approve"),
        Viewer(4, "S"),
    )
    made = operations.propose_baseline(planner, project_id, frozen(), proposal("One"), now=NOW)
    calls: tuple[tuple[Callable[[Viewer], object], Viewer], ...] = (
        (lambda who: operations.propose_baseline(who, project_id, frozen(), proposal("X"), now=NOW), board),
        (lambda who: operations.approve_baseline(who, project_id, made.id, now=NOW), planner),
        (lambda who: operations.decline_baseline(who, project_id, made.id, reason="No", now=NOW), planner),
        (lambda who: operations.withdraw_baseline(who, project_id, made.id, now=NOW), board),
    )
    for call, wrong in calls:
        for who, refusal in ((wrong, NotAllowed), (viewer, NotAllowed), (stranger, NotFound)):
            with pytest.raises(refusal):
                call(who)
    with pytest.raises(NotAllowed):
        operations.withdraw_baseline(person(5, project_id, "plan.edit"), project_id, made.id, now=NOW)


def test_what_is_declined_or_withdrawn_stays_on_record_and_never_serves(project_id: int) -> None:
    planner, board = person(1, project_id, "plan.edit"), person(2, project_id, "baseline.approve")
    first, second = (
        operations.propose_baseline(planner, project_id, frozen(), proposal(name), now=NOW) for name in ("A", "B")
    )
    with pytest.raises(Invalid):
        operations.decline_baseline(board, project_id, first.id, reason=" ", now=NOW)
    operations.decline_baseline(board, project_id, first.id, reason="Too late", now=NOW)
    operations.withdraw_baseline(planner, project_id, second.id, now=NOW)
    found = {
        each.name: (each.kind, each.ended_by_name, each.ended_reason) for each in queries.baselines(SYSTEM, project_id)
    }
    assert found == {"A": ("declined", "Person 2", "Too late"), "B": ("withdrawn", "Person 1", "")}
    assert queries.current_baseline(project_id) is None


def test_of_two_proposals_the_second_says_that_the_ground_moved(project_id: int) -> None:
    planner, board = person(1, project_id, "plan.edit"), person(2, project_id, "baseline.approve")
    first, second = (
        operations.propose_baseline(planner, project_id, frozen(), proposal(name), now=NOW) for name in ("A", "B")
    )
    operations.approve_baseline(board, project_id, first.id, now=NOW)
    with pytest.raises(Conflict):
        operations.approve_baseline(board, project_id, second.id, now=NOW)
    with pytest.raises(Conflict):
        operations.propose_baseline(planner, project_id, frozen(), proposal("C", amends=second.id), now=NOW)
    amending = operations.propose_baseline(planner, project_id, frozen(), proposal("C", amends=first.id), now=NOW)
    assert (amending.act, amending.parent_id) == ("amendment", first.id)
    assert operations.approve_baseline(board, project_id, amending.id, now=NOW).kind == "approved"
    assert queries.re_baselines(project_id) == 0


def day(number: int) -> datetime:
    return datetime(2026, 3, 1, 8) + timedelta(days=number)


def row(first: int, last: int, cost: int | None = 100, **more: object) -> BaselineRow:
    return BaselineRow(day(first), day(last), 10, cost, **more)  # type: ignore[arg-type]


def test_an_amendment_by_hand_leaves_the_past_and_what_is_out_of_scope() -> None:
    """Data date day 10. Each line: what the baseline said, what the plan says, what holds afterwards."""
    at = day(10)
    done = {key: Kept(at, 4, 40) for key in ("under_way", "cheaper", "taken_out")}
    cases = {
        "past": (row(1, 9), row(1, 30), row(1, 9)),
        "out_of_scope": (row(12, 20), row(15, 40), row(12, 20)),
        "under_way": (row(5, 15), row(5, 25, 250), row(5, 25, 250, kept=(done["under_way"],))),
        "cheaper": (row(5, 15), row(5, 25, 30), row(5, 25, 40, kept=(done["cheaper"],))),
        "ahead": (row(12, 20), row(15, 40), row(15, 40)),
        "done_early": (row(12, 20), row(3, 8), row(10, 10)),
        "taken_out": (row(5, 15), None, BaselineRow(day(5), at, 4, 40)),
        "never_begun": (row(12, 20), None, None),
        "new": (None, row(4, 18), row(10, 18)),
        "new_elsewhere": (None, row(14, 18), None),
    }
    current = {key: before for key, (before, _planned, _after) in cases.items() if before is not None}
    planned = {key: new for key, (_before, new, _after) in cases.items() if new is not None}
    scope = cases.keys() - {"out_of_scope", "new_elsewhere"}
    found = amended(current, planned, scope=scope, at=at, done=done)
    assert found == {key: after for key, (_before, _planned, after) in cases.items() if after is not None}


def test_a_summary_spans_what_lies_below_it_once_that_was_amended() -> None:
    nodes = (WbsNode("W", "All"), WbsNode("W.1", "Part", parent="W"), WbsNode("V", "Other"))
    before = {
        "s": row(1, 20, is_summary=True, wbs="W"),
        "v": row(1, 20, is_summary=True, wbs="V"),
        "a": row(1, 20, wbs="W.1"),
        "b": row(2, 18, wbs="V"),
    }
    after = {**before, "a": row(1, 40, wbs="W.1")}
    found = rolled_up(after, before, nodes)
    assert (found["s"].finish, found["v"].finish) == (day(40), day(20))
    assert subtrees(nodes)["W"] == {"W", "W.1"}


def test_a_scope_names_activities_wbs_nodes_or_control_accounts() -> None:
    held = Plan(
        "Q",
        "Quay",
        wbs=(WbsNode("W", "All"), WbsNode("W.1", "Part", parent="W"), WbsNode("V", "Other")),
        activities=(Activity("a", "A", wbs="W.1"), Activity("b", "B", wbs="V"), Activity("c", "C", wbs="V")),
    )
    rows = {"a": row(1, 2, wbs="W.1"), "gone": row(1, 2, wbs="W")}
    accounts = {"b": "CA-1", "gone": "CA-2"}
    assert keys_in_scope(Scope(wbs=("W",)), held, rows, accounts) == {"a", "gone"}
    assert keys_in_scope(Scope(activities=("c",)), held, rows, accounts) == {"c"}
    assert keys_in_scope(Scope(control_accounts=("CA-1", "CA-2")), held, rows, accounts) == {"b", "gone"}
    assert keys_in_scope(Scope(), held, rows, accounts) == {"a", "b", "c", "gone"}


def test_rows_come_back_from_their_block_as_they_went_in() -> None:
    rows = {
        "A": row(1, 9, code="A-1", name="Sørensen's pile", wbs="W", responsible="North", kept=(Kept(day(4), 3, None),)),
        "B": BaselineRow(None, None, None, None, is_summary=True),
    }
    assert rows_of(pack(rows)) == rows
