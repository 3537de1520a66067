"""Escalation, duty and silence as one function: (state, now) → (state, actions). Pure.

Called whenever something may be due. It may be called late, twice, after a restart or with a clock that went back:
what it decides hangs on the state and the moment alone, and storing the new state with the actions in one transaction
makes every action happen once. See docs/methods/escalation.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from watchfloor.alerts.escalation.desk import Desk
from watchfloor.alerts.escalation.policy import Form, allowed
from watchfloor.alerts.escalation.silence import silence_of


class Phase(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Why(StrEnum):
    """Why somebody is told."""

    RAISED = "raised"
    WORSE = "worse"
    REOPENED = "reopened"
    ASSIGNED = "assigned"
    ESCALATED = "escalated"
    SNOOZE_ENDED = "snooze_ended"
    SILENCE_ENDED = "silence_ended"
    NOT_RESOLVED = "not_resolved"  # acknowledged, and then nothing followed for too long
    RELEASE = "release"  # a draft waits for the word of a person
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Watched:
    """What escalation knows of one alert.

    ``rung`` is how far it was escalated, -1 before anybody was told; ``told`` whom the last telling reached, and
    ``due_at`` until when they have time. ``news`` is what the next telling is about, set by whoever changed the alert.
    ``tellings`` counts and names them. ``release_at`` is when the draft of a hierarchical step goes out by itself.
    """

    alert_id: int
    project_id: int
    programme_ids: tuple[int, ...]
    group: str
    severity: int
    owner: int | None
    phase: Phase = Phase.RAISED
    news: Why | None = Why.RAISED
    rung: int = -1
    told: tuple[int, ...] = ()
    told_at: datetime | None = None
    due_at: datetime | None = None
    tellings: int = 0
    heard: frozenset[int] = frozenset()  # everybody told in this loop: nobody is asked twice in it
    acknowledged_by: int | None = None
    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    silenced: bool = False
    release_at: datetime | None = None
    is_exhausted: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell people about the alert. ``number`` of one alert never comes twice: it is the key of the delivery."""

    alert_id: int
    number: int
    why: Why
    people: tuple[int, ...]
    rung: int


@dataclass(frozen=True, slots=True)
class Prepare:
    """Draft the message of a hierarchical step to ``people``; it goes out once somebody below releases it."""

    alert_id: int
    rung: int
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exhaust:
    """Every rung has been climbed and nobody acknowledged: the floor says so, and nobody is told again."""

    alert_id: int


Action = Tell | Prepare | Exhaust
Turned = tuple[Watched, tuple[Action, ...]]


def turn(alert: Watched, desk: Desk, now: datetime) -> Turned:
    """What is due for the alert. At most one rung is climbed at a time: each has its own people and its own time."""
    if alert.phase == Phase.RESOLVED:
        return alert, ()
    alert = _not_ahead_of(alert, desk, now)
    if alert.phase == Phase.SNOOZED:
        if alert.snoozed_until is not None and now < alert.snoozed_until:
            return alert, ()
        alert = again(alert, Why.SNOOZE_ENDED)
    if alert.phase == Phase.ACKNOWLEDGED:
        ends = _acknowledgement_ends(alert, desk)
        if ends is None or now < ends:
            return _owned(alert, desk, now)
        alert = again(alert, Why.NOT_RESOLVED)
    if silence_of(desk.silences, alert, now) is not None:
        return replace(alert, silenced=True), ()
    if alert.silenced:
        alert = again(alert, Why.SILENCE_ENDED if alert.tellings else alert.news or Why.RAISED)
    return _asked(alert, desk, now)


def wakes_at(alert: Watched, desk: Desk, now: datetime) -> datetime | None:
    """When something may next be due if nothing else changes; None: not before somebody does something."""
    if alert.phase == Phase.SNOOZED:
        return alert.snoozed_until or now
    if alert.phase == Phase.ACKNOWLEDGED:
        if alert.news == Why.WORSE:
            silence = silence_of(desk.silences, alert, now)
            return now if silence is None else silence.ends
        return _acknowledgement_ends(alert, desk)
    if alert.phase == Phase.RESOLVED:
        return None
    if alert.is_exhausted and alert.rung >= 0 and alert.news is None and not alert.silenced:
        return None
    silence = silence_of(desk.silences, alert, now)
    if silence is not None:
        return silence.ends
    if alert.silenced or alert.news is not None or alert.due_at is None:
        return now
    coming = [each.begins for each in desk.silences if each.begins > now]  # so that it is shown as silenced
    return min([alert.release_at or alert.due_at, *coming])


def again(alert: Watched, why: Why) -> Watched:
    """The alert as when it was raised, to be told from the first rung on."""
    return replace(
        alert,
        phase=Phase.RAISED,
        news=why,
        rung=-1,
        told=(),
        told_at=None,
        due_at=None,
        heard=frozenset(),
        acknowledged_by=None,
        acknowledged_at=None,
        snoozed_until=None,
        silenced=False,
        release_at=None,
        is_exhausted=False,
    )


def escalated(alert: Watched, desk: Desk, now: datetime) -> Turned:
    """Somebody cannot settle it and passes it on to the next rung, whatever time is left and whoever had it."""
    asked = replace(
        alert,
        phase=Phase.RAISED,
        news=None,
        acknowledged_by=None,
        acknowledged_at=None,
        snoozed_until=None,
        release_at=None,
    )
    return _climb(_not_ahead_of(asked, desk, now), desk, now, Why.ESCALATED)


def released(alert: Watched, desk: Desk, people: tuple[int, ...], now: datetime) -> Turned:
    """A draft goes out: a person said so, or its time has come. Whoever gets it has the time of the step from now."""
    reached = tuple(each for each in people if each in desk.zones) or desk.anybody()
    return _tell(replace(alert, release_at=None), desk, Why.RELEASED, reached, now)


def _not_ahead_of(alert: Watched, desk: Desk, now: datetime) -> Watched:
    """A clock that went back: what was written down for later than now happened now, so that nothing waits for it."""
    if alert.told_at is not None and alert.told_at > now:
        moved = replace(alert, told_at=now, due_at=_due(alert, desk, now))
        release_at = _release_at(moved, desk) if alert.release_at is not None else None
        alert = replace(moved, release_at=release_at)
    if alert.acknowledged_at is not None and alert.acknowledged_at > now:
        alert = replace(alert, acknowledged_at=now)
    return alert


def _owned(alert: Watched, desk: Desk, now: datetime) -> Turned:
    """An alert that somebody has: that it got worse is told to them, and nobody else."""
    if alert.news != Why.WORSE or silence_of(desk.silences, alert, now) is not None:
        return alert, ()
    by = alert.acknowledged_by
    people = (by,) if by is not None and by in desk.zones else _still(alert, desk)
    return _tell(alert, desk, Why.WORSE, people, now)


def _asked(alert: Watched, desk: Desk, now: datetime) -> Turned:
    """An alert that waits for somebody to acknowledge it."""
    if alert.rung < 0 or alert.due_at is None:
        return _climb(alert, desk, now, alert.news or Why.RAISED)
    if alert.news == Why.ASSIGNED:  # its new owner has all the time from now
        return _climb(again(alert, Why.ASSIGNED), desk, now, Why.ASSIGNED)
    if alert.news is not None and alert.is_exhausted:
        return _climb(again(alert, alert.news), desk, now, alert.news)
    if alert.news is not None:
        # Worse is more urgent: the time may get shorter by it, never longer.
        told, actions = _tell(alert, desk, alert.news, _still(alert, desk), now)
        due = min(alert.due_at, told.due_at or alert.due_at)
        return replace(told, due_at=due, release_at=alert.release_at), actions
    if alert.release_at is not None:  # nobody is passed over while the draft to them waits
        if now < alert.release_at:
            return alert, ()
        step = desk.policy(alert.project_id).step(alert.rung)
        people = desk.people(step, project_id=alert.project_id, owner=alert.owner, now=now)
        return released(alert, desk, people, now)
    if alert.is_exhausted or now < alert.due_at:
        return alert, ()
    return _climb(alert, desk, now, Why.ESCALATED)


def _climb(alert: Watched, desk: Desk, now: datetime, why: Why) -> Turned:
    """To the next rung that reaches somebody who was not told yet in this loop."""
    policy = desk.policy(alert.project_id)
    heard = alert.heard
    for rung in range(alert.rung + 1, policy.rungs):
        step = policy.step(rung)
        if rung and policy.loop(rung) != policy.loop(rung - 1):
            heard = frozenset()
        people = desk.people(step, project_id=alert.project_id, owner=alert.owner, now=now)
        if not set(people) - heard:
            continue
        reached = replace(alert, rung=rung, heard=heard, release_at=None)
        if step.form == Form.FUNCTIONAL:
            return _tell(reached, desk, why, people, now)
        # Whoever was told before may release it; the message itself waits.
        told, actions = _tell(reached, desk, Why.RELEASE, _still(alert, desk), now)
        told = replace(told, release_at=_release_at(told, desk))
        return told, (Prepare(alert.alert_id, rung, people), *actions)
    if alert.is_exhausted:
        return alert, ()
    return replace(alert, is_exhausted=True, news=None), (Exhaust(alert.alert_id),)


def _tell(alert: Watched, desk: Desk, why: Why, people: tuple[int, ...], now: datetime) -> Turned:
    if not people:
        return replace(alert, news=None), ()
    told = replace(
        alert,
        news=None,
        told=people,
        told_at=now,
        tellings=alert.tellings + 1,
        heard=alert.heard | set(people),
    )
    told = replace(told, due_at=_due(told, desk, now))
    return told, (Tell(alert.alert_id, told.tellings, why, people, alert.rung),)


def _still(alert: Watched, desk: Desk) -> tuple[int, ...]:
    """Whom news of an alert goes to: those who were asked last, as far as they can still be told."""
    return tuple(each for each in alert.told if each in desk.zones) or desk.anybody()


def _due(alert: Watched, desk: Desk, now: datetime) -> datetime:
    """Until when whoever was told now has time; the first of them to have had it counts."""
    step = desk.policy(alert.project_id).step(alert.rung)
    return _first_after(alert.told, desk, now, allowed(step, alert.severity))


def _release_at(alert: Watched, desk: Desk) -> datetime | None:
    minutes = desk.policy(alert.project_id).step(alert.rung).release_min
    if minutes is None or alert.told_at is None:
        return None
    return _first_after(alert.told, desk, alert.told_at, timedelta(minutes=minutes))


def _first_after(people: tuple[int, ...], desk: Desk, at: datetime, working: timedelta) -> datetime:
    return min(desk.add_working(each, at, working) for each in (people or (None,)))


def _acknowledgement_ends(alert: Watched, desk: Desk) -> datetime | None:
    """When an acknowledgement that nothing followed is over; None: it holds for ever."""
    minutes = desk.policy(alert.project_id).acknowledged_min
    if minutes is None or alert.acknowledged_at is None:
        return None
    return desk.add_working(alert.acknowledged_by, alert.acknowledged_at, timedelta(minutes=minutes))
