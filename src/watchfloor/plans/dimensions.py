"""What rows can be filtered, grouped and coloured by: codes, custom fields and what a plan says anyway. No Django.

A dimension has an id that stands in addresses (``code:Department``, ``field:Site``, ``wbs``); a row has one value of
it, which may be empty. Values of a code may lie under each other: a filter by a value takes those below it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from watchfloor.kit.errors import Invalid
from watchfloor.plans.document import Activity, CodeType, FieldType, Plan

MAX_CONDITIONS = 12
_DEPTH_MAX = 50


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to divide rows. ``labels`` maps value → what to say for it; ``parents`` value → the one above."""

    id: str
    kind: str  # code, field, or the id itself for what is no classification
    title: str
    labels: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_tree(self) -> bool:
        return bool(self.parents)

    def above(self, value: str) -> list[str]:
        """The value and those it lies under, nearest first; a circle in the data ends the walk."""
        chain: list[str] = []
        while value not in chain and len(chain) < _DEPTH_MAX:
            chain.append(value)
            if value not in self.parents:
                break
            value = self.parents[value]
        return chain

    def top(self, value: str) -> str:
        return self.above(value)[-1]

    def label(self, value: str) -> str:
        """What to say for a value: its code, with its description where it has one of its own."""
        said = self.labels.get(value, "")
        if self.kind in {"code", "account"}:
            return f"{value} · {said}" if said and said != value else value
        return said or value


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows whose value of a dimension is this one, or lies under it."""

    dimension: str
    value: str

    def __str__(self) -> str:
        return f"{self.dimension}={self.value}"


def activity_dimensions(plan: Plan, *, accounts: Mapping[str, str] | None = None) -> tuple[Dimension, ...]:
    """What the activities of a plan can be divided by, what the plan itself says first.

    ``accounts`` maps the codes of control accounts to their names.
    """
    nodes = {node.key: node.name for node in plan.wbs}
    above = {node.key: node.parent for node in plan.wbs if node.parent}
    own = [
        Dimension("wbs", "wbs", "WBS", nodes, above),
        Dimension("responsible", "responsible", "Responsible"),
        Dimension("kind", "kind", "Kind"),
        Dimension("progress", "progress", "Progress"),
        Dimension("critical", "critical", "Critical"),
    ]
    if accounts:
        own.append(Dimension("account", "account", "Control account", accounts))
    return (*own, *classified(plan.code_types, plan.field_types, "activity"))


def classified(codes: Iterable[CodeType], fields: Iterable[FieldType], scope: str) -> tuple[Dimension, ...]:
    """The codes and fields of one kind of row as dimensions."""
    by_code = [
        Dimension(f"code:{each.key}", "code", each.name or each.key, each.values, each.parents)
        for each in codes
        if each.scope == scope
    ]
    by_field = [
        Dimension(f"field:{each.key}", "field", each.name or each.key, each.values)
        for each in fields
        if each.scope == scope
    ]
    return (*by_code, *by_field)


def value_of(dimension: str, activity: Activity) -> str:
    """An activity's value of a dimension that its plan gives; those a forecast gives are not for this function."""
    kind, _colon, name = dimension.partition(":")
    if kind == "code":
        return activity.codes.get(name, "")
    if kind == "field":
        return activity.fields.get(name, "")
    if kind == "wbs":
        return activity.wbs
    if kind == "responsible":
        return activity.responsible
    assert kind == "kind", dimension
    return activity.kind.value


def read_conditions(texts: Sequence[str], known: Iterable[Dimension]) -> tuple[Condition, ...]:
    """Conditions as addresses write them, ``code:Department=IT``; names and values may hold any sign.

    Raises:
        Invalid: a condition names no dimension, or there are too many.
    """
    if len(texts) > MAX_CONDITIONS:
        raise Invalid(f"At most {MAX_CONDITIONS} conditions at once.", place="where")
    ids = sorted((each.id for each in known), key=len, reverse=True)
    found = []
    for text in texts:
        # The longest id wins, since a code's name may itself hold the sign.
        dimension = next((each for each in ids if text.startswith(f"{each}=")), None)
        if dimension is None:
            raise Invalid(
                f"There is nothing called “{text.partition('=')[0]:.80}” to filter by.",
                remedy="Take this condition out of the address.",
                place="where",
            )
        found.append(Condition(dimension, text[len(dimension) + 1 :]))
    return tuple(dict.fromkeys(found))


def read_dimension(text: str, known: Iterable[Dimension], place: str) -> Dimension | None:
    """The dimension an address names; None for empty text.

    Raises:
        Invalid: there is no such dimension.
    """
    if not text:
        return None
    found = next((each for each in known if each.id == text), None)
    if found is None:
        raise Invalid(
            f"There is nothing called “{text:.80}” to divide by.",
            remedy="Choose one that is listed, or take it out of the address.",
            place=place,
        )
    return found


def holds(conditions: Iterable[Condition], values: Mapping[str, str], dimensions: Mapping[str, Dimension]) -> bool:
    """Whether a row, given by its values per dimension, is wanted: one condition of each dimension has to hold."""
    met: dict[str, bool] = {}
    for each in conditions:
        if met.get(each.dimension):
            continue
        above = dimensions[each.dimension].above(values[each.dimension])
        met[each.dimension] = each.value in above
    return all(met.values())


def group_values(value: str, first: Dimension, second: Dimension | None, second_value: str) -> tuple[str, str]:
    """The values of two levels of groups. By the same tree twice, the first level shows its topmost values."""
    if second is not None and second.id == first.id:
        return first.top(value), value
    return value, second_value
