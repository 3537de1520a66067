"""Stages of life: what may follow what, with which reason, and how a step is taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio import operations, queries
from watchfloor.portfolio.models import Stage
from watchfloor.portfolio.stages import STEPS, following

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REVIEW = date(2026, 5, 1)


def project(stage: str = "active") -> queries.ProjectRecord:
    operations.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Vienna", now=NOW)
    operations.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    return operations.create_project(SYSTEM, programme_code="HB", code="HB-01", name="Quay", stage=stage, now=NOW)


def move(made: queries.ProjectRecord, *stages: str, viewer: Viewer = SYSTEM) -> queries.ProjectRecord:
    for stage in stages:
        made = operations.set_stage(
            viewer, made.id, stage, reason="because", review_on=REVIEW if stage == "on_hold" else None, now=NOW
        )
    return made


@given(st.lists(st.integers(0, 6), max_size=12))
def test_from_every_stage_a_project_can_reach_every_other_and_never_gets_stuck(turns: list[int]) -> None:
    stage = "proposed"
    for turn in turns:
        possible = following(stage)
        assert possible
        stage = possible[turn % len(possible)]
    reached = {stage}
    while more := {each for known in reached for each in STEPS[known]} - reached:
        reached |= more
    assert reached == set(Stage)


@pytest.mark.django_db
def test_a_life_from_proposal_to_close_is_told_in_order() -> None:
    made = move(project("proposed"), "approved", "active", "on_hold", "active", "closing", "closed")
    life = queries.stage_history(SYSTEM, made.id)
    assert [each.stage for each in life] == [
        "proposed", "approved", "active", "on_hold", "active", "closing", "closed",
    ]  # fmt: skip
    assert (life[3].reason, life[3].review_on) == ("because", REVIEW)
    assert (made.hold_reason, made.review_on, made.is_watched) == ("", None, False)


@pytest.mark.django_db
def test_a_stage_that_does_not_follow_is_refused_and_the_remedy_names_those_that_do() -> None:
    made = project("closed")
    with pytest.raises(Conflict) as refused:
        operations.set_stage(SYSTEM, made.id, "active", now=NOW)
    assert "closing" in refused.value.remedy
    assert facts(SYSTEM, kinds=("stage.changed",)) == ()


@pytest.mark.django_db
def test_going_back_or_stopping_needs_a_reason_and_a_review_lies_ahead() -> None:
    made = project()
    for stage in ("cancelled", "on_hold"):
        with pytest.raises(Invalid) as refused:
            operations.set_stage(SYSTEM, made.id, stage, review_on=REVIEW, now=NOW)
        assert refused.value.place == "reason"
    with pytest.raises(Invalid) as refused:
        operations.set_stage(SYSTEM, made.id, "on_hold", reason="Permit", review_on=NOW.date(), now=NOW)
    assert refused.value.place == "review_on"
    for stage in ("on_hold", "cancelled"):
        with pytest.raises(Invalid):
            operations.create_project(SYSTEM, programme_code="HB", code="HB-02", name="X", stage=stage, now=NOW)


@pytest.mark.django_db
def test_who_runs_only_this_project_does_not_approve_it() -> None:
    made = project("proposed")
    manage = frozenset({"project.view", "project.manage"})
    own = Viewer(None, "A", projects={made.id: manage})
    with pytest.raises(NotAllowed):
        move(made, "approved", viewer=own)
    above = Viewer(None, "B", projects={made.id: manage}, programmes={made.programme_id: manage})
    assert move(made, "approved", viewer=above).stage == "approved"
    with pytest.raises(NotAllowed):
        operations.take_back_stage(own, made.id, now=NOW)


@pytest.mark.django_db
def test_a_step_is_taken_back_once_with_the_reason_and_review_of_before() -> None:
    made = move(project(), "on_hold", "active")
    again = operations.take_back_stage(SYSTEM, made.id, now=NOW + timedelta(hours=1))
    assert (again.stage, again.hold_reason, again.review_on) == ("on_hold", "because", REVIEW)
    with pytest.raises(Conflict):
        operations.take_back_stage(SYSTEM, made.id, now=NOW)


@pytest.mark.django_db
def test_two_people_do_not_change_the_stage_of_one_version() -> None:
    made = project()
    operations.set_stage(SYSTEM, made.id, "closing", expected_version=made.version, now=NOW)
    with pytest.raises(Conflict):
        operations.set_stage(
            SYSTEM, made.id, "on_hold", reason="x", review_on=REVIEW, expected_version=made.version, now=NOW
        )
