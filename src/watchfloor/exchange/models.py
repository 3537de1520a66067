"""Tables of the exchange: imports with their result, and feeds that are expected to come."""

from __future__ import annotations

from django.db import models


class PlanImport(models.Model):
    """One file given to us: kept until read, then its result stays for the result page."""

    job_id = models.BigIntegerField(null=True)
    source_name = models.CharField(max_length=260)
    size_bytes = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64)
    stored_path = models.CharField(max_length=400, blank=True)  # below WATCHFLOOR_HOME, removed once read
    uploaded_by_id = models.BigIntegerField(null=True)
    uploaded_by_name = models.CharField(max_length=150, blank=True)
    programme_id = models.BigIntegerField(null=True)  # where new projects go
    project_id = models.BigIntegerField(null=True)  # the one project the file updates, if named
    dry_run = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, default="waiting")  # waiting, running, done, unchanged, refused, cancelled
    format = models.CharField(max_length=12, blank=True)
    tool = models.CharField(max_length=120, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    remarks = models.JSONField(default=list)  # [code, place, detail]
    result = models.JSONField(default=dict)  # per project: counts, revision, comparison with stored dates


class ImportedProject(models.Model):
    """Which projects an import touched, so that its page can be scoped to who may see them."""

    plan_import = models.ForeignKey(PlanImport, on_delete=models.CASCADE, related_name="projects")
    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE)
    revision = models.ForeignKey("plans.Revision", null=True, on_delete=models.CASCADE)


class Feed(models.Model):
    """A file or folder read again and again; freshness is on the floor."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="feeds")
    path = models.CharField(max_length=400)
    every_seconds = models.BigIntegerField()
    last_run_at = models.DateTimeField(null=True)
    last_change_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    last_digest = models.CharField(max_length=64, blank=True)
    active = models.BooleanField(default=True)
