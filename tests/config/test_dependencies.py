"""Every dependency has its reason in the decision record, and the record names none that is gone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_dependency_has_a_reason_and_each_reason_a_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[\[<>=~! ]", each, maxsplit=1)[0].lower() for each in project["dependencies"]}
    record = (ROOT / "docs/decisions/0013-dependencies.md").read_text()
    reasons = set(re.findall(r"^\| ([a-z0-9-]+) \| \S", record, flags=re.MULTILINE)) - {"package"}
    assert reasons == wanted
