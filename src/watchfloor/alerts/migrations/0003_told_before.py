"""What was open before escalation came was told to its owner when it was raised: nobody is told of it anew."""

from typing import Any

from django.db import migrations


def tell(apps: Any, schema_editor: Any) -> None:
    for row in apps.get_model("alerts", "Alert").objects.exclude(state="resolved"):
        told = [row.owner_id] if row.owner_id is not None else []
        row.news, row.rung, row.told, row.heard, row.tellings = "", 0, told, told, 1
        row.told_at = row.raised_at
        row.wakes_at = row.acknowledge_by if row.state == "raised" else row.acknowledged_at
        row.save()


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_watch")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
