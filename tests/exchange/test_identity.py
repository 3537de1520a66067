"""Which project a file updates: asked once, remembered, and never guessed against the activity codes."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.exchange import operations, queries
from watchfloor.exchange.matching import NEW
from watchfloor.exchange.naming import pattern_of
from watchfloor.exchange.records import ImportRecord
from watchfloor.journal import queries as journal
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plan_operations
from watchfloor.plans import queries as plans
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FOLDER = Path(os.environ.get("WATCHFLOOR_TEST_PLANS") or Path(__file__).parents[3] / "shared" / "data" / "plans")
SERIES = ("series_baseline_20250902.xer", "series_update_20251121.xer", "series_update_20251204.xer")
ROWS = "".join(f"A{each},Work {each},5d\n" for each in range(100, 108))
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path / "home"


@pytest.fixture(autouse=True)
def organisation() -> None:
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    for code in ("HB", "MW"):
        portfolio.create_programme(SYSTEM, code=code, name=code, now=NOW)


def sheet(code: str, rows: str = ROWS, *, data_date: str = "2026-03-02") -> bytes:
    return f"# project: {code}\n# name: Quay\n# data date: {data_date}\ncode,name,duration\n{rows}".encode()


def read(data: bytes | Path, name: str, *, viewer: Viewer = SYSTEM, **more: Any) -> ImportRecord:
    file = data if isinstance(data, Path) else io.BytesIO(data)
    more.setdefault("programme_code", None if "project_code" in more else "HB")
    made = operations.start_import(viewer, file, source_name=name, now=NOW, queued=False, **more)
    return go_on(made)


def go_on(import_id: int) -> ImportRecord:
    operations.run_import(import_id, beat=lambda done, total, note: True, now=NOW)
    return queries.plan_import(SYSTEM, import_id)


def answer(
    found: ImportRecord, projects: Mapping[int, str] | None = None, *, viewer: Viewer = SYSTEM, older: bool = False
) -> ImportRecord:
    operations.answer_import(viewer, found.id, projects=projects, take_older=older, queued=False, now=NOW)
    return go_on(found.id)


def person(role: str, code: str) -> Viewer:
    user = accounts.create_user(SYSTEM, username=f"{role}-{code}", now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role=role, programme_code=code, now=NOW)
    return viewer_by_id(user.id)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of real plan files is not here")
def test_a_baseline_and_two_updates_of_a_real_project_become_one_project_with_three_revisions() -> None:
    """Project id, GUID and short name differ in each file, and no activity shares a GUID; only the codes do."""
    first, *updates = (FOLDER / "primavera" / name for name in SERIES)
    baseline = read(first, first.name)
    assert (baseline.state, baseline.projects[0].is_new) == ("done", True)
    code = baseline.projects[0].project_code

    asked = read(updates[0], updates[0].name)
    assert asked.state == "asks"
    ((proposal,),) = (each.proposals for each in asked.questions)
    assert (proposal.project_code, proposal.equal, proposal.of, proposal.held) == (code, 46, 50, 47)
    told = answer(asked, {1: code})
    assert (told.state, told.projects[0].matched_by, told.projects[0].equal) == ("done", "answer", 46)
    (renamed,) = told.projects[0].renames
    assert (renamed.key, renamed.source_key, renamed.accepted) == ("C-PH2-RB-20", "C-PH3-RB-20", False)
    operations.confirm_rename(SYSTEM, told.id, code, "C-PH3-RB-20", now=NOW)

    last = read(updates[1], updates[1].name)
    assert (last.state, last.projects[0].matched_by, last.projects[0].project_code) == ("done", "mapping", code)
    assert (last.projects[0].equal, last.projects[0].of) == (49, 49)
    assert last.projects[0].renames == (), "what was decided is not proposed again"

    (project,) = portfolio_queries.projects(SYSTEM)
    revisions = plans.revisions(SYSTEM, project.id)[::-1]
    days = [each.data_date.date().isoformat() for each in revisions if each.data_date]
    assert days == ["2025-09-02", "2025-11-21", "2025-11-21", "2025-12-04"], "the second is the rename confirmed"
    assert [each.origin for each in revisions] == ["import", "import", "edit", "import"]
    assert {"C-PH2-RB-20"} == {each.key for each in plans.plan(SYSTEM, project.id).activities if "RB-20" in each.code}
    again = read(updates[1], updates[1].name)
    assert again.state == "unchanged", "import twice is import once"


def test_what_was_answered_is_remembered_with_who_and_when_and_can_be_forgotten() -> None:
    read(sheet("QUAY-B1"), "quay_2026-03-02.csv")
    changed = sheet("Q-2026-03-09", ROWS.replace("5d", "6d"), data_date="2026-03-09")
    manager = person("programme_manager", "HB")
    asked = read(changed, "site_2026-03-09.csv", viewer=manager)
    assert (asked.state, asked.questions[0].reason) == ("asks", "proposal")
    assert plans.head_revision(portfolio_queries.project(SYSTEM, "QUAY-B1").id).number == 1  # type: ignore[union-attr]
    answer(asked, {1: "QUAY-B1"}, viewer=manager)
    (rule,) = queries.mappings(manager)
    assert (rule.file_pattern, rule.source_pattern, rule.equal, rule.of) == ("site_*.csv", "q-*", 8, 8)
    assert (rule.decided_by_name, rule.decided_at) == (manager.name, NOW)
    newest = plans.revisions(SYSTEM, rule.project_id)[0]
    assert newest.author_name == manager.name, "who answered takes it in"
    week_later = sheet("Q-2026-03-16", ROWS.replace("5d", "7d"), data_date="2026-03-16")
    assert read(week_later, "site_2026-03-16.csv").projects[0].matched_by == "mapping"
    operations.forget_mapping(manager, rule.id, now=NOW)
    assert read(week_later, "site_2026-03-23.csv").state == "asks"
    kinds = [each.kind for each in journal.facts(SYSTEM, project_id=rule.project_id)]
    assert "mapping.remembered" in kinds
    assert "mapping.forgotten" in kinds


def test_a_rule_or_a_code_that_hardly_an_activity_bears_out_is_asked_about() -> None:
    read(sheet("QUAY"), "quay.csv")
    other = "".join(f"B{each},Other {each},5d\n" for each in range(100, 108))
    asked = read(sheet("QUAY", other), "quay.csv")
    assert (asked.state, asked.questions[0].reason) == ("asks", "contradiction")
    assert [(each.project_code, each.equal) for each in asked.questions[0].proposals] == [("QUAY", 0)]
    made = answer(asked, {1: NEW})
    assert (made.state, made.projects[0].project_code, made.projects[0].is_new) == ("done", "QUAY-2", True)
    assert plans.head_revision(portfolio_queries.project(SYSTEM, "QUAY").id).number == 1  # type: ignore[union-attr]


def test_a_rename_is_taken_with_a_second_sign_only_and_a_person_may_say_so_later() -> None:
    """By hand: B as C keeps its place in the WBS; P as Q changed its place, and nothing is linked with it."""
    rows = "A,Dig,5d,Pit\nB,Pour,2d,Pit\nP,Paint,1d,Pit\n"
    head = "# project: QUAY\n# data date: {day}\ncode,name,duration,wbs\n"
    read((head + rows).format(day="2026-03-02").encode(), "quay.csv")
    project = portfolio_queries.project(SYSTEM, "QUAY")
    owner = plan_operations.ChangeActivity("P", {"responsible": "Anna"})
    plan_operations.edit_plan(SYSTEM, project.id, [owner], now=NOW)
    later = rows.replace("B,Pour", "C,Pour").replace("P,Paint,1d,Pit", "Q,Paint,1d,Hall")
    found = read((head + later).format(day="2026-03-09").encode(), "quay.csv").projects[0]
    told = {each.source_key: (each.key, each.accepted) for each in found.renames}
    assert told == {"C": ("B", True), "Q": ("P", False)}
    assert (found.added, found.removed, found.orphans) == (1, 1, 1)
    newest = queries.imports(SYSTEM, limit=1)[0]
    with pytest.raises(Invalid):
        operations.confirm_rename(SYSTEM, newest.id, "QUAY", "A", now=NOW)
    operations.confirm_rename(SYSTEM, newest.id, "QUAY", "Q", now=NOW)
    rows_now = {each.key: each for each in plans.plan(SYSTEM, project.id).activities}
    assert rows_now.keys() == {"A", "B", "P"}
    assert (rows_now["P"].responsible, rows_now["P"].code) == ("Anna", "Q"), "what was added comes back with the key"
    with pytest.raises(Conflict):
        operations.confirm_rename(SYSTEM, newest.id, "QUAY", "Q", now=NOW)
    assert read((head + later).format(day="2026-03-09").encode(), "again.csv").state == "unchanged"


def test_numbers_that_every_tool_gives_propose_nothing_unless_the_names_agree() -> None:
    numbered = "".join(f"A{each},Dig {each},5d\n" for each in range(100, 108))
    read(sheet("ONE", numbered), "one.csv")
    strange = read(sheet("TWO", numbered.replace("Dig", "Paint")), "two.csv")
    assert (strange.state, strange.projects[0].is_new) == ("done", True)


def test_nobody_is_offered_or_told_a_project_they_may_not_see() -> None:
    read(sheet("QUAY"), "quay.csv")
    stranger = person("programme_manager", "MW")
    found = read(sheet("OTHER"), "other.csv", viewer=stranger, programme_code="MW")
    assert (found.state, found.projects[0].is_new) == ("done", True)
    asked = read(sheet("THIRD"), "third.csv")
    assert {each.project_code for each in asked.questions[0].proposals} == {"QUAY", "OTHER"}
    with pytest.raises(NotFound):
        operations.answer_import(stranger, asked.id, projects={1: "OTHER"}, now=NOW)


def test_an_answer_names_every_plan_once_and_only_while_it_is_asked_for() -> None:
    read(sheet("QUAY"), "quay.csv")
    asked = read(sheet("OTHER"), "other.csv")
    for wrong in ({}, {2: "QUAY"}, {1: "QUAY", 2: NEW}):
        with pytest.raises(Invalid):
            operations.answer_import(SYSTEM, asked.id, projects=wrong, now=NOW)
    with pytest.raises(NotFound):
        operations.answer_import(SYSTEM, asked.id, projects={1: "NOWHERE"}, now=NOW)
    again = read(sheet("OTHER"), "other.csv")
    assert (again.state, queries.plan_import(SYSTEM, asked.id).error_code) == ("asks", "file.replaced")
    answer(again, {1: "QUAY"})
    for done in (asked, again):
        with pytest.raises(Conflict):
            operations.answer_import(SYSTEM, done.id, projects={1: "QUAY"}, now=NOW)


def test_clear_proposals_are_taken_at_once_and_doubtful_ones_wait() -> None:
    for each in range(3):
        rows = "".join(f"{each}-{key},Work {each} {key},5d\n" for key in range(8))
        read(sheet(f"P{each}", rows), f"p{each}.csv")
    for each in range(2):
        rows = "".join(f"{each}-{key},Work {each} {key},6d\n" for key in range(8))
        read(sheet(f"NEW-{each}", rows, data_date="2026-03-09"), f"new{each}.csv")
    half = "".join(f"2-{key},Work 2 {key},6d\n" for key in range(4)) + "".join(f"X{key},X,1d\n" for key in range(4))
    doubtful = read(sheet("NEW-2", half, data_date="2026-03-09"), "new2.csv")
    assert operations.answer_clear(person("viewer", "HB"), now=NOW) == 0
    assert operations.answer_clear(SYSTEM, now=NOW) == 2
    for each in queries.imports(SYSTEM):
        if each.state == "waiting":
            code = each.source_name.replace("new", "P").removesuffix(".csv")
            assert go_on(each.id).projects[0].project_code == code
    assert queries.plan_import(SYSTEM, doubtful.id).state == "asks"


def test_an_older_data_date_is_held_until_somebody_who_may_confirms_it() -> None:
    read(sheet("QUAY", data_date="2026-03-09"), "quay.csv")
    project = portfolio_queries.project(SYSTEM, "QUAY")
    older = sheet("QUAY", ROWS.replace("5d", "4d"), data_date="2026-03-02")
    held = read(older, "quay.csv")
    assert (held.state, held.questions[0].kind, held.questions[0].held_revision) == ("held", "older_date", 1)
    assert plans.head_revision(project.id).number == 1  # type: ignore[union-attr]
    assert "import.held" in [each.kind for each in journal.facts(SYSTEM, project_id=project.id)]
    with pytest.raises(NotAllowed):
        operations.answer_import(person("viewer", "HB"), held.id, take_older=True, now=NOW)
    taken = answer(held, viewer=person("programme_manager", "HB"), older=True)
    assert (taken.state, taken.projects[0].revision) == ("done", 2)
    discarded = read(older.replace(b"4d", b"3d").replace(b"03-02", b"03-01"), "quay.csv")
    operations.cancel_import(SYSTEM, discarded.id, now=NOW)
    assert queries.plan_import(SYSTEM, discarded.id).state == "cancelled"
    assert plans.head_revision(project.id).number == 2  # type: ignore[union-attr]


def test_a_plan_that_lacks_most_of_its_activities_is_held() -> None:
    rows = [f"S{each:02d},Work {each},5d" for each in range(24)]

    def first(count: int, day: str) -> bytes:
        return (
            "# project: QUAY\n# data date: " + day + "\ncode,name,duration\n" + "\n".join(rows[:count]) + "\n"
        ).encode()

    read(first(24, "2026-03-02"), "quay.csv")
    project = portfolio_queries.project(SYSTEM, "QUAY")
    held = read(first(11, "2026-03-09"), "quay.csv")
    (question,) = held.questions
    assert (held.state, question.kind, question.kept, question.held_activities) == ("held", "shrunk", 11, 24)
    assert plans.head_revision(project.id).number == 1  # type: ignore[union-attr]
    assert answer(held, older=True).state == "done"
    # Half of them is a scope change that is told, not asked.
    read(first(24, "2026-03-16"), "quay.csv")
    assert read(first(12, "2026-03-23"), "quay.csv").state == "done"


def test_a_file_with_several_projects_updates_each_of_them() -> None:
    two = "# data date: {day}\nproject,code,name,duration\n" + "".join(
        f"{project},{project}{each},Work {project} {each},{{days}}\n" for project in ("N", "S") for each in range(8)
    )
    read(two.format(day="2026-03-02", days="5d").encode(), "both.csv")
    again = read(two.format(day="2026-03-09", days="6d").encode(), "both.csv")
    assert [(each.project_code, each.revision) for each in again.projects] == [("N", 2), ("S", 2)]


def test_proposing_needs_as_many_queries_for_many_projects_as_for_few() -> None:
    def count(name: str) -> int:
        with CaptureQueriesContext(connection) as made:
            assert read(sheet(name), f"{name}.csv", dry_run=True).questions
        return len(made)

    read(sheet("P0"), "p0.csv")
    few = count("NEW-A")
    for each in range(1, 6):
        other = "".join(f"A{key},{'Work' if each < 3 else 'Other'} {key},5d\n" for key in range(100, 108))
        read(sheet(f"P{each}", other), f"p{each}.csv", project_code=None)
        waiting = queries.imports(SYSTEM, limit=1)[0]
        if waiting.waits_for_person:
            answer(waiting, {1: NEW})
    assert len(portfolio_queries.projects(SYSTEM)) == 6
    assert count("NEW-B") <= few


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("series_update_20251121.xer", "series_update_*.xer"),
        ("Bridge rev 3 (2).mpp", "bridge *.mpp"),
        ("HB-03.xml", "hb-03.xml"),
        ("plan KW12.xml", "plan *.xml"),
        ("2025-12-04.xer", "2025-12-04.xer"),
    ],
)
def test_dates_and_issue_numbers_of_a_name_stand_for_any(name: str, pattern: str) -> None:
    assert pattern_of(name) == pattern


def test_a_question_nobody_answers_ends_after_thirty_days_and_leaves_no_file(tmp_path: Path) -> None:
    assert read(sheet("QUAY"), "site_2026-03-02.csv").state == "done"
    asked = read(sheet("PIER"), "site_2026-03-09.csv")
    assert asked.waits_for_person
    kept = [each for each in (tmp_path / "home").rglob("*") if each.is_file() and "imports" in each.parts]
    assert len(kept) == 1
    assert operations.end_unanswered(now=NOW + timedelta(days=30)) == 0
    assert operations.end_unanswered(now=NOW + timedelta(days=30, minutes=1)) == 1
    ended = queries.plan_import(SYSTEM, asked.id)
    assert (ended.state, ended.error_code) == ("cancelled", "import.unanswered")
    assert not kept[0].exists()
    assert operations.end_unanswered(now=NOW + timedelta(days=60)) == 0
    with pytest.raises(Conflict):
        answer(ended, {0: NEW})
