"""What a forecast takes from the cost ledger: cost by day, budget on no activity, budgets the plan does not carry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from watchfloor.forecasts.models import Reading
from watchfloor.forecasts.performance import PlannedRow
from watchfloor.forecasts.spending import Booked, EarnedAt, SpentAt
from watchfloor.kit.viewer import SYSTEM
from watchfloor.money.amount import split
from watchfloor.plans import queries as plans
from watchfloor.plans.cost_records import LedgerState
from watchfloor.plans.document import Plan
from watchfloor.plans.records import BaselineSummary
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor_engine.estimates import RECENT

_READINGS_LOOKED_AT = 1_000  # two per forecast; more than a year of project days


def booked_of(project: ProjectRecord, plan: Plan, baseline: BaselineSummary) -> tuple[Booked, LedgerState]:
    """The ledger as the earned-value figures need it, and as it is."""
    # What was approved since the baseline was frozen is not in it, even when it was approved itself later.
    state = plans.ledger_state(project.id, changes_since=baseline.recorded_at)
    days = tuple(SpentAt(day.on, day.booked_minor, day.accrued_minor) for day in state.days)
    if plan.currency and project.currency and plan.currency != project.currency and state.version:
        return Booked(days, problem="currency_differs"), state
    before = _compared_before(project.id, baseline.id, plan)
    here = plan.data_date is not None and any(day.on == plan.data_date.date() for day in days)
    return (
        Booked(
            days,
            () if here or not days else _earned_before(project.id, baseline.id, plan),
            state.committed_minor,
            state.committed_on,
            state.undistributed_minor + state.changes_minor,
            before,
        ),
        state,
    )


def with_budgets(
    rows: Mapping[str, PlannedRow], budgets: Mapping[str, int], project_id: int, plan: Plan
) -> Mapping[str, PlannedRow]:
    """The baseline's rows; where it carries no cost at all, each control account's budget in proportion to duration."""
    if not budgets or any(row.cost_minor for row in rows.values()):
        return rows
    members: dict[str, list[str]] = defaultdict(list)
    for key, code in plans.control_account_of(SYSTEM, project_id, plan).items():
        if key in rows:
            members[code].append(key)
    filled = dict(rows)
    for code, keys in members.items():
        if budgets.get(code):
            shares = split(budgets[code], [rows[key].duration_ticks or 0 for key in keys])
            for key, share in zip(keys, shares, strict=True):
                filled[key] = replace(rows[key], cost_minor=share)
    return filled


def _compared_before(project_id: int, baseline_id: int, plan: Plan) -> tuple[tuple[float, float], ...]:
    """EV and AC that were held against each other at the last data dates, against the same baseline, oldest first."""
    rows = Reading.objects.filter(
        forecast__project_id=project_id,
        forecast__baseline_id=baseline_id,
        name__in=("ev_compared_minor", "ac_compared_minor"),
    ).exclude(value=None)
    if plan.data_date is not None:
        rows = rows.filter(forecast__data_date__lt=plan.data_date)
    columns = rows.order_by("-forecast_id").values_list("forecast__data_date", "name", "value")
    found: dict[object, dict[str, float]] = defaultdict(dict)
    for at, name, value in columns[:_READINGS_LOOKED_AT]:
        if at is not None and value is not None:
            found[at].setdefault(name, value)
    pairs = [values for _at, values in sorted(found.items(), key=lambda each: str(each[0]), reverse=True)]
    whole = [(each["ev_compared_minor"], each["ac_compared_minor"]) for each in pairs if len(each) == 2]
    return tuple(whole[:RECENT][::-1])


def _earned_before(project_id: int, baseline_id: int, plan: Plan) -> tuple[EarnedAt, ...]:
    """EV and PV at the data dates of earlier forecasts against the same baseline, each as it was last computed."""
    rows = Reading.objects.filter(
        forecast__project_id=project_id, forecast__baseline_id=baseline_id, name__in=("ev_minor", "pv_minor")
    ).exclude(value=None)
    columns = rows.order_by("-forecast_id").values_list("forecast__data_date", "name", "value")
    found: dict[object, dict[str, float]] = defaultdict(dict)
    for at, name, value in columns[:_READINGS_LOOKED_AT]:
        if at is not None and at != plan.data_date and value is not None:
            found[at].setdefault(name, value)
    return tuple(
        EarnedAt(at, values["ev_minor"], values.get("pv_minor"))  # type: ignore[arg-type]
        for at, values in found.items()
        if "ev_minor" in values
    )
