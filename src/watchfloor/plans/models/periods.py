"""What is reported when: status periods and the submission of each."""

from __future__ import annotations

from django.db import models


class StatusPeriod(models.Model):
    """One reporting period of a project: cut-off, the day the submission is due, and when it was closed."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="periods")
    cut_off = models.DateField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "cut_off"), name="period_once"),)


class SubmissionState(models.TextChoices):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    FROZEN = "frozen"


class Submission(models.Model):
    """What the manager says for one period; the computed status is never written here."""

    period = models.OneToOneField(StatusPeriod, on_delete=models.CASCADE, related_name="submission")
    revision = models.ForeignKey("plans.Revision", null=True, on_delete=models.RESTRICT)
    state = models.CharField(max_length=10, choices=SubmissionState.choices, default=SubmissionState.SUBMITTED)
    reported = models.JSONField(default=dict)  # dimension (overall, time, cost …) → status code
    forecast_finish = models.DateField(null=True)
    eac_minor = models.BigIntegerField(null=True)
    path_to_green = models.TextField(blank=True)
    submitted_at = models.DateTimeField()
    submitted_by_id = models.BigIntegerField(null=True)
    submitted_by_name = models.CharField(max_length=150, blank=True)
