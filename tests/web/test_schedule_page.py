"""The schedule page's server side: what it draws from, what it changes, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from watched_floor import NOW, Floor, real_plan

from watchfloor.accounts.models import User
from watchfloor.forecasts import operations as forecasts
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations as plans
from watchfloor.plans import queries as plan_queries
from watchfloor.plans.document import TICKS_PER_HOUR

EDIT = "/projects/HB-01/schedule/edit"


@pytest.fixture
def planned(floor: Floor, client: Client) -> Client:
    plans.record_plan(SYSTEM, floor.project_id, real_plan("HB-01"), origin="import", now=NOW)
    forecasts.issue_forecast(floor.project_id, now=NOW)
    client.force_login(User.objects.get(pk=floor.manager_id))
    return client


def sent(client: Client, **fields: Any) -> Any:
    return client.post(EDIT, {"key": "B", "remaining_days": "25", **fields}, headers={"HX-Request": "true"})


def test_work_is_made_longer_in_its_own_days_and_can_be_taken_back(floor: Floor, planned: Client) -> None:
    answer = sent(planned, revision=plan_queries.head_revision(floor.project_id).number)  # type: ignore[union-attr]
    assert answer.status_code == 200
    made = plan_queries.head_revision(floor.project_id)
    assert made is not None
    assert f"/projects/HB-01/changes/{made.number}/undo".encode() in answer.content
    activity = plan_queries.activity(SYSTEM, floor.project_id, "B").activity
    assert activity.remaining_ticks == activity.duration_ticks == 25 * 8 * TICKS_PER_HOUR


@pytest.mark.parametrize("days", ["", "0", "-1", "nan", "inf", "10001", "soon"])
def test_a_number_of_days_that_is_none_is_refused(planned: Client, days: str) -> None:
    assert sent(planned, remaining_days=days).status_code == 422


def test_somebody_who_was_faster_is_told_and_nothing_is_changed(floor: Floor, planned: Client) -> None:
    head = plan_queries.head_revision(floor.project_id)
    assert head is not None
    assert sent(planned, revision=head.number - 1).status_code == 409
    assert plan_queries.head_revision(floor.project_id) == head


def test_what_is_not_there_is_not_found(planned: Client) -> None:
    assert sent(planned, key="nothing").status_code == 404
    assert planned.get("/projects/HB-01/schedule/panel", {"key": "nothing"}).status_code == 404


def test_the_panel_says_what_drives_it_and_offers_the_change(planned: Client) -> None:
    body = planned.get("/projects/HB-01/schedule/panel", {"key": "B"}).content.decode()
    assert "Design" in body  # German reader, names as they are
    assert "data-schedule-edit" in body
    assert "data-schedule-edit" not in planned.get("/projects/HB-01/schedule/panel", {"key": "C"}).content.decode()


def test_the_columns_come_compressed_to_whoever_takes_it(planned: Client) -> None:
    plain = planned.get("/api/v1/projects/HB-01/schedule")
    packed = planned.get("/api/v1/projects/HB-01/schedule", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert plain.json()["key"] == ["A", "B", "C"]
    assert len(packed.content) < len(plain.content)
