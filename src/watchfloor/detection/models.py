"""Tables of detection: findings with their evidence, and the computed status that follows from them."""

from __future__ import annotations

from django.db import models

from watchfloor.detection.scale import FindingClass, Severity


class Finding(models.Model):
    """A detector's statement that something is wrong. Stays until the detector no longer makes it."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="findings")
    detector = models.CharField(max_length=40)
    subject = models.CharField(max_length=160, blank=True)  # activity key, milestone, period …; empty: the project
    cause = models.CharField(max_length=160, blank=True)
    finding_class = models.CharField(max_length=8, choices=FindingClass.choices)
    severity = models.IntegerField(choices=Severity.choices)
    affects_status = models.BooleanField(default=True)
    code = models.CharField(max_length=60)  # message template, rendered at the edge
    parameters = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    forecast = models.ForeignKey("forecasts.Forecast", null=True, on_delete=models.SET_NULL)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # last time the detector repeated it
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("project", "detector", "subject", "cause"),
                condition=models.Q(cleared_at__isnull=True),
                name="finding_open_once",
            ),
        )


class ProjectStatus(models.Model):
    """The computed status of a project: worse at once, better only after two consecutive forecasts."""

    project = models.OneToOneField(
        "portfolio.Project", primary_key=True, on_delete=models.CASCADE, related_name="computed_status"
    )
    severity = models.IntegerField(choices=Severity.choices, default=Severity.ON_TRACK)
    is_stale = models.BooleanField(default=False)  # replaces the status on screen, which still shows the last one
    stale_since = models.DateField(null=True)
    better_seen = models.IntegerField(default=0)  # consecutive forecasts that would allow a better status
    better_to = models.IntegerField(null=True, choices=Severity.choices)  # the worst of what those would allow
    since = models.DateTimeField()
    reasons = models.JSONField(default=list)  # finding ids, worst first
    # The last one that was counted, so that looking twice at one forecast is not two forecasts.
    forecast = models.ForeignKey("forecasts.Forecast", null=True, on_delete=models.SET_NULL)


class StatusChange(models.Model):
    """History of the computed status, one row per change."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="status_changes")
    at = models.DateTimeField()
    severity = models.IntegerField(choices=Severity.choices)
    is_stale = models.BooleanField(default=False)
    reported = models.CharField(max_length=12, blank=True)  # what the manager said at that time


class OutsideAlert(models.Model):
    """What another system says is wrong with a project, until it says that it is over."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="outside_alerts")
    fingerprint = models.CharField(max_length=100)  # names it in the other system
    name = models.CharField(max_length=200)
    summary = models.CharField(max_length=500, blank=True)
    severity = models.IntegerField(choices=Severity.choices)
    labels = models.JSONField(default=dict)
    url = models.CharField(max_length=1000, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # last time the other system said so
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "fingerprint"), name="outside_alert_once"),)


class RuleRow(models.Model):
    """A rule that people wrote over readings, for a project, a programme or, with neither, the organisation.

    It is on only in words that were tried on history: changing what it asks switches it off.
    """

    project = models.ForeignKey("portfolio.Project", null=True, on_delete=models.CASCADE, related_name="+")
    programme = models.ForeignKey("portfolio.Programme", null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    expression = models.CharField(max_length=300)
    finding_class = models.CharField(max_length=8, choices=FindingClass.choices)
    severity = models.IntegerField(choices=Severity.choices)
    hold_for = models.IntegerField(default=1)  # statuses in a row until it speaks
    clear_after = models.IntegerField(default=1)  # … and without it until it falls silent
    is_on = models.BooleanField(default=False)
    tried_at = models.DateTimeField()
    tried_fired = models.IntegerField()  # how often it would have spoken in the weeks before
    tried_projects = models.IntegerField()  # on how many projects
    changed_by_name = models.CharField(max_length=150)
    version = models.IntegerField(default=0)
