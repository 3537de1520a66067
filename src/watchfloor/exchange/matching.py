"""Which project each plan of a file is for: as named, decided before, or by its code; else a question or a new one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from django.utils.translation import gettext as _

from watchfloor.exchange.mapping import Source, aliases_of, mapped_projects
from watchfloor.exchange.overlap import Overlap, alike, overlaps
from watchfloor.exchange.records import ProposalRecord, QuestionRecord
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.document import Plan, PlanDocument
from watchfloor.portfolio import operations, queries
from watchfloor.portfolio.queries import ProjectRecord

IMPORTED_PROGRAMME = "IMPORTED"
_ENDED = frozenset({"closed", "cancelled"})
_NOT_IN_CODES = re.compile(r"[\s/\\?#%<>\"'&\x00-\x1f]+")
_MAX_TRIES = 100
NEW = ""  # an answer: the plan is a new project


class Asks(Exception):
    """A person has to say something before anything is stored."""

    def __init__(self, questions: Sequence[QuestionRecord], state: str = "asks") -> None:
        super().__init__(state)
        self.questions = tuple(questions)
        self.state = state


@dataclass(frozen=True, slots=True)
class Match:
    """One plan of the file with the project it is for; ``viewer`` may also do what a project just made allows.

    ``how``: named, answer, mapping, code or new.
    """

    plan: Plan
    project: ProjectRecord
    is_new: bool
    viewer: Viewer
    source_code: str
    source: Source
    how: str
    overlap: Overlap | None = None


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was found out about one plan; no project means a new one."""

    plan: Plan
    code: str
    source: Source
    how: str
    project: ProjectRecord | None = None
    overlap: Overlap | None = None


def match(
    viewer: Viewer,
    document: PlanDocument,
    *,
    programme_code: str | None,
    project_code: str | None,
    file_name: str,
    answers: Mapping[int, str],
    now: datetime,
) -> tuple[Match, ...]:
    """Find or make the project of every plan. Runs inside the import's transaction, so that all or none are made.

    In this order: the project named; the answer a person gave (``answers``: place in the file, from 1 → project code
    or ``NEW``); what was decided before for such files; the project with the same code. What is left is asked about
    when a project shares enough activity codes, and else becomes a new project.

    Raises:
        Asks: a person has to choose.
        Invalid: the file holds no project, or several where one project was named.
        NotFound, NotAllowed: what was named is not the viewer's to change.
    """
    if not document.plans:
        raise Invalid(_("The file holds no project."), remedy=_("Export at least one project into the file."))
    if project_code is not None:
        return (_named(viewer, document, project_code, file_name),)
    choices = _choices(viewer, document, file_name, answers)
    found: list[Match] = []
    for each in choices:
        if each.project is None:
            made = _new(viewer, each, programme_code, now)
            viewer = made.viewer
        else:
            made = Match(each.plan, each.project, False, viewer, each.plan.code, each.source, each.how, each.overlap)
        found.append(made)
    return _relinked(found)


def _named(viewer: Viewer, document: PlanDocument, project_code: str, file_name: str) -> Match:
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
    source = Source.of(plan, file_name=file_name, is_alone=True)
    return Match(plan, project, False, viewer, plan.code, source, "named", _overlap(project, plan))


def _choices(viewer: Viewer, document: PlanDocument, file_name: str, answers: Mapping[int, str]) -> tuple[_Choice, ...]:
    found: list[_Choice] = []
    questions: list[QuestionRecord] = []
    taken: set[str] = set()
    chosen: set[int] = set()
    for place, plan in enumerate(document.plans, start=1):
        code = _free_code(_code(plan, document), taken)
        taken.add(code)
        source = Source.of(plan, file_name=file_name, is_alone=len(document.plans) == 1)
        choice = _choice(viewer, plan, code, source, answers.get(place))
        reason = ""
        if choice.project is not None and choice.project.id in chosen:
            if choice.how == "answer":
                raise Invalid(
                    _("Two plans of the file cannot update the same project, %(code)s.")
                    % {"code": choice.project.code},
                    remedy=_("Choose another project for one of them, or a new one."),
                    place=f"plans.{place}",
                )
            reason = "twice"
        elif choice.how != "answer" and choice.overlap is not None and choice.overlap.contradicts:
            reason = "contradiction"
        asked = _question(viewer, place, choice, reason, chosen)
        if asked is not None:
            questions.append(asked)
        elif choice.project is not None:
            chosen.add(choice.project.id)
        found.append(choice)
    if questions:
        raise Asks(questions)
    return tuple(found)


def _choice(viewer: Viewer, plan: Plan, code: str, source: Source, answer: str | None) -> _Choice:
    if answer is not None:
        if answer == NEW:
            return _Choice(plan, code, source, "answer")
        project = _editable(viewer, queries.project(viewer, answer))
        return _Choice(plan, code, source, "answer", project, _overlap(project, plan))
    for project_id in mapped_projects(source):
        try:
            project = _editable(viewer, queries.project_by_id(viewer, project_id))
        except NotFound:
            continue  # a rule of people whose projects are not the viewer's to see
        return _Choice(plan, code, source, "mapping", project, _overlap(project, plan))
    try:
        project = _editable(viewer, queries.project(viewer, code))
    except NotFound:
        return _Choice(plan, code, source, "new")
    return _Choice(plan, code, source, "code", project, _overlap(project, plan))


def _editable(viewer: Viewer, project: ProjectRecord) -> ProjectRecord:
    if not viewer.may("plan.edit", project.id):
        raise NotAllowed(_("You may see %(code)s, but not import into it.") % {"code": project.code})
    return project


def _overlap(project: ProjectRecord, plan: Plan) -> Overlap | None:
    return overlaps((project.id,), plan, aliases_of((project.id,))).get(project.id)


def _question(viewer: Viewer, place: int, choice: _Choice, reason: str, chosen: set[int]) -> QuestionRecord | None:
    if choice.how == "answer" or (choice.project is not None and not reason):
        return None
    offered = _proposals(viewer, choice, chosen)
    if not offered and not reason:
        return None  # like nothing we hold: a new project, without a question
    plan = choice.plan
    return QuestionRecord(
        plan=place,
        kind="project",
        reason=reason or "proposal",
        source_code=plan.code,
        name=plan.name,
        activities=len(plan.activities),
        data_date=plan.data_date,
        proposals=offered,
        file_pattern=choice.source.file_pattern,
        source_pattern=choice.source.pattern,
    )


def _proposals(viewer: Viewer, choice: _Choice, chosen: set[int]) -> tuple[ProposalRecord, ...]:
    """Projects that may be meant: those with enough equal codes, and the one whose code or rule was doubted."""
    projects = {
        each.id: each
        for each in queries.projects(viewer)
        if each.stage not in _ENDED and each.id not in chosen and viewer.may("plan.edit", each.id)
    }
    found = alike(projects, choice.plan, aliases_of(projects))
    if choice.project is not None and choice.overlap is not None and choice.project.id in projects:
        found.setdefault(choice.project.id, choice.overlap)
    return tuple(
        ProposalRecord(
            project_id, projects[project_id].code, projects[project_id].name, each.equal, each.of, each.held,
            each.same_names,
        )
        for project_id, each in found.items()
    )  # fmt: skip


def _new(viewer: Viewer, choice: _Choice, programme_code: str | None, now: datetime) -> Match:
    plan, code = choice.plan, choice.code
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
            continue  # taken, perhaps by a project the viewer may not see
        wider = viewer.with_project(project.id, project.programme_id)
        return Match(plan, project, True, wider, plan.code, choice.source, choice.how)
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
