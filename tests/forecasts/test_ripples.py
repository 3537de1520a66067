"""One activity slips: what moves in all linked projects, from a network that stays compiled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from small_plans import DAY, MONDAY, SEVEN_DAYS, milestone, plan_of, task

from watchfloor.forecasts import ripples
from watchfloor.forecasts.linked import CannotMove, LinkedPlan, LinkedPlans
from watchfloor.forecasts.ripples import ripple
from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.kit.errors import Conflict, Invalid, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plans
from watchfloor.plans.document import Activity, Constraint, ConstraintKind, Dependency, Plan
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries
from watchfloor_engine.calendars import from_tick

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST = plan_of(
    task("A", 5), task("B", 3), milestone("M", is_committed=True, deadline=datetime(2026, 3, 13, 17)),
    task("S", 1), Dependency("A", "B"), Dependency("B", "M"), code="ONE",
)  # fmt: skip
SECOND = plan_of(
    task("X", 2), milestone("N"), Dependency("M", "X", predecessor_project="ONE"), Dependency("X", "N"), code="TWO"
)


def given(plan: Plan, project_id: int, *, zone: str = "UTC", identity: str = "") -> LinkedPlan:
    return LinkedPlan(project_id, plan.code, zone, identity or f"{plan.code} 1", plan)


def both(**zones: str) -> LinkedPlans:
    return LinkedPlans([
        given(FIRST, 1, zone=zones.get("one", "UTC")), given(SECOND, 2, zone=zones.get("two", "UTC")),
    ])  # fmt: skip


def test_a_slip_reaches_the_projects_that_wait() -> None:
    one, two = both().moved_by(1, "A", 2)
    assert (one.project_id, one.finish_before, one.finish_after) == (
        1, datetime(2026, 3, 11, 17), datetime(2026, 3, 13, 17),
    )  # fmt: skip
    assert (one.finish_days, one.moved) == (2, 3)
    assert [(each.key, each.is_committed, each.breaks_deadline) for each in one.milestones] == [("M", True, False)]
    assert (two.project_id, two.finish_before, two.finish_after, two.moved) == (
        2, datetime(2026, 3, 13, 17), datetime(2026, 3, 17, 17), 2,
    )  # fmt: skip


def test_a_slip_beyond_the_deadline_says_so_and_asking_changes_nothing() -> None:
    network = both()
    before = network.finishes()
    assert network.moved_by(1, "B", 3)[0].milestones[0].breaks_deadline
    assert network.finishes() == before
    assert network.moved_by(1, "B", 3) == network.moved_by(1, "B", 3)


def test_float_absorbs_and_less_work_pulls() -> None:
    network = both()
    (own,) = network.moved_by(1, "S", 3)
    assert (own.finish_days, own.moved, own.newly_critical) == (0, 1, 0)
    (own,) = network.moved_by(1, "S", 7)
    assert (own.finish_days, own.newly_critical) == (0, 1)
    assert [each.finish_days for each in network.moved_by(1, "A", -1)] == [-1, -1]


def test_a_milestone_comes_later() -> None:
    assert [each.finish_days for each in both().moved_by(1, "M", 1)] == [1, 1]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (task("A", 5, remaining_ticks=0, actual_start=MONDAY, actual_finish=MONDAY), "complete"),
        (milestone("A", constraints=(Constraint(ConstraintKind.MANDATORY_FINISH, MONDAY),)), "pinned"),
        (task("A", 5, manual_start=MONDAY, manual_finish=MONDAY + timedelta(days=3)), "pinned"),
    ],
)
def test_what_cannot_take_longer_says_why(row: Activity, reason: str) -> None:
    network = LinkedPlans([given(plan_of(row, task("B", 1), Dependency("A", "B")), 1)])
    with pytest.raises(CannotMove) as caught:
        network.moved_by(1, "A", 4)
    assert caught.value.reason == reason


def test_a_link_between_countries_holds_at_the_same_instant() -> None:
    # 17:00 in New York is 22:00 in London in winter: the work there begins on the next morning.
    apart = both(one="America/New_York", two="Europe/London")
    assert apart.finishes() == {1: datetime(2026, 3, 11, 17), 2: datetime(2026, 3, 13, 17)}
    # 17:00 in London is 13:00 in New York, where the clocks went forward three weeks earlier: half a day is left.
    assert both(one="Europe/London", two="America/New_York").finishes()[2] == datetime(2026, 3, 13, 12)


def test_a_summary_and_a_missing_activity_are_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        both().moved_by(1, "nobody", 1)


def moved_on(plan: Plan, **fields: Any) -> Plan:
    rows = tuple(replace(each, **fields) if each.key == "A" else each for each in plan.activities)
    return replace(plan, activities=rows, data_date=MONDAY + timedelta(days=2))


def test_progress_is_written_into_the_network_and_equals_one_made_anew() -> None:
    network = both()
    progressed = moved_on(FIRST, actual_start=MONDAY, remaining_ticks=6 * DAY)
    assert network.bring_up_to_date(given(progressed, 1, identity="ONE 2"))
    assert network.identities == {1: "ONE 2", 2: "TWO 1"}
    anew = LinkedPlans([given(progressed, 1), given(SECOND, 2)])
    assert network.finishes() == anew.finishes()
    assert network.moved_by(1, "A", 2) == anew.moved_by(1, "A", 2)
    compiled, alone = schedule_plans((progressed,))
    assert network.finishes()[1] == from_tick(int(alone.project_finish[0]))
    assert compiled.own == 4


@pytest.mark.parametrize(
    "changed",
    [
        replace(FIRST, dependencies=FIRST.dependencies[1:]),
        replace(FIRST, activities=FIRST.activities[:-1]),
        replace(FIRST, calendar="7d"),
        replace(FIRST, calendars=(SEVEN_DAYS,)),
        replace(FIRST, options=replace(FIRST.options, data_date_is_floor=False)),
    ],
)
def test_another_structure_asks_for_a_new_network(changed: Plan) -> None:
    network = both()
    before = network.finishes()
    assert not network.bring_up_to_date(given(changed, 1, identity="ONE 2"))
    assert network.finishes() == before
    assert not network.bring_up_to_date(given(FIRST, 1, zone="Asia/Tokyo"))


def test_plans_that_wait_for_each_other_are_a_cycle() -> None:
    back = replace(FIRST, dependencies=(*FIRST.dependencies, Dependency("X", "A", predecessor_project="TWO")))
    with pytest.raises(PlanCycle):
        LinkedPlans([given(back, 1), given(SECOND, 2)])


def project(code: str, **fields: Any) -> int:
    if portfolio_queries.organisation() is None:
        portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="UTC", now=NOW)
        portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    return portfolio.create_project(SYSTEM, programme_code="HB", code=code, name=code, now=NOW, **fields).id


def recorded(plan: Plan, pk: int) -> None:
    assert plans.record_plan(SYSTEM, pk, plan, origin="import", now=NOW) is not None


@pytest.fixture
def pair() -> tuple[int, int]:
    one, two = project("ONE"), project("TWO")
    recorded(FIRST, one)
    recorded(SECOND, two)
    return one, two


@pytest.mark.django_db
def test_who_may_see_only_one_project_is_told_only_of_it(pair: tuple[int, int]) -> None:
    found = ripple(SYSTEM, pair[0], "A", 2)
    assert [(each.code, each.finish_days) for each in found.projects] == [("ONE", 2), ("TWO", 2)]
    assert (found.activity, found.name, found.days) == ("A", "Activity A", 2)
    looker = Viewer(7, "looker", projects={pair[0]: frozenset({"project.view"})})
    part = ripple(looker, pair[0], "A", 2)
    assert [each.code for each in part.projects] == ["ONE"]
    with pytest.raises(NotFound):
        ripple(looker, pair[1], "X", 2)


@pytest.mark.django_db
def test_a_part_is_made_once_and_taken_anew_when_its_links_change(
    pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    class Counted(LinkedPlans):
        def __init__(self, given: Any) -> None:
            made.append(len(given))
            super().__init__(given)

    monkeypatch.setattr(ripples, "LinkedPlans", Counted)
    monkeypatch.setattr(ripples, "_PARTS", type(ripples._PARTS)())
    ripple(SYSTEM, pair[0], "A", 2)
    ripple(SYSTEM, pair[1], "X", 2)
    assert made == [2]
    recorded(moved_on(FIRST, actual_start=MONDAY, remaining_ticks=6 * DAY), pair[0])
    assert ripple(SYSTEM, pair[0], "A", 2).projects[0].finish_before == datetime(2026, 3, 16, 17)
    assert made == [2]
    recorded(replace(SECOND, dependencies=SECOND.dependencies[1:]), pair[1])
    assert [each.code for each in ripple(SYSTEM, pair[0], "A", 2).projects] == ["ONE"]
    assert made == [2, 1]
    assert [sorted(ids) for ids in ripples._PARTS] == [[pair[0]]]


@pytest.mark.django_db
def test_no_more_is_held_than_allowed(pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ripples, "_PARTS", type(ripples._PARTS)())
    monkeypatch.setattr(ripples, "MOST_HELD", 5)
    alone = project("ALONE")
    recorded(plan_of(task("A", 5), code="ALONE"), alone)
    ripple(SYSTEM, pair[0], "A", 2)
    assert len(ripples._PARTS) == 1
    ripple(SYSTEM, alone, "A", 2)
    assert list(ripples._PARTS) == [frozenset({alone})]


@pytest.mark.django_db
def test_more_linked_work_than_can_be_compiled_while_waiting_is_refused(
    pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ripples, "_PARTS", type(ripples._PARTS)())
    monkeypatch.setattr(ripples, "MOST_IN_PART", 5)
    with pytest.raises(Conflict, match="More than 5 activities"):
        ripple(SYSTEM, pair[0], "A", 2)


@pytest.mark.django_db
def test_what_cannot_be_asked_says_why(pair: tuple[int, int]) -> None:
    for days in (0, 4_000, -4_000):
        with pytest.raises(Invalid) as caught:
            ripple(SYSTEM, pair[0], "A", days)
        assert caught.value.place == "longer_days"
    with pytest.raises(Invalid) as caught:
        ripple(replace(SYSTEM, as_of=NOW), pair[0], "A", 1)
    assert caught.value.place == "as_of"
    with pytest.raises(NotFound):
        ripple(SYSTEM, pair[0], "nobody", 1)
    recorded(
        replace(FIRST, dependencies=(*FIRST.dependencies, Dependency("X", "A", predecessor_project="TWO"))), pair[0]
    )
    with pytest.raises(Conflict, match="circle"):
        ripple(SYSTEM, pair[0], "A", 1)
