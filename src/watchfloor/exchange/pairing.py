"""Which activity of a file is which of ours: by code, then by GUID, then as a proposed rename. No Django.

The key of a read activity is what its tool calls it: the activity id of P6, the code of a sheet, the unique number of
MS Project. Ours stay as they are for life; a plan that comes in is told with the keys we hold before it is recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchfloor.plans.document import Activity, Plan

_SAME_NEIGHBOURS = 0.5  # share of linked activities that must be the same, for a rename to go without saying
MAX_RENAMES = 500  # proposed for one plan


@dataclass(frozen=True, slots=True)
class Rename:
    """An activity whose code in the source changed. ``accepted`` ones are applied, others wait for a person."""

    source_key: str
    key: str  # ours
    name: str
    how: str  # guid, rename
    accepted: bool


@dataclass(frozen=True, slots=True)
class Pairing:
    """Source key → our key, for those that differ; and the renames found on the way."""

    keys: Mapping[str, str]
    renames: tuple[Rename, ...] = ()
    taken: tuple[str, ...] = ()  # source keys that got a key of their own, because theirs is in use here


def pair(held: Plan | None, plan: Plan, aliases: Mapping[str, str]) -> Pairing:
    """Find what the file's activities are here.

    In this order: what was decided before (``aliases``), the same key, the same code, the same GUID, and for what is
    left a rename:
    the same name, which occurs once among the activities that went and once among those that came. A rename is
    accepted when kind and WBS path or most of the linked activities are the same too, and no actual date is taken
    back; else it is proposed. A bare number (MS Project) says less than a GUID, so there the GUID comes first.
    """
    if held is None:
        return Pairing({})
    ours = {each.key: each for each in held.activities}
    theirs = {each.key: each for each in plan.activities}
    # What a decision of before says comes first, as long as the file does not hold our key itself for another one.
    known = {key: source for source, key in aliases.items() if source in theirs}  # one source for each of ours
    found = {source: key for key, source in known.items()}
    left = {key: each for key, each in theirs.items() if key not in found}
    free = {key: each for key, each in ours.items() if key not in known}
    renames: list[Rename] = []
    by_guid = _by_guid(left, free)
    numbers = {source: key for source, key in by_guid.items() if source.isdecimal() and source != key}
    _take(found, left, free, numbers)
    _take(found, left, free, {key: key for key in left if key in free})
    codes = _once(free, "code")
    _take(found, left, free, {key: codes[code] for key in left if (code := _folded(key)) in codes})
    late = {source: key for source, key in by_guid.items() if source in left and key in free}
    _take(found, left, free, late)
    for source, key in {**numbers, **late}.items():
        renames.append(Rename(source, key, theirs[source].name, "guid", accepted=True))
    for rename in _renamed(held, plan, left, free, found):
        renames.append(rename)
        if rename.accepted:
            _take(found, left, free, {rename.source_key: rename.key})
    taken = _own_keys(found, left)
    return Pairing(
        {source: key for source, key in found.items() if source != key}, tuple(renames[:MAX_RENAMES]), tuple(taken)
    )


def is_number(key: str) -> bool:
    """Whether a key is a bare number, which any two files of MS Project share."""
    return key.isdecimal()


def _take(
    found: dict[str, str], left: dict[str, Activity], free: dict[str, Activity], pairs: Mapping[str, str]
) -> None:
    for source, key in pairs.items():
        found[source] = key
        left.pop(source, None)
        free.pop(key, None)


def _by_guid(left: Mapping[str, Activity], free: Mapping[str, Activity]) -> dict[str, str]:
    """Pairs that share a GUID which occurs once on either side."""
    ours, theirs = _once(free, "guid"), _once(left, "guid")
    return {theirs[guid]: ours[guid] for guid in theirs if guid in ours}


def _once(rows: Mapping[str, Activity], name: str) -> dict[str, str]:
    said = {key: _folded(getattr(each, name)) for key, each in rows.items()}
    counts = Counter(said.values())
    return {text: key for key, text in said.items() if text and counts[text] == 1}


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _renamed(
    held: Plan, plan: Plan, left: Mapping[str, Activity], free: Mapping[str, Activity], found: Mapping[str, str]
) -> Iterable[Rename]:
    ours, theirs = _once(free, "name"), _once(left, "name")
    pairs = {theirs[name]: ours[name] for name in theirs if name in ours}
    if not pairs:
        return
    known = {**found, **pairs}
    paths = _paths(held), _paths(plan)
    around = _neighbours(held, {}), _neighbours(plan, known)
    for source, key in pairs.items():
        one, other = free[key], left[source]
        same_place = paths[0].get(one.wbs) == paths[1].get(other.wbs)
        near, near_now = around[0].get(key, set()), around[1].get(key, set())
        linked = len(near & near_now) >= _SAME_NEIGHBOURS * len(near | near_now) if near | near_now else False
        accepted = one.kind is other.kind and (same_place or linked) and not _takes_back(one, other)
        yield Rename(source, key, other.name, "rename", accepted)


def _takes_back(one: Activity, other: Activity) -> bool:
    """Whether the activity was started or finished, and now is not."""
    return (one.actual_start is not None and other.actual_start is None) or (
        one.actual_finish is not None and other.actual_finish is None
    )


def _paths(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The names from the top down to each WBS node; the project itself, whose name changes, is none."""
    nodes = {each.key: each for each in plan.wbs}
    found: dict[str, tuple[str, ...]] = {"": ()}
    for key in nodes:
        names: list[str] = []
        at = key
        while at in nodes and len(names) < 100:
            names.append(_folded(nodes[at].name))
            at = nodes[at].parent
        found[key] = tuple(reversed(names))
    return found


def _neighbours(plan: Plan, keys: Mapping[str, str]) -> dict[str, set[str]]:
    """The activities linked with each one, by our keys, with a sign for the side they stand on."""
    found: dict[str, set[str]] = {}
    for link in plan.dependencies:
        if not link.predecessor_project:
            before, after = keys.get(link.predecessor, link.predecessor), keys.get(link.successor, link.successor)
            found.setdefault(after, set()).add(f"<{before}")
            found.setdefault(before, set()).add(f">{after}")
    return found


def _own_keys(found: dict[str, str], left: Mapping[str, Activity]) -> list[str]:
    """New activities whose key already means another one here get a key of their own."""
    held = set(found.values())
    taken = [key for key in left if key in held]
    used = held | set(left)
    for key in taken:
        number = 2
        while f"{key}~{number}" in used:  # ends: finitely many keys are in use
            number += 1
        found[key] = f"{key}~{number}"
        used.add(found[key])
    return taken
