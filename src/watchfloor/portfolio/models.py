"""Tables of the portfolio tree: the organisation, its programmes, projects, clients and legal entities."""

from __future__ import annotations

from django.db import models


class Stage(models.TextChoices):
    PROPOSED = "proposed"
    APPROVED = "approved"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    CLOSING = "closing"
    CLOSED = "closed"
    CANCELLED = "cancelled"


WATCHED_STAGES = (Stage.ACTIVE, Stage.CLOSING)


class Cycle(models.TextChoices):
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"


class Organisation(models.Model):
    """The one organisation of this installation."""

    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, default="EUR")  # reporting currency
    time_zone = models.CharField(max_length=60, default="UTC")
    country = models.CharField(max_length=2, blank=True)
    tolerances = models.JSONField(default=dict)  # overrides of the defaults, inherited downwards


class Client(models.Model):
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    origin = models.CharField(max_length=20, blank=True)  # "sample" for what the sample brought


class LegalEntity(models.Model):
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    origin = models.CharField(max_length=20, blank=True)


class Programme(models.Model):
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    position = models.IntegerField(default=0)
    tolerances = models.JSONField(default=dict)
    fast_mode = models.BooleanField(null=True)  # as of projects, for those below that say nothing of their own
    origin = models.CharField(max_length=20, blank=True)


class Project(models.Model):
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="projects")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    position = models.IntegerField(default=0)
    client = models.ForeignKey(Client, null=True, on_delete=models.PROTECT)
    legal_entity = models.ForeignKey(LegalEntity, null=True, on_delete=models.PROTECT)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.ACTIVE)
    hold_reason = models.TextField(blank=True)
    review_on = models.DateField(null=True)
    time_zone = models.CharField(max_length=60, default="UTC")
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=10, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    contingency_minor = models.BigIntegerField(null=True)
    tolerances = models.JSONField(default=dict)
    cycle = models.CharField(max_length=12, choices=Cycle.choices, default=Cycle.WEEKLY)
    cut_off_weekday = models.IntegerField(default=4)  # Monday 0; monthly: the last such day of the month
    grace_days = models.IntegerField(default=2)  # working days after the cut-off before silence is stale
    # Whether submissions whose checks all pass are accepted by themselves; none: as the programme says.
    fast_mode = models.BooleanField(null=True)
    committed_finish = models.DateField(null=True)  # contract deadline, if any
    delay_damages_minor = models.BigIntegerField(null=True)  # owed per calendar day after it …
    delay_damages_cap_minor = models.BigIntegerField(null=True)  # … and at most in all
    version = models.BigIntegerField(default=0)  # grows with each change; optimistic locking of edits
    origin = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()
