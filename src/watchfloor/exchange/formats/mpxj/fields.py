"""Custom fields and codes that MPXJ read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from watchfloor.exchange.formats.classification import CodeValue, value_keys
from watchfloor.exchange.formats.mpxj.java import Units, real, text
from watchfloor.exchange.formats.values import WORK_TICKS_MAX, date_text
from watchfloor.plans.document import TICKS_PER_HOUR, CodeType, FieldType

# Fields that a user of MS Project defines; everything else in a file is MS Project's own.
_CUSTOM = re.compile(
    r"(ENTERPRISE_)?(CUSTOM_FIELD|TEXT|NUMBER|FLAG|DATE|START|FINISH|COST|DURATION|OUTLINE_CODE|MULTI_VALUE)\d+"
)
_SCOPES = {"TASK": "activity", "RESOURCE": "resource", "PROJECT": "project", "ASSIGNMENT": "assignment"}
_OWNERS = {"GLOBAL": "global", "EPS": "eps", "PROJECT": "project"}
_PARENTS_MAX = 50
_KINDS = {
    "STRING": "text",
    "DATE": "date",
    "BOOLEAN": "flag",
    "NUMERIC": "number",
    "INTEGER": "integer",
    "SHORT": "integer",
    "CURRENCY": "cost",
    "DURATION": "duration",
    "WORK": "duration",
}


@dataclass(frozen=True, slots=True)
class _Custom:
    java: Any
    key: str
    scope: str
    kind: str
    is_code: bool
    values: Mapping[str, str] = field(default_factory=dict)  # of its look-up table
    parents: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class CustomFields:
    """Which custom fields the project uses, by kind of object, and the outline codes among them."""

    of: dict[str, list[_Custom]] = field(default_factory=lambda: {scope: [] for scope in _SCOPES.values()})
    seen_codes: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def read(self, scope: str, holder: Any, units: Units) -> tuple[dict[str, str], dict[str, str]]:
        """(fields, codes) of one task, resource or project."""
        fields: dict[str, str] = {}
        codes: dict[str, str] = {}
        for custom in self.of[scope]:
            value = holder.get(custom.java)
            if value is None:
                continue
            if custom.is_code:
                code = text(value)
                if code:
                    codes[custom.key] = code
                    self.seen_codes[scope, custom.key].setdefault(code, code)
                continue
            said = _as_text(value, custom.kind, units)
            if said:
                fields[custom.key] = said
        return fields, codes

    def field_types(self) -> tuple[FieldType, ...]:
        return tuple(
            FieldType(each.key, each.key, each.scope, each.kind, each.values)
            for rows in self.of.values()
            for each in rows
            if not each.is_code
        )

    def code_types(self) -> tuple[CodeType, ...]:
        """Outline codes with their look-up tables and the values met while reading.

        A dotted value lies below its prefix where no table says otherwise.
        """
        found = []
        for custom in (each for rows in self.of.values() for each in rows if each.is_code):
            values = {**self.seen_codes[custom.scope, custom.key], **custom.values}
            parents = {value: up for value in values if (up := value.rpartition(".")[0]) in values}
            scope = "activity" if custom.scope == "assignment" else custom.scope
            found.append(CodeType(custom.key, custom.key, scope, values, {**parents, **custom.parents}))
        return tuple(found)


def find_custom_fields(project: Any, *, primavera: bool) -> CustomFields:
    """Custom fields that hold a value somewhere in the project, under their alias when they have one."""
    found = CustomFields()
    taken: set[tuple[str, str]] = set()
    aliases = project.getCustomFields()
    for java in _candidates(project):
        scope = _SCOPES.get(str(java.getFieldTypeClass().name()))
        if scope is None:
            continue
        is_user_defined = java.getClass().getSimpleName() == "UserDefinedField"
        # Constants of an enumeration know their own name, user defined fields only their title.
        constant = "" if is_user_defined else str(java.name())
        if not is_user_defined and (primavera or not _CUSTOM.fullmatch(constant)):
            continue
        definition = aliases.get(java)
        key = (text(definition.getAlias()) if definition is not None else "") or text(java.getName())
        if (scope, key) in taken:
            key = f"{key} ({text(java.getName())} {int(java.getValue())})"
        taken.add((scope, key))
        is_code = constant.startswith(("OUTLINE_CODE", "ENTERPRISE_OUTLINE_CODE"))
        kind = _KINDS.get(str(java.getDataType().name()), "text")
        values, parents = _look_up(definition, kind)
        found.of[scope].append(_Custom(java, key, scope, kind, is_code, values, parents))
        if is_code:
            found.seen_codes[scope, key] = {}
    return found


def _candidates(project: Any) -> list[Any]:
    """Fields that hold a value somewhere, and those that the user gave a name or a look-up table."""
    found = {int(each.hashCode()): each for each in project.getPopulatedFields()}
    for definition in project.getCustomFields():
        java = definition.getFieldType()
        table = definition.getLookupTable()
        if java is not None and (text(definition.getAlias()) or (table is not None and not table.isEmpty())):
            found.setdefault(int(java.hashCode()), java)
    return sorted(found.values(), key=lambda each: (str(each.getFieldTypeClass().name()), int(each.getValue())))


def _look_up(definition: Any, kind: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a look-up table offers: value → description, and value → the one above; a value is its path in the table."""
    table: Any = definition.getLookupTable() if definition is not None else None
    if table is None or table.isEmpty():
        return {}, {}
    rows = {}
    for row in table:
        above = row.getParentUniqueID()
        said = text(row.getValue())
        if kind == "date":
            said = date_text(said)
        rows[int(row.getUniqueID())] = (int(above) if above is not None else 0, said, text(row.getDescription()))
    paths = {identity: ".".join(_table_path(identity, rows)) for identity in rows}
    values = {paths[identity]: description or said for identity, (_, said, description) in rows.items()}
    parents = {paths[identity]: paths[above] for identity, (above, _, _) in rows.items() if above in rows}
    return values, parents


def _table_path(identity: int, rows: Mapping[int, tuple[int, str, str]]) -> list[str]:
    names: list[str] = []
    seen: set[int] = set()
    while identity in rows and identity not in seen and len(seen) < _PARENTS_MAX:
        seen.add(identity)
        above, said, _ = rows[identity]
        names.append(said)
        identity = above
    return names[::-1]


def convert_codes(
    containers: Mapping[str, Iterable[Any]],
) -> tuple[tuple[CodeType, ...], dict[tuple[str, int], tuple[str, str]]]:
    """Codes of P6 by scope → code types, and for every value's id (per scope) its type and key."""
    types: list[CodeType] = []
    places: dict[tuple[str, int], tuple[str, str]] = {}
    taken: set[tuple[str, str]] = set()
    for scope, codes in containers.items():
        for code in codes:
            key = text(code.getName()) or text(code.getUniqueID())
            if (scope, key) in taken:
                key = f"{key} #{text(code.getUniqueID())}"
            taken.add((scope, key))
            ordered = [_code_value(value) for value in code.getValues()]
            key_of = value_keys(ordered)
            values = {key_of[value.identity]: value.name or value.short for value in ordered}
            parents = {key_of[value.identity]: key_of[value.parent] for value in ordered if value.parent in key_of}
            for identity, value_key in key_of.items():
                places[scope, int(identity)] = (key, value_key)
            owner = _OWNERS.get(str(code.getScope().name()), "global") if hasattr(code, "getScope") else "global"
            types.append(CodeType(key, key, scope, values, parents, owner))
    return tuple(types), places


def _code_value(value: Any) -> CodeValue:
    parent = value.getParentValue()
    return CodeValue(
        identity=text(value.getUniqueID()),
        parent=text(parent.getUniqueID()) if parent is not None else "",
        name=text(value.getDescription()),
        short=text(value.getName()),
    )


def carried_codes(scope: str, values: Any, places: Mapping[tuple[str, int], tuple[str, str]]) -> dict[str, str]:
    """Code type → value of one object's map of codes."""
    found: dict[str, str] = {}
    if values is None or values.isEmpty():
        return found
    for value in values.values():
        place = places.get((scope, int(value.getUniqueID())))
        if place is not None:
            found[place[0]] = place[1]
    return found


def _as_text(value: Any, kind: str, units: Units) -> str:
    if kind == "flag":
        return "true" if bool(value) else ""
    if kind == "duration" and hasattr(value, "getDuration"):
        ticks = units.ticks(value, bound=WORK_TICKS_MAX)
        return "" if ticks is None else f"{ticks / TICKS_PER_HOUR:g}"
    if kind == "date":
        return date_text(text(value))
    if kind == "cost":
        amount = real(value)
        return "" if amount is None else f"{amount:.2f}"
    if kind in {"number", "integer"}:
        amount = real(value)
        return "" if amount is None else f"{amount:g}"
    return text(value)
