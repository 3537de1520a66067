"""MS Project XML written here reads back as the plan it was."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from pathlib import Path

import pytest
from small_plans import plan_of, task

from watchfloor.exchange.formats.limits import DEFAULT_LIMITS
from watchfloor.exchange.formats.mspdi.reader import read_mspdi
from watchfloor.exchange.formats.mspdi.writer import write_mspdi
from watchfloor.plans.document import (
    ActivityKind,
    CalendarException,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    Plan,
    PlanBaseline,
    Shift,
    WorkCalendar,
)
from watchfloor.sample.generator import generate

AS_OF = date(2026, 11, 23)


@pytest.fixture(scope="module")
def sample_plan() -> Plan:
    project = generate(seed=1, as_of=AS_OF, size="small").projects[0]
    plan = project.plan_on(AS_OF)
    return dataclasses.replace(
        plan, dependencies=tuple(each for each in plan.dependencies if not each.predecessor_project)
    )


def _read(path: Path) -> Plan:
    return read_mspdi(path, name=path.name, limits=DEFAULT_LIMITS).plans[0]


def test_a_plan_of_the_sample_comes_back_with_its_work_links_calendars_and_codes(
    sample_plan: Plan, tmp_path: Path
) -> None:
    path = tmp_path / "week 48.xml"
    assert write_mspdi(sample_plan, path) == ()
    back = _read(path)
    read = {each.code: each for each in back.activities if each.kind is not ActivityKind.SUMMARY}
    key_of = {each.key: each.code for each in back.activities}
    assert len(read) == len(sample_plan.activities)
    for activity in sample_plan.activities:
        found = read[activity.code]
        for name in ("name", "duration_ticks", "remaining_ticks", "actual_start", "actual_finish", "deadline"):
            assert getattr(found, name) == getattr(activity, name), (activity.code, name)
        assert found.percent_complete == round(activity.percent_complete)
        assert found.constraints == activity.constraints
        assert found.fields == {_alias(sample_plan, name): value for name, value in activity.codes.items()}
    code_of = {each.key: each.code for each in sample_plan.activities}
    assert {(key_of[e.predecessor], key_of[e.successor], e.kind, e.lag_ticks) for e in back.dependencies} == {
        (code_of[e.predecessor], code_of[e.successor], e.kind, e.lag_ticks) for e in sample_plan.dependencies
    }
    assert [(each.name, each.week, each.exceptions) for each in back.calendars] == [
        (each.name, each.week, each.exceptions) for each in sample_plan.calendars
    ]
    assert {node.code for node in sample_plan.wbs} == {node.code for node in back.wbs}
    assert (back.data_date, back.start, back.currency) == (
        sample_plan.data_date,
        sample_plan.start,
        sample_plan.currency,
    )
    assert len(back.assignments) == len(sample_plan.assignments)


def test_the_cost_of_the_first_baseline_is_the_budget_in_any_currency(sample_plan: Plan, tmp_path: Path) -> None:
    for currency, minor in (("EUR", 12_345), ("JPY", 12_345), ("KWD", 12_345)):
        first = sample_plan.activities[0]
        baseline = PlanBaseline(
            "Baseline",
            {first.key: datetime(2026, 1, 5, 8)},
            {first.key: datetime(2026, 1, 9, 17)},
            {first.key: 4_800},
            {first.key: minor},
        )
        activity = dataclasses.replace(first, budget_minor=minor, actual_cost_minor=5, remaining_cost_minor=7)
        plan = dataclasses.replace(
            sample_plan, currency=currency, activities=(activity,), dependencies=(), baselines=(baseline,)
        )
        write_mspdi(plan, tmp_path / "plan.xml")
        back = _read(tmp_path / "plan.xml")
        (found,) = (each for each in back.activities if each.kind is not ActivityKind.SUMMARY)
        assert (found.budget_minor, found.actual_cost_minor, found.remaining_cost_minor) == (minor, 5, 7)
        assert back.baselines[0].start == {found.key: datetime(2026, 1, 5, 8)}
        assert back.baselines[0].duration_ticks == {found.key: 4_800}


def test_what_the_format_cannot_say_is_named(sample_plan: Plan, tmp_path: Path) -> None:
    first, second = sample_plan.activities[:2]
    night = WorkCalendar("N", "Nights", ((Shift(13_200, 18_000),),) * 5 + ((), ()), (
        CalendarException(date(2026, 12, 24), date(2026, 12, 26), (), "Closed <&> shut"),
    ))  # fmt: skip
    odd = dataclasses.replace(
        first,
        name="Weld \x07 & <grind>",
        calendar="N",
        constraints=(
            Constraint(ConstraintKind.START_NO_EARLIER, datetime(2026, 12, 1, 8)),
            Constraint(ConstraintKind.FINISH_NO_LATER, datetime(2026, 12, 31, 17)),
        ),
    )
    plan = dataclasses.replace(
        sample_plan,
        calendars=(*sample_plan.calendars, night),
        activities=(odd, second),
        dependencies=(
            Dependency(first.key, second.key, DependencyKind.SF, lag_percent=50.0),
            Dependency("X", second.key, predecessor_project="OTHER"),
        ),
    )
    remarks = write_mspdi(plan, tmp_path / "odd.xml")
    assert {each.code for each in remarks} == {"mspdi.second_constraint", "mspdi.link_to_other_project"}
    back = _read(tmp_path / "odd.xml")
    found = next(each for each in back.activities if each.code == first.code)
    assert found.name == "Weld  & <grind>"
    assert back.calendars[-1].week == night.week and back.calendars[-1].exceptions == night.exceptions
    assert [(each.kind, each.lag_percent) for each in back.dependencies] == [(DependencyKind.SF, 50.0)]


def _alias(plan: Plan, key: str) -> str:
    return next((each.name for each in (*plan.code_types, *plan.field_types) if each.key == key), key)


def test_a_levelling_delay_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "levelled.xml"
    assert write_mspdi(plan_of(task("A", 1, delay_ticks=2 * 24 * 600), task("B", 1)), path) == ()
    found = {each.name: each.delay_ticks for each in _read(path).activities}
    assert found == {"Activity A": 2 * 24 * 600, "Activity B": 0}
