"""``watchfloor diff``: two files, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from watchfloor.cli import main

HEAD = "# project: QUAY\n# data date: {day}\ncode,name,duration,predecessors\n"
ROWS = "A,Design,5d,\nB,Build,10d,A\nC,Test,5d,B\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(HEAD.format(day="2026-03-02") + ROWS)
    new.write_text(HEAD.format(day="2026-03-09") + ROWS.replace("10d", "8d") + "D,Hand over,1d,C\n")
    return old, new


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main.group, ["diff", *map(str, arguments)])


def test_two_files_are_told_apart_in_words(files: tuple[Path, Path]) -> None:
    told = run(*files)
    assert told.exit_code == 1, told.output
    assert "Progress moved it +5 d, edits −1 d:" in told.output
    assert "Added (1)\n    D Hand over" in told.output
    assert "estimated B Build" in told.output


def test_the_json_sums_to_the_movement(files: tuple[Path, Path]) -> None:
    told = run(*files, "--json")
    (project,) = json.loads(told.output)["projects"]
    movement = project["movement"]
    assert movement["working_days"] == sum(each["working_days"] for each in movement["steps"]) == 4
    assert movement["by_progress"] + movement["by_edits"] == movement["working_days"]
    assert project["counts"]["added"] == 1


def test_the_same_file_twice_differs_in_nothing(files: tuple[Path, Path]) -> None:
    told = run(files[0], files[0])
    assert (told.exit_code, "Nothing differs." in told.output) == (0, True)


def test_a_file_that_cannot_be_read_ends_with_2(files: tuple[Path, Path], tmp_path: Path) -> None:
    assert run(files[0], tmp_path / "none.xer").exit_code == 2
