"""Tables of alerts: findings grouped by cause that one named person must act on."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AlertState(models.TextChoices):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Alert(models.Model):
    """Its key (project, cause group) is open at most once; later findings of the same cause join it."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="alerts")
    group = models.CharField(max_length=160)  # what the findings have in common
    severity = models.IntegerField()
    code = models.CharField(max_length=60)  # headline: the worst finding's template …
    parameters = models.JSONField(default=dict)  # … and its parameters
    state = models.CharField(max_length=12, choices=AlertState.choices, default=AlertState.RAISED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="alerts_owned"
    )
    raised_at = models.DateTimeField()
    acknowledge_by = models.DateTimeField()  # working time of the owner, counted from raising
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_name = models.CharField(max_length=150, blank=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by_name = models.CharField(max_length=150, blank=True)  # empty when the cause cleared
    resolution = models.CharField(max_length=300, blank=True)
    reopened = models.IntegerField(default=0)
    version = models.IntegerField(default=0)
    findings = models.ManyToManyField("detection.Finding", related_name="alerts")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("project", "group"),
                condition=~models.Q(state="resolved"),
                name="alert_open_once",
            ),
        )
