"""Updates of incidents by mail, and reports that a playbook asks for: once each, in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from mail_server import Mailbox
from watched_floor import NOW, Floor

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import operations as alerts
from watchfloor.alerts import queries as alert_queries
from watchfloor.alerts.incidents import operations as incidents
from watchfloor.alerts.playbooks import operations as playbooks
from watchfloor.alerts.playbooks.records import PlaybookStep, StepAction, StepState
from watchfloor.detection.operations import detect
from watchfloor.journal.queries import facts
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.notify import incident_mails, operations
from watchfloor.notify.models import Delivery
from watchfloor.notify.operations import Sent
from watchfloor.pipeline import stages
from watchfloor.plans import operations as plans

HOUR = timedelta(hours=1)


@pytest.fixture
def mara(floor: Floor) -> Viewer:
    return viewer_by_id(floor.manager_id)


def tell(floor: Floor, mara: Viewer) -> int:
    """An incident with an update to its manager; returns the fact that sends it."""
    made = incidents.declare(mara, "HB-01", "Quay wall moves", now=NOW)
    incidents.tell(mara, made.id, "Berth 2 is closed", [floor.manager_id], next_after=24 * HOUR, now=NOW)
    (fact,) = facts(SYSTEM, kinds=("incident.updated",))
    return fact.id


def test_an_update_goes_out_once_with_its_words_and_the_next_promise(
    floor: Floor, mara: Viewer, mailbox: Mailbox
) -> None:
    fact = tell(floor, mara)
    for _twice in range(2):
        stages.run("deliver", floor.project_id, fact, now=NOW)
    assert operations.send_due(now=NOW) == Sent(sent=1)
    (received,) = mailbox.mails
    body = received.get_payload(decode=True)
    assert isinstance(body, bytes)
    text = body.decode()
    assert "Quay wall moves" in str(received["Subject"])
    assert "Berth 2 is closed" in text
    assert "/incidents/" in text
    assert "4." in text  # heard again by: 4 March, as German writes it


def test_whoever_may_no_longer_work_there_gets_nothing(floor: Floor, mara: Viewer, mailbox: Mailbox) -> None:
    fact = tell(floor, mara)
    stages.run("deliver", floor.project_id, fact, now=NOW)
    (grant,) = accounts.RoleGrant.objects.filter(user_id=floor.manager_id)
    grant.delete()
    assert operations.send_due(now=NOW) == Sent(failed=1)
    assert mailbox.mails == []
    assert "incident" in Delivery.objects.get().error


def test_an_update_that_is_gone_queues_nothing(floor: Floor, mailbox: Mailbox) -> None:
    assert incident_mails.queue_update(999, now=NOW) == 0


def test_a_playbook_asks_for_the_report_that_is_owed(floor: Floor, mailbox: Mailbox) -> None:
    late = datetime(2026, 3, 12, 9, tzinfo=UTC)
    plans.open_periods(floor.project_id, until=date(2026, 3, 6), now=NOW)
    floor.forecast(slip_days=12.0)
    detect(floor.project_id, now=NOW)
    alerts.group(floor.project_id, now=NOW)
    (alert,) = alert_queries.open_alerts(SYSTEM)
    draft = playbooks.Draft("Missing", (PlaybookStep("Ask for it", does=StepAction.ASK_REPORT),))
    written = playbooks.write(SYSTEM, draft, now=late)
    office = accounts.create_user(SYSTEM, username="omar", full_name="Omar", now=late)
    accounts.grant(SYSTEM, user_id=office.id, role="portfolio_manager", now=late)
    run = playbooks.take_up(viewer_by_id(office.id), alert.id, written.id, now=late)
    assert run.steps[0].state is StepState.DONE
    (fact,) = facts(SYSTEM, kinds=("report.wanted",))
    for _twice in range(2):
        stages.run("deliver", floor.project_id, fact.id, now=late)
    asked = Delivery.objects.filter(code="submission.chased", channel="page")
    assert [each.parameters["by"] for each in asked] == ["Omar"]
