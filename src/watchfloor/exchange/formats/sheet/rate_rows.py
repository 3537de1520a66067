"""Rows of a table of exchange rates → rates. No Django.

Two forms are read: one rate per row (date, base, quote, rate, source), and the central banks' form with a date and
one column per currency, which says what one unit of the base currency cost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from watchfloor.exchange.formats.errors import RowError
from watchfloor.exchange.formats.sheet.cells import BadCell
from watchfloor.exchange.formats.sheet.cost_rows import decimal_of, period_end
from watchfloor.exchange.formats.sheet.raw import RawTable

_ERRORS_MAX = 500
_CODE = re.compile(r"[A-Za-z]{3}")
_NONE = frozenset({"", "n/a", "na", "-"})
_WORDS = {
    "on": ("date", "on", "day", "datum"),
    "base": ("base", "from", "currency", "von"),
    "quote": ("quote", "to", "nach"),
    "value": ("rate", "value", "kurs"),
    "source": ("source", "quelle"),
}


@dataclass(frozen=True, slots=True)
class RateRow:
    """One unit of ``base`` cost ``value`` of ``quote``."""

    line: int
    base: str
    quote: str
    on: date
    value: Decimal
    source: str


def read_rates(
    table: RawTable, *, base: str = "EUR", decimal: str = ".", dates: str = "ymd"
) -> tuple[tuple[RateRow, ...], tuple[RowError, ...]]:
    """Rates, or an error per cell; ``base`` is of the form with one column per currency."""
    rows = [(line, cells) for line, cells in table.rows if not cells[0].startswith("#")]
    if not rows:
        return (), (_error(table, 0, "", "The table is empty", "Write a heading and at least one rate."),)
    line, names = rows[0][0], [cell.strip().lower() for cell in rows[0][1]]
    at = {field: next((names.index(word) for word in words if word in names), None) for field, words in _WORDS.items()}
    wide = [(index, name.upper()) for index, name in enumerate(names) if index and _CODE.fullmatch(name)]
    long = all(at[name] is not None for name in ("on", "base", "quote", "value"))
    if at["on"] is None or not (long or wide):
        remedy = "Name the columns date, base, quote, rate; or date and one column per currency."
        return (), (_error(table, line, "headings", "The headings are not those of a table of rates", remedy),)
    found: list[RateRow] = []
    errors: list[RowError] = []
    for line, cells in rows[1:]:
        if len(errors) >= _ERRORS_MAX:
            break
        padded = (*cells, *("" for _ in range(len(names) - len(cells))))
        column = names[at["on"]]
        try:
            on = period_end(padded[at["on"]], dates)
            if long:
                column = "base"
                said = {name: padded[place].strip() if place is not None else "" for name, place in at.items()}
                first, second = _currency(said["base"]), _currency(said["quote"])
                column = "rate"
                found.append(
                    RateRow(line, first, second, on, _positive(padded[at["value"] or 0], decimal), said["source"])
                )
                continue
            for place, currency in wide:
                column = currency
                if padded[place].strip().lower() not in _NONE and currency != base:
                    found.append(RateRow(line, base, currency, on, _positive(padded[place], decimal), ""))
        except BadCell as problem:
            errors.append(_error(table, line, column, problem.problem, problem.remedy))
    return tuple(found), tuple(errors)


def _positive(cell: str, decimal: str) -> Decimal:
    value = decimal_of(cell, decimal)
    if value is None or value <= 0:
        raise BadCell(
            "A rate is a positive number", "Write how many units of the second currency one of the first cost."
        )
    return value


def _currency(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise BadCell(f"“{text:.20}” is no currency code", "Write the ISO code, like EUR.")
    return text.upper()


def _error(table: RawTable, line: int, column: str, problem: str, remedy: str) -> RowError:
    return RowError(sheet=table.sheet, row=line, column=column, problem=problem, remedy=remedy)
