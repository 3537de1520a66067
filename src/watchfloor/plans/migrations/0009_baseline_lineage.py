"""Tell the act, the moment of approval and the predecessor of the baselines that were approved before."""

from typing import Any

from django.db import migrations

_APPROVED = ("approved", "previous", "superseded", "original")


def tell(apps: Any, schema_editor: Any) -> None:
    """They were approved whole: the first of a project is its original, each later one a re-baseline."""
    baselines = apps.get_model("plans", "Baseline").objects
    before: dict[int, int] = {}
    for row in baselines.filter(kind__in=_APPROVED).defer("block").order_by("project_id", "id"):
        row.act = "original" if row.is_original else "rebaseline"
        row.approved_at, row.parent_id = row.recorded_at, before.get(row.project_id)
        row.save(update_fields=("act", "approved_at", "parent"))
        before[row.project_id] = row.pk
    baselines.filter(kind="provisional").update(approved_by_name="")
    baselines.filter(kind="imported").update(origin="file")


class Migration(migrations.Migration):
    dependencies = [("plans", "0008_baseline_acts")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
