"""The child of the replay test: loads the small sample's history into an empty database and says what was found when.

Run as ``python replayed_history.py`` with WATCHFLOOR_DATABASE_URL naming the database.
"""

from __future__ import annotations

import json
import os
from datetime import date

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")

AS_OF = date(2026, 11, 16)


def replay() -> None:
    from django.core.management import call_command

    from watchfloor.detection.models import Finding, StatusChange
    from watchfloor.journal.verifying import first_broken_fact
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.portfolio.queries import projects
    from watchfloor.sample.load import load

    call_command("migrate", verbosity=0)
    load(SYSTEM, seed=1, as_of=AS_OF, size="small")
    codes = {each.id: each.code for each in projects(SYSTEM)}
    findings = [
        [
            codes[row.project_id],
            row.detector,
            row.subject,
            row.finding_class,
            row.severity,
            row.code,
            row.parameters,
            row.raised_at.isoformat(),
            row.cleared_at.isoformat() if row.cleared_at else None,
        ]
        for row in Finding.objects.order_by("id")
    ]
    changes = [
        [codes[row.project_id], row.at.isoformat(), row.severity, row.is_stale, row.reported]
        for row in StatusChange.objects.order_by("id")
    ]
    print(json.dumps({"findings": findings, "changes": changes, "broken": first_broken_fact()}))


if __name__ == "__main__":
    import django

    django.setup()
    replay()
