"""The activities of a forecast as one compressed block of columns: a few kilobytes for hundreds of activities."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from watchfloor.forecasts.records import ActivityTable

_FORMAT = b"WF1"
_DIFFERENCE = b"WFD"  # then the id of the forecast whose block it differs from, in eight bytes
_SPARSE = 0.5  # share of changed values up to which they are listed one by one
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - the plan's own wall clock has no zone
_MAX_BYTES = 512 * 1024 * 1024

# Columns stored as ticks since the epoch (None: no date) and read as naive datetimes.
MOMENTS = (
    "start", "finish", "early_start", "early_finish", "late_start", "late_finish",
    "baseline_start", "baseline_finish",
)  # fmt: skip
# The same for each driver; blocks stored before these were kept hold none.
_DRIVER_MOMENTS = ("driver_start", "driver_finish")
_FLAGS = ("is_committed", "critical", "on_longest_path")
PLAIN = (
    "key", "code", "name", "wbs", "kind", "responsible", "status", "percent", "total_float_days", "free_float_days",
    "criticality", "sensitivity", "remaining_days", "duration_days", "budget_minor", "planned_minor",
    "earned_minor", "actual_minor", "driver_offset", "driver_index", "driver_link", "driver_name",
)  # fmt: skip
COLUMNS = frozenset((*MOMENTS, *_DRIVER_MOMENTS, *_FLAGS, *PLAIN))


def pack(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """The columns of an ``ActivityTable`` (moments as ticks, flags as 0 and 1) as bytes."""
    assert columns.keys() == COLUMNS, columns.keys() ^ COLUMNS
    return _packed(columns)


def _packed(columns: Mapping[str, Sequence[Any]]) -> bytes:
    # Level 1 is five times as fast as the default for a tenth more bytes.
    return _FORMAT + zlib.compress(json.dumps(columns, separators=(",", ":")).encode(), 1)


def difference(block: bytes, whole: bytes, whole_id: int) -> bytes | None:
    """The block as what differs from another forecast's whole one; None when that saves nothing."""
    old, new = _columns(whole), _columns(block)
    # A block of an older version may lack columns that the other one has.
    changed: dict[str, Any] = dict.fromkeys(old.keys() - new.keys())
    for name, values in new.items():
        base = old.get(name)
        if base == values:
            continue
        places = [at for at, value in enumerate(values) if base is None or at >= len(base) or base[at] != value]
        if base is not None and len(base) == len(values) and len(places) <= _SPARSE * len(values):
            changed[name] = {"at": places, "is": [values[at] for at in places]}
        else:
            changed[name] = values
    packed = zlib.compress(json.dumps(changed, separators=(",", ":")).encode(), 9)
    found = _DIFFERENCE + whole_id.to_bytes(8, "big") + packed
    return found if len(found) < len(block) else None


def differs_from(block: bytes) -> int | None:
    """Id of the forecast whose whole block is needed to read this one; None for a whole block."""
    return int.from_bytes(block[3:11], "big") if block.startswith(_DIFFERENCE) else None


def whole_again(block: bytes, whole: bytes) -> bytes:
    """The block that :func:`difference` was given."""
    columns = _columns(whole)
    changed = json.loads(_inflated(block[11:]))
    for name, said in changed.items():
        if said is None:
            del columns[name]
        elif isinstance(said, dict):
            columns[name] = list(columns[name])
            for at, value in zip(said["at"], said["is"], strict=True):
                columns[name][at] = value
        else:
            columns[name] = said
    return _packed(columns)


def _columns(block: bytes) -> dict[str, list[Any]]:
    assert block.startswith(_FORMAT), "a block of another version"
    columns: dict[str, list[Any]] = json.loads(_inflated(block[len(_FORMAT) :]))
    return columns


def _inflated(packed: bytes) -> bytes:
    return zlib.decompressobj().decompress(packed, _MAX_BYTES)


@lru_cache(maxsize=64)
def unpack(block: bytes, forecast_id: int, revision_id: int) -> ActivityTable:
    """The table that :func:`pack` stored; an empty block is a table without rows."""
    if not block:
        empty: dict[str, Any] = dict.fromkeys(COLUMNS, ())
        return ActivityTable(forecast_id=forecast_id, revision_id=revision_id, **{**empty, "driver_offset": (0,)})
    columns = _columns(block)
    values: dict[str, Any] = {name: tuple(columns[name]) for name in PLAIN}
    for name in _FLAGS:
        values[name] = tuple(value == 1 for value in columns[name])
    undated = [None] * len(columns["driver_name"])
    for name in (*MOMENTS, *_DRIVER_MOMENTS):
        ticks = columns.get(name, undated) if name in _DRIVER_MOMENTS else columns[name]
        values[name] = tuple(None if tick is None else _moment(tick) for tick in ticks)
    return ActivityTable(forecast_id=forecast_id, revision_id=revision_id, **values)


def _moment(tick: int) -> datetime:
    return _EPOCH + timedelta(seconds=6 * tick)
