"""Classifications of an XER file: activity, project and resource codes, and user-defined fields."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from watchfloor.exchange.formats import classification
from watchfloor.exchange.formats.classification import CodeValue
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import date_text
from watchfloor.exchange.formats.xer.tables import XerFile
from watchfloor.plans.document import CodeType, FieldType


class _ActivityCodeType(NamedTuple):
    actv_code_type_id: str
    actv_code_type: str
    proj_id: str
    wbs_id: str
    actv_code_type_scope: str
    seq_num: str


class _ActivityCode(NamedTuple):
    actv_code_id: str
    parent_actv_code_id: str
    actv_code_type_id: str
    actv_code_name: str
    short_name: str
    seq_num: str


class _ProjectCodeType(NamedTuple):
    proj_catg_type_id: str
    proj_catg_type: str
    seq_num: str


class _ProjectCode(NamedTuple):
    proj_catg_id: str
    parent_proj_catg_id: str
    proj_catg_type_id: str
    proj_catg_name: str
    proj_catg_short_name: str
    seq_num: str


class _ResourceCodeType(NamedTuple):
    rsrc_catg_type_id: str
    rsrc_catg_type: str
    seq_num: str


class _ResourceCode(NamedTuple):
    rsrc_catg_id: str
    parent_rsrc_catg_id: str
    rsrc_catg_type_id: str
    rsrc_catg_name: str
    rsrc_catg_short_name: str
    seq_num: str


class _ActivityHas(NamedTuple):
    task_id: str
    actv_code_type_id: str
    actv_code_id: str


class _ProjectHas(NamedTuple):
    proj_id: str
    proj_catg_type_id: str
    proj_catg_id: str


class _ResourceHas(NamedTuple):
    rsrc_id: str
    rsrc_catg_type_id: str
    rsrc_catg_id: str


class _FieldRow(NamedTuple):
    udf_type_id: str
    table_name: str
    udf_type_name: str
    udf_type_label: str
    logical_data_type: str


class _ValueRow(NamedTuple):
    udf_type_id: str
    fk_id: str
    udf_date: str
    udf_number: str
    udf_text: str
    udf_code_id: str


class _FieldCode(NamedTuple):
    udf_code_id: str
    udf_code_name: str
    short_name: str


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of a code type, as the three tables of P6 say it."""

    of: CodeValue
    type_id: str
    order: str


@dataclass(frozen=True, slots=True)
class _Type:
    identity: str
    name: str
    project: str = ""
    scope_word: str = ""


@dataclass(slots=True)
class Classification:
    """Code types of one scope, and which object carries which value (type key → value)."""

    types: list[tuple[str, CodeType]] = field(default_factory=list)  # (id of project or EPS node or empty, type)
    carried: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def of_project(self, project: str) -> tuple[CodeType, ...]:
        """Global types, those of the enterprise's parts, and those that belong to the project."""
        return tuple(kind for owner, kind in self.types if kind.owner != "project" or owner == project)


@dataclass(slots=True)
class Fields:
    """User-defined fields, and their values by table and object id."""

    types: list[FieldType] = field(default_factory=list)
    carried: dict[tuple[str, str], dict[str, str]] = field(default_factory=lambda: defaultdict(dict))


_OWNERS = {"AS_Project": "project", "AS_EPS": "eps"}
_SCOPES = {
    "TASK": "activity",
    "PROJECT": "project",
    "RSRC": "resource",
    "PROJWBS": "wbs",
    "TASKRSRC": "assignment",
    "PROJCOST": "expense",
}
_KINDS = {
    "FT_TEXT": "text",
    "FT_STATICTYPE": "text",
    "FT_FLOAT_2_DECIMALS": "number",
    "FT_FLOAT": "number",
    "FT_INT": "integer",
    "FT_START_DATE": "date",
    "FT_END_DATE": "date",
    "FT_MONEY": "cost",
}


def activity_codes(file: XerFile, remarks: Remarks) -> Classification:
    """Codes of activities, with their global, EPS or project scope."""
    types = [
        _Type(row.actv_code_type_id, row.actv_code_type, row.proj_id, row.actv_code_type_scope)
        for row in sorted(file.records("ACTVTYPE", _ActivityCodeType), key=lambda row: _order(row.seq_num))
    ]
    values = [
        _Value(CodeValue(*row[:2], row.actv_code_name, row.short_name), row.actv_code_type_id, row.seq_num)
        for row in file.records("ACTVCODE", _ActivityCode)
    ]
    return _classify(
        "activity", types, values, file.records("TASKACTV", _ActivityHas), table="TASKACTV", remarks=remarks
    )


def project_codes(file: XerFile, remarks: Remarks) -> Classification:
    types = [_Type(row.proj_catg_type_id, row.proj_catg_type) for row in file.records("PCATTYPE", _ProjectCodeType)]
    values = [
        _Value(CodeValue(*row[:2], row.proj_catg_name, row.proj_catg_short_name), row.proj_catg_type_id, row.seq_num)
        for row in file.records("PCATVAL", _ProjectCode)
    ]
    return _classify("project", types, values, file.records("PROJPCAT", _ProjectHas), table="PROJPCAT", remarks=remarks)


def resource_codes(file: XerFile, remarks: Remarks) -> Classification:
    types = [_Type(row.rsrc_catg_type_id, row.rsrc_catg_type) for row in file.records("RCATTYPE", _ResourceCodeType)]
    values = [
        _Value(CodeValue(*row[:2], row.rsrc_catg_name, row.rsrc_catg_short_name), row.rsrc_catg_type_id, row.seq_num)
        for row in file.records("RCATVAL", _ResourceCode)
    ]
    return _classify(
        "resource", types, values, file.records("RSRCRCAT", _ResourceHas), table="RSRCRCAT", remarks=remarks
    )


def _classify(
    scope: str,
    types: list[_Type],
    values: list[_Value],
    carriers: Iterable[tuple[str, str, str]],
    *,
    table: str,
    remarks: Remarks,
) -> Classification:
    result = Classification()
    key_of_type = _type_keys(types)
    by_type: dict[str, list[_Value]] = defaultdict(list)
    for value in values:
        by_type[value.type_id].append(value)
    value_keys: dict[str, str] = {}
    for kind in types:
        own = [value.of for value in sorted(by_type[kind.identity], key=lambda value: _order(value.order))]
        keys = classification.value_keys(own)
        value_keys.update(keys)
        described = {keys[value.identity]: value.name or value.short for value in own}
        parents = {keys[value.identity]: keys[value.parent] for value in own if value.parent in keys}
        code_type = CodeType(
            key_of_type[kind.identity], kind.name, scope, described, parents, _OWNERS.get(kind.scope_word, "global")
        )
        result.types.append((kind.project, code_type))
    for owner, type_id, value_id in carriers:
        type_key, value_key = key_of_type.get(type_id), value_keys.get(value_id)
        if type_key is None or value_key is None:
            remarks.note("xer.code_unknown", table, "A code assignment names a type or value that the file lacks.")
            continue
        held = result.carried[owner]
        if type_key in held and held[type_key] != value_key:
            remarks.note("xer.code_twice", table, "An object carries two values of one code; the first is kept.")
            continue
        held[type_key] = value_key
    return result


def _type_keys(types: list[_Type]) -> dict[str, str]:
    """A name per type: its own, with the scope added where two types share one."""
    taken: set[str] = set()
    keys: dict[str, str] = {}
    words = {"AS_Project": "project", "AS_EPS": "EPS"}
    for kind in types:
        key = kind.name or kind.identity
        if key in taken:
            key = f"{key} ({words.get(kind.scope_word, 'global')})"
        if key in taken:
            key = f"{key} #{kind.identity}"
        taken.add(key)
        keys[kind.identity] = key
    return keys


def _order(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf


def user_fields(file: XerFile, remarks: Remarks) -> Fields:
    """User-defined fields and values. Those of objects that a plan has no place for are remarked by field."""
    fields = Fields()
    rows = list(file.records("UDFTYPE", _FieldRow))
    labels = {row.udf_code_id: row.short_name or row.udf_code_name for row in file.records("UDFCODE", _FieldCode)}
    taken: set[tuple[str, str]] = set()
    keys: dict[str, tuple[str, str]] = {}
    for row in rows:
        label = row.udf_type_label or row.udf_type_name or row.udf_type_id
        if (row.table_name, label) in taken:
            label = f"{label} #{row.udf_type_id}"
        taken.add((row.table_name, label))
        keys[row.udf_type_id] = (row.table_name, label)
        scope = _SCOPES.get(row.table_name)
        if scope is not None:
            fields.types.append(FieldType(label, label, scope, _KINDS.get(row.logical_data_type, "text")))
    for value in file.records("UDFVALUE", _ValueRow):
        text = (
            value.udf_text
            or value.udf_number
            or date_text(value.udf_date)
            or labels.get(value.udf_code_id, value.udf_code_id)
        )
        known = keys.get(value.udf_type_id)
        if known is None:
            remarks.note(
                "xer.field_unknown", "UDFVALUE", "A value of a user-defined field that the file does not define."
            )
        elif known[0] not in _SCOPES:
            if text:
                remarks.note(
                    "xer.field_without_place",
                    "UDFVALUE",
                    f"Field “{known[1]}” of {known[0]} is not kept; a plan has no such rows.",
                )
        elif text:
            fields.carried[known[0], value.fk_id][known[1]] = text
    # The order of P6's rows means nothing, and differs from export to export.
    fields.types.sort(key=lambda each: (each.scope, each.key))
    return fields
