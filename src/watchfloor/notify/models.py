"""Table of deliveries: what was sent, to whom, and whether it arrived."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Delivery(models.Model):
    """One message to one person on one channel; the key makes at-least-once sending recognisable as the same."""

    alert = models.ForeignKey("alerts.Alert", null=True, on_delete=models.CASCADE, related_name="deliveries")
    period = models.ForeignKey("plans.StatusPeriod", null=True, on_delete=models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    channel = models.CharField(max_length=20)  # page, mail
    idempotency_key = models.CharField(max_length=120, unique=True)
    code = models.CharField(max_length=60)
    parameters = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)  # given up after the last attempt
    error = models.TextField(blank=True)
