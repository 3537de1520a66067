"""Rows as CSV or XLSX for a spreadsheet: figures stay figures, and no text becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | float | Decimal | date | datetime | bool | None

# A spreadsheet takes text that begins like this for a formula, or for an order to another program.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_LINES_AT_ONCE = 500
_WIDEST = 60  # letters
BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know the letters of a CSV file


def csv_parts(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The rows as RFC 4180 text, in parts of some hundred lines so that none is held as a whole.

    Moments of a plan come without seconds, others with their zone; numbers have a decimal point; None is nothing.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_plain(each) for each in header])
    for number, row in enumerate(rows, 1):
        writer.writerow([_plain(cell) for cell in row])
        if number % _LINES_AT_ONCE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The same as one text, for tables of a few thousand lines."""
    return "".join(csv_parts(header, rows))


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as an XLSX file of one sheet: numbers and days as such, text as text whatever it begins with."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(title[:31])
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 2)
        widths = [len(each) for each in header]
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        at = 0
        for at, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                widths[column] = max(widths[column], min(_WIDEST, len(str(cell)) if cell is not None else 0))
                if isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                elif isinstance(cell, bool):
                    sheet.write_boolean(at, column, cell)
                elif isinstance(cell, datetime):
                    sheet.write_datetime(at, column, cell.replace(tzinfo=None), moment)
                elif isinstance(cell, date):
                    sheet.write_datetime(at, column, datetime.combine(cell, datetime.min.time()), day)
                elif cell is not None:
                    sheet.write_number(at, column, float(cell))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width + 2)
        sheet.autofilter(0, 0, max(1, at), len(header) - 1)
    return out.getvalue()


def safe_text(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return (
            cell.isoformat(sep=" ", timespec="minutes") if cell.tzinfo is None else cell.isoformat(timespec="seconds")
        )
    if isinstance(cell, float):
        return f"{cell:.12g}"
    return str(cell)
