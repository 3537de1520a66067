"""Alerts: one per cause, owned, acknowledged, resolved, reopened, and gone when their cause goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from watched_floor import NOW, Floor

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import operations, queries, watching
from watchfloor.alerts.operations import Outcome
from watchfloor.alerts.queries import AlertRecord
from watchfloor.detection.operations import detect
from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer

DAY = timedelta(days=1)


def look(floor: Floor, at: datetime, *, slip_days: float = 0.0, eac_share: float = 1.0) -> Outcome:
    floor.forecast(slip_days=slip_days, eac_share=eac_share, at=at)
    detect(floor.project_id, now=at)
    outcome = operations.group(floor.project_id, now=at)
    watching.look(floor.project_id, now=at)
    return outcome


def only(at: datetime = NOW) -> AlertRecord:
    (alert,) = queries.open_alerts(SYSTEM, now=at)
    return alert


def kinds() -> list[str]:
    return [each.kind for each in facts(SYSTEM) if each.kind.startswith("alert.") and each.kind != "alert.told"]


def test_an_alarm_raises_an_alert_for_the_manager_with_a_deadline_in_working_hours(floor: Floor) -> None:
    assert look(floor, NOW, slip_days=12.0) == Outcome(raised=1)
    alert = only()
    assert (alert.owner_name, alert.state, alert.display) == ("Mara Dias", "raised", "risk")
    assert alert.acknowledge_by == datetime(2026, 3, 3, 17, tzinfo=UTC)  # at risk: one working day
    assert alert.working_minutes_left == 480
    assert [each.detector for each in queries.alert(SYSTEM, alert.id).findings] == ["finish_slip"]


def test_grouping_twice_changes_nothing(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    assert operations.group(floor.project_id, now=NOW + DAY) == Outcome()
    assert kinds() == ["alert.raised"]


def test_two_causes_are_two_alerts_and_the_worst_comes_first(floor: Floor) -> None:
    assert look(floor, NOW, slip_days=6.0, eac_share=1.2) == Outcome(raised=2)
    assert [each.code for each in queries.open_alerts(SYSTEM)] == ["cost.over_budget", "finish.slip"]


def test_a_worse_finding_moves_the_deadline_forward_and_says_so(floor: Floor) -> None:
    look(floor, NOW, slip_days=6.0)
    before = only()
    assert look(floor, NOW + timedelta(hours=1), slip_days=40.0) == Outcome(joined=1)
    after = only()
    assert (after.id, after.display) == (before.id, "crit")
    assert after.acknowledge_by < before.acknowledge_by
    assert facts(SYSTEM, kinds=("alert.joined",))[0].data["worse"] is True


def test_an_alert_resolves_by_itself_when_its_cause_goes(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    alert_id = only().id
    assert look(floor, NOW + DAY) == Outcome(resolved=1)
    alert = queries.alert(SYSTEM, alert_id)
    assert (alert.state, alert.resolved_by_name, alert.resolution) == ("resolved", "", "")


def test_the_manager_acknowledges_and_the_countdown_stops(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    manager = viewer_by_id(floor.manager_id)
    alert = operations.acknowledge(manager, only().id, now=NOW + timedelta(hours=1))
    assert (alert.state, alert.acknowledged_by_name, alert.working_minutes_left) == ("acknowledged", "Mara Dias", None)
    again = operations.acknowledge(manager, alert.id, now=NOW + DAY)
    assert again.acknowledged_at == alert.acknowledged_at
    with pytest.raises(Conflict, match="Mara Dias has acknowledged it"):
        operations.acknowledge(SYSTEM, alert.id, now=NOW + DAY)


def test_what_changed_meanwhile_is_not_overwritten(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    alert = only()
    operations.acknowledge(SYSTEM, alert.id, now=NOW, expected_version=alert.version)
    with pytest.raises(Conflict):
        operations.resolve(SYSTEM, alert.id, "Done", now=NOW, expected_version=alert.version)


def test_what_a_person_resolved_is_not_raised_again_until_it_gets_worse(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    operations.resolve(SYSTEM, only().id, "Second crew from Monday", now=NOW)
    assert look(floor, NOW + DAY, slip_days=13.0) == Outcome()
    assert look(floor, NOW + 2 * DAY, slip_days=40.0) == Outcome(raised=1)


def test_what_cleared_and_came_back_is_raised_again(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    operations.resolve(SYSTEM, only().id, "Second crew from Monday", now=NOW)
    look(floor, NOW + DAY)
    assert look(floor, NOW + 2 * DAY, slip_days=12.0) == Outcome(raised=1)


def test_resolving_needs_a_word_and_can_be_taken_back(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    alert = only()
    with pytest.raises(Invalid):
        operations.resolve(SYSTEM, alert.id, "  ", now=NOW)
    operations.resolve(SYSTEM, alert.id, "Second crew", now=NOW)
    assert queries.open_alerts(SYSTEM) == ()
    reopened = operations.reopen(SYSTEM, alert.id, now=NOW + DAY)
    assert (reopened.state, reopened.reopened, reopened.resolution) == ("raised", 1, "")
    assert reopened.acknowledge_by > alert.acknowledge_by
    assert kinds() == ["alert.raised", "alert.resolved", "alert.reopened"]


def test_taking_back_an_acknowledgement_keeps_the_deadline(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    alert = only()
    operations.acknowledge(SYSTEM, alert.id, now=NOW)
    reopened = operations.reopen(SYSTEM, alert.id, now=NOW)
    assert (reopened.state, reopened.reopened, reopened.acknowledge_by) == ("raised", 0, alert.acknowledge_by)


def test_an_alert_can_be_given_to_somebody_who_may_act(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    deputy = accounts.create_user(SYSTEM, username="sami", time_zone="Asia/Riyadh", country="SA", now=NOW)
    with pytest.raises(Invalid):
        operations.assign(SYSTEM, only().id, deputy.id, now=NOW)
    accounts.grant(SYSTEM, user_id=deputy.id, role="project_manager", project_code="HB-01", now=NOW)
    alert = operations.assign(SYSTEM, only().id, deputy.id, now=NOW)
    assert alert.owner_name == "sami"
    assert alert.acknowledge_by == datetime(2026, 3, 4, 9, tzinfo=UTC)  # 12:00 in Riyadh, a working Wednesday


def test_who_may_only_look_cannot_act_and_who_may_not_look_finds_nothing(floor: Floor) -> None:
    look(floor, NOW, slip_days=12.0)
    alert_id = only().id
    stranger = Viewer(user_id=99, name="Stranger")
    reader = Viewer(
        user_id=98, name="Reader", projects={floor.project_id: frozenset({"project.view", "internal.view"})}
    )
    with pytest.raises(NotFound):
        queries.alert(stranger, alert_id)
    with pytest.raises(NotFound):
        operations.acknowledge(stranger, alert_id, now=NOW)
    assert queries.alert(reader, alert_id).id == alert_id
    with pytest.raises(NotAllowed):
        operations.acknowledge(reader, alert_id, now=NOW)
    assert queries.open_alerts(stranger) == ()


def test_a_removed_project_leaves_nothing_to_group(floor: Floor) -> None:
    assert operations.group(floor.project_id + 1000, now=NOW) == Outcome()
