"""The cost ledger: all lines or none, each once, valued once; corrections are entries; reserves need two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import plan_of, task

from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.money.operations import record_rates
from watchfloor.money.queries import RateRecord
from watchfloor.plans import operations, queries
from watchfloor.plans.cost_records import CostLine, CostsRefused
from watchfloor.plans.costing import Posted
from watchfloor.plans.document import WbsNode
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> int:
    return made_project()


def made_project() -> int:
    portfolio.set_up_organisation(SYSTEM, name="M", currency="EUR", time_zone="Europe/Vienna", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    made = portfolio.create_project(
        SYSTEM, programme_code="HB", code="HB-01", name="Quay", currency="EUR", contingency_minor=50_000, now=NOW
    ).id
    plan = plan_of(task("A", 5, wbs="1"), task("B", 5, wbs="2"), wbs=(WbsNode("1", "Piles"), WbsNode("2", "Deck")))
    operations.record_plan(SYSTEM, made, plan, origin="import", now=NOW)
    operations.set_control_account(SYSTEM, made, "CA-PILES", wbs="1", cost_account="4711", now=NOW)
    operations.set_control_account(SYSTEM, made, "CA-DECK", wbs="2", cost_account="4712", now=NOW)
    record_rates(
        SYSTEM,
        [
            RateRecord("USD", "EUR", JANUARY, Decimal("0.90"), "bank"),
            RateRecord("USD", "EUR", MARCH, Decimal("0.95"), "bank"),
        ],
        NOW,
    )
    return made


def actual(minor: int, period: date = JANUARY, **more: Any) -> CostLine:
    return replace(CostLine("CA-PILES", "actual", period, minor, "EUR"), **more)


BOARD = frozenset({"project.view", "cost.view", "baseline.approve"})


def post(project: int, *lines: CostLine, **more: Any) -> Posted:
    return operations.post_costs(SYSTEM, project, lines, now=NOW, **more)


def person(user_id: int, *more: str) -> Viewer:
    granted = frozenset({"project.view", "cost.view", "cost.edit", *more})
    return Viewer(user_id, f"U{user_id}", organisation=granted)


def test_booked_costs_add_up_and_an_accrual_stands_at_its_own_period_only(project: int) -> None:
    post(project, actual(1_000), actual(500, FEBRUARY), actual(200, JANUARY, kind="accrual", account="CA-DECK"))
    days = queries.ledger_state(project).days
    assert [(day.on, day.booked_minor, day.accrued_minor) for day in days] == [
        (JANUARY, 1_000, 200),
        (FEBRUARY, 1_500, 0),
    ]
    for day, actual_minor in ((JANUARY, 1_200), (FEBRUARY, 1_500)):
        rows = queries.ledger(SYSTEM, project, kinds=("actual", "accrual"), until=day, standing=True)
        assert rows.value_minor == actual_minor
    assert queries.account_costs(SYSTEM, project, on=JANUARY)["CA-DECK"].actual_minor == 200
    assert queries.account_costs(SYSTEM, project)["CA-DECK"].actual_minor == 0


def test_a_foreign_amount_keeps_the_rate_of_its_day_whatever_comes_later(project: int) -> None:
    post(project, actual(10_000, FEBRUARY, currency="USD"))
    record_rates(SYSTEM, [RateRecord("USD", "EUR", FEBRUARY, Decimal("0.50"), "typing error")], NOW)
    (entry,) = queries.ledger(SYSTEM, project).entries
    assert (entry.value_minor, entry.rate, entry.rate_on) == (9_000, Decimal("0.90"), JANUARY)
    assert entry.rate_is_older
    assert (entry.rate_source, entry.reporting_minor) == ("bank", 9_000)


def test_the_same_lines_twice_are_recorded_once_and_equal_lines_of_one_file_are_two(project: int) -> None:
    lines = [actual(100, reference="R1"), actual(100, reference="R1"), actual(70, reference="R2")]
    assert post(project, *lines).new == 3
    again = post(project, *lines, actual(5))
    assert (again.new, again.known) == (1, 3)
    assert queries.ledger(SYSTEM, project).value_minor == 275


@given(st.lists(st.tuples(st.sampled_from(("CA-PILES", "CA-DECK")), st.integers(-9, 9)), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_recording_twice_is_recording_once_and_a_reversal_leaves_nothing(rows: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        made = made_project()
        lines = [actual(minor, account=account) for account, minor in rows]
        post(made, *lines)
        once = queries.ledger(SYSTEM, made)
        post(made, *lines)
        assert queries.ledger(SYSTEM, made) == once
        operations.reverse_batch(SYSTEM, made, 1, reason="Wrong project", now=NOW)
        assert queries.ledger(SYSTEM, made).value_minor == 0
        post(made, *lines)
        assert queries.ledger(SYSTEM, made).value_minor == once.value_minor
        transaction.set_rollback(True)


def test_a_wrong_line_leaves_nothing_behind_and_names_the_nearest_accounts(project: int) -> None:
    with pytest.raises(CostsRefused) as refused:
        post(project, actual(1), actual(2, account="CA-PILE", line=7), actual(3, currency="XAF", line=8))
    first, second = refused.value.errors
    assert (first.line, first.field) == (7, "account")
    assert "CA-PILES" in first.remedy
    assert (second.line, second.field) == (8, "currency")
    assert queries.ledger(SYSTEM, project).count == 0
    assert post(project, actual(2, account="4712")).new == 1  # by its cost account


def test_a_control_total_must_match_or_be_accepted_with_a_reason(project: int) -> None:
    lines = [actual(100), actual(30, account="CA-DECK"), actual(50, currency="USD")]
    with pytest.raises(Conflict, match="EUR -20"):
        post(project, *lines, totals={"EUR": 150, "USD": 50})
    assert post(project, *lines, totals={"EUR": 130, "USD": 50}, dry_run=True).batch is None
    posted = post(project, *lines, totals={"EUR": 150, "USD": 50}, accept_difference="Rounding in the ERP")
    control = posted.batch.control
    assert control == {"totals": [["EUR", 150, 130], ["USD", 50, 50]], "accepted_because": "Rounding in the ERP"}


def test_a_balance_is_restated_only_on_request_and_the_old_one_stays_readable(project: int) -> None:
    accrual = actual(300, kind="accrual")
    post(project, accrual, replace(accrual, amount_minor=50, reference="other supplier"))
    with pytest.raises(CostsRefused, match="another accrual"):
        post(project, replace(accrual, amount_minor=400))
    with_known = [replace(accrual, amount_minor=400), replace(accrual, amount_minor=50, reference="other supplier")]
    assert post(project, *with_known, restate=True).restated == 1
    assert queries.ledger_state(project).days[0].accrued_minor == 450
    assert queries.ledger(SYSTEM, project).count == 4


def test_a_frozen_period_takes_nothing_without_a_reason_and_then_says_restatement(project: int) -> None:
    (period, *_later) = operations.open_periods(project, until=date(2026, 4, 17), now=NOW)
    operations.close_period(SYSTEM, project, period.cut_off, now=NOW)
    with pytest.raises(CostsRefused, match="frozen"):
        post(project, actual(100))
    post(project, actual(100), reason="Invoice came late")
    assert queries.ledger(SYSTEM, project).entries[0].is_restatement
    (fact,) = facts(SYSTEM, kinds=("costs.recorded",))
    assert fact.data["restatements"] == 1


def test_money_on_an_account_keeps_it(project: int) -> None:
    post(project, actual(100))
    with pytest.raises(Conflict, match="booked"):
        operations.remove_control_account(SYSTEM, project, "CA-PILES", now=NOW)
    portfolio.remove_projects(SYSTEM, [project], now=NOW)


def test_who_may_not_see_costs_sees_none_and_who_may_not_record_records_none(project: int) -> None:
    member = Viewer(5, "M", organisation=frozenset({"project.view"}))
    reader = Viewer(6, "R", organisation=frozenset({"project.view", "cost.view"}))
    with pytest.raises(NotAllowed):
        queries.ledger(member, project)
    with pytest.raises(NotFound):
        queries.ledger(Viewer(7, "Stranger"), project)
    with pytest.raises(NotAllowed):
        operations.post_costs(reader, project, [actual(1)], now=NOW)


def test_a_drawdown_moves_only_when_somebody_else_approves_and_raises_one_budget(project: int) -> None:
    manager, controller = person(1, "baseline.approve"), Viewer(2, "Board", organisation=BOARD)
    asked = operations.propose_reserve_change(
        manager, project, kind="contingency", amount_minor=-20_000, account="CA-PILES", reason="Boulders", now=NOW
    )
    with pytest.raises(NotAllowed, match="Somebody else"):
        operations.decide_reserve_change(manager, project, asked.id, approve=True, now=NOW)
    contingency, management, undistributed = queries.reserves(SYSTEM, project)
    assert (contingency.balance_minor, contingency.proposed_minor) == (50_000, -20_000)
    operations.decide_reserve_change(controller, project, asked.id, approve=True, now=NOW)
    contingency, management, undistributed = queries.reserves(SYSTEM, project)
    assert (contingency.balance_minor, contingency.drawn_minor) == (30_000, 20_000)
    assert queries.contingency_left(project, 50_000) == 30_000
    assert (management.balance_minor, undistributed.balance_minor) == (0, 0)
    assert queries.account_costs(SYSTEM, project)["CA-PILES"].changes_minor == 20_000
    with pytest.raises(Conflict):
        operations.decide_reserve_change(controller, project, asked.id, approve=True, now=NOW)


def test_a_reserve_is_decided_by_who_approves_baselines_and_never_overdrawn(project: int) -> None:
    manager, other, board = person(1), person(2), person(3, "baseline.approve")
    put = operations.propose_reserve_change(
        manager, project, kind="management", amount_minor=10_000, reason="Board 3/26", now=NOW
    )
    with pytest.raises(NotAllowed):
        operations.decide_reserve_change(other, project, put.id, approve=True, now=NOW)
    operations.decide_reserve_change(board, project, put.id, approve=True, now=NOW)
    drawn = operations.propose_reserve_change(
        manager, project, kind="management", amount_minor=-10_001, account="CA-DECK", reason="Flood", now=NOW
    )
    with pytest.raises(Conflict, match="not hold"):
        operations.decide_reserve_change(board, project, drawn.id, approve=True, now=NOW)
    with pytest.raises(Invalid):
        operations.decide_reserve_change(board, project, drawn.id, approve=False, now=NOW)
    operations.withdraw_reserve_change(manager, project, drawn.id, now=NOW + timedelta(hours=1))
    assert queries.reserves(SYSTEM, project)[1].balance_minor == 10_000
