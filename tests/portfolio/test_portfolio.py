"""The portfolio tree: who sees what, who may change what, and what of it reaches the journal."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio import operations, queries

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def seed() -> None:
    operations.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Vienna", now=NOW)
    operations.create_programme(SYSTEM, code="HB", name="Harbour", position=2, now=NOW)
    operations.create_programme(SYSTEM, code="HB-S", name="Harbour South", parent="HB", position=3, now=NOW)
    operations.create_programme(SYSTEM, code="MW", name="Metro West", position=1, now=NOW)
    for programme, code in (("HB", "HB-01"), ("HB-S", "HB-02"), ("MW", "MW-01")):
        operations.create_project(SYSTEM, programme_code=programme, code=code, name=f"Project {code}", now=NOW)


def seeing(*codes: str, permissions: frozenset[str] = frozenset({"project.view"})) -> Viewer:
    ids = {each.code: each.id for each in queries.projects(SYSTEM)}
    return Viewer(user_id=None, name="A", projects={ids[code]: permissions for code in codes})


def test_projects_come_in_the_order_of_their_programmes() -> None:
    seed()
    assert [each.code for each in queries.projects(SYSTEM)] == ["MW-01", "HB-01", "HB-02"]
    assert queries.project(SYSTEM, "HB-01").currency == "EUR"
    assert queries.project(SYSTEM, "HB-01").time_zone == "Europe/Vienna"


def test_a_viewer_sees_only_their_projects_and_the_programmes_above_them() -> None:
    seed()
    viewer = seeing("HB-02")
    assert [each.code for each in queries.projects(viewer)] == ["HB-02"]
    assert [each.code for each in queries.programmes(viewer)] == ["HB", "HB-S"]
    with pytest.raises(NotFound) as hidden:
        queries.project(viewer, "MW-01")
    with pytest.raises(NotFound) as missing:
        queries.project(viewer, "XX-99")
    assert str(hidden.value) == str(missing.value)


def test_the_number_of_queries_does_not_grow_with_the_projects(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    seed()
    with django_assert_num_queries(3):
        queries.projects(SYSTEM)
    for number in range(10):
        operations.create_project(SYSTEM, programme_code="HB", code=f"N-{number}", name="N", now=NOW)
    with django_assert_num_queries(3):
        assert len(queries.projects(SYSTEM)) == 13


def test_tolerances_are_inherited_downwards_and_overridden() -> None:
    seed()
    programme = queries.programme(SYSTEM, "HB")
    operations.change_programme(SYSTEM, programme.id, tolerances={"finish_watch_days": 10}, now=NOW)
    project = queries.project(SYSTEM, "HB-02")
    assert project.tolerances.finish_watch_days == 10
    operations.change_project(SYSTEM, project.id, tolerances={"finish_watch_days": 2}, now=NOW)
    assert queries.project(SYSTEM, "HB-02").tolerances.finish_watch_days == 2
    assert queries.project(SYSTEM, "MW-01").tolerances.finish_watch_days == 5
    with pytest.raises(Invalid):
        operations.change_project(SYSTEM, project.id, tolerances={"nonsense": 2}, now=NOW)


def test_a_project_manager_edits_the_project_but_not_what_it_is_measured_by() -> None:
    seed()
    viewer = seeing("HB-01", permissions=frozenset({"project.view", "project.manage"}))
    project = queries.project(viewer, "HB-01")
    changed = operations.change_project(viewer, project.id, name="Quay", expected_version=project.version, now=NOW)
    assert (changed.name, changed.version) == ("Quay", project.version + 1)
    with pytest.raises(NotAllowed):
        operations.change_project(viewer, project.id, tolerances={"finish_watch_days": 90}, now=NOW)
    with pytest.raises(NotAllowed):
        operations.change_project(viewer, project.id, committed_finish=date(2030, 1, 1), now=NOW)
    with pytest.raises(NotAllowed):
        operations.create_project(viewer, programme_code="HB", code="HB-09", name="Mine", now=NOW)


def test_two_editors_of_one_version_do_not_overwrite_each_other() -> None:
    seed()
    project = queries.project(SYSTEM, "HB-01")
    operations.change_project(SYSTEM, project.id, name="First", expected_version=project.version, now=NOW)
    with pytest.raises(Conflict):
        operations.change_project(SYSTEM, project.id, name="Second", expected_version=project.version, now=NOW)


def test_on_hold_needs_a_reason_and_a_day_to_look_again() -> None:
    seed()
    project = queries.project(SYSTEM, "HB-01")
    with pytest.raises(Invalid):
        operations.set_stage(SYSTEM, project.id, "on_hold", reason="", review_on=date(2026, 5, 1), now=NOW)
    with pytest.raises(Invalid):
        operations.set_stage(SYSTEM, project.id, "on_hold", reason="Permit", now=NOW)
    held = operations.set_stage(SYSTEM, project.id, "on_hold", reason="Permit", review_on=date(2026, 5, 1), now=NOW)
    assert not held.is_watched
    (fact,) = facts(SYSTEM, kinds=("stage.changed",))
    assert fact.data == {
        "before": "active",
        "after": "on_hold",
        "reason": "Permit",
        "review_on": "2026-05-01",
        "taken_back": False,
    }


def test_moving_a_project_needs_the_right_at_both_ends() -> None:
    seed()
    manage = frozenset({"project.view", "project.manage"})
    project = queries.project(SYSTEM, "HB-01")
    harbour, metro = queries.programme(SYSTEM, "HB"), queries.programme(SYSTEM, "MW")
    one_end = Viewer(None, "A", projects={project.id: manage}, programmes={harbour.id: manage})
    with pytest.raises((NotAllowed, Invalid)):
        operations.change_project(one_end, project.id, programme_code="MW", now=NOW)
    both = Viewer(None, "A", projects={project.id: manage}, programmes={harbour.id: manage, metro.id: manage})
    assert operations.change_project(both, project.id, programme_code="MW", now=NOW).programme_code == "MW"


@pytest.mark.parametrize("code", ["", "a b", "a/b", "<script>", "x" * 41, "a#b"])
def test_a_code_that_is_unsafe_in_an_address_is_refused(code: str) -> None:
    seed()
    with pytest.raises(Invalid):
        operations.create_project(SYSTEM, programme_code="HB", code=code, name="N", now=NOW)


def test_a_code_is_taken_once() -> None:
    seed()
    with pytest.raises(Conflict):
        operations.create_project(SYSTEM, programme_code="HB", code="MW-01", name="N", now=NOW)


def test_what_came_with_one_origin_goes_with_it_and_nothing_else() -> None:
    seed()
    operations.create_programme(SYSTEM, code="S", name="Sample", origin="sample", now=NOW)
    operations.create_client(SYSTEM, code="C", name="Client", origin="sample", now=NOW)
    operations.create_project(
        SYSTEM, programme_code="S", code="S-1", name="S", client_code="C", origin="sample", now=NOW
    )
    operations.remove_origin(SYSTEM, "sample", now=NOW)
    assert [each.code for each in queries.projects(SYSTEM)] == ["MW-01", "HB-01", "HB-02"]
    assert [each.code for each in queries.programmes(SYSTEM)] == ["MW", "HB", "HB-S"]
    assert queries.clients(SYSTEM) == ()
