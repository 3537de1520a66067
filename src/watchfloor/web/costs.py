"""The cost page of a project: figures with their as-of, lines of the budget, reserves, what was brought in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from watchfloor.exchange import cost_files
from watchfloor.exchange.cost_records import CostCheck, CostFileRecord, CostOptions
from watchfloor.exchange.formats.sheet.cost_rows import FIELDS, CostMapping
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.cost_view import CostOverview, cost_overview
from watchfloor.forecasts.records import ForecastRecord
from watchfloor.kit.errors import Invalid
from watchfloor.kit.viewer import Viewer
from watchfloor.money.amount import minor_digits
from watchfloor.money.variance import summed
from watchfloor.plans import queries as plans
from watchfloor.plans.cost_records import KINDS
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web.explained import explained, method_words, reason_words

PERIODS_SHOWN = 26
_FORECASTS_READ = 200
_BATCHES_SHOWN = 12
_ESTIMATES = ("cpi", "remaining", "cpi_spi", "cpi_spi_t", "weighted", "recent", "bottom_up")
_DURATIONS = ("ieac_t_periods", "ieac_t_as_planned_periods", "ieac_t_sci_periods")
_IN_USE = {"cpi": "cpi", "remaining_as_planned": "remaining", "cpi_spi": "cpi_spi", "bottom_up": "bottom_up"}
# What a figure is made of: balances of its own day only.
_STANDING: Mapping[str, tuple[str, ...]] = {"spent": ("actual", "accrual"), "committed": ("commitment",)}
_ERRORS_SHOWN = 100
_NEEDED = ("account", "period", "amount", "kind", "currency", "reference", "note")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One way to the cost at completion; ``tcpi`` is the performance needed from now on to end there."""

    name: str  # of the reading, which opens
    title: str
    formula: str
    value_minor: int | None
    variance_minor: int | None
    tcpi: float | None
    reason: str
    in_use: bool


@dataclass(frozen=True, slots=True)
class Duration:
    """One way to the duration at completion, in periods of the planned duration (about a week each)."""

    name: str
    title: str
    formula: str
    periods: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """A cumulative amount, and what was added to it since the data date before."""

    total_minor: int | None
    added_minor: int | None


@dataclass(frozen=True, slots=True)
class Period:
    """Earned value at one data date."""

    at: datetime
    planned: Step
    earned: Step
    actual: Step
    cpi: float | None
    spi: float | None
    spi_t: float | None


def overview(viewer: Viewer, project: ProjectRecord) -> Mapping[str, Any]:
    """Everything the cost page shows."""
    found = cost_overview(viewer, project.id)
    may_record = viewer.may("cost.edit", project.id)
    record = found.forecast
    cpi = record.readings.get("cpi") if record is not None else None
    over = next((line for line in found.budget_lines if line.over_minor), None)
    return {
        "found": found,
        "totals": _totals(found),
        "estimates": estimates(record) if record is not None else [],
        "durations": durations(record) if record is not None else [],
        "periods": periods(viewer, project),
        "lines": [(line, method_words(line.eac_method)) for line in found.accounts],
        "method": method_words(record.eac_method) if record is not None else "",
        "cpi": cpi,
        "cpi_reason": reason_words(cpi.reason) if cpi is not None else "",
        "dates_differ": bool(found.source == "ledger" and found.spent_on and _is_older(found)),
        "over": over,
        "may_record": may_record,
        "may_decide": viewer.may("baseline.approve", project.id),
        "batches": plans.cost_batches(viewer, project.id, limit=_BATCHES_SHOWN),
        "waiting": [each for each in cost_files.cost_files(viewer, project.id) if each.state == "open"]
        if may_record
        else [],
        "accounts": [line.account for line in found.accounts if line.account],
    }


def ledger(viewer: Viewer, project: ProjectRecord, said: Mapping[str, str], *, size: int) -> Mapping[str, Any]:
    """A page of entries by what the address asks for, with the sums of all that match."""
    offset = max(0, int(said.get("page", "1")) - 1) * size if said.get("page", "1").isdecimal() else 0
    account, kind, batch = said.get("account", ""), said.get("kind", ""), said.get("batch", "")
    found = plans.ledger(
        viewer,
        project.id,
        account=account,
        kinds=_STANDING.get(kind, (kind,) if kind in KINDS else ()),
        standing=kind in _STANDING,
        batch=int(batch) if batch.isdecimal() and len(batch) < 10 else None,
        until=_day(said.get("until", "")),
        limit=size,
        offset=offset,
    )
    number = offset // size + 1
    return {
        "ledger": found,
        "choice": {"account": account, "kind": kind, "batch": batch, "until": said.get("until", "")},
        "kinds": KINDS,
        "accounts": [each.code for each in plans.control_accounts(viewer, project.id)],
        "first": offset + 1,
        "last": offset + len(found.entries),
        "previous_page": number - 1 if number > 1 else "",
        "next_page": number + 1 if offset + size < found.count else "",
    }


def report(
    found: CostFileRecord, name: str, mapping: CostMapping, options: CostOptions, checked: CostCheck | None
) -> Mapping[str, Any]:
    """A report under its mapping: the form, a look at its rows, and what recording it would do."""
    return {
        "file": found,
        "name": name,
        "mapping": mapping,
        "options": options,
        "fields": [(each, mapping.columns.get(each, ""), each in _NEEDED) for each in FIELDS],
        "more_is_open": any(each in mapping.columns for each in KINDS),
        "headings": [(each.lower(), each) for each in found.headings if each],
        "checked": checked,
        "errors": checked.errors[:_ERRORS_SHOWN] if checked is not None else (),
        "more_errors": max(0, len(checked.errors) - _ERRORS_SHOWN) if checked is not None else 0,
        "controls": [
            (each, _major(options.totals.get(each.currency), each.currency))
            for each in (checked.control.totals if checked is not None else ())
        ],
        "kinds": KINDS,
    }


def estimates(record: ForecastRecord) -> list[Estimate]:
    """Every way to the cost at completion, the one in use marked; what cannot be computed says why."""
    budget = record.value("bac_minor")
    rows = []
    for name in _ESTIMATES:
        reading = record.readings.get(f"eac_{name}_minor")
        if reading is None:
            continue
        value = reading.value
        rows.append(
            Estimate(
                name=reading.name,
                title=str(explained(reading.name).title),
                formula=str(explained(reading.name).formula),
                value_minor=None if value is None else round(value),
                variance_minor=round(budget - value) if budget is not None and value is not None else None,
                tcpi=reading.detail.get("inputs", {}).get("tcpi"),
                reason=reason_words(reading.reason),
                in_use=_IN_USE.get(record.eac_method) == name,
            )
        )
    return rows


def durations(record: ForecastRecord) -> list[Duration]:
    """Every way to the duration at completion."""
    found = [record.readings[name] for name in _DURATIONS if name in record.readings]
    return [
        Duration(
            each.name,
            str(explained(each.name).title),
            str(explained(each.name).formula),
            each.value,
            reason_words(each.reason),
        )
        for each in found
    ]


def periods(viewer: Viewer, project: ProjectRecord) -> list[Period]:
    """PV, EV and AC at each data date with what was added since the one before, the newest first."""
    last: dict[datetime, ForecastRecord] = {}
    for record in forecasts.history(viewer, project.id, _FORECASTS_READ):
        if record.data_date is not None and record.value("ev_minor") is not None:
            last[record.data_date] = record
    rows: list[Period] = []
    before: ForecastRecord | None = None
    for at, record in sorted(last.items()):
        planned, earned, actual = (_step(record, before, name) for name in ("pv_minor", "ev_minor", "ac_minor"))
        cpi, spi, spi_t = (record.value(name) for name in ("cpi", "spi", "spi_t"))
        rows.append(Period(at, planned, earned, actual, cpi, spi, spi_t))
        before = record
    return rows[::-1][:PERIODS_SHOWN]


def _step(record: ForecastRecord, before: ForecastRecord | None, name: str) -> Step:
    now, then = record.value(name), before.value(name) if before is not None else None
    added = round(now - then) if now is not None and then is not None else None
    return Step(None if now is None else round(now), added)


def _totals(found: CostOverview) -> Mapping[str, Any]:
    names = (
        "budget_minor", "changes_minor", "planned_minor", "earned_minor", "booked_minor", "accrued_minor",
        "committed_minor",
    )  # fmt: skip
    sums = {name: sum(getattr(line, name) for line in found.accounts) for name in names}
    known = [line.variance for line in found.accounts if line.variance is not None]
    return {**sums, "variance": summed(known) if known else None, "any": bool(found.accounts)}


def _is_older(found: CostOverview) -> bool:
    return (
        found.compared_on is None
        or found.compared_on != found.spent_on
        or (found.earned_on is not None and (found.earned_on.date() - found.compared_on).days > 3)
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("A day is written 2026-03-31.", place="until") from None


def _major(minor: int | None, currency: str) -> str:
    if minor is None:
        return ""
    return format(Decimal(minor).scaleb(-minor_digits(currency)), "f")
