"""A file for a baseline: which project or baseline inside it, how its activities are matched, who approves."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.cli.importing import importing
from watchfloor.exchange import operations, queries
from watchfloor.exchange.operations import BaselineOrder
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.operations import freeze_read, issue_forecast
from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plan_operations
from watchfloor.plans import queries as plans
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REAL = Path(os.environ.get("WATCHFLOOR_TEST_PLANS") or Path(__file__).parents[3] / "shared" / "data" / "plans")
HEAD = b"# start: 2026-03-02\ncode,name,duration,predecessors\nA,Design,5d,\n"
PLAN = b"# project: QUAY\n" + HEAD + b"B,Build,10d,A\nN,New,1d,B\n"
SIGNED = b"# project: BL-0\n" + HEAD + b"B,Build,8d,A\nX,Dropped,3d,B\n"
TWO = b"# start: 2026-03-02\nproject,code,name,duration,budget\nONE,A,Design,5d,10\nTWO,A,Design,6d,20\n"
MSPDI = b"""<?xml version="1.0" encoding="UTF-8"?><Project xmlns="http://schemas.microsoft.com/project">
<Name>Quay</Name><CurrencyCode>EUR</CurrencyCode><StartDate>2026-03-02T08:00:00</StartDate>
<StatusDate>2026-03-02T08:00:00</StatusDate><Tasks><Task><UID>1</UID><ID>1</ID><Name>Design</Name><WBS>1</WBS>
<Duration>PT40H0M0S</Duration>
<Baseline><Number>0</Number><Start>2026-03-02T08:00:00</Start><Finish>2026-03-04T17:00:00</Finish>
<Duration>PT24H0M0S</Duration><Cost>110000</Cost></Baseline>
<Baseline><Number>3</Number><Start>2026-03-02T08:00:00</Start><Finish>2026-03-05T17:00:00</Finish>
<Duration>PT32H0M0S</Duration><Cost>220000</Cost></Baseline></Task></Tasks></Project>"""
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path / "home"


@pytest.fixture(autouse=True)
def organisation() -> None:
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)


def given(data: bytes | Path, name: str, **more: Any):  # type: ignore[no-untyped-def]
    viewer = more.pop("viewer", SYSTEM)
    file = data if isinstance(data, Path) else io.BytesIO(data)
    made = operations.start_import(viewer, file, source_name=name, now=NOW, **more)
    operations.run_import(made, beat=lambda done, total, note: True, freeze=freeze_read, now=NOW)
    return queries.plan_import(SYSTEM, made)


def quay() -> int:
    found = given(PLAN, "quay.csv", programme_code="HB").projects[0]
    assert found.project_code == "QUAY"
    return found.project_id or 0


def order(name: str = "Contract", **more: Any) -> BaselineOrder:
    return BaselineOrder(name, **more)


def person(role: str) -> Viewer:
    user = accounts.create_user(SYSTEM, username=role, full_name=role, now=NOW)
    accounts.grant(SYSTEM, user_id=user.id, role=role, programme_code="HB", now=NOW)
    return viewer_by_id(user.id)


def test_another_file_is_proposed_as_baseline_with_its_activities_matched_by_code() -> None:
    pk = quay()
    manager = person("programme_manager")
    found = given(SIGNED, "signed.csv", viewer=manager, project_code="QUAY", as_baseline=order())
    made = found.baseline
    assert made is not None
    assert (found.state, made.kind, made.act, made.source_code) == ("done", "proposed", "original", "BL-0")
    assert (made.matched, made.unmatched, made.unmatched_rows, made.uncovered) == (2, 1, (("X", "Dropped"),), 1)
    # It made no revision, and nothing is held against it until somebody else approves it.
    assert plans.head_revision(pk).number == 1  # type: ignore[union-attr]
    assert plans.current_baseline(pk) is None
    with pytest.raises(plan_operations.SameHands):
        plan_operations.approve_baseline(manager, pk, made.baseline_id or 0, now=NOW)
    plan_operations.approve_baseline(SYSTEM, pk, made.baseline_id or 0, now=NOW)
    issue_forecast(pk, now=NOW)
    record = forecasts.latest_of(SYSTEM, pk)
    assert record is not None
    assert (record.baseline_kind, record.plan_finish) == ("approved", datetime(2026, 3, 23, 17))


def test_of_several_projects_in_a_file_one_is_chosen_by_its_code() -> None:
    pk = quay()
    for wanted, place in (
        ({}, "source_project"),
        ({"inside": "THREE"}, "source_project"),
        ({"stored": "2"}, "source_"),
    ):
        refused = given(TWO, "two.csv", project_code="QUAY", as_baseline=order(**wanted))
        assert (refused.state, refused.baseline) == ("refused", None), place
        assert "ONE, TWO" in refused.remedy
    found = given(TWO, "two.csv", project_code="QUAY", as_baseline=order(inside="two", approve=True))
    assert found.baseline is not None
    assert (found.baseline.source_code, found.baseline.kind) == ("TWO", "approved")
    current = plans.current_baseline(pk)
    assert current is not None
    assert (current.summary.budget_minor, current.summary.source_name) == (2_000, "two.csv · TWO")


def test_baselines_of_ms_project_are_chosen_by_number_or_name() -> None:
    project = given(MSPDI, "quay.xml", programme_code="HB").projects[0]
    assert project.baselines == ("Baseline", "Baseline 3")
    pk, code = project.project_id or 0, project.project_code
    kinds = {each.name: (each.kind, each.finish) for each in plans.baselines(SYSTEM, pk)}
    assert kinds == {
        "Baseline": ("imported", datetime(2026, 3, 4, 17)),
        "Baseline 3": ("imported", datetime(2026, 3, 5, 17)),
    }
    for stored, finish, budget in (
        ("0", datetime(2026, 3, 4, 17), 110_000),
        ("Baseline 3", datetime(2026, 3, 5, 17), 220_000),
    ):
        found = given(MSPDI, "quay.xml", project_code=code, as_baseline=order(stored, stored=stored))
        assert found.baseline is not None
        made = plans.baseline(SYSTEM, pk, found.baseline.baseline_id or 0).summary
        assert (made.kind, made.finish, made.budget_minor, made.matched) == ("proposed", finish, budget, 1)
    refused = given(MSPDI, "quay.xml", project_code=code, as_baseline=order(stored="7"))
    assert refused.state == "refused"
    assert "Baseline, Baseline 3" in refused.remedy


def test_a_look_keeps_nothing_and_a_second_baseline_needs_its_grounds() -> None:
    pk = quay()
    looked = given(SIGNED, "signed.csv", project_code="QUAY", as_baseline=order(), dry_run=True)
    assert (looked.state, looked.baseline.matched if looked.baseline else 0) == ("checked", 2)
    assert plans.baselines(SYSTEM, pk) == ()
    given(SIGNED, "signed.csv", project_code="QUAY", as_baseline=order(approve=True))
    assert given(SIGNED, "signed.csv", project_code="QUAY", as_baseline=order("Second")).state == "refused"
    grounds = {"reason": "Client change", "authority": "Board", "reference": "CO-1"}
    again = given(SIGNED, "signed.csv", project_code="QUAY", as_baseline=order("Second", approve=True, **grounds))
    assert again.baseline is not None
    assert again.baseline.act == "rebaseline"
    assert plans.re_baselines(pk) == 1


def test_who_may_not_edit_the_plan_gives_no_baseline_and_an_account_never_approves_at_once() -> None:
    pk = quay()
    with pytest.raises(Invalid):
        given(SIGNED, "signed.csv", as_baseline=order())
    with pytest.raises(NotAllowed):
        given(SIGNED, "signed.csv", viewer=person("approver"), project_code="QUAY", as_baseline=order())
    manager = person("programme_manager")
    given(SIGNED, "signed.csv", viewer=manager, project_code="QUAY", as_baseline=order(approve=True))
    assert [each.kind for each in plans.baselines(SYSTEM, pk)] == ["proposed"]


def test_the_command_makes_baselines_of_files_and_of_revisions(tmp_path: Path) -> None:
    pk = quay()
    file = tmp_path / "signed.csv"
    file.write_bytes(SIGNED)
    said = CliRunner().invoke(importing, [str(file), "--as-baseline", "Contract", "--of", "QUAY"])
    assert said.exit_code == 0, said.output
    assert "2 activities matched (2 by code, 0 by GUID, 0 by name), 1 are not in the plan" in said.output
    assert "not in the plan: X Dropped" in said.output
    current = plans.current_baseline(pk)
    assert current is not None
    assert (current.summary.name, current.summary.approved_by_name) == ("Contract", "watchfloor")
    grounds = ["--reason", "Scope", "--authority", "Board"]
    said = CliRunner().invoke(importing, ["--as-baseline", "As now", "--of", "QUAY", "--revision", "1", *grounds])
    assert said.exit_code == 0, said.output
    assert [each.name for each in plans.baselines(SYSTEM, pk)] == ["As now", "Contract"]
    for wrong in (["--as-baseline", "X"], ["--as-baseline", "X", "--of", "QUAY"], ["--of", "QUAY", str(file)]):
        assert CliRunner().invoke(importing, wrong).exit_code == 2


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real plan files is not here")
def test_a_real_series_is_held_against_its_baseline_file_and_never_against_planned_dates() -> None:
    """Three files of one project, each with its own id, GUIDs and short name; only activity codes are shared."""
    folder = REAL / "primavera"
    update = given(folder / "series_update_20251121.xer", "series_update_20251121.xer", programme_code="HB").projects[0]
    pk, code = update.project_id or 0, update.project_code
    issue_forecast(pk, now=NOW)
    provisional = forecasts.latest_of(SYSTEM, pk)
    assert provisional is not None
    # The files carry P6's planned dates and no baseline: the first revision serves, and says so.
    assert (update.baselines, provisional.baseline_kind) == ((), "provisional")
    name = "series_baseline_20250902.xer"
    found = given(folder / name, name, project_code=code, as_baseline=order(approve=True))
    assert found.baseline is not None, found.error
    # 46 of its 47 activities are in the update, 4 of whose 50 are new; no activity shares a GUID or an id.
    assert (found.baseline.matched, found.baseline.unmatched, found.baseline.uncovered) == (46, 1, 4)
    assert (found.baseline.by_guid, found.baseline.by_name) == (0, 0)
    given(folder / "series_update_20251204.xer", "series_update_20251204.xer", project_code=code)
    issue_forecast(pk, now=NOW)
    record, current = forecasts.latest_of(SYSTEM, pk), plans.current_baseline(pk)
    assert record is not None
    assert current is not None
    assert record.baseline_kind == "approved"
    # P6 planned the end of this one for October 2024; its own schedule, and ours, say a year later.
    assert current.rows["C-MOB-150"].finish == datetime(2025, 10, 3, 17)
    assert (current.summary.finish, record.slip_days) == (datetime(2026, 1, 9, 17), 29)
    assert len(portfolio_queries.projects(SYSTEM)) == 1
    assert plans.head_revision(pk).number == 2  # type: ignore[union-attr]
