"""The child of the test that kills the watch: escalates alerts over a simulated month, or says who was told of what.

Run as ``python killed_watch.py prepare|work|outcome`` with WATCHFLOOR_DATABASE_URL naming the database. The simulated
hour is kept in a file beside it, written after the hour is done: whoever is killed in between does that hour again.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")

BEGAN = datetime(2026, 3, 23, 7, tzinfo=UTC)  # over the last Sunday of March: clocks change
HOURS = 24 * 21
ALERTS = 6
_HOUR_FILE = "watch-hour"


def prepare() -> None:
    """Six projects that are late, with people in three zones to escalate to."""
    from django.core.management import call_command

    from watchfloor.accounts import operations as accounts
    from watchfloor.alerts.models import Alert
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.portfolio import operations as portfolio

    call_command("migrate", verbosity=0)
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=BEGAN)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=BEGAN)
    for username, role, zone, country in (
        ("otto", "duty_officer", "Europe/Vienna", "AT"),
        ("lea", "programme_manager", "America/New_York", "US"),
        ("pia", "portfolio_manager", "Asia/Singapore", "SG"),
    ):
        made = accounts.create_user(SYSTEM, username=username, time_zone=zone, country=country, now=BEGAN)
        programme = "HB" if role == "programme_manager" else None
        accounts.grant(SYSTEM, user_id=made.id, role=role, programme_code=programme, now=BEGAN)
    for number in range(ALERTS):
        code = f"HB-{number:02}"
        project = portfolio.create_project(SYSTEM, programme_code="HB", code=code, name=code, country="PT", now=BEGAN)
        Alert.objects.create(
            project_id=project.id,
            group="time",
            severity=1 + number % 3,
            code="finish.slip",
            parameters={"slip_days": 12.0 + number},
            raised_at=BEGAN,
            acknowledge_by=BEGAN,
            wakes_at=BEGAN + timedelta(hours=5 * number),
        )


def work() -> None:
    """Every hour of three weeks: what time makes due, one acknowledgement, and deliveries of what was told."""
    from watchfloor.alerts import operations, watching
    from watchfloor.alerts.models import Alert
    from watchfloor.journal.operations import advance
    from watchfloor.journal.queries import facts, position
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.notify.operations import queue_for_alert

    done = _hour_file()
    print("working", flush=True)
    for hour in range(int(done.read_text()) + 1 if done.exists() else 0, HOURS):
        now = BEGAN + timedelta(hours=hour)
        first = Alert.objects.order_by("id").first()
        if hour == 60 and first is not None and first.state == "raised":
            operations.acknowledge(SYSTEM, first.pk, now=now)
        watching.look_due(now)
        for fact in facts(SYSTEM, after=position("test"), kinds=("alert.told",)):
            said = fact.data
            queue_for_alert(said["alert"], said["why"], number=said["number"], to=said["to"], now=now)
            advance("test", fact.id)
        part = done.with_suffix(".part")
        part.write_text(str(hour))
        part.replace(done)


def outcome() -> None:
    """Who was told of what, when, and what reached whom."""
    from watchfloor.journal.queries import facts
    from watchfloor.journal.verifying import first_broken_fact
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.notify.models import Delivery

    told = [
        [each.subject_id, each.recorded_at.isoformat(), each.data["number"], each.data["why"], each.data["to"]]
        for each in facts(SYSTEM, kinds=("alert.told",), limit=5_000)
    ]
    keys = sorted(Delivery.objects.values_list("idempotency_key", flat=True))
    other = [each.kind for each in facts(SYSTEM, limit=5_000) if each.kind.startswith("alert.")]
    print(json.dumps({"told": told, "keys": keys, "kinds": sorted(other), "broken": first_broken_fact()}))


def _hour_file() -> Path:
    name = os.environ["WATCHFLOOR_DATABASE_URL"].rsplit("/", 1)[1]
    return Path(os.environ["WATCHFLOOR_HOME"]) / f"{_HOUR_FILE}-{name}"


if __name__ == "__main__":
    import django

    django.setup()
    {"prepare": prepare, "work": work, "outcome": outcome}[sys.argv[1]]()
