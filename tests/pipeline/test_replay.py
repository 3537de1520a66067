"""The same history gives the same findings: nothing hangs on a clock, an id, a thread or the order of a set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHILD = Path(__file__).parent.parent / "support" / "replayed_history.py"
pytestmark = pytest.mark.slow


def replayed(home: Path, hash_seed: str) -> dict[str, Any]:
    home.mkdir()
    environment = {
        **os.environ,
        "WATCHFLOOR_HOME": str(home),
        "WATCHFLOOR_DATABASE_URL": f"sqlite:///{home / 'floor.sqlite3'}",
        "PYTHONHASHSEED": hash_seed,
    }
    done = subprocess.run(
        [sys.executable, str(CHILD)], env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_the_small_samples_history_replayed_on_a_fresh_database_gives_the_same_findings(tmp_path: Path) -> None:
    first, second = replayed(tmp_path / "first", "1"), replayed(tmp_path / "second", "2")
    assert first["broken"] is None
    assert len(first["findings"]) > 5
    assert len(first["changes"]) > 5
    assert first == second
