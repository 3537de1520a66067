"""Status periods, submissions and baselines: when to report, what stays as it was said, what is frozen."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations, queries
from watchfloor.plans.cut_offs import cut_offs, following
from watchfloor.plans.document import Activity, ActivityKind, Plan
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
FRIDAY = date(2026, 3, 6)


@pytest.fixture
def project_id(db: None) -> int:
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    project = portfolio.create_project(
        SYSTEM, programme_code="HB", code="HB-01", name="Quay", country="AT", time_zone="Europe/Vienna", now=NOW
    )
    plan = Plan(
        "Q",
        "Quay",
        activities=(
            Activity("S", "All", kind=ActivityKind.SUMMARY, budget_minor=300),
            Activity("A", "One", duration_ticks=10, budget_minor=100),
            Activity("B", "Two", duration_ticks=20, budget_minor=200),
        ),
    )
    operations.record_plan(SYSTEM, project.id, plan, origin="import", now=NOW)
    return project.id


@given(
    st.sampled_from(["weekly", "fortnightly", "monthly"]),
    st.integers(0, 6),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 400),
)
def test_cut_offs_fall_on_their_weekday_and_follow_each_other(cycle: str, weekday: int, since: date, span: int) -> None:
    found = list(cut_offs(cycle, weekday, since, since + timedelta(days=span)))
    assert all(each.weekday() == weekday for each in found)
    assert all(since <= each <= since + timedelta(days=span) for each in found)
    assert [following(cycle, weekday, each) for each in found[:-1]] == found[1:]
    for one, other in pairwise(found):
        gap = (other - one).days
        assert gap in {"weekly": {7}, "fortnightly": {14}, "monthly": {28, 35}}[cycle]
    if cycle == "monthly":
        assert all((each + timedelta(days=7)).month != each.month for each in found)


def test_periods_open_once_as_their_cut_off_comes(project_id: int) -> None:
    assert [each.cut_off for each in operations.open_periods(project_id, until=date(2026, 3, 14), now=NOW)] == [
        FRIDAY,
        date(2026, 3, 13),
    ]
    assert operations.open_periods(project_id, until=date(2026, 3, 14), now=NOW) == ()
    # Two working days of grace after Friday end on Tuesday at five, Vienna time.
    assert queries.periods(SYSTEM, project_id)[-1].due_at == datetime(2026, 3, 10, 16, tzinfo=UTC)


def test_grace_is_counted_in_the_project_own_working_days(project_id: int) -> None:
    portfolio.change_project(SYSTEM, project_id, country="SA", time_zone="Asia/Riyadh", now=NOW)
    operations.open_periods(project_id, until=FRIDAY, now=NOW)
    # Friday and Saturday are the weekend there: Sunday is the first working day of grace, Monday the second.
    assert queries.periods(SYSTEM, project_id)[0].due_at == datetime(2026, 3, 9, 14, tzinfo=UTC)


def test_a_project_on_hold_is_not_asked_to_report(project_id: int) -> None:
    portfolio.set_stage(SYSTEM, project_id, "on_hold", reason="Permit", review_on=date(2026, 6, 1), now=NOW)
    assert operations.open_periods(project_id, until=date(2026, 4, 1), now=NOW) == ()


def test_missed_cut_offs_count_back_to_the_last_word(project_id: int) -> None:
    operations.open_periods(project_id, until=date(2026, 3, 27), now=NOW)
    project = portfolio_queries.project_by_id(SYSTEM, project_id)
    operations.submit(SYSTEM, project_id, FRIDAY, reported={"overall": "on"}, now=NOW)
    assert queries.missed_cut_offs(project, date(2026, 3, 10)) == ()
    assert [each.cut_off.day for each in queries.missed_cut_offs(project, date(2026, 3, 18))] == [13]
    assert [each.cut_off.day for each in queries.missed_cut_offs(project, date(2026, 3, 25))] == [20, 13]
    operations.submit(SYSTEM, project_id, date(2026, 3, 27), reported={"overall": "on"}, now=NOW)
    assert queries.missed_cut_offs(project, date(2026, 3, 26)) == ()


def test_a_submission_can_be_said_again_until_it_is_accepted(project_id: int) -> None:
    operations.open_periods(project_id, until=FRIDAY, now=NOW)
    manager = Viewer(5, "Pia", projects={project_id: frozenset({"project.view", "submission.submit"})})
    operations.submit(manager, project_id, FRIDAY, reported={"overall": "green"}, now=NOW)
    said = operations.submit(
        manager, project_id, FRIDAY, reported={"overall": "at_risk", "cost": "on"}, eac_minor=900, now=NOW
    )
    assert (said.overall, said.reported["cost"], said.submitted_by_name) == ("risk", "on", "Pia")
    assert operations.accept_submission(SYSTEM, project_id, FRIDAY, now=NOW).state == "accepted"
    with pytest.raises(Conflict):
        operations.submit(manager, project_id, FRIDAY, reported={"overall": "on"}, now=NOW)
    assert queries.latest_submissions([project_id])[project_id].overall == "risk"


def test_nobody_accepts_what_they_submitted_themselves(project_id: int) -> None:
    operations.open_periods(project_id, until=FRIDAY, now=NOW)
    both = frozenset({"project.view", "submission.submit", "submission.accept"})
    manager = Viewer(5, "Pia", projects={project_id: both})
    operations.submit(manager, project_id, FRIDAY, reported={"overall": "on"}, now=NOW)
    with pytest.raises(NotAllowed):
        operations.accept_submission(manager, project_id, FRIDAY, now=NOW)
    assert operations.return_submission(SYSTEM, project_id, FRIDAY, reason="Costs?", now=NOW).state == "returned"
    assert operations.submit(manager, project_id, FRIDAY, reported={"overall": "on"}, now=NOW).state == "submitted"


def test_a_closed_period_is_frozen(project_id: int) -> None:
    operations.open_periods(project_id, until=FRIDAY, now=NOW)
    operations.submit(SYSTEM, project_id, FRIDAY, reported={"overall": "on"}, now=NOW)
    assert operations.close_period(SYSTEM, project_id, FRIDAY, now=NOW).submission.state == "frozen"
    with pytest.raises(Conflict):
        operations.submit(SYSTEM, project_id, FRIDAY, reported={"overall": "on"}, now=NOW)


@pytest.mark.parametrize("reported", [{}, {"overall": "fine"}, {"overall": "on", "mood": "on"}, {"cost": "on"}])
def test_a_report_without_sense_is_refused(project_id: int, reported: dict[str, str]) -> None:
    operations.open_periods(project_id, until=FRIDAY, now=NOW)
    with pytest.raises(Invalid):
        operations.submit(SYSTEM, project_id, FRIDAY, reported=reported, now=NOW)
    with pytest.raises(NotFound):
        operations.submit(SYSTEM, project_id, date(2026, 3, 7), reported={"overall": "on"}, now=NOW)


def dates(shift: int = 0) -> dict[str, tuple[datetime, datetime]]:
    start = datetime(2026, 3, 2, 8) + timedelta(days=shift)
    return {"A": (start, start + timedelta(days=3)), "B": (start, start + timedelta(days=9))}


def approve(project_id: int, name: str, **more: object):  # type: ignore[no-untyped-def]
    return operations.approve_baseline(
        SYSTEM, project_id, name=name, **{"dates": dates(), "reason": "Board", "now": NOW, **more}
    )


def test_original_current_and_previous_baselines_are_always_kept(project_id: int) -> None:
    approve(project_id, "Provisional", kind="provisional", dates=dates(1))
    assert queries.current_baseline(project_id).summary.kind == "provisional"
    for name in ("One", "Two", "Three", "Four"):
        approve(project_id, name)
    kinds = {each.name: each.kind for each in queries.baselines(SYSTEM, project_id)}
    assert kinds == {
        "Provisional": "provisional",
        "One": "original",
        "Two": "superseded",
        "Three": "previous",
        "Four": "approved",
    }
    assert queries.current_baseline(project_id).summary.name == "Four"
    assert queries.original_baseline(project_id).name == "One"
    assert queries.re_baselines(project_id) == 3


def test_a_baseline_freezes_dates_budget_and_rates(project_id: int) -> None:
    approve(project_id, "One", rates={"USD": Decimal("0.925")})
    later = queries.plan(SYSTEM, project_id)
    later = dataclasses.replace(later, activities=(dataclasses.replace(later.activities[1], budget_minor=999),))
    operations.record_plan(SYSTEM, project_id, later, origin="import", now=NOW)
    frozen = queries.current_baseline(project_id)
    assert (frozen.summary.budget_minor, frozen.summary.rates) == (300, {"USD": "0.925"})
    assert (frozen.summary.start, frozen.summary.finish) == (datetime(2026, 3, 2, 8), datetime(2026, 3, 11, 8))
    assert frozen.rows["B"].finish == datetime(2026, 3, 11, 8)
    assert (frozen.rows["A"].duration_ticks, frozen.rows["A"].cost_minor) == (10, 100)


def test_a_baseline_needs_its_permission_and_a_second_one_a_reason(project_id: int) -> None:
    planner = Viewer(3, "P", projects={project_id: frozenset({"project.view", "plan.edit"})})
    with pytest.raises(NotAllowed):
        operations.approve_baseline(planner, project_id, name="Mine", dates=dates(), now=NOW)
    approve(project_id, "One", reason="")
    with pytest.raises(Invalid):
        approve(project_id, "Two", reason=" ")
    with pytest.raises(Conflict):
        approve(project_id, "P", kind="provisional")
    with pytest.raises(Invalid):
        approve(project_id, "P", kind="imported")
