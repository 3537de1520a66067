"""The stored watch: who is told when, what a person can do about it, and that a kill at any step loses nothing."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from watched_floor import NOW, Floor

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import duty, handover, operations, policies, queries, reporting, silencing, watching
from watchfloor.alerts.escalation.policy import STANDARD, Form, Step, Target
from watchfloor.alerts.escalation.rota import Layer
from watchfloor.alerts.models import Alert, ExceptionReport
from watchfloor.alerts.policies import Draft
from watchfloor.alerts.silencing import Over
from watchfloor.detection.operations import detect
from watchfloor.journal.queries import FactRecord, facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed
from watchfloor.kit.viewer import SYSTEM

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def person(username: str, role: str, *, programme: str | None = None, zone: str = "Europe/Lisbon") -> int:
    made = accounts.create_user(SYSTEM, username=username, time_zone=zone, country="PT", now=NOW)
    accounts.grant(SYSTEM, user_id=made.id, role=role, programme_code=programme, now=NOW)
    return made.id


def raise_one(floor: Floor, *, at: datetime = NOW, slip_days: float = 12.0) -> int:
    floor.forecast(slip_days=slip_days, at=at)
    detect(floor.project_id, now=at)
    operations.group(floor.project_id, now=at)
    watching.look(floor.project_id, now=at)
    (alert,) = queries.open_alerts(SYSTEM)
    return alert.id


def told() -> list[tuple[str, tuple[int, ...]]]:
    return [(each.data["why"], tuple(each.data["to"])) for each in facts(SYSTEM, kinds=("alert.told",))]


def test_the_owner_is_told_at_once_and_nobody_twice(floor: Floor) -> None:
    raise_one(floor)
    watching.look(floor.project_id, now=NOW + HOUR)
    watching.look_due(NOW + HOUR)
    assert told() == [("raised", (floor.manager_id,))]


def test_silence_of_the_owner_climbs_one_step_at_a_time_in_the_working_time_of_whoever_was_told(floor: Floor) -> None:
    officer, lead = person("otto", "duty_officer"), person("lea", "programme_manager", programme="HB")
    alert_id = raise_one(floor)  # Tuesday 09:00; at risk: one working day each
    watching.look_due(NOW + 7 * HOUR)
    assert len(told()) == 1
    watching.look_due(NOW + 8 * HOUR)
    assert told()[1:] == [("escalated", (officer,))]
    watching.look_due(NOW + 10 * DAY)  # the machine slept: still one step, whose people have their time from now
    assert told()[2:] == [("escalated", (lead,))]
    watching.look_due(NOW + 10 * DAY + HOUR)
    assert len(told()) == 3
    assert queries.alert(SYSTEM, alert_id).acknowledge_by > NOW + 10 * DAY


def test_an_acknowledgement_stops_it_and_runs_out_when_nothing_follows(floor: Floor) -> None:
    alert_id = raise_one(floor)
    owner = operations.SYSTEM
    operations.acknowledge(owner, alert_id, now=NOW + HOUR)
    watching.look_due(NOW + 10 * DAY)
    assert len(told()) == 1
    watching.look_due(NOW + 20 * DAY)  # ten working days are over
    assert told()[1:] == [("not_resolved", (floor.manager_id,))]
    assert queries.alert(SYSTEM, alert_id).state == "raised"


def test_a_snoozed_alert_is_left_alone_until_its_moment_or_until_it_gets_worse(floor: Floor) -> None:
    alert_id = raise_one(floor)
    snoozed = operations.snooze(SYSTEM, alert_id, NOW + 3 * DAY, now=NOW + HOUR)
    assert (snoozed.state, snoozed.snoozed_until) == ("snoozed", NOW + 3 * DAY)
    watching.look_due(NOW + 2 * DAY)
    assert len(told()) == 1
    watching.look_due(NOW + 3 * DAY)
    assert told()[1:] == [("snooze_ended", (floor.manager_id,))]
    operations.snooze(SYSTEM, alert_id, NOW + 9 * DAY, now=NOW + 3 * DAY)
    raise_one(floor, at=NOW + 4 * DAY, slip_days=60.0)
    assert len(told()) == 3
    assert queries.alert(SYSTEM, alert_id).state == "raised"


@pytest.mark.parametrize("away", [timedelta(0), -HOUR, timedelta(days=31)])
def test_a_snooze_ends_within_a_month(floor: Floor, away: timedelta) -> None:
    alert_id = raise_one(floor)
    with pytest.raises(Invalid, match="next 30 days"):
        operations.snooze(SYSTEM, alert_id, NOW + away, now=NOW)


def test_escalating_by_hand_passes_it_on_at_once_until_nobody_is_above(floor: Floor) -> None:
    officer = person("otto", "duty_officer")
    board = person("bea", "approver")
    alert_id = raise_one(floor)
    alert = operations.escalate(SYSTEM, alert_id, "No crane before June", now=NOW + HOUR)
    assert told()[1:] == [("escalated", (officer,))]
    assert alert.told == (officer,)
    operations.escalate(SYSTEM, alert_id, now=NOW + HOUR)
    assert told()[2:] == [("release", (officer,))]  # the board gets a draft that waits for a word
    assert [each.people for each in ExceptionReport.objects.all()] == [[board]]
    for _ in range(STANDARD.rungs):
        with suppress(Conflict):
            operations.escalate(SYSTEM, alert_id, now=NOW + HOUR)
    with pytest.raises(Conflict, match="last step"):
        operations.escalate(SYSTEM, alert_id, now=NOW + HOUR)


class _Killed(BaseException):
    """The process ends here; what was not committed never happened."""


def _kill_somewhere(chance: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    real = watching._step

    def deadly(*given: object) -> object:
        if chance.random() < 0.2:
            raise _Killed
        found = real(*given)  # type: ignore[arg-type]
        if chance.random() < 0.2:
            raise _Killed
        return found

    monkeypatch.setattr(watching, "_step", deadly)


@pytest.mark.parametrize("seed", range(50))
def test_a_month_with_kills_tells_the_same_as_one_without(
    floor: Floor, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same month twice on the real database: left alone, and killed in about a third of its transactions."""
    person("otto", "duty_officer", zone="Australia/Sydney")
    person("lea", "programme_manager", programme="HB", zone="America/New_York")
    person("bea", "approver")
    mark = transaction.savepoint()
    calm = _month(floor, seed, None, monkeypatch)
    transaction.savepoint_rollback(mark)
    assert _month(floor, seed, random.Random(seed), monkeypatch) == calm


def _month(
    floor: Floor, seed: int, chance: random.Random | None, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[datetime, int, str, tuple[int, ...]]]:
    """What was told, when, and as which telling, relative to what was there before."""
    first = max([each.id for each in facts(SYSTEM, limit=1000)], default=0)
    alert_id = raise_one(floor)
    with monkeypatch.context() as patch:
        if chance is not None:
            _kill_somewhere(chance, patch)
        _live(alert_id, random.Random(seed))
    after: tuple[FactRecord, ...] = facts(SYSTEM, after=first, kinds=("alert.told",), limit=1000)
    numbers = [each.data["number"] for each in after]
    assert numbers == list(range(1, len(numbers) + 1))
    assert Alert.objects.get(pk=alert_id).tellings == len(numbers)
    return [(each.recorded_at, each.data["number"], each.data["why"], tuple(each.data["to"])) for each in after]


def _live(alert_id: int, script: random.Random) -> None:
    now, end = NOW, datetime(2026, 4, 2, tzinfo=UTC)
    while now < end:
        now += timedelta(hours=script.choice((1, 4, 9, 26)))
        act = script.random()
        state = Alert.objects.get(pk=alert_id).state
        if act < 0.1 and state == "raised":
            operations.acknowledge(SYSTEM, alert_id, now=now)
        elif act < 0.2 and state != "resolved":
            operations.snooze(SYSTEM, alert_id, now + timedelta(hours=30), now=now)
        elif act < 0.25 and state == "acknowledged":
            operations.reopen(SYSTEM, alert_id, now=now)
        for _ in range(40):
            try:
                watching.look_due(now)
                break
            except _Killed:
                continue


def test_a_report_goes_up_once_a_named_person_releases_it(floor: Floor) -> None:
    board = person("bea", "approver")
    alert_id = raise_one(floor)
    operations.escalate(SYSTEM, alert_id, now=NOW + HOUR)
    assert told()[1:] == [("release", (floor.manager_id,))]
    (draft,) = reporting.waiting(SYSTEM, alert_id)
    assert draft.people == ("bea",)
    reporting.release(SYSTEM, alert_id, draft.id, "Rent a second barge", now=NOW + 2 * HOUR)
    assert told()[2:] == [("released", (board,))]
    assert reporting.waiting(SYSTEM, alert_id) == ()
    with pytest.raises(Conflict):
        reporting.drop(SYSTEM, alert_id, draft.id, now=NOW + 3 * HOUR)


def test_a_silence_keeps_it_quiet_and_listed_until_it_ends(floor: Floor) -> None:
    made = silencing.silence(SYSTEM, Over("HB-01"), "Re-plan after the storm", NOW, NOW + 3 * DAY, now=NOW)
    alert_id = raise_one(floor)
    assert told() == []
    assert queries.alert(SYSTEM, alert_id).is_silenced
    silencing.end_silence(SYSTEM, made.id, now=NOW + DAY)
    watching.look_due(NOW + DAY)
    assert told() == [("raised", (floor.manager_id,))]


@pytest.mark.parametrize(
    ("reason", "ends"), [(" ", NOW + DAY), ("Freeze", NOW - DAY), ("Freeze", NOW + timedelta(days=91))]
)
def test_a_silence_needs_a_reason_and_an_end(floor: Floor, reason: str, ends: datetime) -> None:
    with pytest.raises(Invalid):
        silencing.silence(SYSTEM, Over("HB-01"), reason, NOW - 2 * DAY, ends, now=NOW)


def test_whoever_is_on_duty_is_told_and_gaps_are_seen_before_they_come(floor: Floor) -> None:
    nina, omar = (person(name, "duty_officer") for name in ("nina", "omar"))
    rota_id = duty.make_rota(SYSTEM, "Desk", "HB", night=False, now=NOW)
    weekdays = frozenset(range(5))
    layer = Layer((nina, omar), NOW.date() - timedelta(days=1), "Europe/Lisbon", weekdays=weekdays)
    duty.add_layer(SYSTEM, rota_id, layer, now=NOW)
    found = duty.rota(SYSTEM, rota_id, now=NOW)
    assert found.now == nina
    assert [each.begins.weekday() for each in found.gaps[:2]] == [5, 5]  # nobody on weekends
    duty.override(SYSTEM, rota_id, omar, NOW, NOW + 2 * DAY, now=NOW)
    alert_id = raise_one(floor)
    operations.escalate(SYSTEM, alert_id, now=NOW + HOUR)
    assert told()[1:] == [("escalated", (omar,))]


def test_the_watch_is_handed_over_with_what_happened_what_is_open_and_what_is_due(floor: Floor) -> None:
    nina, omar = (person(name, "duty_officer") for name in ("nina", "omar"))
    rota_id = duty.make_rota(SYSTEM, "Desk", "HB", night=False, now=NOW)
    duty.add_layer(SYSTEM, rota_id, Layer((nina, omar), NOW.date(), "Europe/Lisbon", shift_days=1), now=NOW)
    assert handover.write_due(NOW + HOUR) == 0  # the first watch takes over from nobody
    alert_id = raise_one(floor, at=NOW + HOUR)
    change = NOW + DAY
    assert (handover.write_due(change), handover.write_due(change + HOUR)) == (1, 0)
    brief = handover.newest(SYSTEM, rota_id, now=change)
    assert brief is not None
    assert (brief.giver_name, brief.taker_name, brief.at) == ("nina", "omar", change)
    assert [each.id for each in brief.opened] == [each.id for each in brief.unanswered] == [alert_id]
    assert [each.id for each in brief.due_next] == [alert_id]
    assert [(each.before, each.after) for each in brief.moved] == [("", "risk")]
    handover.note(viewer_by_id(nina), brief.id, "Is the crane booked?", now=change)
    with pytest.raises(NotAllowed):
        handover.acknowledge(viewer_by_id(nina), brief.id, now=change)
    handover.acknowledge(viewer_by_id(omar), brief.id, now=change)
    taken = handover.newest(SYSTEM, rota_id, now=change)
    assert taken is not None
    assert (taken.note, taken.acknowledged_by_name) == ("Is the crane booked?", "omar")
    with pytest.raises(Conflict):
        handover.acknowledge(viewer_by_id(omar), brief.id, now=change)


def test_the_nearest_policy_says_who_is_told_and_the_built_in_one_where_there_is_none(floor: Floor) -> None:
    lead = person("lea", "programme_manager", programme="HB")
    first = Step(Target.ROLE, "programme_manager")
    made = policies.set_policy(SYSTEM, Draft("Of the harbour", (first,)), programme_code="HB", now=NOW)
    raise_one(floor)
    assert told() == [("raised", (lead,))]
    own = Draft("Of the quay", (Step(Target.MANAGER), first))
    policies.set_policy(SYSTEM, own, project_code="HB-01", now=NOW)
    assert [each.name for each in policies.policies(SYSTEM)] == ["Built in", "Of the harbour", "Of the quay"]
    policies.remove_policy(SYSTEM, made.id, now=NOW)
    assert [each.name for each in policies.policies(SYSTEM)] == ["Built in", "Of the quay"]


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ((), "steps"),
        ((Step(Target.ROLE, "emperor"),), "steps.0.name"),
        ((Step(Target.OWNER), Step(Target.PERSON, "999")), "steps.1.name"),
        ((Step(Target.OWNER, after_min=0),), "steps.0.after_min"),
        ((Step(Target.LAST_RESORT),), "steps.0.name"),
    ],
)
def test_a_policy_that_leads_nowhere_is_refused_with_the_place(
    floor: Floor, steps: tuple[Step, ...], place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        policies.set_policy(SYSTEM, Draft("Mine", steps), now=NOW)
    assert refused.value.place == place


def test_a_policy_that_changed_meanwhile_is_not_overwritten(floor: Floor) -> None:
    draft = Draft("Mine", (Step(Target.OWNER),))
    made = policies.set_policy(SYSTEM, draft, now=NOW)
    policies.set_policy(SYSTEM, draft, now=NOW)
    with pytest.raises(Conflict):
        policies.set_policy(SYSTEM, draft, expected_version=made.version, now=NOW)


def test_a_report_that_was_let_go_does_not_go_out_by_itself(floor: Floor) -> None:
    person("bea", "approver")
    steps = (Step(Target.OWNER), Step(Target.ROLE, "approver", Form.HIERARCHICAL, release_min=60))
    policies.set_policy(SYSTEM, Draft("Upwards", steps), now=NOW)
    alert_id = raise_one(floor)
    operations.escalate(SYSTEM, alert_id, now=NOW + HOUR)
    (draft,) = reporting.waiting(SYSTEM, alert_id)
    reporting.drop(SYSTEM, alert_id, draft.id, now=NOW + HOUR)
    watching.look_due(NOW + 3 * HOUR)
    assert [why for why, _to in told()] == ["raised", "release"]


def test_the_words_of_a_released_report_can_be_read(floor: Floor) -> None:
    person("bea", "approver")
    alert_id = raise_one(floor)
    operations.escalate(SYSTEM, alert_id, now=NOW + HOUR)
    (draft,) = reporting.waiting(SYSTEM, alert_id)
    reporting.release(SYSTEM, alert_id, draft.id, "Rent a second barge", now=NOW + HOUR)
    assert [(each.words, each.released_by_name) for each in reporting.sent(SYSTEM, alert_id)] == [
        ("Rent a second barge", "watchfloor")
    ]


def test_a_forecast_beyond_tolerance_is_drafted_upwards_at_once_and_once_a_round(floor: Floor) -> None:
    board = person("bea", "approver")
    alert_id = raise_one(floor, slip_days=12.0)
    (draft,) = reporting.waiting(SYSTEM, alert_id)
    assert ExceptionReport.objects.get().people == [board]
    assert told() == [("raised", (floor.manager_id,))]  # the board hears when a person releases it
    reporting.release(SYSTEM, alert_id, draft.id, "A second crew from Monday", now=NOW + HOUR)
    assert ("released", (board,)) in told()
    for hour in range(2, 24 * 30):
        watching.look_due(NOW + hour * HOUR)
    # The draft served the first round; that nobody answered in the second is told with another.
    assert [each.rung for each in ExceptionReport.objects.order_by("id")] == [5, 11]


def test_what_is_only_watched_drafts_nothing(floor: Floor) -> None:
    person("bea", "approver")
    raise_one(floor, slip_days=6.0)
    assert not ExceptionReport.objects.exists()
