"""Several writers at once on PostgreSQL: every change is there, numbers run on, and no race closes a circle."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection, connections

from watchfloor.journal.queries import facts
from watchfloor.journal.verifying import first_broken_fact
from watchfloor.kit.errors import Conflict, WatchfloorError
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations, queries, store
from watchfloor.plans.document import Activity, Dependency, Plan
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite has one writer at a time; needs WATCHFLOOR_DATABASE_URL"
    ),
]


@pytest.fixture
def project_id() -> int:
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    project = portfolio.create_project(SYSTEM, programme_code="HB", code="HB-01", name="Quay", now=NOW)
    plan = Plan("Q", "Quay", activities=tuple(Activity(f"A{number}", "A", duration_ticks=10) for number in range(8)))
    operations.record_plan(SYSTEM, project.id, plan, origin="import", now=NOW)
    return project.id


def at_once(*works: Callable[[], object]) -> list[object]:
    """Results or errors of works that start together, each on a connection of its own."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        start.wait(20)
        try:
            return work()
        except WatchfloorError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_writers_of_different_rows_all_get_through_and_numbers_run_on(project_id: int) -> None:
    def rename(key: str) -> Callable[[], object]:
        return lambda: operations.edit_plan(
            SYSTEM, project_id, [operations.ChangeActivity(key, {"name": f"by {key}"})], now=NOW
        )

    results = at_once(*(rename(f"A{number}") for number in range(8)))
    assert not [each for each in results if isinstance(each, WatchfloorError)]
    store._kept._states.clear()
    assert [each.name for each in queries.plan(SYSTEM, project_id).activities] == [f"by A{n}" for n in range(8)]
    assert [each.number for each in queries.revisions(SYSTEM, project_id)] == list(range(9, 0, -1))
    assert [fact.data["number"] for fact in facts(SYSTEM, kinds=("plan.revised",))] == list(range(1, 10))
    assert first_broken_fact() is None


def test_of_two_editors_of_one_revision_exactly_one_wins(project_id: int) -> None:
    def rename(name: str) -> Callable[[], object]:
        return lambda: operations.edit_plan(
            SYSTEM, project_id, [operations.ChangeActivity("A0", {"name": name})], expected_revision=1, now=NOW
        )

    results = at_once(rename("one"), rename("two"), rename("three"))
    assert sum(isinstance(each, Conflict) for each in results) == 2
    assert queries.head_revision(project_id).number == 2


def test_no_race_closes_a_circle(project_id: int) -> None:
    def link(one: str, other: str) -> Callable[[], object]:
        return lambda: operations.edit_plan(
            SYSTEM, project_id, [operations.AddDependency(Dependency(one, other))], now=NOW
        )

    results = at_once(link("A0", "A1"), link("A1", "A2"), link("A2", "A0"))
    assert sum(isinstance(each, WatchfloorError) for each in results) == 1
    assert len(queries.plan(SYSTEM, project_id).dependencies) == 2


def test_the_same_file_twice_at_once_is_one_revision(project_id: int) -> None:
    plan = Plan("Q", "Quay", activities=(Activity("N", "New"),))

    def work() -> object:
        return operations.record_plan(SYSTEM, project_id, plan, origin="import", now=NOW)

    results = at_once(work, work, work)
    assert sum(each is None for each in results) == 2
