"""An XER file as tables: the tab-separated text that Primavera P6 exports, read record by record.

``%T`` opens a table, ``%F`` names its columns, ``%R`` is a row, ``%E`` the end. P6 writes the Windows code page of
the exporting machine, doubles quotation marks and replaces line breaks by DEL (0x7F).
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.remarks import Remarks

Record = TypeVar("Record", bound=tuple[Any, ...])

_CHUNK = 1 << 20
_LINE_CHARACTERS_MAX = 32 * 1024 * 1024


@dataclass(slots=True)
class Table:
    """One table of the file. Rows are padded by one empty cell, which stands for every column the file lacks."""

    name: str
    columns: tuple[str, ...] = ()
    rows: list[list[str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def records(self, kind: type[Record]) -> Iterator[Record]:
        """Rows as named tuples; the kind's field names are the columns wanted, absent ones read as empty."""
        names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
        make: Callable[[Any], Record] = kind._make  # type: ignore[attr-defined]
        self.used.update(names)
        index = {name: at for at, name in enumerate(self.columns)}
        missing = len(self.columns)
        places = [index.get(name, missing) for name in names]
        if len(places) == 1:
            (only,) = places
            return (make((row[only],)) for row in self.rows)
        pick = itemgetter(*places)
        return (make(pick(row)) for row in self.rows)

    def filled(self) -> dict[str, int]:
        """How many rows carry a value, per column that has any."""
        counts: dict[str, int] = {}
        for at, name in enumerate(self.columns):
            count = sum(1 for row in self.rows if row[at])
            if count:
                counts[name] = count
        return counts


class Header(NamedTuple):
    """The ``ERMHDR`` line: version of the exporting tool, date, currency of all amounts."""

    version: str = ""
    exported_on: str = ""
    currency: str = ""


@dataclass(slots=True)
class XerFile:
    header: Header
    tables: dict[str, Table]
    encoding: str

    def records(self, table: str, kind: type[Record]) -> Iterator[Record]:
        """Rows of a table as named tuples; none when the file lacks the table."""
        found = self.tables.get(table)
        return found.records(kind) if found is not None else iter(())


def _latin_for_gaps(error: UnicodeError) -> tuple[str, int]:
    # Five bytes are undefined in Windows-1252; files from other code pages hold them, and a letter must not stop us.
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("watchfloor.latin", _latin_for_gaps)


def read_tables(path: Path, *, limits: Limits, remarks: Remarks) -> XerFile:
    """All tables of the file. Raises UnreadableFile when it is no XER, has no project table, or passes a limit."""
    encoding = _encoding(path)
    header = Header()
    tables: dict[str, Table] = {}
    table: Table | None = None
    width = rows = 0
    last: list[str] | None = None
    ended = whole_line = whole_row = False
    with path.open(encoding=encoding, errors="watchfloor.latin", newline="\n") as lines:
        while line := lines.readline(_LINE_CHARACTERS_MAX):
            if len(line) >= _LINE_CHARACTERS_MAX:
                raise UnreadableFile("file.limit", "A line of the file is longer than 32 million characters.")
            whole_line = line.endswith("\n")
            line = line.rstrip("\r\n")
            if "\0" in line:
                remarks.note("xer.nul", table.name if table else "header", "NUL characters were left out.")
                line = line.replace("\0", "")
            mark = line[:3]
            if mark == "%R\t" or line == "%R":
                rows += 1
                if rows > limits.rows:
                    raise UnreadableFile(
                        "file.limit",
                        f"The file has more than {limits.rows:,} records.",
                        "Export fewer projects, or without resource spreads.",
                    )
                last = _cells(line[3:])
                whole_row = len(last) >= width
                if table is None or not width:
                    remarks.note("xer.stray_row", "before the first table", "A row without a table is left out.")
                    last = None
                    continue
                _fit(last, width, table.name, remarks)
                table.rows.append(last)
            elif mark == "%F\t" and table is not None:
                columns = tuple(name.strip() for name in line[3:].split("\t"))
                if table.rows and columns != table.columns:
                    table.rows = _rearranged(table, columns)
                table.columns = columns
                width = len(columns)
                last = None
            elif mark == "%T\t":
                name = line[3:].strip().upper()
                table = tables.setdefault(name, Table(name))
                width, last = 0, None
            elif mark == "%E" or line == "%E":
                ended = True
                break
            elif line.startswith("ERMHDR"):
                header = _header(line)
            elif last is not None and table is not None:
                # A value with a bare line break: the line belongs to the last cell of the row before.
                _continue_row(last, line, width)
            elif line.strip():
                remarks.note("xer.stray_line", table.name if table else "header", "A line outside every table.")
    if not ended and tables:
        if not whole_line or not whole_row:
            raise UnreadableFile(
                "file.cut_off",
                f"The file was cut off: it ends within {table.name if table else 'its header'}, without an end mark.",
                "Copy or export it again; nothing of it was stored.",
            )
        remarks.note("xer.no_end", "end of the file", "The end mark (%E) is missing; something may be cut off.")
    if "PROJECT" not in tables or not tables["PROJECT"].rows:
        raise UnreadableFile(
            "file.not_a_plan",
            "The XER file holds no project.",
            "Export at least one project from P6 (File, Export, XER); a file of codes or resources alone is no plan.",
        )
    return XerFile(header, tables, encoding)


def _encoding(path: Path) -> str:
    """UTF-8 when every byte fits, UTF-16 by its mark, else Windows-1252, the usual code page of P6 desktops."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        start = stream.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        stream.seek(0)
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _cells(text: str) -> list[str]:
    cells = text.split("\t")
    if '""' in text:
        cells = [cell.replace('""', '"') if '""' in cell else cell for cell in cells]
    return cells


def _fit(cells: list[str], width: int, table: str, remarks: Remarks) -> None:
    """Make the row as wide as its table, plus the empty cell for absent columns."""
    if len(cells) > width:
        if any(cells[width:]):
            remarks.note(
                "xer.long_row", table, "A row has more cells than the table has columns; the rest is left out."
            )
        del cells[width:]
    cells.extend([""] * (width + 1 - len(cells)))


def _continue_row(row: list[str], line: str, width: int) -> None:
    filled = max((at for at in range(width) if row[at]), default=width - 1)
    first, *rest = _cells(line)
    row[filled] += "\n" + first
    for at, cell in enumerate(rest[: width - filled - 1], start=filled + 1):
        row[at] = cell


def _rearranged(table: Table, columns: tuple[str, ...]) -> list[list[str]]:
    """Rows read under other column names, put under the new ones: some tools repeat a table."""
    index = {name: at for at, name in enumerate(table.columns)}
    missing = len(table.columns)
    places = [index.get(name, missing) for name in columns]
    return [[*(row[place] for place in places), ""] for row in table.rows]


def _header(line: str) -> Header:
    cells = [*line.split("\t"), *[""] * 9]
    return Header(version=cells[1], exported_on=cells[2], currency=cells[8].strip())
