"""The costs of a project by control account: budgets, both as-of dates, and a variance whose parts sum exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from small_plans import DAY, MONDAY, plan_of, task

from watchfloor.forecasts import operations
from watchfloor.forecasts.cost_view import cost_overview
from watchfloor.kit.errors import NotAllowed
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.money.operations import record_rates
from watchfloor.money.queries import RateRecord
from watchfloor.plans import operations as plans
from watchfloor.plans.cost_records import CostLine
from watchfloor.plans.document import WbsNode
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FRIDAY = datetime(2026, 3, 6, 17)
LATER = datetime(2026, 3, 7, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> int:
    """A project in Swiss francs that reports in euros, with dollars spent: piles 40 % done, deck not begun."""
    portfolio.set_up_organisation(SYSTEM, name="M", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    pk = portfolio.create_project(SYSTEM, programme_code="HB", code="P", name="Quay", currency="CHF", now=NOW).id
    for base, value in (("CHF", "1.05"), ("USD", "0.90")):
        record_rates(SYSTEM, [RateRecord(base, "EUR", date(2026, 3, 1), Decimal(value), "bank")], NOW)
    plan = plan_of(
        task("A", 10, wbs="1", budget_minor=100_001),
        task("B", 10, wbs="2", budget_minor=50_000),
        currency="CHF",
        wbs=(WbsNode("1", "Piles"), WbsNode("2", "Deck")),
    )
    plans.record_plan(SYSTEM, pk, plan, origin="import", now=NOW)
    plans.set_control_account(SYSTEM, pk, "PILES", wbs="1", now=NOW)
    plans.set_control_account(SYSTEM, pk, "DECK", wbs="2", now=NOW)
    operations.issue_forecast(pk, now=NOW)
    begun = replace(plan.activities[0], actual_start=MONDAY, percent_complete=40.0, remaining_ticks=6 * DAY)
    plans.record_plan(
        SYSTEM, pk, replace(plan, data_date=FRIDAY, activities=(begun, plan.activities[1])), origin="import", now=LATER
    )
    record_rates(SYSTEM, [RateRecord("USD", "EUR", date(2026, 3, 5), Decimal("0.95"), "bank")], LATER)
    return pk


def spend(project: int, minor: int, currency: str, **more: object) -> None:
    line = CostLine("PILES", "actual", FRIDAY.date(), minor, currency, **more)  # type: ignore[arg-type]
    plans.post_costs(SYSTEM, project, [line], now=LATER)


def test_each_account_shows_its_budget_its_figures_and_the_parts_of_its_variance(project: int) -> None:
    spend(project, 20_000, "CHF")
    # 60 h planned at 50 dollars, paid at 55: dearer, and the dollar rose from 0.90 to 0.95 since the baseline.
    spend(project, 330_000, "USD", quantity=Decimal(60), planned_price=Decimal(50))
    operations.issue_forecast(project, now=LATER)
    found = cost_overview(SYSTEM, project)
    piles, deck = found.accounts
    assert (piles.account, piles.budget_minor, piles.earned_minor) == ("PILES", 100_001, 40_000)
    assert (deck.budget_minor, deck.earned_minor, deck.actual_minor) == (50_000, 0, 0)
    assert (found.compared_on, found.spent_on, found.source) == (FRIDAY.date(), FRIDAY.date(), "ledger")
    assert piles.variance is not None
    assert deck.variance is not None
    assert found.variance is not None
    # In euro cents: EV 42,000; AC 21,000 + 313,500; at locked rates 21,000 + 297,000; at planned prices + 270,000.
    assert (piles.variance.performance, piles.variance.price, piles.variance.exchange) == (-249_000, -27_000, -16_500)
    assert piles.variance.total == 42_000 - 334_500
    assert found.variance.total == piles.variance.total + deck.variance.total
    assert found.variance_has_prices
    assert found.variance_without_locked_rate == ()


def test_costs_older_than_the_plan_are_shown_beside_and_not_divided(project: int) -> None:
    line = CostLine("PILES", "actual", date(2026, 2, 20), 20_000, "CHF")
    record_rates(SYSTEM, [RateRecord("CHF", "EUR", date(2026, 2, 1), Decimal("1.04"), "bank")], LATER)
    plans.post_costs(SYSTEM, project, [line], now=LATER)
    operations.issue_forecast(project, now=LATER)
    found = cost_overview(SYSTEM, project)
    assert (found.compared_on, found.spent_on) == (None, date(2026, 2, 20))
    assert (found.accounts[0].booked_minor, found.accounts[0].cpi, found.accounts[0].eac_minor) == (20_000, None, None)
    assert found.variance is None


def test_over_budget_names_the_line(project: int) -> None:
    portfolio.change_project(SYSTEM, project, contingency_minor=30_000, now=LATER)
    spend(project, 48_000, "CHF")
    operations.issue_forecast(project, now=LATER)
    lines = {each.name: (each.amount_minor, each.over_minor) for each in cost_overview(SYSTEM, project).budget_lines}
    # EAC by CPI = 150,001 × 48,000 ÷ 40,000.4 = 179,999.
    assert lines == {"performance": (150_001, 29_998), "cost": (180_001, 0), "total": (180_001, 0)}


def test_who_sees_no_costs_sees_no_cost_page(project: int) -> None:
    with pytest.raises(NotAllowed):
        cost_overview(Viewer(1, "G", organisation=frozenset({"project.view"})), project)
