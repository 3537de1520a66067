"""Cost reports as their senders write them: numbers, dates, signs and totals are read as the mapping says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor.exchange.formats.sheet.cells import BadCell
from watchfloor.exchange.formats.sheet.cost_rows import (
    CostMapping,
    amount,
    decimal_of,
    headings,
    period_end,
    proposed,
    read_rows,
)
from watchfloor.exchange.formats.sheet.rate_rows import read_rates
from watchfloor.exchange.formats.sheet.raw import (
    NUMBER,
    TABLE_LIMITS,
    RawTable,
    read_table,
    table_from_json,
    table_to_json,
)


def table(*rows: str, separator: str = "|") -> RawTable:
    lines = enumerate((tuple(cell.strip() for cell in row.split(separator)) for row in rows), start=1)
    return RawTable("Sheet", ("Sheet",), tuple(lines))


SAP = table(
    "Kostenbericht Projekt Quay|||",
    "PSP-Element|Wertart|Buchungsdatum|Betrag|Währung|S/H|Belegnummer",
    "HB.1|Ist|31.01.2026|1.234,50|EUR|S|5100",
    "HB.1|Ist|31.01.2026|34,50|EUR|H|5101",
    "HB.2|Obligo|31.01.2026|1.000,00-|EUR||5102",
    "Gesamt|||200,00|EUR||",
)
FORMAT = CostMapping(
    {
        "account": "psp-element", "kind": "wertart", "period": "buchungsdatum", "amount": "betrag",
        "currency": "währung", "sign": "s/h", "reference": "belegnummer",
    },
    decimal=",",
    dates="dmy",
)  # fmt: skip


def test_a_german_report_with_a_title_credits_and_its_own_total() -> None:
    found = read_rows(SAP, FORMAT)
    assert found.errors == ()
    assert [(row.line, row.account, row.kind, row.amount_minor, row.reference) for row in found.rows] == [
        (3, "HB.1", "actual", 123_450, "5100"),
        (4, "HB.1", "actual", -3_450, "5101"),
        (5, "HB.2", "commitment", -100_000, "5102"),
    ]
    assert found.totals == {"EUR": 20_000}
    assert found.rows[0].period == date(2026, 1, 31)
    turned = read_rows(SAP, replace(FORMAT, sign="reversed"))
    assert [row.amount_minor for row in turned.rows] == [-123_450, 3_450, 100_000]


def test_the_words_of_the_headings_propose_a_mapping() -> None:
    found = proposed(SAP)
    assert found.columns == FORMAT.columns
    assert (found.decimal, found.dates, found.header_line) == (",", "dmy", 2)
    assert headings(SAP).names[0] == "PSP-Element"


def test_one_column_per_kind_gives_a_row_for_each_amount() -> None:
    wide = table("CA|Month|Budget|Actual|Accrual", "A|2026-02|100|90.5|", "B|Feb 2026|0|7|1.25")
    columns = {"account": "ca", "period": "month", "budget": "budget", "actual": "actual", "accrual": "accrual"}
    found = read_rows(wide, CostMapping(columns, currency="EUR"))
    assert [(row.account, row.kind, row.amount_minor) for row in found.rows] == [
        ("A", "budget", 10_000), ("A", "actual", 9_050), ("B", "actual", 700), ("B", "accrual", 125),
    ]  # fmt: skip
    assert {row.period for row in found.rows} == {date(2026, 2, 28)}


def test_every_bad_cell_is_named_with_its_line_its_column_and_a_remedy() -> None:
    bad = table(
        "Account|Kind|Date|Amount|Currency",
        "A|actual|2026-01-31|1,234.5|EUR",
        "A|fun|2026-01-31|1|EUR",
        "A|actual|31 bananas|1|EUR",
        "A|actual|2026-01-31|1.234,50|EUR",
        "A|actual|2026-01-31|0.001|EUR",
        "A|actual|2026-01-31|1|Euro",
        "|actual|2026-01-31|1|EUR",
    )
    found = read_rows(bad, proposed(bad))
    assert [(each.row, each.column) for each in found.errors] == [
        (3, "Kind"), (4, "Date"), (5, "Amount"), (6, "Amount"), (7, "Currency"), (8, "Account"),
    ]  # fmt: skip
    assert all(each.remedy for each in found.errors)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-01-31", "dmy", date(2026, 1, 31)), ("31.01.2026", "dmy", date(2026, 1, 31)),
        ("01/02/2026", "mdy", date(2026, 1, 2)), ("01/02/26", "dmy", date(2026, 2, 1)),
        ("2026-02", "ymd", date(2026, 2, 28)), ("02.2028", "dmy", date(2028, 2, 29)),
        ("March 2026", "ymd", date(2026, 3, 31)), ("2026-W10", "ymd", date(2026, 3, 8)),
        (NUMBER + "202603", "ymd", date(2026, 3, 31)),
    ],
)  # fmt: skip
def test_a_period_ends_on_its_last_day(text: str, order: str, day: date) -> None:
    assert period_end(text, order) == day


@given(st.decimals("-999999999", "999999999", places=2), st.sampled_from((".", ",")))
def test_a_number_written_for_a_locale_is_read_back_exactly(value: Decimal, decimal: str) -> None:
    plain = f"{value:,.2f}"
    text = plain if decimal == "." else plain.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert decimal_of(text, decimal) == value
    assert amount(text, "EUR", decimal) == int(value * 100)
    assert amount(NUMBER + repr(float(value)), "EUR", decimal) == int(value * 100)


def test_a_mapping_that_leaves_something_open_says_what() -> None:
    for wrong, word in (
        (replace(FORMAT, columns={"period": "buchungsdatum", "amount": "betrag"}), "account"),
        (replace(FORMAT, columns={**FORMAT.columns, "budget": "betrag"}), "amounts"),
        (replace(FORMAT, columns={**FORMAT.columns, "note": "nowhere"}), "nowhere"),
        (replace(FORMAT, decimal=";"), "format"),
    ):
        with pytest.raises(BadCell, match=word):
            read_rows(SAP, wrong)


def test_a_workbook_keeps_every_digit_of_an_amount_and_its_dates(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Costs")
        sheet.write_row(0, 0, ["Account", "Date", "Amount"])
        sheet.write_row(1, 0, [4711, "2026-01-31", 12_345_678_901.23])
        sheet.write_datetime(2, 1, datetime(2026, 2, 28), book.add_format({"num_format": "d.m.yy"}))
        sheet.write_row(2, 2, [0.1 + 0.2])
        sheet.write(2, 0, "4712")
        book.add_worksheet("Other").write(0, 0, "x")
    read = read_table(path, "xlsx", sheet="", limits=TABLE_LIMITS)
    assert read == table_from_json(table_to_json(read))
    assert read.sheets == ("Costs", "Other")
    columns = {"account": "account", "period": "date", "amount": "amount"}
    found = read_rows(read, CostMapping(columns, kind="actual", currency="EUR"))
    assert [(row.account, row.period, row.amount_minor) for row in found.rows] == [
        ("4711", date(2026, 1, 31), 1_234_567_890_123), ("4712", date(2026, 2, 28), 30),
    ]  # fmt: skip


def test_rates_are_read_in_both_forms_and_gaps_stay_gaps() -> None:
    wide, none = read_rates(table("Date|USD|JPY", "2026-01-02|1.17|N/A", "2026-01-05|1.18|184.2"))
    assert none == ()
    assert [(row.base, row.quote, row.value) for row in wide] == [
        ("EUR", "USD", Decimal("1.17")), ("EUR", "USD", Decimal("1.18")), ("EUR", "JPY", Decimal("184.2")),
    ]  # fmt: skip
    long, errors = read_rates(
        table("date|base|quote|rate|source", "2026-01-02|USD|EUR|0.9|bank", "2026-01-02|USD|EUR|-1|")
    )
    assert (long[0].source, len(errors), errors[0].row) == ("bank", 1, 3)
