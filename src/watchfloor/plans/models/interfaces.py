"""What one project gives to another, and when: promised, needed, and agreed by both."""

from __future__ import annotations

from django.db import models


class Interface(models.Model):
    """A hand-over from a milestone of the giver to an activity of the receiver. Its forecast is read, never stored."""

    name = models.CharField(max_length=200)
    note = models.CharField(max_length=500, blank=True)
    giver = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="gives")
    giver_activity = models.CharField(max_length=120)
    receiver = models.ForeignKey("portfolio.Project", on_delete=models.CASCADE, related_name="receives")
    receiver_activity = models.CharField(max_length=120)
    promised = models.DateField(null=True)  # by the giver
    needed = models.DateField(null=True)  # by the receiver
    # Each side's agreement to the two dates as they are.
    giver_agreed_at = models.DateTimeField(null=True)
    giver_agreed_by_id = models.BigIntegerField(null=True)
    giver_agreed_by_name = models.CharField(max_length=150, blank=True)
    receiver_agreed_at = models.DateTimeField(null=True)
    receiver_agreed_by_id = models.BigIntegerField(null=True)
    receiver_agreed_by_name = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    created_by_name = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, blank=True)
    version = models.BigIntegerField(default=0)
