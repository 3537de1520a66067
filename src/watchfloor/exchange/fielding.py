"""Setting the rules by which codes and fields fill fields of the product, and applying them to an imported plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from watchfloor.exchange.field_rules import (
    ACTIVITY_TARGETS,
    DRAFT_TARGETS,
    MAX_VALUES,
    REPORTED_TARGETS,
    TARGETS,
    Mapped,
    Rule,
    read_day,
    said_of_project,
    with_responsible,
)
from watchfloor.exchange.models import FieldRule, MappedValue
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Invalid, NotAllowed, NotFound, WatchfloorError
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.document import Plan
from watchfloor.plans.operations import suggest_submission
from watchfloor.portfolio import operations as portfolio_operations
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord


@dataclass(frozen=True, slots=True)
class FieldRuleRecord:
    """One rule and where it holds: a project, a programme, or everywhere when neither is named."""

    id: int
    project_code: str
    programme_code: str
    target: str
    source: str
    values: Mapping[str, str]
    set_by_name: str
    set_at: datetime


def field_rules(viewer: Viewer) -> tuple[FieldRuleRecord, ...]:
    """Rules of the projects and programmes the viewer may see; those for everything to who sees everything.

    A translation may name clients, so a rule is shown only where all it may name is the viewer's to see.
    """
    rows = FieldRule.objects.select_related("project", "programme").order_by("target", "id")
    visible = viewer.project_ids()
    if visible is not None:
        whole = [pk for pk in viewer.programmes if viewer.may_in_programme("project.view", pk)]
        rows = rows.filter(Q(project_id__in=visible) | Q(programme_id__in=whole))
    return tuple(_record(row) for row in rows)


@transaction.atomic
def set_field_rule(
    viewer: Viewer,
    *,
    target: str,
    source: str,
    values: Mapping[str, str] | None = None,
    project_code: str = "",
    programme_code: str = "",
    now: datetime,
) -> FieldRuleRecord:
    """Let a code or field fill a target at each import, for a project, a programme's projects, or all.

    Raises:
        Invalid: an unknown target, no source, or a translation to something the target cannot hold.
        NotFound, NotAllowed: the project or programme is not the viewer's to manage.
    """
    rule = _checked(Rule(target, source.strip(), dict(values or {})))
    where = _where(viewer, project_code, programme_code)
    row = FieldRule.objects.filter(**where, target=rule.target).first() or FieldRule(**where, target=rule.target)
    row.source, row.values = rule.source, dict(rule.values)
    row.set_by_name, row.set_at = viewer.name, now
    row.save()
    _tell(viewer, "field_rule.set", row, now)
    return _record(FieldRule.objects.select_related("project", "programme").get(pk=row.pk))


@transaction.atomic
def remove_field_rule(viewer: Viewer, rule_id: int, *, now: datetime) -> None:
    """Take a rule away; what it set stays."""
    row = FieldRule.objects.select_related("project", "programme").filter(pk=rule_id).first()
    if row is None or _record(row) not in field_rules(viewer):
        raise NotFound(_("There is no such rule."))
    _where(viewer, row.project.code if row.project else "", row.programme.code if row.programme else "")
    _tell(viewer, "field_rule.removed", row, now)
    row.delete()


def rules_for(project: ProjectRecord) -> tuple[Rule, ...]:
    """The rule of each target that counts for a project: its own, else the nearest programme's, else everybody's."""
    above = portfolio.programme_chain(project.programme_id)
    rows = FieldRule.objects.filter(
        Q(project_id=project.id) | Q(programme_id__in=above) | Q(project=None, programme=None)
    )

    def distance(row: FieldRule) -> int:
        if row.project_id is not None:
            return 0
        return 1 + above.index(row.programme_id) if row.programme_id is not None else 1 + len(above)

    nearest: dict[str, FieldRule] = {}
    for row in sorted(rows, key=distance):
        nearest.setdefault(row.target, row)
    return tuple(Rule(row.target, row.source, row.values) for row in nearest.values())


def before_recording(plan: Plan, rules: Sequence[Rule]) -> tuple[Plan, list[Mapped]]:
    """The plan with what rules say of its activities; what the file itself says is never replaced."""
    told: list[Mapped] = []
    for rule in rules:
        if rule.target in ACTIVITY_TARGETS:
            plan, more = with_responsible(plan, rule)
            told += more
    return plan, told


def after_recording(
    viewer: Viewer,
    project: ProjectRecord,
    plan: Plan,
    rules: Sequence[Rule],
    *,
    is_new: bool,
    file_name: str,
    now: datetime,
) -> list[Mapped]:
    """Fill fields of the project and a draft of its report. What a person set here stays, and is told."""
    told: list[Mapped] = []
    draft: dict[str, Mapped] = {}
    for rule in rules:
        if rule.target in ACTIVITY_TARGETS:
            continue
        said = said_of_project(plan, rule.source)
        value = rule.translated(said) if said else None
        if not said or value is None:
            told.append(Mapped(rule.target, rule.source, said, "", "untranslated" if said else "silent"))
        elif rule.target in DRAFT_TARGETS:
            draft[rule.target] = Mapped(rule.target, rule.source, said, value, "set")
        else:
            wanted = Mapped(rule.target, rule.source, said, value, "set")
            told.append(_set_on_project(viewer, project, wanted, is_new=is_new, file_name=file_name, now=now))
    return told + _drafted(project.id, draft, file_name, now)


def _set_on_project(
    viewer: Viewer, project: ProjectRecord, wanted: Mapped, *, is_new: bool, file_name: str, now: datetime
) -> Mapped:
    current = {
        "client": project.client_code,
        "legal_entity": project.legal_entity_code,
        "country": project.country,
        "stage": project.stage,
    }[wanted.target]
    last = MappedValue.objects.filter(project_id=project.id, target=wanted.target).values_list("value", flat=True)
    if current == wanted.value:
        return _with(wanted, "same")
    # A value that is neither empty nor what a rule set was set by a person.
    if current and not is_new and current != last.first():
        return _with(wanted, "kept", _("Here it is %(value)s, which somebody set.") % {"value": current})
    try:
        with transaction.atomic():
            if wanted.target == "stage":
                reason = _("%(source)s in %(file)s") % {"source": wanted.source, "file": file_name}
                portfolio_operations.set_stage(viewer, project.id, wanted.value, reason=reason, now=now)
            else:
                name = wanted.target if wanted.target == "country" else f"{wanted.target}_code"
                fields: dict[str, Any] = {name: wanted.value}
                portfolio_operations.change_project(viewer, project.id, now=now, **fields)
    except WatchfloorError as problem:
        return _with(wanted, "refused", f"{problem} {problem.remedy}".strip())
    MappedValue.objects.update_or_create(
        project_id=project.id, target=wanted.target, defaults={"value": wanted.value[:200]}
    )
    return wanted


def _drafted(project_id: int, draft: Mapping[str, Mapped], file_name: str, now: datetime) -> list[Mapped]:
    """A draft of the newest open period's report from what the file says of the project."""
    if not draft:
        return []
    said: dict[str, Any] = {
        "reported": {
            target.partition(".")[2]: mapped.value for target, mapped in draft.items() if target in REPORTED_TARGETS
        }
    }
    if "forecast_finish" in draft:
        said["forecast_finish"] = read_day(draft["forecast_finish"].value)
    if "path_to_green" in draft:
        said["path_to_green"] = draft["path_to_green"].value
    try:
        with transaction.atomic():
            made = suggest_submission(project_id, source=file_name, now=now, **said)
    except WatchfloorError as problem:
        return [_with(each, "refused", str(problem)) for each in draft.values()]
    if made is not None:
        return list(draft.values())
    note = _("No period is open, or somebody has already written its report.")
    return [_with(each, "kept", note) for each in draft.values()]


def _with(mapped: Mapped, outcome: str, note: str = "") -> Mapped:
    return Mapped(mapped.target, mapped.source, mapped.said, mapped.value, outcome, note)


def _checked(rule: Rule) -> Rule:
    if rule.target not in TARGETS:
        raise Invalid(
            _("There is nothing called %(name)s to fill.") % {"name": rule.target[:60]},
            remedy=_("Choose one of: %(listed)s.") % {"listed": ", ".join(TARGETS)},
            place="target",
        )
    kind, _colon, name = rule.source.partition(":")
    if kind not in ("code", "field") or not name or len(rule.source) > 130:
        raise Invalid(_("Name a code or field, like field:RAG."), place="source")
    if len(rule.values) > MAX_VALUES:
        raise Invalid(_("At most %(most)d translations.") % {"most": MAX_VALUES}, place="values")
    for value, to in rule.values.items():
        if len(value) > 200 or len(to) > 200 or "\x00" in value + to:
            raise Invalid(_("A value has at most 200 characters."), place="values")
        if rule.translated(value) is None:
            raise Invalid(
                _("“%(value)s” is nothing that %(target)s can be.") % {"value": to, "target": rule.target},
                remedy=_("A status is on, watch, risk or crit; a day is written 2026-11-02.")
                if rule.target in DRAFT_TARGETS
                else "",
                place="values",
            )
    return rule


def _where(viewer: Viewer, project_code: str, programme_code: str) -> dict[str, int | None]:
    """Where a rule holds, if the viewer may decide that."""
    if project_code and programme_code:
        raise Invalid(_("Name a project or a programme, not both."), place="programme_code")
    if project_code:
        project = portfolio.project(viewer, project_code)
        if not viewer.may("project.manage", project.id):
            raise NotAllowed(_("You may see this project, but not do this to it."))
        return {"project_id": project.id, "programme_id": None}
    if programme_code:
        programme = portfolio.programme(viewer, programme_code)
        if not viewer.may_in_programme("project.manage", programme.id):
            raise NotAllowed(_("You may see this programme, but not do this to it."))
        return {"project_id": None, "programme_id": programme.id}
    if not viewer.may("project.manage"):
        raise NotAllowed(_("A rule for every project takes the right to manage all of them."))
    return {"project_id": None, "programme_id": None}


def _record(row: FieldRule) -> FieldRuleRecord:
    return FieldRuleRecord(
        row.pk,
        row.project.code if row.project else "",
        row.programme.code if row.programme else "",
        row.target,
        row.source,
        row.values,
        row.set_by_name,
        row.set_at,
    )


def _tell(viewer: Viewer, kind: str, row: FieldRule, now: datetime) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="field_rule",
        subject_id=row.pk,
        data={"target": row.target, "source": row.source},
    )
