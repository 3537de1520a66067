"""The command: help worth reading, lazy loading, exit statuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from watchfloor.cli import main

COMMANDS = ("up", "web", "pipeline", "import", "check", "feed", "sample", "user", "doctor")


def test_help_lists_every_command_with_a_sentence() -> None:
    told = CliRunner().invoke(main.group, ["--help"]).output
    for name in COMMANDS:
        assert f"  {name} " in told


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(name: str) -> None:
    told = CliRunner().invoke(main.group, [name, "--help"])
    assert told.exit_code == 0, told.output
    assert len(told.output.splitlines()) > 5


def test_check_starts_without_django() -> None:
    code = (
        "import sys; from watchfloor.cli import main;"
        "main.group.get_command(None, 'check'); print('django' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(main.group, ["fly"]).exit_code == 2


def test_a_fault_of_ours_ends_with_70_and_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def broken() -> None:
        raise RuntimeError("cracked")

    monkeypatch.setattr(main, "group", broken)
    monkeypatch.setattr(sys, "argv", ["watchfloor"])
    monkeypatch.delenv("WATCHFLOOR_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ending:
        main.main()
    assert ending.value.code == 70
    assert "cracked" in capsys.readouterr().err


def test_a_database_nobody_prepared_is_said_so_not_shown_as_a_fault(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "watchfloor.cli.main", "user", "list"],
        env={"PATH": "/usr/bin:/bin", "WATCHFLOOR_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "not up to date" in told.stderr
