"""Freezing baselines: computed dates, and amendments whose past is the past of what they amend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_plans import DAY, MONDAY, milestone, plan_of, task

from watchfloor.forecasts import operations
from watchfloor.forecasts.against_baseline import against_baseline
from watchfloor.forecasts.freezing import _planned_by
from watchfloor.forecasts.performance import PlannedRow, over_plan
from watchfloor.forecasts.scheduling import schedule_plans
from watchfloor.kit.errors import Conflict, Invalid
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plans
from watchfloor.plans import queries as plan_queries
from watchfloor.plans.baselining.amending import amended
from watchfloor.plans.baselining.rows import BaselineRow
from watchfloor.plans.document import Dependency, Plan, PlanBaseline, StoredDates, WbsNode
from watchfloor.plans.operations import Proposal, Scope
from watchfloor.portfolio import operations as portfolio
from watchfloor_engine.calendars import to_tick
from watchfloor_engine.earned import planned_value

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOARD = Proposal("Change 1", reason="Harder ground", authority="Change board", reference="CO-1")
NODES = (WbsNode("W", "Works"), WbsNode("V", "Other works"))


@pytest.fixture
def project_id(db: None) -> int:
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    return portfolio.create_project(SYSTEM, programme_code="HB", code="P", name="Quay", currency="EUR", now=NOW).id


def chain(first: float = 10, second: float = 10, **fields: object) -> Plan:
    """A then B, each of 100.00 for two weeks, and C beside them."""
    return plan_of(
        task("A", first, wbs="W", budget_minor=10_000),
        task("B", second, wbs="W", budget_minor=10_000),
        task("C", 10, wbs="V", budget_minor=10_000),
        milestone("M", wbs="W"),
        Dependency("A", "B"),
        Dependency("B", "M"),
        wbs=NODES,
        **fields,
    )


def record(project_id: int, plan: Plan) -> None:
    plans.record_plan(SYSTEM, project_id, plan, origin="import", now=NOW)


def under_way(second: float = 20) -> Plan:
    """A week later: A is half done, B has got longer."""
    plan = chain(second=second, data_date=MONDAY + timedelta(days=7))
    a = replace(plan.activities[0], actual_start=MONDAY, remaining_ticks=5 * DAY, percent_complete=50.0)
    return replace(plan, activities=(a, *plan.activities[1:]))


def test_dates_come_from_the_schedule_and_never_from_what_the_tool_planned(project_id: int) -> None:
    planned = StoredDates(start=datetime(2026, 1, 1, 8), finish=datetime(2026, 1, 9, 17))
    plan = chain()
    record(project_id, replace(plan, activities=tuple(replace(each, stored=planned) for each in plan.activities)))
    made = operations.freeze_baseline(SYSTEM, project_id, name="Contract", now=NOW)
    found = plan_queries.baseline(SYSTEM, project_id, made.id)
    assert (found.rows["A"].start, found.rows["B"].finish) == (MONDAY, datetime(2026, 3, 27, 17))
    assert (found.summary.budget_minor, found.summary.matched, found.summary.unmatched) == (30_000, 4, 0)


def test_an_amendment_changes_its_scope_and_nothing_else(project_id: int) -> None:
    record(project_id, chain())
    first = operations.freeze_baseline(SYSTEM, project_id, name="Contract", now=NOW)
    plan = under_way()
    longer_c = replace(plan.activities[2], duration_ticks=30 * DAY, remaining_ticks=30 * DAY)
    record(project_id, replace(plan, activities=(*plan.activities[:2], longer_c, plan.activities[3])))
    source = operations.Amending(Scope(wbs=("W",)))
    made = operations.propose_baseline(SYSTEM, project_id, source, BOARD, now=NOW)
    assert (made.act, made.parent_id, made.data_date, made.scope.wbs) == (
        "amendment", first.id, MONDAY + timedelta(days=7), ("W",),
    )  # fmt: skip
    plans.approve_baseline(
        Viewer(9, "Board", frozenset({"project.view", "baseline.approve"})), project_id, made.id, now=NOW
    )
    before, after = (plan_queries.baseline(SYSTEM, project_id, pk).rows for pk in (first.id, made.id))
    assert after["C"] == before["C"]
    assert (after["A"].start, after["A"].finish) == (before["A"].start, before["A"].finish)
    assert [(each.until, each.duration_ticks, each.cost_minor) for each in after["A"].kept] == [
        (MONDAY + timedelta(days=7), 5 * DAY, 5_000)
    ]
    assert (before["B"].finish, after["B"].finish) == (datetime(2026, 3, 27, 17), datetime(2026, 4, 10, 17))
    forecast = operations.issue_forecast(project_id, now=NOW)
    assert forecast is not None
    # Measured against the amended one, with the slip against the original beside it; an amendment is no re-baseline.
    assert (forecast.slip_days, forecast.value("original_slip_days"), forecast.value("rebaselines")) == (5, 15, 0)


def test_there_must_be_something_to_amend(project_id: int) -> None:
    record(project_id, chain())
    operations.issue_forecast(project_id, now=NOW)  # a provisional one is not enough
    with pytest.raises(Conflict):
        operations.propose_baseline(SYSTEM, project_id, operations.Amending(), BOARD, now=NOW)
    operations.freeze_baseline(SYSTEM, project_id, name="Contract", now=NOW)
    for scope, place in ((Scope(), "scope"), (Scope(activities=("Z",)), "activities"), (Scope(wbs=("Z",)), "wbs")):
        with pytest.raises(Invalid) as refused:
            operations.propose_baseline(SYSTEM, project_id, operations.Amending(scope), BOARD, now=NOW)
        assert refused.value.place == place


def test_a_baseline_of_a_file_and_one_of_a_past_revision_can_be_proposed(project_id: int) -> None:
    stored = PlanBaseline("Baseline 3", {"A": MONDAY}, {"A": MONDAY + timedelta(days=4)}, {"A": 3 * DAY}, {"A": 777})
    record(project_id, replace(chain(), baselines=(stored,)))
    record(project_id, chain(second=20))
    (imported,) = plan_queries.baselines(SYSTEM, project_id)
    assert (imported.kind, imported.approved_at) == ("imported", None)
    one = operations.propose_baseline(
        SYSTEM, project_id, operations.InsideFile(imported.id), Proposal("As in the file"), now=NOW
    )
    assert (one.budget_minor, one.finish, one.origin, one.source_name) == (
        777, MONDAY + timedelta(days=4), "imported", "Baseline 3",
    )  # fmt: skip
    two = operations.propose_baseline(SYSTEM, project_id, operations.AtRevision(1), Proposal("As signed"), now=NOW)
    assert two.finish == datetime(2026, 3, 27, 17)
    with pytest.raises(Invalid):
        operations.propose_baseline(SYSTEM, project_id, operations.InsideFile(one.id), Proposal("Again"), now=NOW)


def test_a_baseline_is_compared_with_the_forecast_activity_by_activity(project_id: int) -> None:
    record(project_id, chain())
    made = operations.freeze_baseline(SYSTEM, project_id, name="Contract", now=NOW)
    plan = chain(second=15)
    record(project_id, replace(plan, activities=(*plan.activities[:2], plan.activities[3], task("N", 1))))
    operations.issue_forecast(project_id, now=NOW)
    found = against_baseline(SYSTEM, project_id, made.id)
    assert {each.key: (each.state, each.finish_days) for each in found.rows} == {
        "A": ("both", 0), "B": ("both", 7), "M": ("both", 7), "N": ("new", None), "C": ("gone", None),
    }  # fmt: skip
    assert (found.both, found.later, found.gone, found.new, found.total) == (3, 2, 1, 1, 5)
    assert [each.key for each in against_baseline(SYSTEM, project_id, made.id, show="later").rows] == ["B", "M"]
    reader = Viewer(4, "R", projects={project_id: frozenset({"project.view", "internal.view"})})
    told = against_baseline(reader, project_id, made.id)
    assert told.baseline.budget_minor is None
    assert all(each.budget_minor is None and each.baseline_budget_minor is None for each in told.rows)


days = st.integers(0, 40)
rows = st.dictionaries(st.sampled_from("ABC"), st.tuples(days, st.integers(0, 30), st.integers(0, 100_000)), min_size=1)


@given(current=rows, planned=rows, at=days, scope=st.sets(st.sampled_from("ABC")), twice=st.booleans())
def test_planned_value_before_the_data_date_is_never_amended(
    current: dict[str, tuple[int, int, int]],
    planned: dict[str, tuple[int, int, int]],
    at: int,
    scope: set[str],
    twice: bool,
) -> None:
    compiled, _schedule = schedule_plans((chain(),))
    before = {key: _row(*each) for key, each in current.items()}
    after = before
    moments = [_day(at), _day(at + 9)] if twice else [_day(at)]
    for moment in moments:
        done = _planned_by(compiled, {key: row for key, row in after.items() if key in scope}, moment)
        now = amended(after, {key: _row(*each) for key, each in planned.items()}, scope=scope, at=moment, done=done)
        for when in (moment - timedelta(minutes=1), moment - timedelta(days=3), moment - timedelta(days=11, hours=5)):
            assert _planned(compiled, now, when) == pytest.approx(_planned(compiled, after, when), abs=2.0)
        assert {key: row for key, row in now.items() if key not in scope} == {
            key: row for key, row in after.items() if key not in scope
        }
        after = now


def _day(number: int) -> datetime:
    return MONDAY + timedelta(days=number)


def _row(start: int, length: int, cost: int) -> BaselineRow:
    return BaselineRow(_day(start), _day(start + length), length * DAY, cost)


def _planned(compiled, rows: dict[str, BaselineRow], when: datetime) -> float:  # type: ignore[no-untyped-def]
    said = {
        key: PlannedRow(row.start, row.finish, row.duration_ticks, row.cost_minor, row.is_summary, row.kept)
        for key, row in rows.items()
    }
    columns = over_plan(compiled, said)
    parts = columns.parts
    return float(
        planned_value(
            start=parts.start,
            finish=parts.finish,
            cost=parts.cost,
            calendar=compiled.network.calendar[parts.at],
            calendars=compiled.calendars,
            ticks=np.array([to_tick(when)]),
        )[0]
    )
