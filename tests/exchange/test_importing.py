"""Imports from the file given to the result: whole or not at all, scoped, cancellable."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.exchange import operations, queries
from watchfloor.exchange.models import PlanImport
from watchfloor.jobs import queries as jobs
from watchfloor.kit.errors import Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.document import Dependency
from watchfloor.plans.operations import AddDependency, ChangeActivity, RemoveDependency, edit_plan
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOOD = b"code,name,duration,predecessors\nA,Design,5d,\nB,Build,10d,A\n"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> None:
    """A data folder of each test's own: copies that other tests left are none of ours."""
    settings.HOME = tmp_path / "home"


@pytest.fixture(autouse=True)
def organisation() -> None:
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    for code in ("HB", "MW"):
        portfolio.create_programme(SYSTEM, code=code, name=code, now=NOW)


def steady(done: int, total: int, note: str) -> bool:
    return True


def given(data: bytes = GOOD, *, viewer: Viewer = SYSTEM, name: str = "quay.csv", **more: object) -> int:
    return operations.start_import(viewer, io.BytesIO(data), source_name=name, now=NOW, **more)  # type: ignore[arg-type]


def read(import_id: int, beat=steady):  # type: ignore[no-untyped-def]
    operations.run_import(import_id, beat=beat, now=NOW)
    return queries.plan_import(SYSTEM, import_id)


def manager_of(code: str) -> Viewer:
    user = accounts.create_user(SYSTEM, username=f"manager-{code}", now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role="programme_manager", programme_code=code, now=NOW)
    return viewer_by_id(user.id)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that tests of other rooms gave to imports are none of ours."""
    monkeypatch.setattr(settings, "HOME", tmp_path)


def kept_files() -> list[Path]:
    folder = Path(settings.HOME) / "imports"
    return list(folder.iterdir()) if folder.exists() else []


def test_a_file_becomes_a_project_with_its_plan_and_the_copy_is_removed() -> None:
    found = read(given(programme_code="HB"))
    (project,) = found.projects
    assert (found.state, project.is_new, project.revision) == ("done", True, 1)
    assert project.counts["activities"] == 2
    assert [each.key for each in plans.plan(SYSTEM, project.project_id or 0).activities] == ["A", "B"]
    assert kept_files() == []


def test_the_same_file_twice_makes_one_revision_and_a_changed_one_a_second() -> None:
    read(given(programme_code="HB"))
    again = read(given(programme_code="HB"))
    assert (again.state, again.projects[0].is_unchanged) == ("unchanged", True)
    changed = read(given(GOOD.replace(b"10d", b"12d")))
    assert (changed.state, changed.projects[0].revision, changed.projects[0].changed) == ("done", 2, 1)


def test_edits_that_the_next_file_replaces_are_listed_with_who_made_them(client: Any, django_user_model: Any) -> None:
    first = read(given(GOOD + b"C,Paint,2d,B\n", programme_code="HB"))
    project_id = first.projects[0].project_id or 0
    mara = replace(SYSTEM, user_id=7, name="Mara")
    edit = partial(edit_plan, mara, project_id, now=NOW)
    edit([ChangeActivity("A", {"duration_ticks": 96_000, "name": "Sketch", "responsible": "Ann", "budget_minor": 500})])
    edit([RemoveDependency(Dependency("B", "C").key), AddDependency(Dependency("A", "C"))])

    found = read(given(GOOD.replace(b"10d", b"12d") + b"C,Paint,2d,B\n")).projects[0]
    told = {(each.key, each.field): (each.here, each.file, each.by) for each in found.replaced}
    assert told["A", "duration_ticks"] == (96_000, 24_000, "Mara")
    assert told["A", "name"] == ("Sketch", "Design", "Mara")
    assert told["A", "budget_minor"] == (None, None, "Mara")  # amounts are not told
    assert ("A", "responsible") not in told  # added here, so it is kept over every file
    assert told["C", "link"][2] == "Mara"
    assert found.replaced_total == len(found.replaced)
    assert plans.plan(SYSTEM, project_id).activities[0].responsible == "Ann"

    user = accounts.create_user(SYSTEM, username="u", now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role="administrator", now=NOW)
    client.force_login(django_user_model.objects.get(pk=user.id), backend="django.contrib.auth.backends.ModelBackend")
    newest = PlanImport.objects.order_by("-id").values_list("id", flat=True)[0]
    page = client.get(f"/imports/{newest}").content.decode()
    assert "were replaced by this file" in page and "Sketch" in page
    assert read(given(GOOD.replace(b"10d", b"13d") + b"C,Paint,2d,B\n")).projects[0].replaced == ()


def test_a_broken_row_is_named_and_nothing_is_stored() -> None:
    found = read(given(GOOD + b"C,Paint,soon,B\n", programme_code="HB"))
    assert found.state == "refused"
    assert found.row_errors_total == 1
    assert (found.row_errors[0].row, found.row_errors[0].column) == (4, "duration")
    assert found.row_errors[0].remedy
    assert portfolio_queries.projects(SYSTEM) == ()


def test_a_dry_run_tells_what_would_happen_and_stores_nothing() -> None:
    found = read(given(programme_code="HB", dry_run=True))
    assert found.state == "checked"
    assert found.projects[0].counts["dependencies"] == 1
    assert portfolio_queries.projects(SYSTEM) == ()


def test_a_cancelled_reading_stores_nothing() -> None:
    found = read(given(programme_code="HB"), beat=lambda done, total, note: False)
    assert (found.state, found.error_code) == ("cancelled", "file.cancelled")
    assert portfolio_queries.projects(SYSTEM) == ()


def test_a_waiting_import_is_cancelled_at_once_with_its_job() -> None:
    made = given(programme_code="HB")
    operations.cancel_import(SYSTEM, made, now=NOW)
    found = queries.plan_import(SYSTEM, made)
    assert found.state == "cancelled"
    assert jobs.job(SYSTEM, found.job_id or 0).state == "cancelled"
    assert kept_files() == []


def test_what_is_no_plan_is_refused_with_what_to_do() -> None:
    found = read(given(b"\x00\x01\x02" * 50, name="holiday.mpp", programme_code="HB"))
    assert found.state == "refused"
    assert found.error
    assert found.remedy


def test_an_empty_or_too_large_file_is_refused_before_it_is_kept(settings: object) -> None:
    with pytest.raises(Invalid, match="empty"):
        given(b"")
    settings.MAX_UPLOAD_BYTES = 10  # type: ignore[attr-defined]
    with pytest.raises(Invalid, match="larger"):
        given()
    assert kept_files() == []


def test_nobody_imports_into_a_project_or_programme_of_others() -> None:
    read(given(programme_code="HB"))
    stranger = manager_of("MW")
    with pytest.raises(NotFound):
        given(viewer=stranger, project_code="quay")
    with pytest.raises(NotFound):
        given(viewer=stranger, programme_code="HB")


def test_a_code_taken_out_of_sight_is_not_told_and_not_touched() -> None:
    read(given(programme_code="HB"))
    stranger = manager_of("MW")
    found = read(given(viewer=stranger, programme_code="MW"))
    assert found.state == "done"
    assert found.projects[0].project_code == "quay-2"
    assert plans.head_revision(portfolio_queries.project(SYSTEM, "quay").id).number == 1  # type: ignore[union-attr]


def test_an_import_is_seen_by_who_started_it_and_by_who_may_see_its_projects() -> None:
    made = given(programme_code="HB")
    read(made)
    assert queries.plan_import(manager_of("HB"), made).projects
    with pytest.raises(NotFound):
        queries.plan_import(manager_of("MW"), made)


def test_somebody_who_may_edit_nothing_may_import_nothing() -> None:
    user = accounts.create_user(SYSTEM, username="guest", now=NOW)
    with pytest.raises(NotAllowed):
        given(viewer=viewer_by_id(user.id))


def test_remarks_on_a_file_are_kept_from_who_sees_only_some_of_its_projects() -> None:
    found = read(given(programme_code="HB"))
    row = PlanImport.objects.get(pk=found.id)
    (told,) = row.result["projects"]
    row.result["projects"].append({**told, "project_id": told["project_id"] + 1, "project_code": "SECRET"})
    row.remarks = [["x.unknown", "SECRET/A", "of a project elsewhere"]]
    row.save()
    looker = Viewer(7, "looker", projects={told["project_id"]: frozenset({"project.view", "internal.view"})})
    cut = queries.plan_import(looker, found.id)
    assert (len(cut.projects), cut.remarks) == (1, ())
    assert len(queries.plan_import(SYSTEM, found.id).remarks) == 1
