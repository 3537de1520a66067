"""What half a year of history takes on disk, and how long opening an old moment takes.

``python -m benchmarks.storage --json`` loads the full sample (48 projects, 26 weekly updates with their forecasts) into
a database of its own, adds one project of 2,000 activities with 26 weekly revisions, and prints one object of figures:
bytes in all and per table, and milliseconds to open the state of 20 weeks ago with nothing in memory. ``--size small``
is a quick look. It takes minutes; run it with ``nice``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ACTIVITIES = 2_000
WEEKS = 26
WEEKS_BACK = 20
AS_OF = date(2026, 11, 16)  # a Monday
_RUNS = 7
_ADDRESS = "/projects/BIG-01/activities?show=all&as_of="


def measure(size: str, home: Path) -> dict[str, Any]:
    """All figures, from an empty database in ``home``."""
    os.environ["WATCHFLOOR_HOME"] = str(home)
    os.environ["WATCHFLOOR_DATABASE_URL"] = f"sqlite:///{home / 'floor.sqlite3'}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.sample.load import load

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    loaded = load(SYSTEM, seed=1, as_of=AS_OF, size=size)
    load_s = time.perf_counter() - began
    figures: dict[str, Any] = {
        "size": size,
        "projects": loaded.projects,
        "activities": loaded.activities,
        "updates": loaded.updates,
        "load_s": round(load_s, 1),
        **_bytes(home / "floor.sqlite3"),
    }
    _big_project()
    return {**figures, **_opening()}


def _bytes(path: Path) -> dict[str, Any]:
    """Size of the database as it lies there, and of its tables with their indexes, largest first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        tables: dict[str, int] = {}
        try:
            cursor.execute(
                "SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY 1"
            )
            tables = dict(sorted(cursor.fetchall(), key=lambda row: -row[1])[:12])
        except Exception as missing:  # a SQLite without this table tells the whole size all the same
            print(f"no sizes per table: {missing}")
        counts = {}
        for name in ("plans_revision", "forecasts_forecast", "journal_fact", "journal_version"):
            cursor.execute(f"SELECT COUNT(*) FROM {name}")
            counts[name] = cursor.fetchone()[0]
    total = sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))
    return {
        "database_mb": round(total / 1e6, 1),
        "tables_mb": {name: round(octets / 1e6, 2) for name, octets in tables.items()},
        "rows": counts,
    }


def _big_project() -> None:
    """2,000 activities in chains of fifty; each week some move on and some grow."""
    from watchfloor.forecasts.operations import issue_forecast
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.plans import operations as plans
    from watchfloor.plans.document import Activity, Dependency, Plan, Shift, WorkCalendar
    from watchfloor.portfolio import operations as portfolio

    day = 4_800
    shifts = (Shift(4_800, 7_200), Shift(7_800, 10_200))
    began = datetime.combine(AS_OF - timedelta(weeks=WEEKS), datetime.min.time()) + timedelta(hours=8)
    first = began.replace(tzinfo=UTC)
    portfolio.create_programme(SYSTEM, code="BIG", name="Big", now=first)
    made = portfolio.create_project(SYSTEM, programme_code="BIG", code="BIG-01", name="Big", now=first)
    for week in range(WEEKS):
        now = first + timedelta(weeks=week)
        done = week * 40
        rows = tuple(
            Activity(
                f"A{number:04d}",
                f"Activity {number} of the big project",
                duration_ticks=(5 + number % 7 + (week if number % 11 == 0 else 0)) * day,
                remaining_ticks=0 if number < done else (5 + number % 7 + (week if number % 11 == 0 else 0)) * day,
                percent_complete=100.0 if number < done else 0.0,
                actual_start=began if number < done else None,
                actual_finish=began + timedelta(days=7 * week, hours=8) if number < done else None,
                budget_minor=100_000 + number,
                responsible=f"Crew {number % 9}",
            )
            for number in range(ACTIVITIES)
        )
        links = tuple(
            Dependency(f"A{number:04d}", f"A{number + step:04d}")
            for number in range(ACTIVITIES)
            for step in (1, 7)
            if number % 50 + step < 50
        )
        plan = Plan(
            "BIG-01",
            "Big",
            currency="EUR",
            data_date=began + timedelta(weeks=week),
            start=began,
            calendar="5d",
            calendars=(WorkCalendar("5d", "Five days", (shifts,) * 5 + ((), ())),),
            activities=rows,
            dependencies=links,
        )
        plans.record_plan(SYSTEM, made.id, plan, origin="import", now=now)
        issue_forecast(made.id, now=now)


def _opening() -> dict[str, Any]:
    """Plan and forecast of 20 weeks ago, and the page of its activities, each with nothing kept in memory."""
    from dataclasses import replace

    from django.conf import settings
    from django.test import Client

    from watchfloor.accounts import operations as accounts
    from watchfloor.accounts.models import User
    from watchfloor.forecasts import block
    from watchfloor.forecasts import queries as forecasts
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.plans import queries as plans
    from watchfloor.plans import store
    from watchfloor.portfolio.queries import project

    then = datetime.combine(AS_OF - timedelta(weeks=WEEKS_BACK), datetime.min.time(), UTC) + timedelta(hours=12)
    looking = replace(SYSTEM, as_of=then)
    project_id = project(SYSTEM, "BIG-01").id
    settings.ALLOWED_HOSTS = ["*"]
    user = accounts.create_user(SYSTEM, username="bench", now=then)
    accounts.grant(SYSTEM, user_id=user.id, role="viewer", now=then)
    client = Client()
    client.force_login(User.objects.get(pk=user.id), backend="django.contrib.auth.backends.ModelBackend")
    address = f"{_ADDRESS}{then:%Y-%m-%dT%H:%M:%SZ}"

    def forget() -> None:
        store._replayed.cache_clear()
        store._kept._states.clear()
        block.unpack.cache_clear()
        forecasts.forget_readings()

    def state() -> None:
        assert len(plans.plan(looking, project_id).activities) == ACTIVITIES
        assert len(forecasts.activity_forecasts(looking, project_id)) == ACTIVITIES
        assert forecasts.latest_of(looking, project_id) is not None

    def shown() -> None:
        assert client.get(address).status_code == 200

    return {
        "opened_activities": ACTIVITIES,
        "opened_weeks_ago": WEEKS_BACK,
        "open_state_ms": _milliseconds(state, forget),
        "open_page_ms": _milliseconds(shown, forget),
    }


def _milliseconds(work: Callable[[], None], forget: Callable[[], None]) -> float:
    work()  # imports and templates are read once per process, not per opening
    taken = []
    for _ in range(_RUNS):
        forget()
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--size", choices=("small", "full"), default="full")
    parser.add_argument("--keep", action="store_true", help="leave the database where it is and say where")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="watchfloor-storage-"))
    try:
        figures = measure(given.size, home)
    finally:
        if not given.keep:
            shutil.rmtree(home, ignore_errors=True)
    if given.keep:
        figures["home"] = str(home)
    print(json.dumps(figures, indent=2) if given.json else "\n".join(f"{name}: {figures[name]}" for name in figures))


if __name__ == "__main__":
    main()
