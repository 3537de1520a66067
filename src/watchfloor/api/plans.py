"""Plans as they are kept: activities, dependencies and revisions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.api.auth import AsOf, looking, viewer
from watchfloor.api.paging import Limit, Offset, Page, fetched, page
from watchfloor.api.problems import responses
from watchfloor.kit import clock
from watchfloor.kit.errors import Invalid
from watchfloor.plans import codec, edits, operations, queries
from watchfloor.plans.document import Activity, Dependency, Plan, WbsNode
from watchfloor.plans.records import OverlayRecord, RevisionDifference, RevisionRecord
from watchfloor.plans.scheduling_options import value_text
from watchfloor.portfolio import queries as portfolio

router = Router(tags=["plans"])


class PlanIn(Schema):
    """A whole plan as ``GET /projects/{code}/plan`` returns it."""

    plan: dict[str, Any]
    reason: str = ""
    source_name: str = ""


class PlanOut(Schema):
    revision: int
    plan: dict[str, Any]


class ActivityIn(Schema):
    """Fields of plans.document.Activity as plain data; durations in ticks of 0.1 minute."""

    activity: dict[str, Any]
    after: str | None = None
    expected_revision: int | None = None
    reason: str = ""


class FieldsIn(Schema):
    """The fields to change, by name."""

    fields: dict[str, Any]
    expected_revision: int | None = None
    reason: str = ""


class DependencyIn(Schema):
    dependency: dict[str, Any]
    expected_revision: int | None = None
    reason: str = ""


class DependencyChange(FieldsIn):
    key: str


class EditIn(Schema):
    """One edit: what to do (add_activity, change_activity, remove_activity, add_dependency, change_dependency,
    remove_dependency, add_wbs, change_wbs, remove_wbs, change_plan, set_options, move_overlay, remove_overlay), to
    which key, with which fields (move_overlay: activity; set_options: values by the option's name)."""

    do: str
    key: str = ""
    after: str | None = None
    fields: dict[str, Any] = {}


class EditsIn(Schema):
    edits: list[EditIn]
    expected_revision: int | None = None
    reason: str = ""


class ReversalIn(Schema):
    expected_revision: int | None = None


class Revised(Schema):
    """The revision an edit led to; null when it changed nothing."""

    revision: RevisionRecord | None


@router.get("/projects/{code}/plan", response=responses(PlanOut))
def read_plan(request: HttpRequest, code: str, revision: int | None = None, *, as_of: AsOf = None) -> Any:
    """The whole plan, now or as of a revision.

    A link from a project the caller may not see names the project ``?`` and a stand-in for the activity; sent back
    with the plan, it is the same link again.
    """
    who = looking(request, as_of)
    project = portfolio.project(who, code)
    plan = queries.shown_plan(who, project.id, revision=revision)
    newest = queries.newest_revision(who, project.id)
    assert newest is not None  # else there were no plan
    return {"revision": revision or newest.number, "plan": codec.encode(plan)}


@router.put("/projects/{code}/plan", response=responses(Revised))
def record_plan(request: HttpRequest, code: str, body: PlanIn) -> Any:
    """Replace the whole plan; the same plan twice is one revision."""
    who = viewer(request)
    project = portfolio.project(who, code)
    made = operations.record_plan(
        who,
        project.id,
        codec.decode(Plan, body.plan, "plan"),
        origin="api",
        reason=body.reason,
        source_name=body.source_name,
        now=clock.now(),
    )
    return {"revision": made}


@router.post("/projects/{code}/edits", response=responses(Revised))
def edit_plan(request: HttpRequest, code: str, body: EditsIn) -> Any:
    """Apply several edits as one revision: all or none."""
    return _edit(request, code, [_read_edit(each) for each in body.edits], body)


@router.get("/projects/{code}/activities", response=responses(Page[Activity]))
def list_activities(
    request: HttpRequest, code: str, search: str = "", limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None
) -> Any:
    """Activities in the order of the plan; ``search`` looks into key, code and name."""
    who = looking(request, as_of)
    found = queries.activities(who, portfolio.project(who, code).id, search=search, limit=limit + 1, offset=offset)
    return fetched(found.rows, limit=limit, offset=offset)


@router.post("/projects/{code}/activities", response=responses(Revised, status=201))
def add_activity(request: HttpRequest, code: str, body: ActivityIn) -> Any:
    """Add an activity."""
    activity = codec.decode(Activity, body.activity, "activity")
    return Status(201, _edit(request, code, [edits.AddActivity(activity, body.after)], body))


@router.get("/projects/{code}/activities/{path:key}", response=responses(Activity))
def read_activity(request: HttpRequest, code: str, key: str, *, as_of: AsOf = None) -> Any:
    """One activity of the plan."""
    who = looking(request, as_of)
    return queries.activity(who, portfolio.project(who, code).id, key).activity


@router.patch("/projects/{code}/activities/{path:key}", response=responses(Revised))
def change_activity(request: HttpRequest, code: str, key: str, body: FieldsIn) -> Any:
    """Change fields of an activity."""
    return _edit(request, code, [edits.ChangeActivity(key, body.fields)], body)


@router.delete("/projects/{code}/activities/{path:key}", response=responses(Revised))
def remove_activity(request: HttpRequest, code: str, key: str) -> Any:
    """Remove an activity with its dependencies and assignments; the revision can be undone."""
    return _edit(request, code, [edits.RemoveActivity(key)], None)


@router.get("/projects/{code}/dependencies", response=responses(Page[Dependency]))
def list_dependencies(
    request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None
) -> Any:
    """Dependencies in the order of the plan."""
    who = looking(request, as_of)
    return page(queries.shown_plan(who, portfolio.project(who, code).id).dependencies, limit=limit, offset=offset)


@router.post("/projects/{code}/dependencies", response=responses(Revised, status=201))
def add_dependency(request: HttpRequest, code: str, body: DependencyIn) -> Any:
    """Add a dependency; one that closes a circle is refused with the circle."""
    dependency = codec.decode(Dependency, body.dependency, "dependency")
    if dependency.predecessor_project:
        # Looked up as the caller, so that nobody links to a project they may not see.
        portfolio.project(viewer(request), dependency.predecessor_project)
    return Status(201, _edit(request, code, [edits.AddDependency(dependency)], body))


@router.patch("/projects/{code}/dependencies", response=responses(Revised))
def change_dependency(request: HttpRequest, code: str, body: DependencyChange) -> Any:
    """Change kind or lag of the dependency with this key (``project/predecessor>successor:kind``)."""
    return _edit(request, code, [edits.ChangeDependency(body.key, body.fields)], body)


@router.delete("/projects/{code}/dependencies", response=responses(Revised))
def remove_dependency(request: HttpRequest, code: str, key: str) -> Any:
    """Remove the dependency with this key."""
    return _edit(request, code, [edits.RemoveDependency(key)], None)


@router.get("/projects/{code}/overlay", response=responses(Page[OverlayRecord]))
def list_overlay(request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0) -> Any:
    """What was added here to a plan that comes from files: kept by every new file. Orphans, whose activity is not in
    the plan now, come first; ``POST /projects/{code}/edits`` moves (``move_overlay``) or removes them."""
    who = viewer(request)
    return page(queries.overlay(who, portfolio.project(who, code).id), limit=limit, offset=offset)


@router.get("/projects/{code}/revisions", response=responses(Page[RevisionRecord]))
def list_revisions(
    request: HttpRequest, code: str, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None
) -> Any:
    """Revisions, newest first; the newest 1,000 can be paged through."""
    who = looking(request, as_of)
    found = queries.revisions(who, portfolio.project(who, code).id, limit=1000)
    return page(found, limit=limit, offset=offset)


@router.get("/projects/{code}/revisions/{number}", response=responses(RevisionDifference))
def read_revision(request: HttpRequest, code: str, number: int, *, as_of: AsOf = None) -> Any:
    """One revision and what it changed."""
    who = looking(request, as_of)
    return queries.revision_difference(who, portfolio.project(who, code).id, number)


@router.post("/projects/{code}/revisions/{number}/reversal", response=responses(Revised, status=201))
def undo(request: HttpRequest, code: str, number: int, body: ReversalIn) -> Any:
    """Take a revision back, as a new revision."""
    who = viewer(request)
    project = portfolio.project(who, code)
    made = operations.undo(who, project.id, number, expected_revision=body.expected_revision, now=clock.now())
    return Status(201, {"revision": made})


def _edit(
    request: HttpRequest,
    code: str,
    wanted: list[edits.Edit],
    body: ActivityIn | FieldsIn | DependencyIn | EditsIn | None,
) -> dict[str, object]:
    who = viewer(request)
    project = portfolio.project(who, code)
    made = operations.edit_plan(
        who,
        project.id,
        wanted,
        expected_revision=body.expected_revision if body else None,
        reason=body.reason if body else "",
        origin="api",
        now=clock.now(),
    )
    return {"revision": made}


def _read_edit(given: EditIn) -> edits.Edit:
    match given.do:
        case "add_activity":
            return edits.AddActivity(codec.decode(Activity, given.fields, "activity"), given.after)
        case "change_activity":
            return edits.ChangeActivity(given.key, given.fields)
        case "remove_activity":
            return edits.RemoveActivity(given.key)
        case "add_dependency":
            return edits.AddDependency(codec.decode(Dependency, given.fields, "dependency"))
        case "change_dependency":
            return edits.ChangeDependency(given.key, given.fields)
        case "remove_dependency":
            return edits.RemoveDependency(given.key)
        case "add_wbs":
            return edits.AddWbs(codec.decode(WbsNode, given.fields, "wbs"))
        case "change_wbs":
            return edits.ChangeWbs(given.key, given.fields)
        case "remove_wbs":
            return edits.RemoveWbs(given.key)
        case "change_plan":
            return edits.ChangePlan(given.fields)
        case "set_options":
            return edits.SetOptions({name: value_text(value) for name, value in given.fields.items()})
        case "move_overlay":
            return edits.MoveOverlay(given.key, str(given.fields.get("activity", "")))
        case "remove_overlay":
            return edits.RemoveOverlay(given.key)
    raise Invalid(f"There is no edit called {given.do!r}.", place="edits.do")
