"""What work costs: an append-only ledger by control account, period and currency, and the reserves beside it."""

from __future__ import annotations

from django.db import models


class CostKind(models.TextChoices):
    BUDGET = "budget"
    ACTUAL = "actual"  # booked; amounts of all periods add up
    ACCRUAL = "accrual"  # used but not booked yet: the balance at the end of its period
    COMMITMENT = "commitment"  # ordered but not used yet: likewise a balance


class CostBatch(models.Model):
    """What was recorded in one go: a file, an entry by hand, a reversal, an approved change. Never changed."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="cost_batches")
    number = models.IntegerField()  # 1, 2, 3 … within the project
    origin = models.CharField(max_length=12)  # import, manual, api, reversal, change, sample
    source_name = models.CharField(max_length=260, blank=True)
    digest = models.CharField(max_length=64, blank=True)  # of the file
    reason = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField()
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=150, blank=True)
    entry_count = models.IntegerField(default=0)
    # Per currency: the control total given, the sum of the lines, and why a difference was accepted.
    control = models.JSONField(default=dict)
    reverses = models.ForeignKey("self", null=True, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "number"), name="cost_batch_number_once"),)


class CostEntry(models.Model):
    """One line of the ledger, in its own currency, with the rates that valued it when it was recorded."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="cost_entries")
    batch = models.ForeignKey(CostBatch, on_delete=models.CASCADE, related_name="entries")
    account = models.ForeignKey("plans.ControlAccount", on_delete=models.RESTRICT, related_name="cost_entries")
    kind = models.CharField(max_length=10, choices=CostKind.choices)
    period = models.DateField()  # last day of what the amount is for
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    value_minor = models.BigIntegerField()  # in the project's currency
    rate = models.DecimalField(max_digits=20, decimal_places=10)  # of the project's currency for one of its own
    rate_on = models.DateField()  # the day that rate is dated: earlier than the period where that day had none
    rate_source = models.CharField(max_length=130, blank=True)
    reporting_minor = models.BigIntegerField(null=True)  # in the reporting currency; None where there was no rate
    reporting_currency = models.CharField(max_length=3, blank=True)
    reporting_rate = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    planned_price = models.DecimalField(max_digits=20, decimal_places=4, null=True)  # of one unit, in the currency
    reference = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=300, blank=True)
    line = models.IntegerField(default=0)  # of the file
    is_restatement = models.BooleanField(default=False)  # of a period that was frozen already
    # What tells the same line apart from another one; after a reversal it may be recorded once more.
    key = models.CharField(max_length=64)
    round = models.IntegerField(default=0)
    reverses = models.OneToOneField("self", null=True, on_delete=models.RESTRICT, related_name="reversed_by")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "key", "round"), name="cost_line_once"),)
        indexes = (models.Index(fields=("project", "kind", "period"), name="cost_by_period"),)


class ReserveKind(models.TextChoices):
    CONTINGENCY = "contingency"  # for identified risks, held by the project manager
    MANAGEMENT = "management"  # for the unforeseen, held above, outside the performance baseline
    UNDISTRIBUTED = "undistributed"  # budget of the performance baseline not yet given to a control account


class ReserveState(models.TextChoices):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ReserveChange(models.Model):
    """A drawdown (below zero) or an increase of a reserve: somebody proposes, somebody else decides."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="reserve_changes")
    kind = models.CharField(max_length=14, choices=ReserveKind.choices)
    amount_minor = models.BigIntegerField()  # in the project's currency
    account = models.ForeignKey("plans.ControlAccount", null=True, on_delete=models.RESTRICT, related_name="+")
    reason = models.CharField(max_length=300)
    reference = models.CharField(max_length=120, blank=True)  # change request, risk, board minute
    state = models.CharField(max_length=10, choices=ReserveState.choices, default=ReserveState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by_id = models.BigIntegerField(null=True)
    proposed_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=150, blank=True)
    decision_note = models.CharField(max_length=300, blank=True)
    batch = models.ForeignKey(CostBatch, null=True, on_delete=models.RESTRICT, related_name="+")
