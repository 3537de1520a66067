"""Two states of a plan side by side: each kind of change by hand, and what must hold of any two."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_plans import DAY, MONDAY, SEVEN_DAYS, plan_of, task

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.drawing.sheets import csv_parts
from watchfloor.forecasts import comparison
from watchfloor.forecasts.operations import freeze_baseline
from watchfloor.kit.errors import Invalid, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans.comparing import KINDS, compare_plans
from watchfloor.plans.document import Constraint, ConstraintKind, Dependency, Plan
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
BEFORE = plan_of(
    task("A", 5, budget_minor=100),
    task("B", 5, budget_minor=200),
    task("C", 5),
    task("D", 5),
    task("E", 5),
    task("F", 5),
    Dependency("A", "B"),
    Dependency("B", "C"),
)


def changed(plan: Plan, key: str, **fields: Any) -> Plan:
    rows = (replace(each, **fields) if each.key == key else each for each in plan.activities)
    return replace(plan, activities=tuple(rows))


def after() -> Plan:
    plan = changed(BEFORE, "A", name="Dig deeper", budget_minor=150)
    plan = changed(plan, "B", duration_ticks=10 * DAY, remaining_ticks=10 * DAY)
    plan = changed(plan, "D", constraints=(Constraint(ConstraintKind.START_NO_EARLIER, MONDAY),), calendar="7d")
    plan = changed(plan, "E", actual_start=MONDAY, percent_complete=50.0)
    rows = (*(each for each in plan.activities if each.key != "F"), task("G", 3))
    links = (Dependency("A", "B", lag_ticks=DAY), Dependency("A", "C"))
    return replace(
        plan, activities=rows, dependencies=links, calendars=(plan.calendars[0], replace(SEVEN_DAYS, name="7"))
    )


def test_each_kind_of_change_is_named_by_its_own_word() -> None:
    dates = {"C": (MONDAY, MONDAY)}
    found = compare_plans(
        BEFORE,
        after(),
        dates_before=dates,
        dates_after={"C": (MONDAY, MONDAY + timedelta(days=3))},
        touched={"A": (2,)},
    )
    assert {row.key: row.kinds for row in found.rows} == {
        "A": ("costed", "renamed"),
        "B": ("relinked", "estimated"),
        "C": ("moved", "relinked"),
        "D": ("ruled",),
        "E": ("progressed",),
        "F": ("removed",),
        "G": ("added",),
    }
    assert found.rows[0].key == "C"  # it moved furthest
    assert found.rows[0].moved_days == 3
    assert {row.key: row.revisions for row in found.rows}["A"] == (2,)
    assert [(each.table, each.kind) for each in found.others] == [("calendars", "changed")]
    assert found.counts["relinked"] == 2


plans_drawn = st.lists(
    st.tuples(st.sampled_from("ABCDEF"), st.integers(1, 9), st.sampled_from(("x", "y"))), unique_by=lambda row: row[0]
)


@given(plans_drawn, plans_drawn)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_comparing_back_mirrors_and_comparing_with_itself_is_empty(one: list[Any], other: list[Any]) -> None:
    old, new = (plan_of(*(task(key, days, responsible=who) for key, days, who in rows)) for rows in (one, other))
    there = compare_plans(old, new, dates_before={}, dates_after={})
    back = compare_plans(new, old, dates_before={}, dates_after={})
    mirror = {"added": "removed", "removed": "added"}
    assert {row.key: {mirror.get(kind, kind) for kind in row.kinds} for row in back.rows} == {
        row.key: set(row.kinds) for row in there.rows
    }
    assert not compare_plans(old, old, dates_before={}, dates_after={}).rows
    assert set(there.counts) == set(KINDS)


@pytest.fixture
def project_id(db: None) -> int:
    """Revision 1 at NOW with a baseline, revision 2 by Mara a week later, both with their forecast."""
    portfolio.set_up_organisation(SYSTEM, name="M", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="P", name="P", now=NOW)
    made = portfolio.create_project(SYSTEM, programme_code="P", code="P", name="P", now=NOW)
    plans.record_plan(SYSTEM, made.id, BEFORE, origin="import", now=NOW)
    freeze_baseline(SYSTEM, made.id, name="Contract", now=NOW)
    run_until_idle(lambda: NOW)
    mara = replace(SYSTEM, user_id=7, name="Mara")
    plans.record_plan(mara, made.id, after(), origin="api", now=LATER)
    run_until_idle(lambda: LATER)
    return made.id


def test_revisions_baselines_and_moments_are_compared_alike_with_who_did_it(project_id: int) -> None:
    from watchfloor.plans.queries import baselines

    (baseline,) = baselines(SYSTEM, project_id)
    for said in ("r1", f"b{baseline.id}", "2026-03-04", "2026-03-04T10:00"):
        found = comparison.compare(SYSTEM, project_id, said, "now", now=LATER)
        moved = {row.key: row for row in found.compared.rows}
        assert moved["B"].moved_days == 10, said  # from Friday 13th to Monday 23rd: a day of lag and five of work
        assert moved["B"].revisions == (2,)
        assert [each.author_name for each in found.revisions] == ["Mara"]
        assert found.before.schedule_finish < found.after.schedule_finish, said
        assert (found.before.budget_minor, found.after.budget_minor) == (300, 350), said
    same = comparison.compare(SYSTEM, project_id, "now", "r2", now=LATER)
    assert not same.compared.rows


@pytest.mark.parametrize("said", ["r9", "b999999", "soon", "2999-01-01", "2026-01-01", "r0", "'; --"])
def test_what_names_nothing_is_refused_in_words(project_id: int, said: str) -> None:
    with pytest.raises((Invalid, NotFound)):
        comparison.compare(SYSTEM, project_id, said, "now", now=LATER)


def test_who_may_not_see_a_project_compares_nothing_of_it_and_links_from_hidden_ones_stay_hidden(
    project_id: int,
) -> None:
    with pytest.raises(NotFound):
        comparison.compare(Viewer(5, "x"), project_id, "r1", "now", now=LATER)
    portfolio.create_project(SYSTEM, programme_code="P", code="SECRET", name="S", now=NOW)
    plans.edit_plan(
        SYSTEM, project_id, [plans.AddDependency(Dependency("Z", "A", predecessor_project="SECRET"))], now=LATER
    )
    user = accounts.create_user(SYSTEM, username="u", now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role="viewer", project_code="P", now=NOW)
    found = comparison.compare(viewer_by_id(user.id), project_id, "r1", "now", now=LATER)
    assert "SECRET" not in str(found)
    assert any(row.key == "A" and "relinked" in row.kinds for row in found.compared.rows)


def test_who_may_not_see_cost_is_told_none_of_it(project_id: int) -> None:
    viewer = Viewer(5, "x", projects={project_id: frozenset({"project.view"})})
    found = comparison.compare(viewer, project_id, "r1", "now", now=LATER)
    row = next(each for each in found.compared.rows if each.key == "A")
    assert row.kinds == ("renamed",)
    assert (row.budget_before_minor, found.before.budget_minor, found.after.eac_minor) == (None, None, None)
    assert found.compared.counts["costed"] == 0


def test_a_comparison_is_a_table_without_formulas(project_id: int, client: Any, django_user_model: Any) -> None:
    change = plans.ChangeActivity("A", {"name": '=HYPERLINK("http://x")'})
    plans.edit_plan(SYSTEM, project_id, [change], now=LATER)
    user = accounts.create_user(SYSTEM, username="u", now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role="auditor", now=NOW)
    client.force_login(django_user_model.objects.get(pk=user.id), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/projects/P/compare.csv?from=r1")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    row = next(line for line in lines if line.startswith("A,"))
    assert "\"'=HYPERLINK" in row
    assert ",1.00,1.50," in row  # amounts as figures
    page = client.get("/projects/P/compare?from=r1").content.decode()
    assert "Mara" in page
    assert client.get("/projects/P/compare?from=never").status_code == 422


def test_a_long_table_comes_in_parts() -> None:
    parts = list(csv_parts(("a",), ((number,) for number in range(1200))))
    assert len(parts) == 3
    assert "".join(parts).count("\r\n") == 1201


def test_the_movement_of_the_finish_is_told_on_the_page_and_by_the_api(
    project_id: int, client: Any, django_user_model: Any
) -> None:
    user = accounts.create_user(SYSTEM, username="u", now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role="auditor", now=NOW)
    viewer = viewer_by_id(user.id)
    found = comparison.compare(viewer, project_id, "r1", "now", now=LATER)
    moved, problem = comparison.movement(viewer, project_id, found, changes=True)
    assert moved is not None and not problem
    assert sum(step.moved_ticks for step in moved.steps) == moved.moved_ticks
    client.force_login(django_user_model.objects.get(pk=user.id), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/projects/P/compare?from=r1&why=changes").content.decode()
    assert "Why the finish moved" in page
    assert 'Duration changed <b class="code">B</b>' in page.replace("\n", " ")
    told = client.get("/api/v1/projects/P/comparison?from=r1&explain=true").json()
    assert told["movement"]["moved_ticks"] == moved.moved_ticks
    assert client.get("/api/v1/projects/P/comparison?from=r1").json()["movement"] is None


def test_a_link_from_a_project_that_is_not_seen_is_named_by_its_end_only(project_id: int) -> None:
    other = portfolio.create_project(SYSTEM, programme_code="P", code="SECRET", name="Secret", now=NOW)
    secret = plan_of(task("X", 30), code="SECRET")
    plans.record_plan(SYSTEM, other.id, secret, origin="import", now=NOW)
    run_until_idle(lambda: NOW)
    link = Dependency("X", "A", predecessor_project="SECRET", lag_ticks=DAY)
    plans.edit_plan(SYSTEM, project_id, [plans.AddDependency(link)], now=LATER)
    viewer = Viewer(5, "x", projects={project_id: frozenset({"project.view"})})
    found = comparison.compare(viewer, project_id, "r1", "now", now=LATER)
    moved, _problem = comparison.movement(viewer, project_id, found, changes=True)
    assert moved is not None and moved.moved_days > 0
    assert "SECRET" not in str(moved)


def test_since_the_baseline_progress_and_edits_are_told_apart_for_an_alert(project_id: int) -> None:
    from watchfloor.plans.queries import baselines

    found = comparison.movement_since_baseline(SYSTEM, project_id)
    (baseline,) = baselines(SYSTEM, project_id)
    assert found is not None
    assert found.since == f"b{baseline.id}"
    compared = comparison.compare(SYSTEM, project_id, found.since, "now", now=LATER)
    whole, _problem = comparison.movement(SYSTEM, project_id, compared, changes=False)
    assert found.steps == whole
    assert comparison.movement_since_baseline(replace(SYSTEM, as_of=LATER), project_id) is None


def test_without_a_change_there_is_no_movement_to_tell(project_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze_baseline(SYSTEM, project_id, name="Again", now=LATER, reason="Agreed", authority="Steering board")
    assert comparison.movement_since_baseline(SYSTEM, project_id) is None
    plans.record_plan(SYSTEM, project_id, BEFORE, origin="import", now=LATER)
    assert comparison.movement_since_baseline(SYSTEM, project_id) is not None
    monkeypatch.setattr(comparison, "QUICK_ACTIVITIES", 1)
    assert comparison.movement_since_baseline(SYSTEM, project_id) is None
