"""The sheet to fill in and import, as CSV or XLSX, made from the columns that the reader understands."""

from __future__ import annotations

import csv
import io

import xlsxwriter

from watchfloor.exchange.formats.sheet.columns import COLUMNS, SETTINGS

_EXAMPLES = (
    {"code": "A100", "name": "Design", "wbs": "Design", "duration": "10d", "start": "2026-11-02", "budget": "12000"},
    {"code": "A200", "name": "Build", "wbs": "Works", "duration": "20d", "predecessors": "A100", "budget": "48000"},
    {"code": "A900", "name": "Handover", "kind": "milestone", "predecessors": "A200", "committed": "yes"},
)


def csv_template() -> bytes:
    """The activities with three example rows; a byte-order mark so that Excel reads it as UTF-8."""
    out = io.StringIO()
    rows = csv.DictWriter(out, [column.name for column in COLUMNS])
    rows.writeheader()
    rows.writerows(_EXAMPLES)
    return out.getvalue().encode("utf-8-sig")


def xlsx_template() -> bytes:
    """Two sheets: activities, and the project's settings; what a column means stands in a note on its heading."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet("Activities")
        sheet.freeze_panes(1, 2)
        for at, column in enumerate(COLUMNS):
            sheet.write_string(0, at, column.name, bold)
            sheet.write_comment(0, at, column.meaning)
            sheet.set_column(at, at, 32 if column.name == "name" else 16)
            for line, example in enumerate(_EXAMPLES, start=1):
                if column.name in example:
                    sheet.write_string(line, at, example[column.name])
        settings = book.add_worksheet("Project")
        settings.set_column(0, 1, 28)
        for line, column in enumerate(SETTINGS):
            settings.write_string(line, 0, column.name, bold)
            settings.write_string(line, 1, column.example)
            settings.write_comment(line, 0, column.meaning)
    return out.getvalue()
