"""Which project each plan of a file belongs to: an existing one by its code, or a new one in the programme named."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django.utils.translation import gettext as _

from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.document import Plan, PlanDocument
from watchfloor.portfolio import operations, queries
from watchfloor.portfolio.queries import ProjectRecord

IMPORTED_PROGRAMME = "IMPORTED"
_NOT_IN_CODES = re.compile(r"[\s/\\?#%<>\"'&\x00-\x1f]+")
_MAX_TRIES = 100


@dataclass(frozen=True, slots=True)
class Match:
    """One plan of the file with the project it is for; ``viewer`` may also do what a project just made allows."""

    plan: Plan
    project: ProjectRecord
    is_new: bool
    viewer: Viewer
    source_code: str


def match(
    viewer: Viewer,
    document: PlanDocument,
    *,
    programme_code: str | None,
    project_code: str | None,
    now: datetime,
) -> tuple[Match, ...]:
    """Find or make the project of every plan. Runs inside the import's transaction, so that all or none are made.

    Raises:
        Invalid: the file holds no project, or several where one project was named.
        NotFound, NotAllowed: what was named is not the viewer's to change.
    """
    if not document.plans:
        raise Invalid(_("The file holds no project."), remedy=_("Export at least one project into the file."))
    if project_code is not None:
        return (_named(viewer, document, project_code),)
    found: list[Match] = []
    taken: set[str] = set()
    for plan in document.plans:
        code = _free_code(_code(plan, document), taken)
        taken.add(code)
        made = _existing(viewer, plan, code) or _new(viewer, plan, code, programme_code, now)
        viewer = made.viewer
        found.append(made)
    return _relinked(found)


def _named(viewer: Viewer, document: PlanDocument, project_code: str) -> Match:
    if len(document.plans) > 1:
        listed = ", ".join(plan.code or plan.name for plan in document.plans[:5])
        raise Invalid(
            _("The file holds %(count)d projects: %(listed)s.") % {"count": len(document.plans), "listed": listed},
            remedy=_("Import it without naming a project; each one finds its own by its code."),
            place="project_code",
        )
    project = queries.project(viewer, project_code)
    if not viewer.may("plan.edit", project.id):
        raise NotAllowed(_("You may see this project, but not import into it."))
    plan = document.plans[0]
    return Match(plan, project, is_new=False, viewer=viewer, source_code=plan.code)


def _existing(viewer: Viewer, plan: Plan, code: str) -> Match | None:
    try:
        project = queries.project(viewer, code)
    except NotFound:
        return None
    if not viewer.may("plan.edit", project.id):
        raise NotAllowed(_("You may see %(code)s, but not import into it.") % {"code": code})
    return Match(plan, project, is_new=False, viewer=viewer, source_code=plan.code)


def _new(viewer: Viewer, plan: Plan, code: str, programme_code: str | None, now: datetime) -> Match:
    programme = _programme(viewer, programme_code, now)
    organisation = queries.organisation()
    for number in range(1, _MAX_TRIES):
        free = code if number == 1 else f"{code[:36]}-{number}"
        try:
            project = operations.create_project(
                viewer,
                programme_code=programme,
                code=free,
                name=(plan.name or plan.code or free)[:200],
                currency=_currency(plan, organisation.currency if organisation else "EUR"),
                time_zone=organisation.time_zone if organisation else "UTC",
                country=organisation.country if organisation else "",
                now=now,
            )
        except Conflict:
            continue  # taken by a project the viewer may not see
        return Match(
            plan,
            project,
            is_new=True,
            viewer=viewer.with_project(project.id, project.programme_id),
            source_code=plan.code,
        )
    raise Conflict(_("No free code for %(code)s.") % {"code": code}, remedy=_("Name the project to import into."))


def _programme(viewer: Viewer, programme_code: str | None, now: datetime) -> str:
    if programme_code is not None:
        return queries.programme(viewer, programme_code).code
    known = [each for each in queries.programmes(viewer) if viewer.may_in_programme("project.manage", each.id)]
    if len(known) == 1:
        return known[0].code
    if any(each.code == IMPORTED_PROGRAMME for each in known):
        return IMPORTED_PROGRAMME
    if viewer.may("project.manage"):
        return operations.create_programme(viewer, code=IMPORTED_PROGRAMME, name=_("Imported"), now=now).code
    raise Invalid(
        _("Name the programme for the new projects of this file."),
        remedy=_("Choose one in which you may make projects, or name an existing project."),
        place="programme_code",
    )


def _currency(plan: Plan, otherwise: str) -> str:
    return plan.currency if re.fullmatch(r"[A-Z]{3}", plan.currency) else otherwise


def _code(plan: Plan, document: PlanDocument) -> str:
    wanted = plan.code or PurePath(document.source_name).stem or plan.name
    return _NOT_IN_CODES.sub("-", wanted).strip("-")[:40] or "PROJECT"


def _free_code(code: str, taken: set[str]) -> str:
    number, free = 1, code
    while free in taken:  # ends: each round tries another number, and the file holds finitely many plans
        number += 1
        free = f"{code[:36]}-{number}"
    return free


def _relinked(found: Sequence[Match]) -> tuple[Match, ...]:
    """Links between projects of the file, told with the codes the projects have here."""
    here = {each.source_code: each.project.code for each in found}
    return tuple(dataclasses.replace(each, plan=_with_codes(each.plan, here)) for each in found)


def _with_codes(plan: Plan, here: dict[str, str]) -> Plan:
    if not any(each.predecessor_project for each in plan.dependencies):
        return plan
    links = tuple(
        dataclasses.replace(each, predecessor_project=here.get(each.predecessor_project, each.predecessor_project))
        for each in plan.dependencies
    )
    return dataclasses.replace(plan, dependencies=links)
