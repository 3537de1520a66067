"""What all tests share: a throw-away home folder, chosen before Django reads its settings."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import django
import pytest

from watchfloor.calendars import patterns
from watchfloor.kit.home import kernel_cache

pytest_plugins = ("watched_floor",)  # in tests/support

# Compiled kernels are kept between runs: they depend on the engine and the machine, not on what is tested.
_kept = Path(os.environ.get("WATCHFLOOR_HOME") or Path(__file__).parent.parent / ".watchfloor").absolute()
os.environ.setdefault("NUMBA_CACHE_DIR", str(kernel_cache(_kept)))
os.environ["WATCHFLOOR_HOME"] = tempfile.mkdtemp(prefix="watchfloor-test-")
Path(os.environ["WATCHFLOOR_HOME"], "static").mkdir()
# Named here and not in pyproject.toml: there it would be read before the home folder above is chosen.
os.environ["DJANGO_SETTINGS_MODULE"] = "watchfloor.config.settings"
django.setup()  # conftests of rooms import models as soon as they are read
# Own days are read from the database at the first question; only their own tests have one for it.
patterns.use_own_days(lambda _country, _region: {})
atexit.register(shutil.rmtree, os.environ["WATCHFLOOR_HOME"], ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="only tests that touch the database")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For the run on PostgreSQL: what never asks the database gives the same answer on any."""
    if not config.getoption("--database-only"):
        return
    fixtures = {"db", "transactional_db", "live_server", "django_db_reset_sequences"}
    touching = [
        item
        for item in items
        if item.get_closest_marker("django_db")
        or item.get_closest_marker("postgres")
        or fixtures & set(getattr(item, "fixturenames", ()))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in touching])
    items[:] = touching


@pytest.fixture(autouse=True)
def _forget_readings() -> None:
    """Rows of one test are rolled back before the next; what the process kept of them goes too."""
    queries = sys.modules.get("watchfloor.forecasts.queries")
    if queries is not None:
        queries.forget_readings()
