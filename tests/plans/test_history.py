"""Whatever happens to a plan, the head rows, the replayed past and the digests tell one story."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime

import pytest
from django.test import TestCase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from watchfloor.journal.verifying import first_broken_fact
from watchfloor.kit.errors import Conflict, WatchfloorError
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import codec, operations, queries, store
from watchfloor.plans.difference import apply, digest, unpack
from watchfloor.plans.document import Activity, Dependency, DependencyKind, Plan, WbsNode
from watchfloor.plans.models import Revision
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEYS = [f"A{number}" for number in range(6)]
keys = st.sampled_from(KEYS)
_numbers = itertools.count()  # one project per example: they share a database until the test ends


class PlanStory(RuleBasedStateMachine):
    """Imports, edits and undos in any order; after each, all ways to the plan agree."""

    @initialize()
    def a_project(self) -> None:
        tag = f"T{next(_numbers)}"
        portfolio.create_programme(SYSTEM, code=tag, name="T", now=NOW)
        self.project_id = portfolio.create_project(SYSTEM, programme_code=tag, code=f"{tag}-1", name="T", now=NOW).id
        self.seen: list[Plan] = []

    def note(self, revision: object) -> None:
        if revision is not None:
            self.seen.append(queries.plan(SYSTEM, self.project_id))

    @rule(
        chosen=st.lists(keys, unique=True, min_size=1),
        durations=st.integers(0, 9),
        links=st.lists(st.tuples(keys, keys), max_size=4),
    )
    def import_a_file(self, chosen: list[str], durations: int, links: list[tuple[str, str]]) -> None:
        plan = Plan(
            "P",
            "P",
            wbs=(WbsNode("W", "W"),),
            activities=tuple(Activity(key, key, duration_ticks=durations, remaining_ticks=durations) for key in chosen),
            dependencies=tuple(
                Dependency(one, other)
                for one, other in dict.fromkeys(links)
                if one != other and {one, other} <= set(chosen)
            ),
        )
        self.note(operations.record_plan(SYSTEM, self.project_id, plan, origin="import", now=NOW))
        assert operations.record_plan(SYSTEM, self.project_id, plan, origin="import", now=NOW) is None

    @rule(key=keys, after=st.one_of(st.none(), keys), duration=st.integers(0, 99))
    def add(self, key: str, after: str | None, duration: int) -> None:
        self.edit(operations.AddActivity(Activity(key, key, duration_ticks=duration), after))

    @rule(key=keys, name=st.text("abc", max_size=3))
    def rename(self, key: str, name: str) -> None:
        self.edit(operations.ChangeActivity(key, {"name": name}))

    @rule(key=keys, name=st.text("abc", max_size=3))
    def add_here(self, key: str, name: str) -> None:
        self.edit(operations.ChangeActivity(key, {"responsible": name}))

    @rule(key=keys)
    def remove(self, key: str) -> None:
        self.edit(operations.RemoveActivity(key))

    @rule(one=keys, other=keys, kind=st.sampled_from(DependencyKind))
    def link(self, one: str, other: str, kind: DependencyKind) -> None:
        self.edit(operations.AddDependency(Dependency(one, other, kind)))

    def edit(self, edit: operations.Edit) -> None:
        try:
            self.note(operations.edit_plan(SYSTEM, self.project_id, [edit], now=NOW))
        except WatchfloorError:
            return  # refused: the row is not there, exists already, or it would close a circle

    @precondition(lambda self: len(self.seen) > 1)
    @rule()
    def undo_the_last(self) -> None:
        before = self.seen[-2]
        self.note(operations.undo(SYSTEM, self.project_id, len(self.seen), now=NOW))
        assert digest(self.seen[-1]) == digest(before)
        assert self.seen[-1].activities == before.activities

    @precondition(lambda self: len(self.seen) > 1)
    @rule()
    def undo_and_do_again(self) -> None:
        before = self.seen[-1]
        self.undo_the_last()
        self.note(operations.undo(SYSTEM, self.project_id, len(self.seen), now=NOW))
        assert digest(self.seen[-1]) == digest(before)
        assert self.seen[-1].activities == before.activities

    @precondition(lambda self: len(self.seen) > 2)
    @rule(data=st.data())
    def undo_an_older_one(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(2, len(self.seen)))
        try:
            self.note(operations.undo(SYSTEM, self.project_id, number, now=NOW))
        except (Conflict, WatchfloorError):
            return

    @invariant()
    def every_way_to_the_plan_agrees(self) -> None:
        if not self.seen:
            return
        in_memory = queries.plan(SYSTEM, self.project_id)
        store._kept._states.clear()
        in_rows = queries.plan(SYSTEM, self.project_id)
        assert in_memory == in_rows
        head = queries.head_revision(self.project_id)
        assert head.number == len(self.seen)
        assert head.digest == digest(in_rows)
        for number in {1, (len(self.seen) + 1) // 2, max(1, len(self.seen) - 1)}:
            plan = self.seen[number - 1]
            past = queries.plan(SYSTEM, self.project_id, revision=number)
            # The order of links means nothing and is not kept.
            assert past.activities == plan.activities
            assert digest(past) == digest(plan)

    def teardown(self) -> None:
        assert first_broken_fact() is None
        if self.seen:
            self.the_head_is_the_first_revision_with_every_change_since()

    def the_head_is_the_first_revision_with_every_change_since(self) -> None:
        first, *others = Revision.objects.filter(project_id=self.project_id).order_by("number")
        plan = codec.from_bytes(bytes(first.checkpoint.block))
        for row in others:
            plan = apply(plan, unpack(row.changes))
            assert digest(plan) == row.digest
        assert digest(plan) == digest(queries.plan(SYSTEM, self.project_id))


PlanStory.TestCase.settings = settings(
    max_examples=8, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
)


class TestPlanStory(PlanStory.TestCase, TestCase):  # type: ignore[misc]
    """Run the machine in one transaction that is rolled back at the end."""


def test_an_import_that_repeats_is_cheap_and_makes_nothing(db: None, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    portfolio.create_programme(SYSTEM, code="P", name="P", now=NOW)
    project = portfolio.create_project(SYSTEM, programme_code="P", code="P-1", name="P", now=NOW)
    plan = Plan("P", "P", activities=tuple(Activity(f"A{number}", "A") for number in range(300)))
    operations.record_plan(SYSTEM, project.id, plan, origin="import", now=NOW)
    with django_assert_max_num_queries(5):
        assert operations.record_plan(SYSTEM, project.id, dataclasses.replace(plan), origin="import", now=NOW) is None


def test_what_is_in_the_way_of_an_undo_is_named_with_what_to_do(db: None) -> None:
    portfolio.create_programme(SYSTEM, code="P", name="P", now=NOW)
    project = portfolio.create_project(SYSTEM, programme_code="P", code="P-1", name="P", now=NOW)
    operations.record_plan(
        SYSTEM, project.id, Plan("P", "P", activities=(Activity("A", "A"),)), origin="import", now=NOW
    )
    for name in ("B", "C"):
        operations.edit_plan(SYSTEM, project.id, [operations.ChangeActivity("A", {"name": name})], now=NOW)
    with pytest.raises(Conflict) as refused:
        operations.undo(SYSTEM, project.id, 2, now=NOW)
    assert "A was changed later: name" in str(refused.value)
    assert "Revision 3" in str(refused.value)
    assert "Take back revision 3 first" in refused.value.remedy
    operations.undo(SYSTEM, project.id, 3, now=NOW)
    operations.undo(SYSTEM, project.id, 2, now=NOW)
    assert queries.plan(SYSTEM, project.id).activities[0].name == "A"


pytestmark = pytest.mark.django_db
