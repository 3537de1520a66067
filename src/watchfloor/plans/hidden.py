"""Links from projects the reader may not see: told as such, and the very same links when they come back.

Whoever may not see the other project of a link reads a stand-in: no project has its code, and its activity is a keyed
digest, from which neither can be guessed. A plan or an edit that names a stand-in means the link it stands for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from watchfloor.kit.discretion import discreet_data, may_read
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.checks import InvalidPlan
from watchfloor.plans.difference import PLAN, Change, ChangeSet
from watchfloor.plans.document import Dependency, OverlayEntry, OverlayKind, Plan
from watchfloor.plans.edits import ChangeDependency, Edit, RemoveDependency
from watchfloor.portfolio.models import Project

_OVERLAY_LINK = f"{OverlayKind.LINK}:"
HIDDEN = "?"  # in place of the project's code, which never holds one


def hidden_codes(viewer: Viewer, codes: Collection[str]) -> frozenset[str]:
    """Those of the codes that are projects the viewer may not see; one query at most."""
    visible = viewer.project_ids()
    wanted = {code for code in codes if code}
    if visible is None or not wanted:
        return frozenset()
    rows = Project.objects.filter(code__in=wanted).values_list("pk", "code")
    return frozenset(code for pk, code in rows if pk not in visible)


def hide(viewer: Viewer, project_id: int, links: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """The project's links with stand-ins for what the viewer may not see."""
    rows = tuple(links)
    hidden = hidden_codes(viewer, {each.predecessor_project for each in rows})
    if not hidden:
        return rows
    return tuple(_stand_in(project_id, each) if each.predecessor_project in hidden else each for each in rows)


def hide_overlay(viewer: Viewer, project_id: int, entries: Iterable[OverlayEntry]) -> tuple[OverlayEntry, ...]:
    """The entries without links from projects the viewer may not see; those links are told by :func:`hide`.

    Custom fields added here are read by whoever may read those of the plan.
    """
    sees_fields = may_read(viewer, project_id, "fields")
    rows = tuple(each for each in entries if sees_fields or each.kind != OverlayKind.FIELD)
    hidden = hidden_codes(viewer, {each.value.link.predecessor_project for each in rows if each.value.link is not None})
    return tuple(each for each in rows if each.value.link is None or each.value.link.predecessor_project not in hidden)


def hide_in_changes(viewer: Viewer, project_id: int, change_set: ChangeSet) -> ChangeSet:
    """The change set as the viewer may read it; it can no longer be applied."""
    if not (viewer.may("cost.view", project_id) and viewer.may("internal.view", project_id)):
        told = (each for each in change_set.changes if _is_told(viewer, project_id, each))
        change_set = ChangeSet(tuple(_discreet(viewer, project_id, each) for each in told))
    links = (*change_set.of("dependencies"), *_overlay_links(change_set))
    hidden = hidden_codes(viewer, {_code(each) for each in links})
    if not hidden:
        return change_set
    gone = {each.key for each in _overlay_links(change_set) if _code(each) in hidden}
    return ChangeSet(
        tuple(
            _veiled(each) if each.table == "dependencies" and _code(each) in hidden else each
            for each in change_set.changes
            if each.table != "overlay" or each.key not in gone
        )
    )


def reveal(project_id: int, before: Plan | None, plan: Plan) -> Plan:
    """The plan with the links that its stand-ins stand for in the plan before.

    Raises:
        InvalidPlan: a stand-in stands for nothing (any more).
    """
    if not any(each.predecessor_project == HIDDEN for each in plan.dependencies):
        return plan
    known = _by_stand_in(project_id, before)
    rows = []
    for link in plan.dependencies:
        if link.predecessor_project == HIDDEN:
            name = known.get(link.predecessor)
            if name is None:
                raise InvalidPlan(
                    _("This link from another project is not in the plan any more."),
                    remedy=_("Load the plan again, then repeat your change."),
                    place=link.key,
                )
            link = dataclasses.replace(link, predecessor_project=name[0], predecessor=name[1])  # noqa: PLW2901
        rows.append(link)
    return dataclasses.replace(plan, dependencies=tuple(rows))


def reveal_edits(project_id: int, before: Plan, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits with the keys of the links that they name by stand-ins; unknown ones stay, and are found nowhere."""
    named = [each for each in edits if isinstance(each, ChangeDependency | RemoveDependency)]
    if not any(each.key.startswith(f"{HIDDEN}/") for each in named):
        return tuple(edits)
    keys = {_stand_in(project_id, each).key: each.key for each in before.dependencies if each.predecessor_project}
    return tuple(
        dataclasses.replace(each, key=keys.get(each.key, each.key))
        if isinstance(each, ChangeDependency | RemoveDependency)
        else each
        for each in edits
    )


def _by_stand_in(project_id: int, plan: Plan | None) -> dict[str, tuple[str, str]]:
    links = plan.dependencies if plan is not None else ()
    return {
        _digest(project_id, each): (each.predecessor_project, each.predecessor)
        for each in links
        if each.predecessor_project
    }


def _stand_in(project_id: int, link: Dependency) -> Dependency:
    return dataclasses.replace(link, predecessor_project=HIDDEN, predecessor=_digest(project_id, link))


def _digest(project_id: int, link: Dependency) -> str:
    said = f"{project_id}/{link.predecessor_project}/{link.predecessor}"
    return salted_hmac("watchfloor.plans.hidden", said, algorithm="sha256").hexdigest()[:24]


def _overlay_links(change_set: ChangeSet) -> tuple[Change, ...]:
    return tuple(each for each in change_set.of("overlay") if each.key.startswith(_OVERLAY_LINK))


def _is_told(viewer: Viewer, project_id: int, change: Change) -> bool:
    """Whether the viewer may know of the change at all: of its table, the plan's field, the kind of addition."""
    if change.table == "overlay":
        return not change.key.startswith(f"{OverlayKind.FIELD}:") or may_read(viewer, project_id, "fields")
    return may_read(viewer, project_id, change.key if change.table == PLAN else change.table)


def _discreet(viewer: Viewer, project_id: int, change: Change) -> Change:
    """The change without the money and the words that are not for the viewer."""
    before, after = (
        None if side is None else dict(discreet_data(viewer, project_id, side))
        for side in (change.before, change.after)
    )
    return Change(change.table, change.key, before, after)


def _code(change: Change) -> str:
    """The project that the link of a change comes from."""
    return change.key.removeprefix(_OVERLAY_LINK if change.table == "overlay" else "").partition("/")[0]


def _veiled(change: Change) -> Change:
    words = _("another project")
    sides = (
        None
        if side is None
        else {**side, **{name: words for name in ("predecessor", "predecessor_project") if name in side}}
        for side in (change.before, change.after)
    )
    return Change(change.table, f"/{words}>{change.key.rpartition('>')[2]}", *sides)
