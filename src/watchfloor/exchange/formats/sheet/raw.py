"""CSV and XLSX as rows of cells, nothing interpreted yet: what a mapping is later laid over.

A cell is text; numbers and dates that a workbook stores as such are marked, so that no locale is guessed for them.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import MEGABYTE, Limits
from watchfloor.exchange.formats.sheet.grid import check_archive, delimiter_of, encoding_of

NUMBER, DAY = "\x01n", "\x01d"  # before the text of a typed cell; no text cell holds a control character
TABLE_LIMITS = Limits(
    file_bytes=20 * MEGABYTE, unpacked_bytes=200 * MEGABYTE, activities=50_000, output_bytes=64 * MEGABYTE,
    cpu_seconds=60, wall_seconds=60,
)  # fmt: skip
_COLUMNS_MAX = 100
_CELL_CHARACTERS_MAX = 1_000
_SHEETS_MAX = 60


@dataclass(frozen=True, slots=True)
class RawTable:
    """One sheet as it came: ``rows`` are (line, cells); ``sheets`` the names of all in the file."""

    sheet: str
    sheets: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(path: Path, file_format: str, *, sheet: str, limits: Limits) -> RawTable:
    """The rows of a CSV file, or of one sheet of a workbook (by default the first).

    Raises:
        UnreadableFile: it is no table, holds too much, or has no sheet of that name.
    """
    return _of_xlsx(path, sheet, limits) if file_format == "xlsx" else _of_csv(path, limits)


def table_to_json(table: RawTable) -> str:
    return json.dumps({"sheet": table.sheet, "sheets": table.sheets, "rows": table.rows}, ensure_ascii=False)


def table_from_json(text: str | bytes) -> RawTable:
    said = json.loads(text)
    return RawTable(
        str(said["sheet"]),
        tuple(map(str, said["sheets"])),
        tuple((int(line), tuple(map(str, cells))) for line, cells in said["rows"]),
    )


def _of_csv(path: Path, limits: Limits) -> RawTable:
    previous = csv.field_size_limit(32_767)
    try:
        with path.open(encoding=encoding_of(path), errors="replace", newline="") as stream:
            delimiter = delimiter_of(stream)
            stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter)
            rows = tuple(_kept(((reader.line_num, [_clean(cell) for cell in cells]) for cells in reader), limits))
    except csv.Error as error:
        raise UnreadableFile("file.broken", f"The file is no table: {error}.", "Save it as CSV again.") from error
    finally:
        csv.field_size_limit(previous)
    return RawTable("", (), rows)


def _of_xlsx(path: Path, wanted: str, limits: Limits) -> RawTable:
    check_archive(path, limits)
    import openpyxl

    with path.open("rb") as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            names = tuple(book.sheetnames[:_SHEETS_MAX])
            if wanted and wanted not in names:
                listed = ", ".join(names[:10])
                raise UnreadableFile(
                    "sheet.missing", f"The workbook has no sheet “{wanted:.60}”.", f"It has: {listed}."
                )
            chosen = wanted or names[0]
            lines = book[chosen].iter_rows(max_col=_COLUMNS_MAX)
            rows = tuple(_kept(((at, [_cell(cell) for cell in row]) for at, row in enumerate(lines, start=1)), limits))
            book.close()
        except (UnreadableFile, MemoryError):
            raise
        except Exception as error:
            raise UnreadableFile(
                "file.broken", f"The workbook cannot be read: {error!s:.200}", "Open and save it again as .xlsx."
            ) from error
    return RawTable(chosen, names, rows)


def _kept(lines: Iterator[tuple[int, list[str]]], limits: Limits) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Rows with something in them, without empty cells at their end."""
    count = 0
    for line, cells in lines:
        while cells and not cells[-1]:
            cells.pop()
        if line > limits.rows:
            raise UnreadableFile("file.limit", f"The sheet has more than {limits.rows:,} lines.", "Split the sheet.")
        if not cells:
            continue
        count += 1
        if count > limits.activities:
            raise UnreadableFile(
                "file.limit", f"The sheet has more than {limits.activities:,} rows.", "Split the sheet."
            )
        yield line, tuple(cells[:_COLUMNS_MAX])


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text).strip()[:_CELL_CHARACTERS_MAX]


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return DAY + (value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes"))
    if isinstance(value, date):
        return DAY + value.isoformat()
    if isinstance(value, (int, float)):
        if not math.isfinite(value):
            return ""
        # The shortest text that gives the same number: no digit of an amount is lost or made up.
        plain = int(value) if isinstance(value, float) and value.is_integer() else value
        return NUMBER + format(Decimal(repr(plain)), "f")
    return _clean(str(value))
