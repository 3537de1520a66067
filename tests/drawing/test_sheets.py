"""Rows for a spreadsheet: figures to add up, and no text that runs."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from watchfloor.drawing.sheets import csv_text, workbook


def test_figures_stay_figures_and_text_never_becomes_a_formula() -> None:
    row = [
        "=HYPERLINK(1)",
        "-2+3",
        "@SUM",
        "plain, with comma",
        Decimal("-12.50"),
        -3,
        0.25,
        None,
        datetime(2026, 3, 2, 8),
    ]
    read = next(iter(list(csv.reader(io.StringIO(csv_text(["a"] * 9, [row]), newline="")))[1:]))
    assert read == [
        "'=HYPERLINK(1)",
        "'-2+3",
        "'@SUM",
        "plain, with comma",
        "-12.50",
        "-3",
        "0.25",
        "",
        "2026-03-02 08:00",
    ]


@given(st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    read = list(csv.reader(io.StringIO(csv_text(["a", "b"], [[text, 1]]), newline="")))[1]
    assert not read[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert read[0] in (text, f"'{text}")


def test_a_workbook_holds_numbers_and_days_and_nothing_that_runs() -> None:
    row = ["=HYPERLINK(1)", Decimal("-12.50"), 3, True, date(2026, 3, 2), None]
    book = load_workbook(io.BytesIO(workbook("projects", list("abcdef"), [row])))
    _header, cells = book["projects"].iter_rows()
    assert [cell.value for cell in cells] == ["=HYPERLINK(1)", -12.5, 3, True, datetime(2026, 3, 2), None]
    assert cells[0].data_type == "s"  # text, not a formula
