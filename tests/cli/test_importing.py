"""The commands ``import`` and ``feed``."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from watchfloor.cli.feed import feed
from watchfloor.cli.importing import importing

CSV = "# project: SITE\n# name: New site\ncode,name,duration,predecessors\nA,Dig,5,\nB,Pour,2,A\n"
_PATIENCE_S = 120
YARD = "# project: YARD\n# name: Yard\ncode,name,duration,predecessors\nY1,Fence,3,\nY2,Pave,4,Y1\n"  # like no other

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: object) -> None:
    settings.HOME = tmp_path / "home"  # type: ignore[attr-defined]
    (tmp_path / "home").mkdir()


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "site.csv"
    path.write_text(CSV)
    return path


def test_a_file_comes_in_once_and_again_only_when_it_changed(plan: Path) -> None:
    first = CliRunner().invoke(importing, [str(plan)])
    assert first.exit_code == 0, first.output
    assert "SITE New site: new project, revision 1: 2 activities, 1 dependencies" in first.output
    again = CliRunner().invoke(importing, [str(plan)])
    assert "unchanged (2 activities" in again.output
    plan.write_text(CSV + "C,Cure,7,B\n")
    changed = CliRunner().invoke(importing, [str(plan)])
    assert "new revision, revision 2: 3 activities" in changed.output


def test_a_dry_run_stores_nothing(plan: Path) -> None:
    for _ in range(2):
        said = CliRunner().invoke(importing, ["--dry-run", str(plan)])
        assert "would be new project" in said.output


def test_one_refused_file_does_not_stop_the_others(plan: Path, tmp_path: Path) -> None:
    bad = tmp_path / "a_bad.csv"
    bad.write_text("code,name,duration\nA,a,soon\n")
    said = CliRunner().invoke(importing, [str(bad), str(plan)])
    assert said.exit_code == 1
    assert "row 2, duration: “soon” is not a duration" in said.output
    assert "SITE New site: new project" in said.output
    assert "1 of 2 files were refused." in said.output


def test_a_question_waits_without_a_terminal_and_is_answered_by_an_option(tmp_path: Path) -> None:
    rows = "".join(f"A{each},Work {each},5\n" for each in range(8))
    first, second = tmp_path / "site_2026-03-02.csv", tmp_path / "update_2026-03-09.csv"
    first.write_text(f"# project: SITE-B1\n# data date: 2026-03-02\ncode,name,duration\n{rows}")
    second.write_text(f"# project: S-2026-03-09\n# data date: 2026-03-09\ncode,name,duration\n{rows}")
    assert CliRunner().invoke(importing, [str(first)]).exit_code == 0
    waits = CliRunner().invoke(importing, [str(second)])
    assert waits.exit_code == 3
    assert "SITE-B1 SITE-B1: 8 of 8 activity codes equal (100 %)" in waits.output
    assert "--map CODE" in waits.output
    told = CliRunner().invoke(importing, ["--map", "S-2026-03-09=SITE-B1", str(second)])
    assert told.exit_code == 0, told.output
    assert "SITE-B1 SITE-B1: new revision, revision 2: 8 activities" in told.output
    held = CliRunner().invoke(importing, [str(first)])
    assert held.exit_code == 3
    assert "Held: SITE-B1 has the data date 2026-03-02; revision 2 of SITE-B1 has 2026-03-09." in held.output
    assert CliRunner().invoke(importing, ["--take-older", str(first)]).exit_code == 0


def test_wrong_usage_ends_with_two(tmp_path: Path) -> None:
    assert CliRunner().invoke(importing, []).exit_code == 2
    assert CliRunner().invoke(importing, [str(tmp_path / "nowhere.xer")]).exit_code == 2


@pytest.mark.parametrize("name", ["empty.csv", "empty.xlsx"])
def test_the_template_comes_in_as_it_is_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert CliRunner().invoke(importing, ["--template", str(path)]).exit_code == 0
    said = CliRunner().invoke(importing, [str(path)])
    assert "SITE-1 New site: new project" in said.output


def test_a_feed_is_added_read_listed_and_removed(plan: Path) -> None:
    CliRunner().invoke(importing, [str(plan)])
    added = CliRunner().invoke(feed, ["add", str(plan), "--project", "SITE", "--every", "15m"])
    assert added.exit_code == 0, added.output
    assert "every 15m" in added.output
    number = added.output.split()[2].rstrip(":")
    plan.write_text(CSV + "C,Cure,7,B\n")
    assert "changed" in CliRunner().invoke(feed, ["run", number]).output
    plan.write_text("code,name\n")
    broken = CliRunner().invoke(feed, ["run"])
    assert broken.exit_code == 1
    assert "no rows" in broken.output
    assert "files refused: 1" in CliRunner().invoke(feed, ["list"]).output
    assert CliRunner().invoke(feed, ["add", str(plan), "--project", "SITE", "--every", "soon"]).exit_code == 2
    CliRunner().invoke(feed, ["remove", number])
    assert "There is no feed" in CliRunner().invoke(feed, ["list"]).output


def test_a_folder_is_watched_until_told_to_stop_and_a_restart_imports_nothing_again(plan: Path, tmp_path: Path) -> None:
    """A process of its own, so that Ctrl-C is the real signal."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "bad.csv").write_text("code,name,duration\nA,a,soon\n")
    environment = {**os.environ, "WATCHFLOOR_HOME": str(tmp_path / "own"), "PYTHONUNBUFFERED": "1"}
    environment.pop("WATCHFLOOR_DATABASE_URL", None)
    django = [sys.executable, "-m", "django", "migrate", "--settings", "watchfloor.config.settings", "-v", "0"]
    subprocess.run(django, env=environment, check=True)

    def watched(until: str, then: Callable[[], object] = lambda: None) -> tuple[int, str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "watchfloor.cli.main", "import", str(folder), "--watch"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        patience = threading.Timer(_PATIENCE_S, process.kill)  # reading its lines has no limit of its own
        patience.start()
        said = ""
        for line in process.stdout:
            said += line
            if "Watching" in line:
                then()
            if until in line:
                break
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        patience.cancel()
        return process.returncode, said + rest

    status, said = watched("site.csv → SITE: done", lambda: shutil.copy(plan, folder))
    assert status == 1, said
    assert "bad.csv: refused" in said
    assert "1 files were refused" in said
    (folder / "bad.csv").write_text(YARD)
    status, said = watched("bad.csv → YARD: done")
    assert status == 0, said
    assert "2 files are known" in said
    assert "site.csv" not in said


def test_a_pattern_is_a_feed_and_weeks_are_an_interval(plan: Path, tmp_path: Path) -> None:
    CliRunner().invoke(importing, [str(plan)])
    added = CliRunner().invoke(feed, ["add", str(tmp_path / "site*.csv"), "--project", "SITE", "--every", "1w"])
    assert "every 1w" in added.output, added.output
    number = added.output.split()[2].rstrip(":")
    assert "site.csv → SITE: unchanged" in CliRunner().invoke(feed, ["run", number]).output
    assert "[paused]" in CliRunner().invoke(feed, ["pause", number]).output
    assert "site.csv" in CliRunner().invoke(feed, ["show", number]).output
    CliRunner().invoke(feed, ["remove", number])
    assert number in CliRunner().invoke(feed, ["restore", number]).output
