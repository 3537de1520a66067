"""The result page of an import says how our dates compare with the stored ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import Client

from watchfloor.exchange.models import ImportedProject, PlanImport
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations as plans
from watchfloor.plans.document import TICKS_PER_HOUR, Activity, Plan, Shift, StoredDates, WorkCalendar
from watchfloor.portfolio import queries as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = 8 * TICKS_PER_HOUR
pytestmark = pytest.mark.django_db


def test_a_stored_date_that_differs_from_ours_is_named(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    project = portfolio.projects(SYSTEM)[0]
    week = ((Shift(8 * TICKS_PER_HOUR, 16 * TICKS_PER_HOUR),),) * 5 + ((), ())
    right = StoredDates(early_start=datetime(2026, 3, 2, 8), early_finish=datetime(2026, 3, 3, 16))
    wrong = replace(right, early_finish=datetime(2026, 3, 9, 16))
    rows = [
        Activity(key, key, duration_ticks=2 * DAY, remaining_ticks=2 * DAY, stored=stored)
        for key, stored in (("RIGHT", right), ("WRONG", wrong))
    ]
    start = datetime(2026, 3, 2, 8)
    plan = Plan(
        "P", "P", "EUR", start, start, calendar="c", calendars=(WorkCalendar("c", "c", week),), activities=tuple(rows)
    )
    revision = plans.record_plan(SYSTEM, project.id, plan, origin="import", now=NOW)
    assert revision is not None
    told = {
        "project_id": project.id, "project_code": project.code, "source_code": "P", "name": "P", "is_new": False,
        "revision": revision.number, "is_unchanged": False, "added": 2, "removed": 0, "changed": 0,
        "counts": {}, "baselines": [], "data_date": "", "with_stored_dates": 2,
    }  # fmt: skip
    row = PlanImport.objects.create(
        source_name="p.xer", digest="", created_at=NOW, finished_at=NOW, state="done", result={"projects": [told]}
    )
    ImportedProject.objects.create(plan_import=row, project_id=project.id)
    said = sign_in("viewer").get(f"/imports/{row.pk}").content.decode()
    assert "Our dates beside the stored ones" in said
    assert "2026-03-09T16:00" in said
    assert said.count("2026-03-03T16:00") == 1, "only the difference is listed"
    assert '<b class="code">RIGHT</b>' not in said
