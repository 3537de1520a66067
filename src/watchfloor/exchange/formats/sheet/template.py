"""The empty template that a user fills in: the columns with their meaning and one example row."""

from __future__ import annotations

import csv
from pathlib import Path

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.sheet.columns import COLUMNS, SETTINGS
from watchfloor.exchange.formats.sheet.grid import ACTIVITIES_SHEET, PROJECT_SHEET

_EXAMPLES = (
    {"code": "A090", "name": "Clear the site", "wbs": "Site", "duration": "3d", "start": "2026-11-02"},
    {column.name: column.example for column in COLUMNS if column.example and column.name != "start"},
    {"code": "M900", "name": "Handed over", "kind": "milestone", "predecessors": "A100", "committed": "yes"},
)


def template(path: Path) -> None:
    """Write the template as CSV or XLSX, by the name's ending. Raises UnreadableFile for any other ending."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        _write_csv(path)
    elif suffix == ".xlsx":
        _write_xlsx(path)
    else:
        raise UnreadableFile(
            "sheet.suffix", f"“{suffix}” is no kind of template.", "Use a name ending in .csv or .xlsx."
        )


def _write_csv(path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        for setting in SETTINGS:
            writer.writerow([f"# {setting.name}: {setting.example}"])
        writer.writerow([column.name for column in COLUMNS])
        for example in _EXAMPLES:
            writer.writerow([example.get(column.name, "") for column in COLUMNS])


def _write_xlsx(path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        activities = book.add_worksheet(ACTIVITIES_SHEET)
        activities.freeze_panes(1, 2)
        for at, column in enumerate(COLUMNS):
            activities.write_string(0, at, column.name, bold)
            activities.write_comment(0, at, column.meaning)
            activities.set_column(at, at, max(12, len(column.name) + 2))
            for row, example in enumerate(_EXAMPLES, start=1):
                activities.write_string(row, at, example.get(column.name, ""))
        project = book.add_worksheet(PROJECT_SHEET)
        project.set_column(0, 0, 18)
        project.set_column(1, 1, 32)
        project.set_column(2, 2, 70)
        for row, setting in enumerate(SETTINGS):
            project.write_string(row, 0, setting.name, bold)
            project.write_string(row, 1, setting.example)
            project.write_string(row, 2, setting.meaning, wrap)
        guide = book.add_worksheet("Columns")
        guide.set_column(0, 0, 18)
        guide.set_column(1, 1, 90)
        for row, column in enumerate(COLUMNS):
            guide.write_string(row, 0, column.name, bold)
            guide.write_string(row, 1, column.meaning, wrap)
