"""Tables as CSV that a spreadsheet opens without being led to compute anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | float | Decimal | date | datetime | None
_LEADS_TO_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LINES_AT_ONCE = 500


def csv_parts(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The table in parts of some hundred lines, so that none is held as a whole; figures stay figures.

    Text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    out.write("\ufeff")  # without it some spreadsheets read another encoding
    writer.writerow([_cell(each) for each in header])
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(each) for each in row])
        if number % _LINES_AT_ONCE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _cell(value: Cell) -> str | int | float | Decimal:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes" if value.tzinfo is None else "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(_LEADS_TO_A_FORMULA):
        return f"'{value}"
    return value
