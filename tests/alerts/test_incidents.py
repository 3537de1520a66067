"""Incidents from declaration to review, and that nothing of them is anybody else's to see or do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from watched_floor import NOW, Floor

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import operations as alerts
from watchfloor.alerts import queries as alert_queries
from watchfloor.alerts.incidents import operations, queries
from watchfloor.alerts.incidents.operations import Review
from watchfloor.detection.operations import detect
from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer

HOUR = timedelta(hours=1)
REVIEW = Review("The quay wall moved", "Scour below the footing", "A survey before each dredging")


@pytest.fixture
def alert_id(floor: Floor) -> int:
    floor.forecast(slip_days=12.0)
    detect(floor.project_id, now=NOW)
    alerts.group(floor.project_id, now=NOW)
    (alert,) = alert_queries.open_alerts(SYSTEM)
    return alert.id


@pytest.fixture
def mara(floor: Floor) -> Viewer:
    return viewer_by_id(floor.manager_id)


def test_from_an_alert_to_a_review(floor: Floor, mara: Viewer, alert_id: int) -> None:
    made = operations.declare_for(mara, alert_id, now=NOW)
    assert (made.project_code, made.severity, made.state) == ("HB-01", 2, "open")
    assert made.people == {"manager": "Mara Dias"}
    assert [each.id for each in made.alerts] == [alert_id]
    assert [each.id for each in queries.of_alert(mara, alert_id)] == [made.id]

    operations.note(mara, made.id, "Divers saw a gap", at=NOW - HOUR, now=NOW)
    told = operations.tell(mara, made.id, "Berth 2 is closed", [floor.manager_id], next_after=4 * HOUR, now=NOW + HOUR)
    assert told.update_due_at == NOW + 5 * HOUR
    assert [(each.words, each.people) for each in told.entries] == [
        ("Divers saw a gap", ()),
        ("Berth 2 is closed", ("Mara Dias",)),
    ]
    with_task = operations.add_task(
        mara, made.id, "Call the yard", owner_id=floor.manager_id, due_on=date(2026, 3, 6), now=NOW
    )
    (task,) = with_task.tasks
    assert (with_task.open_tasks, task.owner_name, task.is_open) == (1, "Mara Dias", True)

    over = operations.settle(mara, made.id, now=NOW + 2 * HOUR)
    assert (over.state, over.update_due_at) == ("settled", None)
    with pytest.raises(Conflict, match="tasks"):
        operations.review(mara, made.id, REVIEW, closes=True, now=NOW + 3 * HOUR)
    operations.settle_task(mara, made.id, task.id, "done", now=NOW + 3 * HOUR)
    closed = operations.review(mara, made.id, REVIEW, closes=True, now=NOW + 3 * HOUR)
    assert (closed.state, closed.what_changes, closed.closed_by_name) == (
        "closed",
        "A survey before each dredging",
        mara.name,
    )
    kinds = [each.kind for each in facts(SYSTEM) if each.kind.startswith("incident.")]
    assert kinds == [
        "incident.declared", "incident.noted", "incident.updated", "incident.task_added", "incident.settled",
        "incident.task_settled", "incident.closed",
    ]  # fmt: skip


def test_a_closed_one_takes_nothing_more_until_it_is_opened_step_by_step(mara: Viewer) -> None:
    made = operations.declare(mara, "HB-01", "Quay", now=NOW)
    operations.settle(mara, made.id, now=NOW)
    operations.review(mara, made.id, REVIEW, closes=True, now=NOW)
    for attempt in (
        lambda: operations.note(mara, made.id, "Late", now=NOW),
        lambda: operations.tell(mara, made.id, "Late", [mara.user_id or 0], now=NOW),
        lambda: operations.add_task(mara, made.id, "Late", now=NOW),
        lambda: operations.settle(mara, made.id, now=NOW),
    ):
        with pytest.raises(Conflict):
            attempt()
    assert operations.reopen(mara, made.id, now=NOW).state == "settled"
    assert operations.reopen(mara, made.id, now=NOW).state == "open"
    with pytest.raises(Conflict):
        operations.reopen(mara, made.id, now=NOW)


def test_an_alert_belongs_to_one_open_incident_and_others_can_join_it(mara: Viewer, alert_id: int) -> None:
    made = operations.declare_for(mara, alert_id, now=NOW)
    with pytest.raises(Conflict, match="already"):
        operations.declare_for(mara, alert_id, now=NOW)
    assert len(operations.link(mara, made.id, alert_id, now=NOW).alerts) == 1
    operations.settle(mara, made.id, now=NOW)
    assert operations.declare_for(mara, alert_id, now=NOW).id != made.id


@pytest.mark.parametrize(
    ("attempt", "place"),
    [
        (lambda who, pk: operations.note(who, pk, " ", now=NOW), "words"),
        (lambda who, pk: operations.note(who, pk, "w" * 4_001, now=NOW), "words"),
        (lambda who, pk: operations.note(who, pk, "Soon", at=NOW + HOUR, now=NOW), "at"),
        (lambda who, pk: operations.tell(who, pk, "News", [], now=NOW), "people"),
        (lambda who, pk: operations.tell(who, pk, "News", [999], now=NOW), "people"),
        (lambda who, pk: operations.tell(who, pk, "N", [who.user_id], next_after=400 * HOUR, now=NOW), "next"),
        (lambda who, pk: operations.add_task(who, pk, "", now=NOW), "words"),
        (lambda who, pk: operations.add_task(who, pk, "Call", owner_id=999, now=NOW), "owner"),
        (lambda who, pk: operations.give_part(who, pk, "jester", None, now=NOW), "part"),
        (lambda who, pk: operations.give_part(who, pk, "scribe", 999, now=NOW), "person"),
        (lambda who, pk: operations.declare(who, "HB-01", "", now=NOW), "title"),
        (lambda who, pk: operations.declare(who, "HB-01", "Quay", severity=0, now=NOW), "severity"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(mara: Viewer, attempt: object, place: str) -> None:
    made = operations.declare(mara, "HB-01", "Quay", now=NOW)
    with pytest.raises(Invalid) as refused:
        attempt(mara, made.id)  # type: ignore[operator]
    assert refused.value.place == place


def test_closing_asks_for_all_three_and_keeping_for_none(mara: Viewer) -> None:
    made = operations.declare(mara, "HB-01", "Quay", now=NOW)
    with pytest.raises(Conflict, match="once it is over"):
        operations.review(mara, made.id, REVIEW, closes=False, now=NOW)
    operations.settle(mara, made.id, now=NOW)
    kept = operations.review(mara, made.id, Review("It moved", "", ""), closes=False, now=NOW)
    assert (kept.state, kept.what_happened) == ("settled", "It moved")
    with pytest.raises(Invalid) as refused:
        operations.review(mara, made.id, Review("It moved", "", ""), closes=True, now=NOW)
    assert refused.value.place == "why_it_happened"


def test_nobody_outside_sees_it_and_who_may_not_act_only_reads(floor: Floor, mara: Viewer) -> None:
    made = operations.declare(mara, "HB-01", "Quay", now=NOW)
    stranger = Viewer(user_id=99, name="Stranger")
    guest = Viewer(user_id=98, name="Guest", projects={floor.project_id: frozenset({"project.view"})})
    reader = Viewer(
        user_id=97, name="Reader", projects={floor.project_id: frozenset({"project.view", "internal.view"})}
    )
    for viewer in (stranger, guest):
        assert queries.incidents(viewer) == ()
        with pytest.raises(NotFound):
            queries.incident(viewer, made.id)
        with pytest.raises(NotFound):
            operations.note(viewer, made.id, "Hello", now=NOW)
    assert [each.id for each in queries.incidents(reader)] == [made.id]
    with pytest.raises(NotAllowed):
        operations.note(reader, made.id, "Hello", now=NOW)


def test_parts_are_given_and_taken(floor: Floor, mara: Viewer) -> None:
    other = accounts.create_user(SYSTEM, username="ines", full_name="Ines Lobo", now=NOW)
    accounts.grant(SYSTEM, user_id=other.id, role="duty_officer", project_code="HB-01", now=NOW)
    made = operations.declare(mara, "HB-01", "Quay", now=NOW)
    assert operations.give_part(mara, made.id, "manager", other.id, now=NOW).people == {"manager": "Ines Lobo"}
    assert operations.give_part(mara, made.id, "manager", None, now=NOW).people == {}


def test_those_that_are_open_and_worst_come_first(mara: Viewer) -> None:
    first = operations.declare(mara, "HB-01", "Small", severity=1, now=NOW)
    second = operations.declare(mara, "HB-01", "Bad", severity=3, now=NOW)
    over = operations.declare(mara, "HB-01", "Over", severity=3, now=NOW)
    operations.settle(mara, over.id, now=NOW)
    assert [each.id for each in queries.incidents(mara)] == [second.id, first.id, over.id]
    assert [each.id for each in queries.incidents(mara, state="settled")] == [over.id]
