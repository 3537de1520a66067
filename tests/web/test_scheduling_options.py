"""Scheduling options on the settings page and by the API."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import queries
from watchfloor.plans.document import OutOfSequence, ScheduleOptions
from watchfloor.portfolio.queries import project


def options_of() -> ScheduleOptions:
    return queries.plan(SYSTEM, project(SYSTEM, "P0-00").id).options


def test_the_settings_page_sets_them_and_says_what_was_wrong(
    sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(1)
    client = sign_in("administrator")
    page = client.get("/projects/P0-00/settings").content.decode()
    assert "How the schedule is computed" in page
    chosen = {"out_of_sequence": "actual_dates", "lag_calendar": "project", "float_kind": "smallest"}
    ticked = {"data_date_is_floor": "on", "honour_constraints": "on"}
    answer = client.post("/projects/P0-00/options", {**chosen, **ticked, "critical_float_ticks": "16"})
    assert answer.status_code == 302
    found = options_of()
    assert found.out_of_sequence is OutOfSequence.ACTUAL_DATES
    assert (found.critical_float_ticks, found.use_expected_finish, found.data_date_is_floor) == (9_600, False, True)
    assert "actual dates" in client.get("/projects/P0-00/added").content.decode()
    wrong = client.post("/projects/P0-00/options", {**chosen, "critical_float_ticks": "much"})
    assert wrong.status_code == 422
    assert "Critical up to" in wrong.content.decode()
    assert options_of() == found


def test_they_are_set_by_the_api(sign_in: Callable[[str], Client], projects_of: Callable[[int], None]) -> None:
    projects_of(1)
    client = sign_in("administrator")
    body = {"edits": [{"do": "set_options", "fields": {"critical_by_longest_path": True, "float_kind": "start"}}]}
    answer = client.post("/api/v1/projects/P0-00/edits", body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert options_of().critical_by_longest_path is True
