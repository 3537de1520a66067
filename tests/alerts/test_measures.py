"""Measures of the watch, counted from alerts whose times are known."""

from __future__ import annotations

from datetime import timedelta

from watched_floor import NOW, Floor

from watchfloor.alerts import operations, queries, watching
from watchfloor.alerts.measures import Spent, measures
from watchfloor.detection.operations import detect
from watchfloor.kit.viewer import SYSTEM, Viewer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def raise_both(floor: Floor) -> dict[str, int]:
    """One alert about time, one about cost."""
    floor.forecast(slip_days=12.0, eac_share=1.2, at=NOW)
    detect(floor.project_id, now=NOW)
    operations.group(floor.project_id, now=NOW)
    watching.look(floor.project_id, now=NOW)
    return {each.group: each.id for each in queries.open_alerts(SYSTEM)}


def test_times_are_working_time_of_the_owner(floor: Floor) -> None:
    alerts = raise_both(floor)  # Tuesday nine o'clock in Lisbon
    operations.acknowledge(SYSTEM, alerts["time"], now=NOW + 3 * HOUR)
    operations.acknowledge(SYSTEM, alerts["cost"], now=NOW + DAY + HOUR)  # Wednesday ten: nine working hours
    operations.resolve(SYSTEM, alerts["time"], "Second crew", now=NOW + DAY)
    found = measures(SYSTEM, now=NOW + 2 * DAY)
    assert found.acknowledge == Spent(2, 360.0, 360.0)
    assert found.resolve == Spent(1, 480.0, 480.0)
    assert (found.alerts, found.acted, found.acted_share) == (2, 2, 1.0)
    assert (found.in_time, found.late) == (1, 1)  # critical cost had four hours
    assert (found.busiest_week, found.busiest_programme_week) == (2, 2)


def test_what_went_before_anybody_saw_it_is_noise(floor: Floor) -> None:
    raise_both(floor)
    floor.forecast(at=NOW + HOUR)
    detect(floor.project_id, now=NOW + HOUR)
    operations.group(floor.project_id, now=NOW + HOUR)
    found = measures(SYSTEM, now=NOW + DAY)
    assert [(each.code, each.count, each.unseen, each.acted_share) for each in found.rules] == [
        ("cost.over_budget", 1, 1, 0.0),
        ("finish.slip", 1, 1, 0.0),
    ]


def test_nothing_is_counted_of_what_the_viewer_may_not_see(floor: Floor) -> None:
    raise_both(floor)
    found = measures(Viewer(user_id=9, name="Stranger"), now=NOW + DAY)
    assert (found.alerts, found.acknowledge, found.acted_share) == (0, Spent(0, None, None), None)


def test_an_acknowledgement_that_ran_out_was_one_all_the_same(floor: Floor) -> None:
    alerts = raise_both(floor)
    operations.acknowledge(SYSTEM, alerts["time"], now=NOW + HOUR)
    watching.look_due(NOW + 30 * DAY)
    found = measures(SYSTEM, now=NOW + 31 * DAY)
    assert (found.acknowledge.count, found.acted, found.in_time) == (1, 1, 1)
