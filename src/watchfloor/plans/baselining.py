"""Freezing baselines: the approved one with its history, the provisional one, and those that came inside a file."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.journal.versions import keep
from watchfloor.kit.errors import Conflict, Invalid, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import codec, store
from watchfloor.plans.document import ActivityKind, Plan, PlanBaseline
from watchfloor.plans.models import Baseline, BaselineKind, Checkpoint, Revision
from watchfloor.plans.records import BaselineRow, BaselineSummary, baseline_summary
from watchfloor.portfolio.operations import lock_project

_MAX_IMPORTED = 40  # MS Project holds eleven per file
_APPROVED_ONES = (BaselineKind.APPROVED, BaselineKind.PREVIOUS, BaselineKind.SUPERSEDED, BaselineKind.ORIGINAL)


@transaction.atomic
def approve_baseline(
    viewer: Viewer,
    project_id: int,
    *,
    name: str,
    dates: Mapping[str, tuple[datetime | None, datetime | None]],
    kind: str = BaselineKind.APPROVED,
    reason: str = "",
    revision: int | None = None,
    rates: Mapping[str, Decimal] | None = None,
    now: datetime,
) -> BaselineSummary:
    """Freeze a revision (by default the newest) as a baseline; ``dates`` are its scheduled start and finish per key.

    The first approved one is the original. Approving another makes the current one *previous*, and the one before
    that *superseded* (*original*, if it was that). A provisional one serves until then; there is one per project.

    Raises:
        Conflict: a provisional baseline where there is one already, or one is approved.
        Invalid: no name, a kind that cannot be frozen here, or a re-baseline without a reason.
    """
    provisional = kind == BaselineKind.PROVISIONAL
    lock_project(viewer, project_id, "plan.edit" if provisional else "baseline.approve")
    if kind not in (BaselineKind.APPROVED, BaselineKind.PROVISIONAL):
        raise Invalid(_("A baseline is frozen as approved or provisional."), place="kind")
    if not name.strip() or len(name) > 120:
        raise Invalid(_("A baseline has a name of at most 120 characters."), place="name")
    frozen = _revision(project_id, revision)
    plan = _plan(project_id, frozen)
    approved = Baseline.objects.filter(project_id=project_id, kind__in=_APPROVED_ONES)
    if provisional:
        if approved.exists() or Baseline.objects.filter(project_id=project_id, kind=kind).exists():
            raise Conflict(_("This project has a baseline already."))
    else:
        if approved.exists() and not reason.strip():
            raise Invalid(_("A re-baseline needs a reason."), place="reason")
        _make_room(project_id, now)
    starts = [start for start, _finish in dates.values() if start is not None]
    finishes = [finish for _start, finish in dates.values() if finish is not None]
    row = Baseline.objects.create(
        project_id=project_id,
        revision=frozen,
        name=name.strip(),
        kind=kind,
        is_original=not provisional and not approved.exists(),
        approved_at=now,
        approved_by_name=viewer.name,
        reason=reason[:300],
        start=min(starts, default=None),
        finish=max(finishes, default=None),
        budget_minor=budget_of(plan),
        rates={currency: format(rate, "f") for currency, rate in (rates or {}).items()},
        block=_pack(plan, dates),
    )
    if not Checkpoint.objects.filter(revision=frozen).exists():
        Checkpoint.objects.create(revision=frozen, block=codec.to_bytes(plan))
    append(
        "baseline.approved",
        viewer=viewer,
        now=now,
        project_id=project_id,
        subject_kind="baseline",
        subject_id=row.pk,
        data={"baseline": row.pk, "kind": str(kind), "name": row.name},
    )
    return baseline_summary(row)


def record_imported_baselines(project_id: int, baselines: Sequence[PlanBaseline], *, now: datetime) -> None:
    """Keep baselines that came inside a file, each version of one once; nobody approved them here."""
    if not baselines:
        return
    known = {
        (row.name, bytes(row.block))
        for row in Baseline.objects.filter(project_id=project_id, kind=BaselineKind.IMPORTED)
    }
    for each in baselines[:_MAX_IMPORTED]:
        block = _pack_columns(
            sorted({*each.start, *each.finish, *each.duration_ticks, *each.cost_minor}),
            each.start,
            each.finish,
            each.duration_ticks,
            each.cost_minor,
        )
        name = each.name[:120]
        if (name, block) in known or len(known) >= _MAX_IMPORTED:
            continue
        known.add((name, block))
        Baseline.objects.create(
            project_id=project_id,
            name=name,
            kind=BaselineKind.IMPORTED,
            approved_at=now,
            start=min(each.start.values(), default=None),
            finish=max(each.finish.values(), default=None),
            budget_minor=sum(each.cost_minor.values()) if each.cost_minor else None,
            block=block,
        )


def budget_of(plan: Plan) -> int | None:
    """Budget at completion: the sum over activities that are no summaries; None when nothing has a budget."""
    amounts = [
        each.budget_minor
        for each in plan.activities
        if each.budget_minor is not None and each.kind is not ActivityKind.SUMMARY
    ]
    return sum(amounts) if amounts else None


@lru_cache(maxsize=128)
def rows_of(block: bytes) -> Mapping[str, BaselineRow]:
    """The rows of a baseline's block, by activity key."""
    columns = codec.parse_json(codec.unpack(block))
    rows = zip(columns["key"], columns["start"], columns["finish"], columns["duration"], columns["cost"], strict=True)
    return {
        key: BaselineRow(_moment(start), _moment(finish), duration, cost) for key, start, finish, duration, cost in rows
    }


def _make_room(project_id: int, now: datetime) -> None:
    """Move the approved baselines back by one."""
    rows = Baseline.objects.filter(project_id=project_id, kind__in=(BaselineKind.PREVIOUS, BaselineKind.APPROVED))
    for row in rows.defer("block"):
        was = row.kind
        if was == BaselineKind.APPROVED:
            row.kind = BaselineKind.PREVIOUS
        else:
            row.kind = BaselineKind.ORIGINAL if row.is_original else BaselineKind.SUPERSEDED
        row.save(update_fields=("kind",))
        keep("baseline", row, {"kind": was}, now=now)


def _revision(project_id: int, number: int | None) -> Revision:
    rows = Revision.objects.filter(project_id=project_id)
    row = rows.order_by("-number").first() if number is None else rows.filter(number=number).first()
    if row is None:
        raise NotFound(_("There is no such revision."))
    return row


def _plan(project_id: int, revision: Revision) -> Plan:
    head = store.head_row(project_id)
    if head is not None and head.revision_id == revision.pk:
        return store.head_state(head).plan
    return store.plan_at(project_id, revision)


def _pack(plan: Plan, dates: Mapping[str, tuple[datetime | None, datetime | None]]) -> bytes:
    return _pack_columns(
        [each.key for each in plan.activities],
        {key: start for key, (start, _finish) in dates.items() if start is not None},
        {key: finish for key, (_start, finish) in dates.items() if finish is not None},
        {each.key: each.duration_ticks for each in plan.activities},
        {each.key: each.budget_minor for each in plan.activities if each.budget_minor is not None},
    )


def _pack_columns(
    keys: Sequence[str],
    starts: Mapping[str, datetime],
    finishes: Mapping[str, datetime],
    durations: Mapping[str, int],
    costs: Mapping[str, int],
) -> bytes:
    columns: dict[str, list[Any]] = {
        "key": list(keys),
        "start": [_text(starts.get(key)) for key in keys],
        "finish": [_text(finishes.get(key)) for key in keys],
        "duration": [durations.get(key) for key in keys],
        "cost": [costs.get(key) for key in keys],
    }
    return zlib.compress(json.dumps(columns, separators=(",", ":"), ensure_ascii=False).encode(), 1)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
