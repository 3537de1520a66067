"""What changed between two plans, as data that can be applied, inverted, stored and read by a person. No Django.

Rows are told apart by their stable keys. The order of rows is no change in itself, because P6 exports rows in any
order; once something else changed, the order of activities and WBS nodes is carried along.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watchfloor.kit.errors import Conflict
from watchfloor.plans import codec
from watchfloor.plans.document import CodeType, FieldType, Plan

PLAN = "plan"  # the table of what is no list: one change per field
ORDER = "order"
TABLES = tuple(name for name in codec.TABLES if name != "baselines")
_NOT_STORED = frozenset({"baselines", "guid"})  # what a file brings that is no part of the plan
PLAN_FIELDS = tuple(
    each.name for each in dataclasses.fields(Plan) if each.name not in TABLES and each.name not in _NOT_STORED
)
_LISTS = frozenset({CodeType, FieldType})
_ORDERED_TABLES = ("wbs", "activities")
RowDigests = Mapping[str, Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class Change:
    """One row added (no ``before``), removed (no ``after``) or changed (only the fields that differ), as plain data."""

    table: str
    key: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Everything that leads from one plan to the next."""

    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    def of(self, table: str) -> tuple[Change, ...]:
        """The changes of one table."""
        return tuple(change for change in self.changes if change.table == table)

    def counts(self, table: str = "activities") -> tuple[int, int, int]:
        """Rows of a table added, removed and changed."""
        rows = self.of(table)
        added = sum(change.before is None for change in rows)
        removed = sum(change.after is None for change in rows)
        return added, removed, len(rows) - added - removed


def difference(before: Plan | None, after: Plan) -> ChangeSet:
    """The change set that turns ``before`` into ``after``; from nothing, every row is added."""
    if before is None:
        before = Plan(code="", name="")
    changes = list(_plan_changes(before, after))
    for table in TABLES:
        changes.extend(_table_changes(table, getattr(before, table), getattr(after, table)))
    if changes:
        changes.extend(_order_changes(before, after))
    return ChangeSet(tuple(changes))


def apply(plan: Plan, change_set: ChangeSet) -> Plan:
    """The plan after the changes.

    Raises:
        Conflict: a row is not what the change set found; its message names the first such row.
    """
    fields: dict[str, Any] = {}
    touched: dict[str, dict[str, Any]] = {}
    for change in change_set.changes:
        if change.table == PLAN:
            _apply_plan_field(plan, fields, change)
        elif change.table != ORDER:
            if change.table not in touched:
                touched[change.table] = dict(keyed(getattr(plan, change.table)))
            _apply_row(touched[change.table], change)
    for change in change_set.of(ORDER):
        rows = touched.get(change.key)
        if rows is None:
            rows = touched[change.key] = dict(keyed(getattr(plan, change.key)))
        touched[change.key] = _reordered(rows, (change.after or {})["keys"])
    fields.update((table, tuple(rows.values())) for table, rows in touched.items())
    return dataclasses.replace(plan, **fields)


def inverse(change_set: ChangeSet) -> ChangeSet:
    """The change set that leads back."""
    return ChangeSet(tuple(Change(each.table, each.key, each.after, each.before) for each in change_set.changes))


def keyed(rows: Iterable[Any]) -> dict[str, Any]:
    """Rows by their key; P6 may assign one resource twice to an activity, so repeated keys get a number."""
    found: dict[str, Any] = {}
    for row in rows:
        key = row.key
        if key in found:
            number = 2
            while f"{key}#{number}" in found:
                number += 1
            key = f"{key}#{number}"
        found[key] = row
    return found


def digest(plan: Plan) -> str:
    """SHA-256 over everything but imported baselines and the order of rows: equal plans have equal digests."""
    return digest_of(row_digests(plan))


def row_digests(plan: Plan) -> dict[str, dict[str, bytes]]:
    """Digest of every row, so that the digest after a small change needs only the changed rows."""
    found = {table: {key: _row_digest(row) for key, row in keyed(getattr(plan, table)).items()} for table in TABLES}
    found[PLAN] = {name: _plain_digest(codec.encode_field(Plan, name, getattr(plan, name))) for name in PLAN_FIELDS}
    return found


def changed_digests(known: RowDigests, plan: Plan, change_set: ChangeSet) -> dict[str, Mapping[str, bytes]]:
    """:func:`row_digests` of ``plan``, given those of the plan before the changes."""
    found = dict(known)
    for table in {change.table for change in change_set.changes} - {ORDER}:
        if table == PLAN:
            found[PLAN] = {
                name: _plain_digest(codec.encode_field(Plan, name, getattr(plan, name))) for name in PLAN_FIELDS
            }
            continue
        rows, digests = keyed(getattr(plan, table)), dict(known[table])
        for change in change_set.of(table):
            if change.after is None:
                digests.pop(change.key, None)
            else:
                digests[change.key] = _row_digest(rows[change.key])
        found[table] = digests
    return found


def digest_of(digests: RowDigests) -> str:
    """The digest of a plan from those of its rows."""
    whole = hashlib.sha256()
    for table in sorted(digests):
        rows = digests[table]
        whole.update(f"{table}:{len(rows)};".encode())
        for key in sorted(rows):
            whole.update(rows[key])
    return whole.hexdigest()


def pack(change_set: ChangeSet) -> bytes:
    """The change set, compressed for storage."""
    rows = [[each.table, each.key, each.before, each.after] for each in change_set.changes]
    return zlib.compress(json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode(), 1)


def unpack(block: bytes | memoryview) -> ChangeSet:
    """The change set that :func:`pack` stored."""
    rows = codec.parse_json(codec.unpack(bytes(block)))
    return ChangeSet(tuple(Change(table, key, before, after) for table, key, before, after in rows))


def _plan_changes(before: Plan, after: Plan) -> Iterable[Change]:
    for name in PLAN_FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            encoded = (codec.encode_field(Plan, name, old), codec.encode_field(Plan, name, new))
            yield Change(PLAN, name, {"value": encoded[0]}, {"value": encoded[1]})


def _table_changes(table: str, before: Sequence[Any], after: Sequence[Any]) -> Iterable[Change]:
    if before is after:
        return
    old, new = keyed(before), keyed(after)
    for key, row in old.items():
        if key not in new:
            yield Change(table, key, codec.encode(row), None)
    for key, row in new.items():
        known = old.get(key)
        if known is None:
            yield Change(table, key, None, codec.encode(row))
        elif known is not row and not _alike(known, row):
            yield _row_change(table, key, known, row)


def _alike(one: Any, other: Any) -> bool:
    # The values of a code type or field come in an order of their own, which equality of mappings overlooks.
    return bool(one == other) and (type(one) not in _LISTS or list(one.values) == list(other.values))


def _row_change(table: str, key: str, before: Any, after: Any) -> Change:
    old, new = {}, {}
    for name, field in codec.shape(type(before)).items():
        one, other = getattr(before, name), getattr(after, name)
        if one != other or (name == "values" and list(one) != list(other)):
            old[name], new[name] = field.encode(one), field.encode(other)
    return Change(table, key, old, new)


def _order_changes(before: Plan, after: Plan) -> Iterable[Change]:
    """The order of a table, where taking rows out and putting new ones last does not give it, there or back."""
    for table in _ORDERED_TABLES:
        if getattr(before, table) is getattr(after, table):
            continue
        old, new = [row.key for row in getattr(before, table)], [row.key for row in getattr(after, table)]
        if old == new:
            continue
        was, is_now = set(old), set(new)
        there = [key for key in old if key in is_now] + [key for key in new if key not in was]
        back = [key for key in new if key in was] + [key for key in old if key not in is_now]
        if there != new or back != old:
            yield Change(ORDER, table, {"keys": old}, {"keys": new})


def _apply_plan_field(plan: Plan, fields: dict[str, Any], change: Change) -> None:
    assert change.before is not None
    assert change.after is not None
    if codec.encode_field(Plan, change.key, getattr(plan, change.key)) != change.before["value"]:
        raise Conflict(f"The plan's {change.key} was changed later.", place=change.key)
    fields[change.key] = codec.decode_field(Plan, change.key, change.after["value"])


def _apply_row(rows: dict[str, Any], change: Change) -> None:
    row = rows.get(change.key)
    record_type = codec.TABLES[change.table]
    if change.before is None:
        if row is not None:
            raise Conflict(f"{change.key} exists again.", place=change.key)
        rows[change.key] = codec.decode(record_type, change.after, change.key)
        return
    if row is None:
        raise Conflict(f"{change.key} was removed later.", place=change.key)
    if change.after is None:
        if codec.encode(row) != change.before:
            raise Conflict(f"{change.key} was changed later.", place=change.key)
        del rows[change.key]
        return
    shape = codec.shape(record_type)
    values = {}
    for name, old in change.before.items():
        if shape[name].encode(getattr(row, name)) != old:
            raise Conflict(f"{change.key} was changed later: {name}.", place=change.key)
        values[name] = codec.decode_field(record_type, name, change.after[name])
    rows[change.key] = dataclasses.replace(row, **values)


def _reordered(rows: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Rows in the order of the keys; rows that came later keep their place at the end."""
    rank = {key: index for index, key in enumerate(keys)}
    return dict(sorted(rows.items(), key=lambda item: rank.get(item[0], len(rank))))


def _row_digest(row: Any) -> bytes:
    return _plain_digest(codec.encode(row))


def _plain_digest(plain: Any) -> bytes:
    return hashlib.sha256(json.dumps(plain, separators=(",", ":"), sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RowChange:
    """One activity or other row as a person reads it; ``kind`` is added, removed or changed."""

    key: str
    name: str
    kind: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkChange:
    predecessor: str
    successor: str
    kind: str  # added, removed, changed
    link: str  # FS, SS, FF, SF
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadableDifference:
    """A change set for people: activities first, then logic, then the plan itself and everything else by table."""

    activities: tuple[RowChange, ...]
    links: tuple[LinkChange, ...]
    plan: tuple[FieldChange, ...]
    others: Mapping[str, tuple[RowChange, ...]]  # table → rows


def readable(change_set: ChangeSet, names: Mapping[str, str] | None = None) -> ReadableDifference:
    """The change set in the order a person asks for it; ``names`` gives the activities' names."""
    names = names or {}
    rows = {table: tuple(_readable_row(each, names) for each in change_set.of(table)) for table in TABLES}
    return ReadableDifference(
        activities=rows.pop("activities"),
        links=tuple(_readable_link(each) for each in change_set.of("dependencies")),
        plan=tuple(
            FieldChange(each.key, _plan_value(each.key, each.before), _plan_value(each.key, each.after))
            for each in change_set.of(PLAN)
        ),
        others={table: each for table, each in rows.items() if each and table != "dependencies"},
    )


def _readable_row(change: Change, names: Mapping[str, str]) -> RowChange:
    said = change.after or change.before or {}
    name = said.get("name") or names.get(change.key, "")
    if change.before is None or change.after is None:
        return RowChange(change.key, name, "added" if change.before is None else "removed")
    return RowChange(change.key, name, "changed", _field_changes(change))


def _readable_link(change: Change) -> LinkChange:
    ends, _colon, link = change.key.rpartition(":")
    predecessor, _arrow, successor = ends.rpartition(">")
    said = change.after or change.before or {}
    kind = "added" if change.before is None else "removed" if change.after is None else "changed"
    return LinkChange(
        said.get("predecessor") or predecessor.partition("/")[2],
        said.get("successor") or successor,
        kind,
        link.partition("#")[0],
        _field_changes(change) if kind == "changed" else (),
    )


def _field_changes(change: Change) -> tuple[FieldChange, ...]:
    record_type = codec.TABLES[change.table]
    assert change.before is not None
    assert change.after is not None
    return tuple(
        FieldChange(
            name,
            codec.decode_field(record_type, name, change.before[name]),
            codec.decode_field(record_type, name, change.after[name]),
        )
        for name in change.before
    )


def _plan_value(name: str, said: Mapping[str, Any] | None) -> Any:
    return None if said is None else codec.decode_field(Plan, name, said["value"])
