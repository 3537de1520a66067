"""Fills the home folder of the browser tests; run as a script, with the settings of the server it is for."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))
django.setup()

from django.core.management import call_command  # noqa: E402
from small_plans import DAY, milestone, plan_of, task  # noqa: E402

from watchfloor.accounts import operations as accounts  # noqa: E402
from watchfloor.forecasts.operations import freeze_baseline  # noqa: E402
from watchfloor.kit.viewer import SYSTEM  # noqa: E402
from watchfloor.pipeline.straight import run_until_idle  # noqa: E402
from watchfloor.plans import operations as plans  # noqa: E402
from watchfloor.plans.document import Dependency  # noqa: E402
from watchfloor.portfolio import operations as portfolio  # noqa: E402

PASSWORD = "Berth-4-is-late"


def seed() -> None:
    call_command("migrate", verbosity=0)
    now = datetime.now(UTC) - timedelta(hours=1)
    before = now - timedelta(days=3)
    monday = datetime(now.year, now.month, now.day, 8) - timedelta(days=now.weekday() + 7)
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Berlin", now=before)
    made = accounts.create_user(SYSTEM, username="ada", full_name="Ada Admin", password=PASSWORD, now=before)
    accounts.grant(SYSTEM, user_id=made.id, role="administrator", now=before)
    pia = accounts.create_user(SYSTEM, username="pia", full_name="Pia Pohl", password=PASSWORD, now=before)
    for number, name in enumerate(("Harbour", "Metro")):
        portfolio.create_programme(SYSTEM, code=name[:2].upper(), name=name, position=number, now=before)
        for place in range(3):
            code = f"{name[:2].upper()}-0{place + 1}"
            project = portfolio.create_project(
                SYSTEM,
                programme_code=name[:2].upper(),
                code=code,
                name=f"{name} works {place + 1}",
                # A period of each is open now.
                cut_off_weekday=now.weekday(),
                now=before,
            )
            plan = plan_of(
                task("A", 20, budget_minor=500_000),
                task("B", 20, budget_minor=700_000),
                milestone("M", is_committed=True, deadline=monday + timedelta(days=63)),
                Dependency("A", "B"),
                Dependency("B", "M"),
                code=code,
                start=monday,
                data_date=monday,
            )
            plans.record_plan(SYSTEM, project.id, plan, origin="import", now=before)
            freeze_baseline(SYSTEM, project.id, name="B1", reason="first", now=before)
            if place == 0:
                run_until_idle(lambda: before)
                long = replace(plan.activities[0], duration_ticks=45 * DAY, remaining_ticks=45 * DAY)
                late = replace(plan, activities=(long, *plan.activities[1:]))
                plans.record_plan(SYSTEM, project.id, late, origin="import", now=now)
    accounts.grant(SYSTEM, user_id=pia.id, role="project_manager", project_code="HA-02", now=before)
    run_until_idle(lambda: now)


seed()
