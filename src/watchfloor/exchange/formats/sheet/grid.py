"""CSV and XLSX as the same thing: settings, and rows of text with their line number."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import MEGABYTE, Limits

_COLUMNS_MAX = 200
_CELL_CHARACTERS_MAX = 32_767
_ENTRIES_MAX = 5_000
_RATIO_MAX = 500
_SETTINGS_ROWS_MAX = 100
ACTIVITIES_SHEET, PROJECT_SHEET = "Activities", "Project"


@dataclass(slots=True)
class Grid:
    """A sheet of text: its headings, its rows (with the line a user sees), and the settings beside it."""

    sheet: str
    settings: dict[str, tuple[int, str]] = field(default_factory=dict)  # heading → (line, text)
    headings: list[str] = field(default_factory=list)
    heading_line: int = 1
    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    def add(self, line: int, cells: list[str], limits: Limits) -> None:
        if not any(cells):
            return
        if not self.headings:
            self.headings = [cell.strip().lower() for cell in cells]
            self.heading_line = line
            return
        if len(self.rows) >= limits.activities:
            raise UnreadableFile(
                "file.limit", f"The sheet has more than {limits.activities:,} rows.", "Split the sheet."
            )
        self.rows.append((line, cells))


def grid_of_csv(path: Path, *, limits: Limits) -> Grid:
    """Comma, semicolon or tab separated text; lines “# name: value” before the headings are settings."""
    grid = Grid("")
    previous = csv.field_size_limit(_CELL_CHARACTERS_MAX)
    try:
        with path.open(encoding=encoding_of(path), errors="replace", newline="") as stream:
            delimiter = delimiter_of(stream)
            stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter)
            for cells in reader:
                cleaned = [cell.strip().replace("\0", "") for cell in cells[:_COLUMNS_MAX]]
                first = cleaned[0] if cleaned else ""
                if first.startswith("#") and not grid.headings:
                    _add_setting(grid, reader.line_num, ",".join(each for each in cleaned if each))
                else:
                    grid.add(reader.line_num, cleaned, limits)
    except csv.Error as error:
        raise UnreadableFile(
            "file.broken", f"The file is no table: {error}.", "Save it as CSV again.", place=f"row {reader.line_num}"
        ) from error
    finally:
        csv.field_size_limit(previous)
    return grid


def _add_setting(grid: Grid, line: int, text: str) -> None:
    name, colon, value = text.lstrip("# ").partition(":")
    if colon and len(grid.settings) < _SETTINGS_ROWS_MAX:
        grid.settings[name.strip().lower()] = (line, value.strip())


def encoding_of(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(4)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "utf-16"
        try:
            (start + stream.read(4 * MEGABYTE)).decode("utf-8")
        except UnicodeDecodeError as error:
            # A letter cut in two at the end of the sample is no other encoding.
            return "utf-8-sig" if error.end >= 4 * MEGABYTE else "cp1252"
    return "utf-8-sig"


def delimiter_of(stream: Any) -> str:
    for _ in range(_SETTINGS_ROWS_MAX):
        line = stream.readline(1_000_000)
        if not line:
            break
        if line.strip() and not line.startswith(("#", '"#')):
            return str(max(",;\t", key=line.count))
    return ","


def grid_of_xlsx(path: Path, *, limits: Limits) -> Grid:
    """The sheet “Activities” (else the first), settings from the sheet “Project”. Formulas are never computed.

    A formula shows the value that the spreadsheet saved with it, or nothing.
    """
    check_archive(path, limits)
    import openpyxl

    # By stream, because by name the library goes by the ending, which a copy may have lost.
    stream = path.open("rb")
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except MemoryError:
        raise
    except Exception as error:
        stream.close()
        raise UnreadableFile(
            "file.broken", f"The workbook cannot be opened: {error!s:.200}", "Open and save it again as .xlsx."
        ) from error
    try:
        names = {name.strip().lower(): name for name in book.sheetnames}
        chosen = names.get(ACTIVITIES_SHEET.lower()) or next(
            (name for name in book.sheetnames if name.strip().lower() != PROJECT_SHEET.lower()), None
        )
        if chosen is None:
            raise UnreadableFile("file.not_a_plan", "The workbook has no sheet of activities.", "Use our template.")
        grid = Grid(chosen)
        if PROJECT_SHEET.lower() in names:
            _read_settings(book[names[PROJECT_SHEET.lower()]], grid)
        for line, cells in _rows(book[chosen], limits):
            grid.add(line, cells, limits)
        return grid
    except (UnreadableFile, MemoryError):
        raise
    except Exception as error:
        raise UnreadableFile(
            "file.broken", f"The workbook cannot be read: {error!s:.200}", "Open and save it again as .xlsx."
        ) from error
    finally:
        book.close()
        stream.close()


def check_archive(path: Path, limits: Limits) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries) or 1
        encrypted = any(entry.flag_bits & 1 for entry in entries)
    if encrypted:
        raise UnreadableFile("file.password", "The workbook is encrypted.", "Remove the password and import it again.")
    if len(entries) > _ENTRIES_MAX or unpacked > limits.unpacked_bytes or unpacked > packed * _RATIO_MAX + MEGABYTE:
        raise UnreadableFile(
            "file.limit",
            f"The workbook unpacks to {unpacked // MEGABYTE} MB, more than is allowed or plausible.",
            "Remove what is no plan, or save the activities as CSV.",
        )


def _read_settings(sheet: Any, grid: Grid) -> None:
    for line, row in enumerate(sheet.iter_rows(max_row=_SETTINGS_ROWS_MAX, max_col=2), start=1):
        cells = [_cell_text(cell) for cell in row]
        if len(cells) >= 2 and cells[0]:
            grid.settings[cells[0].strip().lower()] = (line, cells[1])


def _rows(sheet: Any, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(sheet.iter_rows(max_col=_COLUMNS_MAX), start=1):
        if line > limits.rows:
            raise UnreadableFile("file.limit", f"The sheet has more than {limits.rows:,} rows.", "Split the sheet.")
        yield line, [_cell_text(cell) for cell in row]


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        # A spreadsheet's whole day has no time of its own.
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        shown = value * 100 if "%" in (getattr(cell, "number_format", "") or "") else value
        return f"{shown:.10g}"
    return str(value).strip()[:_CELL_CHARACTERS_MAX]
