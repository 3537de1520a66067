"""How bad, and what kind of statement: the two scales every finding is placed on."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices


class Severity(IntegerChoices):
    """How bad; the numbers sort. Codes as on screen: on track, watch, at risk, critical."""

    ON_TRACK = 0
    WATCH = 1
    AT_RISK = 2
    CRITICAL = 3


class FindingClass(TextChoices):
    ALARM = "alarm"  # a person must decide
    NOTICE = "notice"  # in the digest and the submission check-list
    RECORD = "record"  # shown where it lies


def graded(value: float, watch: float, at_risk: float, critical: float) -> Severity:
    """The worst limit that the value is *above*; on track when it is above none."""
    if value > critical:
        return Severity.CRITICAL
    if value > at_risk:
        return Severity.AT_RISK
    return Severity.WATCH if value > watch else Severity.ON_TRACK
