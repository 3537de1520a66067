"""The plan store: what goes in comes out, unchanged means no revision, edits and undo."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations, period_queries, queries, store
from watchfloor.plans.baselining.rows import rows_of_plan
from watchfloor.plans.checks import CyclicPlan, InvalidPlan
from watchfloor.plans.difference import digest
from watchfloor.plans.document import Activity, ActivityKind, Dependency, DependencyKind, Plan, PlanBaseline, WbsNode
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = 4_800
pytestmark = pytest.mark.django_db


@pytest.fixture
def project_id() -> int:
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    return portfolio.create_project(SYSTEM, programme_code="HB", code="HB-01", name="Quay", country="AT", now=NOW).id


def small_plan() -> Plan:
    return Plan(
        code="Q",
        name="Quay",
        currency="EUR",
        data_date=datetime(2026, 3, 2, 8),
        wbs=(WbsNode("W", "Works"), WbsNode("W.1", "Piles", parent="W")),
        activities=(
            Activity("A", "Survey", wbs="W", duration_ticks=5 * DAY, remaining_ticks=5 * DAY, budget_minor=10_000),
            Activity("B", "Piles", wbs="W.1", duration_ticks=9 * DAY, remaining_ticks=9 * DAY, codes={"PH": "2"}),
            Activity("C", "Done", kind=ActivityKind.FINISH_MILESTONE, is_committed=True, notes="Promised"),
        ),
        dependencies=(Dependency("A", "B"), Dependency("B", "C", DependencyKind.FF, lag_ticks=DAY)),
    )


def changed(plan: Plan, key: str, **fields: object) -> Plan:
    rows = tuple(dataclasses.replace(each, **fields) if each.key == key else each for each in plan.activities)
    return dataclasses.replace(plan, activities=rows)


def forget() -> None:
    store._kept._states.clear()


def record(project_id: int, plan: Plan, **more: object):  # type: ignore[no-untyped-def]
    return operations.record_plan(SYSTEM, project_id, plan, **{"origin": "import", "now": NOW, **more})


def test_what_goes_in_comes_out_of_memory_and_of_the_database(project_id: int) -> None:
    record(project_id, small_plan())
    assert queries.plan(SYSTEM, project_id) == small_plan()
    forget()
    assert queries.plan(SYSTEM, project_id) == small_plan()
    assert queries.head_revision(project_id).digest == digest(small_plan())


def test_recording_the_same_plan_twice_makes_one_revision(project_id: int) -> None:
    first = record(project_id, small_plan())
    assert (first.number, first.added) == (1, 3)
    assert record(project_id, small_plan()) is None
    forget()
    shuffled = dataclasses.replace(small_plan(), dependencies=small_plan().dependencies[::-1])
    assert record(project_id, shuffled) is None
    assert len(facts(SYSTEM, kinds=("plan.revised",))) == 1


def test_only_the_rows_that_changed_are_written(project_id: int, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    record(project_id, small_plan())
    with django_assert_max_num_queries(14):
        second = record(project_id, changed(small_plan(), "B", remaining_ticks=DAY), origin="sample")
    assert (second.number, second.added, second.removed, second.changed) == (2, 0, 0, 1)
    forget()
    assert queries.plan(SYSTEM, project_id) == changed(small_plan(), "B", remaining_ticks=DAY)


def test_any_past_plan_can_be_read(project_id: int) -> None:
    plans = [small_plan()]
    record(project_id, plans[0])
    for number in range(1, 25):
        plans.append(changed(plans[-1], "B", remaining_ticks=(9 * DAY) - number * 100))
        record(project_id, plans[-1], origin="sample")
    forget()
    for number, plan in enumerate(plans, start=1):
        assert queries.plan(SYSTEM, project_id, revision=number) == plan
    with pytest.raises(NotFound):
        queries.plan(SYSTEM, project_id, revision=99)


def test_added_removed_and_moved_rows_keep_their_order(project_id: int) -> None:
    record(project_id, small_plan())
    a, b, c = small_plan().activities
    moved = dataclasses.replace(small_plan(), activities=(c, Activity("N", "New"), a, b))
    record(project_id, moved)
    forget()
    assert [each.key for each in queries.plan(SYSTEM, project_id).activities] == ["C", "N", "A", "B"]
    gone = dataclasses.replace(moved, activities=(c, a, b))
    record(project_id, gone)
    forget()
    assert [each.key for each in queries.plan(SYSTEM, project_id).activities] == ["C", "A", "B"]
    assert [each.key for each in queries.plan(SYSTEM, project_id, revision=2).activities] == ["C", "N", "A", "B"]


def test_an_edit_is_a_revision_with_its_author_and_can_be_undone(project_id: int) -> None:
    record(project_id, small_plan())
    viewer = Viewer(7, "Pia", projects={project_id: frozenset({"project.view", "plan.edit"})})
    before = queries.plan(SYSTEM, project_id)
    revision = operations.edit_plan(
        viewer,
        project_id,
        [operations.ChangeActivity("B", {"duration_ticks": 12 * DAY}), operations.RemoveActivity("A")],
        expected_revision=1,
        reason="Ground is harder",
        now=NOW,
    )
    assert (revision.author_id, revision.author_name, revision.reason) == (7, "Pia", "Ground is harder")
    after = queries.plan(SYSTEM, project_id)
    assert [each.key for each in after.activities] == ["B", "C"]
    assert after.activities[0].remaining_ticks == 12 * DAY
    assert [each.key for each in after.dependencies] == ["/B>C:FF"]
    undone = operations.undo(viewer, project_id, 2, now=NOW)
    assert undone.digest == digest(before)
    forget()
    assert queries.plan(SYSTEM, project_id).activities == before.activities


def test_undo_leaves_later_changes_of_other_rows_and_refuses_those_of_the_same(project_id: int) -> None:
    record(project_id, small_plan())
    for key, name in (("A", "One"), ("B", "Two"), ("A", "Three")):
        operations.edit_plan(SYSTEM, project_id, [operations.ChangeActivity(key, {"name": name})], now=NOW)
    operations.undo(SYSTEM, project_id, 3, now=NOW)
    assert [each.name for each in queries.plan(SYSTEM, project_id).activities] == ["Three", "Piles", "Done"]
    with pytest.raises(Conflict):
        operations.undo(SYSTEM, project_id, 2, now=NOW)
    with pytest.raises(Conflict):
        operations.undo(SYSTEM, project_id, 1, now=NOW)


def test_two_editors_of_one_revision_do_not_overwrite_each_other(project_id: int) -> None:
    record(project_id, small_plan())
    edit = [operations.ChangeActivity("A", {"name": "Mine"})]
    operations.edit_plan(SYSTEM, project_id, edit, expected_revision=1, now=NOW)
    with pytest.raises(Conflict):
        operations.edit_plan(SYSTEM, project_id, edit, expected_revision=1, now=NOW)


def test_an_edit_that_closes_a_circle_is_refused_and_names_it(project_id: int) -> None:
    record(project_id, small_plan())
    with pytest.raises(CyclicPlan) as refused:
        operations.edit_plan(SYSTEM, project_id, [operations.AddDependency(Dependency("C", "A"))], now=NOW)
    assert refused.value.path == ("C", "A", "B", "C")
    assert queries.head_revision(project_id).number == 1


def test_a_project_without_a_plan_gets_one_with_its_first_edit(project_id: int) -> None:
    with pytest.raises(NotFound):
        queries.plan(SYSTEM, project_id)
    add = operations.AddActivity(Activity("A", "Survey", duration_ticks=5 * DAY))
    operations.edit_plan(SYSTEM, project_id, [add], expected_revision=0, now=NOW)
    plan = queries.plan(SYSTEM, project_id)
    assert plan.activities[0].remaining_ticks == 5 * DAY
    assert plan.calendars[0].key == plan.calendar
    assert any(each.name for each in plan.calendars[0].exceptions)


def test_progress_that_contradicts_itself_is_refused(project_id: int) -> None:
    record(project_id, small_plan())
    start = datetime(2026, 3, 2, 8)
    for fields in (
        {"percent_complete": 40.0},
        {"actual_finish": start},
        {"actual_start": start, "actual_finish": start - timedelta(days=1)},
        {"wbs": "nowhere"},
        {"calendar": "nowhere"},
        {"stored": None},
        {"duration_ticks": -1},
        {"duration_ticks": "soon"},
        {"kind": "nonsense"},
    ):
        with pytest.raises(InvalidPlan if "soon" not in str(fields) and "kind" not in fields else Exception):
            operations.edit_plan(SYSTEM, project_id, [operations.ChangeActivity("A", fields)], now=NOW)
    done = {"actual_start": "2026-03-02T08:00:00", "percent_complete": 40}
    operations.edit_plan(SYSTEM, project_id, [operations.ChangeActivity("A", done)], now=NOW)
    assert queries.activity(SYSTEM, project_id, "A").activity.remaining_ticks == 3 * DAY


def test_a_plan_that_contradicts_itself_is_not_stored(project_id: int) -> None:
    plan = small_plan()
    twice = dataclasses.replace(plan, activities=(*plan.activities, plan.activities[0]))
    nowhere = dataclasses.replace(plan, dependencies=(Dependency("A", "Z"),))
    long_key = changed(plan, "A", name="x" * 501)
    for wrong in (twice, nowhere, long_key, changed(plan, "A", notes="a\x00b")):
        with pytest.raises(InvalidPlan):
            record(project_id, wrong)
    assert queries.head_revision(project_id) is None


def test_cycles_of_a_file_are_stored_since_they_are_findings(project_id: int) -> None:
    plan = dataclasses.replace(small_plan(), dependencies=(Dependency("A", "B"), Dependency("B", "A")))
    assert record(project_id, plan).number == 1


def test_who_may_not_edit_cannot_and_who_may_not_see_learns_nothing(project_id: int) -> None:
    record(project_id, small_plan())
    seeing = Viewer(1, "V", projects={project_id: frozenset({"project.view"})})
    stranger = Viewer(2, "S")
    with pytest.raises(NotAllowed):
        operations.undo(seeing, project_id, 1, now=NOW)
    for call in (
        lambda: queries.plan(stranger, project_id),
        lambda: queries.activities(stranger, project_id),
        lambda: queries.revisions(stranger, project_id),
        lambda: queries.baselines(stranger, project_id),
        lambda: period_queries.periods(stranger, project_id),
        lambda: operations.record_plan(stranger, project_id, small_plan(), origin="api", now=NOW),
    ):
        with pytest.raises(NotFound):
            call()


def test_activities_are_searched_and_paged(project_id: int) -> None:
    record(project_id, small_plan())
    page = queries.activities(SYSTEM, project_id, search="pil")
    assert ([each.key for each in page.rows], page.total) == (["B"], 1)
    page = queries.activities(SYSTEM, project_id, limit=1, offset=1)
    assert ([each.key for each in page.rows], page.total) == (["B"], 3)
    detail = queries.activity(SYSTEM, project_id, "B")
    assert [each.predecessor for each in detail.predecessors] == ["A"]
    assert [each.successor for each in detail.successors] == ["C"]
    assert detail.wbs_names == ("Works", "Piles")


def test_a_revision_reads_as_what_changed(project_id: int) -> None:
    record(project_id, small_plan())
    plan = changed(small_plan(), "B", remaining_ticks=DAY, actual_start=datetime(2026, 3, 2, 8))
    plan = dataclasses.replace(plan, dependencies=(*plan.dependencies[:1], Dependency("A", "C")), name="Quay 2")
    record(project_id, plan)
    said = queries.revision_difference(SYSTEM, project_id, 2).difference
    (row,) = said.activities
    assert (row.key, row.name, row.kind) == ("B", "Piles", "changed")
    assert {(each.name, each.before) for each in row.fields} == {("remaining_ticks", 9 * DAY), ("actual_start", None)}
    assert {(each.kind, each.predecessor, each.successor) for each in said.links} == {
        ("removed", "B", "C"),
        ("added", "A", "C"),
    }
    assert [(each.name, each.after) for each in said.plan] == [("name", "Quay 2")]


def test_baselines_of_a_file_are_kept_once_and_nobody_approved_them(project_id: int) -> None:
    frozen = PlanBaseline("Baseline 1", {"A": datetime(2026, 3, 2, 8)}, {"A": datetime(2026, 3, 6, 17)}, {}, {"A": 500})
    plan = dataclasses.replace(small_plan(), baselines=(frozen,))
    record(project_id, plan)
    record(project_id, changed(plan, "A", name="Other"))
    (row,) = queries.baselines(SYSTEM, project_id)
    assert (row.kind, row.approved_by_name, row.budget_minor) == ("imported", "", 500)
    assert queries.current_baseline(project_id) is None


def test_removing_a_project_removes_its_plan_and_history(project_id: int) -> None:
    record(project_id, small_plan())
    record(project_id, changed(small_plan(), "A", name="Other"))
    frozen = operations.Frozen(rows_of_plan(small_plan(), {}), revision=2)
    operations.set_baseline(SYSTEM, project_id, frozen, operations.Proposal("BL"), now=NOW)
    operations.undo(SYSTEM, project_id, 2, now=NOW)
    assert portfolio.remove_projects(SYSTEM, [project_id], now=NOW) == 1
    with pytest.raises(NotFound):
        queries.plan(SYSTEM, project_id)


def test_a_link_from_a_project_one_may_not_see_is_refused_like_one_from_nowhere(project_id: int) -> None:
    portfolio.create_project(SYSTEM, programme_code="HB", code="HB-02", name="Hidden", now=NOW)
    record(project_id, small_plan())
    viewer = Viewer(7, "Pia", projects={project_id: frozenset({"project.view", "plan.edit"})})
    said = []
    for code in ("HB-02", "XX-99"):
        link = Dependency("A", "C", predecessor_project=code)
        with pytest.raises(NotFound) as refused:
            operations.edit_plan(viewer, project_id, [operations.AddDependency(link)], now=NOW)
        said.append(str(refused.value))
        whole = dataclasses.replace(small_plan(), dependencies=(*small_plan().dependencies, link))
        with pytest.raises(NotFound):
            operations.record_plan(viewer, project_id, whole, origin="api", now=NOW)
    assert said[0] == said[1]
    link = Dependency("A", "C", predecessor_project="HB-02")
    assert operations.edit_plan(SYSTEM, project_id, [operations.AddDependency(link)], now=NOW) is not None
