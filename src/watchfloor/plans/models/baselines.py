"""What was promised: frozen plans with budget, dates and locked exchange rates."""

from __future__ import annotations

from django.db import models

from watchfloor.kit.db import WallClockField


class BaselineKind(models.TextChoices):
    """Where a baseline stands now. Only this changes once one is frozen."""

    ORIGINAL = "original"
    APPROVED = "approved"  # the current approved one
    PREVIOUS = "previous"
    SUPERSEDED = "superseded"
    PROVISIONAL = "provisional"  # the first revision, serving until somebody approves one
    IMPORTED = "imported"  # came inside a file; nobody approved it here
    PROPOSED = "proposed"  # waits for somebody else to approve it
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class BaselineAct(models.TextChoices):
    """Which act made it the current one."""

    ORIGINAL = "original"  # the first that was ever approved
    AMENDMENT = "amendment"  # an approved change of a scope, from the data date on
    REBASELINE = "rebaseline"  # a whole new baseline, with its own authority and reason


class Baseline(models.Model):
    """A frozen plan with budget, dates and locked exchange rates. Another act adds one; none is ever rewritten."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="baselines")
    revision = models.ForeignKey("plans.Revision", null=True, on_delete=models.RESTRICT)
    parent = models.ForeignKey("self", null=True, on_delete=models.RESTRICT)  # which it amends or replaces
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=BaselineKind.choices)
    act = models.CharField(max_length=12, choices=BaselineAct.choices, blank=True)
    is_original = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    proposed_by_id = models.BigIntegerField(null=True)
    proposed_by_name = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by_id = models.BigIntegerField(null=True)
    approved_by_name = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)  # declined or withdrawn
    ended_by_name = models.CharField(max_length=150, blank=True)
    ended_reason = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    authority = models.CharField(max_length=200, blank=True)  # who decided, outside of here: a board, a client
    reference = models.CharField(max_length=200, blank=True)  # the change order, the minutes
    scope = models.JSONField(default=dict)  # of an amendment: activities, wbs, control_accounts
    origin = models.CharField(max_length=12, default="revision")  # revision, file, imported (a baseline of a file)
    source_name = models.CharField(max_length=400, blank=True)
    data_date = WallClockField(null=True)  # of the plan it froze; an amendment holds from it on
    start = WallClockField(null=True)
    finish = WallClockField(null=True)
    budget_minor = models.BigIntegerField(null=True)
    matched = models.IntegerField(null=True)  # of its activities, those that the plan had when it was frozen
    unmatched = models.IntegerField(null=True)
    rates = models.JSONField(default=dict)  # currency → reporting currency, as text decimals
    # Compressed columns: activity keys, start and finish (wall clock), duration ticks, cost in minor units …
    block = models.BinaryField()
