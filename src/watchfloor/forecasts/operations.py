"""Issuing forecasts and freezing baselines: the only door from stored plans to the engine and back.

What is frozen how stands in ``freezing``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from watchfloor.forecasts import block
from watchfloor.forecasts.compile import ExternalDates
from watchfloor.forecasts.external import external_dates
from watchfloor.forecasts.freezing import (
    Amending,
    AtRevision,
    FromFile,
    InsideFile,
    freeze_baseline,
    freeze_read,
    propose_baseline,
    serve_provisionally,
    set_baseline,
)
from watchfloor.forecasts.ledger import booked_of, with_budgets
from watchfloor.forecasts.models import Forecast, LatestForecast, MilestoneForecast, Reading
from watchfloor.forecasts.outlook import Outlook, Standard, look_ahead
from watchfloor.forecasts.planned import planned_rows
from watchfloor.forecasts.records import ForecastRecord
from watchfloor.forecasts.uncertainty import seed_of
from watchfloor.journal import queries as journal
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotFound
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import period_queries
from watchfloor.plans import queries as plans
from watchfloor.plans.document import Plan
from watchfloor.plans.records import BaselineRecord
from watchfloor.portfolio.queries import ProjectRecord, project_by_id
from watchfloor_engine import ENGINE_VERSION

__all__ = [
    "Amending",
    "AtRevision",
    "FromFile",
    "InsideFile",
    "freeze_baseline",
    "freeze_read",
    "issue_forecast",
    "propose_baseline",
    "serve_provisionally",
    "set_baseline",
]


_PERIODS = 12  # cut-offs looked at for how old a plan is


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Everything a forecast is computed from."""

    project: ProjectRecord
    plan: Plan
    revision_id: int
    baseline: BaselineRecord | None
    standard: Standard
    external: Mapping[tuple[str, str], ExternalDates]
    depends_on: Mapping[str, int]  # project id → forecast id
    digest: str


def issue_forecast(project_id: int, *, now: datetime, force: bool = False) -> ForecastRecord | None:
    """Compute and store where the project is heading.

    Returns:
        The forecast; None when the project has no plan, or when nothing it is computed from changed since the last
        one and its project day has not turned (``force`` issues one all the same).
    """
    head = plans.head_revision(project_id)
    if head is None:
        return None
    project = project_by_id(SYSTEM, project_id)
    cut = journal.head()
    plan = plans.plan(SYSTEM, project_id)
    baseline = plans.current_baseline(project_id) or _freeze_provisional(project, now)
    inputs = _inputs(project, plan, head.id, baseline, now)
    before = LatestForecast.objects.select_related("forecast").defer("forecast__block").filter(pk=project_id).first()
    last = before.forecast if before is not None else None
    if last is not None and last.inputs_digest == inputs.digest and not force:
        return None
    outlook = look_ahead(plan, inputs.standard, external=inputs.external, seed=seed_of(project.code))
    with transaction.atomic():
        row = _store(inputs, outlook, cut=cut, now=now)
        append(
            "forecast.issued",
            viewer=SYSTEM,
            now=now,
            project_id=project_id,
            subject_kind="forecast",
            subject_id=row.pk,
            data={
                "forecast": row.pk,
                "finish_before": _iso(last.schedule_finish) if last is not None else None,
                "finish_after": _iso(outlook.schedule_finish),
                "eac_before_minor": last.eac_minor if last is not None else None,
                "eac_after_minor": outlook.eac_minor,
            },
        )
    return _record(row, inputs, outlook)


def _freeze_provisional(project: ProjectRecord, now: datetime) -> BaselineRecord | None:
    """With no baseline the first revision serves, labelled as provisional; None while it cannot be scheduled."""
    try:
        serve_provisionally(project.id, now=now)
    except (Invalid, NotFound, Conflict):
        # A first revision with a cycle has no dates; a baseline approved meanwhile serves better.
        return plans.current_baseline(project.id)
    return plans.current_baseline(project.id)


def _inputs(
    project: ProjectRecord, plan: Plan, revision_id: int, baseline: BaselineRecord | None, now: datetime
) -> _Inputs:
    today = now.astimezone(ZoneInfo(project.time_zone)).date()
    silent = period_queries.silent_since(
        period_queries.recent_periods(project.id, _PERIODS), project, today, plan.data_date
    )
    standard = replace(_standard(project, plan, baseline), missed_cut_offs=len(silent))
    external, depends_on = external_dates(project, plan)
    said = [
        ENGINE_VERSION,
        revision_id,
        baseline.summary.id if baseline is not None else None,
        standard.kind,
        _iso(standard.original_finish),
        standard.rebaselines,
        str(standard.committed_finish),
        repr(standard.booked),
        sorted(standard.quality_limits.items()),
        # Dates rather than forecasts of other projects: one that moved nothing here asks for no new forecast.
        sorted((*name, _iso(dates.start), _iso(dates.finish)) for name, dates in external.items()),
        standard.missed_cut_offs,
        today.isoformat(),
    ]
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return _Inputs(project, plan, revision_id, baseline, standard, external, depends_on, digest)


def _standard(project: ProjectRecord, plan: Plan, baseline: BaselineRecord | None) -> Standard:
    limits = project.tolerances.quality_limits
    if baseline is None:
        return Standard(committed_finish=project.committed_finish, quality_limits=limits)
    original = baseline.summary if baseline.summary.is_original else plans.original_baseline(project.id)
    booked, state = booked_of(project, plan, baseline.summary)
    return Standard(
        rows=with_budgets(planned_rows(baseline), state.budgets, project.id, plan),
        kind=str(baseline.summary.kind),
        original_finish=original.finish if original is not None else None,
        rebaselines=plans.re_baselines(project.id) if not baseline.summary.is_original else 0,
        committed_finish=project.committed_finish,
        booked=booked,
        quality_limits=limits,
    )


def _store(inputs: _Inputs, outlook: Outlook, *, cut: int, now: datetime) -> Forecast:
    project_id = inputs.project.id
    row = Forecast.objects.create(
        project_id=project_id,
        revision_id=inputs.revision_id,
        baseline_id=inputs.baseline.summary.id if inputs.baseline is not None else None,
        cut=cut,
        depends_on=dict(inputs.depends_on),
        issued_at=now,
        data_date=outlook.data_date,
        engine=ENGINE_VERSION,
        seed=outlook.seed,
        runs=outlook.runs,
        plan_finish=outlook.plan_finish,
        schedule_finish=outlook.schedule_finish,
        p50_finish=outlook.p50_finish,
        p80_finish=outlook.p80_finish,
        slip_days=outlook.slip_days,
        total_float_days=outlook.float_days,
        confidence=outlook.confidence,
        budget_minor=outlook.budget_minor,
        eac_minor=outlook.eac_minor,
        eac_method=outlook.eac_method,
        currency=inputs.plan.currency or inputs.project.currency,
        inputs_digest=inputs.digest,
        problem=dict(outlook.problem),
        block=block.pack(outlook.columns) if outlook.columns is not None else b"",
    )
    Reading.objects.bulk_create(
        [
            Reading(forecast=row, name=each.name, value=each.value, reason=each.reason, detail=each.detail)
            for each in outlook.readings.values()
        ]
    )
    MilestoneForecast.objects.bulk_create(
        [
            MilestoneForecast(
                forecast=row,
                activity_key=each.key,
                name=each.name[:300],
                is_committed=each.is_committed,
                is_done=each.is_done,
                plan=each.plan,
                schedule=each.schedule,
                p50=each.p50,
                p80=each.p80,
                deadline=each.deadline,
                float_days=each.float_days,
                confidence=each.confidence,
            )
            for each in outlook.milestones
        ]
    )
    LatestForecast.objects.update_or_create(project_id=project_id, defaults={"forecast": row})
    return row


def _record(row: Forecast, inputs: _Inputs, outlook: Outlook) -> ForecastRecord:
    return ForecastRecord(
        id=row.pk,
        project_id=row.project_id,
        revision_id=row.revision_id,
        baseline_id=row.baseline_id,
        baseline_kind=inputs.standard.kind,
        cut=row.cut,
        depends_on=row.depends_on,
        issued_at=row.issued_at,
        data_date=row.data_date,
        engine=row.engine,
        seed=row.seed,
        runs=row.runs,
        plan_finish=row.plan_finish,
        schedule_finish=row.schedule_finish,
        p50_finish=row.p50_finish,
        p80_finish=row.p80_finish,
        slip_days=row.slip_days,
        total_float_days=row.total_float_days,
        confidence=row.confidence,
        budget_minor=row.budget_minor,
        eac_minor=row.eac_minor,
        eac_method=row.eac_method,
        currency=row.currency,
        problem=row.problem,
        readings=outlook.readings,
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="minutes")
