"""Each detector on a case worked by hand, at and around its limits."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest

from watchfloor.detection import messages
from watchfloor.detection.conduct import Conduct, PathView
from watchfloor.detection.detectors import (
    calendar_against_country,
    contingency_burn,
    cost_over_budget,
    critical_path_changed,
    delay_damages,
    estimate_not_credible,
    finish_slip,
    float_burn,
    float_erosion,
    float_exhausted,
    milestone_at_risk,
    missed_cut_off,
    near_critical_growth,
    reported_against_computed,
    work_overdue,
)
from watchfloor.detection.operations import run_detectors
from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.view import (
    ActivityView,
    CalendarView,
    ForecastView,
    MilestoneView,
    ProjectView,
    ReportView,
    TrendView,
)
from watchfloor.portfolio.tolerances import DEFAULTS

PLANNED = date(2027, 3, 1)
FORECAST = ForecastView(
    id=7,
    issued_at=datetime(2026, 11, 20, 6, tzinfo=UTC),
    plan_finish=PLANNED,
    schedule_finish=PLANNED,
    p50_finish=PLANNED,
    p80_finish=PLANNED,
    planned_duration_days=400.0,
    slip_days=0.0,
    original_slip_days=0.0,
    rebaselines=0,
    baseline_kind="approved",
    float_days=0.0,
    budget_minor=2_000_000,
    eac_minor=2_000_000,
    eac_method="cpi",
    currency="EUR",
)
VIEW = ProjectView(1, "HB-01", "active", date(2026, 11, 20), date(2026, 11, 20), PLANNED, None, FORECAST)


def forecast(**changes: object) -> ProjectView:
    return dataclasses.replace(VIEW, forecast=dataclasses.replace(FORECAST, **changes))


@pytest.mark.parametrize(
    ("slip_days", "severity"),
    [
        (10.0, None),
        (10.5, Severity.WATCH),
        (20.5, Severity.AT_RISK),
        (40.0, Severity.AT_RISK),
        (41.0, Severity.CRITICAL),
    ],
)
def test_a_slip_is_measured_against_a_share_of_a_long_project(slip_days: float, severity: Severity | None) -> None:
    # 2.5 % of 400 planned days are 10, more than the five days that hold for short projects.
    found = list(finish_slip.detect(forecast(slip_days=slip_days), DEFAULTS))
    assert [one.severity for one in found] == ([] if severity is None else [severity])


def test_a_slip_shows_the_original_baseline_and_how_often_it_was_replaced() -> None:
    (found,) = finish_slip.detect(forecast(slip_days=12.0, original_slip_days=55.0, rebaselines=2), DEFAULTS)
    assert found.parameters["original_slip_days"] == 55.0
    assert found.parameters["rebaselines"] == 2


def test_a_provisional_baseline_is_never_told_as_an_approved_one() -> None:
    for kind in ("approved", "provisional"):
        view = forecast(slip_days=12.0, eac_minor=2_300_000, baseline_kind=kind)
        for detector in (finish_slip, cost_over_budget):
            (found,) = detector.detect(view, DEFAULTS)
            assert f"{kind} baseline" in messages.explain(found.code, found.parameters)
    # What was found before it was told which baseline it is about.
    assert "the baseline said" in messages.explain(finish_slip.CODE, {})


def test_negative_float_counts_only_against_a_contract_deadline() -> None:
    view = forecast(float_days=-2.0)
    (found,) = float_exhausted.detect(view, DEFAULTS)
    assert found.severity == Severity.AT_RISK
    assert found.parameters["short_days"] == 2.0
    assert not list(float_exhausted.detect(dataclasses.replace(view, committed_finish=None), DEFAULTS))


@pytest.mark.parametrize(
    ("p50_late", "p80_late", "severity"), [(0, 0, None), (0, 3, Severity.WATCH), (2, 9, Severity.AT_RISK)]
)
def test_a_promise_is_watched_by_its_80_percent_date(p50_late: int, p80_late: int, severity: Severity | None) -> None:
    milestone = MilestoneView(
        "M1", "Handover", True, False, PLANNED, PLANNED, PLANNED + timedelta(p50_late), PLANNED + timedelta(p80_late)
    )
    view = forecast(milestones=(milestone,))
    found = list(milestone_at_risk.detect(view, DEFAULTS))
    assert [one.severity for one in found] == ([] if severity is None else [severity])
    kept = dataclasses.replace(milestone, is_done=True)
    assert not list(milestone_at_risk.detect(forecast(milestones=(kept,)), DEFAULTS))
    nobody_waits = dataclasses.replace(milestone, is_committed=False)
    assert not list(milestone_at_risk.detect(forecast(milestones=(nobody_waits,)), DEFAULTS))


@pytest.mark.parametrize(
    ("eac", "severity"),
    [
        (2_050_000, None),
        (2_060_000, Severity.WATCH),
        (2_110_000, Severity.AT_RISK),
        (2_300_000, Severity.CRITICAL),
        (None, None),
    ],
)
def test_cost_is_measured_against_the_budget(eac: int | None, severity: Severity | None) -> None:
    found = list(cost_over_budget.detect(forecast(eac_minor=eac), DEFAULTS))
    assert [one.severity for one in found] == ([] if severity is None else [severity])


def test_one_silence_is_a_notice_and_two_are_an_alarm() -> None:
    first, second = date(2026, 11, 6), date(2026, 11, 13)
    (once,) = missed_cut_off.detect(dataclasses.replace(VIEW, missed=(first,)), DEFAULTS)
    (twice,) = missed_cut_off.detect(dataclasses.replace(VIEW, missed=(first, second)), DEFAULTS)
    assert (once.finding_class, twice.finding_class) == (FindingClass.NOTICE, FindingClass.ALARM)
    assert (once.subject, once.cause) == (twice.subject, twice.cause), "the same silence, grown"
    assert not once.affects_status


def report(week: int, reported: Severity | None, computed: Severity) -> ReportView:
    return ReportView(date(2026, 11, 13) - timedelta(7 * week), reported, computed)


def test_green_outside_and_red_inside_is_an_alarm_once_it_lasts() -> None:
    green, red = Severity.ON_TRACK, Severity.AT_RISK
    (first,) = reported_against_computed.detect(dataclasses.replace(VIEW, reports=(report(0, green, red),)), DEFAULTS)
    assert first.finding_class == FindingClass.NOTICE
    lasting = (report(0, green, red), report(1, green, red), report(2, red, red))
    (found,) = reported_against_computed.detect(dataclasses.replace(VIEW, reports=lasting), DEFAULTS)
    assert (found.finding_class, found.parameters["periods"]) == (FindingClass.ALARM, 2)
    honest = (report(0, red, red), report(1, green, red), report(2, green, red))
    assert not list(reported_against_computed.detect(dataclasses.replace(VIEW, reports=honest), DEFAULTS))
    said_nothing = (report(0, None, red),)
    assert not list(reported_against_computed.detect(dataclasses.replace(VIEW, reports=said_nothing), DEFAULTS))


def test_the_newest_report_is_compared_with_what_is_computed_now() -> None:
    view = dataclasses.replace(forecast(slip_days=100.0), reports=(report(0, Severity.ON_TRACK, Severity.ON_TRACK),))
    found, severity = run_detectors(view, DEFAULTS)
    assert severity == Severity.CRITICAL
    (said,) = [one for each, one in found if each.name == "reported_against_computed"]
    assert said.parameters["computed"] == "crit"


def activity(key: str, **changes: object) -> ActivityView:
    made = ActivityView(key, f"Work {key}", "Ada", True, None, None, 0.0, 0.0, 10.0, 10.0)
    return dataclasses.replace(made, **changes)


def test_overdue_work_is_said_once_per_person() -> None:
    work = (
        activity("A", finish_late_days=9.0),
        activity("B", finish_late_days=6.0),
        activity("C", finish_late_days=5.0),  # at the limit
        activity("D", start_late_days=7.0, responsible="Ben"),
    )
    found = list(work_overdue.detect(dataclasses.replace(VIEW, activities=work), DEFAULTS))
    assert [(one.subject, one.parameters["count"], one.parameters["worst"]) for one in found] == [
        ("Ada", 2, "A"),
        ("Ben", 1, "D"),
    ]
    assert {one.finding_class for one in found} == {FindingClass.NOTICE}


def test_overdue_work_is_an_alarm_only_when_it_drives_a_late_promise() -> None:
    milestone = MilestoneView("M1", "Handover", True, False, PLANNED, PLANNED + timedelta(5), None, None)
    work = (activity("A", finish_late_days=30.0), activity("B", finish_late_days=6.0, drives=("M1",)))
    late = dataclasses.replace(forecast(milestones=(milestone,)), activities=work)
    (found,) = work_overdue.detect(late, DEFAULTS)
    assert (found.finding_class, found.parameters["worst"]) == (FindingClass.ALARM, "B")
    in_time = dataclasses.replace(
        forecast(milestones=(dataclasses.replace(milestone, schedule=PLANNED),)), activities=work
    )
    (found,) = work_overdue.detect(in_time, DEFAULTS)
    assert (found.finding_class, found.parameters["worst"]) == (FindingClass.NOTICE, "A")


def test_float_is_eroded_when_both_limits_are_passed() -> None:
    work = (
        activity("A", reference_float_days=30.0, float_days=12.0),  # 18 of 30
        activity("B", reference_float_days=8.0, float_days=3.0),  # five days: at the limit
        activity("C", reference_float_days=60.0, float_days=40.0),  # a third
        activity("D", reference_float_days=0.0, float_days=-9.0),  # had none to lose
    )
    (found,) = float_erosion.detect(dataclasses.replace(VIEW, activities=work), DEFAULTS)
    assert (found.parameters["count"], found.parameters["worst"]) == (1, "A")
    assert found.finding_class == FindingClass.NOTICE


@pytest.mark.parametrize(("turned", "critical", "speaks"), [(4, 5, False), (5, 10, True), (5, 11, False), (9, 9, True)])
def test_a_path_is_another_one_when_half_of_it_and_five_activities_are_new(
    turned: int, critical: int, speaks: bool
) -> None:
    path = PathView(critical, tuple((f"A{at}", "Drive piles", 9.0) for at in range(turned)))
    view = dataclasses.replace(VIEW, conduct=Conduct(path=path))
    assert bool(list(critical_path_changed.detect(view, DEFAULTS))) is speaks


@pytest.mark.parametrize(
    ("counts", "speaks"),
    [((15, 13, 11, 10), True), ((14, 13, 11, 10), False), ((15, 13, 13, 10), False), ((15, 13, 11), False)],
)
def test_nearly_critical_work_must_grow_each_time_and_by_half(counts: tuple[int, ...], speaks: bool) -> None:
    rows = tuple((PLANNED - timedelta(weeks=at), count) for at, count in enumerate(counts))
    view = dataclasses.replace(VIEW, conduct=Conduct(near_critical=rows))
    assert bool(list(near_critical_growth.detect(view, DEFAULTS))) is speaks


def floating(*floats: float | None, budget: float | None = 40.0) -> ProjectView:
    """One status a week, newest first; the planned duration of 400 days is eighty weeks."""
    trend = tuple(TrendView(PLANNED - timedelta(weeks=at), 1.0, 1.0, 50.0, value) for at, value in enumerate(floats))
    return dataclasses.replace(VIEW, trend=trend, float_at_baseline=budget)


@pytest.mark.parametrize(
    ("floats", "budget", "pace"),
    [
        # Half a day a week would use forty up in eighty weeks: pace 1.
        ((31.0, 34.0, 37.0, 40.0), 40.0, 6.0),
        ((31.0, 33.5, 37.0, 40.0), 40.0, None),  # five times in the last week
        ((31.0, 32.5, 34.0, 35.5, 37.0, 38.5, 40.0), 40.0, 3.0),  # slow, for long
        ((31.0, 32.0, 33.0, 35.5, 37.0, 38.5, 40.0), 40.0, None),  # two in the last two
        ((31.0, 34.0, 37.0), 40.0, None),  # too few statuses
        ((31.0, None, 37.0, 40.0), 40.0, None),
        ((-9.0, -6.0, -3.0, 0.0), 0.0, None),  # no budget
        ((31.0, 34.0, 37.0, 40.0), None, None),
    ],
)
def test_float_burns_in_two_windows(floats: tuple[float | None, ...], budget: float | None, pace: float | None) -> None:
    found = list(float_burn.detect(floating(*floats, budget=budget), DEFAULTS))
    assert [each.parameters["pace"] for each in found] == ([] if pace is None else [pace])


@pytest.mark.parametrize(
    ("p50_late", "p80_late", "cap", "owed"),
    [(0, 0, None, None), (-3, 4, None, (0, 2_000)), (10, 20, None, (5_000, 10_000)), (10, 20, 7_500, (5_000, 7_500))],
)
def test_damages_are_days_after_the_deadline_times_the_rate_up_to_the_cap(
    p50_late: int, p80_late: int, cap: int | None, owed: tuple[int, int] | None
) -> None:
    late = forecast(p50_finish=PLANNED + timedelta(p50_late), p80_finish=PLANNED + timedelta(p80_late))
    view = dataclasses.replace(late, delay_damages_minor=500, delay_damages_cap_minor=cap)
    found = list(delay_damages.detect(view, DEFAULTS))
    assert [(each.parameters["likely_minor"], each.parameters["late_minor"]) for each in found] == (
        [] if owed is None else [owed]
    )
    assert all(each.severity == (Severity.AT_RISK if p50_late > 0 else Severity.WATCH) for each in found)
    assert not list(delay_damages.detect(late, DEFAULTS))  # the contract names no damages


@pytest.mark.parametrize(("left", "percent", "speaks"), [(49, 25.0, True), (50, 25.0, False), (0, 80.0, False)])
def test_contingency_may_be_drawn_a_quarter_ahead_of_the_work(left: int, percent: float, speaks: bool) -> None:
    view = dataclasses.replace(
        VIEW,
        trend=(TrendView(PLANNED, 1.0, 1.0, percent, 0.0),),
        contingency_total_minor=100,
        contingency_minor=left,
    )
    assert bool(list(contingency_burn.detect(view, DEFAULTS))) is speaks


@pytest.mark.parametrize(("worked", "holidays", "speaks"), [(2, 2, False), (2, 4, True), (1, 4, False), (3, 3, True)])
def test_a_calendar_that_works_on_half_of_at_least_three_holidays_is_told(
    worked: int, holidays: int, speaks: bool
) -> None:
    calendar = CalendarView("6d", "Six days", worked, holidays, (("2026-12-08", "Immaculate Conception"),))
    view = dataclasses.replace(VIEW, calendars=(calendar,))
    assert bool(list(calendar_against_country.detect(view, DEFAULTS))) is speaks


def test_what_is_ordered_counts_as_spent_against_the_managers_estimate() -> None:
    view = dataclasses.replace(VIEW, eac_reported_minor=1_000_000, spent_minor=900_000)
    assert not list(estimate_not_credible.detect(view, DEFAULTS))
    ordered = dataclasses.replace(view, committed_minor=150_000)
    (found,) = estimate_not_credible.detect(ordered, DEFAULTS)
    assert (found.code, found.parameters["spent_minor"]) == ("cost.estimate_below_spent", 1_050_000)
