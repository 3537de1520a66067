"""The quality of a schedule over its revisions: told by every forecast, and which edit made it worse."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from small_plans import DAY, plan_of, task

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.forecasts import comparison
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.quality_changes import PointChange, quality_changes
from watchfloor.forecasts.report_words import POINTS, PRACTICES
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans.document import Dependency, Plan
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio.tolerances import DEFAULTS
from watchfloor.web.quality import page
from watchfloor_engine.quality import Thresholds

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


def chain(*, without: tuple[int, ...] = (), lead_at: int | None = None) -> Plan:
    links = [
        Dependency(f"A{n}", f"A{n + 1}", lag_ticks=-DAY if n == lead_at else 0) for n in range(9) if n not in without
    ]
    return plan_of(*(task(f"A{n}", 5) for n in range(10)), *links)


@pytest.fixture
def project_id(db: None) -> int:
    """Sound at first; then Ann cuts the chain, and Ben mends that and lets one activity start before another ends."""
    portfolio.set_up_organisation(SYSTEM, name="M", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="P", name="P", now=NOW)
    made = portfolio.create_project(SYSTEM, programme_code="P", code="P", name="P", now=NOW)
    told = ((SYSTEM, chain()), ("Ann", chain(without=(4,))), ("Ben", chain(lead_at=6)))
    for week, (who, plan) in enumerate(told):
        by = who if isinstance(who, Viewer) else replace(SYSTEM, user_id=7 + week, name=who)
        plans.record_plan(by, made.id, plan, origin="api", now=NOW + week * WEEK)
        run_until_idle(lambda week=week: NOW + week * WEEK)  # type: ignore[misc]
    return made.id


def changes(project_id: int, before: str, after: str) -> dict[str, PointChange]:
    found = comparison.compare(SYSTEM, project_id, before, after, now=NOW + 3 * WEEK)
    return {each.code: each for each in comparison.quality(SYSTEM, project_id, found)}


def test_limits_of_the_tolerances_are_those_of_the_engine() -> None:
    assert DEFAULTS.quality_limits == {each.name: each.default for each in fields(Thresholds)}


def test_every_forecast_tells_points_and_practices_with_their_rows(project_id: int) -> None:
    record = forecasts.latest_of(SYSTEM, project_id)
    assert record is not None
    assert {f"quality_{code}" for code in POINTS} | {f"practice_{code}" for code in PRACTICES} <= set(record.readings)
    leads = record.readings["quality_leads"]
    assert (leads.value, leads.detail["rows"]) == (1.0, ["A7"])
    assert leads.detail["inputs"] == {"limit": 0.0, "base": 9, "offenders": 1}
    assert record.readings["quality_bei"].reason
    weak = record.readings["practice_risk"]
    assert (weak.value, weak.detail["rows_total"]) == (0.0, 10)


def test_the_edit_that_made_a_point_worse_is_named_with_who_did_it(project_id: int) -> None:
    found = changes(project_id, "r1", "r2")
    cut = found["missing_logic"]
    assert (cut.before, cut.after) == (pytest.approx(0.2), pytest.approx(0.4))
    assert cut.is_worse and cut.failed_after
    assert cut.came == ("A4", "A5")
    between = comparison.compare(SYSTEM, project_id, "r1", "r2", now=NOW + 3 * WEEK)
    assert [each.author_name for each in between.revisions] == ["Ann"]

    mended = changes(project_id, "r2", "r3")
    assert not mended["missing_logic"].is_worse
    assert (mended["missing_logic"].came, mended["missing_logic"].went) == ((), 2)
    assert (mended["leads"].came, mended["leads"].is_worse) == (("A7",), True)
    assert next(iter(mended)) == "leads"  # what got worse comes first
    assert changes(project_id, "r1", "r1") == {}


def test_limits_are_the_projects_own(project_id: int) -> None:
    portfolio.change_project(
        SYSTEM, project_id, tolerances={"quality_leads": 1, "quality_high_duration_days": 2}, now=NOW
    )
    leads = changes(project_id, "r2", "r3")["leads"]
    assert (leads.limit, leads.failed_after) == (1, False)
    run_until_idle(lambda: NOW + 4 * WEEK)
    record = forecasts.latest_of(SYSTEM, project_id)
    assert record is not None
    assert record.value("quality_high_duration") == 1.0


def test_the_pages_show_the_story(project_id: int, client: Any, django_user_model: Any) -> None:
    user = accounts.create_user(SYSTEM, username="u", now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role="viewer", now=NOW)
    from watchfloor.portfolio.queries import project_by_id

    viewer = viewer_by_id(user.id)
    shown = page(viewer, project_by_id(viewer, project_id))
    assert [row.number for row in shown["revisions"]] == [3, 2, 1]
    points = {row.code: row for row in shown["points"]}
    assert points["leads"].trend == [0.0, 0.0, 1.0]
    assert points["leads"].worse_since == "/projects/P/compare?from=r2&to=r3#quality-title"
    assert points["missing_logic"].worse_since == ""  # worse once, better since
    assert points["leads"].outcome == "failed"

    client.force_login(django_user_model.objects.get(pk=user.id), backend="django.contrib.auth.backends.ModelBackend")
    told = client.get("/projects/P/quality").content.decode()
    assert "what made it worse" in told and "Ten practices" in told
    compared = client.get("/projects/P/compare?from=r1&to=r2").content.decode()
    assert 'id="quality-title"' in compared and "2 · Ann" in compared
    answer = client.get("/api/v1/projects/P/comparison?from=r1&to=r2&explain=true").json()
    assert {"A4", "A5"} <= set(next(each for each in answer["quality"] if each["code"] == "missing_logic")["came"])
    assert client.get("/projects/P/figures/quality_leads").status_code == 200


def test_a_project_without_forecast_has_an_empty_page(db: None, client: Any, django_user_model: Any) -> None:
    portfolio.set_up_organisation(SYSTEM, name="M", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="P", name="P", now=NOW)
    portfolio.create_project(SYSTEM, programme_code="P", code="Q", name="Q", now=NOW)
    user = accounts.create_user(SYSTEM, username="u", now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role="viewer", now=NOW)
    client.force_login(django_user_model.objects.get(pk=user.id), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/projects/Q/quality")
    assert answer.status_code == 200
    assert "No forecast tells" in answer.content.decode()


def test_points_without_limits_use_their_own() -> None:
    (found,) = (each for each in quality_changes(chain(), chain(lead_at=3), limits={}) if each.code == "leads")
    assert (found.limit, found.at_least, found.number) == (0.0, False, 2)
