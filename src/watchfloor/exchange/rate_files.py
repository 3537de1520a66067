"""Exchange rates from a file: all of them or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from watchfloor.exchange.formats.errors import RowErrors
from watchfloor.exchange.formats.sheet.rate_rows import read_rates
from watchfloor.exchange.tables import given_table
from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.kit.viewer import Viewer
from watchfloor.money.operations import record_rates
from watchfloor.money.queries import RateRecord


@dataclass(frozen=True, slots=True)
class RatesRead:
    """What a file of rates holds."""

    count: int
    first: date | None
    last: date | None
    pairs: tuple[str, ...]  # like "EUR/USD"


def import_rates(
    viewer: Viewer,
    file: Path | IO[bytes],
    *,
    source_name: str,
    source: str = "",
    base: str = "EUR",
    decimal: str = ".",
    dates: str = "ymd",
    dry_run: bool = False,
    now: datetime,
) -> RatesRead:
    """Record every rate of a CSV file or workbook; ``source`` is who says so, where the rows do not.

    Raises:
        NotAllowed: the viewer does not record costs for the whole organisation.
        RowErrors: some cells cannot be read; nothing is recorded.
        UnreadableFile: the file is no table.
    """
    if not viewer.may("cost.edit"):
        raise NotAllowed(_("Only who manages the money of the organisation records exchange rates."))
    if decimal not in (".", ",") or dates not in ("ymd", "dmy", "mdy"):
        raise Invalid(_("The format of numbers or dates is unknown."), place="decimal")
    table, _digest = given_table(file, source_name=source_name)
    rows, errors = read_rates(table, base=base.upper(), decimal=decimal, dates=dates)
    if errors:
        raise RowErrors(errors, len(errors))
    said = source.strip() or Path(source_name.replace("\\", "/")).name
    if not dry_run:
        record_rates(
            viewer,
            [RateRecord(row.base, row.quote, row.on, row.value, (row.source or said)[:60]) for row in rows],
            now,
        )
    days = [row.on for row in rows]
    pairs = sorted({f"{row.base}/{row.quote}" for row in rows})
    return RatesRead(len(rows), min(days, default=None), max(days, default=None), tuple(pairs))
