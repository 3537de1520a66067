"""The costs of one project by control account: budget, earned, spent, expected, and why they differ. For one page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from watchfloor.forecasts import queries
from watchfloor.forecasts.models import Forecast
from watchfloor.forecasts.performance import choose_eac
from watchfloor.forecasts.records import ForecastRecord
from watchfloor.kit.viewer import Viewer
from watchfloor.money.amount import convert, split
from watchfloor.money.variance import CostVariance, cost_variance, exact_value, summed
from watchfloor.plans import queries as plans
from watchfloor.plans.cost_queries import costs_by_account, see_costs, spent_sums
from watchfloor.plans.cost_records import AccountCosts, ReserveRecord, SpentSum
from watchfloor.plans.records import BaselineRecord
from watchfloor.portfolio.queries import organisation, project_by_id
from watchfloor_engine.earned import earned_value

NO_ACCOUNT = ""  # work above which there is no control account


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One control account, in the project's currency. EV, AC, CPI, EAC and the variance are of the common date."""

    account: str  # empty: work on no control account
    name: str
    responsible: str
    cost_account: str
    is_orphan: bool
    budget_minor: int
    changes_minor: int  # given by approved changes, on top of the budget
    planned_minor: int  # at the data date
    earned_minor: int  # at the data date
    booked_minor: int  # at the ledger's newest day
    accrued_minor: int
    committed_minor: int
    compared_earned_minor: int | None  # at the common date
    compared_actual_minor: int | None
    cpi: float | None
    eac_minor: int | None
    eac_method: str
    variance: CostVariance | None  # in the reporting currency

    @property
    def actual_minor(self) -> int:
        return self.booked_minor + self.accrued_minor


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One line an EAC may be over: it includes those before it."""

    name: str  # performance, cost (with contingency), total (with management reserve)
    amount_minor: int
    over_minor: int | None  # how far the EAC is above it; None without an EAC


@dataclass(frozen=True, slots=True)
class CostOverview:
    """Everything the cost page of a project shows."""

    currency: str
    reporting_currency: str
    forecast: ForecastRecord | None
    accounts: tuple[AccountLine, ...]
    earned_on: datetime | None  # the data date
    spent_on: date | None  # the ledger's newest day; None without a ledger
    committed_on: date | None
    compared_on: date | None  # the newest date both are known for
    source: str  # of actual cost: ledger, plan, or empty
    undistributed_minor: int
    variance: CostVariance | None
    variance_without_locked_rate: tuple[str, ...]  # currencies whose exchange effect cannot be told
    variance_has_prices: bool
    reserves: tuple[ReserveRecord, ...]
    budget_lines: tuple[BudgetLine, ...]


def cost_overview(viewer: Viewer, project_id: int) -> CostOverview:
    """Costs by control account with the as-of of each figure. About twenty queries, whatever the size.

    Raises:
        NotFound, NotAllowed: not the viewer's project, or not their costs.
    """
    see_costs(viewer, project_id)
    project = project_by_id(viewer, project_id)
    top = organisation()
    forecast = queries.latest_of(viewer, project_id)
    state = plans.ledger_state(project_id)
    compared = _compared(project_id, forecast)
    members = plans.control_account_of(viewer, project_id)
    earned = _by_account(members, _table(viewer, forecast, "earned_minor"))
    planned = _by_account(members, _table(viewer, forecast, "planned_minor"))
    then = earned if compared.is_now else _by_account(members, compared.earned(viewer))
    has_ledger = bool(state.days)
    baseline = plans.current_baseline(project_id)
    frozen_at = baseline.summary.approved_at if baseline is not None else None
    latest = costs_by_account(project_id, changes_since=frozen_at)
    if has_ledger:
        at_common = costs_by_account(project_id, on=compared.on) if compared.on is not None else {}
    else:
        # The plan's own actual costs are of its data date, as its earned value is.
        said = _by_account(members, _table(viewer, forecast, "actual_minor"))
        latest = {code: _with_plan(latest.get(code), code, said.get(code, 0)) for code in {*latest, *said}}
        at_common = latest
    budgets = _budgets(viewer, project_id, members, state.budgets, baseline)
    variances = _Variances(
        project_id,
        project.currency,
        top.currency if top is not None and has_ledger else "",
        compared.on,
        _locked(baseline),
    )
    found = {each.code: each for each in plans.control_accounts(viewer, project_id)}
    lines = []
    for code in (*found, NO_ACCOUNT):
        costs = latest.get(code, _nothing(code))
        if code == NO_ACCOUNT and not (budgets.get(code) or earned.get(code)):
            continue
        spent = at_common.get(code, _nothing(code)).actual_minor if compared.on is not None else None
        budget, ev = budgets.get(code, 0), then.get(code, 0)
        whole = budget + costs.changes_minor
        cpi, eac, method = _eac(whole, ev, spent)
        account = found.get(code)
        lines.append(
            AccountLine(
                account=code,
                name=account.name or account.wbs_name if account is not None else "",
                responsible=account.responsible if account is not None else "",
                cost_account=account.cost_account if account is not None else "",
                is_orphan=account.is_orphan if account is not None else False,
                budget_minor=budget,
                changes_minor=costs.changes_minor,
                planned_minor=planned.get(code, 0),
                earned_minor=earned.get(code, 0),
                booked_minor=costs.booked_minor,
                accrued_minor=costs.accrued_minor,
                committed_minor=costs.committed_minor,
                compared_earned_minor=ev if spent is not None else None,
                compared_actual_minor=spent,
                cpi=cpi,
                eac_minor=eac,
                eac_method=method,
                variance=None,
            )
        )
    lines = variances.onto(lines)
    reserves = plans.reserves(viewer, project_id)
    known = [line.variance for line in lines if line.variance is not None]
    return CostOverview(
        currency=project.currency,
        reporting_currency=top.currency if top is not None else "",
        forecast=forecast,
        accounts=tuple(lines),
        earned_on=forecast.data_date if forecast is not None else None,
        spent_on=state.last,
        committed_on=state.committed_on,
        compared_on=compared.on,
        source=compared.source,
        undistributed_minor=state.undistributed_minor,
        variance=summed(known) if known else None,
        variance_without_locked_rate=variances.unlocked,
        variance_has_prices=variances.has_prices,
        reserves=reserves,
        budget_lines=_budget_lines(forecast, reserves),
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """Which date EV and AC share, and the forecast that knew the EV of it."""

    on: date | None = None
    source: str = ""
    forecast_id: int | None = None
    is_now: bool = True

    def earned(self, viewer: Viewer) -> dict[str, int | None]:
        if self.forecast_id is None:
            return {}
        table = queries.activity_forecasts_of(viewer, self.forecast_id)
        return dict(zip(table.key, table.earned_minor, strict=True))


def _compared(project_id: int, forecast: ForecastRecord | None) -> _Compared:
    reading = forecast.readings.get("ac_compared_minor") if forecast is not None else None
    said = reading.detail.get("inputs", {}) if reading is not None else {}
    source = str(said.get("source", ""))
    if forecast is None or reading is None or reading.value is None or not said.get("ev_as_of"):
        return _Compared(source=source)
    at = datetime.fromisoformat(str(said["ev_as_of"]))
    on = date.fromisoformat(str(said["as_of"])[:10])
    if forecast.data_date is None or at == forecast.data_date.replace(second=0, microsecond=0):
        return _Compared(on, source, forecast.id)
    earlier = Forecast.objects.filter(project_id=project_id, baseline=forecast.baseline_id, data_date=at)
    newest = earlier.order_by("-id").values_list("id", flat=True).first()
    return _Compared(on if newest is not None else None, source, newest, is_now=False)


def _table(viewer: Viewer, forecast: ForecastRecord | None, column: str) -> dict[str, int | None]:
    if forecast is None:
        return {}
    table = queries.activity_forecasts_of(viewer, forecast.id)
    return dict(zip(table.key, getattr(table, column), strict=True))


def _by_account(members: Mapping[str, str], amounts: Mapping[str, int | None]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for key, minor in amounts.items():
        sums[members.get(key, NO_ACCOUNT)] += minor or 0
    return sums


def _budgets(
    viewer: Viewer,
    project_id: int,
    members: Mapping[str, str],
    ledger: Mapping[str, int],
    baseline: BaselineRecord | None,
) -> dict[str, int]:
    """By the ledger where it holds budgets, else by the baseline; the two are never added."""
    if ledger:
        return dict(ledger)
    if baseline is None:
        return {}
    costs = {key: row.cost_minor or 0 for key, row in baseline.rows.items()}
    # Summaries roll up what lies below them, and belong to no account.
    kinds = {each.key for each in plans.plan(viewer, project_id).activities if each.kind == "summary"}
    return _by_account(members, {key: minor for key, minor in costs.items() if key not in kinds})


def _eac(budget: int, earned: int, spent: int | None) -> tuple[float | None, int | None, str]:
    if spent is None or budget <= 0:
        return None, None, ""
    value = earned_value(bac=budget, pv=0.0, ev=earned, ac=spent)
    eac, method = choose_eac(value)
    return value.cpi.value, None if eac is None else round(eac), method


def _nothing(code: str) -> AccountCosts:
    return AccountCosts(code, None, 0, 0, 0, 0)


def _with_plan(costs: AccountCosts | None, code: str, spent: int) -> AccountCosts:
    return replace(costs or _nothing(code), booked_minor=spent)


def _locked(baseline: BaselineRecord | None) -> dict[str, Decimal]:
    return {} if baseline is None else {name: Decimal(rate) for name, rate in baseline.summary.rates.items()}


class _Variances:
    """Splits the cost variance of every account in the reporting currency, so that the accounts sum to the whole."""

    def __init__(
        self, project_id: int, currency: str, reporting: str, on: date | None, locked: Mapping[str, Decimal]
    ) -> None:
        self._currency, self._reporting, self._locked = currency, reporting, locked
        self._sums: dict[str, list[SpentSum]] = defaultdict(list)
        if on is not None and reporting:
            for each in spent_sums(project_id, on=on):
                self._sums[each.account].append(each)
        self._is_known = on is not None and bool(reporting) and (currency == reporting or currency in locked)
        everything = [each for rows in self._sums.values() for each in rows]
        self.unlocked = tuple(sorted({row.currency for row in everything if self._rate(row.currency) is None}))
        self.has_prices = any(row.planned_amount is not None for row in everything)

    def onto(self, lines: Sequence[AccountLine]) -> list[AccountLine]:
        if not self._is_known or any(row.reporting_minor is None for rows in self._sums.values() for row in rows):
            return list(lines)
        rate = self._rate(self._currency) or Decimal(1)
        earned = [line.compared_earned_minor or 0 for line in lines]
        whole = convert(sum(earned), self._currency, self._reporting, rate)
        shares = split(whole, earned) if earned and min(earned) >= 0 else [
            convert(each, self._currency, self._reporting, rate) for each in earned
        ]  # fmt: skip
        return [
            line if line.compared_actual_minor is None else replace(line, variance=self._of(line.account, share))
            for line, share in zip(lines, shares, strict=True)
        ]

    def _of(self, account: str, earned: int) -> CostVariance:
        actual, at_locked, at_planned = 0, Fraction(0), Fraction(0)
        for row in self._sums.get(account, ()):
            booked = row.reporting_minor or 0
            actual += booked
            rate = self._rate(row.currency)
            locked = (
                Fraction(booked) if rate is None else exact_value(row.amount_minor, row.currency, self._reporting, rate)
            )
            at_locked += locked
            planned = row.planned_amount
            at_planned += (
                locked if planned is None or not row.amount_minor else locked * planned / Fraction(row.amount_minor)
            )
        return cost_variance(
            earned_minor=earned, actual_minor=actual, at_locked_rates=at_locked, at_planned_prices=at_planned
        )

    def _rate(self, currency: str) -> Decimal | None:
        return Decimal(1) if currency == self._reporting else self._locked.get(currency)


def _budget_lines(forecast: ForecastRecord | None, reserves: Sequence[ReserveRecord]) -> tuple[BudgetLine, ...]:
    """Performance baseline, cost baseline and total budget, and how far the EAC lies above each."""
    if forecast is None or forecast.budget_minor is None:
        return ()
    held = {each.kind: each.balance_minor for each in reserves}
    eac, amount, lines = forecast.eac_minor, forecast.budget_minor, []
    for name, more in (("performance", 0), ("cost", held["contingency"]), ("total", held["management"])):
        amount += more
        lines.append(BudgetLine(name, amount, None if eac is None else max(0, eac - amount)))
    return tuple(lines)
