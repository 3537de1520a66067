"""The rows of a baseline: what was promised of each activity, as they are compared, amended and stored. No Django."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from watchfloor.plans import codec
from watchfloor.plans.document import ActivityKind, Plan, PlanBaseline

Dates = Mapping[str, tuple[datetime | None, datetime | None]]  # start and finish per activity key


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a row was planned up to a moment. It stays so, whatever an amendment says of the rest."""

    until: datetime
    duration_ticks: int
    cost_minor: int | None


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """One activity of a baseline; what the source did not say is None, or empty.

    ``kept`` are the moments of amendments that found the activity under way, oldest first, with what was planned
    from its start up to each.
    """

    start: datetime | None
    finish: datetime | None
    duration_ticks: int | None
    cost_minor: int | None
    code: str = ""
    name: str = ""
    wbs: str = ""
    responsible: str = ""
    is_summary: bool = False
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a row over which its cost is spread evenly."""

    start: datetime | None
    finish: datetime | None
    duration_ticks: int | None
    cost_minor: int | None


def parts_of(
    start: datetime | None,
    finish: datetime | None,
    duration_ticks: int | None,
    cost_minor: int | None,
    kept: tuple[Kept, ...],
) -> Iterator[Part]:
    """The stretches of a row: one, and one more for every amendment that found it under way."""
    since, ticks, cost = start, 0, 0
    for each in kept:
        upto = each.cost_minor or 0
        yield Part(since, each.until, each.duration_ticks - ticks, None if cost_minor is None else upto - cost)
        since, ticks, cost = each.until, each.duration_ticks, upto
    rest_ticks = None if duration_ticks is None else duration_ticks - ticks
    yield Part(since, finish, rest_ticks, None if cost_minor is None else cost_minor - cost)


def rows_of_plan(plan: Plan, dates: Dates) -> dict[str, BaselineRow]:
    """Every activity of a plan as a baseline keeps it, with these dates."""
    nothing = (None, None)
    return {
        each.key: BaselineRow(
            *dates.get(each.key, nothing),
            duration_ticks=each.duration_ticks,
            cost_minor=each.budget_minor,
            code=each.code,
            name=each.name,
            wbs=each.wbs,
            responsible=each.responsible,
            is_summary=each.kind is ActivityKind.SUMMARY,
        )
        for each in plan.activities
    }


def rows_of_stored(baseline: PlanBaseline, plan: Plan | None = None) -> dict[str, BaselineRow]:
    """The rows of a baseline that came inside a file, named and placed as in the plan it came with."""
    known = {each.key: each for each in plan.activities} if plan is not None else {}
    rows = {}
    for key in sorted({*baseline.start, *baseline.finish, *baseline.duration_ticks, *baseline.cost_minor}):
        own = known.get(key)
        rows[key] = BaselineRow(
            baseline.start.get(key),
            baseline.finish.get(key),
            baseline.duration_ticks.get(key),
            baseline.cost_minor.get(key),
            code=own.code if own else "",
            name=own.name if own else "",
            wbs=own.wbs if own else "",
            responsible=own.responsible if own else "",
            is_summary=own is not None and own.kind is ActivityKind.SUMMARY,
        )
    return rows


def budget_of_rows(rows: Mapping[str, BaselineRow]) -> int | None:
    """Budget at completion: the sum over activities that are no summaries; None when nothing has a budget."""
    amounts = [row.cost_minor for row in rows.values() if row.cost_minor is not None and not row.is_summary]
    return sum(amounts) if amounts else None


def pack(rows: Mapping[str, BaselineRow]) -> bytes:
    """The rows as one compressed block of columns; equal rows in equal order give equal blocks."""
    columns: dict[str, list[Any]] = {"key": list(rows)}
    for name, read in _COLUMNS:
        columns[name] = [read(row) for row in rows.values()]
    for name, read in _MAYBE:
        values = [read(row) for row in rows.values()]
        if any(values):
            columns[name] = values
    return zlib.compress(json.dumps(columns, separators=(",", ":"), ensure_ascii=False).encode(), 6)


@lru_cache(maxsize=128)
def rows_of(block: bytes) -> Mapping[str, BaselineRow]:
    """The rows of a block, by activity key."""
    columns = codec.parse_json(codec.unpack(block))
    none = [""] * len(columns["key"])
    named = [columns.get(name, none) for name in ("code", "name", "wbs", "responsible", "summary", "kept")]
    figures = [columns[name] for name in ("key", "start", "finish", "duration", "cost")]
    return {
        key: BaselineRow(
            _moment(start), _moment(finish), ticks, cost, code, name, wbs, unit, bool(summary), _kept(moments or None)
        )
        for key, start, finish, ticks, cost, code, name, wbs, unit, summary, moments in zip(
            *figures, *named, strict=True
        )
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def _plain(kept: tuple[Kept, ...]) -> list[list[Any]] | None:
    return [[each.until.isoformat(), each.duration_ticks, each.cost_minor] for each in kept] or None


def _kept(plain: list[list[Any]] | None) -> tuple[Kept, ...]:
    return tuple(Kept(datetime.fromisoformat(until), ticks, cost) for until, ticks, cost in plain or ())


_Read = Callable[[BaselineRow], Any]
_COLUMNS: tuple[tuple[str, _Read], ...] = (
    ("start", lambda row: _text(row.start)),
    ("finish", lambda row: _text(row.finish)),
    ("duration", lambda row: row.duration_ticks),
    ("cost", lambda row: row.cost_minor),
)
# Left out of the block where no row has any.
_MAYBE: tuple[tuple[str, _Read], ...] = (
    ("code", lambda row: row.code),
    ("name", lambda row: row.name),
    ("wbs", lambda row: row.wbs),
    ("responsible", lambda row: row.responsible),
    ("summary", lambda row: int(row.is_summary)),
    ("kept", lambda row: _plain(row.kept)),
)
