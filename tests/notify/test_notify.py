"""Deliveries: in the page at once, by mail through a real server, at least once and recognisable if twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.header import decode_header, make_header
from typing import Any

import pytest
from mail_server import Mailbox
from watched_floor import NOW, Floor

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.alerts import operations as alerts
from watchfloor.alerts import queries as alert_queries
from watchfloor.alerts import queries as alerts_queries
from watchfloor.detection.operations import detect
from watchfloor.kit.viewer import SYSTEM
from watchfloor.notify import operations, queries
from watchfloor.notify.models import Delivery
from watchfloor.notify.operations import Sent
from watchfloor.notify.smtp import is_reachable

MINUTE = timedelta(minutes=1)


@pytest.fixture
def alert_id(floor: Floor) -> int:
    floor.forecast(slip_days=12.0)
    detect(floor.project_id, now=NOW)
    alerts.group(floor.project_id, now=NOW)
    return alert_queries.open_alerts(SYSTEM)[0].id


def mail() -> Delivery:
    return Delivery.objects.get(channel="mail")


def tell(alert_id: int, why: str = "raised", number: int = 1, at: datetime = NOW) -> int:
    """Tell the owner, as the pipeline does after the watch decided so."""
    owner_id = alerts_queries.alert(SYSTEM, alert_id).owner_id
    assert owner_id is not None
    return operations.queue_for_alert(alert_id, why, number=number, to=[owner_id], now=at)


def test_the_owner_finds_it_in_the_page_without_any_mail_server(floor: Floor, alert_id: int) -> None:
    assert tell(alert_id) == 1
    owner = viewer_by_id(floor.manager_id)
    (message,) = queries.unseen(owner)
    assert (message.alert_id, message.channel, message.state) == (alert_id, "page", "sent")
    assert operations.mark_seen(owner, [message.id], now=NOW) == 1
    assert queries.unseen(owner) == ()
    assert operations.send_due(now=NOW) == Sent()


def test_the_same_event_twice_is_told_once(alert_id: int, mailbox: Mailbox) -> None:
    assert tell(alert_id) == 2
    assert tell(alert_id, at=NOW + MINUTE) == 0
    assert tell(alert_id, "worse", number=2, at=NOW + MINUTE) == 2


def test_a_mail_arrives_in_the_readers_language_and_zone_with_a_link(alert_id: int, mailbox: Mailbox) -> None:
    tell(alert_id)
    assert operations.send_due(now=NOW) == Sent(sent=1)
    (received,) = mailbox.mails
    body = received.get_payload(decode=True)
    assert isinstance(body, bytes)
    text = body.decode()
    assert received["To"] == "mara@meridian.org"
    assert received["Message-ID"].endswith("@floor.meridian.org>")
    assert received["Auto-Submitted"] == "auto-generated"
    assert "HB-01" in str(make_header(decode_header(received["Subject"])))
    assert f"https://floor.meridian.org/alerts/{alert_id}" in text
    assert "01.12.2026" in text, "a German date, for a German reader"
    assert queries.of_alert(SYSTEM, alert_id)[1].state == "sent"
    assert operations.send_due(now=NOW + timedelta(days=9)) == Sent(), "what was sent is not sent again"


def test_a_process_killed_before_it_could_note_the_sending_sends_the_same_mail_again(
    alert_id: int, mailbox: Mailbox
) -> None:
    tell(alert_id)
    operations.send_due(now=NOW)
    Delivery.objects.filter(channel="mail").update(sent_at=None)  # as if the last write never happened
    assert operations.send_due(now=NOW) == Sent(), "not before its next attempt is due"
    assert operations.send_due(now=NOW + MINUTE) == Sent(sent=1)
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_server_in_trouble_is_tried_again_with_growing_pauses_and_then_given_up(
    alert_id: int, mailbox: Mailbox
) -> None:
    mailbox.answer = "451 Try again later"
    tell(alert_id)
    now, pauses = NOW, []
    for _ in range(operations.MAX_ATTEMPTS - 1):
        assert operations.send_due(now=now) == Sent(postponed=1)
        pauses.append(mail().not_before - now)
        now = mail().not_before
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]
    assert operations.send_due(now=now) == Sent(failed=1)
    assert "451" in mail().error
    assert operations.send_due(now=now + timedelta(days=30)) == Sent()


def test_a_recipient_the_server_does_not_know_is_not_tried_again(alert_id: int, mailbox: Mailbox) -> None:
    mailbox.recipient_answer = "550 No such user"
    tell(alert_id)
    assert operations.send_due(now=NOW) == Sent(failed=1)
    assert mail().failed_at is not None


def test_a_server_that_does_not_answer_is_tried_again(alert_id: int, mailbox: Mailbox, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    tell(alert_id)
    assert operations.send_due(now=NOW) == Sent(postponed=1)
    assert "refused" in mail().error.lower()


def test_nobody_is_mailed_about_what_is_resolved_or_no_longer_theirs_to_see(
    floor: Floor, alert_id: int, mailbox: Mailbox
) -> None:
    tell(alert_id)
    alerts.resolve(SYSTEM, alert_id, "Second crew", now=NOW)
    assert operations.send_due(now=NOW) == Sent(failed=1)
    alerts.reopen(SYSTEM, alert_id, now=NOW)
    tell(alert_id, "reopened", number=2)
    accounts.set_active(SYSTEM, floor.manager_id, False, now=NOW)
    assert operations.send_due(now=NOW) == Sent(failed=1)
    assert mailbox.mails == []


def test_addresses_that_nobody_can_own_get_no_mail(floor: Floor, alert_id: int, mailbox: Mailbox) -> None:
    assert not is_reachable("mara@meridian.example")
    assert not is_reachable("mara")
    assert is_reachable("Mara <mara@meridian.org>")
