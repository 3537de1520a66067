"""Keys of code values, shared by the formats: P6 lets values of one code share a short name under different parents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PARENTS_MAX = 25


@dataclass(frozen=True, slots=True)
class CodeValue:
    """One value of a code as a tool says it; ``parent`` is the identity of the value above, or empty."""

    identity: str
    parent: str
    name: str
    short: str


def value_keys(values: Sequence[CodeValue]) -> dict[str, str]:
    """A key per value's identity: its short name, or its path from the top where several values share the name.

    The key of a value does not depend on the order of the others, so that a re-import finds it again.
    """
    by_id = {value.identity: value for value in values}
    shorts = Counter(_short(value) for value in values)
    taken: set[str] = set()
    keys: dict[str, str] = {}
    for value in values:
        key = _short(value)
        if shorts[key] > 1:
            key = ".".join([*_ancestors(value, by_id), key])
        if key in taken:
            key = f"{key} #{value.identity}"
        taken.add(key)
        keys[value.identity] = key
    return keys


def _short(value: CodeValue) -> str:
    return value.short or value.name or value.identity


def _ancestors(value: CodeValue, by_id: Mapping[str, CodeValue]) -> list[str]:
    names: list[str] = []
    seen = {value.identity}
    while (parent := by_id.get(value.parent)) is not None and parent.identity not in seen and len(seen) < _PARENTS_MAX:
        names.append(_short(parent))
        seen.add(parent.identity)
        value = parent
    return names[::-1]
