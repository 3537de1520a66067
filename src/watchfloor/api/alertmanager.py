"""Alerts of other systems, sent as Prometheus Alertmanager sends them to a webhook (version 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema
from pydantic import AwareDatetime

from watchfloor.api.auth import viewer
from watchfloor.api.problems import responses
from watchfloor.detection import outside
from watchfloor.detection.outside import ALERTS_MAX, Said
from watchfloor.kit import clock

router = Router(tags=["watch"])
_YEAR_ONE = 2  # Alertmanager writes the year 1 for "no end yet"


class SentAlert(Schema):
    """One alert. The label ``project`` names the project by its code; ``severity`` is critical, warning or info."""

    status: str = "firing"
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    starts_at: AwareDatetime = Field(alias="startsAt")
    ends_at: AwareDatetime | None = Field(None, alias="endsAt")
    generator_url: str = Field("", alias="generatorURL", max_length=2000)
    fingerprint: str = Field(min_length=1, max_length=100)


class Message(Schema):
    """What Alertmanager posts; everything but the alerts is ignored."""

    alerts: list[SentAlert] = Field(max_length=ALERTS_MAX)


class TakenOut(Schema):
    """How many alerts were taken, and the fingerprints of those whose project is not one the caller may act on."""

    taken: int
    unmatched: list[str]


@router.post("/alertmanager", response=responses(TakenOut))
def take(request: HttpRequest, body: Message) -> Any:
    """Make alerts of other systems findings of their projects; a resolved one clears."""
    now = clock.now()
    return outside.take(viewer(request), [_said(each, now) for each in body.alerts], now=now)


def _said(sent: SentAlert, now: datetime) -> Said:
    ended = sent.ends_at is not None and sent.ends_at.year >= _YEAR_ONE and sent.ends_at <= now
    name = sent.labels.get("alertname", "")
    return Said(
        fingerprint=sent.fingerprint,
        project_code=sent.labels.get("project", ""),
        name=name or sent.fingerprint,
        summary=sent.annotations.get("summary") or sent.annotations.get("description") or "",
        severity=sent.labels.get("severity", ""),
        began_at=sent.starts_at,
        is_over=sent.status == "resolved" or ended,
        url=sent.generator_url,
        labels=sent.labels,
    )
