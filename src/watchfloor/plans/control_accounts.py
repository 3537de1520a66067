"""Which control account an activity belongs to, and which accounts a rule finds in a plan. No Django.

An activity belongs to the nearest WBS node at or above its own that has an account for its unit. Where a node is shared
by several units, the account with the unit's own name wins; one without a unit takes everybody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from watchfloor.plans.document import Activity, ActivityKind, Plan, WbsNode

MAX_LEVEL = 20
MAX_ACCOUNTS = 5_000  # of one project
UNIT_CHARACTERS = 120  # of a unit's name; a longer text is cut, everywhere alike


class UnitKind(StrEnum):
    """What of an activity names the unit that answers for it."""

    NONE = "none"  # accounts are WBS nodes alone
    CODE = "code"
    FIELD = "field"
    RESPONSIBLE = "responsible"


@dataclass(frozen=True, slots=True)
class UnitSource:
    """Where the responsible unit is read from; ``name`` is the code type or field."""

    kind: UnitKind = UnitKind.NONE
    name: str = ""

    def of(self, activity: Activity) -> str:
        """The unit that answers for the activity; empty when the plan does not say."""
        said = ""
        if self.kind is UnitKind.CODE:
            said = activity.codes.get(self.name, "")
        elif self.kind is UnitKind.FIELD:
            said = activity.fields.get(self.name, "")
        elif self.kind is UnitKind.RESPONSIBLE:
            said = activity.responsible
        return said[:UNIT_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Place:
    """A node and a unit: what makes a control account. An empty node is the whole project."""

    wbs: str
    responsible: str = ""


def places_of(plan: Plan, places: Iterable[Place], unit: UnitSource) -> dict[str, Place | None]:
    """The place each activity belongs to, by activity key; None when no account lies above it.

    Summaries are left out: their figures are those of the activities below.
    """
    by_node: dict[str, set[str]] = {}
    for place in places:
        by_node.setdefault(place.wbs, set()).add(place.responsible)
    above = {node.key: node.parent for node in plan.wbs}
    known: dict[tuple[str, str], Place | None] = {}
    found = {}
    for activity in plan.activities:
        if activity.kind is ActivityKind.SUMMARY:
            continue
        wanted = activity.wbs, unit.of(activity)
        if wanted not in known:
            known[wanted] = _nearest(*wanted, by_node, above)
        found[activity.key] = known[wanted]
    return found


def proposed(plan: Plan, *, level: int, unit: UnitSource) -> tuple[Place, ...]:
    """The places a rule finds: nodes at the level, or the lowest above it that hold work, each with its units."""
    chains = _chains(plan.wbs)
    order = {node.key: index for index, node in enumerate(plan.wbs)}
    found = {
        Place(_at_level(chains.get(activity.wbs, ()), level), unit.of(activity))
        for activity in plan.activities
        if activity.kind is not ActivityKind.SUMMARY
    }
    return tuple(sorted(found, key=lambda place: (order.get(place.wbs, -1), place.responsible)))


def account_code(place: Place) -> str:
    """A code for an account nobody named: the node's key, then the unit."""
    return "/".join(part for part in (place.wbs, place.responsible) if part) or "PROJECT"


def _nearest(node: str, unit: str, by_node: Mapping[str, set[str]], above: Mapping[str, str]) -> Place | None:
    for key in (*_upwards(node, above), ""):
        units = by_node.get(key, ())
        if unit in units:
            return Place(key, unit)
        if "" in units:
            return Place(key)
    return None


def _upwards(node: str, above: Mapping[str, str]) -> list[str]:
    """The node and those above it, nearest first; a circle in the data ends the walk."""
    chain: list[str] = []
    while node in above and node not in chain:
        chain.append(node)
        node = above[node]
    return chain


def _chains(nodes: Iterable[WbsNode]) -> dict[str, list[str]]:
    above = {node.key: node.parent for node in nodes}
    return {key: _upwards(key, above)[::-1] for key in above}


def _at_level(chain: list[str] | tuple[str, ...], level: int) -> str:
    return chain[min(level, len(chain)) - 1] if chain and level > 0 else ""
