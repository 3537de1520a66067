"""What was added here to a plan that lives elsewhere: kept by every new file, undone like any edit, never dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_plans import milestone, plan_of, task

from watchfloor.kit.errors import Invalid, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations, queries
from watchfloor.plans.difference import digest
from watchfloor.plans.document import Dependency, OverlayEntry, OverlayKind, OverlayValue, Plan, ThreePoint
from watchfloor.plans.edits import (
    AddDependency,
    ChangeActivity,
    ChangePlan,
    MoveOverlay,
    RemoveDependency,
    RemoveOverlay,
)
from watchfloor.plans.overlay import apply_overlay, orphans_of
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLAN = plan_of(
    task("A", 5, responsible="Bob"), task("B", 3), milestone("M"), Dependency("A", "B"), Dependency("B", "M")
)


@pytest.fixture
def project_id(db: None) -> int:
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="HB", now=NOW)
    made = [portfolio.create_project(SYSTEM, programme_code="HB", code=code, name=code, now=NOW) for code in ("P", "Q")]
    operations.record_plan(SYSTEM, made[1].id, plan_of(task("Z", 2), code="Q"), origin="import", now=NOW)
    operations.record_plan(SYSTEM, made[0].id, PLAN, origin="import", now=NOW)
    return made[0].id


def edit(project_id: int, *edits: operations.Edit) -> int:
    made = operations.edit_plan(SYSTEM, project_id, edits, now=NOW)
    assert made is not None
    return made.number


def given_file(project_id: int, plan: Plan) -> int | None:
    made = operations.record_plan(SYSTEM, project_id, plan, origin="import", now=NOW)
    return made.number if made else None


def head(project_id: int) -> Plan:
    return queries.plan(SYSTEM, project_id)


def row(project_id: int, key: str):  # type: ignore[no-untyped-def]
    return next(each for each in head(project_id).activities if each.key == key)


def test_a_new_file_keeps_what_was_added_and_what_the_file_says_lies_beneath_it(project_id: int) -> None:
    three = ThreePoint(100, 200, 400)
    link = Dependency("Z", "A", predecessor_project="Q")
    edit(project_id, ChangeActivity("A", {"responsible": "Anna", "three_point": three}), AddDependency(link))
    edit(project_id, ChangeActivity("M", {"is_committed": True, "deadline": NOW.replace(tzinfo=None)}))
    assert given_file(project_id, PLAN) is None, "the file says nothing new"
    longer = replace(PLAN, activities=(task("A", 9, responsible="Carl"), *PLAN.activities[1:]))
    given_file(project_id, longer)
    a, m = row(project_id, "A"), row(project_id, "M")
    assert (a.responsible, a.three_point, a.duration_ticks) == ("Anna", three, task("A", 9).duration_ticks)
    assert (m.is_committed, m.deadline) == (True, NOW.replace(tzinfo=None))
    assert link in head(project_id).dependencies
    (said,) = (each for each in queries.overlay(SYSTEM, project_id) if each.entry.kind is OverlayKind.RESPONSIBLE)
    assert (said.entry.beneath.text, said.entry.by, said.entry.at) == ("Carl", "watchfloor", NOW.isoformat())
    edit(project_id, RemoveOverlay(said.key))
    assert row(project_id, "A").responsible == "Carl", "back to what the source says"


def test_undo_takes_an_addition_back_with_the_very_digest_of_before(project_id: int) -> None:
    before = digest(head(project_id))
    number = edit(project_id, ChangeActivity("A", {"responsible": "Anna"}))
    assert queries.overlay(SYSTEM, project_id)
    operations.undo(SYSTEM, project_id, number, now=NOW)
    assert digest(head(project_id)) == before
    assert queries.overlay(SYSTEM, project_id) == ()
    given_file(project_id, PLAN)
    assert row(project_id, "A").responsible == "Bob"


def test_an_orphan_is_listed_moved_or_back_by_itself_with_its_activity(project_id: int) -> None:
    edit(project_id, ChangeActivity("B", {"responsible": "Anna"}))
    without = plan_of(PLAN.activities[0], PLAN.activities[2])
    given_file(project_id, without)
    (orphan,) = queries.overlay(SYSTEM, project_id)
    assert (orphan.is_orphan, queries.orphan_counts(SYSTEM, [project_id])) == (True, {project_id: 1})
    given_file(project_id, PLAN)
    assert row(project_id, "B").responsible == "Anna"
    assert queries.orphan_counts(SYSTEM, [project_id]) == {}
    given_file(project_id, without)
    edit(project_id, MoveOverlay(orphan.key, "M"))
    assert row(project_id, "M").responsible == "Anna"
    (moved,) = queries.overlay(SYSTEM, project_id)
    assert (moved.entry.activity, moved.is_orphan) == ("M", False)
    with pytest.raises(NotFound):
        edit(project_id, MoveOverlay(moved.key, "nowhere"))


def test_set_back_to_what_the_source_says_is_no_addition_any_more(project_id: int) -> None:
    edit(project_id, ChangeActivity("A", {"responsible": "Anna"}))
    edit(project_id, ChangeActivity("A", {"responsible": "Bob"}))
    link = Dependency("Z", "A", predecessor_project="Q")
    edit(project_id, AddDependency(link))
    edit(project_id, RemoveDependency(link.key))
    assert queries.overlay(SYSTEM, project_id) == ()


def test_another_calendar_chosen_here_travels_with_the_overlay(project_id: int) -> None:
    edit(project_id, ChangePlan({"calendar": "7d"}))
    given_file(project_id, replace(PLAN, calendars=PLAN.calendars[:1]))
    assert head(project_id).calendar == "7d"
    assert [each.key for each in head(project_id).calendars] == ["5d", "7d"]
    with pytest.raises(Invalid):
        edit(project_id, MoveOverlay(queries.overlay(SYSTEM, project_id)[0].key, "A"))


def test_a_plan_that_lives_here_has_no_overlay(project_id: int) -> None:
    own = portfolio.create_project(SYSTEM, programme_code="HB", code="R", name="R", now=NOW)
    operations.record_plan(SYSTEM, own.id, PLAN, origin="api", now=NOW)
    operations.edit_plan(SYSTEM, own.id, [ChangeActivity("A", {"responsible": "Anna"})], now=NOW)
    assert queries.overlay(SYSTEM, own.id) == ()


def test_a_link_from_a_project_out_of_sight_is_told_nowhere(project_id: int) -> None:
    edit(project_id, AddDependency(Dependency("Z", "A", predecessor_project="Q")))
    looker = Viewer(7, "looker", projects={project_id: frozenset({"project.view"})})
    assert queries.overlay(looker, project_id) == ()
    assert queries.shown_plan(looker, project_id).overlay == ()
    newest = queries.revisions(SYSTEM, project_id)[0].number
    assert "'Q" not in repr(queries.revision_difference(looker, project_id, newest).difference)
    assert "'Q" in repr(queries.revision_difference(SYSTEM, project_id, newest).difference)


KEYS = st.sampled_from("ABCDE")
FILES = st.lists(KEYS, unique=True, min_size=1).flatmap(
    lambda keys: st.tuples(*(st.tuples(st.just(key), st.integers(1, 9), st.sampled_from(["", "Bob"])) for key in keys))
)
ENTRIES = st.lists(
    st.one_of(
        st.builds(
            OverlayEntry, KEYS, st.just(OverlayKind.RESPONSIBLE), st.builds(OverlayValue, text=st.sampled_from("xy"))
        ),
        st.builds(OverlayEntry, KEYS, st.just(OverlayKind.COMMITTED), st.just(OverlayValue(flag=True))),
        st.builds(
            OverlayEntry, KEYS, st.just(OverlayKind.CODE), st.builds(OverlayValue, text=st.sampled_from("xy")),
            st.sampled_from(["area", "trade"]),
        ),
    ),
    unique_by=lambda each: each.key,
)  # fmt: skip


def _file(rows: tuple[tuple[str, int, str], ...]) -> Plan:
    return plan_of(*(task(key, days, responsible=who) for key, days, who in rows))


@given(FILES, FILES, ENTRIES)
def test_overlay_survives_every_file_and_twice_is_once(one, other, entries) -> None:  # type: ignore[no-untyped-def]
    first, _ = apply_overlay(_file(one), entries)
    again, _ = apply_overlay(_file(one), first.overlay)
    assert again == first, "the same file twice is once"
    through, orphans = apply_overlay(_file(other), first.overlay)
    assert {each.key for each in through.overlay} == {each.key for each in entries}, "nothing is dropped"
    assert orphans == orphans_of(through)
    back, _ = apply_overlay(_file(one), through.overlay)
    straight, _ = apply_overlay(_file(one), entries)
    assert back.activities == straight.activities, "whatever came in between"
    assert {each.key for each in orphans} == {
        each.key for each in entries if each.activity not in {key for key, _days, _who in other}
    }


@settings(max_examples=15, deadline=timedelta(seconds=5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(FILES, min_size=1, max_size=3), names=st.lists(st.sampled_from("xy"), min_size=1, max_size=2))
def test_a_file_given_twice_is_given_once_whatever_was_added(project_id: int, files, names) -> None:  # type: ignore[no-untyped-def]
    for rows, name in zip(files, names * 3, strict=False):
        given_file(project_id, _file(rows))
        operations.edit_plan(SYSTEM, project_id, [ChangeActivity(rows[0][0], {"responsible": name})], now=NOW)
        assert given_file(project_id, _file(rows)) is None
        assert row(project_id, rows[0][0]).responsible == name
    kept = queries.plan(SYSTEM, project_id, revision=queries.head_revision(project_id).number)  # type: ignore[union-attr]
    assert digest(kept) == queries.head_revision(project_id).digest  # type: ignore[union-attr]
