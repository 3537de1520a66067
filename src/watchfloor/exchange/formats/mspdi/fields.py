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
    values: Mapping[str, str] = field(default_factory=dict)  # its list of values, with descriptions
    table: str = ""  # id of a look-up table that is kept with the outline codes


@dataclass(frozen=True, slots=True)
class _Code:
    type: CodeType
    scope: str
    key_of: Mapping[str, str]  # value id → value's key
    guid: str = ""


@dataclass(slots=True)
class Definitions:
    """What the file says about its custom fields; values are read against it."""

    fields: dict[str, _Field] = field(default_factory=dict)  # field id → definition
    codes: dict[str, _Code] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    used_codes: set[str] = field(default_factory=set)

    def add_field(self, item: Item) -> None:
        identity = item.text("FieldID")
        name = item.text("FieldName")
        scope = _scope(identity)
        key = item.text("Alias") or name or f"Field {identity}"
        if any(other.key == key and other.scope == scope for other in self.fields.values()):
            key = f"{key} ({name or identity})"
        rows = (*item.items("ValueList", "Value"), *item.items("Values", "Value"))
        lookup = {value.text("ID"): value.text("Value") for value in rows}
        kind = _kind(name)
        values = {
            _as_text(value.text("Value"), kind): value.text("Description") for value in rows if value.text("Value")
        }
        self.fields[identity] = _Field(key, scope, kind, lookup, values, item.text("Ltuid").upper())

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
        for value in item.items("Values", "Value"):
            if guid := value.text("FieldGUID").upper():
                key_of.setdefault(guid, key_of.get(value.text("ValueID"), ""))
        guid = item.text("Guid").upper()
        self.codes[identity or guid] = _Code(CodeType(name, name, code_scope, values, parents), scope, key_of, guid)

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
            text = value.text("Value") or self._looked_up(definition, value)
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
            key = None
            if definition is not None:
                key = definition.key_of.get(value.text("ValueID")) or definition.key_of.get(
                    value.text("ValueGUID").upper()
                )
            if definition is None or key is None:
                remarks.note(
                    "mspdi.code_unknown", place, "An outline code names a value that the file does not define."
                )
                continue
            self.used_codes.add(definition.type.key)
            found[definition.type.key] = key
        return found

    def field_types(self) -> tuple[FieldType, ...]:
        """Custom fields, each with what its list of values or its look-up table offers."""
        tables = {code.guid: code.type.values for code in self.codes.values() if code.guid}
        return tuple(
            FieldType(each.key, each.key, each.scope, each.kind, each.values or tables.get(each.table, {}))
            for identity, each in self.fields.items()
            if identity not in self.codes
        )

    def code_types(self) -> tuple[CodeType, ...]:
        """Outline codes; a table that only serves as some field's look-up is kept with that field."""
        served = {each.table for identity, each in self.fields.items() if each.table and identity not in self.codes}
        return tuple(
            each.type for each in self.codes.values() if each.guid not in served or each.type.key in self.used_codes
        )

    def _looked_up(self, definition: _Field, value: Item) -> str:
        """The text of a value that the file gives by its place in a list or table only."""
        listed = definition.lookup.get(value.text("ValueID"), "")
        if listed or not definition.table:
            return listed
        table = next((code for code in self.codes.values() if code.guid == definition.table), None)
        if table is None:
            return ""
        return table.key_of.get(value.text("ValueGUID").upper(), "") or table.key_of.get(value.text("ValueID"), "")


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
