"""Status periods, and submissions: when to report, what stays as it was said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations
from watchfloor.plans import period_queries as periods
from watchfloor.plans.cut_offs import cut_offs, following
from watchfloor.plans.document import Activity, ActivityKind, Plan
from watchfloor.plans.period_records import CheckRecord
from watchfloor.plans.periods import days_late
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
    assert periods.periods(SYSTEM, project_id)[-1].due_at == datetime(2026, 3, 10, 16, tzinfo=UTC)


def test_grace_is_counted_in_the_project_own_working_days(project_id: int) -> None:
    portfolio.change_project(SYSTEM, project_id, country="SA", time_zone="Asia/Riyadh", now=NOW)
    operations.open_periods(project_id, until=FRIDAY, now=NOW)
    # Friday and Saturday are the weekend there: Sunday is the first working day of grace, Monday the second.
    assert periods.periods(SYSTEM, project_id)[0].due_at == datetime(2026, 3, 9, 14, tzinfo=UTC)


def test_a_project_on_hold_is_not_asked_to_report(project_id: int) -> None:
    portfolio.set_stage(SYSTEM, project_id, "on_hold", reason="Permit", review_on=date(2026, 6, 1), now=NOW)
    assert operations.open_periods(project_id, until=date(2026, 4, 1), now=NOW) == ()


def test_missed_cut_offs_count_back_to_the_last_word(project_id: int) -> None:
    operations.open_periods(project_id, until=date(2026, 3, 27), now=NOW)
    project = portfolio_queries.project_by_id(SYSTEM, project_id)
    operations.submit(SYSTEM, project_id, FRIDAY, reported={"overall": "on"}, now=NOW)
    assert periods.missed_cut_offs(project, date(2026, 3, 10)) == ()
    assert [each.cut_off.day for each in periods.missed_cut_offs(project, date(2026, 3, 18))] == [13]
    assert [each.cut_off.day for each in periods.missed_cut_offs(project, date(2026, 3, 25))] == [20, 13]
    operations.submit(SYSTEM, project_id, date(2026, 3, 27), reported={"overall": "on"}, now=NOW)
    assert periods.missed_cut_offs(project, date(2026, 3, 26)) == ()


def checked(project_id: int, *outcomes: str, cut_off: date = FRIDAY, accept: bool = False) -> bool:
    """Store checks with these outcomes on what is submitted, as the pipeline does."""
    submission = periods.period(SYSTEM, project_id, cut_off).submission
    assert submission is not None
    found = [CheckRecord(f"c{number}", outcome) for number, outcome in enumerate(outcomes)]
    return operations.record_checks(
        project_id,
        submission.period_id,
        version=submission.version,
        checks=found,
        computed={"status": "risk"},
        accept=accept,
        now=NOW,
    )


def person(user_id: int, name: str, project_id: int, *permissions: str) -> Viewer:
    return Viewer(user_id, name, projects={project_id: frozenset({"project.view", *permissions})})


@pytest.fixture
def pia(project_id: int) -> Viewer:
    """The manager, once the first period has opened."""
    operations.open_periods(project_id, until=FRIDAY, now=NOW)
    return person(5, "Pia", project_id, "submission.submit")


@pytest.fixture
def omar(project_id: int) -> Viewer:
    return person(6, "Omar", project_id, "submission.submit", "submission.accept")


GREEN = {"overall": "on"}


def test_a_submission_can_be_said_again_until_it_is_accepted(project_id: int, pia: Viewer, omar: Viewer) -> None:
    operations.submit(pia, project_id, FRIDAY, reported={"overall": "green"}, now=NOW)
    checked(project_id, "pass")
    said = operations.submit(
        pia,
        project_id,
        FRIDAY,
        reported={"overall": "at_risk", "cost": "on"},
        eac_minor=900,
        path_to_green="Night shift",
        now=NOW,
    )
    assert (said.overall, said.reported["cost"], said.submitted_by_name) == ("risk", "on", "Pia")
    with pytest.raises(Conflict, match="checks"):
        operations.accept_submission(omar, project_id, FRIDAY, now=NOW)
    checked(project_id, "pass", "skip")
    accepted = operations.accept_submission(omar, project_id, FRIDAY, now=NOW)
    assert (accepted.state, accepted.decided_by_name, accepted.computed) == ("accepted", "Omar", {"status": "risk"})
    with pytest.raises(Conflict):
        operations.submit(pia, project_id, FRIDAY, reported=GREEN, now=NOW)
    assert periods.latest_submissions([project_id])[project_id].overall == "risk"


def test_what_is_not_on_track_needs_a_path_to_green(project_id: int, pia: Viewer) -> None:
    with pytest.raises(Invalid) as refused:
        operations.submit(pia, project_id, FRIDAY, reported={"overall": "watch"}, path_to_green="  ", now=NOW)
    assert refused.value.place == "path_to_green"
    assert periods.period(SYSTEM, project_id, FRIDAY).submission is None


def test_nobody_accepts_what_they_submitted_themselves(project_id: int, pia: Viewer, omar: Viewer) -> None:
    operations.submit(omar, project_id, FRIDAY, reported=GREEN, now=NOW)
    checked(project_id, "pass")
    with pytest.raises(NotAllowed):
        operations.accept_submission(omar, project_id, FRIDAY, now=NOW)
    assert operations.return_submission(SYSTEM, project_id, FRIDAY, reason="Costs?", now=NOW).state == "returned"
    assert operations.submit(omar, project_id, FRIDAY, reported=GREEN, now=NOW).state == "submitted"


def test_nobody_accepts_what_they_have_not_read(project_id: int, pia: Viewer, omar: Viewer) -> None:
    read = operations.submit(pia, project_id, FRIDAY, reported=GREEN, now=NOW)
    again = operations.submit(pia, project_id, FRIDAY, reported=GREEN, eac_minor=1, now=NOW)
    checked(project_id, "pass")
    with pytest.raises(Conflict, match="again"):
        operations.accept_submission(omar, project_id, FRIDAY, expected_version=read.version, now=NOW)
    assert operations.accept_submission(omar, project_id, FRIDAY, expected_version=again.version, now=NOW).is_decided


def test_a_failed_check_asks_for_a_word_of_who_accepts_all_the_same(project_id: int, pia: Viewer, omar: Viewer) -> None:
    operations.submit(pia, project_id, FRIDAY, reported=GREEN, now=NOW)
    checked(project_id, "pass", "fail")
    with pytest.raises(Invalid):
        operations.accept_submission(omar, project_id, FRIDAY, now=NOW)
    accepted = operations.accept_submission(omar, project_id, FRIDAY, note="Agreed with the client", now=NOW)
    assert [each.code for each in accepted.unmet] == ["c1"]
    assert accepted.decision_note == "Agreed with the client"


def test_fast_mode_accepts_as_a_system_act_and_keeps_off_what_a_person_took_back(
    project_id: int, pia: Viewer, omar: Viewer
) -> None:
    operations.submit(pia, project_id, FRIDAY, reported=GREEN, now=NOW)
    checked(project_id, "pass", accept=True)
    accepted = periods.period(SYSTEM, project_id, FRIDAY).submission
    assert accepted is not None
    assert (accepted.state, accepted.decided_by_id, accepted.decided_by_name) == ("accepted", None, "watchfloor")
    (fact,) = facts(SYSTEM, kinds=("submission.accepted",))
    assert (fact.actor_id, fact.actor_name) == (None, "watchfloor")
    assert operations.take_back_decision(omar, project_id, FRIDAY, now=NOW).state == "submitted"
    checked(project_id, "pass", accept=True)
    assert periods.period(SYSTEM, project_id, FRIDAY).standing(NOW) == "submitted"


def test_checks_of_what_was_said_before_are_not_stored_on_what_is_said_now(project_id: int, pia: Viewer) -> None:
    first = operations.submit(pia, project_id, FRIDAY, reported=GREEN, now=NOW)
    operations.submit(pia, project_id, FRIDAY, reported=GREEN, eac_minor=1, now=NOW)
    stored = operations.record_checks(
        project_id, first.period_id, version=first.version, checks=(), computed={}, now=NOW
    )
    assert not stored


def test_an_accepted_period_is_frozen_when_it_closes(project_id: int, pia: Viewer, omar: Viewer) -> None:
    operations.submit(pia, project_id, FRIDAY, reported=GREEN, now=NOW)
    with pytest.raises(Conflict):
        operations.close_period(omar, project_id, FRIDAY, now=NOW)
    checked(project_id, "pass")
    operations.accept_submission(omar, project_id, FRIDAY, now=NOW)
    assert operations.close_period(omar, project_id, FRIDAY, now=NOW).standing(NOW) == "frozen"
    for say in (operations.submit, operations.save_draft):
        with pytest.raises(Conflict):
            say(pia, project_id, FRIDAY, reported=GREEN, now=NOW)
    with pytest.raises(Conflict):
        operations.take_back_decision(omar, project_id, FRIDAY, now=NOW)


def test_accepted_periods_close_by_themselves_once_a_newer_cut_off_has_come(
    project_id: int, pia: Viewer, omar: Viewer
) -> None:
    operations.submit(pia, project_id, FRIDAY, reported=GREEN, now=NOW)
    checked(project_id, "pass")
    operations.accept_submission(omar, project_id, FRIDAY, now=NOW)
    assert operations.close_accepted(project_id, now=NOW) == 0
    operations.open_periods(project_id, until=date(2026, 3, 20), now=NOW)
    assert operations.close_accepted(project_id, now=NOW) == 1
    standings = [each.standing(NOW) for each in periods.periods(SYSTEM, project_id)]
    assert standings == ["open", "open", "frozen"]


def test_closing_a_period_closes_the_silent_ones_before_it(project_id: int, pia: Viewer, omar: Viewer) -> None:
    operations.open_periods(project_id, until=date(2026, 3, 20), now=NOW)
    operations.submit(pia, project_id, date(2026, 3, 13), reported=GREEN, now=NOW)
    operations.close_period(omar, project_id, date(2026, 3, 20), now=NOW)
    standings = [each.standing(NOW) for each in periods.periods(SYSTEM, project_id)]
    assert standings == ["missed", "submitted", "missed"]


def test_a_restatement_stands_beside_what_was_frozen_and_changes_nothing_of_it(
    project_id: int, pia: Viewer, omar: Viewer
) -> None:
    operations.submit(pia, project_id, FRIDAY, reported=GREEN, eac_minor=300, now=NOW)
    with pytest.raises(Conflict):
        operations.restate(pia, project_id, FRIDAY, reason="Invoice", reported=GREEN, now=NOW)
    checked(project_id, "pass")
    operations.accept_submission(omar, project_id, FRIDAY, now=NOW)
    before = operations.close_period(omar, project_id, FRIDAY, now=NOW)
    with pytest.raises(Invalid):
        operations.restate(pia, project_id, FRIDAY, reason=" ", reported=GREEN, now=NOW)
    for cost in (350, 360):
        operations.restate(
            pia, project_id, FRIDAY, reason="Late invoice", reported=GREEN, eac_minor=cost, now=NOW + timedelta(days=9)
        )
    after = periods.period(SYSTEM, project_id, FRIDAY)
    assert after.submission == before.submission
    assert [(each.eac_minor, each.restated_by_name) for each in after.restatements] == [(350, "Pia"), (360, "Pia")]


def test_a_draft_is_nobodys_word(project_id: int, pia: Viewer) -> None:
    operations.save_draft(pia, project_id, FRIDAY, reported={"cost": "red"}, now=NOW)
    late = datetime(2026, 3, 12, 9, tzinfo=UTC)
    assert periods.period(SYSTEM, project_id, FRIDAY).standing(late) == "late"
    assert periods.latest_submissions([project_id]) == {}
    project = portfolio_queries.project_by_id(SYSTEM, project_id)
    assert [each.cut_off for each in periods.missed_cut_offs(project, late.date())] == [FRIDAY]
    operations.submit(pia, project_id, FRIDAY, reported=GREEN, now=late)
    assert operations.withdraw_submission(pia, project_id, FRIDAY, now=late).state == "draft"


def test_a_field_of_a_file_fills_a_draft_and_never_what_a_person_typed(project_id: int, pia: Viewer) -> None:
    def suggest(status: str):  # type: ignore[no-untyped-def]
        return operations.suggest_submission(
            project_id, reported={"overall": status}, eac_minor=5, source="plan.xer", now=NOW
        )

    first = suggest("amber")
    assert (first.state, first.overall, first.source) == ("draft", "risk", "plan.xer")
    assert suggest("amber").version == first.version, "the same file again changes nothing"
    assert suggest("red").overall == "crit"
    operations.save_draft(pia, project_id, FRIDAY, reported={"overall": "on"}, now=NOW)
    assert suggest("red") is None
    operations.submit(pia, project_id, FRIDAY, reported={"overall": "on"}, now=NOW)
    assert suggest("red") is None
    assert periods.latest_submissions([project_id])[project_id].overall == "on"


def test_lateness_counts_the_working_days_of_the_project(project_id: int, pia: Viewer) -> None:
    project = portfolio_queries.project_by_id(SYSTEM, project_id)
    due = periods.period(SYSTEM, project_id, FRIDAY).due_at  # Tuesday 10 March, five o'clock in Vienna
    assert days_late(project, due, due) == 0
    assert days_late(project, due, due + timedelta(hours=1)) == 1
    assert days_late(project, due, datetime(2026, 3, 13, 9, tzinfo=UTC)) == 3
    # Saturday and Sunday add nothing.
    assert days_late(project, due, datetime(2026, 3, 15, 9, tzinfo=UTC)) == 3
    assert days_late(project, due, datetime(2026, 3, 16, 9, tzinfo=UTC)) == 4


@pytest.mark.parametrize("reported", [{}, {"overall": "fine"}, {"overall": "on", "mood": "on"}, {"cost": "on"}])
def test_a_report_without_sense_is_refused(project_id: int, reported: dict[str, str]) -> None:
    operations.open_periods(project_id, until=FRIDAY, now=NOW)
    with pytest.raises(Invalid):
        operations.submit(SYSTEM, project_id, FRIDAY, reported=reported, now=NOW)
    with pytest.raises(NotFound):
        operations.submit(SYSTEM, project_id, date(2026, 3, 7), reported={"overall": "on"}, now=NOW)


def test_the_newest_period_of_a_weekly_and_a_monthly_project_are_told_apart(project_id: int) -> None:
    other = portfolio.create_project(SYSTEM, programme_code="HB", code="HB-02", name="Crane", now=NOW)
    portfolio.change_project(SYSTEM, other.id, cycle="monthly", now=NOW)
    operations.open_periods(project_id, until=date(2026, 4, 3), now=NOW)
    operations.open_periods(other.id, until=date(2026, 4, 3), now=NOW)
    # The monthly cut-off is also one of the weekly project's, which nobody reported.
    found = periods.current_periods([project_id, other.id], NOW)
    assert [(each.project_id, each.cut_off) for each in found] == [
        (other.id, date(2026, 3, 27)),
        (project_id, date(2026, 4, 3)),
    ]


def test_a_report_that_never_came_stays_at_hand_until_a_newer_one_comes_or_is_due(project_id: int) -> None:
    operations.open_periods(project_id, until=FRIDAY + timedelta(days=7), now=NOW)
    due = periods.period(SYSTEM, project_id, FRIDAY).due_at
    next_due = periods.period(SYSTEM, project_id, FRIDAY + timedelta(days=7)).due_at

    def at_hand(now: datetime) -> list[date]:
        return [each.cut_off for each in periods.current_periods([project_id], now)]

    newest = FRIDAY + timedelta(days=7)
    assert at_hand(due - timedelta(minutes=1)) == [newest]
    assert at_hand(due) == [FRIDAY, newest]
    assert at_hand(next_due) == [newest]
    operations.submit(SYSTEM, project_id, newest, reported={"overall": "on"}, now=next_due - timedelta(days=1))
    assert at_hand(next_due - timedelta(days=1)) == [newest]


def test_a_period_that_was_closed_without_a_report_is_not_asked_for(project_id: int) -> None:
    operations.open_periods(project_id, until=FRIDAY + timedelta(days=7), now=NOW)
    due = periods.period(SYSTEM, project_id, FRIDAY).due_at
    operations.close_period(SYSTEM, project_id, FRIDAY, now=due)
    assert [each.cut_off for each in periods.current_periods([project_id], due)] == [FRIDAY + timedelta(days=7)]
