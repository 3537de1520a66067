"""The automatic checks of a submission: each by hand, and together on a real plan through the pipeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from small_plans import DAY, MONDAY, plan_of, task

from watchfloor.detection import submissions
from watchfloor.detection.scale import Severity
from watchfloor.detection.submission_checks import TITLES, SubmissionView, checks
from watchfloor.forecasts.operations import freeze_baseline
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans import period_queries
from watchfloor.plans.document import Dependency
from watchfloor.plans.period_records import SubmissionRecord
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
FRIDAY = date(2026, 3, 6)
FINE = SubmissionView(
    cut_off=FRIDAY,
    reported={"overall": "risk", "time": "risk", "cost": "on"},
    forecast_finish=date(2026, 6, 30),
    eac_minor=1_000,
    explanation="",
    revision=7,
    newest_revision=7,
    data_date=FRIDAY,
    invalid_dates=0,
    is_forecast=True,
    problem="",
    negative_float=2,
    negative_float_before=2,
    schedule_finish=date(2026, 7, 6),
    actual_cost_minor=1_000,
    computed=Severity.AT_RISK,
    currency="EUR",
    tolerated_steps=1,
    tolerated_days=5.0,
)


def unmet(**changes: Any) -> list[str]:
    return [f"{each.code} {each.outcome}" for each in checks(replace(FINE, **changes)) if not each.is_fine]


def test_a_report_that_fits_its_plan_passes_every_check() -> None:
    assert unmet() == []
    assert [each.outcome for each in checks(FINE)] == ["pass"] * len(TITLES)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"data_date": date(2026, 3, 5)}, ["plan.as_of fail"]),
        ({"data_date": None, "revision": None, "newest_revision": None, "is_forecast": False}, ["plan.as_of fail"]),
        ({"newest_revision": 8}, ["plan.is_this_one fail"]),
        ({"problem": "plan.cycle"}, ["plan.schedules fail"]),
        ({"invalid_dates": 1}, ["plan.dates_valid fail"]),
        ({"negative_float": 3}, ["plan.float_kept fail"]),
        ({"negative_float": 1, "negative_float_before": None}, ["plan.float_kept fail"]),
        ({"reported": {"overall": "risk", "people": "crit"}}, ["report.overall fail"]),
        ({"reported": {"overall": "crit", "people": "on"}}, []),
        ({"forecast_finish": date(2026, 3, 5), "explanation": "Done"}, ["report.finish_ahead fail"]),
        ({"eac_minor": 999}, ["report.cost_covers_actual fail"]),
        ({"actual_cost_minor": None}, []),
        ({"computed": Severity.CRITICAL}, ["report.status_gap fail"]),
        ({"computed": Severity.CRITICAL, "explanation": "The test rig came back"}, []),
        ({"computed": Severity.CRITICAL, "tolerated_steps": 2}, []),
        ({"computed": Severity.ON_TRACK}, []),  # worse than the numbers needs no excuse
        ({"schedule_finish": date(2026, 7, 7)}, []),  # 7 days are 5 working days
        ({"schedule_finish": date(2026, 7, 8)}, ["report.finish_gap fail"]),
        (
            {"is_forecast": False},
            ["plan.schedules wait", "plan.float_kept wait", "report.status_gap wait", "report.finish_gap wait"],
        ),
    ],
)
def test_each_check_says_what_does_not_hold(changes: dict[str, Any], found: list[str]) -> None:
    assert unmet(**changes) == found


def test_every_check_that_fails_says_in_words_what_to_do() -> None:
    bad = replace(
        FINE,
        data_date=date(2026, 7, 1),
        newest_revision=8,
        problem="plan.cycle",
        invalid_dates=2,
        negative_float=9,
        reported={"overall": "on", "cost": "crit"},
        eac_minor=1,
        cut_off=date(2026, 7, 3),
        schedule_finish=date(2026, 9, 1),
    )
    for each in checks(bad):
        if each.outcome != "skip":
            assert each.outcome == "fail", each
            said = submissions.advice(each)
            assert said.endswith("."), each
            assert "%(" not in said


def test_only_what_fails_is_advised_on() -> None:
    assert {submissions.advice(each) for each in checks(FINE)} == {""}


@pytest.fixture
def project_id(db: None) -> int:
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Berlin", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    project = portfolio.create_project(
        SYSTEM, programme_code="HB", code="HB-01", name="Quay", country="DE", time_zone="Europe/Berlin", now=NOW
    )
    rows = (task("A", 20, budget_minor=100_000), task("B", 20, budget_minor=100_000), Dependency("A", "B"))
    plans.record_plan(SYSTEM, project.id, plan_of(*rows, code="HB-01"), origin="import", now=NOW)
    freeze_baseline(SYSTEM, project.id, name="B1", reason="first", now=NOW)
    run_until_idle(lambda: NOW)
    return project.id


def update(project_id: int, at: datetime, **fields: Any) -> None:
    """The plan as of the Friday, with work on A begun."""
    begun = {"actual_start": MONDAY, "remaining_ticks": 15 * DAY, "percent_complete": 25.0, "actual_cost_minor": 25_000}
    rows = (task("A", 20, budget_minor=100_000, **{**begun, **fields}), task("B", 20, budget_minor=100_000))
    plan = plan_of(*rows, Dependency("A", "B"), code="HB-01", data_date=MONDAY + timedelta(days=4, hours=9))
    plans.record_plan(SYSTEM, project_id, plan, origin="import", now=at)


def said(project_id: int) -> SubmissionRecord:
    found = period_queries.period(SYSTEM, project_id, FRIDAY).submission
    assert found is not None
    return found


def report(project_id: int, **more: Any) -> None:
    manager = Viewer(5, "Pia", projects={project_id: frozenset({"project.view", "submission.submit"})})
    values = {"reported": {"overall": "on"}, "forecast_finish": date(2026, 5, 20), "eac_minor": 200_000, **more}
    plans.submit(manager, project_id, FRIDAY, now=NOW + timedelta(days=4, hours=6), **values)


def test_the_pipeline_checks_what_comes_in_against_the_forecast_of_that_very_plan(project_id: int) -> None:
    friday = NOW + timedelta(days=4, hours=6)
    run_until_idle(lambda: friday)  # the period opens
    update(project_id, friday)
    report(project_id)
    assert said(project_id).checked_at is None
    run_until_idle(lambda: friday)
    checked = said(project_id)
    assert checked.unmet == ()
    assert (checked.state, checked.computed["status"], checked.computed["negative_float"]) == ("submitted", "on", 0)
    assert submissions.check_waiting(project_id, now=friday) == 1
    assert said(project_id) == checked, "looking twice changes nothing"


def test_a_plan_revised_after_the_submission_is_told_when_its_forecast_comes(project_id: int) -> None:
    friday = NOW + timedelta(days=4, hours=6)
    run_until_idle(lambda: friday)
    update(project_id, friday)
    report(project_id)
    run_until_idle(lambda: friday)
    update(project_id, friday, remaining_ticks=40 * DAY)
    run_until_idle(lambda: friday)
    assert {each.code for each in said(project_id).unmet} == {
        "plan.is_this_one",
        "report.status_gap",
        "report.finish_gap",
    }


def test_fast_mode_of_a_programme_accepts_what_passes_and_leaves_the_rest_to_people(project_id: int) -> None:
    friday = NOW + timedelta(days=4, hours=6)
    programme = next(iter(portfolio.queries.programmes(SYSTEM)))
    portfolio.change_programme(SYSTEM, programme.id, fast_mode=True, now=NOW)
    run_until_idle(lambda: friday)
    update(project_id, friday)
    report(project_id, eac_minor=1)
    run_until_idle(lambda: friday)
    assert (said(project_id).state, [each.code for each in said(project_id).unmet]) == (
        "submitted",
        ["report.cost_covers_actual"],
    )
    report(project_id)
    run_until_idle(lambda: friday)
    assert (said(project_id).state, said(project_id).decided_by_name) == ("accepted", "watchfloor")


def test_a_project_may_keep_out_of_its_programmes_fast_mode(project_id: int) -> None:
    friday = NOW + timedelta(days=4, hours=6)
    programme = next(iter(portfolio.queries.programmes(SYSTEM)))
    portfolio.change_programme(SYSTEM, programme.id, fast_mode=True, now=NOW)
    portfolio.change_project(SYSTEM, project_id, fast_mode=False, now=NOW)
    run_until_idle(lambda: friday)
    update(project_id, friday)
    report(project_id)
    run_until_idle(lambda: friday)
    assert said(project_id).state == "submitted"


def test_a_preview_says_the_same_without_storing(project_id: int) -> None:
    friday = NOW + timedelta(days=4, hours=6)
    run_until_idle(lambda: friday)
    update(project_id, friday)
    run_until_idle(lambda: friday)
    words = submissions.Said({"overall": "on"}, date(2026, 5, 20), 200_000)
    before = submissions.preview(SYSTEM, project_id, FRIDAY, words)
    assert period_queries.period(SYSTEM, project_id, FRIDAY).submission is None
    report(project_id)
    run_until_idle(lambda: friday)
    assert said(project_id).checks == before
