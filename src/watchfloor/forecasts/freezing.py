"""Freezing baselines: the dates come from the engine's schedule of what is frozen, never from a tool's planned ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.translation import gettext as _

from watchfloor.exchange.as_baseline import ReadBaseline
from watchfloor.forecasts.compile import Compiled
from watchfloor.forecasts.external import external_dates
from watchfloor.forecasts.scheduling import PlanCycle, schedule_plans
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.money.queries import all_rates_on
from watchfloor.plans import operations as plan_operations
from watchfloor.plans import queries as plans
from watchfloor.plans.baselining.amending import amended, is_under_way, keys_in_scope, rolled_up
from watchfloor.plans.baselining.as_plan import as_plan
from watchfloor.plans.baselining.rows import BaselineRow, Dates, Kept, parts_of, rows_of_plan, rows_of_stored
from watchfloor.plans.document import Plan, PlanBaseline
from watchfloor.plans.operations import Frozen, Proposal, Scope
from watchfloor.plans.records import BaselineRecord, BaselineSummary
from watchfloor.portfolio.queries import ProjectRecord, organisation, project_by_id
from watchfloor_engine.calendars import from_tick, to_tick
from watchfloor_engine.earned import earned_by_time
from watchfloor_engine.errors import EngineError
from watchfloor_engine.kernels import MISSING

EVERYTHING = Scope()
PROVISIONAL_NAME = "Provisional: first revision"


@dataclass(frozen=True, slots=True)
class AtRevision:
    """A revision of the project, by default the newest."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class InsideFile:
    """A baseline that came inside a file of the project, by its id."""

    baseline_id: int


@dataclass(frozen=True, slots=True)
class FromFile:
    """A plan of another file, told with the project's keys; ``stored``: not it, but a baseline inside it.

    ``beside`` are the other plans of the file, which its activities may wait for.
    """

    plan: Plan
    source_name: str
    stored: PlanBaseline | None = None
    beside: tuple[Plan, ...] = ()


@dataclass(frozen=True, slots=True)
class Amending:
    """A revision, by default the newest, for a scope and from its data date on; the rest as in the current baseline."""

    scope: Scope = EVERYTHING
    number: int | None = None


Source = AtRevision | InsideFile | FromFile | Amending


def propose_baseline(
    viewer: Viewer, project_id: int, source: Source, proposal: Proposal, *, now: datetime
) -> BaselineSummary:
    """Freeze the source with its dates, budget and today's rates, and put it to whoever may approve.

    Raises:
        NotFound: no such project, plan, revision or baseline for the viewer.
        NotAllowed: the viewer may not change the plan.
        Invalid: it cannot be scheduled, or what is needed is not said.
        Conflict: there is no approved baseline to amend.
    """
    frozen, proposal = _worked_out(viewer, project_id, source, proposal, now)
    return plan_operations.propose_baseline(viewer, project_id, frozen, proposal, now=now)


def set_baseline(
    viewer: Viewer, project_id: int, source: Source, proposal: Proposal, *, now: datetime
) -> BaselineSummary:
    """The same, and approved at once: for whoever runs the machine, not for accounts."""
    frozen, proposal = _worked_out(viewer, project_id, source, proposal, now)
    return plan_operations.set_baseline(viewer, project_id, frozen, proposal, now=now)


def freeze_read(viewer: Viewer, project_id: int, read: ReadBaseline, now: datetime) -> BaselineSummary:
    """Freeze what an import read for a baseline: proposed, or approved as well where the machine gave it."""
    order = read.order
    source = FromFile(read.plan, read.source_name, read.stored, read.beside)
    proposal = Proposal(order.name, order.reason, order.authority, order.reference)
    freeze = set_baseline if order.approve and viewer.user_id is None else propose_baseline
    return freeze(viewer, project_id, source, proposal, now=now)


def freeze_baseline(
    viewer: Viewer,
    project_id: int,
    *,
    name: str,
    reason: str = "",
    authority: str = "",
    revision: int | None = None,
    now: datetime,
) -> BaselineSummary:
    """:func:`set_baseline` for a revision, by default the newest."""
    proposal = Proposal(name, reason=reason, authority=authority)
    return set_baseline(viewer, project_id, AtRevision(revision), proposal, now=now)


def serve_provisionally(project_id: int, *, now: datetime) -> BaselineSummary:
    """Let the first revision serve until a baseline is approved."""
    project = project_by_id(SYSTEM, project_id)
    frozen = _revision(SYSTEM, project, 1, now)
    return plan_operations.keep_provisional(SYSTEM, project_id, frozen, name=PROVISIONAL_NAME, now=now)


def _worked_out(
    viewer: Viewer, project_id: int, source: Source, proposal: Proposal, now: datetime
) -> tuple[Frozen, Proposal]:
    project = project_by_id(viewer, project_id)
    if not viewer.may("plan.edit", project_id):
        raise NotAllowed(_("You may see this project, but not propose a baseline of it."))
    match source:
        case AtRevision(number):
            return _revision(viewer, project, number, now), proposal
        case InsideFile(baseline_id):
            return _imported(viewer, project, baseline_id, now), proposal
        case FromFile():
            return _file(viewer, project, source, now), proposal
        case Amending(scope, _number):
            current = plans.current_baseline(project_id)
            if current is None or current.summary.kind != "approved":
                raise Conflict(
                    _("There is no approved baseline to amend."), remedy=_("Propose a baseline, and have it approved.")
                )
            frozen = _amendment(viewer, project, current, source, now)
            return frozen, replace(proposal, amends=current.summary.id, scope=scope)


def _revision(viewer: Viewer, project: ProjectRecord, number: int | None, now: datetime) -> Frozen:
    plan = plans.plan(viewer, project.id, revision=number)
    _compiled, dates = _scheduled(project, plan)
    return _counted(viewer, project, _of_revision(project, plan, number, dates, now))


def _of_revision(project: ProjectRecord, plan: Plan, number: int | None, dates: Dates, now: datetime) -> Frozen:
    newest = plans.head_revision(project.id)
    assert newest is not None  # else there were no plan
    return Frozen(
        rows=rows_of_plan(plan, dates),
        rates=_locked_rates(project, plan, now),
        revision=number if number is not None else newest.number,
        data_date=plan.data_date,
    )


def _imported(viewer: Viewer, project: ProjectRecord, baseline_id: int, now: datetime) -> Frozen:
    found = plans.baseline(viewer, project.id, baseline_id)
    if found.summary.kind != "imported":
        raise Invalid(_("Only a baseline that came inside a file can be proposed like this."), place="baseline")
    return _counted(
        viewer,
        project,
        Frozen(
            rows=found.rows,
            rates=_locked_rates(project, plans.plan(viewer, project.id), now),
            data_date=found.summary.data_date,
            origin="imported",
            source_name=found.summary.name,
        ),
    )


def _file(viewer: Viewer, project: ProjectRecord, source: FromFile, now: datetime) -> Frozen:
    plan, stored = source.plan, source.stored
    if stored is not None:
        rows, said = rows_of_stored(stored, plan), f"{source.source_name} · {plan.code} · {stored.name}"
    else:
        _compiled, dates = _scheduled(project, plan, beside=source.beside)
        rows, said = rows_of_plan(plan, dates), f"{source.source_name} · {plan.code}"
    return _counted(
        viewer,
        project,
        Frozen(
            rows=rows,
            rates=_locked_rates(project, plan, now),
            data_date=plan.data_date,
            origin="file",
            source_name=said,
        ),
    )


def _amendment(
    viewer: Viewer, project: ProjectRecord, current: BaselineRecord, wanted: Amending, now: datetime
) -> Frozen:
    plan, scope = plans.plan(viewer, project.id, revision=wanted.number), wanted.scope
    if plan.data_date is None:
        raise Invalid(_("An amendment holds from the data date on, and the plan has none."), place="revision")
    before = dict(current.rows)
    _need_known(scope, plan, before, viewer, project)
    keys = keys_in_scope(scope, plan, before, _accounts(viewer, project, plan, before))
    compiled, dates = _scheduled(project, plan)
    frozen = _of_revision(project, plan, wanted.number, dates, now)
    done = _planned_by(compiled, {key: row for key, row in before.items() if key in keys}, plan.data_date)
    rows = amended(before, frozen.rows, scope=keys, at=plan.data_date, done=done)
    rows = rolled_up(rows, before, plan.wbs)
    if rows == before:
        raise Invalid(
            _("For this scope the plan says what the baseline says already."),
            remedy=_("Change the plan first, or choose another scope."),
            place="scope",
        )
    # What is amended stays in the money it was promised in.
    rates = {currency: Decimal(rate) for currency, rate in current.summary.rates.items()} or frozen.rates
    return _counted(viewer, project, replace(frozen, rows=rows, rates=rates))


def _accounts(viewer: Viewer, project: ProjectRecord, plan: Plan, rows: Mapping[str, BaselineRow]) -> Mapping[str, str]:
    """The control account of each activity, of those that only the baseline knows as well."""
    gone = plans.control_account_of(viewer, project.id, as_plan(plan, rows))
    return {**gone, **plans.control_account_of(viewer, project.id, plan)}


def _need_known(
    scope: Scope, plan: Plan, rows: Mapping[str, BaselineRow], viewer: Viewer, project: ProjectRecord
) -> None:
    known = {
        "activities": {each.key for each in plan.activities} | rows.keys(),
        "wbs": {each.key for each in plan.wbs},
        "control_accounts": {each.code for each in plans.control_accounts(viewer, project.id)},
    }
    for place, names in known.items():
        missing = [each for each in getattr(scope, place) if each not in names]
        if missing:
            raise Invalid(
                _("The scope names what is not in this project: %(names)s.") % {"names": ", ".join(missing[:5])},
                place=place,
            )


def _planned_by(compiled: Compiled, rows: Mapping[str, BaselineRow], at: datetime) -> dict[str, Kept]:
    """What each row under way had planned by the moment, by the engine's own spread over its working time."""
    under_way = {key: row for key, row in rows.items() if is_under_way(row, at)}
    places = {each.key: at for at, each in enumerate(compiled.activities[: compiled.own])}
    default = int(compiled.project_calendar[0])
    found = {}
    for key, row in under_way.items():
        parts = list(parts_of(row.start, row.finish, row.duration_ticks, row.cost_minor, row.kept))
        calendar = int(compiled.network.calendar[places[key]]) if key in places else default
        shares = earned_by_time(
            [_tick(part.start) for part in parts],
            [_tick(part.finish) for part in parts],
            np.ones(len(parts)),
            [calendar] * len(parts),
            compiled.calendars,
            [to_tick(at)],
        )[:, 0]
        ticks = sum(round((part.duration_ticks or 0) * share) for part, share in zip(parts, shares, strict=True))
        cost = sum(round((part.cost_minor or 0) * share) for part, share in zip(parts, shares, strict=True))
        found[key] = Kept(at, ticks, None if row.cost_minor is None else cost)
    return found


def _scheduled(project: ProjectRecord, plan: Plan, *, beside: Sequence[Plan] = ()) -> tuple[Compiled, Dates]:
    """The schedule of the plan as it stands; among the other plans of its file, where it is of one."""
    external = {} if beside else external_dates(project, plan)[0]
    try:
        compiled, schedule = schedule_plans((plan, *beside), external=external)
    except PlanCycle as cycle:
        raise Invalid(
            _("This plan has a circle of dependencies: %(path)s.") % {"path": " → ".join(cycle.path[:12])},
            remedy=_("Remove one of these links first."),
        ) from cycle
    except EngineError as error:
        raise Invalid(str(error)) from error
    start, finish, of = schedule.start.tolist(), schedule.finish.tolist(), compiled.network.project.tolist()
    return compiled, {
        activity.key: (_moment(start[at]), _moment(finish[at]))
        for at, activity in enumerate(compiled.activities[: compiled.own])
        if of[at] == 0
    }


def _counted(viewer: Viewer, project: ProjectRecord, frozen: Frozen) -> Frozen:
    """With how many of its activities the plan has as well."""
    try:
        here = {each.key for each in plans.plan(viewer, project.id).activities}
    except NotFound:
        here = set()
    matched = sum(key in here for key in frozen.rows)
    return replace(frozen, matched=matched, unmatched=len(frozen.rows) - matched)


def _locked_rates(project: ProjectRecord, plan: Plan, now: datetime) -> dict[str, Decimal]:
    top = organisation()
    currency = plan.currency or project.currency
    if top is None or not currency:
        return {}
    # Every known currency, since costs may come in others than the plan's.
    return all_rates_on(top.currency, now.astimezone(ZoneInfo(project.time_zone)).date())


def _tick(moment: datetime | None) -> int:
    return MISSING if moment is None else to_tick(moment)


def _moment(tick: int) -> datetime | None:
    return None if tick == MISSING else from_tick(tick)
