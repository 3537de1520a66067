"""Rows of a cost report → amounts by control account, kind, period and currency, as a mapping says. No Django.

Reports of ERPs look all alike and all different: the mapping names the column of each field, how numbers and dates
are written, and what a minus means. It is asked for once per sender and remembered.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from watchfloor.exchange.formats.errors import RowError
from watchfloor.exchange.formats.sheet.cells import BadCell
from watchfloor.exchange.formats.sheet.raw import DAY, NUMBER, RawTable
from watchfloor.exchange.formats.values import FIRST_YEAR, LAST_YEAR, MINOR_MAX, minor_digits

KINDS = ("budget", "actual", "accrual", "commitment")
FIELDS = (
    "account", "project", "kind", "period", "amount", "currency", "sign", "quantity", "planned_price", "reference",
    "note", *KINDS,
)  # fmt: skip
DECIMALS, DATES, SIGNS = (".", ","), ("ymd", "dmy", "mdy"), ("plain", "reversed")
_ERRORS_MAX = 500
_HEADINGS_LOOKED_AT = 30  # lines
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "account": (
        "account", "control account", "ca", "cost account", "cbs", "cbs code", "wbs", "wbs element", "psp-element",
        "psp element", "kostenkonto", "konto", "compte", "cuenta",
    ),
    "project": ("project", "project code", "projekt", "projet", "proyecto"),
    "kind": ("kind", "type", "cost type", "art", "kostenart", "value type", "werttyp", "wertart"),
    "period": (
        "period", "date", "posting date", "month", "period end", "buchungsdatum", "datum", "monat", "periode", "mois",
    ),
    "amount": ("amount", "value", "cost", "betrag", "wert", "montant", "importe", "amount in currency"),
    "currency": ("currency", "curr", "crcy", "währung", "waehrung", "devise", "moneda"),
    "sign": ("d/c", "debit/credit", "s/h", "soll/haben", "dc"),
    "quantity": ("quantity", "qty", "hours", "menge", "stunden", "quantité"),
    "planned_price": ("planned price", "standard price", "standard rate", "planned rate", "planpreis"),
    "reference": ("reference", "document", "document number", "doc no", "invoice", "belegnummer", "beleg", "voucher"),
    "note": ("note", "text", "description", "comment", "buchungstext", "bezeichnung"),
    "budget": ("budget", "plan", "bac", "planned"),
    "actual": ("actual", "actuals", "actual cost", "booked", "ist", "istkosten", "acwp"),
    "accrual": ("accrual", "accruals", "accrued", "abgrenzung", "abgrenzungen"),
    "commitment": ("commitment", "commitments", "committed", "obligo", "open orders"),
}  # fmt: skip
_KIND_WORDS = {word: kind for kind in KINDS for word in _ALIASES[kind]}
_CREDIT = frozenset({"c", "cr", "credit", "h", "haben"})
_DEBIT = frozenset({"", "d", "dr", "debit", "s", "soll"})
_TOTAL = re.compile(r"(grand |control )?total|sum|summe|gesamt(summe)?|totaux?", re.IGNORECASE)
_SAID_TOTAL = re.compile(r"#\s*(?:control )?total\s+([A-Za-z]{3})", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PLAIN_NUMBER = {
    ".": re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"),
    ",": re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?|,\d+"),
}


@dataclass(frozen=True, slots=True)
class CostMapping:
    """How the report of one sender is read. ``columns`` is field → heading, in lower case."""

    columns: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""  # of every row, where no column says it
    currency: str = ""  # of every row, where no column says it
    decimal: str = "."
    dates: str = "ymd"  # the order of day, month and year in text
    sign: str = "plain"  # reversed: costs are written with a minus
    header_line: int = 0  # 0: found by its words


@dataclass(frozen=True, slots=True)
class CostRow:
    """One amount of the report with the line it stands on."""

    line: int
    project: str
    account: str
    kind: str
    period: date
    amount_minor: int
    currency: str
    quantity: Decimal | None
    planned_price: Decimal | None
    reference: str
    note: str


@dataclass(frozen=True, slots=True)
class ParsedCosts:
    rows: tuple[CostRow, ...]
    totals: Mapping[str, int]  # control totals that the report itself names, by currency
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class Headings:
    line: int
    names: tuple[str, ...]  # as written


def headings(table: RawTable, header_line: int = 0) -> Headings:
    """The row that names the columns: the line given, else the first whose words are known, else the first row."""
    rows = [row for row in table.rows if not row[1][0].startswith("#")]
    if header_line:
        rows = [row for row in rows if row[0] == header_line] or rows[:1]
    if not rows:
        return Headings(0, ())
    known = {word for words in _ALIASES.values() for word in words}
    best = rows[0]
    if not header_line:
        for row in rows[:_HEADINGS_LOOKED_AT]:
            if sum(cell.lower() in known for cell in row[1]) >= 2:
                best = row
                break
    return Headings(best[0], tuple(_text(cell) for cell in best[1]))


def proposed(table: RawTable) -> CostMapping:
    """A first mapping from the words of the headings and the look of the numbers; a person corrects it."""
    found = headings(table)
    lower = [name.lower() for name in found.names]
    columns: dict[str, str] = {}
    for name in FIELDS:
        at = next((lower.index(word) for word in _ALIASES[name] if word in lower), None)
        if at is not None and lower[at] not in columns.values():
            columns[name] = lower[at]
    return CostMapping(
        columns,
        decimal=_look_of_numbers(table, columns, lower),
        dates=_look_of_dates(table, columns, lower),
        header_line=found.line,
    )


def check_mapping(mapping: CostMapping, names: tuple[str, ...]) -> None:
    """Refuse a mapping that cannot work, naming the field.

    Raises:
        BadCell: what is missing or contradicts itself.
    """
    lower = {name.lower() for name in names}
    for name, heading in mapping.columns.items():
        if name not in FIELDS or heading not in lower:
            raise BadCell(f"There is no column “{heading:.60}” for {name}", "Choose one of the headings of the file.")
    columns = mapping.columns
    for name in ("account", "period"):
        if name not in columns:
            raise BadCell(f"No column is chosen for {name}", f"Choose the column that holds the {name}.")
    by_kind = [kind for kind in KINDS if kind in columns]
    if bool(by_kind) == ("amount" in columns):
        raise BadCell("The amounts are not clear", "Choose one column of amounts, or one column for each kind of cost.")
    if not by_kind and "kind" not in columns and mapping.kind not in KINDS:
        raise BadCell("The kind of cost is not clear", "Choose a column that says it, or one kind for all rows.")
    if "currency" not in columns and not re.fullmatch(r"[A-Z]{3}", mapping.currency):
        raise BadCell("The currency is not clear", "Choose a column that says it, or one currency for all rows.")
    if mapping.decimal not in DECIMALS or mapping.dates not in DATES or mapping.sign not in SIGNS:
        raise BadCell("The format of numbers, dates or signs is unknown", "Choose one of those offered.")


def read_rows(table: RawTable, mapping: CostMapping) -> ParsedCosts:
    """Every amount of the report, or an error per cell that cannot be read.

    Raises:
        BadCell: the mapping does not fit the headings.
    """
    found = headings(table, mapping.header_line)
    check_mapping(mapping, found.names)
    return _Reading(table, mapping, found).all()


class _Reading:
    def __init__(self, table: RawTable, mapping: CostMapping, found: Headings) -> None:
        self._table = table
        self._mapping = mapping
        self._start = found.line
        lower = [name.lower() for name in found.names]
        self._at = {name: lower.index(heading) for name, heading in mapping.columns.items()}
        self._names = {name: found.names[at] for name, at in self._at.items()}
        self._amounts = [kind for kind in KINDS if kind in self._at] or ["amount"]
        self._errors: list[RowError] = []
        self._totals: Counter[str] = Counter()

    def all(self) -> ParsedCosts:
        rows: list[CostRow] = []
        for line, cells in self._table.rows:
            if cells[0].startswith("#"):
                self._said_total(line, cells)
            elif line > self._start and len(self._errors) < _ERRORS_MAX:
                rows.extend(self._row(line, cells))
        if not rows and not self._errors:
            self._error(self._start, "", "There is no row below the headings", "Check the sheet and the heading line.")
        return ParsedCosts(tuple(rows), dict(self._totals), tuple(self._errors))

    def _row(self, line: int, cells: tuple[str, ...]) -> Iterator[CostRow]:
        account = self._said(cells, "account")
        if not account or _TOTAL.fullmatch(account):
            self._total_row(line, cells)
            return
        column = "period"
        try:
            period = period_end(self._cell(cells, column), self._mapping.dates)
            column = "currency"
            currency = self._currency(cells)
            column = "sign"
            turn = self._turn(cells)
            column = "quantity"
            quantity = self._number(cells, column)
            column = "planned_price"
            price = self._number(cells, column)
            for name in self._amounts:
                column = "kind"
                kind = self._kind(cells) if name == "amount" else name
                column = name
                minor = amount(self._cell(cells, name), currency, self._mapping.decimal)
                if minor is None and len(self._amounts) == 1:
                    raise BadCell("The amount is empty", "Write an amount, 0 included, or remove the row.")
                if not minor:
                    continue
                yield CostRow(
                    line, self._said(cells, "project"), account, kind, period, turn * minor, currency,
                    None if quantity is None else turn * quantity, price,
                    self._said(cells, "reference")[:120], self._said(cells, "note")[:300],
                )  # fmt: skip
        except BadCell as error:
            self._error(line, column, error.problem, error.remedy)

    def _total_row(self, line: int, cells: tuple[str, ...]) -> None:
        """A row without an account: the report's own total, nothing at all, or a mistake."""
        if not any(_TOTAL.fullmatch(_text(cell).rstrip(": ")) for cell in cells):
            if any(self._cell(cells, name) for name in self._amounts):
                self._error(line, "account", "The row has an amount but no account", "Name the account, or remove it.")
            return
        try:
            currency = self._currency(cells)
            for name in self._amounts:
                minor = amount(self._cell(cells, name), currency, self._mapping.decimal)
                self._totals[currency] += self._turn(cells) * (minor or 0)
        except BadCell as error:
            self._error(line, self._amounts[0], error.problem, error.remedy)

    def _said_total(self, line: int, cells: tuple[str, ...]) -> None:
        """``# total EUR: 1,234.50`` above the headings, in one cell or two."""
        said, _colon, rest = cells[0].partition(":")
        match = _SAID_TOTAL.fullmatch(said.strip())
        if match is None:
            return
        # A comma that separates columns may have cut the number in pieces.
        text = ",".join((rest, *(_text(cell) for cell in cells[1:]))).strip(" ,;")
        try:
            self._totals[match[1].upper()] += amount(text, match[1].upper(), self._mapping.decimal) or 0
        except BadCell as error:
            self._error(line, "amount", error.problem, error.remedy)

    def _currency(self, cells: tuple[str, ...]) -> str:
        said = self._said(cells, "currency").upper() or self._mapping.currency
        if not re.fullmatch(r"[A-Z]{3}", said):
            raise BadCell(f"“{said:.20}” is no currency code", "Write the ISO code, like EUR.")
        return said

    def _kind(self, cells: tuple[str, ...]) -> str:
        said = self._said(cells, "kind").lower()
        if not said and self._mapping.kind:
            return self._mapping.kind
        if said not in _KIND_WORDS:
            raise BadCell(f"“{said:.40}” is no kind of cost", "Write budget, actual, accrual or commitment.")
        return _KIND_WORDS[said]

    def _turn(self, cells: tuple[str, ...]) -> int:
        said = self._said(cells, "sign").lower()
        if said not in _CREDIT | _DEBIT:
            raise BadCell(f"“{said:.20}” is neither debit nor credit", "Write D or C (S or H).")
        turn = -1 if self._mapping.sign == "reversed" else 1
        return -turn if said in _CREDIT else turn

    def _number(self, cells: tuple[str, ...], name: str) -> Decimal | None:
        return decimal_of(self._cell(cells, name), self._mapping.decimal)

    def _said(self, cells: tuple[str, ...], name: str) -> str:
        return _text(self._cell(cells, name))

    def _cell(self, cells: tuple[str, ...], name: str) -> str:
        at = self._at.get(name)
        return cells[at] if at is not None and at < len(cells) else ""

    def _error(self, line: int, column: str, problem: str, remedy: str) -> None:
        shown = self._names.get(column, column)
        self._errors.append(RowError(sheet=self._table.sheet, row=line, column=shown, problem=problem, remedy=remedy))


def amount(cell: str, currency: str, decimal: str) -> int | None:
    """Minor units of an amount; None when empty. Nothing is rounded away.

    Raises:
        BadCell: it is no amount, or finer than the currency.
    """
    value = decimal_of(cell, decimal)
    if value is None:
        return None
    scaled = value.scaleb(minor_digits(currency))
    if cell.startswith(NUMBER):
        # A workbook's 0.1 + 0.2 is 0.30000000000000004; that is not a finer amount.
        scaled = scaled.quantize(Decimal("0.000001"))
    if scaled != scaled.to_integral_value():
        raise BadCell(f"The amount is finer than {currency} can be", "Round it in the sheet.")
    if abs(scaled) > MINOR_MAX:
        raise BadCell("The amount is out of range", "Correct it.")
    return int(scaled)


def decimal_of(cell: str, decimal: str) -> Decimal | None:
    """A number as the sender writes it: 1,234.50 or 1.234,50, with -, trailing - or brackets for less than zero."""
    if not cell:
        return None
    text = _text(cell)
    if cell.startswith(NUMBER):
        return Decimal(text)
    plain = re.sub(r"[\s\u00a0\u202f'’]", "", text).replace("−", "-")  # noqa: RUF001 - signs people paste
    negative = plain.startswith("-") or plain.endswith("-") or (plain.startswith("(") and plain.endswith(")"))
    plain = plain.strip("-()").removeprefix("+")
    if not _PLAIN_NUMBER[decimal].fullmatch(plain):
        example = "1234.50" if decimal == "." else "1234,50"
        raise BadCell(f"“{text:.40}” is no number with the decimal sign “{decimal}”", f"Write it like {example}.")
    plain = plain.replace(",", "") if decimal == "." else plain.replace(".", "").replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise BadCell(f"“{text:.40}” is no number", "Write digits and a decimal sign.") from None
    return -value if negative else value


def period_end(cell: str, order: str) -> date:
    """The last day of a period: a day, a month (2026-03, 03/2026, Mar 2026) or a week (2026-W10, to its Sunday).

    Raises:
        BadCell: it is none of these.
    """
    text = _text(cell)
    if not text:
        raise BadCell("The period is empty", "Write the day or the month that the amount is for.")
    found = date.fromisoformat(text[:10]) if cell.startswith(DAY) else _day(text, order) or _span(text)
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        example = {"ymd": "2026-03-31", "dmy": "31.03.2026", "mdy": "03/31/2026"}[order]
        raise BadCell(f"“{text:.40}” is no day or month", f"Write a day like {example}, or a month like 2026-03.")
    return found


def _day(text: str, order: str) -> date | None:
    match = re.fullmatch(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[T ].*)?", text)
    if match is None:
        return None
    parts = match.groups()
    if len(parts[0]) == 4:
        order = "ymd"  # a year in front leaves no choice
    said = dict(zip(order, map(int, parts), strict=True))
    if len(parts[order.index("y")]) <= 2:
        said["y"] += 2000
    try:
        return date(said["y"], said["m"], said["d"])
    except ValueError:
        return None


def _span(text: str) -> date | None:
    if week := re.fullmatch(r"(\d{4})-?[WwKk][WwKk]?(\d{1,2})", text.replace(" ", "")):
        try:
            return date.fromisocalendar(int(week[1]), int(week[2]), 1) + timedelta(days=6)
        except ValueError:
            return None
    if match := re.fullmatch(r"(\d{4})[-/. ]?(\d{2})", text):
        year, month = int(match[1]), int(match[2])
    elif match := re.fullmatch(r"(\d{1,2})[-/. ](\d{4})", text):
        year, month = int(match[2]), int(match[1])
    elif match := re.fullmatch(r"([A-Za-z]{3})[a-z]*\.?[-/. ]?(\d{4})", text):
        if match[1].lower() not in _MONTHS:
            return None
        year, month = int(match[2]), _MONTHS.index(match[1].lower()) + 1
    else:
        return None
    return date(year, month, monthrange(year, month)[1]) if 1 <= month <= 12 and year > 0 else None


def _text(cell: str) -> str:
    return cell[2:] if cell.startswith("\x01") else cell


def _look_of_numbers(table: RawTable, columns: Mapping[str, str], lower: list[str]) -> str:
    """The decimal sign that the first amounts use; a point when they do not tell."""
    places = [lower.index(columns[name]) for name in ("amount", *KINDS) if name in columns]
    for _line, cells in table.rows[:200]:
        for at in places:
            text = cells[at] if at < len(cells) else ""
            if re.fullmatch(r"\(?-?[\d.\s]*,\d{1,2}\)?-?", text):
                return ","
            if re.fullmatch(r"\(?-?[\d,\s]*\.\d{1,2}\)?-?", text):
                return "."
    return "."


def _look_of_dates(table: RawTable, columns: Mapping[str, str], lower: list[str]) -> str:
    """The order of day, month and year that a date shows which fits only one; year first when none tells."""
    at = lower.index(columns["period"]) if "period" in columns else None
    for _line, cells in table.rows[:200]:
        text = cells[at] if at is not None and at < len(cells) else ""
        match = re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})[./-]\d{2,4}", text)
        if match is not None and (int(match[1]) > 12 or match[2] == "."):
            return "dmy"
        if match is not None and int(match[3]) > 12:
            return "mdy"
    return "ymd"
