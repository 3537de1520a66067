"""How the plan came to be: revisions, and checkpoints so that any past moment is one block plus a few change sets."""

from __future__ import annotations

from django.db import models

from watchfloor.kit.db import WallClockField


class Revision(models.Model):
    """One accepted change of a plan. ``changes`` is a compressed list of (table, key, before, after)."""

    project = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="revisions")
    number = models.IntegerField()  # 1, 2, 3 … within the project
    parent = models.ForeignKey("self", null=True, on_delete=models.RESTRICT, related_name="+")
    origin = models.CharField(max_length=20)  # import, edit, api, undo, sample
    reason = models.CharField(max_length=300, blank=True)
    source_name = models.CharField(max_length=260, blank=True)
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=150, blank=True)
    recorded_at = models.DateTimeField()
    data_date = WallClockField(null=True)
    digest = models.CharField(max_length=64)
    added = models.IntegerField(default=0)  # activities
    removed = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    # Whether actual dates, progress or remaining durations changed; a revision older than this question counts as yes.
    moves_work = models.BooleanField(default=True)
    changes = models.BinaryField()
    undoes = models.ForeignKey("self", null=True, on_delete=models.RESTRICT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "number"), name="revision_number_once"),)


class Checkpoint(models.Model):
    """The whole plan at one revision, compressed."""

    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="checkpoint")
    block = models.BinaryField()
