"""Head rows ↔ plan: loading the plan as it is now, writing only the rows a change set names, and looking back."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models import Max

from watchfloor.plans import codec
from watchfloor.plans.difference import (
    ORDER,
    PLAN,
    ChangeSet,
    apply,
    changed_digests,
    digest_of,
    keyed,
    row_digests,
    unpack,
)
from watchfloor.plans.document import Activity, ActivityKind, Dependency, DependencyKind, OverlayEntry, Plan
from watchfloor.plans.models import ActivityRow, Checkpoint, DependencyRow, OverlayRow, PlanHead, Revision

_ACTIVITY_COLUMNS = (
    "key", "name", "code", "wbs", "kind", "calendar", "duration_ticks", "remaining_ticks", "percent_complete",
    "actual_start", "actual_finish", "budget_minor", "actual_cost_minor", "remaining_cost_minor", "responsible",
    "is_committed",
)  # fmt: skip
_DEPENDENCY_COLUMNS = (
    "predecessor", "successor", "kind", "lag_ticks", "lag_elapsed", "lag_percent", "predecessor_project",
)  # fmt: skip
_PLAIN_FIELDS = ("name", "code", "currency", "data_date", "start", "must_finish_by", "calendar", "cost_account")
_JSON_FIELDS = (
    "options",
    "calendars",
    "wbs",
    "resources",
    "assignments",
    "code_types",
    "field_types",
    "fields",
    "codes",
    "cost_accounts",
    "expenses",
    "notebooks",
)
_KEPT_ACTIVITIES = 200_000  # of plans held in memory
_PAST_KEPT = 16  # plans as of past revisions


@dataclass(frozen=True, slots=True)
class PlanState:
    """A plan with the digests of its rows, so that the next digest costs only what changed."""

    plan: Plan
    digests: Mapping[str, Mapping[str, bytes]]
    digest: str

    def after(self, plan: Plan, change_set: ChangeSet) -> PlanState:
        """The state once the changes are applied; ``plan`` is the result of that."""
        digests = changed_digests(self.digests, plan, change_set)
        return PlanState(plan, digests, digest_of(digests))


def state_of(plan: Plan) -> PlanState:
    """The state of a plan nothing is known about yet."""
    digests = row_digests(plan)
    return PlanState(plan, digests, digest_of(digests))


class _Kept:
    """The plans used last, by revision and digest, so that a wrong one can never be found."""

    def __init__(self) -> None:
        self._states: OrderedDict[tuple[int, int, str], PlanState] = OrderedDict()
        self._activities = 0
        self._lock = threading.Lock()

    def find(self, key: tuple[int, int, str]) -> PlanState | None:
        with self._lock:
            state = self._states.get(key)
            if state is not None:
                self._states.move_to_end(key)
            return state

    def keep(self, key: tuple[int, int, str], state: PlanState) -> None:
        with self._lock:
            # One revision per project is enough: the head is what is asked for.
            for known in [each for each in self._states if each[0] == key[0]]:
                self._activities -= len(self._states.pop(known).plan.activities)
            self._states[key] = state
            self._activities += len(state.plan.activities)
            while self._activities > _KEPT_ACTIVITIES and len(self._states) > 1:
                _key, gone = self._states.popitem(last=False)
                self._activities -= len(gone.plan.activities)


_kept = _Kept()


def head_row(project_id: int) -> PlanHead | None:
    """The head without its large columns, and its revision's number."""
    return (
        PlanHead.objects.select_related("revision")
        .only("id", "project_id", "digest", "revision__id", "revision__number")
        .filter(project_id=project_id)
        .first()
    )


def head_state(head: PlanHead) -> PlanState:
    """The plan as it is now."""
    key = _key(head)
    state = _kept.find(key)
    if state is None:
        state = state_of(_loaded(head.project_id))
        _kept.keep(key, state)
    return state


def keep(head: PlanHead, state: PlanState) -> None:
    """Remember a state that was just written."""
    _kept.keep(_key(head), state)


def write_head(
    project_id: int, head: PlanHead | None, state: PlanState, change_set: ChangeSet, revision: Revision
) -> PlanHead:
    """Bring the head rows to the plan of the state, touching only what the change set names."""
    plan = state.plan
    tables = {change.table for change in change_set.changes} | {
        change.key for change in change_set.changes if change.table == ORDER
    }
    row = head or PlanHead(project_id=project_id)
    names = {"revision", "digest"}
    for name in _PLAIN_FIELDS:
        if head is None or PLAN in tables:
            setattr(row, name, getattr(plan, name))
            names.add(name)
    for name in _JSON_FIELDS:
        if head is None or name in tables or (PLAN in tables and name in ("options", "fields", "codes")):
            setattr(row, name, _plain(getattr(plan, name)))
            names.add(name)
    row.revision, row.digest = revision, state.digest
    if head is None:
        row.save(force_insert=True)
    else:
        row.save(update_fields=names)
    for table in _MODELS:
        _write_rows(project_id, plan, change_set, table)
    return row


def plan_at(project_id: int, revision: Revision) -> Plan:
    """The plan as it was at a revision: the checkpoint before it, then the changes since."""
    # The digest tells apart revisions of one id, which a rolled back transaction may leave behind.
    return _replayed(project_id, revision.number, revision.digest)


@lru_cache(maxsize=_PAST_KEPT)
def _replayed(project_id: int, number: int, digest: str) -> Plan:
    checkpoint = (
        Checkpoint.objects.select_related("revision")
        .filter(revision__project_id=project_id, revision__number__lte=number)
        .order_by("-revision__number")
        .first()
    )
    assert checkpoint is not None, "the first revision has a checkpoint"
    plan = codec.from_bytes(bytes(checkpoint.block))
    blocks = (
        Revision.objects.filter(project_id=project_id, number__gt=checkpoint.revision.number)
        .filter(number__lte=number)
        .order_by("number")
        .values_list("changes", flat=True)
    )
    for block in blocks:
        plan = apply(plan, unpack(block))
    return plan


def activity_of(row: Sequence[Any]) -> Activity:
    """The record of ``(*_ACTIVITY_COLUMNS, rest)``."""
    values = dict(zip(_ACTIVITY_COLUMNS, row, strict=False))
    values["kind"] = ActivityKind(values["kind"])
    for name, value in row[-1].items():
        values[name] = codec.decode_field(Activity, name, value)
    return Activity(**values)


def activities(rows: models.QuerySet[ActivityRow]) -> tuple[Activity, ...]:
    """The records of a query on head rows."""
    return tuple(map(activity_of, rows.values_list(*_ACTIVITY_COLUMNS, "rest")))


def dependencies(rows: models.QuerySet[DependencyRow]) -> tuple[Dependency, ...]:
    """The records of a query on head rows."""
    found = []
    for predecessor, successor, kind, *others in rows.values_list(*_DEPENDENCY_COLUMNS):
        found.append(Dependency(predecessor, successor, DependencyKind(kind), *others))
    return tuple(found)


def overlay(rows: models.QuerySet[OverlayRow]) -> tuple[OverlayEntry, ...]:
    """The records of a query on head rows."""
    return tuple(codec.decode(OverlayEntry, entry, "overlay") for entry in rows.values_list("entry", flat=True))


def _key(head: PlanHead) -> tuple[int, int, str]:
    return head.project_id, head.revision_id or 0, head.digest


def _loaded(project_id: int) -> Plan:
    head = PlanHead.objects.get(project_id=project_id)
    plain: dict[str, Any] = {name: getattr(head, name) for name in _PLAIN_FIELDS}
    for name in _JSON_FIELDS:
        plain[name] = codec.decode_field(Plan, name, getattr(head, name), name)
    return Plan(
        **plain,
        activities=activities(ActivityRow.objects.filter(project_id=project_id).order_by("position", "id")),
        dependencies=dependencies(DependencyRow.objects.filter(project_id=project_id).order_by("position", "id")),
        overlay=overlay(OverlayRow.objects.filter(project_id=project_id).order_by("position", "id")),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [codec.encode(each) for each in value]
    if dataclasses.is_dataclass(value):
        return codec.encode(value)
    return dict(value)


def _write_rows(project_id: int, plan: Plan, change_set: ChangeSet, table: str) -> None:
    model, to_row = _MODELS[table]
    changes = change_set.of(table)
    gone = [change.key for change in changes if change.after is None]
    if gone:
        for part in _parts(gone, 500):
            model.objects.filter(project_id=project_id, key__in=part).delete()
    written = [change for change in changes if change.after is not None]
    if written:
        rows = keyed(getattr(plan, table))
        place = 0
        if any(change.before is None for change in written):
            last = model.objects.filter(project_id=project_id).aggregate(last=Max("position"))["last"]
            place = 0 if last is None else last + 1
        fresh = []
        for index, change in enumerate(written):
            fresh.append(to_row(project_id, place + index, change.key, rows[change.key]))
        # One statement inserts and updates alike, on SQLite and PostgreSQL; rows that exist keep their position.
        columns = [each.name for each in model._meta.fields if each.name not in ("id", "project", "position", "key")]
        model.objects.bulk_create(
            fresh, update_conflicts=True, unique_fields=("project", "key"), update_fields=columns, batch_size=1000
        )
    if any(change.table == ORDER and change.key == table for change in change_set.changes):
        _write_order(project_id, model, [row.key for row in getattr(plan, table)])


def _write_order(project_id: int, model: Any, keys: Sequence[str]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    statement = f"UPDATE {table} SET position = %s WHERE project_id = %s AND key = %s"  # noqa: S608 - our own name
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(index, project_id, key) for index, key in enumerate(keys)])


def _activity_row(project_id: int, position: int, key: str, activity: Activity) -> ActivityRow:
    values = {name: getattr(activity, name) for name in _ACTIVITY_COLUMNS}
    rest = {name: value for name, value in codec.encode(activity).items() if name not in values}
    return ActivityRow(project_id=project_id, position=position, rest=rest, **values)


def _dependency_row(project_id: int, position: int, key: str, dependency: Dependency) -> DependencyRow:
    values = {name: getattr(dependency, name) for name in _DEPENDENCY_COLUMNS}
    return DependencyRow(project_id=project_id, position=position, key=key, **values)


def _overlay_row(project_id: int, position: int, key: str, entry: OverlayEntry) -> OverlayRow:
    return OverlayRow(
        project_id=project_id,
        position=position,
        key=key,
        activity=entry.activity,
        kind=entry.kind,
        entry=codec.encode(entry),
    )


def _parts(items: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


_MODELS: Mapping[str, tuple[Any, Any]] = {
    "activities": (ActivityRow, _activity_row),
    "dependencies": (DependencyRow, _dependency_row),
    "overlay": (OverlayRow, _overlay_row),
}
