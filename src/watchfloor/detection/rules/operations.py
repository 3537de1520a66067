"""Writing rules, trying them on history, switching them on and off, and taking them away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.detection.models import RuleRow
from watchfloor.detection.period_history import values_of
from watchfloor.detection.rules import history
from watchfloor.detection.rules.expression import Expression, check_names, parse
from watchfloor.detection.rules.firing import STATUSES_MAX
from watchfloor.detection.rules.history import WEEKS, Span
from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.forecasts.queries import is_cost
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.places import Place, place

RULES_MAX = 500
FIRINGS_MAX = 500  # told of one trial


@dataclass(frozen=True, slots=True)
class Draft:
    """What a rule is to say, and when."""

    name: str
    expression: str
    finding_class: str = str(FindingClass.NOTICE)
    severity: int = int(Severity.WATCH)
    hold_for: int = 1  # statuses in a row until it speaks
    clear_after: int = 1  # … and without it until it falls silent


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """One rule and what it is for; without project and programme it is the organisation's."""

    id: int
    project_id: int | None
    project_code: str
    programme_id: int | None
    programme_code: str
    name: str
    expression: str
    finding_class: str
    severity: int
    hold_for: int
    clear_after: int
    is_on: bool
    tried_at: datetime
    tried_fired: int
    tried_projects: int
    changed_by_name: str
    version: int


@dataclass(frozen=True, slots=True)
class Firing:
    """The rule would have spoken of a project; without ``until`` it would still."""

    project_code: str
    project_name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have said in the last ``weeks`` weeks, of the projects that its asker may see."""

    weeks: int
    projects: int
    statuses: int
    unknown: int  # statuses at which the answer hung on a reading that was not known
    fired: int
    firings: tuple[Firing, ...]  # newest first, at most ``FIRINGS_MAX``
    is_cut: bool  # there were more statuses than one trial looks through

    @property
    def hit_projects(self) -> int:
        return len({each.project_code for each in self.firings})


def rules(viewer: Viewer) -> tuple[RuleRecord, ...]:
    """Rules over whatever the viewer works inside of, by name."""
    rows = RuleRow.objects.select_related("project", "programme").order_by("name", "id")[:RULES_MAX]
    return tuple(_record(row) for row in rows if _sees(viewer, row))


def rule(viewer: Viewer, rule_id: int) -> RuleRecord:
    """One rule.

    Raises:
        NotFound: it does not exist, or is not the viewer's to see.
    """
    row = RuleRow.objects.select_related("project", "programme").filter(pk=rule_id).first()
    if row is None or not _sees(viewer, row):
        raise NotFound(_("There is no such rule."))
    return _record(row)


def may_manage(viewer: Viewer, rule: RuleRecord) -> bool:
    """Whether the viewer may change the rule."""
    return Place.of(rule).may(viewer, "project.manage")


def readings_to_ask_for(viewer: Viewer) -> Mapping[str, tuple[float, float]]:
    """The readings a rule can ask for, with the least and the most value among the projects the viewer may see."""
    inside, money = viewer.project_ids("internal.view"), viewer.project_ids("cost.view")
    plain = history.known_readings(inside)
    with_money = plain if inside == money else history.known_readings(money)
    return {name: with_money.get(name, span) for name, span in plain.items() if name in with_money or not is_cost(name)}


def try_out(viewer: Viewer, draft: Draft, *, project_code: str = "", programme_code: str = "", now: datetime) -> Trial:
    """What the rule would have said, of the projects of that place whose figures the viewer may see.

    Raises:
        NotFound, NotAllowed: no such project or programme for the viewer, or they do not work inside it.
        Invalid: the rule cannot be read, or asks for what there is not.
    """
    where = place(viewer, project_code, programme_code)
    if not where.may(viewer, "internal.view"):
        raise NotAllowed(_("Rules are tried by those who work inside."))
    return _try(viewer, where, draft, _checked(viewer, draft), now)


@transaction.atomic
def make(
    viewer: Viewer, draft: Draft, *, project_code: str = "", programme_code: str = "", now: datetime
) -> RuleRecord:
    """Write a rule down and try it on history; it is off until it is switched on.

    Raises:
        NotFound, NotAllowed: no such project or programme for the viewer, or not theirs to manage.
        Invalid: the rule cannot be read, asks for what there is not, or there are too many.
    """
    where = place(viewer, project_code, programme_code)
    _need(viewer, where)
    if RuleRow.objects.count() >= RULES_MAX:
        raise Invalid(_("There are %(most)d rules already.") % {"most": RULES_MAX}, remedy=_("Remove some first."))
    row = RuleRow(**where.fields)
    _put(viewer, row, draft, now)
    _tell("rule.made", row, viewer, now)
    return _record(row)


@transaction.atomic
def change(
    viewer: Viewer, rule_id: int, draft: Draft, *, now: datetime, expected_version: int | None = None
) -> RuleRecord:
    """Write it anew and try it on history. A rule that asks something else than before is off again.

    Raises:
        NotFound, NotAllowed: it is not the viewer's to see, or to manage.
        Invalid: the rule cannot be read, or asks for what there is not.
        Conflict: it changed since ``expected_version``.
    """
    row = _locked(viewer, rule_id)
    if expected_version is not None and row.version != expected_version:
        raise Conflict(_("The rule has changed since you saw it."), remedy=_("Reload and decide again."))
    asked = (row.expression, row.hold_for, row.clear_after)
    _put(viewer, row, draft, now, keep_on=(draft.expression.strip(), draft.hold_for, draft.clear_after) == asked)
    _tell("rule.changed", row, viewer, now)
    return _record(row)


@transaction.atomic
def switch(viewer: Viewer, rule_id: int, *, on: bool, now: datetime) -> RuleRecord:
    """Let it speak, or no longer: what it said clears. Switching to what it is already changes nothing.

    Raises:
        NotFound, NotAllowed: it is not the viewer's to see, or to manage.
    """
    row = _locked(viewer, rule_id)
    if row.is_on != on:
        row.is_on, row.changed_by_name = on, viewer.name
        row.version += 1
        row.save()
        _tell("rule.switched", row, viewer, now)
    return _record(row)


@transaction.atomic
def remove(viewer: Viewer, rule_id: int, *, now: datetime) -> None:
    """Take it away; what it said clears, and stays in the journal.

    Raises:
        NotFound, NotAllowed: it is not the viewer's to see, or to manage.
    """
    row = _locked(viewer, rule_id)
    _tell("rule.removed", row, viewer, now)
    row.delete()


def _put(viewer: Viewer, row: RuleRow, draft: Draft, now: datetime, *, keep_on: bool = False) -> None:
    expression = _checked(viewer, draft)
    tried = _try(viewer, Place.of(row), draft, expression, now)
    row.name, row.expression = draft.name.strip(), expression.text
    row.finding_class, row.severity = draft.finding_class, draft.severity
    row.hold_for, row.clear_after = draft.hold_for, draft.clear_after
    row.is_on = row.is_on and keep_on
    row.tried_at, row.tried_fired, row.tried_projects = now, tried.fired, tried.projects
    row.changed_by_name = viewer.name
    row.version += 1
    row.save()


def _checked(viewer: Viewer, draft: Draft) -> Expression:
    if not draft.name.strip() or len(draft.name) > 100:
        raise Invalid(_("A rule has a name of 1 to 100 characters: what it says when it speaks."), place="name")
    if draft.finding_class not in FindingClass.values or draft.severity not in (1, 2, 3):
        raise Invalid(_("A rule is an alarm, a notice or a record; watch, at risk or critical."), place="severity")
    for name, count in (("hold_for", draft.hold_for), ("clear_after", draft.clear_after)):
        if not 1 <= count <= STATUSES_MAX:
            raise Invalid(_("From 1 to %(most)d statuses in a row.") % {"most": STATUSES_MAX}, place=name)
    expression = parse(draft.expression)
    check_names(expression, readings_to_ask_for(viewer))
    return expression


def _try(viewer: Viewer, where: Place, draft: Draft, expression: Expression, now: datetime) -> Trial:
    projects = {each.id: each for each in _projects(viewer, where, expression)}
    since = (now - timedelta(weeks=WEEKS)).date()
    # Statuses before the window have a say in what holds at its beginning.
    early = since - timedelta(days=STATUSES_MAX * 31)
    dated, is_cut = history.dated_forecasts(projects.keys(), early)
    values = values_of([pk for rows in dated.values() for _on, pk in rows], expression.asks_for)
    firings, statuses, unknown = [], 0, 0
    for project_id, rows in dated.items():
        tried = history.try_on(expression, draft.hold_for, draft.clear_after, rows, values)
        statuses, unknown = statuses + tried.statuses, unknown + tried.unknown
        firings += [
            Firing(projects[project_id].code, projects[project_id].name, each)
            for each in tried.spans
            if each.until is None or each.until >= since
        ]
    firings.sort(key=lambda each: (-each.span.since.toordinal(), each.project_code))
    return Trial(WEEKS, len(dated), statuses, unknown, len(firings), tuple(firings[:FIRINGS_MAX]), is_cut)


def _projects(viewer: Viewer, where: Place, expression: Expression) -> list[portfolio.ProjectRecord]:
    permission = "cost.view" if history.asks_for_money(expression) else "internal.view"
    found = [each for each in portfolio.projects(viewer) if viewer.may(permission, each.id)]
    if where.project_id is not None:
        return [each for each in found if each.id == where.project_id]
    if where.programme_id is None:
        return found
    above = portfolio.programmes_above([each.id for each in found])
    return [each for each in found if where.programme_id in above[each.id]]


def _sees(viewer: Viewer, row: RuleRow) -> bool:
    return Place.of(row).may(viewer, "internal.view")


def _need(viewer: Viewer, where: Place) -> None:
    if not where.may(viewer, "project.manage"):
        raise NotAllowed(_("You may not write rules there."), remedy=_("Ask whoever manages it."))


def _locked(viewer: Viewer, rule_id: int) -> RuleRow:
    row = RuleRow.objects.select_for_update(of=("self",)).filter(pk=rule_id).first()
    if row is None or not _sees(viewer, row):
        raise NotFound(_("There is no such rule."))
    _need(viewer, Place.of(row))
    return row


def _record(row: RuleRow) -> RuleRecord:
    return RuleRecord(
        id=row.pk,
        project_id=row.project_id,
        project_code=row.project.code if row.project is not None else "",
        programme_id=row.programme_id,
        programme_code=row.programme.code if row.programme is not None else "",
        name=row.name,
        expression=row.expression,
        finding_class=row.finding_class,
        severity=row.severity,
        hold_for=row.hold_for,
        clear_after=row.clear_after,
        is_on=row.is_on,
        tried_at=row.tried_at,
        tried_fired=row.tried_fired,
        tried_projects=row.tried_projects,
        changed_by_name=row.changed_by_name,
        version=row.version,
    )


def _tell(kind: str, row: RuleRow, viewer: Viewer, now: datetime) -> None:
    append(
        kind,
        viewer=viewer,
        now=now,
        project_id=row.project_id,
        subject_kind="rule",
        subject_id=row.pk,
        data={"rule": row.name, "expression": row.expression, "on": row.is_on, "version": row.version},
    )
