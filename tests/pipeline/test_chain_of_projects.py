"""One slip at the head of a chain through three projects: one alert, which names all it hits."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from watched_floor import real_plan

from watchfloor.accounts import operations as accounts
from watchfloor.alerts import queries as alerts
from watchfloor.alerts.causing import blast_radius, cause_of, radius
from watchfloor.detection.queries import findings
from watchfloor.forecasts import operations as forecasts
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans.document import Activity, ActivityKind, Dependency, Plan
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
LATER = NOW + timedelta(days=7)
DAY = 4800
CODES = ("HB-01", "HB-02", "HB-03")
# Six weeks after the schedule, so that what simulation alone adds does not alarm.
PROMISED = {"HB-01": datetime(2026, 12, 4, 17), "HB-02": datetime(2027, 7, 23, 17), "HB-03": datetime(2028, 3, 11, 17)}
EACH = 167  # activities of each project, about 500 together


def chain(code: str, before: str, *, first_days: int = 1, data_date: datetime | None = None) -> Plan:
    """A string of one-day activities, the first of which waits for the last of the project before."""
    base = real_plan(code)
    work = tuple(
        Activity(
            f"A{at:03}",
            f"Work {at}",
            duration_ticks=(first_days if at == 0 else 1) * DAY,
            remaining_ticks=(first_days if at == 0 else 1) * DAY,
        )
        for at in range(EACH - 1)
    )
    end = Activity(
        "END", f"{code} handed over", kind=ActivityKind.FINISH_MILESTONE, is_committed=True, deadline=PROMISED[code]
    )
    keys = [*(each.key for each in work), "END"]
    links = tuple(Dependency(one, other) for one, other in pairwise(keys))
    if before:
        links = (Dependency("END", "A000", predecessor_project=before), *links)
    return dataclasses.replace(base, activities=(*work, end), dependencies=links, data_date=data_date or base.data_date)


@pytest.fixture
def projects(db: None) -> dict[str, int]:
    """Made so that the project at the head has the highest id: order must not come from ids."""
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    found = {}
    for code in reversed(CODES):
        made = portfolio.create_project(SYSTEM, programme_code="HB", code=code, name=code, country="PT", now=NOW)
        found[code] = made.id
        user = accounts.create_user(SYSTEM, username=code.lower(), time_zone="Europe/Lisbon", country="PT", now=NOW)
        accounts.grant(SYSTEM, user_id=user.id, role="project_manager", project_code=code, now=NOW)
    for code, before in zip(CODES, ("", *CODES), strict=False):
        plans.record_plan(SYSTEM, found[code], chain(code, before), origin="import", now=NOW)
        run_until_idle(lambda: NOW)
        forecasts.freeze_baseline(SYSTEM, found[code], name="Contract", now=NOW)
    run_until_idle(lambda: NOW)
    return found


def slip(projects: dict[str, int], code: str, days: int, at: datetime = LATER) -> None:
    before = {"HB-01": "", "HB-02": "HB-01", "HB-03": "HB-02"}[code]
    plan = chain(code, before, first_days=1 + days, data_date=datetime(2026, 3, 3, 8))
    plans.record_plan(SYSTEM, projects[code], plan, origin="import", now=at)
    run_until_idle(lambda: at)


def time_alerts(*, open_only: bool = True) -> list[tuple[str, str]]:
    found = alerts.open_alerts(SYSTEM) if open_only else alerts.alerts(SYSTEM)
    return [(each.project_code, each.state) for each in found if each.group == "time"]


def test_a_slip_at_the_head_raises_one_alert_that_names_all_it_hits(projects: dict[str, int]) -> None:
    slip(projects, "HB-01", 30)
    assert all(findings(SYSTEM, pk, finding_class="alarm") for pk in projects.values())  # all three are late
    assert time_alerts(open_only=False) == [("HB-01", "raised")]
    hits = blast_radius(SYSTEM, projects["HB-01"])
    assert [each.project.code for each in hits] == ["HB-02", "HB-03"]
    assert {each.parameters.get("name") for hit in hits for each in hit.findings} >= {
        "HB-02 handed over",
        "HB-03 handed over",
    }
    assert [each.by for each in hits] == [(projects["HB-01"],), (projects["HB-02"],)]
    found = radius(SYSTEM, projects["HB-01"], hits)
    assert (found.projects, found.programmes) == (3, ("HB",))
    assert {(code, name) for code, name, _days in found.milestones} >= {
        ("HB-02", "HB-02 handed over"),
        ("HB-03", "HB-03 handed over"),
    }
    cause = cause_of(SYSTEM, projects["HB-03"])
    assert cause is not None
    assert cause.code == "HB-01"


def test_who_is_late_by_themselves_as_well_gets_an_alert_of_their_own(projects: dict[str, int]) -> None:
    slip(projects, "HB-01", 30)
    slip(projects, "HB-02", 25, at=LATER + timedelta(days=1))
    assert sorted(code for code, _state in time_alerts()) == ["HB-01", "HB-02"]


def test_once_the_head_is_on_time_again_nobody_is_told_of_anything(projects: dict[str, int]) -> None:
    slip(projects, "HB-01", 30)
    slip(projects, "HB-01", 0, at=LATER + timedelta(days=1))
    assert time_alerts() == []
    assert blast_radius(SYSTEM, projects["HB-01"]) == ()


def test_whoever_sees_only_their_project_learns_nothing_of_the_others(projects: dict[str, int]) -> None:
    slip(projects, "HB-01", 30)
    grants = frozenset({"project.view", "internal.view"})
    giver = Viewer(user_id=1, name="Giver", projects={projects["HB-01"]: grants})
    taker = Viewer(user_id=2, name="Taker", projects={projects["HB-03"]: grants})
    assert blast_radius(giver, projects["HB-01"]) == ()
    assert cause_of(taker, projects["HB-03"]) is None
