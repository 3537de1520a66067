"""Tables of alerts: findings grouped by cause that one named person must act on."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AlertState(models.TextChoices):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Alert(models.Model):
    """Its key (project, cause group) is open at most once; later findings of the same cause join it."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="alerts")
    group = models.CharField(max_length=160)  # what the findings have in common
    severity = models.IntegerField()
    code = models.CharField(max_length=60)  # headline: the worst finding's template …
    parameters = models.JSONField(default=dict)  # … and its parameters
    state = models.CharField(max_length=12, choices=AlertState.choices, default=AlertState.RAISED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="alerts_owned"
    )
    raised_at = models.DateTimeField()
    acknowledge_by = models.DateTimeField()  # working time of whoever was told last
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_name = models.CharField(max_length=150, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="alerts_acknowledged"
    )
    snoozed_until = models.DateTimeField(null=True)
    snoozed_by_name = models.CharField(max_length=150, blank=True)
    # How far it was escalated, see escalation.turn.Watched.
    news = models.CharField(max_length=20, blank=True, default="raised")
    rung = models.IntegerField(default=-1)
    told = models.JSONField(default=list)  # user ids
    told_at = models.DateTimeField(null=True)
    tellings = models.IntegerField(default=0)
    heard = models.JSONField(default=list)
    is_silenced = models.BooleanField(default=False)
    release_at = models.DateTimeField(null=True)
    is_exhausted = models.BooleanField(default=False)
    wakes_at = models.DateTimeField(null=True)  # when something may be due; null: not before somebody does something
    resolved_at = models.DateTimeField(null=True)
    resolved_by_name = models.CharField(max_length=150, blank=True)  # empty when the cause cleared
    resolution = models.CharField(max_length=300, blank=True)
    reopened = models.IntegerField(default=0)
    version = models.IntegerField(default=0)
    findings = models.ManyToManyField("detection.Finding", related_name="alerts")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("project", "group"),
                condition=~models.Q(state="resolved"),
                name="alert_open_once",
            ),
        )
        indexes = (models.Index(fields=("wakes_at",), name="alert_wakes"),)


class SilenceKind(models.TextChoices):
    SILENCE = "silence"
    REPLAN = "replan"
    FREEZE = "freeze"
    HOLIDAY = "holiday"


class SilenceRow(models.Model):
    """A silence or maintenance window. Whatever is left empty covers everything; see ``escalation.silence``."""

    project = models.ForeignKey("portfolio.Project", null=True, on_delete=models.CASCADE, related_name="silences")
    programme = models.ForeignKey("portfolio.Programme", null=True, on_delete=models.CASCADE, related_name="silences")
    group = models.CharField(max_length=160, blank=True)
    up_to = models.IntegerField(default=3)
    kind = models.CharField(max_length=10, choices=SilenceKind.choices, default=SilenceKind.SILENCE)
    reason = models.CharField(max_length=300)
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by_name = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True)  # taken back before its end
    ended_by_name = models.CharField(max_length=150, blank=True)


class PolicyRow(models.Model):
    """An escalation policy of a project, a programme or, with neither, the organisation."""

    project = models.ForeignKey("portfolio.Project", null=True, on_delete=models.CASCADE, related_name="+")
    programme = models.ForeignKey("portfolio.Programme", null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    steps = models.JSONField()
    loops = models.IntegerField(default=1)
    acknowledged_min = models.IntegerField(null=True)
    version = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("project", "programme"), nulls_distinct=False, name="escalation_policy_once"
            ),
        )


class RotaRow(models.Model):
    """A duty: of a programme, or of the whole organisation."""

    programme = models.ForeignKey("portfolio.Programme", null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    layers = models.JSONField(default=list)
    night = models.JSONField(null=True)
    version = models.IntegerField(default=0)


class OverrideRow(models.Model):
    """Somebody is on duty for a span instead of whom the layers name; a swap is two of them."""

    rota = models.ForeignKey(RotaRow, on_delete=models.CASCADE, related_name="overrides")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    instead_of = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    made_by_name = models.CharField(max_length=150)


class ExceptionReport(models.Model):
    """What is told to somebody above: drafted by itself, and sent once a named person releases it."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="reports")
    rung = models.IntegerField()
    people = models.JSONField(default=list)  # user ids it is for
    words = models.TextField(blank=True)  # what a person added: options and recommendation
    drafted_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by_name = models.CharField(max_length=150, blank=True)  # empty: its time had come
    dropped_at = models.DateTimeField(null=True)
    dropped_by_name = models.CharField(max_length=150, blank=True)


class HandoverRow(models.Model):
    """One change of duty: the span of the watch that ended, and what the next one was told and has acknowledged."""

    rota = models.ForeignKey(RotaRow, on_delete=models.CASCADE, related_name="handovers")
    begins = models.DateTimeField()  # of the watch that is handed over
    at = models.DateTimeField()  # when duty changed
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    note = models.TextField(blank=True)  # open questions, in the words of whoever leaves
    noted_by_name = models.CharField(max_length=150, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rota", "at"), name="handover_once"),)


class IncidentState(models.TextChoices):
    OPEN = "open"
    SETTLED = "settled"  # over; what is to be learned from it is not written yet
    CLOSED = "closed"  # reviewed


class IncidentRow(models.Model):
    """A situation that somebody declared: more than one person must act together, and others must hear of it."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="incidents")
    title = models.CharField(max_length=150)
    severity = models.IntegerField()
    state = models.CharField(max_length=8, choices=IncidentState.choices, default=IncidentState.OPEN)
    alerts = models.ManyToManyField(Alert, related_name="incidents")
    declared_at = models.DateTimeField()
    declared_by_name = models.CharField(max_length=150)
    update_due_at = models.DateTimeField(null=True)  # when those around it are to hear again
    settled_at = models.DateTimeField(null=True)
    settled_by_name = models.CharField(max_length=150, blank=True)
    what_happened = models.TextField(blank=True)
    why_it_happened = models.TextField(blank=True)
    what_changes = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=150, blank=True)
    version = models.IntegerField(default=0)


class IncidentRoleRow(models.Model):
    """Who does what in an incident; each part is one person's."""

    incident = models.ForeignKey(IncidentRow, on_delete=models.CASCADE, related_name="roles")
    part = models.CharField(max_length=20)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("incident", "part"), name="incident_part_once"),)


class IncidentEntry(models.Model):
    """A line of the timeline written by hand: a note for the room, or an update that was sent to people."""

    incident = models.ForeignKey(IncidentRow, on_delete=models.CASCADE, related_name="entries")
    at = models.DateTimeField()  # what it tells of
    words = models.TextField()
    is_update = models.BooleanField(default=False)
    people = models.JSONField(default=list)  # user ids an update was sent to
    by_name = models.CharField(max_length=150)


class IncidentTask(models.Model):
    """Something to be done in an incident."""

    incident = models.ForeignKey(IncidentRow, on_delete=models.CASCADE, related_name="tasks")
    words = models.CharField(max_length=300)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    due_on = models.DateField(null=True)
    made_by_name = models.CharField(max_length=150)
    done_at = models.DateTimeField(null=True)
    done_by_name = models.CharField(max_length=150, blank=True)
    is_dropped = models.BooleanField(default=False)  # not to be done after all


class PlaybookRow(models.Model):
    """The steps to take for kinds of alerts, of a project, a programme or, with neither, the organisation."""

    project = models.ForeignKey("portfolio.Project", null=True, on_delete=models.CASCADE, related_name="+")
    programme = models.ForeignKey("portfolio.Programme", null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    codes = models.JSONField(default=list)  # of alerts it is for; empty: every kind
    steps = models.JSONField(default=list)
    changed_by_name = models.CharField(max_length=150)
    version = models.IntegerField(default=0)


class PlaybookRun(models.Model):
    """A playbook taken up for an alert: its steps as they were then, and what became of each."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="runs")
    playbook = models.ForeignKey(PlaybookRow, null=True, on_delete=models.SET_NULL, related_name="runs")
    name = models.CharField(max_length=100)
    steps = models.JSONField()
    begun_at = models.DateTimeField()
    begun_by_name = models.CharField(max_length=150)
    slip_days = models.FloatField(null=True)  # when it was taken up
    version = models.IntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("alert", "playbook"), name="playbook_once_per_alert"),)
