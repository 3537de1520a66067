"""Three clocks: a fresh file with an old data date, a new data date with nothing moved, and a feed that stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_plans import DAY, MONDAY, plan_of, task

from watchfloor.detection.clocks import Clocks, clocks
from watchfloor.exchange import operations as exchange
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans import period_queries
from watchfloor.plans.edits import ChangeActivity
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday; cut-offs on Fridays, due on the Tuesdays after


@pytest.fixture
def project_id(db: None) -> int:
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    project = portfolio.create_project(
        SYSTEM, programme_code="HB", code="HB-01", name="Quay", country="DE", time_zone="Europe/Berlin", now=NOW
    )
    update(project.id, 0, 20 * DAY)
    return project.id


def update(project_id: int, day: int, remaining: int, **fields: Any) -> None:
    """The plan as of so many days after Monday 2 March."""
    plan = plan_of(task("A", 20, remaining_ticks=remaining, **fields), code="HB-01")
    plan = replace(plan, data_date=MONDAY + timedelta(days=day))
    plans.record_plan(SYSTEM, project_id, plan, origin="import", now=NOW + timedelta(days=day))


def told(project_id: int, day: int) -> Clocks:
    now = NOW + timedelta(days=day)
    run_until_idle(lambda: now)
    (found,) = clocks(SYSTEM, (portfolio_queries.project_by_id(SYSTEM, project_id),), now)
    return found


def test_a_data_date_that_stands_still_stops_the_status_clock_after_the_grace(project_id: int) -> None:
    assert told(project_id, 8).status.state == "fresh", "the due Tuesday itself"
    stopped = told(project_id, 9)
    assert (stopped.status.state, stopped.status.on, stopped.status.missed) == ("stale", date(2026, 3, 2), 1)
    assert told(project_id, 16).status.state == "alarm"
    plans.submit(SYSTEM, project_id, date(2026, 3, 13), reported={"overall": "on"}, now=NOW + timedelta(days=16))
    assert told(project_id, 16).status.state == "fresh", "a report is a word too"


def test_a_new_data_date_with_nothing_changed_stops_the_content_clock_alone(project_id: int) -> None:
    update(project_id, 4, 20 * DAY)
    found = told(project_id, 9)
    assert found.status.state == "fresh"
    assert (found.content.state, found.content.on, found.content.missed) == ("stale", date(2026, 3, 2), 1)
    update(project_id, 9, 15 * DAY, actual_start=MONDAY)
    moved = told(project_id, 9)
    assert (moved.content.state, moved.content.on) == ("fresh", date(2026, 3, 11))


def test_only_recorded_progress_moves_the_content_clock(project_id: int) -> None:
    def moves(edit: ChangeActivity, day: int) -> bool:
        plans.edit_plan(SYSTEM, project_id, [edit], now=NOW + timedelta(days=day))
        return period_queries.contents((project_id,))[project_id].recorded_at == NOW + timedelta(days=day)

    assert not moves(ChangeActivity("A", {"name": "Dig deeper", "budget_minor": 5}), 1)
    assert moves(ChangeActivity("A", {"actual_start": MONDAY}), 2)
    assert moves(ChangeActivity("A", {"remaining_ticks": 19 * DAY}), 3)


def test_an_edit_speaks_as_of_the_day_it_was_made(project_id: int) -> None:
    edit = ChangeActivity("A", {"actual_start": MONDAY})
    plans.edit_plan(SYSTEM, project_id, [edit], now=NOW + timedelta(days=5))
    found = told(project_id, 9)
    assert (found.content.state, found.content.on) == ("fresh", date(2026, 3, 7))
    assert found.status.state == "stale", "nobody moved the data date"


def test_the_feed_clock_tells_when_its_file_was_read_and_that_it_cannot_be(project_id: int, tmp_path: Path) -> None:
    assert told(project_id, 0).feed.state == "none"
    file = tmp_path / "plan.csv"
    file.write_text("code,name,duration\nA,Dig,20d\n")
    feed = exchange.add_feed(SYSTEM, file, project_code="HB-01", every=timedelta(days=7), now=NOW)
    assert told(project_id, 0).feed.state == "stale", "never read yet"
    file.unlink()
    exchange.read_feed(feed.id, beat=lambda *_: True, now=NOW)
    found = told(project_id, 0).feed
    assert (found.state, found.at) == ("stale", NOW)


def test_the_detector_and_the_status_clock_agree(project_id: int) -> None:
    for day in (8, 9, 15, 16, 23):
        project = portfolio_queries.project_by_id(SYSTEM, project_id)
        found = told(project_id, day)
        missed = period_queries.missed_cut_offs(project, (NOW + timedelta(days=day)).date())
        assert found.status.missed == len(missed), day


def test_a_project_that_is_not_watched_has_no_clocks(project_id: int) -> None:
    portfolio.set_stage(SYSTEM, project_id, "on_hold", reason="Permit", review_on=date(2026, 6, 1), now=NOW)
    project = portfolio_queries.project_by_id(SYSTEM, project_id)
    assert clocks(SYSTEM, (project,), NOW) == ()
