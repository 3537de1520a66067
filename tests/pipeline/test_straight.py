"""The pipeline run by hand: from a plan to an alert with real forecasts, and nothing lost when it breaks off."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from watched_floor import DEADLINE, real_plan

from watchfloor.accounts import operations as accounts
from watchfloor.alerts import queries as alerts
from watchfloor.detection import queries as detection
from watchfloor.forecasts import operations as forecasts
from watchfloor.forecasts.queries import latest
from watchfloor.journal.queries import facts, head, position
from watchfloor.kit.viewer import SYSTEM
from watchfloor.notify.models import Delivery
from watchfloor.pipeline import stages
from watchfloor.pipeline.follow import CONSUMER
from watchfloor.pipeline.straight import exclusive, run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans import period_queries
from watchfloor.plans.document import Dependency, Plan
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
WEEK = timedelta(days=7)


@pytest.fixture
def project_id(db: None) -> int:
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    made = portfolio.create_project(SYSTEM, programme_code="HB", code="HB-01", name="Quay", country="PT", now=NOW)
    user = accounts.create_user(SYSTEM, username="mara", time_zone="Europe/Lisbon", country="PT", now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role="project_manager", project_code="HB-01", now=NOW)
    plans.record_plan(SYSTEM, made.id, real_plan("HB-01"), origin="import", now=NOW)
    forecasts.freeze_baseline(SYSTEM, made.id, name="Contract", now=NOW)
    return made.id


def later(plan: Plan, weeks: int, **activity_changes: int) -> Plan:
    """The plan with a later data date and other remaining durations, in days, by activity key."""
    changed = tuple(
        dataclasses.replace(each, remaining_ticks=activity_changes[each.key] * 4800)
        if each.key in activity_changes
        else each
        for each in plan.activities
    )
    assert plan.data_date is not None
    return dataclasses.replace(plan, data_date=plan.data_date + weeks * WEEK, activities=changed)


def test_a_plan_becomes_a_forecast_a_finding_a_status_an_alert_and_a_delivery(project_id: int) -> None:
    run_until_idle(lambda: NOW)
    assert detection.statuses(SYSTEM)[project_id].display == "on"
    assert alerts.open_alerts(SYSTEM) == ()

    plans.record_plan(SYSTEM, project_id, later(real_plan("HB-01"), 1, B=60), origin="import", now=NOW + WEEK)
    run_until_idle(lambda: NOW + WEEK)

    status = detection.statuses(SYSTEM)[project_id]
    assert status.display == "crit"
    assert "finish_slip" in {each.detector for each in status.reasons}
    (alert,) = alerts.open_alerts(SYSTEM, now=NOW + WEEK)
    assert (alert.owner_name, alert.code) == ("mara", "finish.slip")
    assert Delivery.objects.filter(alert_id=alert.id, channel="page").count() == 1
    assert position(CONSUMER) > 0


def test_one_promise_is_told_once_though_contract_and_plan_both_name_it(project_id: int) -> None:
    late = later(real_plan("HB-01"), 1, B=120)
    plans.record_plan(SYSTEM, project_id, late, origin="import", now=NOW)
    for committed, told in ((DEADLINE.date(), ["C"]), (DEADLINE.date() - WEEK, ["", "C"])):
        portfolio.change_project(SYSTEM, project_id, committed_finish=committed, now=NOW)
        run_until_idle(lambda: NOW)
        found = detection.findings(SYSTEM, project_id)
        assert sorted(each.subject for each in found if each.detector == "milestone_at_risk") == told


def test_running_again_without_news_does_nothing(project_id: int) -> None:
    run_until_idle(lambda: NOW)
    before = head()
    assert run_until_idle(lambda: NOW) == 0
    assert head() == before


def test_a_new_day_issues_one_forecast_of_each_project(project_id: int) -> None:
    run_until_idle(lambda: NOW)
    first = latest(SYSTEM, (project_id,))[project_id].id
    run_until_idle(lambda: NOW + timedelta(hours=3))
    assert latest(SYSTEM, (project_id,))[project_id].id == first
    run_until_idle(lambda: NOW + timedelta(days=1))
    assert latest(SYSTEM, (project_id,))[project_id].id > first
    assert len(facts(SYSTEM, kinds=("day.turned",))) == 2


def test_silence_becomes_stale_by_the_passing_of_days_alone(project_id: int) -> None:
    for day in range(12):
        run_until_idle(lambda day=day: NOW + timedelta(days=day))
    assert detection.statuses(SYSTEM)[project_id].display == "stale"
    assert alerts.open_alerts(SYSTEM) == (), "one silence is a notice"
    for day in range(12, 20):
        run_until_idle(lambda day=day: NOW + timedelta(days=day))
    assert [each.code for each in alerts.open_alerts(SYSTEM)] == ["cut_off.missed_again"]


def test_a_run_that_breaks_off_is_done_again_from_where_the_journal_was_followed(
    project_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans.record_plan(SYSTEM, project_id, later(real_plan("HB-01"), 0, B=60), origin="import", now=NOW)
    run = stages.run

    def breaks(stage: str, *args: int, **kwargs: datetime) -> None:
        if stage == "alert":
            raise RuntimeError("the machine lost power")
        run(stage, *args, **kwargs)

    monkeypatch.setattr(stages, "run", breaks)
    with pytest.raises(RuntimeError):
        run_until_idle(lambda: NOW)
    assert position(CONSUMER) == 0
    monkeypatch.setattr(stages, "run", run)
    run_until_idle(lambda: NOW)
    assert len(alerts.open_alerts(SYSTEM)) == 1
    raised = facts(SYSTEM, kinds=("finding.raised",))
    assert len(raised) == len({each.subject_id for each in raised})


def test_a_slip_travels_to_the_project_that_waits_for_it(project_id: int) -> None:
    other = portfolio.create_project(SYSTEM, programme_code="HB", code="HB-02", name="Crane", country="PT", now=NOW)
    alone = real_plan("HB-02")
    link = Dependency("C", "A", predecessor_project="HB-01")
    waits = dataclasses.replace(alone, dependencies=(*alone.dependencies, link))
    plans.record_plan(SYSTEM, other.id, waits, origin="import", now=NOW)
    run_until_idle(lambda: NOW)
    before = latest(SYSTEM, (other.id,))[other.id].schedule_finish
    plans.record_plan(SYSTEM, project_id, later(real_plan("HB-01"), 0, B=60), origin="import", now=NOW)
    run_until_idle(lambda: NOW)
    after = latest(SYSTEM, (other.id,))[other.id].schedule_finish
    assert before is not None
    assert after is not None
    assert after > before + timedelta(days=30)


def test_holding_within_a_hold_is_the_same_hold(db: None) -> None:
    with exclusive() as outer, exclusive() as inner:
        assert outer is inner
    with exclusive() as again:
        assert again is not outer


def late_alert(project_id: int) -> int:
    """An open alert of the project, from a plan that slipped by weeks."""
    plans.record_plan(SYSTEM, project_id, later(real_plan("HB-01"), 1, B=60), origin="import", now=NOW)
    run_until_idle(lambda: NOW)
    (alert,) = alerts.open_alerts(SYSTEM)
    return alert.id


def test_a_project_on_hold_leaves_the_watch_and_its_alert_says_why(project_id: int) -> None:
    alert_id = late_alert(project_id)
    review_on = (NOW + 4 * WEEK).date()
    portfolio.set_stage(SYSTEM, project_id, "on_hold", reason="Permit", review_on=review_on, now=NOW)
    run_until_idle(lambda: NOW)
    closed = alerts.alert(SYSTEM, alert_id)
    assert (closed.state, closed.left_watch_for, closed.resolved_by_name) == ("resolved", "on_hold", "")
    assert facts(SYSTEM, kinds=("alert.resolved",))[-1].data["stage"] == "on_hold"
    run_until_idle(lambda: NOW + 3 * WEEK)
    assert detection.ledger(SYSTEM).total == 0
    assert detection.findings(SYSTEM, project_id) == ()
    assert detection.statuses(SYSTEM) == {}
    assert plans.open_periods(project_id, until=review_on, now=NOW) == ()


def test_a_review_that_passed_needs_its_person_until_they_decide(project_id: int) -> None:
    review_on = (NOW + WEEK).date()
    portfolio.set_stage(SYSTEM, project_id, "on_hold", reason="Permit", review_on=review_on, now=NOW)
    run_until_idle(lambda: NOW + timedelta(days=6))
    assert alerts.open_alerts(SYSTEM) == ()
    run_until_idle(lambda: NOW + WEEK)
    run_until_idle(lambda: NOW + WEEK + timedelta(days=1))
    (alert,) = alerts.open_alerts(SYSTEM)
    assert (alert.code, alert.owner_name) == ("hold.review_due", "mara")
    assert Delivery.objects.filter(alert_id=alert.id).count() == 1
    assert detection.ledger(SYSTEM).total == 0, "it says nothing about health"

    again = (NOW + 3 * WEEK).date()
    portfolio.set_stage(SYSTEM, project_id, "on_hold", reason="Still no permit", review_on=again, now=NOW + 2 * WEEK)
    run_until_idle(lambda: NOW + 2 * WEEK)
    assert alerts.open_alerts(SYSTEM) == ()
    run_until_idle(lambda: NOW + 3 * WEEK)
    assert [each.code for each in alerts.open_alerts(SYSTEM)] == ["hold.review_due"]
    portfolio.set_stage(SYSTEM, project_id, "active", now=NOW + 3 * WEEK)
    run_until_idle(lambda: NOW + 3 * WEEK)
    assert "hold.review_due" not in {each.code for each in alerts.open_alerts(SYSTEM)}


@pytest.mark.parametrize(
    ("steps", "is_watched"),
    [(("closing",), True), (("cancelled",), False), (("closing", "closed"), False)],
)
def test_only_active_and_closing_projects_are_watched_and_counted(
    project_id: int, steps: tuple[str, ...], is_watched: bool
) -> None:
    late_alert(project_id)
    for stage in steps:
        portfolio.set_stage(SYSTEM, project_id, stage, reason="Board", now=NOW)
    run_until_idle(lambda: NOW + timedelta(days=1))
    assert bool(alerts.open_alerts(SYSTEM)) is is_watched
    assert detection.ledger(SYSTEM).total == is_watched
    assert bool(detection.statuses(SYSTEM)) is is_watched
    assert bool(detection.findings(SYSTEM, project_id)) is is_watched


def test_periods_that_passed_on_hold_are_not_asked_for_afterwards(project_id: int) -> None:
    run_until_idle(lambda: NOW + WEEK)
    portfolio.set_stage(
        SYSTEM, project_id, "on_hold", reason="Permit", review_on=(NOW + 9 * WEEK).date(), now=NOW + WEEK
    )
    run_until_idle(lambda: NOW + 6 * WEEK)
    portfolio.set_stage(SYSTEM, project_id, "active", now=NOW + 6 * WEEK)
    run_until_idle(lambda: NOW + 8 * WEEK)
    cut_offs = sorted(each.cut_off for each in period_queries.periods(SYSTEM, project_id, limit=50))
    assert cut_offs == [datetime(2026, 3, 6).date(), datetime(2026, 4, 17).date(), datetime(2026, 4, 24).date()]
