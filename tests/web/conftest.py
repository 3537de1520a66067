"""A small organisation whose forecasts, findings and alerts come from the real pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from small_plans import MONDAY, milestone, plan_of, task

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.models import User
from watchfloor.forecasts.operations import freeze_baseline
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans.document import Dependency
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=7)


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """One person per role that the tests sign in as, by role."""
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Berlin", now=NOW)
    found = {}
    for role in ("administrator", "viewer"):
        made = accounts.create_user(SYSTEM, username=role, full_name=role.title(), password="Berth-4-is-late", now=NOW)
        accounts.grant(SYSTEM, user_id=made.id, role=role, now=NOW)
        found[role] = User.objects.get(pk=made.id)
    return found


@pytest.fixture
def projects_of(people: dict[str, User]) -> Callable[[int], None]:
    """Make so many more projects, each with a plan that slipped by four weeks a week ago."""
    made = 0

    def make(count: int) -> None:
        nonlocal made
        for _ in range(count):
            programme = f"P{made % 3}"
            if made < 3:
                portfolio.create_programme(SYSTEM, code=programme, name=f"Programme {made}", position=made, now=NOW)
            code = f"{programme}-{made:02d}"
            project = portfolio.create_project(
                SYSTEM, programme_code=programme, code=code, name=f"Works {made}", country="DE", now=NOW
            )
            plan = plan_of(
                task("A", 20, budget_minor=500_000),
                task("B", 20, budget_minor=700_000, responsible="Crew <1>"),
                milestone("M", is_committed=True, deadline=MONDAY + timedelta(days=70)),
                Dependency("A", "B"),
                Dependency("B", "M"),
                code=code,
            )
            plans.record_plan(SYSTEM, project.id, plan, origin="import", now=NOW)
            freeze_baseline(SYSTEM, project.id, name="B1", reason="first", now=NOW)
            late = replace(
                plan,
                activities=(
                    replace(plan.activities[0], duration_ticks=40 * 4800, remaining_ticks=40 * 4800),
                    *plan.activities[1:],
                ),
            )
            run_until_idle(lambda: NOW)
            plans.record_plan(SYSTEM, project.id, late, origin="import", now=LATER)
            made += 1
        run_until_idle(lambda: LATER)

    return make


@pytest.fixture
def sign_in(client: Client, people: dict[str, User]) -> Callable[[str], Client]:
    """The test client signed in as a role."""

    def enter(role: str) -> Client:
        client.force_login(people[role], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter
