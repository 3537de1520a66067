"""Reading findings and computed status, cut to what the viewer may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from watchfloor.detection.models import Finding, ProjectStatus, StatusChange
from watchfloor.journal.queries import facts
from watchfloor.journal.versions import revived, rewound
from watchfloor.kit.errors import NotFound, NotYet
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio.models import WATCHED_STAGES

# Best first, with stale last: the order of the ledger. The codes are those of the screens and of ``tokens.json``.
DISPLAYS = ("on", "watch", "risk", "crit", "stale")

COST_CODES = "cost."  # findings, and alerts named after them, that tell amounts


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """One finding; its sentence is ``messages.render(code, parameters, language=…, zone=…)``."""

    id: int
    project_id: int
    detector: str
    subject: str  # activity key, milestone, period …; empty: the project
    cause: str
    finding_class: str  # alarm, notice, record
    severity: int  # 0 on track … 3 critical
    affects_status: bool
    code: str
    parameters: Mapping[str, Any]
    evidence: Mapping[str, Any]
    forecast_id: int | None
    raised_at: datetime
    seen_at: datetime
    cleared_at: datetime | None

    @property
    def display(self) -> str:
        """The status code that marks its severity."""
        return DISPLAYS[self.severity]


@dataclass(frozen=True, slots=True)
class StatusRecord:
    """The computed status of one project. ``display`` is what is shown: stale replaces the severity.

    ``held`` is true while the findings would already allow a better status, but not yet for two forecasts in a row;
    ``reasons`` are then the findings that led to the status shown, though they have cleared.
    """

    project_id: int
    severity: int
    is_stale: bool
    stale_since: date | None
    since: datetime
    held: bool
    forecast_id: int | None
    reasons: tuple[FindingRecord, ...]

    @property
    def display(self) -> str:
        return "stale" if self.is_stale else DISPLAYS[self.severity]

    @property
    def last_display(self) -> str:
        """The status that a stale one replaces."""
        return DISPLAYS[self.severity]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """How many watched projects show one status, and how many more (or fewer) than before."""

    display: str
    count: int
    change: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """All watched projects that were looked at, by status: worst first and stale last."""

    total: int
    rows: tuple[LedgerRow, ...]

    def row(self, display: str) -> LedgerRow:
        return next(row for row in self.rows if row.display == display)


@dataclass(frozen=True, slots=True)
class StatusChangeRecord:
    """One step of a project's history: what was computed, and what the manager said at that time."""

    at: datetime
    severity: int
    is_stale: bool
    reported: str

    @property
    def display(self) -> str:
        return "stale" if self.is_stale else DISPLAYS[self.severity]


def findings(
    viewer: Viewer,
    project_id: int,
    *,
    open_only: bool = True,
    finding_class: str | None = None,
    limit: int = 500,
) -> tuple[FindingRecord, ...]:
    """Findings of one project, worst first, then oldest first.

    Raises:
        NotFound: the viewer may not see the project.
    """
    if not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
    rows = told(viewer, Finding.objects.filter(project_id=project_id))
    if viewer.as_of is not None:
        if open_only:
            rows = rows.filter(Q(cleared_at=None) | Q(cleared_at__gt=viewer.as_of))
        then = [row for row in findings_then(rows, viewer.as_of) if finding_class in (None, row.finding_class)]
        return tuple(finding_record(row) for row in sorted(then, key=lambda row: (-row.severity, row.pk))[:limit])
    if open_only:
        rows = rows.filter(cleared_at=None)
    if finding_class is not None:
        rows = rows.filter(finding_class=finding_class)
    return tuple(finding_record(row) for row in rows.order_by("-severity", "id")[:limit])


def finding(viewer: Viewer, finding_id: int) -> FindingRecord:
    """One finding.

    Raises:
        NotFound: it does not exist, or concerns a project the viewer may not see.
    """
    row = told(viewer, Finding.objects.filter(pk=finding_id)).first()
    if row is None or not viewer.may("project.view", row.project_id):
        raise NotFound(_("There is no such finding."))
    if viewer.as_of is not None:
        then = findings_then((row,), viewer.as_of)
        if not then:
            raise NotYet(_("This was found later."), remedy=_("Choose a later moment."))
        row = then[0]
    return finding_record(row)


def findings_by_id(viewer: Viewer, ids: Collection[int]) -> dict[int, FindingRecord]:
    """Those of the findings that the viewer may see, in one query."""
    rows: Iterable[Finding] = told(viewer, Finding.objects.filter(pk__in=ids))
    if viewer.as_of is not None:
        rows = findings_then(rows, viewer.as_of)
    return {row.pk: finding_record(row) for row in rows}


def findings_then(rows: Iterable[Finding], at: datetime) -> list[Finding]:
    """The findings as they stood at the moment, without those raised later."""
    then = rewound("finding", (row for row in rows if row.raised_at <= at), at)
    for row in then:
        if row.cleared_at is not None and row.cleared_at > at:
            row.cleared_at = None
        # A detector that repeats itself leaves no version behind: it was seen then at the latest.
        row.seen_at = min(row.seen_at, at)
    return then


def statuses(viewer: Viewer, project_ids: Collection[int] | None = None) -> dict[int, StatusRecord]:
    """Computed status of every watched project the viewer may see; two queries, however many projects."""
    rows = _standing(viewer, project_ids)
    by_id = findings_by_id(viewer, [pk for row in rows for pk in row.reasons])
    return {row.project_id: _status_record(row, by_id) for row in rows}


def status(viewer: Viewer, project_id: int) -> StatusRecord | None:
    """Computed status of one project; None when it is not watched, not yet looked at, or not the viewer's to see."""
    return statuses(viewer, (project_id,)).get(project_id)


def ledger(
    viewer: Viewer,
    project_ids: Collection[int] | None = None,
    *,
    since_fact: int | None = None,
    since: datetime | None = None,
) -> Ledger:
    """Counts by status, with the change since a fact of the journal (a visit, a handover) or since a moment.

    Without either, every change is 0.
    """
    rows = _standing(viewer, project_ids)
    now = {row.project_id: "stale" if row.is_stale else DISPLAYS[row.severity] for row in rows}
    before = dict(now)
    if since_fact is not None:
        before.update({pk: shown for pk, shown in _before_fact(viewer, since_fact).items() if pk in now})
    elif since is not None:
        before.update(_before_moment(now, since))
    counts: dict[str, int] = defaultdict(int)
    earlier: dict[str, int] = defaultdict(int)
    for pk, display in now.items():
        counts[display] += 1
        earlier[before[pk]] += 1
    order = (*reversed(DISPLAYS[:4]), "stale")
    return Ledger(
        total=len(now),
        rows=tuple(LedgerRow(display, counts[display], counts[display] - earlier[display]) for display in order),
    )


def status_history(viewer: Viewer, project_id: int, *, limit: int = 60) -> tuple[StatusChangeRecord, ...]:
    """Changes of one project's computed status, oldest first, at most the newest ``limit``.

    Raises:
        NotFound: the viewer may not see the project.
    """
    if not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
    changes = StatusChange.objects.filter(project_id=project_id)
    if viewer.as_of is not None:
        changes = changes.filter(at__lte=viewer.as_of)
    rows = changes.order_by("-id")[:limit]
    return tuple(StatusChangeRecord(row.at, row.severity, row.is_stale, row.reported) for row in reversed(rows))


def moved_between(viewer: Viewer, first: datetime, last: datetime) -> dict[int, tuple[str, str]]:
    """Watched projects that showed another status at ``last`` than at ``first``: (before, after) by project."""
    visible = viewer.project_ids("internal.view")
    rows = StatusChange.objects.filter(at__gt=first, at__lte=last)
    if visible is not None:
        rows = rows.filter(project_id__in=visible)
    after = {
        pk: "stale" if is_stale else DISPLAYS[severity]
        for pk, severity, is_stale in rows.order_by("id").values_list("project_id", "severity", "is_stale")
    }
    before = _before_moment(after, first)
    return {pk: (before[pk], shown) for pk, shown in sorted(after.items()) if before[pk] != shown}


def finding_record(row: Finding) -> FindingRecord:
    """The row as the rest of the house sees it."""
    return FindingRecord(
        row.pk,
        row.project_id,
        row.detector,
        row.subject,
        row.cause,
        row.finding_class,
        row.severity,
        row.affects_status,
        row.code,
        row.parameters,
        row.evidence,
        row.forecast_id,
        row.raised_at,
        row.seen_at,
        row.cleared_at,
    )


def _standing(viewer: Viewer, project_ids: Collection[int] | None) -> list[ProjectStatus]:
    """The computed status of every watched project, now or at the moment the viewer looks from."""
    if viewer.as_of is None:
        return list(_visible(viewer, _watched(), project_ids))
    visible = viewer.project_ids()
    rows = list(_visible(viewer, ProjectStatus.objects.all()))
    then = rewound("status", rows, viewer.as_of)
    # A project that is not watched any more has no status now, but may have had one.
    then += [
        row
        for row in revived("status", ProjectStatus, viewer.as_of, present={row.pk for row in rows})
        if visible is None or row.pk in visible
    ]
    return [row for row in then if project_ids is None or row.pk in project_ids]


def _watched() -> QuerySet[ProjectStatus]:
    return ProjectStatus.objects.filter(project__stage__in=WATCHED_STAGES)


def _visible(viewer: Viewer, rows: QuerySet[Any], project_ids: Collection[int] | None = None) -> QuerySet[Any]:
    visible = viewer.project_ids()
    if visible is not None:
        rows = rows.filter(project_id__in=visible)
    return rows if project_ids is None else rows.filter(project_id__in=project_ids)


def told(viewer: Viewer, rows: QuerySet[Finding]) -> QuerySet[Finding]:
    """Findings are for those inside, and those about money for those who may see it."""
    inside, money = viewer.project_ids("internal.view"), viewer.project_ids("cost.view")
    if inside is not None:
        rows = rows.filter(project_id__in=inside)
    if money is not None:
        rows = rows.exclude(Q(code__startswith=COST_CODES) & ~Q(project_id__in=money))
    return rows


def _status_record(row: ProjectStatus, by_id: Mapping[int, FindingRecord]) -> StatusRecord:
    return StatusRecord(
        project_id=row.project_id,
        severity=row.severity,
        is_stale=row.is_stale,
        stale_since=row.stale_since,
        since=row.since,
        held=row.better_seen > 0,
        forecast_id=row.forecast_id,
        reasons=tuple(by_id[pk] for pk in row.reasons if pk in by_id),
    )


def _before_fact(viewer: Viewer, fact_id: int) -> dict[int, str]:
    """What the projects that changed since showed before their first change."""
    before: dict[int, str] = {}
    for fact in facts(viewer, after=fact_id, kinds=("status.changed",), limit=5000):
        if fact.project_id is not None:
            before.setdefault(fact.project_id, fact.data.get("before", ""))
    return before


def _before_moment(now: Mapping[int, str], since: datetime) -> dict[int, str]:
    """What each project showed at the moment; empty for those that had no status then."""
    before = dict.fromkeys(now, "")
    rows = StatusChange.objects.filter(project_id__in=now.keys(), at__lte=since).order_by("id")
    for pk, severity, is_stale in rows.values_list("project_id", "severity", "is_stale"):
        before[pk] = "stale" if is_stale else DISPLAYS[severity]
    return before
