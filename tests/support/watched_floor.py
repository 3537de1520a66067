"""A watched project with a manager, and forecasts made by hand, for tests of what follows from forecasts.

Loaded as a plugin by ``conftest.py``; the fixture is ``floor``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from watchfloor.plans.document import (
    TICKS_PER_HOUR,
    Activity,
    ActivityKind,
    Dependency,
    Plan,
    Shift,
    WorkCalendar,
)

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # a Tuesday
FINISH = datetime(2026, 12, 1, 17)
DEADLINE = datetime(2026, 6, 30, 17)


@dataclass
class Floor:
    """One project and those around it; ``forecast`` says where it is heading now."""

    project_id: int
    manager_id: int
    revision_id: int

    def forecast(
        self,
        *,
        slip_days: float = 0.0,
        eac_share: float = 1.0,
        at: datetime = NOW,
        data_date: datetime = datetime(2026, 3, 2, 8),
        **readings: float | None,
    ) -> int:
        """Store a forecast as the stage before would, with the readings that detectors look at and those named."""
        from watchfloor.forecasts.models import Forecast, LatestForecast, Reading

        row = Forecast.objects.create(
            project_id=self.project_id,
            revision_id=self.revision_id,
            cut=1,
            issued_at=at,
            data_date=data_date,
            engine="test",
            plan_finish=FINISH,
            slip_days=slip_days,
            schedule_finish=FINISH + timedelta(days=slip_days * 1.4),
            p50_finish=FINISH + timedelta(days=slip_days * 1.4),
            p80_finish=FINISH + timedelta(days=slip_days * 1.4),
            budget_minor=1_000_000,
            eac_minor=round(1_000_000 * eac_share),
            eac_method="cpi",
            currency="EUR",
        )
        said = {"planned_duration_days": 100.0, "rebaselines": 0.0, "slip_days": slip_days, **readings}
        Reading.objects.bulk_create(Reading(forecast=row, name=name, value=value) for name, value in said.items())
        LatestForecast.objects.update_or_create(project_id=self.project_id, defaults={"forecast": row})
        return row.pk


def forget_kept() -> None:
    """Ids of one test come again in the next; what the process kept of the old ones goes."""
    look = sys.modules.get("watchfloor.detection.look")
    if look is not None:
        look._floats_of.cache_clear()
        look._first_readings.cache_clear()
        sys.modules["watchfloor.detection.period_history"].forget()


@pytest.fixture(autouse=True)
def _forget_floats() -> None:
    forget_kept()


@pytest.fixture
def floor(db: None) -> Floor:
    from watchfloor.accounts import operations as accounts
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.plans import operations as plans
    from watchfloor.portfolio import operations as portfolio

    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    project = portfolio.create_project(
        SYSTEM, programme_code="HB", code="HB-01", name="Quay", time_zone="Europe/Lisbon", country="PT", now=NOW
    )
    plan = Plan(code="HB-01", name="Quay", activities=(Activity("A", "Design"),))
    revision = plans.record_plan(SYSTEM, project.id, plan, origin="import", now=NOW)
    assert revision is not None
    manager = accounts.create_user(
        SYSTEM,
        username="mara",
        full_name="Mara Dias",
        email="mara@meridian.org",
        time_zone="Europe/Lisbon",
        country="PT",
        language="de",
        now=NOW,
    )
    accounts.grant(SYSTEM, user_id=manager.id, role="project_manager", project_code="HB-01", now=NOW)
    return Floor(project.id, manager.id, revision.id)


def real_plan(code: str) -> Plan:
    """Ten days of design, twenty of building, then a promised handover; 10,000.00 of budget."""
    shifts = (Shift(8 * TICKS_PER_HOUR, 12 * TICKS_PER_HOUR), Shift(13 * TICKS_PER_HOUR, 17 * TICKS_PER_HOUR))
    day = 8 * TICKS_PER_HOUR
    start = datetime(2026, 3, 2, 8)
    return Plan(
        code=code,
        name=code,
        currency="EUR",
        data_date=start,
        start=start,
        calendar="5d",
        calendars=(WorkCalendar("5d", "Five days", (shifts,) * 5 + ((), ())),),
        activities=(
            Activity("A", "Design", duration_ticks=10 * day, remaining_ticks=10 * day, budget_minor=200_000),
            Activity("B", "Build", duration_ticks=20 * day, remaining_ticks=20 * day, budget_minor=800_000),
            Activity("C", "Handover", kind=ActivityKind.FINISH_MILESTONE, is_committed=True, deadline=DEADLINE),
        ),
        dependencies=(Dependency("A", "B"), Dependency("B", "C")),
    )
