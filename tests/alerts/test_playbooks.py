"""Playbooks: what they offer, what happens by itself, and whether they are measured to help."""

from __future__ import annotations

from datetime import timedelta

import pytest
from watched_floor import NOW, Floor

from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import operations as alerts
from watchfloor.alerts import queries as alert_queries
from watchfloor.alerts.incidents import queries as incidents
from watchfloor.alerts.playbooks import operations
from watchfloor.alerts.playbooks.measures import measured
from watchfloor.alerts.playbooks.operations import Draft
from watchfloor.alerts.playbooks.records import PlaybookStep, StepAction, StepLink, StepState
from watchfloor.detection.operations import detect
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SLIP = Draft(
    "The finish slips",
    (
        PlaybookStep("Say that it is yours", does=StepAction.ACKNOWLEDGE),
        PlaybookStep("See what moved it", "manager", StepLink.WHY),
        PlaybookStep("Open a room", "rota", does=StepAction.DECLARE),
    ),
    ("finish.slip",),
)


@pytest.fixture
def mara(floor: Floor) -> Viewer:
    return viewer_by_id(floor.manager_id)


def raise_one(floor: Floor, *, slip_days: float = 12.0) -> int:
    floor.forecast(slip_days=slip_days)
    detect(floor.project_id, now=NOW)
    alerts.group(floor.project_id, now=NOW)
    return alert_queries.open_alerts(SYSTEM)[0].id


def test_safe_steps_happen_by_themselves_and_the_others_wait(floor: Floor, mara: Viewer) -> None:
    alert_id = raise_one(floor)
    written = operations.write(SYSTEM, SLIP, now=NOW)
    assert [each.id for each in operations.for_alert(mara, alert_id)] == [written.id]
    run = operations.take_up(mara, alert_id, written.id, now=NOW + HOUR)
    assert [each.state for each in run.steps] == [StepState.DONE, StepState.OPEN, StepState.DONE]
    assert [each.people for each in run.steps][:2] == [("Mara Dias",), ("Mara Dias",)]
    assert (run.left, run.slip_days) == (1, 12.0)
    assert alert_queries.alert(mara, alert_id).acknowledged_by_name == mara.name
    assert len(incidents.of_alert(mara, alert_id)) == 1
    assert operations.for_alert(mara, alert_id) == ()  # it was taken up
    with pytest.raises(Conflict):
        operations.take_up(mara, alert_id, written.id, now=NOW + HOUR)

    done = operations.settle_step(mara, alert_id, run.id, 1, StepState.DONE, now=NOW + 2 * HOUR)
    assert (done.left, done.steps[1].by_name, done.steps[1].at) == (0, mara.name, NOW + 2 * HOUR)
    with pytest.raises(Conflict):
        operations.settle_step(
            mara, alert_id, run.id, 1, StepState.OPEN, now=NOW + 2 * HOUR, expected_version=run.version
        )
    assert operations.settle_step(mara, alert_id, run.id, 1, StepState.OPEN, now=NOW + 3 * HOUR).left == 1


def test_what_cannot_be_done_by_itself_stays_open_with_the_reason_and_undoes_nothing_else(
    floor: Floor, mara: Viewer
) -> None:
    alert_id = raise_one(floor)
    alerts.acknowledge(SYSTEM, alert_id, now=NOW)  # somebody else was faster
    draft = Draft(
        "Both",
        (
            PlaybookStep("Mine", does=StepAction.ACKNOWLEDGE),
            PlaybookStep("Ask", does=StepAction.ASK_REPORT),
            SLIP.steps[2],
        ),
    )
    run = operations.take_up(mara, alert_id, operations.write(SYSTEM, draft, now=NOW).id, now=NOW)
    assert [each.state for each in run.steps] == [StepState.OPEN, StepState.OPEN, StepState.DONE]
    assert "watchfloor" in run.steps[0].problem
    assert run.steps[1].problem == "No report is owed."


def test_it_is_offered_for_its_kinds_and_in_its_place_only(floor: Floor, mara: Viewer) -> None:
    from watchfloor.portfolio import operations as portfolio

    portfolio.create_programme(SYSTEM, code="MW", name="Metro", now=NOW)
    alert_id = raise_one(floor)
    other = operations.write(SYSTEM, Draft("Cost", (PlaybookStep("Look"),), ("cost.over_budget",)), now=NOW)
    elsewhere = operations.write(SYSTEM, Draft("There", (PlaybookStep("Look"),)), programme_code="MW", now=NOW)
    own = operations.write(SYSTEM, Draft("Own", (PlaybookStep("Look"),)), project_code="HB-01", now=NOW)
    wide = operations.write(SYSTEM, Draft("Any", (PlaybookStep("Look"),)), now=NOW)
    assert [each.id for each in operations.for_alert(mara, alert_id)] == [own.id, wide.id]
    with pytest.raises(Invalid):
        operations.take_up(mara, alert_id, other.id, now=NOW)
    with pytest.raises(NotFound):
        operations.take_up(mara, alert_id, elsewhere.id, now=NOW)


def test_one_that_is_changed_or_removed_leaves_those_taken_up_as_they_were(floor: Floor, mara: Viewer) -> None:
    alert_id = raise_one(floor)
    written = operations.write(SYSTEM, SLIP, now=NOW)
    operations.take_up(mara, alert_id, written.id, now=NOW)
    changed = operations.write(SYSTEM, Draft("New", (PlaybookStep("Look"),)), playbook_id=written.id, now=NOW)
    assert (changed.name, changed.version) == ("New", 2)
    with pytest.raises(Conflict):
        operations.write(SYSTEM, SLIP, playbook_id=written.id, expected_version=1, now=NOW)
    operations.remove(SYSTEM, written.id, now=NOW)
    (run,) = operations.runs_of(mara, alert_id)
    assert (run.name, len(run.steps)) == ("The finish slips", 3)


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (Draft("", (PlaybookStep("Look"),)), "name"),
        (Draft("Slip", ()), "steps"),
        (Draft("Slip", (PlaybookStep("Look"),) * 21), "steps"),
        (Draft("Slip", (PlaybookStep(""),)), "steps.0.words"),
        (Draft("Slip", (PlaybookStep("Look", "jester"),)), "steps.0.who"),
        (Draft("Slip", (PlaybookStep("Look"),), ("no.such",)), "codes"),
    ],
)
def test_a_playbook_that_cannot_be_is_refused_at_its_place(floor: Floor, draft: Draft, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        operations.write(SYSTEM, draft, now=NOW)
    assert refused.value.place == place


def test_only_who_manages_writes_and_only_who_acts_takes_up(floor: Floor, mara: Viewer) -> None:
    alert_id = raise_one(floor)
    written = operations.write(SYSTEM, SLIP, project_code="HB-01", now=NOW)
    reader = Viewer(
        user_id=97, name="Reader", projects={floor.project_id: frozenset({"project.view", "internal.view"})}
    )
    assert [each.id for each in operations.playbooks(reader)] == [written.id]
    assert operations.for_alert(reader, alert_id) == ()
    with pytest.raises(NotAllowed):
        operations.take_up(reader, alert_id, written.id, now=NOW)
    with pytest.raises(NotAllowed):
        operations.write(reader, SLIP, project_code="HB-01", now=NOW)
    with pytest.raises(NotAllowed):
        operations.write(mara, SLIP, now=NOW)
    with pytest.raises(NotFound):
        operations.playbook(Viewer(user_id=99, name="Stranger"), written.id)


def test_measured_by_use_by_time_and_by_whether_the_finish_came_back(floor: Floor, mara: Viewer) -> None:
    written = operations.write(SYSTEM, SLIP, now=NOW)
    without = raise_one(floor)
    alerts.resolve(mara, without, "By itself", now=NOW + 6 * HOUR)
    floor.forecast(slip_days=30.0, at=NOW + 7 * HOUR)  # worse: raised anew
    detect(floor.project_id, now=NOW + 7 * HOUR)
    alerts.group(floor.project_id, now=NOW + 7 * HOUR)
    (alert,) = alert_queries.open_alerts(SYSTEM)
    assert measured(SYSTEM, now=NOW + 7 * HOUR) == {}
    operations.take_up(mara, alert.id, written.id, now=NOW + 7 * HOUR)
    found = measured(SYSTEM, now=NOW + 7 * HOUR)[written.id]
    assert (found.used, found.resolved, found.judged, found.with_min) == (1, 0, 0, None)
    floor.forecast(slip_days=20.0, at=NOW + DAY)
    alerts.resolve(mara, alert.id, "Second crew", now=NOW + DAY)
    found = measured(SYSTEM, now=NOW + 2 * DAY)[written.id]
    assert (found.used, found.resolved, found.judged, found.came_back) == (1, 1, 1, 1)
    assert (found.with_min, found.without_min) == (60.0, 360.0)
    assert measured(Viewer(user_id=99, name="Stranger"), now=NOW + 2 * DAY) == {}
