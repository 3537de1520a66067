"""Any two of a project's revisions, baselines or moments side by side, with the dates and sums stored of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.forecasts import queries
from watchfloor.forecasts.external import external_dates
from watchfloor.forecasts.half_step import MAX_ACTIVITIES, HalfSteps, NotComparable, StepRow, half_steps
from watchfloor.forecasts.models import Forecast
from watchfloor.forecasts.planned import planned_rows
from watchfloor.forecasts.quality_changes import PointChange, quality_changes
from watchfloor.forecasts.records import ActivityTable, ForecastRecord
from watchfloor.forecasts.scheduling import PlanCycle
from watchfloor.forecasts.standing import standing
from watchfloor.kit.discretion import discreet
from watchfloor.kit.errors import Invalid, NotFound
from watchfloor.kit.moments import past_moment
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.comparing import Compared, ComparedRow, Dates, compare_plans
from watchfloor.plans.document import Activity, Plan
from watchfloor.plans.records import BaselineRecord, BaselineSummary, RevisionRecord
from watchfloor.plans.touches import MAX_REVISIONS, revisions_between
from watchfloor.portfolio import queries as projects
from watchfloor_engine.errors import EngineError

NOW = "now"
QUICK_ACTIVITIES = 5_000  # whose steps can be found while a page waits
_COSTS = ("budget_minor", "actual_cost_minor", "remaining_cost_minor")
_REVISION = re.compile(r"r([0-9]{1,9})")
_BASELINE = re.compile(r"b([0-9]{1,15})")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared. ``said`` names it as an address does: ``now``, ``r12``, ``b3`` or a moment.

    Finishes and sums are the stored ones: of the baseline, else of the forecast; None where there is none.
    """

    said: str
    kind: str  # now, revision, baseline, moment
    at: datetime | None  # when it was recorded, or the moment
    revision: RevisionRecord | None
    baseline: BaselineSummary | None
    forecast_id: int | None
    schedule_finish: datetime | None
    p50_finish: datetime | None
    p80_finish: datetime | None
    budget_minor: int | None
    eac_minor: int | None
    activities: int
    has_logic: bool  # false for a baseline that came inside a file: it holds dates and cost only


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between the two sides, and the revisions that lie between them."""

    before: Side
    after: Side
    compared: Compared
    revisions: tuple[RevisionRecord, ...]
    revisions_left_out: int  # of a story longer than is looked through


@dataclass(frozen=True, slots=True)
class _State:
    side: Side
    plan: Plan
    dates: Dates


def compare(viewer: Viewer, project_id: int, before: str, after: str, *, now: datetime) -> Comparison:
    """Compare two states of a project's plan.

    Raises:
        Invalid: ``before`` or ``after`` names nothing that can be compared.
        NotFound: no such project, revision or baseline for the viewer, or no plan at that moment.
    """
    one = _state(viewer, project_id, before, "from", now)
    other = _state(viewer, project_id, after, "to", now)
    numbers = sorted(each.side.revision.number for each in (one, other) if each.side.revision is not None)
    first, last = (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)
    between, touched = revisions_between(project_id, first, last)
    old, new = _made_alike(one, other)
    if not viewer.may("cost.view", project_id):
        old, new, one, other = _costless(old), _costless(new), _without_sums(one), _without_sums(other)
    compared = compare_plans(old, new, dates_before=one.dates, dates_after=other.dates, touched=touched)
    between = tuple(discreet(viewer, project_id, each) for each in between)
    return Comparison(one.side, other.side, compared, between, max(0, last - first - MAX_REVISIONS))


def movement(viewer: Viewer, project_id: int, comparison: Comparison, *, changes: bool) -> tuple[HalfSteps | None, str]:
    """Why the finish moved between the two sides, step by step, with ``changes`` also which single ones; or why not.

    Both are scheduled anew by today's engine, with the dates that other projects have now; the finish that is stored
    with a side may differ from that.
    """
    before, after = comparison.before.revision, comparison.after.revision
    if before is None or after is None or not (comparison.before.has_logic and comparison.after.has_logic):
        return None, _("One side is a baseline that came without logic.")
    try:
        found = _moved(project_id, before, after, changes=changes)
    except NotComparable as reason:
        return None, str(reason)
    seen = {each.code for each in projects.projects(viewer)}
    steps = tuple(replace(step, rows=tuple(_seen(row, seen) for row in step.rows)) for step in found.steps)
    return replace(found, steps=steps), ""


@dataclass(frozen=True, slots=True)
class Movement:
    """Why the finish is no longer what it was in the state ``since`` names, as an address does: ``b3`` or ``r12``."""

    since: str
    steps: HalfSteps


def movement_since_baseline(viewer: Viewer, project_id: int) -> Movement | None:
    """Progress and edits since the current baseline, or since the last revision where that one came without logic.

    None where there is nothing to compare, the plan has more than ``QUICK_ACTIVITIES``, or the viewer looks back.
    """
    head = plans.newest_revision(viewer, project_id)
    if head is None or viewer.as_of is not None:
        return None
    baseline = plans.current_baseline(project_id)
    summary = baseline.summary if baseline is not None else None
    before, since = None, ""
    # An amended baseline is its revision for its scope only.
    if summary is not None and summary.revision_id is not None and summary.act != "amendment":
        before, since = plans.revision_by_id(summary.revision_id), f"b{summary.id}"
    if before is None and head.number > 1:
        before, since = plans.revision(viewer, project_id, head.number - 1), f"r{head.number - 1}"
    if before is None or before.number >= head.number:
        return None
    try:
        return Movement(since, _moved(project_id, before, head, changes=False, most=QUICK_ACTIVITIES))
    except NotComparable:
        return None


def _moved(
    project_id: int, before: RevisionRecord, after: RevisionRecord, *, changes: bool, most: int = MAX_ACTIVITIES
) -> HalfSteps:
    """The half steps between two revisions, kept as long as nothing changes that they hang on."""
    plan = plans.plan(SYSTEM, project_id, revision=after.number)
    if len(plan.activities) > most:
        raise NotComparable(f"More than {most:,} activities.")
    depends_on = external_dates(projects.project_by_id(SYSTEM, project_id), plan)[1]
    return _half_steps(project_id, (before.number, after.number), _key_of(before, after, depends_on), changes)


def quality(viewer: Viewer, project_id: int, comparison: Comparison) -> tuple[PointChange, ...]:
    """Points of schedule quality that changed between the two sides, with the activities that offend anew.

    Empty where one side came without logic or has no schedule. Both are judged by today's tolerances and baseline.
    """
    before, after = comparison.before.revision, comparison.after.revision
    if before is None or after is None or not (comparison.before.has_logic and comparison.after.has_logic):
        return ()
    project = projects.project_by_id(SYSTEM, project_id)
    depends_on = external_dates(project, plans.plan(SYSTEM, project_id, revision=after.number))[1]
    limits = tuple(sorted(project.tolerances.quality_limits.items()))
    baseline = plans.current_baseline(project_id)
    key = (*_key_of(before, after, depends_on), str(baseline.summary.id) if baseline is not None else "")
    try:
        return _quality(project_id, (before.number, after.number), key, limits)
    except (PlanCycle, EngineError):
        return ()


@lru_cache(maxsize=64)
def _quality(
    project_id: int, revisions: tuple[int, int], _key: tuple[str, ...], limits: tuple[tuple[str, float], ...]
) -> tuple[PointChange, ...]:
    project = projects.project_by_id(SYSTEM, project_id)
    old, new = (plans.plan(SYSTEM, project_id, revision=each) for each in revisions)
    outside = {**external_dates(project, old)[0], **external_dates(project, new)[0]}
    baseline = plans.current_baseline(project_id)
    rows = planned_rows(baseline) if baseline is not None else None
    return quality_changes(old, new, limits=dict(limits), baseline=rows, external=outside)


def _key_of(before: RevisionRecord, after: RevisionRecord, depends_on: Mapping[str, int]) -> tuple[str, ...]:
    """What else the answer hangs on: revisions never change, forecasts of other projects do."""
    return (before.digest, after.digest, *(f"{project}:{forecast}" for project, forecast in sorted(depends_on.items())))


@lru_cache(maxsize=64)
def _half_steps(project_id: int, revisions: tuple[int, int], _key: tuple[str, ...], changes: bool) -> HalfSteps:
    project = projects.project_by_id(SYSTEM, project_id)
    old, new = (plans.plan(SYSTEM, project_id, revision=each) for each in revisions)
    outside = {**external_dates(project, old)[0], **external_dates(project, new)[0]}
    return half_steps(old, new, external_before=outside, external_after=outside, rows=changes)


def _seen(row: StepRow, codes: set[str]) -> StepRow:
    """The row without the work of a project that the viewer does not see."""
    if not row.other_project or row.other_project in codes:
        return row
    return replace(row, subject=f"… → {row.subject.partition(' → ')[2]}", other_project="")


def rows(comparison: Comparison, *, kind: str = "", search: str = "") -> tuple[ComparedRow, ...]:
    """The rows of one kind whose key or name holds the words."""
    words = search.lower().split()
    return tuple(
        row
        for row in comparison.compared.rows
        if (not kind or kind in row.kinds) and all(word in f"{row.key} {row.name}".lower() for word in words)
    )


def _state(viewer: Viewer, project_id: int, said: str, place: str, now: datetime) -> _State:
    text = said.strip() or NOW
    if (found := _BASELINE.fullmatch(text)) is not None:
        return _of_baseline(viewer, project_id, text, int(found[1]))
    if (found := _REVISION.fullmatch(text)) is not None:
        revision = plans.revision(viewer, project_id, int(found[1]))
        return _of_plan(viewer, project_id, text, "revision", revision, _forecast_of(viewer, revision))
    if text == NOW:
        then = viewer
    else:
        try:
            then = replace(viewer, as_of=past_moment(text, viewer.time_zone, now=viewer.as_of or now))
        except Invalid as wrong:
            raise Invalid(
                str(wrong), remedy=_("Name now, a revision (r12), a baseline (b3), a day or a time."), place=place
            ) from wrong
    found_then = standing(then, project_id)
    if found_then.revision is None:
        raise NotFound(_("This project had no plan at %(moment)s.") % {"moment": text}, place=place)
    kind = NOW if text == NOW else "moment"
    made = _of_plan(then, project_id, text, kind, found_then.revision, found_then.forecast_id)
    return replace(made, side=replace(made.side, at=then.as_of))


def _of_plan(  # noqa: PLR0917 - what a side is made of
    viewer: Viewer, project_id: int, said: str, kind: str, revision: RevisionRecord, forecast_id: int | None
) -> _State:
    plan = plans.shown_plan(viewer, project_id, revision=revision.number)
    record: ForecastRecord | None = None
    dates: Dates = {}
    if forecast_id is not None:
        record = queries.forecast(viewer, forecast_id)
        dates = _dates(queries.activity_forecasts_of(viewer, forecast_id))
    side = Side(
        said=said,
        kind=kind,
        at=revision.recorded_at,
        revision=revision,
        baseline=None,
        forecast_id=forecast_id,
        schedule_finish=record.schedule_finish if record else None,
        p50_finish=record.p50_finish if record else None,
        p80_finish=record.p80_finish if record else None,
        budget_minor=plans.budget_minor(plan),
        eac_minor=record.eac_minor if record else None,
        activities=len(plan.activities),
        has_logic=True,
    )
    return _State(side, plan, dates)


def _of_baseline(viewer: Viewer, project_id: int, said: str, baseline_id: int) -> _State:
    found = plans.baseline(viewer, project_id, baseline_id)
    summary = found.summary
    # An amended baseline is that revision for its scope only, so there its rows say what holds.
    revision_id = None if summary.act == "amendment" else summary.revision_id
    frozen = next((each for each in plans.revisions(viewer, project_id, 1_000) if each.id == revision_id), None)
    plan = plans.shown_plan(viewer, project_id, revision=frozen.number) if frozen else _without_logic(found)
    side = Side(
        said=said,
        kind="baseline",
        at=summary.approved_at or summary.recorded_at,
        revision=frozen,
        baseline=summary,
        forecast_id=None,
        schedule_finish=summary.finish,
        p50_finish=None,
        p80_finish=None,
        budget_minor=summary.budget_minor,
        eac_minor=None,
        activities=len(found.rows),
        has_logic=frozen is not None,
    )
    return _State(side, plan, {key: (row.start, row.finish) for key, row in found.rows.items()})


def _without_logic(found: BaselineRecord) -> Plan:
    """The little a baseline says of its activities that is no revision: from a file, or amended."""
    return Plan(
        code="",
        name=found.summary.name,
        activities=tuple(
            Activity(key, row.name, duration_ticks=row.duration_ticks or 0, budget_minor=row.cost_minor)
            for key, row in found.rows.items()
        ),
    )


def _made_alike(one: _State, other: _State) -> tuple[Plan, Plan]:
    """The two plans; where one holds no logic, the other is cut to what both can say."""
    if one.side.has_logic and other.side.has_logic:
        return one.plan, other.plan
    known = {each.key: each for state in (one, other) if state.side.has_logic for each in state.plan.activities}
    return _cut(one.plan, known), _cut(other.plan, known)


def _cut(plan: Plan, known: Mapping[str, Activity]) -> Plan:
    return Plan(
        code="",
        name="",
        activities=tuple(
            Activity(
                each.key,
                known[each.key].name if each.key in known else each.name,
                duration_ticks=each.duration_ticks,
                budget_minor=each.budget_minor,
            )
            for each in plan.activities
        ),
    )


def _costless(plan: Plan) -> Plan:
    """The plan for whoever may not see cost: as if it carried none."""
    nothing: Any = dict.fromkeys(_COSTS)
    rows = tuple(replace(each, **nothing) for each in plan.activities)
    assigned = tuple(replace(each, **nothing) for each in plan.assignments)
    return replace(plan, activities=rows, assignments=assigned, resources=())


def _without_sums(state: _State) -> _State:
    return replace(state, side=replace(state.side, budget_minor=None, eac_minor=None, baseline=_unpriced(state)))


def _unpriced(state: _State) -> BaselineSummary | None:
    found = state.side.baseline
    return replace(found, budget_minor=None) if found is not None else None


def _forecast_of(viewer: Viewer, revision: RevisionRecord) -> int | None:
    """The newest forecast that was computed from the revision; None when it was revised again before one was."""
    rows = Forecast.objects.filter(revision_id=revision.id)
    if viewer.as_of is not None:
        rows = rows.filter(issued_at__lte=viewer.as_of)
    return rows.order_by("-id").values_list("id", flat=True).first()


def _dates(table: ActivityTable) -> Dates:
    return dict(zip(table.key, zip(table.start, table.finish, strict=True), strict=True))
