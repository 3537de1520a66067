"""Every estimate beside the others with the manager's own, value date by date, and in which currency it was spent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from small_plans import DAY, MONDAY, plan_of, task

from watchfloor.forecasts import operations
from watchfloor.forecasts.earned_view import EarnedView, earned_view
from watchfloor.forecasts.queries import latest_of
from watchfloor.kit.errors import NotAllowed
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.money.operations import record_rates
from watchfloor.money.queries import RateRecord
from watchfloor.plans import operations as plans
from watchfloor.plans.cost_records import CostLine
from watchfloor.plans.document import ActivityKind, Plan
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio.queries import project_by_id

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def progressed(plan: Plan, percent: float, at: datetime) -> Plan:
    begun = replace(
        plan.activities[0],
        actual_start=MONDAY,
        percent_complete=percent,
        remaining_ticks=round(DAY * (100 - percent) / 10),
    )
    return replace(plan, data_date=at, activities=(begun, *plan.activities[1:]))


@pytest.fixture
def project() -> int:
    """In francs, reported in euros, with dollars spent; two status dates after the start, level of effort beside."""
    portfolio.set_up_organisation(SYSTEM, name="M", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    pk = portfolio.create_project(SYSTEM, programme_code="HB", code="P", name="Quay", currency="CHF", now=NOW).id
    for base, value in (("CHF", "1.05"), ("USD", "0.90")):
        record_rates(SYSTEM, [RateRecord(base, "EUR", date(2026, 3, 1), Decimal(value), "bank")], NOW)
    plan = plan_of(
        task("A", 10, budget_minor=100_000), task("L", 10, kind=ActivityKind.LEVEL_OF_EFFORT, budget_minor=10_000),
        currency="CHF",
    )  # fmt: skip
    plans.record_plan(SYSTEM, pk, plan, origin="import", now=NOW)
    plans.set_control_account(SYSTEM, pk, "ALL", now=NOW)
    operations.issue_forecast(pk, now=NOW)
    for day, percent, minor, currency in ((4, 20.0, 25_000, "CHF"), (6, 40.0, 20_000, "USD")):
        at = datetime(2026, 3, day, 17)
        now = at.replace(hour=20, tzinfo=UTC)
        plans.record_plan(SYSTEM, pk, progressed(plan, percent, at), origin="import", now=now)
        line = CostLine("ALL", "actual", at.date(), minor, currency)
        plans.post_costs(SYSTEM, pk, [line], now=now)
        operations.issue_forecast(pk, now=now)
    return pk


def seen(project: int) -> EarnedView:
    return earned_view(SYSTEM, project_by_id(SYSTEM, project), latest_of(SYSTEM, project))


def test_each_method_stands_beside_the_others_in_both_currencies(project: int) -> None:
    found = seen(project)
    cost = {each.method: each for each in found.cost}
    remaining = cost["remaining"]
    assert remaining.eac_minor is not None
    assert remaining.reporting_minor == round(Decimal(remaining.eac_minor) * Decimal("1.05"))
    assert (cost["recent"].eac_minor, cost["recent"].withheld) == (None, "no_history")
    assert (cost["own"].eac_minor, cost["own"].withheld) == (None, "not_said")
    assert [each.method for each in found.cost if each.in_use] == ["cpi"]
    assert len(found.time) == 3
    assert found.time[0].tspi == pytest.approx(latest_of(SYSTEM, project).value("spi_t"))  # type: ignore[union-attr]
    assert found.measured is not None
    assert found.measured.value == pytest.approx(0.8)  # 40 earned of 50 planned; with level of effort 45 of 55


def test_the_managers_own_is_held_against_the_common_date(project: int) -> None:
    plans.open_periods(project, until=date(2026, 3, 6), now=datetime(2026, 3, 6, 21, tzinfo=UTC))
    plans.submit(
        SYSTEM, project, date(2026, 3, 6), reported={"overall": "on"}, eac_minor=120_000,
        now=datetime(2026, 3, 6, 22, tzinfo=UTC),
    )  # fmt: skip
    own = seen(project).cost[-1]
    record = latest_of(SYSTEM, project)
    assert record is not None
    ev, ac = record.value("ev_compared_minor"), record.value("ac_compared_minor")
    assert ev is not None
    assert ac is not None
    assert (own.method, own.eac_minor, own.variance_minor, own.said_for) == ("own", 120_000, -10_000, date(2026, 3, 6))
    assert own.tcpi == pytest.approx((110_000 - ev) / (120_000 - ac))


def test_value_is_told_date_by_date_with_what_each_added(project: int) -> None:
    found = seen(project)
    assert [each.data_date.day for each in found.dates][:2] == [6, 4]
    newest, before = found.dates[:2]
    assert (before.earned.total_minor, newest.earned.total_minor) == (23_000, 45_000)
    assert newest.earned.added_minor == 22_000
    assert newest.earned.reporting_minor == 47_250
    assert newest.actual.added_minor == (newest.actual.total_minor or 0) - 25_000


def test_what_was_spent_is_told_by_currency_at_the_rates_of_its_booking(project: int) -> None:
    found = seen(project)
    assert [(each.currency, each.amount_minor, each.reporting_minor) for each in found.spent] == [
        ("CHF", 25_000, 26_250), ("USD", 20_000, 18_000),
    ]  # fmt: skip
    assert found.spent_on == date(2026, 3, 6)


def test_a_project_without_forecast_or_ledger_has_nothing_to_tell(project: int) -> None:
    pk = portfolio.create_project(SYSTEM, programme_code="HB", code="Q", name="Lock", currency="EUR", now=NOW).id
    found = seen(pk)
    assert (found.cost, found.time, found.dates, found.spent, found.measured) == ((), (), (), (), None)


def test_who_sees_no_costs_gets_none(project: int) -> None:
    with pytest.raises(NotAllowed):
        earned_view(Viewer(1, "G", organisation=frozenset({"project.view"})), project_by_id(SYSTEM, project), None)
