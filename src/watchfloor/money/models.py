"""Tables of money: dated exchange rates and rate sets locked by a baseline."""

from __future__ import annotations

from django.db import models


class Rate(models.Model):
    """One unit of ``base`` costs ``value`` of ``quote`` from ``on`` until the next dated rate."""

    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    on = models.DateField()
    value = models.DecimalField(max_digits=20, decimal_places=10)
    source = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("base", "quote", "on"), name="rate_once_per_day"),)
