"""Cost reports from file to ledger: read in a child, mapped, checked, reconciled, recorded once, remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from small_plans import plan_of, task

from watchfloor.exchange.cost_files import (
    check_costs,
    cost_mappings,
    mapping_for,
    mapping_from,
    named_mapping,
    open_cost_file,
    record_costs,
)
from watchfloor.exchange.cost_records import CostOptions
from watchfloor.exchange.formats.errors import RowErrors, UnreadableFile
from watchfloor.exchange.rate_files import import_rates
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.money.queries import found_rate
from watchfloor.plans import operations as plans
from watchfloor.plans import queries
from watchfloor.plans.cost_records import CostLine
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
REPORT = b"""# total EUR: 150.50
Account;Kind;Period;Amount;Currency;Document
CA;actual;2026-01;100.50;EUR;R1
CA;accrual;2026-01;50;EUR;R2
"""
pytestmark = pytest.mark.django_db


def made(code: str = "HB-01") -> int:
    if code == "HB-01":
        portfolio.set_up_organisation(SYSTEM, name="M", currency="EUR", time_zone="UTC", now=NOW)
        portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    pk = portfolio.create_project(SYSTEM, programme_code="HB", code=code, name=code, currency="EUR", now=NOW).id
    plans.record_plan(SYSTEM, pk, plan_of(task("A", 1), code=code), origin="import", now=NOW)
    plans.set_control_account(SYSTEM, pk, "CA", now=NOW)
    return pk


def given(data: bytes, project_id: int | None, name: str = "january.csv", viewer: Viewer = SYSTEM) -> int:
    return open_cost_file(viewer, BytesIO(data), project_id=project_id, source_name=name, now=NOW).id


def test_a_report_is_checked_recorded_and_its_mapping_found_again_next_month() -> None:
    project = made()
    first = given(REPORT, project)
    name, mapping = mapping_for(SYSTEM, first)
    assert name == ""
    checked = check_costs(SYSTEM, first, mapping, CostOptions(), now=NOW)
    assert (checked.new, checked.is_ready, checked.control.totals[0].given_minor) == (2, True, 15_050)
    assert queries.ledger(SYSTEM, project).count == 0
    assert record_costs(SYSTEM, first, mapping, CostOptions(), name="ERP north", now=NOW).batches == {"HB-01": 1}
    assert queries.ledger_state(project).days[0].actual_minor == 15_050

    again = given(REPORT, project, "january (1).csv")
    assert mapping_for(SYSTEM, again) == ("ERP north", replace(mapping, header_line=0))
    found = record_costs(SYSTEM, again, named_mapping(SYSTEM, "ERP north"), CostOptions(), now=NOW)
    assert (found.new, found.known, found.batches) == (0, 2, {})
    assert queries.ledger(SYSTEM, project).count == 2
    with pytest.raises(Conflict):
        record_costs(SYSTEM, again, mapping, CostOptions(), now=NOW)


def test_a_total_that_does_not_match_is_shown_and_needs_a_reason() -> None:
    project = made()
    report = given(REPORT.replace(b"150.50", b"151.00"), project)
    _name, mapping = mapping_for(SYSTEM, report)
    checked = check_costs(SYSTEM, report, mapping, CostOptions(), now=NOW)
    assert (checked.control.totals[0].difference_minor, checked.is_ready) == (-50, False)
    with pytest.raises(Conflict, match="differs"):
        record_costs(SYSTEM, report, mapping, CostOptions(), now=NOW)
    assert record_costs(SYSTEM, report, mapping, CostOptions({"EUR": 15_050}), now=NOW).batches
    (batch,) = queries.cost_batches(SYSTEM, project)
    assert batch.control["totals"] == [["EUR", 15_050, 15_050]]


def test_rows_the_ledger_refuses_are_named_by_line_and_nothing_is_stored() -> None:
    project = made()
    report = given(REPORT.replace(b"CA;accrual", b"C-A;accrual"), project)
    _name, mapping = mapping_for(SYSTEM, report)
    found = record_costs(SYSTEM, report, mapping, CostOptions(), now=NOW)
    assert [(each.row, each.column) for each in found.errors] == [(4, "account")]
    assert "CA" in found.errors[0].remedy
    assert queries.ledger(SYSTEM, project).count == 0
    with pytest.raises(Invalid, match="no column"):
        check_costs(SYSTEM, report, mapping_from({"columns": {"account": "nowhere"}}), CostOptions(), now=NOW)


def test_a_report_of_several_projects_is_recorded_on_all_of_them_or_on_none() -> None:
    one, two = made(), made("HB-02")
    rows = b"Project,Account,Period,Actual\nHB-01,CA,2026-01,1\nHB-02,CA,2026-01,2\n"
    columns = {"project": "project", "account": "account", "period": "period", "actual": "actual"}
    mapping = mapping_from({"columns": columns, "currency": "EUR"})
    wrong = given(rows + b"HB-02,XX,2026-01,2\nHB-99,CA,2026-01,2\n", None)
    found = record_costs(SYSTEM, wrong, mapping, CostOptions(), now=NOW)
    assert {each.row for each in found.errors} == {4, 5}
    assert queries.ledger(SYSTEM, one).count == 0
    done = record_costs(SYSTEM, given(rows, None), mapping, CostOptions({"EUR": 300}), now=NOW)
    assert done.batches == {"HB-01": 1, "HB-02": 1}
    assert queries.ledger(SYSTEM, two).value_minor == 200
    with pytest.raises(Conflict):
        record_costs(SYSTEM, given(rows, None), mapping, CostOptions({"EUR": 299}), now=NOW)


def test_reports_and_mappings_are_seen_only_by_who_records_costs_there() -> None:
    project = made()
    report = given(REPORT, project)
    record_costs(SYSTEM, report, mapping_for(SYSTEM, report)[1], CostOptions(), name="Client A ERP", now=NOW)
    member = Viewer(5, "M", projects={project: frozenset({"project.view", "cost.view"})})
    stranger = Viewer(6, "S", projects={project + 1: frozenset({"project.view", "cost.edit"})})
    with pytest.raises(NotAllowed):
        given(REPORT, project, viewer=member)
    with pytest.raises(NotFound):
        mapping_for(stranger, report)
    assert cost_mappings(stranger) == ()
    assert [each.name for each in cost_mappings(SYSTEM)] == ["Client A ERP"]


def test_a_plan_or_a_broken_file_is_no_report() -> None:
    project = made()
    for data, name in ((b"ERMHDR\t1\n", "plan.xer"), (b"PK\3\4 broken", "costs.xlsx"), (b"  \n", "costs.csv")):
        with pytest.raises(UnreadableFile):
            given(data, project, name)


def test_rates_come_by_file_all_or_none(tmp_path: Path) -> None:
    good, bad = tmp_path / "rates.csv", tmp_path / "bad.csv"
    good.write_text("date,base,quote,rate,source\n2026-01-02,USD,EUR,0.91,central bank\n")
    bad.write_text("date,base,quote,rate\n2026-01-03,USD,EUR,0.92\n2026-01-04,USD,EUR,zero\n")
    assert import_rates(SYSTEM, good, source_name="rates.csv", now=NOW).pairs == ("USD/EUR",)
    with pytest.raises(RowErrors):
        import_rates(SYSTEM, bad, source_name="bad.csv", now=NOW)
    rate = found_rate("USD", "EUR", date(2026, 2, 1))
    assert (rate.value, rate.dated, rate.source) == (Decimal("0.91"), date(2026, 1, 2), "central bank")
    with pytest.raises(NotAllowed):
        import_rates(Viewer(1, "V"), good, source_name="rates.csv", now=NOW)


def test_lines_that_a_report_sent_again_no_longer_has_are_told_and_stay() -> None:
    project = made()
    first = given(REPORT, project)
    mapping = mapping_for(SYSTEM, first)[1]
    assert record_costs(SYSTEM, first, mapping, CostOptions(), now=NOW).left_out_count == 0
    # Booked by hand, of another month, or of a kind that the report does not speak of: none of its business.
    plans.post_costs(SYSTEM, project, [CostLine("CA", "actual", date(2026, 1, 31), 700, "EUR")], now=NOW)
    february = b"Account;Kind;Period;Amount;Currency;Document\nCA;actual;2026-02;9;EUR;R9\n"
    other = given(february, project, "february.csv")
    record_costs(SYSTEM, other, mapping_for(SYSTEM, other)[1], CostOptions(), now=NOW)

    corrected = b"Account;Kind;Period;Amount;Currency;Document\nCA;actual;2026-01;90;EUR;R3\n"
    again = given(corrected, project, "january (2).csv")
    mapping = mapping_for(SYSTEM, again)[1]
    checked = check_costs(SYSTEM, again, mapping, CostOptions(), now=NOW)
    assert (checked.new, checked.left_out_count) == (1, 1)
    assert [(each.batch, each.amount_minor, each.reference) for each in checked.left_out] == [(1, 10_050, "R1")]
    assert record_costs(SYSTEM, again, mapping, CostOptions(), now=NOW).left_out_count == 1
    assert queries.ledger(SYSTEM, project).count == 5  # nothing was taken back by itself

    # Taken back, the old line is no longer missed.
    plans.reverse_batch(SYSTEM, project, 1, reason="Sent again", now=NOW)
    assert check_costs(SYSTEM, given(corrected, project, "3.csv"), mapping, CostOptions(), now=NOW).left_out_count == 0


def test_a_balance_that_is_restated_is_not_missed_as_well() -> None:
    project = made()
    first = given(REPORT, project)
    mapping = mapping_for(SYSTEM, first)[1]
    record_costs(SYSTEM, first, mapping, CostOptions(), now=NOW)
    changed = REPORT.replace(b"50;EUR;R2", b"60;EUR;R2").replace(b"150.50", b"160.50")
    again = given(changed, project, "january (2).csv")
    found = record_costs(SYSTEM, again, mapping, CostOptions(restate=True), now=NOW)
    assert (found.new, found.restated, found.left_out_count) == (1, 1, 0)
