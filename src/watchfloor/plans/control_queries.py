"""Reading control accounts, and which of them each activity belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import store
from watchfloor.plans.control_accounts import Place, UnitKind, UnitSource, places_of
from watchfloor.plans.document import Plan
from watchfloor.plans.models import ControlAccount, ControlRule, PlanHead


@dataclass(frozen=True, slots=True)
class ControlAccountRecord:
    """One WBS node in the hands of one unit. ``code`` is unique within the project, and what money is booked on.

    ``is_orphan`` when the plan as it is now has no such node any more; the account stays for what was booked on it.
    """

    id: int
    project_id: int
    code: str
    name: str
    wbs: str  # empty: the whole project
    wbs_name: str
    responsible: str  # empty: every unit without an account of its own
    cost_account: str
    by_rule: bool
    is_orphan: bool


@dataclass(frozen=True, slots=True)
class ControlRuleRecord:
    """How the accounts of a project follow from its plan."""

    level: int
    unit: UnitSource


def control_accounts(viewer: Viewer, project_id: int) -> tuple[ControlAccountRecord, ...]:
    """The control accounts of a project, in the order of its WBS, orphans last.

    Raises:
        NotFound: no such project for the viewer.
    """
    _see(viewer, project_id)
    nodes = PlanHead.objects.filter(project_id=project_id).values_list("wbs", flat=True).first() or []
    names = {node["key"]: node["name"] for node in nodes}
    order = {key: index for index, key in enumerate(names)}
    found = [
        ControlAccountRecord(
            row.pk,
            project_id,
            row.code,
            row.name,
            row.wbs,
            names.get(row.wbs, ""),
            row.responsible,
            row.cost_account,
            row.by_rule,
            bool(row.wbs) and row.wbs not in names,
        )
        for row in ControlAccount.objects.filter(project_id=project_id)
    ]
    return tuple(sorted(found, key=lambda each: (each.is_orphan, order.get(each.wbs, -1), each.code)))


def control_rule(viewer: Viewer, project_id: int) -> ControlRuleRecord | None:
    """The rule its accounts follow from; None when they are set by hand."""
    _see(viewer, project_id)
    row = ControlRule.objects.filter(project_id=project_id).first()
    return _rule(row) if row is not None else None


def control_account_of(viewer: Viewer, project_id: int, plan: Plan | None = None) -> Mapping[str, str]:
    """Activity key → code of its control account; activities above which there is no account are left out.

    For the plan as it is now, or the one handed in (a past revision, a scenario).
    """
    _see(viewer, project_id)
    if plan is None:
        head = store.head_row(project_id)
        if head is None:
            return {}
        plan = store.head_state(head).plan
    rows = ControlAccount.objects.filter(project_id=project_id).values_list("wbs", "responsible", "code")
    codes = {Place(wbs, responsible): code for wbs, responsible, code in rows}
    rule = ControlRule.objects.filter(project_id=project_id).first()
    places = places_of(plan, codes, _rule(rule).unit if rule is not None else UnitSource(UnitKind.RESPONSIBLE))
    return {key: codes[place] for key, place in places.items() if place is not None}


def _rule(row: ControlRule) -> ControlRuleRecord:
    return ControlRuleRecord(row.level, UnitSource(UnitKind(row.unit_kind), row.unit_name))


def _see(viewer: Viewer, project_id: int) -> None:
    if not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
