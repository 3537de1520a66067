"""The plan as it is now.

Field names are those of ``plans.document``, so that a row and a record convert without a mapping.
"""

from __future__ import annotations

from django.db import models

from watchfloor.kit.db import WallClockField


class PlanHead(models.Model):
    """One plan per project: what is not a list of rows (dates, options, calendars …)."""

    project = models.OneToOneField("portfolio.Project", on_delete=models.CASCADE, related_name="plan")
    name = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=80, blank=True)  # as in the source
    currency = models.CharField(max_length=3, blank=True)
    data_date = WallClockField(null=True)
    start = WallClockField(null=True)
    must_finish_by = WallClockField(null=True)
    calendar = models.CharField(max_length=120, blank=True)
    options = models.JSONField(default=dict)
    # Small collections that only travel with the plan; each a list of records as in plans.document.
    calendars = models.JSONField(default=list)
    wbs = models.JSONField(default=list)
    resources = models.JSONField(default=list)
    assignments = models.JSONField(default=list)
    code_types = models.JSONField(default=list)
    field_types = models.JSONField(default=list)
    fields = models.JSONField(default=dict)
    codes = models.JSONField(default=dict)
    cost_account = models.CharField(max_length=400, blank=True)
    cost_accounts = models.JSONField(default=list)
    expenses = models.JSONField(default=list)
    notebooks = models.JSONField(default=list)
    revision = models.ForeignKey("plans.Revision", null=True, on_delete=models.RESTRICT, related_name="+")
    digest = models.CharField(max_length=64, blank=True)


class ActivityRow(models.Model):
    """One activity of the head plan; see ``plans.document.Activity`` for the fields and their units."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="activities")
    position = models.IntegerField()
    key = models.CharField(max_length=120)
    name = models.CharField(max_length=500, blank=True)
    code = models.CharField(max_length=120, blank=True)
    wbs = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20)
    calendar = models.CharField(max_length=120, blank=True)
    duration_ticks = models.BigIntegerField(default=0)
    remaining_ticks = models.BigIntegerField(default=0)
    percent_complete = models.FloatField(default=0)
    actual_start = WallClockField(null=True)
    actual_finish = WallClockField(null=True)
    budget_minor = models.BigIntegerField(null=True)
    actual_cost_minor = models.BigIntegerField(null=True)
    remaining_cost_minor = models.BigIntegerField(null=True)
    responsible = models.CharField(max_length=120, blank=True)
    is_committed = models.BooleanField(default=False)
    rest = models.JSONField(default=dict)  # the record's other fields, those that differ from their default

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "key"), name="activity_key_once"),)


class DependencyRow(models.Model):
    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="dependencies")
    position = models.IntegerField()
    key = models.CharField(max_length=350)  # as plans.difference tells rows apart
    predecessor_project = models.CharField(max_length=80, blank=True)
    predecessor = models.CharField(max_length=120)
    successor = models.CharField(max_length=120)
    kind = models.CharField(max_length=2)
    lag_ticks = models.BigIntegerField(default=0)
    lag_elapsed = models.BooleanField(default=False)
    lag_percent = models.FloatField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "key"), name="dependency_key_once"),)
        indexes = (models.Index(fields=("project", "successor"), name="dependency_by_successor"),)


class OverlayRow(models.Model):
    """What was added here to an activity of a plan that lives elsewhere; see ``plans.document.OverlayEntry``.

    A row whose activity is not in the plan is an orphan: it waits for the activity to come back, or to be moved.
    """

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="overlay")
    position = models.IntegerField()
    key = models.CharField(max_length=520)
    activity = models.CharField(max_length=120, blank=True)  # empty: the plan itself
    kind = models.CharField(max_length=20)
    entry = models.JSONField()  # the record

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "key"), name="overlay_key_once"),)
