"""Which work follows from which facts."""

from __future__ import annotations

from datetime import UTC, datetime

from watchfloor.journal.queries import FactRecord
from watchfloor.pipeline.follow import STAGES, tasks_after
from watchfloor.pipeline.takers import depth, without_circles

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)


def fact(pk: int, kind: str, project_id: int | None = 1) -> FactRecord:
    return FactRecord(pk, kind, NOW, None, "", project_id, "", None, {})


def test_many_facts_that_ask_for_one_stage_of_one_project_are_one_task() -> None:
    tasks = tasks_after([fact(1, "plan.revised"), fact(2, "plan.revised"), fact(3, "baseline.approved")], (), {})
    assert [(each.stage, each.project_id) for each in tasks] == [("forecast", 1)]
    assert list(tasks.values()) == [3]


def test_each_telling_is_a_delivery_of_its_own() -> None:
    tasks = tasks_after([fact(1, "alert.told"), fact(2, "alert.told")], (), {})
    assert sorted(each.fact_id for each in tasks) == [1, 2]


def test_new_rates_concern_every_watched_project() -> None:
    tasks = tasks_after([fact(1, "rates.recorded", None)], (4, 5), {})
    assert [(each.stage, each.project_id) for each in sorted(tasks)] == [("forecast", 4), ("forecast", 5)]


def test_a_new_forecast_is_looked_at_and_passed_on_to_who_takes_dates_from_it() -> None:
    tasks = tasks_after([fact(1, "forecast.issued", 1)], (), {1: (2, 3)})
    assert [(each.stage, each.project_id) for each in sorted(tasks)] == [
        ("forecast", 2),
        ("forecast", 3),
        ("detect", 1),
        ("check", 1),
        ("alert", 1),
    ]


def test_stages_are_listed_upstream_first() -> None:
    assert STAGES == ("forecast", "detect", "check", "alert", "watch", "deliver")


def test_projects_that_wait_for_each_other_do_not_compute_each_other_for_ever() -> None:
    graph = without_circles([(1, 2), (2, 1), (2, 3), (3, 3), (4, 1)])
    assert graph == {1: (2,), 2: (3,), 4: (1,)}
    # Following the graph from anywhere comes to an end.
    assert depth(graph) == {4: 0, 1: 1, 2: 2, 3: 3}
