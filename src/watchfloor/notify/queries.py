"""Reading deliveries: what waits for a person in the page, and whether mails arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from watchfloor.kit.viewer import Viewer
from watchfloor.notify.models import Delivery


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One message to one person on one channel; ``state`` is waiting, sent, seen or failed."""

    id: int
    alert_id: int | None
    period_id: int | None
    project_id: int | None
    recipient_id: int
    recipient_name: str
    channel: str  # page, mail
    code: str
    parameters: Mapping[str, Any]
    created_at: datetime
    state: str
    attempts: int
    sent_at: datetime | None
    seen_at: datetime | None
    error: str


def unseen(viewer: Viewer, *, limit: int = 50) -> tuple[DeliveryRecord, ...]:
    """Messages to the viewer that the page has not shown yet, newest first."""
    rows = Delivery.objects.filter(recipient_id=viewer.user_id or -1, channel="page", seen_at=None)
    visible = viewer.project_ids()
    if visible is not None:
        rows = rows.filter(Q(alert__project_id__in=visible) | Q(period__project_id__in=visible))
    # What was done meanwhile needs no notice any more.
    rows = rows.exclude(alert__state="resolved").exclude(period__closed_at__isnull=False)
    rows = rows.exclude(period__submission__state__in=("submitted", "accepted", "frozen"))
    return tuple(_record(row) for row in rows.select_related("recipient", "alert", "period").order_by("-id")[:limit])


def of_alert(viewer: Viewer, alert_id: int) -> tuple[DeliveryRecord, ...]:
    """Who was told about an alert, on which channel, and whether it arrived; empty when the viewer may not see it."""
    rows = Delivery.objects.filter(alert_id=alert_id)
    visible = viewer.project_ids()
    if visible is not None:
        rows = rows.filter(alert__project_id__in=visible)
    found = rows.select_related("recipient", "alert", "period").order_by("id")[:200]
    return tuple(_told(viewer, _record(row)) for row in found)


def _told(viewer: Viewer, record: DeliveryRecord) -> DeliveryRecord:
    """A mail server's answer names addresses: it is for the recipient and for administrators."""
    if viewer.may("user.manage") or viewer.user_id == record.recipient_id:
        return record
    return replace(record, error=record.error.partition(":")[0])


def _record(row: Delivery) -> DeliveryRecord:
    return DeliveryRecord(
        id=row.pk,
        alert_id=row.alert_id,
        period_id=row.period_id,
        project_id=_project_id(row),
        recipient_id=row.recipient_id,
        recipient_name=row.recipient.get_full_name() or row.recipient.username,
        channel=row.channel,
        code=row.code,
        parameters=row.parameters,
        created_at=row.created_at,
        state=_state(row),
        attempts=row.attempts,
        sent_at=row.sent_at,
        seen_at=row.seen_at,
        error=row.error,
    )


def _project_id(row: Delivery) -> int | None:
    if row.alert is not None:
        return row.alert.project_id
    return row.period.project_id if row.period is not None else None


def _state(row: Delivery) -> str:
    if row.failed_at is not None:
        return "failed"
    if row.seen_at is not None:
        return "seen"
    return "sent" if row.sent_at is not None else "waiting"
