"""The ten practices: a sound plan meets them all, and each fault lowers the practice it belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from small_plans import DAY, MONDAY, plan_of, task

from watchfloor.forecasts.assess import assess
from watchfloor.forecasts.practices import PRACTICES, Practice, rating_of
from watchfloor.plans.document import (
    Assignment,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    Plan,
    PlanBaseline,
    PlanDocument,
    ThreePoint,
    WbsNode,
)

COUNT = 40


def sound() -> Plan:
    """A chain under way that does everything right."""
    rows = [
        replace(
            task(f"A{n}", 2),
            wbs="W1" if n < COUNT // 2 else "W2",
            three_point=ThreePoint(DAY, 2 * DAY, 4 * DAY),
            budget_minor=100,
        )
        for n in range(COUNT)
    ]
    begun = replace(rows[0], actual_start=MONDAY, actual_finish=MONDAY + timedelta(days=1, hours=9), remaining_ticks=0)
    plan = plan_of(begun, *rows[1:], *(Dependency(f"A{n}", f"A{n + 1}") for n in range(COUNT - 1)))
    finish = {each.key: datetime(2027, 1, 1) for each in rows}
    return replace(
        plan,
        data_date=MONDAY + timedelta(days=2),
        wbs=(WbsNode("W", "All"), WbsNode("W1", "First", "W"), WbsNode("W2", "Second", "W")),
        baselines=(PlanBaseline("agreed", finish=finish),),
        assignments=tuple(Assignment(each.key, "R") for each in rows),
    )


def found_in(plan: Plan) -> dict[str, Practice]:
    (project,) = assess(PlanDocument("xer", "plan.xer", (plan,))).projects
    return {each.code: each for each in project.practices}


def changed(plan: Plan, key: str, **values: Any) -> Plan:
    rows = tuple(replace(each, **values) if each.key == key else each for each in plan.activities)
    return replace(plan, activities=rows)


def linked(plan: Plan, at: int, **values: Any) -> Plan:
    links = list(plan.dependencies)
    links[at] = replace(links[at], **values)
    return replace(plan, dependencies=tuple(links))


def test_a_sound_plan_meets_all_ten() -> None:
    found = found_in(sound())
    assert tuple(found) == PRACTICES
    assert [each.number for each in found.values()] == list(range(1, 11))
    assert {code: each.rating for code, each in found.items()} == dict.fromkeys(PRACTICES, "met")
    assert found["sequenced"].score == pytest.approx(1 - 1 / 39)  # the last has no successor


CASES = {
    "captured": (lambda p: replace(p, wbs=(*p.wbs, WbsNode("W3", "Forgotten", "W"))), "wbs_filled", ("Forgotten",)),
    "sequenced": (
        lambda p: linked(linked(p, 20, kind=DependencyKind.SS), 21, kind=DependencyKind.FF, lag_ticks=0),
        "tied_at_both_ends",
        ("A20", "A22"),
    ),
    "durations": (lambda p: changed(p, "A9", duration_ticks=0, remaining_ticks=0), "has_duration", ("A9",)),
    "traceable": (lambda p: changed(p, "A9", wbs="elsewhere"), "within_the_wbs", ("A9",)),
    "risk": (lambda p: changed(p, "A9", three_point=None), "own_estimates_of_uncertainty", ("A9",)),
    "critical_path": (lambda p: linked(p, 30, lag_ticks=DAY), "path_without_lags", ("A31",)),
    "updated": (
        lambda p: changed(p, "A5", actual_start=MONDAY + timedelta(days=1)),
        "in_sequence",
        ("A5",),
    ),
    "float": (
        lambda p: changed(
            p, "A39", constraints=(Constraint(ConstraintKind.FINISH_NO_LATER, MONDAY + timedelta(days=9)),)
        ),
        "float_not_negative",
        tuple(f"A{n}" for n in range(1, COUNT)),
    ),
    "baselined": (
        lambda p: replace(p, baselines=(PlanBaseline("agreed", finish={"A1": datetime(2027, 1, 1)}),)),
        "in_the_baseline",
        tuple(f"A{n}" for n in range(COUNT) if n != 1),
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_a_fault_is_found_by_its_practice_and_named(code: str) -> None:
    spoil, measure, offenders = CASES[code]
    before, after = found_in(sound()), found_in(spoil(sound()))
    then = next(each for each in before[code].measures if each.code == measure)
    now = next(each for each in after[code].measures if each.code == measure)
    assert then.value == 1.0
    assert now.value == pytest.approx(1 - len(offenders) / now.base)
    assert now.offenders == offenders
    assert now.offender_count == len(offenders)
    score = after[code].score
    assert score is not None
    assert score == min(each.value for each in after[code].measures if each.value is not None)


def test_work_that_leads_nowhere_is_not_traceable() -> None:
    plan = sound()
    found = found_in(replace(plan, dependencies=plan.dependencies[:10] + plan.dependencies[11:]))
    leads = found["traceable"].measures[0]
    assert leads.offenders == tuple(f"A{n}" for n in range(1, 11))
    assert found["traceable"].rating == "partially_met"


def test_what_the_plan_cannot_say_is_not_assessed_and_says_why() -> None:
    bare = plan_of(task("A", 1), task("B", 1), Dependency("A", "B"), data_date=None)
    found = found_in(bare)
    assert (found["resourced"].rating, found["resourced"].reason) == ("not_assessed", "not_loaded")
    assert (found["baselined"].rating, found["baselined"].reason) == ("not_assessed", "no_baseline")
    assert (found["updated"].rating, found["updated"].reason) == ("not_assessed", "no_data_date")
    assert found["traceable"].measures[1].reason == "no_wbs"
    assert found["risk"].rating == "not_met"


def test_the_words_follow_the_score() -> None:
    said = [rating_of(score) for score in (1.0, 0.95, 0.94, 0.8, 0.5, 0.2, 0.19, None)]
    assert said == [
        "met", "met", "substantially_met", "substantially_met", "partially_met", "minimally_met", "not_met",
        "not_assessed",
    ]  # fmt: skip
