"""Tables of the plan store.

Head rows hold the plan as it is now; their field names are those of ``plans.document``, so that a row and a record
convert without a mapping. A revision is the change set that led to the next head; a checkpoint is the whole plan,
compressed, so that any past moment is one checkpoint plus a few change sets.
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


class Revision(models.Model):
    """One accepted change of a plan. ``changes`` is a compressed list of (table, key, before, after)."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="revisions")
    number = models.IntegerField()  # 1, 2, 3 … within the project
    parent = models.ForeignKey("self", null=True, on_delete=models.RESTRICT, related_name="+")
    origin = models.CharField(max_length=20)  # import, edit, api, undo, sample
    reason = models.CharField(max_length=300, blank=True)
    source_name = models.CharField(max_length=260, blank=True)
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=150, blank=True)
    recorded_at = models.DateTimeField()
    data_date = WallClockField(null=True)
    digest = models.CharField(max_length=64)
    added = models.IntegerField(default=0)  # activities
    removed = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    changes = models.BinaryField()
    undoes = models.ForeignKey("self", null=True, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "number"), name="revision_number_once"),)


class Checkpoint(models.Model):
    """The whole plan at one revision, compressed."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="checkpoint")
    block = models.BinaryField()


class BaselineKind(models.TextChoices):
    ORIGINAL = "original"
    APPROVED = "approved"  # the current approved one
    PREVIOUS = "previous"
    SUPERSEDED = "superseded"
    PROVISIONAL = "provisional"  # the first revision, serving until somebody approves one
    IMPORTED = "imported"  # came inside a file; nobody approved it here


class Baseline(models.Model):
    """A frozen plan with budget, dates and locked exchange rates. Re-baselining adds one; none is ever changed."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="baselines")
    revision = models.ForeignKey(Revision, null=True, on_delete=models.RESTRICT)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=BaselineKind.choices)
    is_original = models.BooleanField(default=False)
    approved_at = models.DateTimeField()
    approved_by_name = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    start = WallClockField(null=True)
    finish = WallClockField(null=True)
    budget_minor = models.BigIntegerField(null=True)
    rates = models.JSONField(default=dict)  # currency → reporting currency, as text decimals
    # Compressed columns: activity keys, start and finish (wall clock), duration ticks, cost in minor units.
    block = models.BinaryField()


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
    revision = models.ForeignKey(Revision, null=True, on_delete=models.RESTRICT)
    state = models.CharField(max_length=10, choices=SubmissionState.choices, default=SubmissionState.SUBMITTED)
    reported = models.JSONField(default=dict)  # dimension (overall, time, cost …) → status code
    forecast_finish = models.DateField(null=True)
    eac_minor = models.BigIntegerField(null=True)
    path_to_green = models.TextField(blank=True)
    submitted_at = models.DateTimeField()
    submitted_by_id = models.BigIntegerField(null=True)
    submitted_by_name = models.CharField(max_length=150, blank=True)
