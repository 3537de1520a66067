"""Costs and rates by command: a dry run says what would happen, a refusal names the cell, a mapping is remembered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_plans import plan_of, task

from watchfloor.cli.costs import costs, rates
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations, queries
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAPPED = (
    "--project", "HB-01", "--mapping", "SAP south", "--map", "account=PSP", "--map", "period=Tag", "--map",
    "amount=Wert", "--kind", "actual", "--currency", "EUR", "--decimal", ",", "--dates", "dmy",
)  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> int:
    portfolio.set_up_organisation(SYSTEM, name="M", currency="EUR", time_zone="UTC", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    pk = portfolio.create_project(SYSTEM, programme_code="HB", code="HB-01", name="Q", currency="EUR", now=NOW).id
    operations.record_plan(SYSTEM, pk, plan_of(task("A", 1)), origin="import", now=NOW)
    operations.set_control_account(SYSTEM, pk, "CA", now=NOW)
    return pk


def test_a_report_is_recorded_by_command_and_its_mapping_serves_the_next_one(project: int, tmp_path: Path) -> None:
    report = tmp_path / "sap.csv"
    report.write_text("PSP;Tag;Wert\nCA;27.02.2026;1.234,50\n")
    dry = CliRunner().invoke(costs, ["import", str(report), *MAPPED, "--dry-run"])
    assert (dry.exit_code, queries.ledger(SYSTEM, project).count) == (0, 0), dry.output
    assert "1 lines would be recorded" in dry.output
    done = CliRunner().invoke(costs, ["import", str(report), *MAPPED, "--total", "EUR=1234.50"])
    assert "control total EUR matches" in done.output
    assert queries.ledger(SYSTEM, project).value_minor == 123_450
    report.write_text("PSP;Tag;Wert\nCB;06.03.2026;1,00\n")
    wrong = CliRunner().invoke(costs, ["import", str(report), "--project", "HB-01", "--mapping", "SAP south"])
    assert wrong.exit_code == 1
    assert "row 2, account" in wrong.output
    assert "SAP south" in CliRunner().invoke(costs, ["mappings"]).output


def test_rates_are_set_listed_and_taken_from_the_bundled_history(project: int) -> None:
    assert CliRunner().invoke(rates, ["set", "usd", "eur", "2026-03-02", "0.91"]).exit_code == 0
    taken = CliRunner().invoke(
        rates, ["import", "--bundled", "GBP", "--from", "2026-03-02", "--to", "2026-12-31", "--dry-run"]
    )
    assert "The bundled history ends on" in taken.output
    listed = CliRunner().invoke(rates, ["list"]).output
    assert "1 USD = 0.91 EUR" in listed
    assert CliRunner().invoke(rates, ["import"]).exit_code == 2
