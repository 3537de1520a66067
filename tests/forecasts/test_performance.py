"""Earned value and earned schedule of a plan against its baseline, by hand."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from small_plans import DAY, MONDAY, milestone, plan_of, task

from watchfloor.forecasts.performance import PlannedRow, choose_eac, measure, over_plan
from watchfloor.forecasts.readings import Readings
from watchfloor.forecasts.scheduling import schedule_plans
from watchfloor.forecasts.spending import Booked, EarnedAt, SpentAt
from watchfloor.plans.document import ActivityKind, Assignment, Earning, EarningTechnique, PercentKind, Plan
from watchfloor.plans.earning import earning_of
from watchfloor_engine.calendars import to_tick
from watchfloor_engine.earned import earned_value

FRIDAY = datetime(2026, 3, 6, 17)


def measured(plan: Plan, rows: dict[str, PlannedRow], at: datetime = FRIDAY) -> Readings:
    compiled, _schedule = schedule_plans((plan,))
    readings = Readings()
    measure(compiled, over_plan(compiled, rows), to_tick(at), readings)
    return readings


def two_weeks(key: str, cost: int | None) -> PlannedRow:
    return PlannedRow(MONDAY, datetime(2026, 3, 13, 17), 10 * DAY, cost)


def under_way(key: str, percent: float, spent: int | None, **fields: object):  # type: ignore[no-untyped-def]
    return task(
        key, 10, actual_start=MONDAY, percent_complete=percent, actual_cost_minor=spent,
        remaining_ticks=round(DAY * (100 - percent) / 10), **fields,
    )  # fmt: skip


def test_half_way_through_its_time_half_of_the_cost_is_planned() -> None:
    plan = plan_of(under_way("A", 40, 45_000), data_date=FRIDAY)
    readings = measured(plan, {"A": two_weeks("A", 100_000)})
    assert readings.value("bac_minor") == 100_000
    assert readings.value("pv_minor") == 50_000
    assert readings.value("ev_minor") == 40_000
    assert readings.value("cpi") == pytest.approx(0.8889, abs=1e-4)
    assert readings.value("spi") == pytest.approx(0.8)
    assert readings.value("eac_minor") == 112_500
    assert readings.taken["eac_minor"].detail["inputs"]["method"] == "cpi"
    assert readings.value("tcpi_bac") == pytest.approx(1.0909, abs=1e-4)


def test_before_a_fifth_is_earned_the_rest_is_taken_as_planned() -> None:
    early = earned_value(bac=1000, pv=300, ev=199, ac=300)
    later = earned_value(bac=1000, pv=300, ev=200, ac=300)
    done = earned_value(bac=1000, pv=1000, ev=1000, ac=1300)
    assert choose_eac(early) == (1101, "remaining_as_planned")
    assert choose_eac(later) == (1500, "cpi")
    assert choose_eac(done) == (1300, "actual")


def test_without_any_actual_cost_nothing_is_made_up() -> None:
    readings = measured(plan_of(under_way("A", 40, None), data_date=FRIDAY), {"A": two_weeks("A", 100_000)})
    assert readings.value("ev_minor") == 40_000
    assert readings.value("eac_minor") is None
    assert {readings.taken[name].reason for name in ("cpi", "eac_minor", "ac_minor")} == {"no_actual_cost"}


def test_before_anything_started_nothing_was_spent() -> None:
    readings = measured(plan_of(task("A", 10)), {"A": two_weeks("A", 100_000)}, at=MONDAY)
    assert readings.value("ac_minor") == 0
    assert readings.value("eac_minor") == 100_000


def test_a_milestone_earns_when_reached_and_effort_as_planned() -> None:
    plan = plan_of(
        milestone("M", percent_complete=50.0, actual_cost_minor=0),
        task("L", 10, kind=ActivityKind.LEVEL_OF_EFFORT),
        under_way("P", 90, 0, percent_kind=PercentKind.PHYSICAL, physical_percent=20.0),
        data_date=FRIDAY,
    )
    rows = {"M": PlannedRow(FRIDAY, FRIDAY, 0, 1_000), "L": two_weeks("L", 2_000), "P": two_weeks("P", 10_000)}
    readings = measured(plan, rows)
    assert readings.value("pv_minor") == 1_000 + 1_000 + 5_000
    assert readings.value("ev_minor") == 0 + 1_000 + 2_000


def test_work_dropped_from_the_plan_stays_in_the_budget_until_a_baseline_says_otherwise() -> None:
    readings = measured(
        plan_of(under_way("A", 50, 50_000), data_date=FRIDAY),
        {"A": two_weeks("A", 100_000), "GONE": two_weeks("GONE", 60_000)},
    )
    assert readings.value("bac_minor") == 160_000
    assert readings.value("pv_minor") == 80_000
    assert readings.value("ev_minor") == 50_000


def test_without_budgets_time_is_measured_by_duration_and_cost_is_withheld() -> None:
    readings = measured(plan_of(under_way("A", 25, None), data_date=FRIDAY), {"A": two_weeks("A", None)})
    assert readings.value("percent_complete") == pytest.approx(25)
    assert readings.value("spi_t") is not None
    assert readings.taken["cpi"].reason == "no_budget"


def test_earned_schedule_is_half_behind_when_half_as_much_is_earned() -> None:
    readings = measured(plan_of(under_way("A", 25, 0), data_date=FRIDAY), {"A": two_weeks("A", 100_000)})
    # Two equal periods; by the first's end half is planned, a quarter is earned.
    assert readings.value("pd_periods") == 2
    assert readings.value("es_periods") == pytest.approx(0.5, abs=0.1)
    assert readings.value("spi_t") == pytest.approx(readings.value("es_periods") / readings.value("at_periods"))  # type: ignore[operator]


def test_without_a_baseline_every_reading_says_so() -> None:
    compiled, _schedule = schedule_plans((plan_of(task("A", 1)),))
    readings = Readings()
    measure(compiled, None, to_tick(MONDAY), readings)
    assert {each.reason for each in readings.taken.values()} == {"no_baseline"}


def at_dates(booked: Booked, percent: float = 40) -> Readings:
    """BAC 100,000 over two weeks; at Friday 6 March 40,000 is earned."""
    compiled, _schedule = schedule_plans((plan_of(under_way("A", percent, 99_999), data_date=FRIDAY),))
    readings = Readings()
    baseline = over_plan(compiled, {"A": two_weeks("A", 100_000)})
    measure(compiled, baseline, to_tick(FRIDAY), readings, booked)
    return readings


def test_an_actual_cost_one_period_older_is_never_divided_by() -> None:
    """EV 400, AC 380 of the week before: CPI is withheld, not 1.053; both stand beside each other."""
    readings = at_dates(Booked((SpentAt(date(2026, 2, 27), 38_000),)))
    assert (readings.value("ev_minor"), readings.value("ac_minor")) == (40_000, 38_000)
    assert {readings.taken[name].reason for name in ("cpi", "cv_minor", "eac_minor", "tcpi_bac")} == {"dates_differ"}
    assert readings.value("spi") == pytest.approx(0.8)


def test_ratios_are_made_at_the_newest_common_date_and_newer_values_stand_beside() -> None:
    earlier = EarnedAt(datetime(2026, 3, 4, 17), 30_000, 30_000)
    days = (SpentAt(date(2026, 3, 4), 20_000, 4_000), SpentAt(date(2026, 3, 9), 70_000))
    readings = at_dates(Booked(days, (earlier,)))
    assert readings.value("cpi") == pytest.approx(1.25)
    assert (readings.value("ac_minor"), readings.value("ev_minor")) == (70_000, 40_000)
    assert readings.taken["cpi"].detail["inputs"] == {
        "as_of": "2026-03-04", "source": "ledger", "ev_minor": 30_000, "ac_minor": 24_000,
        "ledger_until": "2026-03-04", "ev_as_of": "2026-03-04T17:00",
    }  # fmt: skip
    assert readings.value("eac_minor") == 80_000


def test_a_cut_off_on_friday_and_a_ledger_to_sunday_share_their_date() -> None:
    readings = at_dates(Booked((SpentAt(date(2026, 3, 8), 45_000, 5_000),), committed_minor=7, committed_on=FRIDAY))
    assert readings.value("cpi") == pytest.approx(0.8)
    assert (readings.value("booked_minor"), readings.value("accrued_minor")) == (45_000, 5_000)
    assert readings.value("committed_minor") == 7
    assert at_dates(Booked((SpentAt(date(2026, 3, 9), 50_000),))).taken["cpi"].reason == "dates_differ"  # a Monday


def test_without_a_ledger_the_actual_costs_of_the_plan_serve_and_are_named() -> None:
    readings = at_dates(Booked())
    assert readings.value("ac_minor") == 99_999
    assert readings.taken["ac_minor"].detail["inputs"]["source"] == "plan"
    assert readings.taken["booked_minor"].reason == "no_ledger"


def test_undistributed_budget_is_part_of_the_budget_and_earns_nothing() -> None:
    readings = at_dates(Booked(added_minor=20_000))
    assert (readings.value("bac_minor"), readings.value("ev_minor")) == (120_000, 40_000)


def test_the_declared_technique_earns() -> None:
    def earned(earning: Earning | None, **more: object) -> float | None:
        rows = [under_way("A", 40, None, earning=earning, **more), under_way("B", 70, None)]
        plan = plan_of(*rows, data_date=FRIDAY, assignments=(Assignment("A", "R", 1.0, 10 * DAY, 2 * DAY, 8 * DAY),))
        readings = measured(plan, {"A": two_weeks("A", 100_000), "B": two_weeks("B", 0)})
        return readings.value("ev_minor")

    assert earned(None) == 40_000
    assert earned(Earning(EarningTechnique.FIXED, 0.0)) == 0
    assert earned(Earning(EarningTechnique.FIXED, 25.0)) == 25_000
    assert earned(Earning(EarningTechnique.FIXED, 50.0)) == 50_000
    assert earned(Earning(EarningTechnique.UNITS)) == 20_000
    assert earned(Earning(EarningTechnique.APPORTIONED, base="B")) == 70_000
    assert earned(Earning(EarningTechnique.LEVEL_OF_EFFORT)) == 50_000  # half of its time has passed
    # What goes along with nothing, or with itself, earns nothing.
    assert earned(Earning(EarningTechnique.APPORTIONED, base="A")) == 0
    assert earned(Earning(EarningTechnique.APPORTIONED, base="nobody")) == 0


def test_what_cannot_be_measured_as_declared_is_named() -> None:
    plan = plan_of(under_way("A", 40, None, earning=Earning(EarningTechnique.UNITS)), data_date=FRIDAY)
    reading = measured(plan, {"A": two_weeks("A", 100_000)}).taken["ev_minor"]
    assert (reading.value, reading.detail["rows"], reading.detail["inputs"]["not_measured"]) == (0, ["A"], 1)


def test_a_milestone_is_reached_or_not_whatever_is_declared() -> None:
    half = Earning(EarningTechnique.FIXED, 50.0)
    plan = plan_of(milestone("M", actual_start=MONDAY, earning=half), under_way("A", 40, None), data_date=FRIDAY)
    readings = measured(plan, {"M": PlannedRow(MONDAY, MONDAY, 0, 500), "A": two_weeks("A", 1000)})
    assert readings.value("ev_minor") == 400


def test_weighted_milestones_earn_as_they_are_reached_and_say_what_they_lack() -> None:
    reached = milestone("M1", actual_start=FRIDAY, actual_finish=FRIDAY)
    begun = milestone("M3", kind=ActivityKind.START_MILESTONE, actual_start=FRIDAY)
    by = earning_of("milestones M1:30, M2:50, M3:20, gone:100")
    work = under_way("A", 90, None, earning=by)
    plan = plan_of(work, reached, milestone("M2"), begun, data_date=FRIDAY)
    readings = measured(plan, {"A": two_weeks("A", 100_000)})
    assert readings.value("ev_minor") == 25_000  # 30 and 20 of 200; 90 % complete says nothing
    none = under_way("A", 90, None, earning=Earning(EarningTechnique.MILESTONES))
    lacking = measured(plan_of(none, data_date=FRIDAY), {"A": two_weeks("A", 100_000)})
    assert lacking.value("ev_minor") == 0
    assert lacking.taken["ev_minor"].detail["rows"] == ["A"]
