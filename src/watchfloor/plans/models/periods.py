"""What is reported when: status periods, the submission of each, and what was said differently later."""

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
    """What the manager says for one period; what was computed at that time stands beside it, in a field of its own.

    ``version`` grows with everything that is said, so that nobody accepts what they have not read. What was said
    before and returned is in the journal.
    """

    period = models.OneToOneField(StatusPeriod, on_delete=models.CASCADE, related_name="submission")
    revision = models.ForeignKey("plans.Revision", null=True, on_delete=models.RESTRICT)
    state = models.CharField(max_length=10, choices=SubmissionState.choices, default=SubmissionState.SUBMITTED)
    version = models.IntegerField(default=0)
    reported = models.JSONField(default=dict)  # dimension (overall, time, cost …) → status code
    forecast_finish = models.DateField(null=True)
    eac_minor = models.BigIntegerField(null=True)
    path_to_green = models.TextField(blank=True)
    explanation = models.TextField(blank=True)  # why the report differs from the numbers
    source = models.CharField(max_length=260, blank=True)  # the file a draft was filled from; empty: typed
    saved_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)  # none: a draft
    submitted_by_id = models.BigIntegerField(null=True)
    submitted_by_name = models.CharField(max_length=150, blank=True)
    checks = models.JSONField(default=list)  # [code, outcome, parameters]; texts are made at the edge
    checked_at = models.DateTimeField(null=True)
    computed = models.JSONField(default=dict)  # status, finish and cost as computed when it was last checked
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)  # none: accepted by itself in fast mode
    decided_by_name = models.CharField(max_length=150, blank=True)
    decision_note = models.TextField(blank=True)
    is_by_hand = models.BooleanField(default=False)  # a person took a decision back: fast mode keeps off


class Restatement(models.Model):
    """What is said of a closed period afterwards. It stands beside what was said then, and is never changed."""

    period = models.ForeignKey(StatusPeriod, on_delete=models.CASCADE, related_name="restatements")
    reported = models.JSONField(default=dict)
    forecast_finish = models.DateField(null=True)
    eac_minor = models.BigIntegerField(null=True)
    path_to_green = models.TextField(blank=True)
    reason = models.TextField()
    restated_at = models.DateTimeField()
    restated_by_id = models.BigIntegerField(null=True)
    restated_by_name = models.CharField(max_length=150, blank=True)
