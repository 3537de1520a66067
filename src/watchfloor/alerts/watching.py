"""The stored watch: rows into the pure turn and back, with its actions as facts in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from watchfloor.alerts.desk import desk_for
from watchfloor.alerts.escalation.desk import Desk
from watchfloor.alerts.escalation.policy import Form
from watchfloor.alerts.escalation.turn import (
    Action,
    Exhaust,
    Phase,
    Prepare,
    Tell,
    Turned,
    Watched,
    Why,
    again,
    turn,
    wakes_at,
)
from watchfloor.alerts.models import Alert, AlertState, ExceptionReport
from watchfloor.journal import operations as journal
from watchfloor.journal.versions import keep, taken
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio import queries as portfolio

Do = Callable[[Watched, Desk, datetime], Turned]
AT_ONCE = 200  # projects in one round; the next round takes the others


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look did."""

    told: int = 0
    drafted: int = 0


def look(project_id: int, *, now: datetime) -> Looked:
    """Do what is due for the open alerts of a project. Doing it twice changes nothing."""
    return _look(project_id, Q(), now)


def look_due(now: datetime) -> Looked:
    """Do what is due anywhere because time passed; also for what was written by a clock that was ahead."""
    due = Q(wakes_at__lte=now) | Q(told_at__gt=now) | Q(acknowledged_at__gt=now)
    rows = Alert.objects.filter(due).exclude(state=AlertState.RESOLVED)
    told = drafted = 0
    for project_id in rows.order_by("project_id").values_list("project_id", flat=True).distinct()[:AT_ONCE]:
        done = _look(project_id, due, now)
        told, drafted = told + done.told, drafted + done.drafted
    return Looked(told, drafted)


def wake(now: datetime) -> None:
    """Have every open alert looked at again: what escalation hangs on (a silence, a rota, a policy) has changed."""
    Alert.objects.exclude(state=AlertState.RESOLVED).update(wakes_at=now)


def step(row: Alert, viewer: Viewer, now: datetime, do: Do) -> list[Fact]:
    """Take one step of a locked alert and write it; returns the facts, which the caller appends last."""
    desk = desk_for((row.project_id,), now)
    above = portfolio.programmes_above((row.project_id,))[row.project_id]
    return _step(row, above, desk, viewer, now, do)


def draft_upwards(row: Alert, now: datetime) -> ExceptionReport | None:
    """A report of the alert to whoever the first step upwards of its policy names, which waits for its release.

    None where the policy has no such step, it leads to nobody, or a report of the alert was drafted already.
    """
    desk = desk_for((row.project_id,), now)
    steps = desk.policy(row.project_id).steps
    rung = next((at for at, each in enumerate(steps) if each.form == Form.HIERARCHICAL), None)
    if rung is None or row.reports.exists():
        return None
    people = desk.people(steps[rung], project_id=row.project_id, owner=row.owner_id, now=now)
    if not people:
        return None
    return row.reports.create(rung=rung, people=list(people), drafted_at=now)


def begin_anew(row: Alert, why: Why) -> None:
    """Let the row stand as when it was raised, to be told from the first step on; the caller saves it."""
    _write(row, again(watched_of(row, ()), why))


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact to append once everything is written: appending is the last write of a transaction."""

    kind: str
    row: Alert
    viewer: Viewer
    data: Mapping[str, Any]

    def append(self, now: datetime) -> None:
        journal.append(
            self.kind,
            viewer=self.viewer,
            now=now,
            project_id=self.row.project_id,
            subject_kind="alert",
            subject_id=self.row.pk,
            data={
                "alert": self.row.pk,
                "code": self.row.code,
                "parameters": self.row.parameters,
                "severity": self.row.severity,
                **self.data,
            },
        )


@transaction.atomic
def _look(project_id: int, which: Q, now: datetime) -> Looked:
    locked = Alert.objects.select_for_update(of=("self",)).filter(which, project_id=project_id)
    rows = list(locked.exclude(state=AlertState.RESOLVED).order_by("id"))
    if not rows:
        return Looked()
    desk, above = desk_for((project_id,), now), portfolio.programmes_above((project_id,))[project_id]
    facts = [fact for row in rows for fact in _step(row, above, desk, SYSTEM, now, turn)]
    for fact in facts:
        fact.append(now)
    kinds = [fact.kind for fact in facts]
    return Looked(kinds.count("alert.told"), kinds.count("alert.drafted"))


def _step(  # noqa: PLR0917 - a row, its surroundings, and what is to be done
    row: Alert,
    above: Sequence[int],
    desk: Desk,
    viewer: Viewer,
    now: datetime,
    do: Do,
) -> list[Fact]:
    before = watched_of(row, above)
    after, actions = do(before, desk, now)
    was = taken(row)
    _write(row, after)
    facts = [_done(row, action, viewer, now) for action in actions]
    if after.silenced != before.silenced:
        facts.insert(0, Fact("alert.silenced" if after.silenced else "alert.unsilenced", row, SYSTEM, {}))
    if facts or after.phase != before.phase:
        row.version += 1
    row.wakes_at = wakes_at(after, desk, now)
    if after != before or row.wakes_at != was["wakes_at"]:
        row.save()
        keep("alert", row, was, now=now, but=("wakes_at", "heard"))
    return facts


def watched_of(row: Alert, above: Sequence[int]) -> Watched:
    """The row as escalation sees it."""
    return Watched(
        alert_id=row.pk,
        project_id=row.project_id,
        programme_ids=tuple(above),
        group=row.group,
        severity=row.severity,
        owner=row.owner_id,
        phase=Phase(row.state),
        news=Why(row.news) if row.news else None,
        rung=row.rung,
        told=tuple(row.told),
        told_at=row.told_at,
        due_at=row.acknowledge_by if row.told_at is not None else None,
        tellings=row.tellings,
        heard=frozenset(row.heard),
        acknowledged_by=row.acknowledged_by_id,
        acknowledged_at=row.acknowledged_at,
        snoozed_until=row.snoozed_until,
        silenced=row.is_silenced,
        release_at=row.release_at,
        is_exhausted=row.is_exhausted,
    )


def _write(row: Alert, after: Watched) -> None:
    row.state, row.news = str(after.phase), str(after.news or "")
    row.rung, row.told, row.told_at = after.rung, list(after.told), after.told_at
    if after.due_at is not None:
        row.acknowledge_by = after.due_at
    row.tellings, row.heard = after.tellings, sorted(after.heard)
    row.acknowledged_by_id, row.acknowledged_at = after.acknowledged_by, after.acknowledged_at
    if after.acknowledged_at is None:
        row.acknowledged_by_name = ""
    row.snoozed_until = after.snoozed_until
    if after.snoozed_until is None:
        row.snoozed_by_name = ""
    row.is_silenced, row.release_at, row.is_exhausted = after.silenced, after.release_at, after.is_exhausted


def _done(row: Alert, action: Action, viewer: Viewer, now: datetime) -> Fact:
    """The action as a fact; a message upwards is drafted."""
    match action:
        case Tell():
            if action.why == Why.RELEASED:  # by a person, or because its time had come
                row.reports.filter(rung=action.rung, released_at=None, dropped_at=None).update(released_at=now)
            data = {"number": action.number, "why": str(action.why), "to": list(action.people), "rung": action.rung}
            return Fact("alert.told", row, viewer, data)
        case Prepare():
            # One that was drafted when the tolerance was passed serves, also when it was released since.
            report = row.reports.filter(rung=action.rung, dropped_at=None, drafted_at__gte=row.raised_at).last()
            if report is None:
                report = row.reports.create(rung=action.rung, people=list(action.people), drafted_at=now)
            return Fact("alert.drafted", row, viewer, {"report": report.pk, "to": report.people})
        case Exhaust():
            return Fact("alert.exhausted", row, viewer, {})
