"""Baselines tell the act that made them, who proposed and who approved, and what they replaced."""

import django.db.models.deletion
from django.db import migrations, models

import watchfloor.kit.db


class Migration(migrations.Migration):
    dependencies = [("plans", "0007_interfaces")]

    operations = [
        # Until now every baseline was approved, or recorded, at once.
        migrations.RenameField("baseline", "approved_at", "recorded_at"),
        migrations.AddField("baseline", "approved_at", models.DateTimeField(null=True)),
        migrations.AddField("baseline", "approved_by_id", models.BigIntegerField(null=True)),
        migrations.AddField(
            "baseline",
            "act",
            models.CharField(
                blank=True,
                choices=[("original", "Original"), ("amendment", "Amendment"), ("rebaseline", "Rebaseline")],
                default="",
                max_length=12,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "baseline",
            "parent",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, to="plans.baseline"),
        ),
        migrations.AddField("baseline", "proposed_by_id", models.BigIntegerField(null=True)),
        migrations.AddField("baseline", "proposed_by_name", models.CharField(blank=True, max_length=150)),
        migrations.AddField("baseline", "ended_at", models.DateTimeField(null=True)),
        migrations.AddField("baseline", "ended_by_name", models.CharField(blank=True, max_length=150)),
        migrations.AddField("baseline", "ended_reason", models.CharField(blank=True, max_length=300)),
        migrations.AddField("baseline", "authority", models.CharField(blank=True, max_length=200)),
        migrations.AddField("baseline", "reference", models.CharField(blank=True, max_length=200)),
        migrations.AddField("baseline", "scope", models.JSONField(default=dict)),
        migrations.AddField("baseline", "origin", models.CharField(default="revision", max_length=12)),
        migrations.AddField("baseline", "source_name", models.CharField(blank=True, max_length=400)),
        migrations.AddField("baseline", "data_date", watchfloor.kit.db.WallClockField(null=True)),
        migrations.AddField("baseline", "matched", models.IntegerField(null=True)),
        migrations.AddField("baseline", "unmatched", models.IntegerField(null=True)),
        migrations.AlterField(
            "baseline",
            "kind",
            models.CharField(
                choices=[
                    ("original", "Original"),
                    ("approved", "Approved"),
                    ("previous", "Previous"),
                    ("superseded", "Superseded"),
                    ("provisional", "Provisional"),
                    ("imported", "Imported"),
                    ("proposed", "Proposed"),
                    ("declined", "Declined"),
                    ("withdrawn", "Withdrawn"),
                ],
                max_length=12,
            ),
        ),
    ]
