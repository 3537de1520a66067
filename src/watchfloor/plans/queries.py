"""Reading plans, their past and baselines; cut to what the viewer may see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from watchfloor.journal.versions import rewound
from watchfloor.kit.discretion import discreet
from watchfloor.kit.errors import NotFound, NotYet
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import control_queries, cost_queries, reserving, store
from watchfloor.plans.baselining.acts import APPROVED_ONES
from watchfloor.plans.baselining.as_plan import as_plan
from watchfloor.plans.baselining.rows import BaselineRow, budget_of_rows, rows_of, rows_of_plan
from watchfloor.plans.difference import readable, unpack
from watchfloor.plans.document import Activity, ActivityKind, Plan
from watchfloor.plans.hidden import hide, hide_in_changes, hide_overlay
from watchfloor.plans.models import (
    ActivityRow,
    Baseline,
    BaselineAct,
    BaselineKind,
    DependencyRow,
    OverlayRow,
    PlanHead,
    Revision,
)
from watchfloor.plans.recording import FROM_FILES
from watchfloor.plans.records import (
    ActivityDetail,
    ActivityPage,
    BaselineRecord,
    BaselineStanding,
    BaselineSummary,
    EditsSinceFile,
    OverlayRecord,
    RevisionDifference,
    RevisionRecord,
    baseline_summary,
    revision_record,
)
from watchfloor.plans.touches import revisions_between

control_accounts = control_queries.control_accounts
control_account_of = control_queries.control_account_of
account_costs = cost_queries.account_costs
cost_batches = cost_queries.cost_batches
ledger = cost_queries.ledger
ledger_state = cost_queries.ledger_state
frozen_until = cost_queries.frozen_until
reserves = reserving.reserves
contingency_left = reserving.contingency_left
control_rule = control_queries.control_rule

MAX_LIMIT = 1_000
MAX_OVERLAY_SHOWN = 5_000
_MAX_DEPTH = 100  # of WBS nodes above an activity
Row = TypeVar("Row", bound=Model)


def plan(viewer: Viewer, project_id: int, *, revision: int | None = None) -> Plan:
    """The plan as it is now, or as it was at a revision (by number).

    Raises:
        NotFound: no such project for the viewer, or it has no plan, or no such revision.
    """
    _see(viewer, project_id)
    head = store.head_row(project_id)
    if head is None or head.revision is None:
        raise NotFound(_("This project has no plan yet."))
    if viewer.as_of is not None:
        newest = _newest_then(viewer, project_id)
        return store.plan_at(project_id, newest if revision is None else _revision(viewer, project_id, revision))
    if revision is None or revision == head.revision.number:
        return store.head_state(head).plan
    return store.plan_at(project_id, _revision(viewer, project_id, revision))


def edits_since_file(viewer: Viewer, project_id: int) -> EditsSinceFile | None:
    """What was edited here since the newest revision that came from a file; None if nothing was, or none came.

    Raises:
        NotFound: no such project for the viewer.
    """
    _see(viewer, project_id)
    newest = Revision.objects.filter(project_id=project_id).order_by("-number")
    last = newest.filter(origin__in=FROM_FILES).values_list("number", flat=True).first()
    head = newest.values_list("number", flat=True).first()
    if last is None or head is None or head == last:
        return None
    between, touched = revisions_between(project_id, last, head)
    authors = {each.number: each.author_name or each.origin for each in between}
    by = {key: authors[numbers[-1]] for key, numbers in touched.items() if numbers}
    return EditsSinceFile(plan(viewer, project_id, revision=last), plan(viewer, project_id, revision=head), by)


def links_from_elsewhere(project_id: int) -> dict[str, tuple[str, ...]]:
    """Activities that wait for work of other projects, with the codes of those: for rooms above. One query."""
    rows = DependencyRow.objects.filter(project_id=project_id).exclude(predecessor_project="").order_by("id")
    found: dict[str, tuple[str, ...]] = {}
    for successor, code in rows.values_list("successor", "predecessor_project"):
        found[successor] = (*found.get(successor, ()), code)
    return found


def head_plan(viewer: Viewer, project_id: int) -> Plan | None:
    """The plan as it is now; None while the project has none."""
    _see(viewer, project_id)
    head = store.head_row(project_id)
    return store.head_state(head).plan if head is not None else None


def shown_plan(viewer: Viewer, project_id: int, *, revision: int | None = None) -> Plan:
    """:func:`plan` for people: links from projects the viewer may not see are told by stand-ins."""
    found = plan(viewer, project_id, revision=revision)
    links = hide(viewer, project_id, found.dependencies)
    added = hide_overlay(viewer, project_id, found.overlay)
    same = links == found.dependencies and added == found.overlay
    return discreet(viewer, project_id, found if same else replace(found, dependencies=links, overlay=added))


def overlay(viewer: Viewer, project_id: int) -> tuple[OverlayRecord, ...]:
    """What was added here to the plan, orphans first; links from projects the viewer may not see are left out."""
    _see(viewer, project_id)
    rows = OverlayRow.objects.filter(project_id=project_id).order_by("kind", "activity", "key")
    entries = hide_overlay(viewer, project_id, store.overlay(rows[:MAX_OVERLAY_SHOWN]))
    names = _names(project_id, {each.activity for each in entries})
    found = [
        OverlayRecord(each.key, each, names.get(each.activity, ""), bool(each.activity) and each.activity not in names)
        for each in entries
    ]
    return tuple(sorted(found, key=lambda each: not each.is_orphan))


def orphan_counts(viewer: Viewer, project_ids: Collection[int]) -> dict[int, int]:
    """How many additions of each project wait for an activity that is not in its plan; one query."""
    visible = viewer.project_ids()
    wanted = set(project_ids) if visible is None else set(project_ids) & visible
    held = ActivityRow.objects.filter(project_id=OuterRef("project_id"), key=OuterRef("activity"))
    rows = OverlayRow.objects.filter(project_id__in=wanted).exclude(activity="").filter(~Exists(held))
    counted = rows.values("project_id").annotate(count=Count("id")).order_by("project_id")
    return {row["project_id"]: row["count"] for row in counted}


def head_revision(project_id: int) -> RevisionRecord | None:
    """The newest revision, for rooms that compute from it; None before there is a plan."""
    head = PlanHead.objects.select_related("revision").only("revision").filter(project_id=project_id).first()
    return revision_record(head.revision) if head is not None and head.revision is not None else None


def newest_revision(viewer: Viewer, project_id: int) -> RevisionRecord | None:
    """The newest revision the viewer can look at: of now, or of the moment they look from; None before a plan."""
    if viewer.as_of is None:
        found_now = head_revision(project_id) if viewer.may("project.view", project_id) else None
        return discreet(viewer, project_id, found_now) if found_now is not None else None
    found = revisions(viewer, project_id, 1)
    return found[0] if found else None


def head_revisions(project_ids: Collection[int]) -> dict[int, RevisionRecord]:
    """The newest revision of each project that has a plan, in one query."""
    newest = Revision.objects.filter(
        pk__in=PlanHead.objects.filter(project_id__in=project_ids).values("revision_id")
    ).defer("changes")
    return {row.project_id: revision_record(row) for row in newest}


def codes_of(project_ids: Collection[int], codes: Collection[str] | None = None) -> Iterable[tuple[int, str, str, str]]:
    """Project, key, code and name of activities that are no summaries, in one query; for telling whose plan a file is.

    With ``codes``, which are not to be thousands, only of those whose key or code is among them.
    """
    rows = ActivityRow.objects.filter(project_id__in=project_ids).exclude(kind=ActivityKind.SUMMARY)
    if codes is not None:
        rows = rows.filter(Q(key__in=codes) | Q(code__in=codes))
    return rows.values_list("project_id", "key", "code", "name").iterator(chunk_size=10_000)


def activities(
    viewer: Viewer,
    project_id: int,
    *,
    search: str = "",
    wbs: str | None = None,
    kinds: Collection[str] | None = None,
    unfinished_only: bool = False,
    limit: int = 200,
    offset: int = 0,
) -> ActivityPage:
    """Activities of the plan in its order; ``search`` looks in key, code and name."""
    _see(viewer, project_id)
    if viewer.as_of is not None:
        return _activities_then(
            viewer,
            project_id,
            lambda each: (
                (not search or any(search.lower() in text.lower() for text in (each.key, each.code, each.name)))
                and (wbs is None or each.wbs == wbs)
                and (kinds is None or each.kind in kinds)
                and not (unfinished_only and each.actual_finish is not None)
            ),
            limit=limit,
            offset=offset,
        )
    rows = ActivityRow.objects.filter(project_id=project_id)
    if search:
        rows = rows.filter(Q(key__icontains=search) | Q(code__icontains=search) | Q(name__icontains=search))
    if wbs is not None:
        rows = rows.filter(wbs=wbs)
    if kinds is not None:
        rows = rows.filter(kind__in=kinds)
    if unfinished_only:
        rows = rows.filter(actual_finish=None)
    first = max(0, offset)
    wanted = rows.order_by("position", "id")[first : first + max(0, min(limit, MAX_LIMIT))]
    shown = tuple(discreet(viewer, project_id, each) for each in store.activities(wanted))
    return ActivityPage(shown, rows.count())


def activity(viewer: Viewer, project_id: int, key: str) -> ActivityDetail:
    """One activity with its links."""
    _see(viewer, project_id)
    if viewer.as_of is not None:
        return _activity_then(viewer, project_id, key)
    found = store.activities(ActivityRow.objects.filter(project_id=project_id, key=key))
    if not found:
        raise NotFound(_("There is no such activity."), place=key)
    links = DependencyRow.objects.filter(project_id=project_id)
    before = hide(viewer, project_id, store.dependencies(links.filter(successor=key).order_by("position", "id")))
    after = store.dependencies(links.filter(predecessor=key, predecessor_project="").order_by("position", "id"))
    keys = {each.predecessor for each in before if not each.predecessor_project} | {each.successor for each in after}
    names = dict(ActivityRow.objects.filter(project_id=project_id, key__in=keys).values_list("key", "name"))
    return ActivityDetail(
        discreet(viewer, project_id, found[0]), before, after, _wbs_names(project_id, found[0].wbs), names
    )


def revisions(
    viewer: Viewer, project_id: int, limit: int = 100, *, before: int | None = None
) -> tuple[RevisionRecord, ...]:
    """Revisions, newest first; ``before`` gives those with a smaller number."""
    _see(viewer, project_id)
    rows = _then(viewer, Revision.objects.filter(project_id=project_id), "recorded_at")
    rows = rows.defer("changes").order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = rows[: max(0, min(limit, MAX_LIMIT))]
    return tuple(discreet(viewer, project_id, revision_record(row)) for row in found)


def revision(viewer: Viewer, project_id: int, number: int) -> RevisionRecord:
    """One revision by its number."""
    _see(viewer, project_id)
    return discreet(viewer, project_id, revision_record(_revision(viewer, project_id, number)))


def revision_by_id(revision_id: int) -> RevisionRecord | None:
    """One revision, for rooms that hold its id."""
    row = Revision.objects.filter(pk=revision_id).defer("changes").first()
    return revision_record(row) if row is not None else None


def actuals_after(project_id: int, data_date: datetime) -> int:
    """How many activities of the head plan started or finished after the moment, which nobody can have seen."""
    rows = ActivityRow.objects.filter(project_id=project_id)
    return rows.filter(Q(actual_start__gt=data_date) | Q(actual_finish__gt=data_date)).count()


def revision_difference(viewer: Viewer, project_id: int, number: int) -> RevisionDifference:
    """What a revision changed, for people."""
    _see(viewer, project_id)
    row = _revision(viewer, project_id, number)
    change_set = hide_in_changes(viewer, project_id, unpack(row.changes))
    if viewer.as_of is None:
        names = _names(project_id, [change.key for change in change_set.of("activities")])
    else:
        names = {each.key: each.name for each in plan(viewer, project_id).activities}
    said = discreet(viewer, project_id, revision_record(row))
    return RevisionDifference(said, readable(change_set, names), row.parent_id is None)


def baselines(viewer: Viewer, project_id: int) -> tuple[BaselineSummary, ...]:
    """Every baseline of a project, also those proposed, declined or inside a file, newest first."""
    _see(viewer, project_id)
    rows = _then(viewer, Baseline.objects.filter(project_id=project_id), "recorded_at").defer("block").order_by("-id")
    found = _baselines_then(viewer, rows[:MAX_LIMIT])
    return tuple(shown_baseline(viewer, baseline_summary(row)) for row in found)


def shown_baseline(viewer: Viewer, summary: BaselineSummary) -> BaselineSummary:
    """The summary as the viewer may read it: without money, or reasons, for whoever may not see them."""
    return discreet(viewer, summary.project_id, summary)


def baseline_standing(viewer: Viewer, project_id: int) -> BaselineStanding:
    """Which baselines hold, and which held: one query."""
    rows = baselines(viewer, project_id)

    def first(*kinds: str) -> BaselineSummary | None:
        return next((row for row in rows if row.kind in kinds), None)

    approved = [row for row in rows if row.kind in APPROVED_ONES]
    return BaselineStanding(
        current=first(BaselineKind.APPROVED),
        previous=first(BaselineKind.PREVIOUS),
        original=next((row for row in approved if row.is_original), None),
        provisional=None if approved else first(BaselineKind.PROVISIONAL),
        proposed=tuple(row for row in rows if row.kind == BaselineKind.PROPOSED),
        re_baselines=sum(row.act == BaselineAct.REBASELINE for row in approved),
        amendments=sum(row.act == BaselineAct.AMENDMENT for row in approved),
    )


def baseline(viewer: Viewer, project_id: int, baseline_id: int) -> BaselineRecord:
    """One baseline with its rows."""
    _see(viewer, project_id)
    rows = _then(viewer, Baseline.objects.filter(project_id=project_id, pk=baseline_id), "recorded_at")
    found = _baselines_then(viewer, rows)
    if not found:
        raise NotFound(_("There is no such baseline."))
    return discreet(viewer, project_id, _baseline(found[0]))


def baseline_plan(viewer: Viewer, project_id: int, baseline_id: int) -> Plan:
    """A baseline as a plan, to be compared with any other: its activities with dates, durations and budgets.

    Raises:
        NotFound: no such project or baseline for the viewer.
    """
    found = baseline(viewer, project_id, baseline_id)
    return as_plan(plan(viewer, project_id), found.rows)


def current_baseline(project_id: int) -> BaselineRecord | None:
    """What forecasts are held against: the approved baseline, else the provisional one, else none yet."""
    rows = Baseline.objects.filter(project_id=project_id)
    row = rows.filter(kind=BaselineKind.APPROVED).first() or rows.filter(kind=BaselineKind.PROVISIONAL).first()
    return _baseline(row) if row is not None else None


def original_baseline(project_id: int) -> BaselineSummary | None:
    """The first that was ever approved."""
    row = Baseline.objects.filter(project_id=project_id, is_original=True).defer("block").first()
    return baseline_summary(row) if row is not None else None


def re_baselines(project_id: int) -> int:
    """How many times the project was re-baselined; amendments do not count."""
    rows = Baseline.objects.filter(project_id=project_id, kind__in=APPROVED_ONES)
    return rows.filter(act=BaselineAct.REBASELINE).count()


def budget_minor(plan: Plan) -> int | None:
    """Budget at completion of a plan, without summaries; None when nothing has a budget."""
    return budget_of_rows(rows_of_plan(plan, {}))


def _baselines_then(viewer: Viewer, rows: Iterable[Baseline]) -> list[Baseline]:
    """The baselines with the kinds they had: what is superseded now may have been the approved one."""
    return list(rows) if viewer.as_of is None else rewound("baseline", rows, viewer.as_of)


def _baseline(row: Baseline) -> BaselineRecord:
    rows: Mapping[str, BaselineRow] = rows_of(bytes(row.block))
    return BaselineRecord(baseline_summary(row), rows)


def _revision(viewer: Viewer, project_id: int, number: int) -> Revision:
    row = _then(viewer, Revision.objects.filter(project_id=project_id, number=number), "recorded_at").first()
    if row is None:
        raise NotFound(_("There is no such revision."))
    return row


def _newest_then(viewer: Viewer, project_id: int) -> Revision:
    rows = _then(viewer, Revision.objects.filter(project_id=project_id), "recorded_at")
    row = rows.defer("changes").order_by("-number").first()
    if row is None:
        raise NotYet(_("This project had no plan then."), remedy=_("Choose a later moment."))
    return row


def _then(viewer: Viewer, rows: QuerySet[Row], when: str) -> QuerySet[Row]:
    """Without the rows recorded after the moment the viewer looks from."""
    return rows if viewer.as_of is None else rows.filter(**{f"{when}__lte": viewer.as_of})


def _activities_then(
    viewer: Viewer, project_id: int, is_wanted: Callable[[Activity], bool], *, limit: int, offset: int
) -> ActivityPage:
    try:
        found = [each for each in plan(viewer, project_id).activities if is_wanted(each)]
    except NotYet:
        return ActivityPage((), 0)
    first = max(0, offset)
    shown = found[first : first + max(0, min(limit, MAX_LIMIT))]
    return ActivityPage(tuple(discreet(viewer, project_id, each) for each in shown), len(found))


def _activity_then(viewer: Viewer, project_id: int, key: str) -> ActivityDetail:
    then = shown_plan(viewer, project_id)
    names = {each.key: each.name for each in then.activities}
    if key not in names:
        raise NotYet(_("This activity was not in the plan then."), place=key)
    activity = next(each for each in then.activities if each.key == key)
    before = tuple(each for each in then.dependencies if each.successor == key)
    after = tuple(each for each in then.dependencies if each.predecessor == key and not each.predecessor_project)
    nodes = {each.key: each for each in then.wbs}
    above: list[str] = []
    at = activity.wbs
    while at in nodes and len(above) < _MAX_DEPTH:
        above.append(nodes[at].name)
        at = nodes[at].parent
    return ActivityDetail(discreet(viewer, project_id, activity), before, after, tuple(reversed(above)), names)


def _wbs_names(project_id: int, key: str) -> tuple[str, ...]:
    nodes = PlanHead.objects.filter(project_id=project_id).values_list("wbs", flat=True).first() or []
    by_key = {node["key"]: node for node in nodes}
    names: list[str] = []
    while key in by_key and len(names) < _MAX_DEPTH:
        names.append(by_key[key]["name"])
        key = by_key[key].get("parent", "")
    return tuple(reversed(names))


def _names(project_id: int, keys: Collection[str]) -> dict[str, str]:
    wanted = list(keys)
    names: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        names.update(ActivityRow.objects.filter(project_id=project_id, key__in=part).values_list("key", "name"))
    return names


def _see(viewer: Viewer, project_id: int) -> None:
    if not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
