"""Scheduling options set here: one by one, over what the source says, and kept when the next file comes."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from small_plans import plan_of, task

from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations as plans
from watchfloor.plans import queries
from watchfloor.plans.checks import InvalidPlan
from watchfloor.plans.document import Dependency, OutOfSequence, ScheduleOptions
from watchfloor.plans.edits import RemoveOverlay, SetOptions
from watchfloor.plans.scheduling_options import SETTABLE, option_text, with_option
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLAN = plan_of(task("A", 5), task("B", 3), Dependency("A", "B"))


def test_every_option_but_what_the_source_decides_is_said_and_set() -> None:
    assert set(SETTABLE) == {each.name for each in fields(ScheduleOptions)} - {"tool", "from_finish"}
    options = ScheduleOptions()
    for name in SETTABLE:
        assert with_option(options, name, option_text(options, name)) == options
    assert with_option(options, "out_of_sequence", "actual_dates").out_of_sequence is OutOfSequence.ACTUAL_DATES
    assert with_option(options, "data_date_is_floor", "false").data_date_is_floor is False
    assert with_option(options, "critical_float_ticks", "-4800").critical_float_ticks == -4800


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tool", "p6"),
        ("from_finish", "true"),
        ("nothing", "true"),
        ("out_of_sequence", "sometimes"),
        ("data_date_is_floor", "maybe"),
        ("critical_float_ticks", "much"),
        ("critical_float_ticks", "999999999999"),
    ],
)
def test_what_is_no_option_or_no_value_is_refused_with_its_place(name: str, text: str) -> None:
    with pytest.raises(InvalidPlan) as caught:
        with_option(ScheduleOptions(), name, text)
    assert caught.value.place == f"options.{name}"


@pytest.fixture
def project_id(db: None) -> int:
    portfolio.set_up_organisation(SYSTEM, name="M", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="P", name="P", now=NOW)
    made = portfolio.create_project(SYSTEM, programme_code="P", code="P", name="P", now=NOW)
    plans.record_plan(SYSTEM, made.id, PLAN, origin="import", now=NOW)
    return made.id


def options_of(project_id: int) -> ScheduleOptions:
    return queries.plan(SYSTEM, project_id).options


def test_what_is_set_here_is_kept_by_the_next_file_and_taken_back_by_undo_or_as_in_the_file(project_id: int) -> None:
    made = plans.edit_plan(SYSTEM, project_id, [SetOptions({"out_of_sequence": "progress_override"})], now=NOW)
    assert made is not None
    later = replace(PLAN, options=replace(PLAN.options, use_expected_finish=False))
    plans.record_plan(SYSTEM, project_id, later, origin="import", now=NOW + timedelta(days=7))
    kept = options_of(project_id)
    assert (kept.out_of_sequence, kept.use_expected_finish) == (OutOfSequence.PROGRESS_OVERRIDE, False)
    (added,) = queries.overlay(SYSTEM, project_id)
    assert (added.entry.value.text, added.entry.beneath.text) == ("progress_override", "retained_logic")
    plans.edit_plan(SYSTEM, project_id, [RemoveOverlay(added.key)], now=NOW)
    assert options_of(project_id) == later.options
    again = plans.edit_plan(SYSTEM, project_id, [SetOptions({"ignore_external": "true"})], now=NOW)
    assert again is not None
    plans.undo(SYSTEM, project_id, again.number, now=NOW)
    assert options_of(project_id) == later.options
    assert queries.overlay(SYSTEM, project_id) == ()
