"""Tables of the journal: facts are only ever appended."""

from __future__ import annotations

from django.db import models


class Fact(models.Model):
    """What happened, when, to which subject, by whom. Its id is audit order and live-event id at once.

    Rooms above are named by plain ids: a foreign key would point upwards. ``digest`` chains each fact to the one
    before it, so that a changed or missing fact can be seen.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60)  # "plan.revised", "alert.acknowledged" …
    recorded_at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)  # user, or none for the product itself
    actor_name = models.CharField(max_length=150, blank=True)
    project_id = models.BigIntegerField(null=True)  # none: concerns the organisation
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("project_id", "id"), name="fact_by_project"),
            models.Index(fields=("kind", "id"), name="fact_by_kind"),
        )


class Cursor(models.Model):
    """How far one consumer of the journal has read."""

    consumer = models.CharField(max_length=60, primary_key=True)
    position = models.BigIntegerField(default=0)
