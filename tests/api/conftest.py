"""A small organisation to call the API against: two programmes, two projects, one person per role."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations as plans
from watchfloor.plans.document import TICKS_PER_HOUR, Activity, Dependency, Plan, Shift, WorkCalendar
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_DAY = (Shift(8 * TICKS_PER_HOUR, 12 * TICKS_PER_HOUR), Shift(13 * TICKS_PER_HOUR, 17 * TICKS_PER_HOUR))


@dataclass(frozen=True, slots=True)
class Caller:
    """Speaks to the API with one token."""

    client: Client
    secret: str

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        return self.client.generic(
            method,
            f"/api/v1{path}",
            data="" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}"},
        )


@pytest.fixture
def world(db: None) -> Callable[[str], Caller]:
    """``world("planner")`` is the person with that role on HB-01 (or on all, for the portfolio's roles)."""
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    for code in ("HB", "MW"):
        portfolio.create_programme(SYSTEM, code=code, name=code, now=NOW)
        made = portfolio.create_project(SYSTEM, programme_code=code, code=f"{code}-01", name=code, now=NOW)
        plans.record_plan(SYSTEM, made.id, plan(f"{code}-01"), origin="import", now=NOW)
    return _caller


def plan(code: str) -> Plan:
    """Ten days of design, then twenty of building."""
    calendar = WorkCalendar("5d", "Five days", (_DAY,) * 5 + ((), ()))
    days = 8 * TICKS_PER_HOUR
    return Plan(
        code=code,
        name=code,
        currency="EUR",
        data_date=datetime(2026, 3, 2, 8),
        start=datetime(2026, 3, 2, 8),
        calendar="5d",
        calendars=(calendar,),
        activities=(
            Activity("A", "Design", duration_ticks=10 * days, remaining_ticks=10 * days, budget_minor=100_00),
            Activity("B", "Build", duration_ticks=20 * days, remaining_ticks=20 * days, budget_minor=900_00),
        ),
        dependencies=(Dependency("A", "B"),),
    )


def _caller(role: str, *, read_only: bool = False) -> Caller:
    user = accounts.create_user(SYSTEM, username=role, now=NOW)
    wide = role in ("administrator", "portfolio_manager")
    accounts.grant(SYSTEM, user_id=user.id, role=role, project_code=None if wide else "HB-01", now=NOW)
    _, secret = accounts.create_token(viewer_by_id(user.id), name="test", read_only=read_only, now=NOW)
    return Caller(Client(), secret)
