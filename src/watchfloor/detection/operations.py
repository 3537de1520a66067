"""Looking at one project: what the detectors say now becomes findings, and the findings a computed status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from watchfloor.detection.look import look
from watchfloor.detection.models import Finding, ProjectStatus, StatusChange
from watchfloor.detection.queries import DISPLAYS
from watchfloor.detection.registry import DETECTORS, Detector
from watchfloor.detection.scale import Severity
from watchfloor.detection.status import Standing, step
from watchfloor.detection.view import Found, ProjectView, ReportView
from watchfloor.journal import operations as journal
from watchfloor.journal.versions import keep, keep_gone, taken
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM
from watchfloor.portfolio.models import Project
from watchfloor.portfolio.queries import ProjectRecord, project_by_id
from watchfloor.portfolio.tolerances import Tolerances

FOUND_MAX = 200  # findings of one detector on one project; more would be noise, and the first are the worst


_Key = tuple[str, str, str]  # detector, subject, cause


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one look changed."""

    raised: int = 0
    changed: int = 0
    cleared: int = 0
    status_changed: bool = False


@dataclass(frozen=True, slots=True)
class _Event:
    """A fact to append once everything is written: appending is the last write of a transaction."""

    kind: str
    subject_kind: str
    subject_id: int
    data: Mapping[str, Any]


@transaction.atomic
def detect(project_id: int, *, now: datetime) -> Outcome:
    """Run every detector over the project as it is now, and store what changed. Doing it twice changes nothing.

    A project that is not watched (on hold, closed …) has no computed status, and no finding about its health.
    """
    if not Project.objects.select_for_update().filter(pk=project_id).exists():
        return Outcome()  # removed meanwhile
    try:
        project = project_by_id(SYSTEM, project_id)
    except NotFound:
        return Outcome()
    status = ProjectStatus.objects.filter(project_id=project_id).first()
    view = look(project, now)
    found, severity = run_detectors(view, project.tolerances)
    events: list[_Event] = []
    outcome, open_rows = _store(project, view, found, now, events)
    if project.is_watched:
        changed = _store_status(view, status, open_rows=open_rows, severity=severity, now=now, events=events)
    else:
        changed = _remove_status(status, events, now)
    _tell(project_id, events, now)
    return replace(outcome, status_changed=changed)


def run_detectors(view: ProjectView, tolerances: Tolerances) -> tuple[list[tuple[Detector, Found]], Severity]:
    """What every detector says, in registry order, and the severity that follows. Pure.

    The newest report is compared with the severity of this very look, the earlier ones with what stood then.
    """
    found = [(each, one) for each in DETECTORS if not each.after_status for one in _said(each, view, tolerances)]
    severity = max((one.severity for _, one in found if one.affects_status), default=Severity.ON_TRACK)
    seen = replace(view, reports=_with_computed(view.reports, severity))
    found += [(each, one) for each in DETECTORS if each.after_status for one in _said(each, seen, tolerances)]
    return found, severity


def _said(detector: Detector, view: ProjectView, tolerances: Tolerances) -> list[Found]:
    said: list[Found] = []
    for one in detector.detect(view, tolerances):
        said.append(one)
        if len(said) == FOUND_MAX:
            break
    return said


def _with_computed(reports: tuple[ReportView, ...], severity: Severity) -> tuple[ReportView, ...]:
    return (replace(reports[0], computed=severity), *reports[1:]) if reports else ()


def _store(
    project: ProjectRecord,
    view: ProjectView,
    found: Iterable[tuple[Detector, Found]],
    now: datetime,
    events: list[_Event],
) -> tuple[Outcome, list[Finding]]:
    forecast_id = view.forecast.id if view.forecast is not None else None
    open_before = {
        (row.detector, row.subject, row.cause): row
        for row in Finding.objects.filter(project_id=project.id, cleared_at=None)
    }
    kept: list[Finding] = []
    raised = changed = 0
    for detector, one in found:
        row = open_before.pop((detector.name, one.subject[:160], one.cause[:160]), None)
        if row is None:
            row = Finding(project_id=project.id, detector=detector.name, raised_at=now, seen_at=now)
            _fill(row, one, forecast_id)
            row.save(force_insert=True)
            raised += 1
            events.append(_Event("finding.raised", "finding", row.pk, _about(row)))
        else:
            before = taken(row)
            was = (row.severity, row.finding_class, row.code)
            said_before = (row.parameters, row.evidence, row.forecast_id)
            _fill(row, one, forecast_id)
            if was != (row.severity, row.finding_class, row.code):
                changed += 1
                events.append(_Event("finding.changed", "finding", row.pk, _about(row)))
            if was != (row.severity, row.finding_class, row.code) or said_before != (
                row.parameters,
                row.evidence,
                row.forecast_id,
            ):
                row.seen_at = now
                row.save()
                keep("finding", row, before, now=now, but=("seen_at",))
        kept.append(row)
    wavering = _wavering(view, project.tolerances, open_before.values())
    cleared = 0
    for key, row in open_before.items():
        if key in wavering and row.forecast_id != forecast_id:
            continue
        row.cleared_at = now
        row.save(update_fields=("cleared_at",))
        cleared += 1
        events.append(_Event("finding.cleared", "finding", row.pk, _about(row)))
    Finding.objects.filter(pk__in=[row.pk for row in kept if row.seen_at < now]).update(seen_at=now)
    return Outcome(raised, changed, cleared), kept


def _wavering(view: ProjectView, tolerances: Tolerances, unsaid: Iterable[Finding]) -> frozenset[_Key]:
    """Which of the open findings that are no longer said still lie near their limit: hysteresis, so nothing flaps.

    Where the forecast is the one that it was said of, a limit or a setting has changed: that counts at once.
    """
    if view.forecast is None:
        return frozenset()
    asked = {row.detector for row in unsaid if row.forecast_id != view.forecast.id}
    if not asked:
        return frozenset()
    near = tolerances.to_clear()
    return frozenset(
        (each.name, one.subject[:160], one.cause[:160])
        for each in DETECTORS
        if each.name in asked and not each.after_status
        for one in _said(each, view, near)
    )


def _fill(row: Finding, one: Found, forecast_id: int | None) -> None:
    row.subject, row.cause = one.subject[:160], one.cause[:160]
    row.finding_class, row.severity = str(one.finding_class), int(one.severity)
    row.affects_status = one.affects_status
    row.code, row.parameters, row.evidence = one.code, dict(one.parameters), dict(one.evidence)
    row.forecast_id = forecast_id


def _about(row: Finding) -> dict[str, Any]:
    return {
        "finding": row.pk,
        "detector": row.detector,
        "code": row.code,
        "class": row.finding_class,
        "severity": row.severity,
        "parameters": row.parameters,
    }


def _store_status(
    view: ProjectView,
    row: ProjectStatus | None,
    *,
    open_rows: Iterable[Finding],
    severity: Severity,
    now: datetime,
    events: list[_Event],
) -> bool:
    """Write the computed status; returns whether what is shown changed."""
    if row is None and view.forecast is None and not view.missed:
        return False  # nothing is known yet, and silence is not green
    shown_before, was = _shown(row), taken(row) if row is not None else None
    standing = step(_standing(row), severity, view.forecast.id if view.forecast is not None else None)
    stale_since = view.missed[0] if view.missed else None
    if row is None:
        row = ProjectStatus(project_id=view.project_id, since=now)
    because = [each.pk for each in sorted(open_rows, key=lambda each: (-each.severity, each.pk)) if each.affects_status]
    # A status that is only held keeps the reasons that led to it beside those that still hold.
    held = [pk for pk in row.reasons if pk not in because] if standing.severity > severity else []
    row.reasons = (because + held)[:50]
    row.severity, row.better_seen, row.better_to = standing.severity, standing.better_seen, standing.better_to
    row.forecast_id = standing.forecast_id
    row.is_stale, row.stale_since = stale_since is not None, stale_since
    shown = _shown(row)
    if shown != shown_before:
        row.since = now
        _record_change(view.project_id, row.severity, row.is_stale, _reported(view), now)
        data = {"before": shown_before, "after": shown, "stale": row.is_stale, "severity": int(row.severity)}
        events.append(_Event("status.changed", "project", view.project_id, data))
    row.save()
    keep("status", row, was, now=now)
    return shown != shown_before


def _remove_status(row: ProjectStatus | None, events: list[_Event], now: datetime) -> bool:
    """Nobody watches the project any more, so it has no computed status; returns whether it had one."""
    if row is None:
        return False
    data = {"before": _shown(row), "after": "", "stale": False, "severity": None}
    events.append(_Event("status.changed", "project", row.project_id, data))
    keep_gone("status", row, now=now)
    row.delete()
    return True


def _record_change(project_id: int, severity: int, is_stale: bool, reported: str, now: datetime) -> None:
    StatusChange.objects.create(
        project_id=project_id, at=now, severity=severity, is_stale=is_stale, reported=reported[:12]
    )


def _standing(row: ProjectStatus | None) -> Standing | None:
    if row is None:
        return None
    better_to = None if row.better_to is None else Severity(row.better_to)
    return Standing(Severity(row.severity), row.forecast_id, row.better_seen, better_to)


def _shown(row: ProjectStatus | None) -> str:
    if row is None:
        return ""
    return "stale" if row.is_stale else DISPLAYS[row.severity]


def _reported(view: ProjectView) -> str:
    newest = view.reports[0].reported if view.reports else None
    return "" if newest is None else DISPLAYS[newest]


def _tell(project_id: int, events: Iterable[_Event], now: datetime) -> None:
    for event in events:
        journal.append(
            event.kind,
            viewer=SYSTEM,
            now=now,
            project_id=project_id,
            subject_kind=event.subject_kind,
            subject_id=event.subject_id,
            data=event.data,
        )
