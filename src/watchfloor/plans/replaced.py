"""What was edited here in a plan that lives elsewhere, and what the next file puts in its place. Pure.

Values added here (``plans.overlay``) are kept over every file and are never among these.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watchfloor.plans.document import TICKS_PER_HOUR, Activity, Dependency, Plan

_UNSAID = frozenset({"key", "stored", "guid"})


@dataclass(frozen=True, slots=True)
class ReplacedEdit:
    """One edit of ours that a file replaced. ``field`` is the activity's, or ``activity`` or ``link`` as a whole.

    Amounts are not told.
    """

    key: str
    name: str
    field: str
    here: str | int | float | bool | None  # what it was here; None: nothing
    file: str | int | float | bool | None  # what it is now


def replaced_edits(imported: Plan, here: Plan, file: Plan) -> Iterator[ReplacedEdit]:
    """Every edit between ``imported`` and ``here`` that ``file`` does not hold, activity by activity.

    Args:
        imported: the plan as the last file left it; here: as it is now; file: as the next file leaves it.
    """
    first, ours, theirs = ({each.key: each for each in plan.activities} for plan in (imported, here, file))
    for key, row in ours.items():
        before, after = first.get(key), theirs.get(key)
        if before is None and after is None:
            yield ReplacedEdit(key, row.name, "activity", row.name, None)
        if before is not None and after is not None and row != before:
            yield from _fields(before, row, after)
    for key, row in first.items():
        if key not in ours and key in theirs:
            yield ReplacedEdit(key, row.name, "activity", None, row.name)
    was, now, then = (_links(plan) for plan in (imported, here, file))
    for ends in sorted(was.keys() | now.keys()):
        mine = now.get(ends)
        # A link to an activity that is gone went with it.
        if mine != was.get(ends) and then.get(ends) != mine and {ends[0], ends[1]} <= theirs.keys():
            yield ReplacedEdit(ends[1], theirs[ends[1]].name, "link", _said(mine), _said(then.get(ends)))


def _fields(before: Activity, here: Activity, file: Activity) -> Iterator[ReplacedEdit]:
    for each in dataclasses.fields(Activity):
        mine, theirs = getattr(here, each.name), getattr(file, each.name)
        if each.name in _UNSAID or mine == getattr(before, each.name) or mine == theirs:
            continue
        if each.name.endswith("_minor"):
            # Whoever may see an import need not see money.
            yield ReplacedEdit(here.key, here.name, each.name, None, None)
        else:
            yield ReplacedEdit(here.key, here.name, each.name, _plain(mine), _plain(theirs))


def _links(plan: Plan) -> dict[tuple[str, str, str], Dependency]:
    """Links inside the plan; those from other projects are values added here."""
    rows = [each for each in plan.dependencies if not each.predecessor_project]
    return {(each.predecessor, each.successor, each.kind): each for each in rows}


def _said(link: Dependency | None) -> str | None:
    if link is None:
        return None
    lag = f"{link.lag_percent:g} %" if link.lag_percent is not None else f"{link.lag_ticks / TICKS_PER_HOUR:+g} h"
    return f"{link.predecessor} {link.kind.upper()}{f' {lag}' if link.lag_ticks or link.lag_percent else ''}"


def _plain(value: Any) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float | str):
        return value if value != "" else None
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return str(value) if not isinstance(value, tuple | dict) or value else None
