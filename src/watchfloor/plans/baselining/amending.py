"""Amending a baseline: new promises for a scope from the data date on, the past as it was. Pure; no Django.

What is decided for which row stands in docs/methods/baselines.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from watchfloor.plans.baselining.rows import BaselineRow, Kept
from watchfloor.plans.document import Plan, WbsNode


@dataclass(frozen=True, slots=True)
class Scope:
    """What an approved change is about: activities by key, whole WBS nodes, control accounts by code. Empty: all."""

    activities: tuple[str, ...] = ()
    wbs: tuple[str, ...] = ()
    control_accounts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.activities or self.wbs or self.control_accounts)


def keys_in_scope(
    scope: Scope, plan: Plan, rows: Mapping[str, BaselineRow], accounts: Mapping[str, str]
) -> frozenset[str]:
    """Keys of the scope, in the plan or only in the baseline; work that moved between nodes is found by its new one.

    ``accounts`` names the control account of each activity.
    """
    placed = {key: row.wbs for key, row in rows.items()}
    placed.update((each.key, each.wbs) for each in plan.activities)
    if not scope:
        return frozenset(placed)
    below = subtrees(plan.wbs)
    nodes = frozenset().union(*(below.get(each, frozenset((each,))) for each in scope.wbs))
    named, codes = frozenset(scope.activities), frozenset(scope.control_accounts)
    return frozenset(
        key for key, wbs in placed.items() if key in named or wbs in nodes or accounts.get(key, "") in codes
    )


def subtrees(nodes: Iterable[WbsNode]) -> dict[str, frozenset[str]]:
    """Every WBS node with the keys of itself and all nodes below it."""
    parents = {each.key: each.parent for each in nodes}
    found: dict[str, set[str]] = {key: {key} for key in parents}
    for key, parent in parents.items():
        above, steps = parent, 0
        while above in found and steps < len(parents):  # a stored tree has no circles; a document may
            found[above].add(key)
            above, steps = parents[above], steps + 1
    return {key: frozenset(below) for key, below in found.items()}


def is_under_way(row: BaselineRow, at: datetime) -> bool:
    """Whether the baseline had the work begun but not ended at the moment."""
    return row.start is not None and row.finish is not None and row.start < at < row.finish


def amended(
    current: Mapping[str, BaselineRow],
    planned: Mapping[str, BaselineRow],
    *,
    scope: Collection[str],
    at: datetime,
    done: Mapping[str, Kept],
) -> dict[str, BaselineRow]:
    """The current baseline with what is planned now for the scope, from ``at`` on.

    Args:
        planned: the plan the change led to, as a baseline would keep it.
        done: for every row of ``current`` under way at ``at``, what it had planned up to then.

    Returns:
        Rows whose planned value at any time before ``at`` is that of ``current``, to the minor unit. Work of the scope
        that is finished already is planned at that very moment.
    """
    rows: dict[str, BaselineRow] = {}
    for key in dict.fromkeys((*current, *planned)):
        old, new = current.get(key), planned.get(key)
        if key not in scope or (old is not None and _is_past(old, at)):
            row = old
        elif old is None or not is_under_way(old, at):
            row = None if new is None else _from(new, at)
        else:
            row = _cut(old, done[key]) if new is None else _continued(old, new, done[key])
        if row is not None:
            rows[key] = row
    return rows


def rolled_up(
    rows: Mapping[str, BaselineRow], before: Mapping[str, BaselineRow], nodes: Iterable[WbsNode]
) -> dict[str, BaselineRow]:
    """The rows with summaries that span what lies below them, where any of that was amended."""
    below = subtrees(nodes)
    touched = {row.wbs for key, row in rows.items() if before.get(key) != row and not row.is_summary}
    touched |= {row.wbs for key, row in before.items() if key not in rows}
    found = dict(rows)
    for key, row in rows.items():
        if not row.is_summary or not touched & below.get(row.wbs, frozenset()):
            continue
        inside = [each for each in rows.values() if not each.is_summary and each.wbs in below[row.wbs]]
        starts = [each.start for each in inside if each.start is not None]
        finishes = [each.finish for each in inside if each.finish is not None]
        if starts and finishes:
            found[key] = replace(row, start=min(starts), finish=max(finishes))
    return found


def _is_past(row: BaselineRow, at: datetime) -> bool:
    return row.finish is not None and row.finish <= at


def _from(new: BaselineRow, at: datetime) -> BaselineRow:
    """Work that begins at the moment at the earliest: before it, the baseline said nothing of it."""
    start = None if new.start is None else max(new.start, at)
    finish = None if new.finish is None else max(new.finish, start or at)
    return replace(new, start=start, finish=finish)


def _continued(old: BaselineRow, new: BaselineRow, done: Kept) -> BaselineRow:
    """Work under way: its start and what was planned so far stay, the rest is as planned now."""
    return replace(
        new,
        start=old.start,
        finish=max(new.finish, done.until) if new.finish is not None else done.until,
        # Planned so far is promised so far: a change may add nothing to the rest, but not take back the past.
        duration_ticks=max(new.duration_ticks or 0, done.duration_ticks),
        cost_minor=_larger(new.cost_minor, done.cost_minor),
        kept=(*old.kept, done),
    )


def _cut(old: BaselineRow, done: Kept) -> BaselineRow:
    """Work that the change took out: what was planned of it so far stays planned."""
    return replace(old, finish=done.until, duration_ticks=done.duration_ticks, cost_minor=done.cost_minor)


def _larger(first: int | None, second: int | None) -> int | None:
    known = [each for each in (first, second) if each is not None]
    return max(known) if known else None
