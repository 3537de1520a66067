"""Two states of one plan side by side, activity by activity: what kind of change each went through. No Django."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watchfloor.plans.difference import ChangeSet, FieldChange, LinkChange, difference, readable
from watchfloor.plans.document import Activity, ActivityKind, Plan

Dates = Mapping[str, tuple[datetime | None, datetime | None]]  # activity key → start, finish

# In the order a reader asks for them.
KINDS = (
    "added", "removed", "moved", "relinked", "costed", "estimated", "ruled", "progressed", "renamed", "reassigned",
    "classified",
)  # fmt: skip
_FIELD_KINDS: Mapping[str, str] = {
    "name": "renamed",
    "budget_minor": "costed",
    "actual_cost_minor": "costed",
    "remaining_cost_minor": "costed",
    "duration_ticks": "estimated",
    "remaining_ticks": "estimated",
    "elapsed": "estimated",
    "three_point": "estimated",
    "calendar": "ruled",
    "constraints": "ruled",
    "deadline": "ruled",
    "delay_ticks": "ruled",
    "pauses": "estimated",
    "expected_finish": "ruled",
    "external_start": "ruled",
    "external_finish": "ruled",
    "manual_start": "ruled",
    "manual_finish": "ruled",
    "priority": "ruled",
    "kind": "ruled",
    "is_committed": "ruled",
    "percent_complete": "progressed",
    "percent_kind": "progressed",
    "physical_percent": "progressed",
    "actual_start": "progressed",
    "actual_finish": "progressed",
    "suspended": "progressed",
    "resumed": "progressed",
    "responsible": "reassigned",
    "earning": "costed",
}
_UNSAID = frozenset({"stored", "guid"})  # what a tool writes anew with every export


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One activity before and after. ``kinds`` are of ``KINDS``; days are of the clock's calendar, later is positive.

    ``revisions`` are the numbers of the revisions in between that touched the row or its links; an activity that moved
    without any follows from others.
    """

    key: str
    name: str
    kinds: tuple[str, ...]
    start_before: datetime | None
    start_after: datetime | None
    finish_before: datetime | None
    finish_after: datetime | None
    moved_days: int | None
    budget_before_minor: int | None
    budget_after_minor: int | None
    duration_before_ticks: int | None
    duration_after_ticks: int | None
    fields: tuple[FieldChange, ...]
    links: tuple[LinkChange, ...]
    revisions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OtherChange:
    """A calendar, WBS node, resource or other row that is no activity."""

    table: str
    key: str
    name: str
    kind: str  # added, removed, changed


@dataclass(frozen=True, slots=True)
class Compared:
    """Everything that differs between two states of a plan; rows with the largest move first."""

    rows: tuple[ComparedRow, ...]
    counts: Mapping[str, int]  # kind → activities
    plan: tuple[FieldChange, ...]
    others: tuple[OtherChange, ...]


def compare_plans(
    before: Plan,
    after: Plan,
    *,
    dates_before: Dates,
    dates_after: Dates,
    touched: Mapping[str, Sequence[int]] | None = None,
) -> Compared:
    """The differences by activity; ``touched`` maps activity keys to the revisions in between that changed them."""
    change_set = difference(before, after)
    said = readable(change_set)
    links: dict[str, list[LinkChange]] = defaultdict(list)
    for link in said.links:
        links[link.successor].append(link)
    assigned = {key.partition("@")[0] for key in _keys(change_set, "assignments")}
    changed = {each.key: each for each in said.activities}
    old, new = ({each.key: each for each in plan.activities} for plan in (before, after))
    rows = []
    for key in (*new, *(key for key in old if key not in new)):
        fields = tuple(each for each in changed[key].fields if each.name not in _UNSAID) if key in changed else ()
        row = _row(
            key,
            old.get(key),
            new.get(key),
            fields=fields,
            links=tuple(links.get(key, ())),
            is_reassigned=key in assigned,
            dates=(dates_before.get(key), dates_after.get(key)),
            revisions=tuple((touched or {}).get(key, ())),
        )
        if row.kinds:
            rows.append(row)
    rows.sort(key=lambda row: (-abs(row.moved_days or 0), row.key))
    counts = {kind: sum(kind in row.kinds for row in rows) for kind in KINDS}
    return Compared(tuple(rows), counts, said.plan, tuple(_others(said.others)))


def _row(
    key: str,
    old: Activity | None,
    new: Activity | None,
    *,
    fields: tuple[FieldChange, ...],
    links: tuple[LinkChange, ...],
    is_reassigned: bool,
    dates: tuple[tuple[datetime | None, datetime | None] | None, tuple[datetime | None, datetime | None] | None],
    revisions: tuple[int, ...],
) -> ComparedRow:
    (start_before, finish_before), (start_after, finish_after) = (each or (None, None) for each in dates)
    moved = (finish_after.date() - finish_before.date()).days if finish_before and finish_after else None
    kinds = set()
    if old is None or new is None:
        kinds.add("added" if old is None else "removed")
    else:
        kinds = {_FIELD_KINDS.get(each.name, "classified") for each in fields}
        if is_reassigned:
            kinds.add("reassigned")
        # Summaries move with what they hold, which is listed already.
        if _differ(start_before, start_after) or _differ(finish_before, finish_after):
            kinds |= {"moved"} if new.kind is not ActivityKind.SUMMARY else set()
        if links:
            kinds.add("relinked")
    either = new or old
    assert either is not None
    return ComparedRow(
        key=key,
        name=either.name,
        kinds=tuple(kind for kind in KINDS if kind in kinds),
        start_before=start_before,
        start_after=start_after,
        finish_before=finish_before,
        finish_after=finish_after,
        moved_days=moved,
        budget_before_minor=old.budget_minor if old else None,
        budget_after_minor=new.budget_minor if new else None,
        duration_before_ticks=old.duration_ticks if old else None,
        duration_after_ticks=new.duration_ticks if new else None,
        fields=fields,
        links=links,
        revisions=revisions,
    )


def _differ(before: datetime | None, after: datetime | None) -> bool:
    """Whether both are known and name different minutes."""
    return before is not None and after is not None and before.replace(second=0) != after.replace(second=0)


def _keys(change_set: ChangeSet, table: str) -> Iterable[str]:
    return (each.key for each in change_set.of(table))


def _others(tables: Mapping[str, Sequence[Any]]) -> Iterable[OtherChange]:
    for table, rows in tables.items():
        if table != "assignments":
            yield from (OtherChange(table, each.key, each.name, each.kind) for each in rows)
