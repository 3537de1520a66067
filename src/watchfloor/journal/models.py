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


class Version(models.Model):
    """What a row of a room above said until it was changed, so that it can be read as of any moment.

    Rows that are never changed need none: plans have their revisions, forecasts and facts stay as they are.
    """

    about = models.CharField(max_length=30)  # which kind of row: "project", "alert" …
    subject_id = models.BigIntegerField()
    until = models.DateTimeField()
    said = models.JSONField(null=True)  # the fields that changed, as they were; null: there was no such row

    class Meta:
        indexes = (models.Index(fields=("about", "until"), name="version_by_moment"),)


class Verification(models.Model):
    """How far the chain of facts was checked, and what was found; the next check goes on from the last sound one."""

    checked_at = models.DateTimeField()
    by_name = models.CharField(max_length=150, blank=True)
    position = models.BigIntegerField()  # id of the last fact that was looked at
    count = models.BigIntegerField()  # facts up to it
    digest = models.CharField(max_length=64, blank=True)
    is_full = models.BooleanField(default=False)  # from the first fact on
    broken_at = models.BigIntegerField(null=True)  # id of the first fact that does not follow; null: sound
