"""Table of the days an organisation closes, works or ends early of its own accord."""

from __future__ import annotations

from django.db import models


class OwnDayKind(models.TextChoices):
    CLOSED = "closed"
    WORKS = "works"
    SHORT = "short"


class OwnDayRow(models.Model):
    """One day of one's own; an empty country is everywhere, an empty region the whole country."""

    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=10, blank=True)  # with a site behind a slash
    on = models.DateField()
    kind = models.CharField(max_length=8, choices=OwnDayKind.choices)
    ends = models.TimeField(null=True)  # of a short day
    name = models.CharField(max_length=120)
    added_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("country", "region", "on"), name="own_day_once"),)


class OwnDaysVersion(models.Model):
    """Grows with every change, so that each process notices that what it keeps is old. One row."""

    version = models.BigIntegerField(default=0)
