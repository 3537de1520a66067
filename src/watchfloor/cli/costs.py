"""``watchfloor costs`` and ``watchfloor rates``: cost reports into the ledger, exchange rates into the table."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from watchfloor.drawing import figures
from watchfloor.exchange import cost_files
from watchfloor.exchange.cost_records import CostCheck, CostFileRecord, CostOptions
from watchfloor.exchange.formats.errors import RowErrors
from watchfloor.exchange.formats.sheet.cost_rows import FIELDS, CostMapping
from watchfloor.exchange.rate_files import import_rates
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.money import history
from watchfloor.money.amount import minor_digits
from watchfloor.money.operations import record_bundled, record_rates
from watchfloor.money.queries import RateRecord, rate_pairs
from watchfloor.portfolio import queries as portfolio

_ERRORS_SHOWN = 20
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def costs() -> None:
    """Costs by control account, period and currency.

    Budgets, booked costs, accruals and commitments come as CSV or XLSX from any system. How a sender's report is read
    is said once, with --map, and remembered under a name with --mapping.
    """


@costs.command("import")
@click.argument("file", type=_FILE)
@click.option("--project", "project_code", help="Its project. Without it, a column of the report names one per row.")
@click.option("--mapping", "name", default="", help="A remembered mapping to use, or the name to remember this one by.")
@click.option("--map", "columns", multiple=True, metavar="FIELD=HEADING", help="Which column holds what; repeatable.")
@click.option("--kind", default="", help="Kind of every row: budget, actual, accrual or commitment.")
@click.option("--currency", default="", help="Currency of every row, like EUR.")
@click.option("--decimal", type=click.Choice((".", ",")), help="The decimal sign of numbers in text.")
@click.option("--dates", type=click.Choice(("ymd", "dmy", "mdy")), help="The order of day, month and year in text.")
@click.option("--costs-are-negative", is_flag=True, help="The report writes costs with a minus.")
@click.option("--sheet", default="", help="Sheet of a workbook; by default its first.")
@click.option("--total", "totals", multiple=True, metavar="CUR=AMOUNT", help="Control total, like EUR=1234.50.")
@click.option("--accept-difference", default="", metavar="REASON", help="Record although the total does not match.")
@click.option("--restate", is_flag=True, help="Replace accruals and commitments that stand already.")
@click.option("--reason", default="", help="Why lines change a period that was accepted or closed.")
@click.option("--dry-run", is_flag=True, help="Say what would be recorded, and record nothing.")
def import_costs(
    file: Path,
    project_code: str | None,
    name: str,
    columns: tuple[str, ...],
    kind: str,
    currency: str,
    decimal: str | None,
    dates: str | None,
    costs_are_negative: bool,
    sheet: str,
    totals: tuple[str, ...],
    accept_difference: str,
    restate: bool,
    reason: str,
    dry_run: bool,
) -> None:
    """Record a cost report: all of it, or nothing and every bad cell named.

    Lines that the ledger holds already are not recorded twice, so the same file may come again. Amounts keep their
    currency; each is valued once with the rates of its day, which are stored beside it.

    \b
    Fields for --map: account, project, kind, period, amount, currency, sign (D/C), quantity, planned_price,
    reference, note; or one column of amounts per kind: budget, actual, accrual, commitment.

    \b
    Examples:
      watchfloor costs import january.xlsx --project HB-12 --dry-run
      watchfloor costs import sap.csv --project HB-12 --mapping "SAP south" --map account=PSP-Element \\
          --map period=Buchungsdatum --map amount=Betrag --kind actual --currency EUR --decimal , --dates dmy
      watchfloor costs import sap-february.csv --project HB-12 --mapping "SAP south" --total EUR=182340.10

    Exit status: 0 recorded (or nothing new), 1 refused, 2 wrong usage.
    """
    now = clock.now()
    project_id = portfolio.project(SYSTEM, project_code).id if project_code else None
    report = cost_files.open_cost_file(SYSTEM, file, project_id=project_id, source_name=file.name, sheet=sheet, now=now)
    done = False
    try:
        mapping = _mapping(report, name, columns, kind=kind, currency=currency, decimal=decimal, dates=dates,
                           reversed_sign=costs_are_negative)  # fmt: skip
        options = CostOptions(dict(_total(each) for each in totals), accept_difference, reason, restate)
        if dry_run:
            found = cost_files.check_costs(SYSTEM, report.id, mapping, options, now=now)
        else:
            found = cost_files.record_costs(SYSTEM, report.id, mapping, options, name=name, now=now)
            done = not found.errors
    finally:
        if not done:
            cost_files.discard_cost_file(SYSTEM, report.id, now=now)
    _show(found, dry_run=dry_run)
    if found.errors:
        raise SystemExit(1)


@costs.command("mappings")
def list_mappings() -> None:
    """Remembered mappings: how each sender's report is read."""
    rows = cost_files.cost_mappings(SYSTEM)
    if not rows:
        click.echo("No mapping is remembered yet. `watchfloor costs import … --mapping NAME` remembers one.")
    for row in rows:
        said = ", ".join(f"{field}={heading}" for field, heading in row.mapping.columns.items())
        click.echo(f"{row.name}: {said}; decimal “{row.mapping.decimal}”, dates {row.mapping.dates}")


@click.group()
def rates() -> None:
    """Dated exchange rates. A new rate never changes a figure that was stored with another."""


@rates.command("import")
@click.argument("file", type=_FILE, required=False)
@click.option("--source", default="", help="Who says so; by default the file's name.")
@click.option("--base", default="EUR", show_default=True, help="Base of a table with one column per currency.")
@click.option("--decimal", type=click.Choice((".", ",")), default=".", show_default=True)
@click.option("--dates", type=click.Choice(("ymd", "dmy", "mdy")), default="ymd", show_default=True)
@click.option("--bundled", "bundled", multiple=True, metavar="CUR", help="Take from the bundled history instead.")
@click.option("--from", "first", type=click.DateTime(("%Y-%m-%d",)), help="First day to take.")
@click.option("--to", "last", type=click.DateTime(("%Y-%m-%d",)), help="Last day to take; by default today.")
@click.option("--dry-run", is_flag=True, help="Say what the file holds, and record nothing.")
def import_rates_command(
    file: Path | None,
    source: str,
    base: str,
    decimal: str,
    dates: str,
    bundled: tuple[str, ...],
    first: datetime | None,
    last: datetime | None,
    dry_run: bool,
) -> None:
    """Record exchange rates from a CSV or XLSX file, or from the history that comes with the installation.

    \b
    A file has the columns date, base, quote, rate (source); or date and one column per currency, as central
    banks publish them. --bundled takes the European Central Bank's reference rates without a network:
      watchfloor rates import --bundled USD --bundled GBP --from 2026-01-01
    """
    if bool(bundled) == (file is not None):
        raise click.UsageError("Name a file, or currencies with --bundled.")
    now = clock.now()
    if file is not None:
        try:
            read = import_rates(SYSTEM, file, source_name=file.name, source=source, base=base, decimal=decimal,
                                dates=dates, dry_run=dry_run, now=now)  # fmt: skip
        except RowErrors as refused:
            for row in refused.errors[:_ERRORS_SHOWN]:
                click.echo(f"  row {row.row}, {row.column}: {row.problem}. {row.remedy}", err=True)
            raise SystemExit(1) from refused
        verb = "holds" if dry_run else "recorded from"
        click.echo(f"{read.count} rates {verb} {file.name}, {read.first} to {read.last}: {', '.join(read.pairs)}")
        return
    if first is None:
        raise click.UsageError("Say from which day with --from.")
    until = last.date() if last is not None else now.date()
    codes = [each.upper() for each in bundled]
    if dry_run:
        taken = history.history(codes, first.date(), until)
    else:
        taken = record_bundled(SYSTEM, currencies=codes, first=first.date(), last=until, now=now)
    click.echo(f"{len(taken.rates)} rates of the European Central Bank {'found' if dry_run else 'recorded'}.")
    if taken.after_end:
        click.echo(
            f"The bundled history ends on {taken.history_ends}; later rates come by file or `watchfloor rates set`."
        )


@rates.command("set")
@click.argument("base")
@click.argument("quote")
@click.argument("on", type=click.DateTime(("%Y-%m-%d",)))
@click.argument("value")
@click.option("--source", default="by hand", show_default=True)
def set_rate(base: str, quote: str, on: datetime, value: str, source: str) -> None:
    """Record one rate: `watchfloor rates set USD EUR 2026-11-02 0.9134` says what one dollar cost in euros."""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise click.UsageError(f"“{value}” is no number; write it like 0.9134.") from None
    record_rates(SYSTEM, [RateRecord(base.upper(), quote.upper(), on.date(), amount, source)], clock.now())
    click.echo(f"From {on:%Y-%m-%d} on, 1 {base.upper()} = {amount} {quote.upper()}.")


@rates.command("list")
def list_pairs() -> None:
    """Pairs of currencies, and the days their rates reach from and to."""
    for pair in rate_pairs(SYSTEM):
        click.echo(
            f"1 {pair.base} = {pair.newest.normalize():f} {pair.quote}  {pair.first} … {pair.last}  {pair.source}"
        )
    click.echo(f"The bundled history of the European Central Bank ends on {history.history_ends()}.")


def _mapping(
    report: CostFileRecord,
    name: str,
    columns: tuple[str, ...],
    *,
    kind: str,
    currency: str,
    decimal: str | None,
    dates: str | None,
    reversed_sign: bool,
) -> CostMapping:
    """The remembered or proposed mapping, with what was said on the command line laid over it."""
    known = any(each.name == name for each in cost_files.cost_mappings(SYSTEM))
    begun = cost_files.named_mapping(SYSTEM, name) if known else cost_files.mapping_for(SYSTEM, report.id)[1]
    said = dict(begun.columns)
    for each in columns:
        field, _equals, heading = each.partition("=")
        if field not in FIELDS or not heading:
            raise click.UsageError(f"“{each}” is no FIELD=HEADING. Fields: {', '.join(FIELDS)}.")
        # One heading serves one field.
        said = {key: value for key, value in said.items() if value != heading.lower()}
        said[field] = heading
    return cost_files.mapping_from(
        {
            "columns": said,
            "kind": kind or begun.kind,
            "currency": currency.upper() or begun.currency,
            "decimal": decimal or begun.decimal,
            "dates": dates or begun.dates,
            "sign": "reversed" if reversed_sign else begun.sign,
            "header_line": begun.header_line,
        }
    )


def _total(text: str) -> tuple[str, int]:
    currency, _equals, said = text.partition("=")
    try:
        minor = Decimal(said).scaleb(minor_digits(currency.upper()))
    except (InvalidOperation, LookupError):
        raise click.UsageError(f"“{text}” is no control total; write it like EUR=1234.50.") from None
    return currency.upper(), int(minor)


def _show(found: CostCheck, *, dry_run: bool) -> None:
    for row in found.errors[:_ERRORS_SHOWN]:
        click.echo(f"  row {row.row}, {row.column}: {row.problem}. {row.remedy}", err=True)
    if len(found.errors) > _ERRORS_SHOWN:
        click.echo(f"  … and {len(found.errors) - _ERRORS_SHOWN} more", err=True)
    for each in found.sums:
        click.echo(f"  {each.kind:11} {each.count:6} × {figures.money(each.amount_minor, each.currency)}")
    for total in found.control.totals:
        if total.given_minor is not None:
            said = "matches" if not total.difference_minor else f"differs by {total.difference_minor} minor units"
            click.echo(f"  control total {total.currency} {said}")
    if found.errors:
        click.echo("Nothing was recorded.", err=True)
        return
    batches = ", ".join(f"{code} batch {number}" for code, number in found.batches.items())
    verb = "would be recorded" if dry_run else f"recorded ({batches})" if batches else "recorded"
    click.echo(f"{found.new} lines {verb}, {found.known} stood already, {found.restated} restated.")
    if found.older_rates:
        click.echo(f"{found.older_rates} lines were valued with the rate of an earlier day.")
    if found.left_out_count:
        click.echo(
            f"{found.left_out_count} lines of these kinds and periods stand in the ledger and not in this report:"
        )
        for line in found.left_out[:_ERRORS_SHOWN]:
            amount = figures.money(line.amount_minor, line.currency)
            click.echo(f"  batch {line.batch}, {line.account}, {line.kind} of {line.period}: {amount} {line.reference}")
        click.echo("If the report replaces them, take their batch back and record the report again.")
