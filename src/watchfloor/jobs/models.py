"""The queue is a table: a conditional UPDATE picks the winner, so no broker is needed."""

from __future__ import annotations

from django.db import models


class Job(models.Model):
    """One piece of work, visible while it waits, runs and after it ended."""

    kind = models.CharField(max_length=40)
    fact_id = models.BigIntegerField(null=True)  # the fact that asked for it; unique per kind
    project_id = models.BigIntegerField(null=True)  # whose viewers may see it
    created_by_id = models.BigIntegerField(null=True)
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    lease_holder = models.CharField(max_length=80, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    max_attempts = models.IntegerField(default=5)
    progress_done = models.IntegerField(default=0)
    progress_total = models.IntegerField(default=0)
    progress_note = models.CharField(max_length=200, blank=True)
    cancel_asked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)  # done, failed, cancelled
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "fact_id"), name="job_once_per_fact"),)
        indexes = (
            models.Index(fields=("not_before",), name="job_waiting", condition=models.Q(finished_at__isnull=True)),
        )
