"""Custom fields and outline codes of MS Project XML: definitions, look-up tables, values as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from watchfloor.exchange.formats.mspdi.elements import Item
from watchfloor.exchange.formats.mspdi.values import duration
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import date_text, number
from watchfloor.plans.document import TICKS_PER_HOUR, CodeType, FieldType

# MS Project numbers its fields in blocks of 65,536 per kind of object.
_SCOPES = {0x0B40: "activity", 0x0B41: "project", 0x0C40: "resource", 0x0F40: "assignment"}
_PARENTS_MAX = 50
_KINDS = {
    "Text": "text",
    "Number": "number",
    "Flag": "flag",
    "Date": "date",
    "Start": "date",
    "Finish": "date",
    "Cost": "cost",
    "Duration": "duration",
}


@dataclass(frozen=True, slots=True)
class _Field:
    key: str
    scope: str
    kind: str
    lookup: Mapping[str, str]  # id of a look-up row → its text


@dataclass(frozen=True, slots=True)
class _Code:
    type: CodeType
    scope: str
    key_of: Mapping[str, str]  # value id → value's key


@dataclass(slots=True)
class Definitions:
    """What the file says about its custom fields; values are read against it."""

    fields: dict[str, _Field] = field(default_factory=dict)  # field id → definition
    codes: dict[str, _Code] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def add_field(self, item: Item) -> None:
        identity = item.text("FieldID")
        name = item.text("FieldName")
        scope = _scope(identity)
        key = item.text("Alias") or name or f"Field {identity}"
        if any(other.key == key and other.scope == scope for other in self.fields.values()):
            key = f"{key} ({name or identity})"
        lookup = {
            value.text("ID"): value.text("Value")
            for value in (*item.items("ValueList", "Value"), *item.items("Values", "Value"))
        }
        self.fields[identity] = _Field(key, scope, _kind(name), lookup)

    def add_code(self, item: Item) -> None:
        identity = item.text("FieldID")
        name = item.text("Alias") or item.text("FieldName") or f"Outline code {identity}"
        rows = {
            value.text("ValueID"): (value.text("ParentValueID"), value.text("Value"), value.text("Description"))
            for value in item.items("Values", "Value")
        }
        key_of: dict[str, str] = {}
        values: dict[str, str] = {}
        parents: dict[str, str] = {}
        for value_id, (parent, text, description) in rows.items():
            key = ".".join(_path(value_id, rows))
            key = key if key not in values else f"{key} #{value_id}"
            key_of[value_id] = key
            values[key] = description or text
            if parent in rows and parent != value_id:
                parents[key] = ".".join(_path(parent, rows))
        scope = _scope(identity)
        if any(other.type.key == name and other.scope == scope for other in self.codes.values()):
            name = f"{name} ({item.text('FieldName') or identity})"
        code_scope = scope if scope in {"activity", "project", "resource"} else "activity"
        self.codes[identity] = _Code(CodeType(name, name, code_scope, values, parents), scope, key_of)

    def read_fields(self, item: Item, place: str, remarks: Remarks) -> dict[str, str]:
        """Custom values of one object, by the field's key."""
        found: dict[str, str] = {}
        for value in item.items("ExtendedAttribute"):
            identity = value.text("FieldID")
            definition = self.fields.get(identity)
            if definition is None:
                if identity in self.codes:
                    continue
                remarks.note(
                    "mspdi.field_undefined", place, f"Field {identity} is not defined in the file; kept by number."
                )
                definition = _Field(f"Field {identity}", _scope(identity), "text", {})
                self.fields[identity] = definition
            text = value.text("Value") or definition.lookup.get(value.text("ValueID"), "")
            text = _as_text(text, definition.kind)
            if text:
                self.used.add(identity)
                found[definition.key] = text
        return found

    def read_codes(self, item: Item, place: str, remarks: Remarks) -> dict[str, str]:
        """Outline codes of one object: code type → value."""
        found: dict[str, str] = {}
        for value in item.items("OutlineCode"):
            definition = self.codes.get(value.text("FieldID"))
            key = definition.key_of.get(value.text("ValueID")) if definition else None
            if definition is None or key is None:
                remarks.note(
                    "mspdi.code_unknown", place, "An outline code names a value that the file does not define."
                )
                continue
            found[definition.type.key] = key
        return found

    def field_types(self) -> tuple[FieldType, ...]:
        """Fields of activities, resources and the project; those of assignments have no place in a plan."""
        return tuple(
            FieldType(each.key, each.key, each.scope, each.kind)
            for each in self.fields.values()
            if each.scope in {"activity", "project", "resource"}
        )

    def code_types(self) -> tuple[CodeType, ...]:
        return tuple(each.type for each in self.codes.values())


def _scope(identity: str) -> str:
    return _SCOPES.get(int(identity) >> 16, "activity") if identity.isascii() and identity.isdigit() else "activity"


def _kind(name: str) -> str:
    word = name.rstrip("0123456789")
    # Enterprise fields are called “Enterprise Cost1” and the like.
    return _KINDS.get(word.rpartition(" ")[2], "text")


def _path(value_id: str, rows: Mapping[str, tuple[str, str, str]]) -> list[str]:
    names: list[str] = []
    seen: set[str] = set()
    while value_id in rows and value_id not in seen and len(seen) < _PARENTS_MAX:
        seen.add(value_id)
        parent, text, _ = rows[value_id]
        names.append(text)
        value_id = parent
    return names[::-1]


def _as_text(text: str, kind: str) -> str:
    """One form per kind: flags true/false, amounts in main units, durations in hours."""
    if not text:
        return ""
    if kind == "flag":
        return "true" if text.lower() in {"1", "true"} else "false"
    if kind == "date":
        return date_text(text)
    if kind == "cost":
        value = number(text)
        return text if value is None else f"{value / 100:.2f}"
    if kind == "duration":
        value_ticks = duration(text)
        return text if value_ticks is None else f"{value_ticks / TICKS_PER_HOUR:g}"
    return text
