"""Earned value of one project for page and API: every estimate at completion, and PV, EV and AC date by date."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from watchfloor.forecasts import queries
from watchfloor.forecasts.records import ForecastRecord, ReadingRecord
from watchfloor.kit.viewer import Viewer
from watchfloor.money.amount import convert
from watchfloor.plans import period_queries
from watchfloor.plans import queries as plans
from watchfloor.plans.cost_queries import see_costs, spent_sums
from watchfloor.portfolio.queries import ProjectRecord, organisation

DATES_SHOWN = 26
_FORECASTS_READ = 200
OWN = "own"
_ESTIMATES = ("cpi", "remaining", "cpi_spi", "cpi_spi_t", "weighted", "recent", "bottom_up")
_DURATIONS = ("ieac_t_periods", "ieac_t_as_planned_periods", "ieac_t_sci_periods")
_IN_USE = {"cpi": "cpi", "remaining_as_planned": "remaining", "cpi_spi": "cpi_spi", "bottom_up": "bottom_up"}


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """One way to the cost at completion; ``tcpi`` is the performance needed from now on to end there."""

    method: str
    reading: str  # name of the figure that opens; empty for the manager's own
    eac_minor: int | None
    reporting_minor: int | None  # in the reporting currency, at the rate locked by the baseline
    variance_minor: int | None  # below zero: over the budget
    tcpi: float | None
    withheld: str
    in_use: bool
    said_for: date | None = None  # cut-off for which the manager said it


@dataclass(frozen=True, slots=True)
class TimeEstimate:
    """One way to the duration at completion, in periods of the planned duration (about a week each)."""

    reading: str
    periods: float | None
    tspi: float | None  # performance in time needed from now on to end there
    withheld: str


@dataclass(frozen=True, slots=True)
class Amounts:
    """A cumulative amount, and what was added to it since the data date before, also in the reporting currency."""

    total_minor: int | None
    added_minor: int | None
    reporting_minor: int | None


@dataclass(frozen=True, slots=True)
class DateFigures:
    """Earned value at one data date, and the cut-off of the status period it belongs to."""

    data_date: datetime
    cut_off: date | None
    planned: Amounts
    earned: Amounts
    actual: Amounts
    cpi: float | None
    spi: float | None
    spi_t: float | None


@dataclass(frozen=True, slots=True)
class SpentIn:
    """What was spent in one currency by the ledger's newest day; None where one line had no rate."""

    currency: str
    amount_minor: int
    reporting_minor: int | None


@dataclass(frozen=True, slots=True)
class EarnedView:
    currency: str
    reporting_currency: str
    reporting_rate: Decimal | None  # locked by the baseline; None: amounts are not converted
    cost: tuple[CostEstimate, ...]
    time: tuple[TimeEstimate, ...]
    dates: tuple[DateFigures, ...]  # newest first
    spent: tuple[SpentIn, ...]
    spent_on: date | None
    measured: ReadingRecord | None  # SPI without level of effort


def earned_view(viewer: Viewer, project: ProjectRecord, forecast: ForecastRecord | None) -> EarnedView:
    """Everything of the newest forecast and of those before it. About ten queries, whatever the size.

    Raises:
        NotFound, NotAllowed: not the viewer's project, or not their costs.
    """
    see_costs(viewer, project.id)
    top = organisation()
    reporting = top.currency if top is not None else ""
    money = _Money(project.currency, reporting, _rate(project, reporting))
    spent_on = plans.ledger_state(project.id).last
    return EarnedView(
        currency=project.currency,
        reporting_currency=money.reporting,
        reporting_rate=money.rate,
        cost=_cost(viewer, project, forecast, money) if forecast is not None else (),
        time=_time(forecast) if forecast is not None else (),
        dates=_dates(viewer, project, money),
        spent=_spent(project.id, spent_on),
        spent_on=spent_on,
        measured=forecast.readings.get("spi_measured") if forecast is not None else None,
    )


@dataclass(frozen=True, slots=True)
class _Money:
    currency: str
    reporting: str
    rate: Decimal | None

    def reported(self, minor: int | None) -> int | None:
        if minor is None or self.rate is None:
            return None
        return convert(minor, self.currency, self.reporting, self.rate)


def _rate(project: ProjectRecord, reporting: str) -> Decimal | None:
    if not reporting or not project.currency:
        return None
    if project.currency == reporting:
        return Decimal(1)
    baseline = plans.current_baseline(project.id)
    said = baseline.summary.rates.get(project.currency) if baseline is not None else None
    return None if said is None else Decimal(said)


def _cost(viewer: Viewer, project: ProjectRecord, record: ForecastRecord, money: _Money) -> tuple[CostEstimate, ...]:
    budget, found = record.value("bac_minor"), []
    for method in _ESTIMATES:
        reading = record.readings.get(f"eac_{method}_minor")
        if reading is not None:
            eac = None if reading.value is None else round(reading.value)
            found.append(
                CostEstimate(
                    method=method,
                    reading=reading.name,
                    eac_minor=eac,
                    reporting_minor=money.reported(eac),
                    variance_minor=None if eac is None or budget is None else round(budget) - eac,
                    tcpi=reading.detail.get("inputs", {}).get("tcpi"),
                    withheld=reading.reason,
                    in_use=_IN_USE.get(record.eac_method) == method,
                )
            )
    return (*found, _own(viewer, project, record, money)) if found else ()


def _own(viewer: Viewer, project: ProjectRecord, record: ForecastRecord, money: _Money) -> CostEstimate:
    """What the manager said in the newest submission, held against EV and AC of their common date."""
    said = period_queries.latest_submissions((project.id,), at=viewer.as_of).get(project.id)
    eac = said.eac_minor if said is not None else None
    if said is None or eac is None:
        return CostEstimate(OWN, "", None, None, None, None, "not_said", in_use=False)
    budget, ev, ac = (record.value(name) for name in ("bac_minor", "ev_compared_minor", "ac_compared_minor"))
    needed = None
    if budget is not None and ev is not None and ac is not None and eac > ac:
        needed = (budget - ev) / (eac - ac)
    over = None if budget is None else round(budget) - eac
    return CostEstimate(OWN, "", eac, money.reported(eac), over, needed, "", in_use=False, said_for=said.cut_off)


def _time(record: ForecastRecord) -> tuple[TimeEstimate, ...]:
    found = [record.readings[name] for name in _DURATIONS if name in record.readings]
    return tuple(
        TimeEstimate(each.name, each.value, each.detail.get("inputs", {}).get("tspi"), each.reason) for each in found
    )


def _dates(viewer: Viewer, project: ProjectRecord, money: _Money) -> tuple[DateFigures, ...]:
    """The last forecast of each data date, with what was added since the one before, the newest first."""
    last: dict[datetime, ForecastRecord] = {}
    for record in queries.history(viewer, project.id, _FORECASTS_READ):
        if record.data_date is not None and record.value("ev_minor") is not None:
            last[record.data_date] = record
    cut_offs = sorted(each.cut_off for each in period_queries.periods(viewer, project.id)) if last else []
    rows: list[DateFigures] = []
    before: ForecastRecord | None = None
    for at, record in sorted(last.items()):
        planned, earned, actual = (_step(record, before, name, money) for name in ("pv_minor", "ev_minor", "ac_minor"))
        cpi, spi, spi_t = (record.value(name) for name in ("cpi", "spi", "spi_t"))
        cut_off = next((each for each in cut_offs if each >= at.date()), None)
        rows.append(DateFigures(at, cut_off, planned, earned, actual, cpi, spi, spi_t))
        before = record
    return tuple(rows[::-1][:DATES_SHOWN])


def _step(record: ForecastRecord, before: ForecastRecord | None, name: str, money: _Money) -> Amounts:
    now, then = record.value(name), before.value(name) if before is not None else None
    total = None if now is None else round(now)
    added = round(now - then) if now is not None and then is not None else None
    return Amounts(total, added, money.reported(total))


def _spent(project_id: int, on: date | None) -> tuple[SpentIn, ...]:
    if on is None:
        return ()
    amounts: dict[str, int] = defaultdict(int)
    reported: dict[str, int | None] = {}
    for each in spent_sums(project_id, on=on):
        amounts[each.currency] += each.amount_minor
        reported[each.currency] = _plus(reported.get(each.currency, 0), each.reporting_minor)
    return tuple(SpentIn(currency, minor, reported[currency]) for currency, minor in sorted(amounts.items()))


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
