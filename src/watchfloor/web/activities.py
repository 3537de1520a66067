"""The table of a project's activities: what the forecast says of each, filtered and paged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import ActivityTable
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio.queries import ProjectRecord

PAGE_ROWS = 100
_SUMMARY = "summary"
_SHOW = ("open", "all", "critical", "late", "milestones", "done")
_MILESTONE_KINDS = ("start_milestone", "finish_milestone")


@dataclass(frozen=True, slots=True)
class Row:
    """One activity as the table shows it."""

    key: str
    code: str
    name: str
    kind: str
    responsible: str
    status: int  # 0 not started, 1 in progress, 2 complete
    percent: float
    start: datetime | None
    finish: datetime | None
    baseline_finish: datetime | None
    late_days: int | None
    total_float_days: float | None
    critical: bool
    display: str


@dataclass(frozen=True, slots=True)
class Choice:
    search: str = ""
    show: str = "open"
    sort: str = ""
    page: int = 1

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Choice:
        show = values.get("show", "open")
        number = values.get("page", "1")
        sort = values.get("sort", "")
        return cls(
            search=values.get("q", "").strip()[:100],
            show=show if show in _SHOW else "open",
            sort=sort if sort.lstrip("-") in ("name", "start", "finish", "float", "late", "percent") else "",
            page=max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1,
        )


def table(viewer: Viewer, project: ProjectRecord, choice: Choice) -> dict[str, Any]:
    """One page of the newest forecast's activities; one query and plain columns, however many there are."""
    columns = forecasts.activity_forecasts(viewer, project.id)
    chosen = [index for index in range(len(columns)) if _matches(columns, index, choice)]
    if choice.sort:
        chosen = _sorted(columns, chosen, choice.sort)
    first = (choice.page - 1) * PAGE_ROWS
    return {
        "rows": tuple(_row(columns, index) for index in chosen[first : first + PAGE_ROWS]),
        "row_count": len(chosen),
        "total": len(columns),
        "choice": choice,
        "first": first + 1 if chosen else 0,
        "last": min(first + PAGE_ROWS, len(chosen)),
        "previous_page": choice.page - 1 if choice.page > 1 else None,
        "next_page": choice.page + 1 if first + PAGE_ROWS < len(chosen) else None,
        "shows": _SHOW,
    }


def rows_by_key(viewer: Viewer, project: ProjectRecord, keys: Sequence[str]) -> tuple[Row, ...]:
    """The activities of these keys in their order; those the forecast does not know are left out."""
    columns = forecasts.activity_forecasts(viewer, project.id)
    places = {key: index for index, key in enumerate(columns.key)}
    return tuple(_row(columns, places[key]) for key in keys if key in places)


def _matches(columns: ActivityTable, index: int, choice: Choice) -> bool:
    show = choice.show
    if show == "open" and columns.status[index] == 2:
        return False
    if show == "done" and columns.status[index] != 2:
        return False
    if show == "critical" and not (columns.critical[index] and columns.status[index] != 2):
        return False
    if show == "milestones" and columns.kind[index] not in _MILESTONE_KINDS:
        return False
    if show == "late" and not (_late(columns, index) or 0) > 0:
        return False
    if not choice.search:
        return True
    words = f"{columns.key[index]} {columns.code[index]} {columns.name[index]} {columns.responsible[index]}".lower()
    return all(word in words for word in choice.search.lower().split())


def _late(columns: ActivityTable, index: int) -> int | None:
    finish, planned = columns.finish[index], columns.baseline_finish[index]
    return (finish.date() - planned.date()).days if finish is not None and planned is not None else None


def _sorted(columns: ActivityTable, chosen: list[int], sort: str) -> list[int]:
    name = sort.lstrip("-")
    values: dict[str, Sequence[Any]] = {
        "name": columns.name,
        "start": columns.start,
        "finish": columns.finish,
        "float": columns.total_float_days,
        "percent": columns.percent,
    }

    def read(index: int) -> Any:
        return values[name][index] if name in values else _late(columns, index)

    known = [index for index in chosen if read(index) is not None]
    known.sort(key=read, reverse=sort.startswith("-"))
    return known + [index for index in chosen if read(index) is None]


def _row(columns: ActivityTable, index: int) -> Row:
    late = _late(columns, index)
    slack = columns.total_float_days[index]
    done = columns.status[index] == 2
    if done:
        display = "on"
    elif slack is not None and slack < 0:
        display = "risk"
    else:
        display = "watch" if columns.critical[index] and (late or 0) > 0 else "on"
    return Row(
        key=columns.key[index],
        code=columns.code[index] or columns.key[index],
        name=columns.name[index],
        kind=columns.kind[index],
        responsible=columns.responsible[index],
        status=columns.status[index],
        percent=columns.percent[index],
        start=columns.start[index],
        finish=columns.finish[index],
        baseline_finish=columns.baseline_finish[index],
        late_days=late,
        total_float_days=slack,
        critical=columns.critical[index],
        display=display,
    )
