"""Measures of the watch, counted from alerts whose times are known."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from watched_floor import NOW, Floor

from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import operations, queries, watching
from watchfloor.alerts.latency import latencies
from watchfloor.alerts.measures import Spent, measures
from watchfloor.detection.operations import detect
from watchfloor.journal.operations import append
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


def test_decisions_are_timed_from_asking_to_a_persons_yes_or_no(floor: Floor) -> None:
    person, stranger = viewer_by_id(floor.manager_id), Viewer(user_id=9, name="Stranger")

    def tell(kind: str, subject: int, at: datetime, *, viewer: Viewer = person, report: int | None = None) -> None:
        with transaction.atomic():
            append(
                kind,
                viewer=viewer,
                now=at,
                project_id=floor.project_id,
                subject_kind="alert" if report else kind.partition(".")[0],
                subject_id=subject,
                data={} if report is None else {"report": report},
            )

    tell("baseline.proposed", 1, NOW)
    tell("baseline.approved", 1, NOW + DAY)  # eight working hours
    tell("baseline.proposed", 2, NOW)
    tell("baseline.declined", 2, NOW + 2 * HOUR)
    tell("baseline.proposed", 3, NOW)
    tell("baseline.withdrawn", 3, NOW + HOUR)  # nobody decided
    tell("submission.received", 1, NOW)
    tell("submission.accepted", 1, NOW + HOUR, viewer=SYSTEM)  # by itself
    tell("alert.drafted", 7, NOW, report=4)
    tell("report.released", 7, NOW + HOUR, report=4)
    tell("alert.drafted", 8, NOW, report=5)
    tell("alert.resolved", 8, NOW + HOUR)  # settled before anybody decided on its report
    tell("reserve.proposed", 5, NOW)
    found = latencies(SYSTEM, now=NOW + 3 * HOUR + DAY)
    assert {each.kind: (each.decided, each.median_min, each.slowest_min, each.open) for each in found.kinds} == {
        "baseline.proposed": (2, 300.0, 480, 0),
        "reserve.proposed": (0, None, None, 1),
        "submission.received": (0, None, None, 0),
        "alert.drafted": (1, 60.0, 60, 0),
    }
    assert [(each.kind, each.waited_min) for each in found.waiting] == [("reserve.proposed", 660)]
    assert latencies(stranger, now=NOW + DAY).waiting == ()
