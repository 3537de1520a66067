"""Rows as CSV for a spreadsheet: figures stay figures, and no text becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | float | Decimal | date | datetime | bool | None

# A spreadsheet takes text that begins like this for a formula, or for an order to another program.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as RFC 4180 text; moments without seconds, numbers with a decimal point, None as nothing."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([_plain(each) for each in header])
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return target.getvalue()


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
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, float):
        return f"{cell:.12g}"
    return str(cell)
