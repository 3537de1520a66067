"""Why the finish moved: progress first, then edits, class by class, and everything sums."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import DAY, MONDAY, plan_of, task

from watchfloor.forecasts.half_step import HalfSteps, NotComparable, half_steps
from watchfloor.forecasts.scheduling import schedule_plans
from watchfloor.plans.document import Activity, Constraint, ConstraintKind, Dependency, Plan
from watchfloor_engine.calendars import from_tick


def chain(*days: int, **more: Any) -> Plan:
    tasks = [task(f"T{at}", length) for at, length in enumerate(days)]
    links = [Dependency(f"T{at}", f"T{at + 1}") for at in range(len(days) - 1)]
    return replace(plan_of(*tasks, *links), data_date=MONDAY, **more)


def with_activity(plan: Plan, key: str, **values: Any) -> Plan:
    return replace(
        plan, activities=tuple(replace(each, **values) if each.key == key else each for each in plan.activities)
    )


def by_class(found: HalfSteps) -> dict[str, float]:
    return {step.codes[0]: step.moved_days for step in found.steps}


def test_edits_that_hide_a_slip_are_told_apart_from_it() -> None:
    before = chain(5, 5, 10)
    # A week later nothing was done; the last task was cut to hide it.
    later = replace(before, data_date=MONDAY + timedelta(weeks=1))
    after = with_activity(later, "T2", duration_ticks=5 * DAY, remaining_ticks=5 * DAY)
    found = half_steps(before, after)
    assert (found.moved_days, found.by_progress, found.by_edits) == (0, 5, -5)
    assert by_class(found) == {"progress": 5, "durations": -5}
    (cut,) = found.steps[1].rows
    assert (cut.kind, cut.subject, cut.moved_days) == ("estimated", "T2", -5)


def test_what_was_done_wins_back_the_time_that_passed() -> None:
    before = chain(5, 5, 10)
    after = replace(before, data_date=MONDAY + timedelta(weeks=1))
    done = MONDAY + timedelta(days=4, hours=9)
    after = with_activity(
        after, "T0", actual_start=MONDAY, actual_finish=done, remaining_ticks=0, percent_complete=100.0
    )
    found = half_steps(before, after)
    assert found.moved_days == 0
    (progress,) = found.steps
    assert {row.kind: row.moved_days for row in progress.rows} == {"data_date": 5, "progressed": -5}


def test_every_class_of_edit_has_its_step() -> None:
    before = chain(5, 5, 10)
    new = Activity("N", "New", duration_ticks=2 * DAY, remaining_ticks=2 * DAY)
    after = replace(
        before,
        activities=(*before.activities, new),
        dependencies=(*before.dependencies, Dependency("T2", "N"), Dependency("T0", "T2", lag_ticks=30 * DAY)),
    )
    after = with_activity(
        after, "T1", constraints=(Constraint(ConstraintKind.START_NO_EARLIER, MONDAY + timedelta(weeks=9)),)
    )
    found = half_steps(before, after)
    assert by_class(found) == {"activities": 2, "logic": 25, "constraints": 15}
    assert {row.kind for step in found.steps for row in step.rows} == {"added", "linked", "ruled"}


def test_a_turned_link_needs_no_circle_in_between() -> None:
    before = plan_of(task("A", 5), task("B", 5), Dependency("A", "B"))
    after = plan_of(task("A", 5), task("B", 5), task("C", 1), Dependency("B", "A"), Dependency("A", "C"))
    found = half_steps(before, after)
    assert found.moved_days == 1
    assert sum(step.moved_ticks for step in found.steps) == found.moved_ticks


def test_states_without_a_schedule_are_refused_in_words() -> None:
    circle = plan_of(task("A", 1), task("B", 1), Dependency("A", "B"), Dependency("B", "A"))
    with pytest.raises(NotComparable, match="later state"):
        half_steps(chain(5, 5), circle)
    with pytest.raises(NotComparable, match="earlier state"):
        half_steps(circle, chain(5, 5))
    with pytest.raises(NotComparable, match="no activities"):
        half_steps(plan_of(), chain(5, 5))


lengths = st.integers(1, 9)


@st.composite
def plans(draw: Any) -> Plan:
    count = draw(st.integers(2, 7))
    rows = []
    for at in range(count):
        days = draw(lengths)
        begun = draw(st.sampled_from([None, None, MONDAY]))
        left = draw(st.integers(0, days)) if begun else days
        ended = MONDAY + timedelta(days=draw(st.integers(0, 3)), hours=9) if begun and left == 0 else None
        rows.append(replace(task(f"T{at}", days), actual_start=begun, actual_finish=ended, remaining_ticks=left * DAY))
    links = {
        (one, other) for one, other in draw(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=9))
        if one < other < count
    }  # fmt: skip
    made = plan_of(
        *rows, *(Dependency(f"T{one}", f"T{other}", lag_ticks=draw(st.integers(0, 3)) * DAY) for one, other in links)
    )
    return replace(made, data_date=MONDAY + timedelta(days=draw(st.integers(0, 20))))


@settings(max_examples=60, deadline=None)
@given(before=plans(), after=plans())
def test_steps_and_rows_sum_to_the_whole_movement(before: Plan, after: Plan) -> None:
    found = half_steps(before, after)
    assert found.finish_before == finish(before)
    assert found.finish_after == finish(after)
    assert sum(step.moved_ticks for step in found.steps) == found.moved_ticks
    for step in found.steps:
        if step.rows or step.codes[-1] != "other":
            assert sum(row.moved_ticks for row in step.rows) == step.moved_ticks
    assert half_steps(after, after).steps == ()


def finish(plan: Plan) -> datetime:
    return from_tick(int(schedule_plans((plan,))[1].project_finish[0]))
