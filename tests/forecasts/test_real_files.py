"""Real Primavera files: how many of their stored dates come out equal, to the minute."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from watchfloor.exchange.formats.reading import read
from watchfloor.forecasts.assess import AssessOptions, assess

FOLDER = Path(os.environ.get("WATCHFLOOR_TEST_PLANS") or Path(__file__).parents[3] / "shared" / "data" / "plans")
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of real plan files is not here")
EXACT = (
    "mdl4d_62", "mdl4ra_levelled_62", "sample_25", "series_baseline_20250902", "series_update_20251121",
    "series_update_20251204",
)  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_every_stored_date_of_a_real_file_is_reproduced(name: str) -> None:
    stored = assess(read(FOLDER / "primavera" / f"{name}.xer")).stored
    assert stored is not None
    assert stored.total_compared > 100
    assert stored.total_equal == stored.total_compared, stored.reasons


def test_with_progress_override_only_stubs_of_a_project_not_exported_differ() -> None:
    assessed = assess(read(FOLDER / "primavera" / "progress_override_695.xer"))
    assert assessed.stored is not None
    assert [(each.reason, each.activities) for each in assessed.stored.reasons] == [("project_not_exported", 3)]
    (hard,) = (each for each in assessed.quality if each.code == "hard_constraints")
    assert (hard.base, hard.offender_count) == (621, 2)


@pytest.mark.parametrize(("definition", "count"), [("dcma", 2), ("p6-mandatory", 1), ("two-sided", 1)])
def test_hard_constraints_are_counted_by_the_definition_that_is_named(definition: str, count: int) -> None:
    options = AssessOptions(hard_constraints=definition)
    assessed = assess(read(FOLDER / "primavera" / "progress_override_695.xer"), options)
    (hard,) = (each for each in assessed.quality if each.code == "hard_constraints")
    assert hard.offender_count == count
