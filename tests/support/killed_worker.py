"""The child of the test that kills workers: prepares a database, works on it, or says what came out.

Run as ``python killed_worker.py prepare|work|outcome`` with WATCHFLOOR_DATABASE_URL naming the database.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
import time
from datetime import timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")

PROJECTS = 5
PATIENCE_S = 120


def prepare() -> None:
    """Five projects with a baseline and a new revision each: some slip, some do not; the fifth waits for the first."""
    from django.core.management import call_command
    from watched_floor import real_plan

    from watchfloor.accounts import operations as accounts
    from watchfloor.forecasts import operations as forecasts
    from watchfloor.kit import clock
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.plans import operations as plans
    from watchfloor.plans.document import Dependency
    from watchfloor.portfolio import operations as portfolio

    call_command("migrate", verbosity=0)
    now = clock.now()
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="UTC", now=now)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=now)
    user = accounts.create_user(SYSTEM, username="mara", email="mara@meridian.example", now=now)
    accounts.grant(SYSTEM, user_id=user.id, role="portfolio_manager", now=now)
    for number in range(PROJECTS):
        code = f"HB-{number:02}"
        made = portfolio.create_project(SYSTEM, programme_code="HB", code=code, name=code, now=now)
        plan = real_plan(code)
        if number == PROJECTS - 1:
            link = Dependency("C", "A", predecessor_project="HB-00")
            plan = dataclasses.replace(plan, dependencies=(*plan.dependencies, link))
        plans.record_plan(SYSTEM, made.id, plan, origin="import", now=now)
        forecasts.freeze_baseline(SYSTEM, made.id, name="Contract", now=now)
        activities = tuple(
            dataclasses.replace(each, remaining_ticks=each.remaining_ticks * (1 + number % 3))
            if each.key == "B"
            else each
            for each in plan.activities
        )
        later = dataclasses.replace(plan, activities=activities)
        plans.record_plan(SYSTEM, made.id, later, origin="import", now=now + timedelta(seconds=1))


def work() -> None:
    """Run the worker until nothing is left to do."""
    from django.db import connections

    from watchfloor.jobs.queries import unfinished
    from watchfloor.journal.queries import head, position
    from watchfloor.pipeline.follow import CONSUMER
    from watchfloor.pipeline.worker import run_forever

    stop = threading.Event()

    def watch() -> None:
        deadline = time.monotonic() + PATIENCE_S
        calm = 0
        while calm < 5 and time.monotonic() < deadline:
            time.sleep(0.1)
            calm = calm + 1 if position(CONSUMER) == head() and unfinished() == 0 else 0
        connections.close_all()
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    print("working", flush=True)
    run_forever(stop)


def outcome() -> None:
    """What everybody sees, without ids and moments: those differ between any two runs."""
    from watchfloor.alerts.models import Alert
    from watchfloor.detection import queries as detection
    from watchfloor.detection.models import Finding
    from watchfloor.forecasts.queries import latest
    from watchfloor.jobs.models import Job
    from watchfloor.journal.queries import facts
    from watchfloor.journal.verifying import first_broken_fact
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.notify.models import Delivery
    from watchfloor.portfolio.queries import projects

    codes = {each.id: each.code for each in projects(SYSTEM)}
    said: dict[str, Any] = {
        "finish": {codes[pk]: str(each.schedule_finish) for pk, each in latest(SYSTEM).items()},
        "status": {codes[pk]: each.display for pk, each in detection.statuses(SYSTEM).items()},
        "findings": sorted(
            [codes[row.project_id], row.detector, row.subject, row.severity, row.finding_class]
            for row in Finding.objects.filter(cleared_at=None)
        ),
        "alerts": sorted([codes[row.project_id], row.group, row.severity, row.state] for row in Alert.objects.all()),
        "deliveries": sorted(
            [codes[row.alert.project_id], row.alert.group, row.channel]
            for row in Delivery.objects.select_related("alert")
            if row.alert is not None
        ),
        "raised": len(facts(SYSTEM, kinds=("alert.raised",))),
        "broken": first_broken_fact(),
        "failed_jobs": Job.objects.filter(outcome="failed").count(),
        "unfinished_jobs": Job.objects.filter(finished_at=None).count(),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    import django

    django.setup()
    {"prepare": prepare, "work": work, "outcome": outcome}[sys.argv[1]]()
