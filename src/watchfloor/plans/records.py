"""What the plan store says to the rooms above: frozen records, made from rows in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watchfloor.plans.baselining.amending import Scope
from watchfloor.plans.baselining.rows import BaselineRow
from watchfloor.plans.difference import ReadableDifference
from watchfloor.plans.document import Activity, Dependency, OverlayEntry, Plan
from watchfloor.plans.models import Baseline, Revision


@dataclass(frozen=True, slots=True)
class EditsSinceFile:
    """A plan as the last file left it and as it is now, and who touched which activity last in between."""

    imported: Plan
    here: Plan
    by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """One accepted change of a plan; the counts are activities."""

    id: int
    project_id: int
    number: int
    origin: str  # import, edit, api, undo, sample
    reason: str
    source_name: str
    author_id: int | None
    author_name: str
    recorded_at: datetime
    data_date: datetime | None
    digest: str
    added: int
    removed: int
    changed: int
    undoes_id: int | None
    moves_work: bool = True  # actual dates, progress or remaining durations changed


@dataclass(frozen=True, slots=True)
class RevisionDifference:
    """A revision with what it changed, for people; ``is_first`` when it is the plan itself."""

    revision: RevisionRecord
    difference: ReadableDifference
    is_first: bool


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Some activities of a plan in its order, and how many match in all."""

    rows: tuple[Activity, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ActivityDetail:
    """One activity with the links at its two ends and the names of the WBS nodes above it, outermost first."""

    activity: Activity
    predecessors: tuple[Dependency, ...]
    successors: tuple[Dependency, ...]
    wbs_names: tuple[str, ...]
    names: Mapping[str, str]  # of the linked activities of this project


@dataclass(frozen=True, slots=True)
class OverlayRecord:
    """One value added here; an orphan's activity is not in the plan now."""

    key: str
    entry: OverlayEntry
    activity_name: str
    is_orphan: bool


@dataclass(frozen=True, slots=True)
class BaselineSummary:
    """A baseline without its rows.

    ``kind`` is where it stands: approved (the current one), original, previous, superseded, provisional, imported,
    proposed, declined, withdrawn. ``act`` is how it came to be approved: original, amendment, rebaseline.
    """

    id: int
    project_id: int
    revision_id: int | None
    name: str
    kind: str
    is_original: bool
    approved_at: datetime | None
    approved_by_name: str
    reason: str
    start: datetime | None
    finish: datetime | None
    budget_minor: int | None
    rates: Mapping[str, str]  # currency → units of the reporting currency for one, as text decimals
    act: str
    parent_id: int | None  # which it amends or replaces
    recorded_at: datetime
    proposed_by_id: int | None
    proposed_by_name: str
    ended_at: datetime | None  # declined or withdrawn
    ended_by_name: str
    ended_reason: str
    authority: str
    reference: str
    scope: Scope  # of an amendment
    origin: str  # revision, file, imported
    source_name: str
    data_date: datetime | None  # of the plan it froze; an amendment holds from it on
    matched: int | None  # of its activities, those that the plan had when it was frozen
    unmatched: int | None


@dataclass(frozen=True, slots=True)
class BaselineRecord:
    """A baseline with its rows by activity key."""

    summary: BaselineSummary
    rows: Mapping[str, BaselineRow]


@dataclass(frozen=True, slots=True)
class BaselineStanding:
    """Which baselines hold and held. ``provisional`` serves only while none is approved."""

    current: BaselineSummary | None
    previous: BaselineSummary | None
    original: BaselineSummary | None
    provisional: BaselineSummary | None
    proposed: tuple[BaselineSummary, ...]
    re_baselines: int
    amendments: int


def revision_record(row: Revision) -> RevisionRecord:
    return RevisionRecord(
        row.pk,
        row.project_id,
        row.number,
        row.origin,
        row.reason,
        row.source_name,
        row.author_id,
        row.author_name,
        row.recorded_at,
        row.data_date,
        row.digest,
        row.added,
        row.removed,
        row.changed,
        row.undoes_id,
        row.moves_work,
    )


def baseline_summary(row: Baseline) -> BaselineSummary:
    return BaselineSummary(
        row.pk,
        row.project_id,
        row.revision_id,
        row.name,
        row.kind,
        row.is_original,
        row.approved_at,
        row.approved_by_name,
        row.reason,
        row.start,
        row.finish,
        row.budget_minor,
        row.rates,
        act=row.act,
        parent_id=row.parent_id,
        recorded_at=row.recorded_at,
        proposed_by_id=row.proposed_by_id,
        proposed_by_name=row.proposed_by_name,
        ended_at=row.ended_at,
        ended_by_name=row.ended_by_name,
        ended_reason=row.ended_reason,
        authority=row.authority,
        reference=row.reference,
        scope=_scope(row.scope),
        origin=row.origin,
        source_name=row.source_name,
        data_date=row.data_date,
        matched=row.matched,
        unmatched=row.unmatched,
    )


def _scope(plain: Mapping[str, Any]) -> Scope:
    return Scope(
        tuple(plain.get("activities", ())),
        tuple(plain.get("wbs", ())),
        tuple(plain.get("control_accounts", ())),
    )
