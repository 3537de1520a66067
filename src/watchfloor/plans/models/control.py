"""Where budget, earned value and actuals meet: control accounts, and the rule that finds them in a plan."""

from __future__ import annotations

from django.db import models


class ControlAccount(models.Model):
    """One WBS node in the hands of one responsible unit; the cost account is kept beside it.

    Part of what is added here to a plan that lives elsewhere: it names its node by key and outlives a re-import that
    drops the node, because money was booked on it.
    """

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="control_accounts")
    code = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    wbs = models.CharField(max_length=120, blank=True)  # key of the node; empty: the whole project
    responsible = models.CharField(max_length=120, blank=True)  # empty: every unit without an account of its own
    cost_account = models.CharField(max_length=200, blank=True)
    by_rule = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("project", "code"), name="control_account_code_once"),
            models.UniqueConstraint(fields=("project", "wbs", "responsible"), name="control_account_place_once"),
        )


class ControlRule(models.Model):
    """How a project's control accounts follow from its plan: nodes down to a level, and what names the unit."""

    project = models.OneToOneField("portfolio.Project", on_delete=models.CASCADE, related_name="control_rule")
    level = models.IntegerField()  # 0: the project as a whole; 1: its top nodes …
    unit_kind = models.CharField(max_length=12)  # none, code, field, responsible
    unit_name = models.CharField(max_length=120, blank=True)
