"""Forecasts are issued when an input changed, once per project day, and read back as they were computed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from small_plans import DAY, MONDAY, milestone, plan_of, task

from watchfloor.forecasts import operations, queries
from watchfloor.forecasts.models import Forecast
from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Invalid, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.money.operations import record_rates
from watchfloor.money.queries import RateRecord
from watchfloor.plans import operations as plans
from watchfloor.plans import queries as plan_queries
from watchfloor.plans.cost_records import CostLine
from watchfloor.plans.document import Dependency, Plan
from watchfloor.plans.periods import open_periods
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def project(code: str = "P", **fields: Any) -> int:
    if portfolio_queries.organisation() is None:
        portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="UTC", now=NOW)
        portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    return portfolio.create_project(SYSTEM, programme_code="HB", code=code, name=code, now=NOW, **fields).id


def chain(days: float = 10, **fields: Any) -> Plan:
    return plan_of(
        task("A", days, budget_minor=100_000), task("B", 1), milestone("M", is_committed=True),
        Dependency("A", "B"), Dependency("B", "M"), **fields,
    )  # fmt: skip


def record(project_id: int, plan: Plan, now: datetime = NOW) -> None:
    assert plans.record_plan(SYSTEM, project_id, plan, origin="import", now=now) is not None


def test_without_a_plan_there_is_no_forecast() -> None:
    pk = project()
    assert operations.issue_forecast(pk, now=NOW) is None
    assert queries.latest(SYSTEM) == {}
    assert len(queries.activity_forecasts(SYSTEM, pk)) == 0


def test_the_first_forecast_freezes_the_first_revision_as_provisional() -> None:
    pk = project()
    record(pk, chain())
    found = operations.issue_forecast(pk, now=NOW)
    assert found is not None
    assert found.baseline_kind == "provisional"
    assert found.plan_finish == found.schedule_finish == datetime(2026, 3, 16, 17)
    assert found.slip_days == 0
    assert (found.budget_minor, found.eac_minor, found.eac_method) == (100_000, 100_000, "remaining_as_planned")


def test_unchanged_inputs_issue_nothing_until_the_project_day_turns() -> None:
    pk = project(time_zone="Asia/Tokyo")
    record(pk, chain())
    assert operations.issue_forecast(pk, now=NOW) is not None
    assert operations.issue_forecast(pk, now=NOW + timedelta(hours=5)) is None
    assert operations.issue_forecast(pk, now=NOW, force=True) is not None
    turned = operations.issue_forecast(pk, now=datetime(2026, 3, 2, 15, 30, tzinfo=UTC))  # past midnight in Tokyo
    assert turned is not None


def test_a_longer_activity_slips_against_the_baseline_and_the_fact_tells_both_dates() -> None:
    pk = project()
    record(pk, chain())
    operations.issue_forecast(pk, now=NOW)
    record(pk, chain(13))
    found = operations.issue_forecast(pk, now=NOW)
    assert found is not None
    assert found.slip_days == 3
    (fact,) = facts(SYSTEM, kinds=("forecast.issued",), newest_first=True, limit=1)
    assert fact.data["finish_before"] == "2026-03-16T17:00"
    assert fact.data["finish_after"] == "2026-03-19T17:00"
    assert fact.data["eac_before_minor"] == fact.data["eac_after_minor"] == 100_000


def test_an_approved_baseline_takes_over_and_a_re_baseline_keeps_the_original_in_sight() -> None:
    pk = project()
    record(pk, chain())
    operations.freeze_baseline(SYSTEM, pk, name="Contract", now=NOW)
    first = operations.issue_forecast(pk, now=NOW)
    record(pk, chain(15))
    operations.freeze_baseline(SYSTEM, pk, name="Second", reason="Scope", authority="Board", now=NOW)
    second = operations.issue_forecast(pk, now=NOW)
    assert first is not None
    assert second is not None
    assert (first.baseline_kind, first.value("rebaselines")) == ("approved", 0)
    assert (second.slip_days, second.value("original_slip_days"), second.value("rebaselines")) == (0, 5, 1)


def test_what_is_read_back_is_what_was_computed() -> None:
    pk = project(committed_finish=date(2026, 3, 20))
    record(pk, chain())
    issued = operations.issue_forecast(pk, now=NOW)
    assert issued is not None
    read = queries.latest_of(SYSTEM, pk)
    assert read is not None
    assert read.total_float_days == issued.total_float_days == 4
    assert read.readings == issued.readings
    assert replace(read, readings={}) == replace(issued, readings={})
    assert queries.forecast(SYSTEM, issued.id) == read
    assert queries.reading(SYSTEM, pk, "bac_minor").value == 100_000
    assert [each.id for each in queries.history(SYSTEM, pk)] == [issued.id]
    assert queries.histories(SYSTEM, None, "slip_days") == {pk: ((NOW, 0.0),)}


def test_an_activity_opens_to_what_drives_it_back_to_the_data_date() -> None:
    pk = project()
    record(pk, chain())
    operations.issue_forecast(pk, now=NOW)
    table = queries.activity_forecasts(SYSTEM, pk)
    assert table.key == ("A", "B", "M")
    assert table.finish[1] == table.baseline_finish[1] == datetime(2026, 3, 16, 17)
    last = queries.activity(SYSTEM, pk, "M")
    assert [each.key for each in last.chain] == ["B", "A"]
    assert queries.activity(SYSTEM, pk, "A").drives == ("B",)
    with pytest.raises(NotFound):
        queries.activity(SYSTEM, pk, "Z")


def test_a_circle_is_stored_as_a_problem() -> None:
    pk = project()
    plan = chain()
    record(pk, replace(plan, dependencies=(Dependency("A", "B"), Dependency("B", "A"))))
    found = operations.issue_forecast(pk, now=NOW)
    assert found is not None
    assert found.problem["code"] == "plan.cycle"
    assert found.schedule_finish is None
    with pytest.raises(Invalid):
        operations.freeze_baseline(SYSTEM, pk, name="B1", now=NOW)


def test_a_date_of_another_project_moves_this_one_on_its_own_clock() -> None:
    giver, taker = project("P", time_zone="UTC"), project("Q", time_zone="Asia/Tokyo")
    record(giver, chain())
    needs = Dependency("A", "A", predecessor_project="P")
    record(taker, plan_of(task("A", 1), needs, code="Q"))
    assert operations.issue_forecast(giver, now=NOW) is not None
    first = operations.issue_forecast(taker, now=NOW)
    assert first is not None
    # Friday 17:00 in UTC is Saturday 2:00 in Tokyo; work goes on there on Monday.
    assert first.schedule_finish == datetime(2026, 3, 16, 17)
    assert queries.dependents(giver) == (taker,)
    assert operations.issue_forecast(taker, now=NOW) is None
    record(giver, chain(12))
    operations.issue_forecast(giver, now=NOW)
    moved = operations.issue_forecast(taker, now=NOW)
    assert moved is not None
    assert moved.slip_days == 2


def test_a_driver_in_a_project_one_may_not_see_is_told_as_another_project() -> None:
    first, second = project("P"), project("Q")
    record(first, chain(10))
    operations.issue_forecast(first, now=NOW)
    needs = Dependency("A", "A", predecessor_project="P")
    record(second, plan_of(task("A", 1), milestone("M"), Dependency("A", "M"), needs, code="Q"))
    assert operations.issue_forecast(second, now=NOW) is not None
    only_second = Viewer(1, "second", projects={second: frozenset({"project.view"})})
    both = Viewer(2, "both", projects={pk: frozenset({"project.view"}) for pk in (first, second)})
    for viewer, name, givers in (
        (only_second, "another project", {}),
        (both, "P/A", {str(first)}),
        (SYSTEM, "P/A", {str(first)}),
    ):
        (driver,) = queries.activity(viewer, second, "A").drivers
        assert (driver.name, driver.key) == (name, "")
        # Whoever may not see the project learns the one date that drives, and nothing of how long the work takes.
        assert driver.finish == datetime(2026, 3, 13, 17)
        assert driver.start == (None if viewer is only_second else MONDAY)
        assert name in queries.activity_forecasts(viewer, second).driver_name
        found = queries.latest_of(viewer, second)
        assert found is not None
        assert set(found.depends_on) == set(givers)
        assert "P/A" in repr(queries.activity_forecasts_of(viewer, found.id)) or viewer is only_second


def test_a_block_stored_before_drivers_had_dates_can_still_be_read() -> None:
    pk = project()
    record(pk, chain())
    issued = operations.issue_forecast(pk, now=NOW)
    assert issued is not None
    row = Forecast.objects.get(pk=issued.id)
    columns = json.loads(zlib.decompress(bytes(row.block)[3:]))
    old = {name: each for name, each in columns.items() if name not in ("driver_start", "driver_finish")}
    row.block = b"WF1" + zlib.compress(json.dumps(old).encode())
    row.save()
    table = queries.activity_forecasts(SYSTEM, pk)
    assert table.driver_finish == (None,) * len(table.driver_name)


def test_what_nobody_reports_on_is_less_certain_with_each_cut_off() -> None:
    pk = project()
    record(pk, chain())
    fresh = operations.issue_forecast(pk, now=NOW)
    assert fresh is not None
    later = NOW + timedelta(weeks=3)
    open_periods(pk, until=later.date(), now=later)
    aged = operations.issue_forecast(pk, now=later)
    assert aged is not None
    missed = aged.readings["confidence"].detail["inputs"]["missed_cut_offs"]
    assert missed >= 2
    assert "missed_cut_offs" not in fresh.readings["confidence"].detail["inputs"]
    spreads = [each.value("p90_after_schedule_days") for each in (fresh, aged)]
    assert spreads[0] is not None
    assert spreads[1] is not None
    assert spreads[0] < spreads[1]


def test_milestones_come_by_date_and_only_open_ones() -> None:
    for code, days in (("P", 10), ("Q", 3)):
        pk = project(code)
        record(pk, chain(days, code=code))
        operations.issue_forecast(pk, now=NOW)
    assert [each.schedule for each in queries.milestones(SYSTEM)] == [
        datetime(2026, 3, 5, 17),
        datetime(2026, 3, 16, 17),
    ]
    assert len(queries.milestones(SYSTEM, first=date(2026, 3, 5), last=date(2026, 3, 5))) == 1
    assert queries.milestones(SYSTEM, first=date(2026, 3, 6), last=date(2026, 3, 15)) == ()


def test_who_may_not_see_a_project_sees_none_of_its_forecast() -> None:
    pk = project()
    record(pk, chain())
    issued = operations.issue_forecast(pk, now=NOW)
    assert issued is not None
    nobody = Viewer(user_id=None, name="A")
    asked: list[Callable[[], object]] = [
        lambda: queries.history(nobody, pk),
        lambda: queries.activity_forecasts(nobody, pk),
        lambda: queries.activity(nobody, pk, "A"),
        lambda: queries.forecast(nobody, issued.id),
        lambda: queries.activity_forecasts_of(nobody, issued.id),
        lambda: queries.reading(nobody, pk, "cpi"),
        lambda: queries.milestones_of(nobody, pk),
    ]
    for ask in asked:
        with pytest.raises(NotFound):
            ask()
    assert queries.latest(nobody) == {}
    assert queries.latest_of(nobody, pk) is None
    assert queries.milestones(nobody) == ()
    assert queries.histories(nobody, None, "cpi") == {}


def test_the_number_of_queries_does_not_grow_with_the_projects(django_assert_num_queries: Any) -> None:
    for number in range(4):
        pk = project(f"P{number}")
        record(pk, chain(code=f"P{number}"))
        operations.issue_forecast(pk, now=NOW)
        with django_assert_num_queries(2):
            assert len(queries.latest(SYSTEM)) == number + 1
        with django_assert_num_queries(1):
            queries.milestones(SYSTEM)
        with django_assert_num_queries(1):
            queries.histories(SYSTEM, None, "slip_days")


def test_totals_are_summed_at_the_rates_that_the_baseline_locked() -> None:
    euros, pounds, plain = project("P"), project("Q"), project("R")
    record_rates(SYSTEM, [RateRecord("GBP", "EUR", date(2026, 3, 1), Decimal("1.25"), "test")], NOW)
    for pk, code, currency in ((euros, "P", "EUR"), (pounds, "Q", "GBP")):
        record(pk, chain(code=code, currency=currency))
        operations.freeze_baseline(SYSTEM, pk, name="Contract", now=NOW)
        operations.issue_forecast(pk, now=NOW)
    # A later rate does not rewrite what was locked.
    record_rates(SYSTEM, [RateRecord("GBP", "EUR", date(2026, 3, 2), Decimal("9.99"), "test")], NOW)
    totals = queries.portfolio_totals(SYSTEM, portfolio_queries.projects(SYSTEM))
    assert totals.currency == "EUR"
    assert totals.budget_minor == 100_000 + 125_000
    assert totals.left_out == {plain: "no_forecast"}
    assert plan_queries.current_baseline(pounds) is not None


def test_days_before_the_data_date_are_behind() -> None:
    pk = project()
    record(pk, chain())
    operations.issue_forecast(pk, now=NOW)
    record(pk, replace(chain(), data_date=MONDAY + timedelta(days=7)))
    found = operations.issue_forecast(pk, now=NOW + timedelta(days=7))
    assert found is not None
    assert found.slip_days == 5  # nothing was done for a week
    assert found.value("pv_minor") == 50_000
    assert found.value("overdue_count") == 0


def test_costs_in_the_ledger_issue_a_forecast_with_both_as_of_dates_and_name_the_ledger() -> None:
    pk = project(currency="EUR")
    monday, friday = MONDAY, datetime(2026, 3, 6, 17)
    record(pk, chain())
    plans.set_control_account(SYSTEM, pk, "CA", now=NOW)
    operations.issue_forecast(pk, now=NOW)
    begun = task("A", 10, budget_minor=100_000, actual_start=monday, percent_complete=40.0, remaining_ticks=6 * DAY)
    plan = chain(data_date=friday)
    record(pk, replace(plan, activities=(begun, *plan.activities[1:])))
    week_before = CostLine("CA", "actual", date(2026, 2, 20), 38_000, "EUR")
    plans.post_costs(SYSTEM, pk, [week_before], now=NOW)
    found = operations.issue_forecast(pk, now=NOW)
    assert found is not None
    assert (found.value("ev_minor"), found.value("ac_minor"), found.value("cpi")) == (40_000, 38_000, None)
    plans.post_costs(SYSTEM, pk, [replace(week_before, period=friday.date(), amount_minor=2_000)], now=NOW)
    found = operations.issue_forecast(pk, now=NOW)
    assert found is not None
    assert found.value("cpi") == pytest.approx(1.0)
    assert operations.issue_forecast(pk, now=NOW) is None
    # The plan goes on before the ledger does: the ratio stays at the newest date both know.
    later = replace(begun, percent_complete=80.0, remaining_ticks=2 * DAY)
    record(pk, replace(plan, activities=(later, *plan.activities[1:]), data_date=datetime(2026, 3, 13, 17)))
    found = operations.issue_forecast(pk, now=NOW)
    assert found is not None
    assert (found.value("ev_minor"), found.value("cpi")) == (80_000, pytest.approx(1.0))
    assert found.readings["cpi"].detail["inputs"]["as_of"] == "2026-03-06"


def test_a_budget_by_control_account_earns_where_the_plan_carries_no_cost() -> None:
    pk = project(currency="EUR")
    plan = plan_of(task("A", 6), task("B", 3), Dependency("A", "B"))
    record(pk, plan)
    plans.set_control_account(SYSTEM, pk, "CA", now=NOW)
    plans.post_costs(SYSTEM, pk, [CostLine("CA", "budget", date(2026, 3, 31), 100_000, "EUR")], now=NOW)
    found = operations.issue_forecast(pk, now=NOW)
    assert found is not None
    assert found.budget_minor == 100_000
    assert queries.activity_forecasts(SYSTEM, pk).earned_minor == (0, 0)
