"""A plan of a file, or a baseline inside one, for the baselines of a project: chosen, told with our keys, handed on.

The dates of a plan are computed, which a room above does: whoever runs the import says who freezes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.exchange.mapping import aliases_of
from watchfloor.exchange.models import ImportedProject, PlanImport
from watchfloor.exchange.pairing import Pairing, pair
from watchfloor.exchange.parts import settled
from watchfloor.kit.errors import Invalid
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.document import Plan, PlanBaseline, PlanDocument
from watchfloor.plans.records import BaselineSummary
from watchfloor.plans.rekeying import rekeyed
from watchfloor.portfolio import queries as portfolio

_ROWS_TOLD = 200
_NAMED_AT_MOST = 8  # of what a file holds, in an error


@dataclass(frozen=True, slots=True)
class BaselineOrder:
    """What of the file shall become which baseline, and why.

    ``inside`` is the code of a project in the file, needed where it holds several; ``stored`` a baseline held inside
    that project, by name or by the number MS Project gives it (0 to 10). ``approve`` is for whoever runs the machine.
    """

    name: str
    inside: str = ""
    stored: str = ""
    reason: str = ""
    authority: str = ""
    reference: str = ""
    approve: bool = False


@dataclass(frozen=True, slots=True)
class ReadBaseline:
    """The plan chosen, told with the project's keys; ``stored``: the baseline inside it that is meant instead."""

    plan: Plan
    stored: PlanBaseline | None
    beside: tuple[Plan, ...]  # the other plans of the file, which it may wait for
    source_name: str
    order: BaselineOrder


Freeze = Callable[[Viewer, int, ReadBaseline, datetime], BaselineSummary]


def freeze_document(
    row: PlanImport, viewer: Viewer, document: PlanDocument, freeze: Freeze, now: datetime
) -> dict[str, Any]:
    """Freeze what was ordered of the document; what became of it, as plain data. Inside one transaction.

    Raises:
        Invalid: the file holds nothing of that name, or the project has no plan to match it with.
    """
    order = BaselineOrder(**row.as_baseline)
    assert row.project_id is not None  # checked when the file was given
    project = portfolio.project_by_id(viewer, row.project_id)
    held = plans.head_plan(viewer, project.id)
    if held is None:
        raise Invalid(
            _("%(code)s has no plan yet, so nothing to match a baseline with.") % {"code": project.code},
            remedy=_("Import its plan first."),
            place="project_code",
        )
    plan, stored = chosen(document, order)
    pairing = pair(held, plan, aliases_of([project.id]).get(project.id, {}))
    told = rekeyed(settled(held, plan), pairing.keys)
    read = ReadBaseline(
        plan=told,
        stored=None if stored is None else told.baselines[stored],
        beside=tuple(each for each in document.plans if each is not plan),
        source_name=row.source_name,
        order=order,
    )
    made = freeze(viewer, project.id, read, now)
    if not row.dry_run:
        ImportedProject.objects.create(plan_import=row, project_id=project.id)
    return {
        "baseline_id": None if row.dry_run else made.id,
        "project_id": project.id,
        "project_code": project.code,
        "name": made.name,
        "kind": made.kind,
        "act": made.act,
        "source_code": plan.code,
        "stored": "" if read.stored is None else read.stored.name,
        **_overlap(held, read, pairing),
    }


def chosen(document: PlanDocument, order: BaselineOrder) -> tuple[Plan, int | None]:
    """The plan of the file that is meant, and the place among its baselines where one of them is.

    Raises:
        Invalid: there is none of that name, or it is not said which of several.
    """
    found = [each for each in document.plans if each.activities]
    if not found:
        raise Invalid(_("The file holds no activities."), remedy=_("Export at least one project into the file."))
    if order.inside:
        named = [each for each in found if order.inside.casefold() in (each.code.casefold(), each.name.casefold())]
        if not named:
            # P6 sends the baselines of a project as projects of their own; reading made them baselines of it.
            for each in found:
                place = _place(each.baselines, order.inside)
                if place is not None:
                    return each, place
            raise Invalid(
                _("The file holds no project %(code)s.") % {"code": order.inside},
                remedy=_("It holds: %(names)s.") % {"names": _listed([each.code or each.name for each in found])},
                place="source_project",
            )
        found = named
    if len(found) > 1:
        raise Invalid(
            _("The file holds %(count)d projects.") % {"count": len(found)},
            remedy=_("Name the one that is meant: %(names)s.")
            % {"names": _listed([each.code or each.name for each in found])},
            place="source_project",
        )
    if not order.stored:
        return found[0], None
    place = _place(found[0].baselines, order.stored)
    if place is None:
        names = _listed([each.name for each in found[0].baselines])
        raise Invalid(
            _("%(code)s holds no baseline %(name)s.") % {"code": found[0].code or found[0].name, "name": order.stored},
            remedy=_("It holds: %(names)s.") % {"names": names}
            if names
            else _("The file carries none; planned dates are not taken for one."),
            place="source_baseline",
        )
    return found[0], place


def _place(baselines: Sequence[PlanBaseline], wanted: str) -> int | None:
    """By name, or by the number of MS Project, whose first baseline has none in its name."""
    names = [each.name.casefold() for each in baselines]
    numbered = {"0": "baseline"}.get(wanted, f"baseline {wanted}") if wanted.isdecimal() else wanted.casefold()
    for name in (wanted.casefold(), numbered):
        if name in names:
            return names.index(name)
    return None


def _overlap(held: Plan, read: ReadBaseline, pairing: Pairing) -> Mapping[str, Any]:
    """How many activities were found here, by what, and which were not."""
    here = {each.key for each in held.activities}
    stored = read.stored
    keys = (
        {each.key for each in read.plan.activities}
        if stored is None
        else {*stored.start, *stored.finish, *stored.duration_ticks, *stored.cost_minor}
    )
    names = {each.key: (each.code or each.key, each.name) for each in read.plan.activities}
    missing = [key for key in names if key in keys and key not in here]
    missing += sorted(keys - here - names.keys())
    how = [each.how for each in pairing.renames if each.accepted and each.key in keys]
    return {
        "matched": len(keys & here),
        "by_guid": how.count("guid"),
        "by_name": how.count("rename"),
        "unmatched": len(missing),
        "unmatched_rows": [list(names.get(key, (key, ""))) for key in missing[:_ROWS_TOLD]],
        "uncovered": len(here - keys),
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED_AT_MOST]) + (" …" if len(names) > _NAMED_AT_MOST else "")
