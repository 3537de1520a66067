"""Telling people: one delivery per alert event, person and channel, sent at least once and recognisable if twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F

from watchfloor.accounts import queries as accounts
from watchfloor.accounts.queries import UserRecord
from watchfloor.alerts import queries as alerts
from watchfloor.alerts.models import AlertState
from watchfloor.alerts.queries import AlertRecord
from watchfloor.journal import operations as journal
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.notify import chasing, feed_mails, incident_mails, smtp
from watchfloor.notify.feed_mails import queue_feed_mails
from watchfloor.notify.letters import Letter, Reader, alert_letter
from watchfloor.notify.models import Delivery

__all__ = ["MAX_ATTEMPTS", "Sent", "mark_seen", "queue_feed_mails", "queue_for_alert", "send_due"]

MAX_ATTEMPTS = 8
# Minutes until the next attempt, after the first, second … one: about a day in all.
_DELAYS = tuple(timedelta(minutes=each) for each in (1, 5, 15, 45, 120, 360, 720, 720))


# Messages that are about no alert: who writes each, and why it may have come to nothing.
_LETTERS: Mapping[str, tuple[Callable[[Delivery, UserRecord], Letter | None], str]] = {
    chasing.CODE: (chasing.letter_for, "Nothing is owed any more, or it is not the recipient's to see."),
    feed_mails.CODE: (feed_mails.letter_for, "Nothing of it is the recipient's to see any more."),
    incident_mails.CODE: (incident_mails.letter_for, "The incident is not the recipient's to see any more."),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round of sending did."""

    sent: int = 0
    failed: int = 0
    postponed: int = 0


@transaction.atomic
def queue_for_alert(alert_id: int, event: str, *, number: int, to: Collection[int], now: datetime) -> int:
    """Tell people about an alert; returns how many deliveries. ``number`` names the telling among those of the alert.

    The key is made of the alert, the number and the person, so that the same telling twice is one.
    """
    try:
        alert = alerts.alert(SYSTEM, alert_id)
    except NotFound:
        return 0
    if alert.state == AlertState.RESOLVED:
        return 0
    made = 0
    for user in filter(None, (accounts.user_by_id(each) for each in to)):
        if user.is_active:
            made += sum(_queue(alert, event, number, user, channel, now) for channel in smtp.channels(user.email))
    if made:
        _tell("delivery.queued", alert, now, {"event": event, "deliveries": made})
    return made


def _queue(  # noqa: PLR0917 - what is told, to whom, and how
    alert: AlertRecord, event: str, number: int, user: UserRecord, channel: str, now: datetime
) -> bool:
    delivery, is_new = Delivery.objects.get_or_create(
        idempotency_key=f"{channel}:{alert.id}:{number}:{user.id}",
        defaults={
            "alert_id": alert.id,
            "recipient_id": user.id,
            "channel": channel,
            "code": alert.code,
            "parameters": {"event": event, "severity": alert.severity, **alert.parameters},
            "created_at": now,
            "not_before": now,
        },
    )
    if is_new and channel == "page":
        # The page shows the row itself: it is delivered as soon as it is stored.
        delivery.sent_at = now
        delivery.save(update_fields=("sent_at",))
    return is_new


def send_due(*, now: datetime, beat: Callable[[], bool] = lambda: True, limit: int = 50) -> Sent:
    """Send the mails whose time has come, each in its own transactions; ``beat`` returning False ends the round.

    An attempt is counted, and the next one planned, *before* the mail goes out: a process killed in between sends it
    again later instead of never.
    """
    if not settings.MAIL_CONFIGURED:
        return Sent()
    sent = failed = postponed = 0
    for delivery in _due(now, limit):
        if not beat():
            break
        if not _claim(delivery, now):
            continue
        outcome = _send_one(delivery, now)
        sent += outcome == "sent"
        failed += outcome == "failed"
        postponed += outcome == "postponed"
    return Sent(sent, failed, postponed)


@transaction.atomic
def mark_seen(viewer: Viewer, delivery_ids: Collection[int], *, now: datetime) -> int:
    """The page has shown these messages to their recipient; returns how many were new."""
    rows = Delivery.objects.filter(pk__in=delivery_ids, recipient_id=viewer.user_id or -1, seen_at=None)
    return rows.update(seen_at=now)


@transaction.atomic
def see_chases(viewer: Viewer, period_id: int, *, now: datetime) -> int:
    """The viewer has opened what they were asked for; returns how many messages were new."""
    rows = Delivery.objects.filter(period_id=period_id, recipient_id=viewer.user_id or -1, channel="page", seen_at=None)
    return rows.update(seen_at=now)


def _due(now: datetime, limit: int) -> tuple[Delivery, ...]:
    rows = Delivery.objects.filter(channel="mail", sent_at=None, failed_at=None, not_before__lte=now)
    return tuple(rows.order_by("not_before", "id")[:limit])


def _claim(delivery: Delivery, now: datetime) -> bool:
    """One conditional UPDATE picks the sender, and plans the next attempt should this one come to nothing."""
    pause = _DELAYS[min(delivery.attempts, len(_DELAYS) - 1)]
    won = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, sent_at=None, failed_at=None).update(
        attempts=F("attempts") + 1, not_before=now + pause
    )
    if won:
        delivery.attempts += 1
    return bool(won)


def _send_one(delivery: Delivery, now: datetime) -> str:
    user = accounts.user_by_id(delivery.recipient_id)
    if user is None:
        return _give_up(delivery, None, "There is nobody left to send it to.", now)
    if delivery.code in _LETTERS:
        letter_for, why_not = _LETTERS[delivery.code]
        letter = letter_for(delivery, user) if user.is_active else None
        if letter is None:
            return _give_up(delivery, None, why_not, now)
        return _hand_over(delivery, None, user, letter, now)
    if delivery.alert_id is None:
        return _give_up(delivery, None, "There is nobody left to send it to.", now)
    try:
        alert = alerts.alert(SYSTEM, delivery.alert_id)
    except NotFound:
        return _give_up(delivery, None, "The alert is gone.", now)
    if alert.state == AlertState.RESOLVED:
        return _give_up(delivery, alert, "The alert was resolved before the mail could be sent.", now)
    if not accounts.viewer_by_id(user.id).may("project.view", alert.project_id):
        return _give_up(delivery, alert, "The recipient may no longer see the project.", now)
    return _hand_over(delivery, alert, user, _letter(delivery, alert, user), now)


def _hand_over(delivery: Delivery, alert: AlertRecord | None, user: UserRecord, letter: Letter, now: datetime) -> str:
    """Give the mail to the server and note what it said."""
    try:
        smtp.send(recipient=user.email, subject=letter.subject, body=letter.body, message_id=_message_id(delivery))
    except smtp.MailRefused as error:
        if error.permanent or delivery.attempts >= MAX_ATTEMPTS:
            return _give_up(delivery, alert, str(error), now)
        Delivery.objects.filter(pk=delivery.pk).update(error=str(error))
        return "postponed"
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(sent_at=now, error="")
        if alert is not None:
            _tell("delivery.sent", alert, now, {"delivery": delivery.pk, "channel": "mail"})
    return "sent"


def _letter(delivery: Delivery, alert: AlertRecord, user: UserRecord) -> Letter:
    return alert_letter(
        Reader(user.full_name, user.language, user.time_zone),
        event=str(delivery.parameters.get("event", "raised")),
        project_code=alert.project_code,
        project_name=alert.project_name,
        severity=alert.severity,
        code=alert.code,
        parameters=alert.parameters,
        raised_at=alert.raised_at,
        acknowledge_by=alert.acknowledge_by,
        link=f"{settings.PUBLIC_URL.rstrip('/')}/alerts/{alert.id}",
    )


def _message_id(delivery: Delivery) -> str:
    """Made of the key, so that a mail sent again after a crash is the same one to the reader's mail program."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return f"<{delivery.idempotency_key.replace(':', '.')}.watchfloor@{host}>"


@transaction.atomic
def _give_up(delivery: Delivery, alert: AlertRecord | None, error: str, now: datetime) -> str:
    Delivery.objects.filter(pk=delivery.pk).update(failed_at=now, error=error[:500])
    if alert is not None:
        _tell(
            "delivery.failed",
            alert,
            now,
            {"delivery": delivery.pk, "channel": "mail", "error": error.partition(":")[0][:200]},
        )
    return "failed"


def _tell(kind: str, alert: AlertRecord, now: datetime, data: Mapping[str, Any]) -> None:
    journal.append(
        kind,
        viewer=SYSTEM,
        now=now,
        project_id=alert.project_id,
        subject_kind="alert",
        subject_id=alert.id,
        data=dict(data),
    )
