"""What was promised: frozen plans with budget, dates and locked exchange rates."""

from __future__ import annotations

from django.db import models

from watchfloor.kit.db import WallClockField


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
    revision = models.ForeignKey("plans.Revision", null=True, on_delete=models.RESTRICT)
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
