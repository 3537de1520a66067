"""Accepting changes of a plan as revisions: what a file or feed says, what a person edits, and undo."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import checks, codec, store
from watchfloor.plans.baselining.imported import record_imported_baselines
from watchfloor.plans.difference import ChangeSet, apply, difference, inverse, keyed, pack, unpack
from watchfloor.plans.document import Activity, Dependency, Plan
from watchfloor.plans.edits import Edit, edited
from watchfloor.plans.hidden import hidden_codes, reveal, reveal_edits
from watchfloor.plans.models import Checkpoint, PlanHead, Revision
from watchfloor.plans.overlay import apply_overlay, overlaid
from watchfloor.plans.records import RevisionRecord, revision_record
from watchfloor.plans.standard_calendar import standard_calendar
from watchfloor.plans.store import PlanState
from watchfloor.plans.touches import last_touching
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.models import Project
from watchfloor.portfolio.operations import lock_project

CHECKPOINT_EVERY = 10  # revisions; so that any past plan is one block and at most nine change sets away
FROM_FILES = frozenset({"import", "feed", "sample"})
_CALENDAR_YEARS = 6  # of holidays in the calendar a plan starts with
# Fields of an activity in which a planner records what happened since the last update.
_PROGRESS = frozenset({"actual_start", "actual_finish", "remaining_ticks", "percent_complete"})


@transaction.atomic
def record_plan(
    viewer: Viewer,
    project_id: int,
    plan: Plan,
    *,
    origin: str,
    reason: str = "",
    source_name: str = "",
    now: datetime,
) -> RevisionRecord | None:
    """Store what a file, a feed or a call says the whole plan is; None if that is what we have already.

    Baselines inside the plan are kept as imported ones, which nobody approved here.

    Raises:
        InvalidPlan: the store cannot hold it.
        NotFound, NotAllowed: the project is not the viewer's to change.
    """
    lock_project(viewer, project_id, "plan.edit")
    checks.check_structure(plan)
    record_imported_baselines(project_id, plan, now=now)
    plan = dataclasses.replace(plan, baselines=(), guid="") if plan.baselines or plan.guid else plan
    head = store.head_row(project_id)
    before = store.head_state(head) if head is not None else None
    if origin in FROM_FILES:
        plan, left_out = _without_new_hidden_links(viewer, before.plan if before else None, plan)
        if left_out:
            said = ngettext(
                "%(count)d link from a project its giver may not see was left out.",
                "%(count)d links from projects their giver may not see were left out.",
                left_out,
            ) % {"count": left_out}
            reason = f"{reason} {said}".strip()
    else:
        plan = reveal(project_id, before.plan if before else None, plan)
    # What was added here is kept, whatever a file says; only edits change it.
    plan, _orphans = apply_overlay(plan, before.plan.overlay if before else (), is_fresh=origin in FROM_FILES)
    change_set = difference(before.plan if before else None, plan)
    if before is not None and not change_set:
        return None
    checks.check_rows(*_fresh_rows(plan, change_set))
    if origin not in FROM_FILES:
        _check_links_across(viewer, change_set)
    # Rows that did not change stay the very objects we hold, and the order of links stays ours.
    after = before.after(apply(before.plan, change_set), change_set) if before else store.state_of(plan)
    return _commit(
        viewer, project_id, head, after, change_set, origin=origin, reason=reason, source_name=source_name, now=now
    )


@transaction.atomic
def edit_plan(
    viewer: Viewer,
    project_id: int,
    edits: Sequence[Edit],
    *,
    expected_revision: int | None = None,
    reason: str = "",
    origin: str = "edit",
    now: datetime,
) -> RevisionRecord | None:
    """Apply a person's edits as one revision; None if they change nothing. A project without a plan gets one.

    Raises:
        Conflict: ``expected_revision`` (a revision's number, 0 for none yet) is not the newest any more.
        CyclicPlan, InvalidPlan, NotFound: an edit cannot be applied; nothing is.
    """
    project = lock_project(viewer, project_id, "plan.edit")
    head = store.head_row(project_id)
    _expect(head, expected_revision)
    if head is None:
        plan = edited(empty_plan(project, now.date()), edits)
        checks.check(plan)
        _check_links_across(viewer, difference(None, plan))
        return _commit(
            viewer,
            project_id,
            None,
            store.state_of(plan),
            difference(None, plan),
            origin=origin,
            reason=reason,
            now=now,
        )
    before = store.head_state(head)
    plan = edited(before.plan, reveal_edits(project_id, before.plan, edits))
    if _lives_elsewhere(project_id):
        plan = overlaid(before.plan, plan, by=viewer.name, at=now.isoformat())
    change_set = difference(before.plan, plan)
    if not change_set:
        return None
    checks.check_structure(plan)
    checks.check_rows(*_fresh_rows(plan, change_set))
    _check_links_across(viewer, change_set)
    return _commit(
        viewer, project_id, head, before.after(plan, change_set), change_set, origin=origin, reason=reason, now=now
    )


@transaction.atomic
def undo(
    viewer: Viewer, project_id: int, number: int, *, expected_revision: int | None = None, now: datetime
) -> RevisionRecord:
    """Take one revision back, as a new revision; later ones that touched other rows stay.

    Raises:
        Conflict: a later revision changed the same rows, or it is the first revision.
    """
    lock_project(viewer, project_id, "plan.edit")
    head = store.head_row(project_id)
    revision = Revision.objects.filter(project_id=project_id, number=number).first()
    if head is None or revision is None:
        raise NotFound(_("There is no such revision."))
    _expect(head, expected_revision)
    if revision.parent_id is None:
        raise Conflict(_("The first revision is the plan itself; remove the project instead."))
    before = store.head_state(head)
    try:
        plan = apply(before.plan, inverse(unpack(revision.changes)))
    except Conflict as conflict:
        raise _in_the_way(viewer, project_id, number, conflict) from conflict
    checks.check_structure(plan)
    change_set = difference(before.plan, plan)
    if not change_set:
        raise Conflict(_("There is nothing left of this revision to undo."))
    return _commit(
        viewer,
        project_id,
        head,
        before.after(plan, change_set),
        change_set,
        origin="undo",
        reason=_("Undo of revision %(number)d") % {"number": number},
        undoes=revision,
        now=now,
    )


def _in_the_way(viewer: Viewer, project_id: int, number: int, conflict: Conflict) -> Conflict:
    """The conflict with the revision that came in between, and what can be done; hidden projects stay hidden."""
    key = conflict.place
    code = key.partition("/")[0] if ">" in key else ""
    if hidden_codes(viewer, {code}):
        conflict = Conflict(_("A link from another project was changed later."))
    later = last_touching(project_id, number, key)
    if later is None:
        return conflict
    return Conflict(
        f"{conflict} " + _("Revision %(number)d came in between.") % {"number": later},
        remedy=_("Take back revision %(number)d first, or change the rows by hand.") % {"number": later},
        place=conflict.place,
    )


def empty_plan(project: Project, today: date) -> Plan:
    """What a project without a plan starts from: no activities, the working calendar of its country."""
    calendar = standard_calendar(
        project.country, project.region, today - timedelta(days=366), today + timedelta(days=366 * _CALENDAR_YEARS)
    )
    start = datetime.combine(today, datetime.min.time()) + timedelta(hours=9)
    return Plan(
        code=project.code,
        name=project.name,
        currency=project.currency,
        data_date=start,
        start=start,
        calendar=calendar.key,
        calendars=(calendar,),
    )


def _lives_elsewhere(project_id: int) -> bool:
    """Whether the plan comes from files, so that the next one would undo what is not kept as overlay."""
    return Revision.objects.filter(project_id=project_id, origin__in=FROM_FILES).exists()


def _fresh_rows(plan: Plan, change_set: ChangeSet) -> tuple[list[Activity], list[Dependency]]:
    """The activities and dependencies that the changes add or change."""
    found = []
    for table in ("activities", "dependencies"):
        keys = {change.key for change in change_set.of(table) if change.after is not None}
        found.append([row for key, row in keyed(getattr(plan, table)).items() if key in keys] if keys else [])
    return found[0], found[1]


def _check_links_across(viewer: Viewer, change_set: ChangeSet) -> None:
    """Refuse a new link from a project the viewer may not see, in the same words as one from nowhere.

    Files are exempt: they name projects of their own portfolio, some of which are not here; what they may not link to
    is left out before.
    """
    for change in change_set.of("dependencies"):
        code = (change.after or {}).get("predecessor_project", "") if change.before is None else ""
        if code:
            portfolio.project(viewer, code)


def _without_new_hidden_links(viewer: Viewer, before: Plan | None, plan: Plan) -> tuple[Plan, int]:
    """The plan without links a file adds from projects the viewer may not see, and how many those are.

    Through such a link the forecast would tell the dates of work that is not the viewer's to see. Links that are in
    the plan already were made by somebody who may, and stay.
    """
    hidden = hidden_codes(viewer, {each.predecessor_project for each in plan.dependencies})
    if not hidden:
        return plan, 0
    known = {each.key for each in before.dependencies} if before is not None else set()
    kept = tuple(each for each in plan.dependencies if each.predecessor_project not in hidden or each.key in known)
    return dataclasses.replace(plan, dependencies=kept), len(plan.dependencies) - len(kept)


def _moves_work(change_set: ChangeSet) -> bool:
    """Whether somebody recorded progress: an actual date, progress or a remaining duration of an activity changed.

    An activity that is new or gone counts only if something had happened on it.
    """
    for change in change_set.of("activities"):
        if change.before is not None and change.after is not None:
            if _PROGRESS & change.after.keys():
                return True
        elif any((change.before or change.after or {}).get(name) for name in ("actual_start", "actual_finish")):
            return True
    return False


def _expect(head: PlanHead | None, expected_revision: int | None) -> None:
    newest = head.revision.number if head is not None and head.revision is not None else 0
    if expected_revision is not None and expected_revision != newest:
        raise Conflict(
            _("The plan was changed meanwhile: it is at revision %(number)d.") % {"number": newest},
            remedy=_("Load it again, then repeat your change."),
        )


def _commit(
    viewer: Viewer,
    project_id: int,
    head: PlanHead | None,
    after: PlanState,
    change_set: ChangeSet,
    *,
    origin: str,
    reason: str = "",
    source_name: str = "",
    undoes: Revision | None = None,
    now: datetime,
) -> RevisionRecord:
    parent = head.revision if head is not None else None
    added, removed, changed = change_set.counts()
    revision = Revision.objects.create(
        project_id=project_id,
        number=parent.number + 1 if parent is not None else 1,
        parent=parent,
        origin=origin,
        reason=reason[:300],
        source_name=source_name[:260],
        author_id=viewer.user_id,
        author_name=viewer.name,
        recorded_at=now,
        data_date=after.plan.data_date,
        digest=after.digest,
        added=added,
        removed=removed,
        changed=changed,
        # The first revision is its own checkpoint; its changes would say the same again.
        changes=pack(change_set) if parent is not None else pack(ChangeSet()),
        undoes=undoes,
        moves_work=parent is None or _moves_work(change_set),
    )
    row = store.write_head(project_id, head, after, change_set, revision)
    if parent is None or origin == "import" or revision.number % CHECKPOINT_EVERY == 0:
        Checkpoint.objects.create(revision=revision, block=codec.to_bytes(after.plan))
    store.keep(row, after)
    append(
        "plan.revised",
        viewer=viewer,
        now=now,
        project_id=project_id,
        subject_kind="revision",
        subject_id=revision.pk,
        data={
            "revision": revision.pk,
            "number": revision.number,
            "added": added,
            "removed": removed,
            "changed": changed,
            "data_date": after.plan.data_date.isoformat() if after.plan.data_date else None,
        },
    )
    return revision_record(revision)
