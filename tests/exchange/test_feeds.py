"""Feeds: files, patterns and folders that bring plans, what was refused, what did not come, and where they may read."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from watchfloor.exchange import feed_queries, operations, queries
from watchfloor.exchange.feed_reading import FeedRun
from watchfloor.exchange.feed_records import FeedRecord
from watchfloor.exchange.models import FeedFile
from watchfloor.exchange.places import OutsideFolder, open_inside, plan_files
from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import queries as plans
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def organisation(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path / "home"
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    for programme in ("HB", "MW"):
        portfolio.create_programme(SYSTEM, code=programme, name=programme, now=NOW)
        for number in ("1", "2"):
            portfolio.create_project(
                SYSTEM, programme_code=programme, code=f"{programme}-{number}", name="Works", country="PT", now=NOW
            )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "plans"
    made.mkdir()
    return made


def write(path: Path, code: str = "HB-1", days: int = 5, *, at: datetime = NOW) -> Path:
    path.write_text(f"# project: {code}\ncode,name,duration\nA,Design,{days}d\n")
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def steady(done: int, total: int, note: str) -> bool:
    return True


def read(feed: FeedRecord, *, now: datetime = NOW, again: bool = False) -> FeedRun:
    return operations.read_feed(feed.id, beat=steady, now=now, again=again, settle=lambda _seconds: None)


def add(path: Path | str, **more: Any) -> FeedRecord:
    return operations.add_feed(SYSTEM, path, every=more.pop("every", WEEK), now=NOW, **more)


def seen(feed: FeedRecord, now: datetime = NOW) -> FeedRecord:
    return feed_queries.feed(SYSTEM, feed.id, now=now)


def revisions(code: str) -> int:
    head = plans.head_revision(portfolio_queries.project(SYSTEM, code).id)
    return head.number if head else 0


def project_id(code: str) -> int:
    return portfolio_queries.project(SYSTEM, code).id


def test_a_file_is_read_again_only_when_it_changed(folder: Path) -> None:
    feed = add(write(folder / "quay.csv"), project_code="HB-1", every=HOUR)
    assert operations.enqueue_due_feeds(now=NOW) == 1
    assert operations.enqueue_due_feeds(now=NOW) == 0, "it waits already"
    assert read(feed).read == (("quay.csv", "done"),)
    assert read(feed, now=NOW + HOUR).read == ()
    assert seen(feed).is_current(NOW + 2 * HOUR)
    assert not seen(feed).is_current(NOW + 3 * HOUR)
    os.utime(folder / "quay.csv", (1, 1))
    assert read(feed, now=NOW + HOUR).read == (), "saved again as it was"
    write(folder / "quay.csv", days=6)
    assert read(feed, now=NOW + 2 * HOUR).read == (("quay.csv", "done"),)
    assert revisions("HB-1") == 2


def test_of_a_pattern_the_newest_file_is_taken(folder: Path) -> None:
    write(folder / "HB-01_2026-03-02.csv", days=5)
    write(folder / "HB-01_2026-02-23.csv", days=4, at=NOW - WEEK)
    write(folder / "HB-02_2026-03-09.csv", days=9, at=NOW + WEEK)
    feed = add(folder / "HB-01_*.csv", project_code="HB-1")
    assert feed.kind == "pattern"
    assert read(feed).read == (("HB-01_2026-03-02.csv", "done"),)
    write(folder / "HB-01_2026-03-09.csv", days=6, at=NOW + WEEK)
    assert read(feed, now=NOW + WEEK).read == (("HB-01_2026-03-09.csv", "done"),)
    assert revisions("HB-1") == 2


def test_a_bad_file_of_a_folder_is_told_and_blocks_no_other(folder: Path) -> None:
    (folder / "deep").mkdir()
    write(folder / "a.csv", "HB-1")
    (folder / "b.csv").write_text("code,name,duration\nA,Design,soon\n")
    write(folder / "deep" / "c.csv", "HB-2")
    (folder / "notes.txt").write_text("no plan")
    (folder / "~$a.csv").write_text("being written")
    feed = add(folder, programme_code="HB")
    assert dict(read(feed).read) == {"a.csv": "done", "b.csv": "refused", "deep/c.csv": "done"}
    told = {each.name: each for each in feed_queries.feed_files(SYSTEM, feed.id)}
    assert told["b.csv"].error
    assert told["deep/c.csv"].project_codes == ("HB-2",)
    assert seen(feed).state == "refused"
    assert read(feed, now=NOW + HOUR).read == (), "a refused file waits until it changes"
    assert dict(read(feed, now=NOW + HOUR, again=True).read) == {"b.csv": "refused"}
    (fact, _again) = facts(SYSTEM, kinds=("feed.read",))
    assert fact.data["outcomes"] == {"done": 2, "refused": 1}


def test_a_file_still_being_written_is_left_for_the_next_look(folder: Path) -> None:
    path = write(folder / "a.csv")
    feed = add(folder)

    def grows(_seconds: float) -> None:
        path.write_text("# project: HB-1\ncode,na")

    assert operations.read_feed(feed.id, beat=steady, now=NOW, settle=grows).read == ()
    write(path)
    assert read(feed, now=NOW + HOUR).read == (("a.csv", "done"),)


def test_a_folder_of_a_programme_reaches_no_project_outside_it(folder: Path) -> None:
    write(folder / "a.csv", "MW-1")
    write(folder / "b.csv", "HB-1")
    feed = add(folder, programme_code="HB")
    assert dict(read(feed).read) == {"a.csv": "refused", "b.csv": "done"}
    assert revisions("MW-1") == 0


def test_new_projects_are_made_only_by_a_folder_that_may(folder: Path) -> None:
    write(folder / "a.csv", "HB-9")
    assert dict(read(add(folder, programme_code="MW")).read) == {"a.csv": "refused"}
    feed = add(folder, programme_code="HB", makes_projects=True)
    assert dict(read(feed).read) == {"a.csv": "done"}
    assert portfolio_queries.project(SYSTEM, "HB-9").programme_code == "HB"


def test_what_should_have_come_is_named_after_the_close_of_a_working_day(folder: Path) -> None:
    feed = add(write(folder / "a.csv"), project_code="HB-1")
    read(feed)
    due = datetime(2026, 3, 9, 17, tzinfo=UTC)  # Lisbon keeps UTC in winter
    assert seen(feed, due - HOUR).missing == ()
    (late,) = seen(feed, due).missing
    assert (late.project_code, late.due_at, late.last_at) == ("HB-1", due, NOW)
    assert seen(feed, due).state == "late"
    portfolio.set_stage(SYSTEM, project_id("HB-1"), "closing", now=NOW)
    portfolio.set_stage(SYSTEM, project_id("HB-1"), "closed", now=NOW)
    assert seen(feed, due).missing == (), "who is not watched owes nothing"


def test_a_promise_that_falls_on_a_holiday_is_due_on_the_next_working_day(folder: Path) -> None:
    friday = datetime(2026, 3, 27, 9, tzinfo=UTC)
    feed = add(write(folder / "a.csv"), project_code="HB-1")
    read(feed, now=friday)  # a week later is Good Friday
    monday = datetime(2026, 4, 6, 16, tzinfo=UTC)  # 17:00 in Lisbon's summer
    assert seen(feed, monday - HOUR).missing == ()
    assert [each.due_at for each in seen(feed, monday).missing] == [monday]


def test_of_a_folder_every_project_that_ever_came_is_expected(folder: Path) -> None:
    write(folder / "a.csv", "HB-1")
    write(folder / "b.csv", "HB-2")
    feed = add(folder)
    read(feed)
    write(folder / "a.csv", "HB-1", days=6, at=NOW + WEEK)
    (folder / "b.csv").write_text("broken")
    read(feed, now=NOW + WEEK)
    late = NOW + WEEK + DAY
    assert [each.project_code for each in seen(feed, late).missing] == ["HB-2"], "a broken file is none that came"


def test_without_a_promise_the_cut_off_of_the_project_counts(folder: Path) -> None:
    from watchfloor.plans.operations import open_periods

    feed = add(write(folder / "a.csv"), project_code="HB-1", every=HOUR)
    read(feed)
    (period,) = open_periods(project_id("HB-1"), until=(NOW + 5 * DAY).date(), now=NOW)
    assert seen(feed, period.due_at - HOUR).missing == ()
    assert [each.due_at for each in seen(feed, period.due_at).missing] == [period.due_at]
    write(folder / "a.csv", days=6, at=NOW + 5 * DAY)
    read(feed, now=NOW + 5 * DAY)
    assert seen(feed, period.due_at).missing == ()


def test_a_file_that_is_gone_is_said_and_ends_when_it_is_back(folder: Path) -> None:
    feed = add(write(folder / "a.csv"), project_code="HB-1")
    (folder / "a.csv").unlink()
    assert read(feed).error
    assert seen(feed).state == "failed"
    write(folder / "a.csv")
    assert read(feed, now=NOW + HOUR).error == ""


def test_a_fault_of_ours_leaves_no_copy_and_blocks_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "a.csv")

    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("a fault of ours")

    feed = add(folder)
    monkeypatch.setattr("watchfloor.exchange.feed_reading.run_import", broken)
    assert dict(read(feed).read) == {"a.csv": "failed"}
    assert queries.imports(SYSTEM)[0].state == "refused"
    monkeypatch.undo()
    assert dict(read(feed, now=NOW + HOUR, again=True).read) == {"a.csv": "done"}


def test_a_run_that_is_stopped_goes_on_where_it_was(folder: Path) -> None:
    for name in ("a", "b", "c"):
        write(folder / f"{name}.csv", "HB-1", days=ord(name))
    feed = add(folder)
    calls = iter((True, True, True, False))
    first = operations.read_feed(feed.id, beat=lambda *_: next(calls, False), now=NOW, settle=lambda _seconds: None)
    assert not first.is_finished
    read(feed, now=NOW + HOUR)
    assert {each.outcome for each in FeedFile.objects.filter(feed_id=feed.id)} <= {"done", "cancelled"}
    assert operations.enqueue_due_feeds(now=NOW + HOUR) == 0


def test_paused_and_removed_feeds_are_not_read_and_removing_is_taken_back(folder: Path) -> None:
    feed = add(write(folder / "a.csv"), project_code="HB-1")
    operations.change_feed(SYSTEM, feed.id, active=False, now=NOW)
    assert operations.enqueue_due_feeds(now=NOW) == 0
    operations.change_feed(SYSTEM, feed.id, active=True, now=NOW)
    operations.remove_feed(SYSTEM, feed.id, now=NOW)
    assert operations.enqueue_due_feeds(now=NOW) == 0
    with pytest.raises(NotFound):
        seen(feed)
    operations.restore_feed(SYSTEM, feed.id, now=NOW)
    assert operations.enqueue_due_feeds(now=NOW) == 1
    with pytest.raises(Conflict):
        add(folder / "a.csv", project_code="HB-1")


@pytest.mark.parametrize("path", ["plans/a.csv", "/plans/*/a.csv", "", "/a\0b", "/" + "x" * 500])
def test_a_path_must_be_whole_and_plain(path: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(path, project_code="HB-1")
    assert refused.value.place == "path"


def boss(folder: Path, settings: Any) -> Viewer:
    """Somebody who manages the organisation, where feeds may read in one folder."""
    settings.FEED_FOLDERS = (str(folder),)
    return Viewer(
        None, "boss", organisation=frozenset({"project.view", "internal.view", "project.manage", "plan.edit"})
    )


def test_an_account_sets_up_feeds_only_in_the_folders_allowed(folder: Path, tmp_path: Path, settings: Any) -> None:
    viewer = boss(folder, settings)
    outside = write(tmp_path / "secret.csv")
    (folder / "link.csv").symlink_to(outside)
    (folder / "out").symlink_to(tmp_path)
    for path in (outside, folder / ".." / "secret.csv", folder / "link.csv", folder / "out" / "secret.csv",
                 folder / "out" / "*.csv", folder / ".." / "*.csv", tmp_path):  # fmt: skip
        with pytest.raises(OutsideFolder):
            operations.add_feed(viewer, path, project_code="HB-1", every=WEEK, now=NOW)
    inside = write(folder / "a.csv")
    assert operations.add_feed(viewer, inside, project_code="HB-1", every=WEEK, now=NOW).id
    settings.FEED_FOLDERS = ()
    with pytest.raises(OutsideFolder):
        operations.add_feed(viewer, write(folder / "b.csv"), project_code="HB-1", every=WEEK, now=NOW)


def test_a_link_put_in_place_later_leads_nowhere(folder: Path, tmp_path: Path, settings: Any) -> None:
    outside = write(tmp_path / "secret.csv", "HB-2")
    feed = operations.add_feed(boss(folder, settings), folder, every=WEEK, now=NOW)
    (folder / "a.csv").symlink_to(outside)
    (folder / "below").symlink_to(tmp_path)
    assert dict(read(feed).read) == {"a.csv": "refused"}
    assert revisions("HB-2") == 0
    with pytest.raises(OutsideFolder):
        open_inside(folder / "a.csv", folder)
    settings.FEED_FOLDERS = ()
    assert "no folder that feeds may read" in read(feed, now=NOW + HOUR).error


def test_a_pipe_is_no_file_and_nobody_waits_for_it(folder: Path) -> None:
    os.mkfifo(folder / "a.csv")
    assert plan_files(folder) == ()
    with pytest.raises(OutsideFolder):
        open_inside(folder / "a.csv", folder)


def test_a_folder_with_too_many_plans_is_refused_with_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchfloor.exchange.places.FILES_MAX", 2)
    for name in ("a", "b", "c"):
        write(folder / f"{name}.csv")
    assert "more than 2 plan files" in read(add(folder)).error


def test_who_runs_one_project_adds_no_feed_but_pauses_their_own(folder: Path, settings: Any) -> None:
    settings.FEED_FOLDERS = (str(folder),)
    manage = frozenset({"project.view", "internal.view", "project.manage", "plan.edit"})
    manager = Viewer(None, "m", projects={project_id("HB-1"): manage})
    with pytest.raises(NotAllowed):
        operations.add_feed(manager, write(folder / "x.csv"), project_code="HB-1", every=WEEK, now=NOW)
    own = add(write(folder / "a.csv"), project_code="HB-1")
    other = add(write(folder / "b.csv"), project_code="HB-2")
    assert not operations.change_feed(manager, own.id, active=False, now=NOW).active
    with pytest.raises(NotFound):
        operations.change_feed(manager, other.id, active=False, now=NOW)
    looker = Viewer(None, "l", projects={project_id("HB-1"): frozenset({"project.view", "internal.view"})})
    with pytest.raises(NotAllowed):
        operations.remove_feed(looker, own.id, now=NOW)


def test_paths_are_told_to_managers_and_files_to_who_sees_their_project(folder: Path) -> None:
    write(folder / "a.csv", "HB-1")
    write(folder / "b.csv", "HB-2")
    feed = add(folder, programme_code="HB")
    read(feed)
    see = frozenset({"project.view", "internal.view"})
    hb = portfolio_queries.programme(SYSTEM, "HB").id
    ids = {code: project_id(code) for code in ("HB-1", "HB-2", "MW-1")}
    whole = Viewer(7, "w", projects={ids["HB-1"]: see, ids["HB-2"]: see}, programmes={hb: see})
    assert [each.path for each in feed_queries.feeds(whole, now=NOW)] == ["plans"]
    assert [each.path for each in feed_queries.feeds(SYSTEM, now=NOW)] == [str(folder)]
    assert len(feed_queries.feed_files(whole, feed.id)) == 2
    for viewer in (Viewer(8, "o", projects={ids["HB-1"]: see}), Viewer(9, "x", projects={ids["MW-1"]: see})):
        assert feed_queries.feeds(viewer, now=NOW) == ()
        with pytest.raises(NotFound):
            feed_queries.feed_files(viewer, feed.id)


def test_the_number_of_queries_does_not_grow_with_the_feeds(
    folder: Path, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(6):
        add(write(folder / f"{number}.csv"), project_code="HB-1", every=HOUR if number % 2 else WEEK)
        if number in (1, 5):
            with django_assert_max_num_queries(9):
                feed_queries.feeds(SYSTEM, now=NOW)


def test_a_file_that_needs_an_answer_waits_with_its_import_and_blocks_no_other(folder: Path) -> None:
    codes = "".join(f"A{number},Step {number},{number + 1}d\n" for number in range(12))
    (folder / "a.csv").write_text(f"# project: HB-1\ncode,name,duration\n{codes}")
    feed = add(folder, programme_code="HB", makes_projects=True)
    read(feed)
    (folder / "b.csv").write_text(f"# project: OTHER\ncode,name,duration\n{codes}A99,More,2d\n")
    write(folder / "c.csv", "HB-2")
    assert dict(read(feed, now=NOW + HOUR).read) == {"b.csv": "asks", "c.csv": "done"}
    assert seen(feed).state == "asks"
    (waiting,) = [each for each in feed_queries.feed_files(SYSTEM, feed.id) if each.outcome == "asks"]
    assert read(feed, now=NOW + DAY, again=True).read == (), "asked once"
    operations.answer_import(SYSTEM, waiting.import_id or 0, projects={1: "HB-1"}, queued=False, now=NOW)
    operations.run_import(waiting.import_id or 0, beat=steady, now=NOW)
    assert revisions("HB-1") == 2
