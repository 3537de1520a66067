"""What of a record a viewer may read: money takes ``cost.view``, words people wrote for each other ``internal.view``.

Rooms pass their records through here on the way out. Which fields are money or words is told by their names, so that a
field added later is covered without anybody thinking of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from watchfloor.kit.viewer import Viewer

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)
else:
    Record = TypeVar("Record")

_MONEY = frozenset({"rates", "eac_method"})
_MONEY_ENDING = "_minor"
_WORDS = frozenset(
    {
        "reason", "hold_reason", "resolution", "notes", "note", "path_to_green", "explanation", "decision_note",
        "rule", "expression", "email", "source_name", "source", "checks", "fields", "field_types", "notebooks",
    }
)  # fmt: skip


def discreet(viewer: Viewer, project_id: int, record: Record) -> Record:
    """The record, with all it holds, without what the viewer may not read on the project; most often just itself."""
    sees_money, sees_words = viewer.may("cost.view", project_id), viewer.may("internal.view", project_id)
    return record if sees_money and sees_words else _record(record, sees_money, sees_words)


def discreet_data(viewer: Viewer, project_id: int | None, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same for loose data, such as that of a fact, by names; what concerns no project is whole."""
    if project_id is None:
        return data
    sees_money, sees_words = viewer.may("cost.view", project_id), viewer.may("internal.view", project_id)
    return data if sees_money and sees_words else _mapping(data, sees_money, sees_words)


def is_money(name: str) -> bool:
    """Whether a field, or a column, holds an amount or what gives one away."""
    return name.endswith(_MONEY_ENDING) or name in _MONEY


def may_read(viewer: Viewer, project_id: int, name: str) -> bool:
    """Whether the viewer may read what stands in a field, a table or a column of this name on the project."""
    if is_money(name):
        return viewer.may("cost.view", project_id)
    return name not in _WORDS or viewer.may("internal.view", project_id)


def _record(record: Record, sees_money: bool, sees_words: bool) -> Record:
    changed: dict[str, Any] = {}
    for each in fields(record):
        value = getattr(record, each.name)
        if (not sees_money and is_money(each.name)) or (not sees_words and each.name in _WORDS):
            changed[each.name] = _emptied(value)
        elif isinstance(value, Mapping | tuple) or is_dataclass(value):
            changed[each.name] = _inside(value, sees_money, sees_words)
    return replace(record, **changed)


def _inside(value: Any, sees_money: bool, sees_words: bool) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value, sees_money, sees_words)
    if isinstance(value, Mapping):
        return _mapping(value, sees_money, sees_words)
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return tuple(_inside(each, sees_money, sees_words) for each in value)
    return value


def _mapping(data: Mapping[Any, Any], sees_money: bool, sees_words: bool) -> dict[Any, Any]:
    return {
        name: _inside(value, sees_money, sees_words)
        for name, value in data.items()
        if (sees_money or not is_money(str(name))) and (sees_words or name not in _WORDS)
    }


def _emptied(value: Any) -> Any:
    """Nothing in the shape of the value: columns stay as long as they were, rows of records go."""
    if isinstance(value, tuple):
        return () if value and is_dataclass(value[0]) else tuple(0 if isinstance(each, int) else None for each in value)
    if isinstance(value, Mapping):
        return {}
    return "" if isinstance(value, str) else None
