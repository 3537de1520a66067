"""From forecasts to findings and a computed status, on the database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from watched_floor import NOW, Floor

from watchfloor.detection import queries
from watchfloor.detection.operations import Outcome, detect
from watchfloor.journal.queries import facts
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plans
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

DAY = timedelta(days=1)


def shown(project_id: int) -> str:
    status = queries.status(SYSTEM, project_id)
    return "" if status is None else status.display


def kinds(project_id: int) -> list[str]:
    wanted = ("finding.raised", "finding.changed", "finding.cleared", "status.changed")
    return [each.kind for each in facts(SYSTEM, project_id=project_id, kinds=wanted)]


def test_nothing_is_said_about_a_project_without_a_forecast(floor: Floor) -> None:
    assert detect(floor.project_id, now=NOW) == Outcome()
    assert shown(floor.project_id) == ""


def test_a_slip_becomes_a_finding_and_a_status_with_that_reason(floor: Floor) -> None:
    floor.forecast(slip_days=12.0)
    assert detect(floor.project_id, now=NOW) == Outcome(raised=1, status_changed=True)
    (finding,) = queries.findings(SYSTEM, floor.project_id)
    status = queries.status(SYSTEM, floor.project_id)
    assert status is not None
    assert (finding.detector, finding.parameters["slip_days"]) == ("finish_slip", 12.0)
    assert (status.display, status.reasons) == ("risk", (finding,))
    assert kinds(floor.project_id) == ["finding.raised", "status.changed"]


def test_looking_twice_changes_nothing(floor: Floor) -> None:
    floor.forecast(slip_days=12.0)
    detect(floor.project_id, now=NOW)
    assert detect(floor.project_id, now=NOW + DAY) == Outcome()
    assert len(kinds(floor.project_id)) == 2
    (finding,) = queries.findings(SYSTEM, floor.project_id)
    assert (finding.raised_at, finding.seen_at) == (NOW, NOW + DAY)


def test_a_finding_clears_at_once_but_the_status_waits_for_a_second_forecast(floor: Floor) -> None:
    floor.forecast(slip_days=12.0)
    detect(floor.project_id, now=NOW)
    floor.forecast(slip_days=0.0, at=NOW + DAY)
    assert detect(floor.project_id, now=NOW + DAY).cleared == 1
    held = queries.status(SYSTEM, floor.project_id)
    assert held is not None
    assert (held.display, held.held, len(held.reasons)) == ("risk", True, 1)
    floor.forecast(slip_days=0.0, at=NOW + 2 * DAY)
    detect(floor.project_id, now=NOW + 2 * DAY)
    assert shown(floor.project_id) == "on"
    assert [each.display for each in queries.status_history(SYSTEM, floor.project_id)] == ["risk", "on"]


def test_a_finding_that_gets_worse_stays_the_same_one(floor: Floor) -> None:
    floor.forecast(slip_days=6.0)
    detect(floor.project_id, now=NOW)
    floor.forecast(slip_days=30.0, at=NOW + DAY)
    assert detect(floor.project_id, now=NOW + DAY) == Outcome(changed=1, status_changed=True)
    (finding,) = queries.findings(SYSTEM, floor.project_id)
    assert (finding.raised_at, finding.display) == (NOW, "crit")


def test_silence_makes_the_status_stale_and_shows_the_last_one(floor: Floor) -> None:
    floor.forecast(slip_days=6.0)
    plans.open_periods(floor.project_id, until=date(2026, 3, 20), now=NOW)
    later = NOW + 7 * DAY  # the cut-off of Friday 6 March was due on Tuesday 10 March at 17:00
    detect(floor.project_id, now=later)
    assert shown(floor.project_id) == "watch"
    detect(floor.project_id, now=later + DAY)
    status = queries.status(SYSTEM, floor.project_id)
    assert status is not None
    assert (status.display, status.last_display, status.stale_since) == ("stale", "watch", date(2026, 3, 6))
    plans.submit(SYSTEM, floor.project_id, date(2026, 3, 6), reported={"overall": "on"}, now=later + DAY)
    detect(floor.project_id, now=later + DAY)
    assert shown(floor.project_id) == "watch"


def test_a_project_on_hold_is_not_watched(floor: Floor) -> None:
    floor.forecast(slip_days=12.0)
    detect(floor.project_id, now=NOW)
    portfolio.set_stage(SYSTEM, floor.project_id, "on_hold", reason="Permit", review_on=date(2026, 6, 1), now=NOW)
    assert detect(floor.project_id, now=NOW) == Outcome(cleared=1, status_changed=True)
    assert queries.findings(SYSTEM, floor.project_id) == ()
    assert shown(floor.project_id) == ""


def test_the_ledger_counts_and_compares(floor: Floor) -> None:
    floor.forecast(slip_days=0.0)
    detect(floor.project_id, now=NOW)
    before = facts(SYSTEM, newest_first=True, limit=1)[0].id
    floor.forecast(slip_days=12.0, at=NOW + DAY)
    detect(floor.project_id, now=NOW + DAY)
    for ledger in (queries.ledger(SYSTEM, since_fact=before), queries.ledger(SYSTEM, since=NOW)):
        rows = {row.display: (row.count, row.change) for row in ledger.rows}
        assert ledger.total == 1
        assert rows == {"crit": (0, 0), "risk": (1, 1), "watch": (0, 0), "on": (0, -1), "stale": (0, 0)}


def test_who_may_not_see_the_project_sees_nothing_of_it(floor: Floor) -> None:
    floor.forecast(slip_days=12.0)
    detect(floor.project_id, now=NOW)
    stranger = Viewer(user_id=99, name="Stranger")
    assert queries.statuses(stranger) == {}
    assert queries.ledger(stranger).total == 0
    with pytest.raises(NotFound):
        queries.findings(stranger, floor.project_id)


def test_what_wavers_around_its_limit_stays_said_until_it_is_well_within(floor: Floor) -> None:
    floor.forecast(slip_days=5.5)  # the limit is five days
    detect(floor.project_id, now=NOW)
    for days, slip in enumerate((4.8, 5.2, 4.5), start=1):
        floor.forecast(slip_days=slip, at=NOW + days * DAY)
        outcome = detect(floor.project_id, now=NOW + days * DAY)
        assert (outcome.raised, outcome.cleared) == (0, 0), slip
    floor.forecast(slip_days=3.9, at=NOW + 5 * DAY)
    assert detect(floor.project_id, now=NOW + 5 * DAY).cleared == 1


def test_near_the_limit_nothing_is_raised_and_a_limit_that_was_moved_counts_at_once(floor: Floor) -> None:
    floor.forecast(slip_days=4.8)
    assert detect(floor.project_id, now=NOW).raised == 0
    floor.forecast(slip_days=5.5, at=NOW + DAY)
    assert detect(floor.project_id, now=NOW + DAY).raised == 1
    version = portfolio_queries.project(SYSTEM, "HB-01").version
    portfolio.change_project(
        SYSTEM, floor.project_id, tolerances={"finish_watch_days": 6.0}, expected_version=version, now=NOW + DAY
    )
    assert detect(floor.project_id, now=NOW + DAY).cleared == 1
