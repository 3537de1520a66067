"""The table of a project's activities: what the forecast says of each, filtered, grouped, coloured and paged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.activity_table import SHOWS, SORTS, ActivityChoice, ChosenActivities, chosen_activities
from watchfloor.forecasts.grouping import Group, RollUp, late_days
from watchfloor.forecasts.records import ActivityTable
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.dimensions import Condition, Dimension
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web.dimensions import Option, colours_of, options_of, said, title_of

PAGE_ROWS = 100
FACETS = 200  # values of one dimension offered at once


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
    colour: str = ""  # what the colour stands for
    hue: int = 0


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group, or its total: what it is called, where its activities are listed, what they come to."""

    title: str
    href: str
    level: int
    roll_up: RollUp
    rows: tuple[Row, ...] = ()
    is_coloured: bool = False
    hue: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose, as it stands in the address."""

    table: ActivityChoice = field(default_factory=ActivityChoice)
    facet: str = ""  # dimension whose values are offered to filter by
    listed: bool = False  # groups with their activities below them
    page: int = 1

    @classmethod
    def of(cls, values: QueryDict) -> Choice:
        show, sort, number = values.get("show", "open"), values.get("sort", ""), values.get("page", "1")
        return cls(
            ActivityChoice(
                search=values.get("q", "").strip()[:100],
                show=show if show in SHOWS else "open",
                sort=sort if sort.lstrip("-") in SORTS else "",
                where=tuple(each for each in values.getlist("where") if each),
                by=values.get("by", ""),
                then=values.get("then", ""),
                colour=values.get("colour", ""),
            ),
            facet=values.get("facet", ""),
            listed=values.get("listed", "") == "1",
            page=max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1,
        )

    def href(self, path: str = "", **changes: Any) -> str:
        """The address of this choice with some of it changed; what is as usual is left out."""
        table = replace(self.table, **changes)
        pairs = [
            ("q", table.search),
            ("show", "" if table.show == "open" else table.show),
            ("sort", table.sort),
            *(("where", each) for each in table.where),
            ("by", table.by),
            ("then", table.then if table.by else ""),
            ("colour", table.colour),
        ]
        asked = urlencode([(name, value) for name, value in pairs if value])
        return f"{path}?{asked}" if asked else path or "?"


def table(viewer: Viewer, project: ProjectRecord, choice: Choice) -> dict[str, Any]:
    """What the page shows of the newest forecast's activities; a fixed number of queries, however many there are."""
    chosen = chosen_activities(viewer, project.id, choice.table, also=(choice.facet,))
    hues = colours_of(chosen.colour, chosen.counts(chosen.colour)) if chosen.colour is not None else {}
    listing = chosen.by is None or choice.listed
    order = _listed_order(chosen) if chosen.by is not None else list(chosen.places)
    first = (choice.page - 1) * PAGE_ROWS
    on_page = order[first : first + PAGE_ROWS] if listing else []
    rows = {place: _row(chosen.table, place, chosen, hues) for place in on_page}
    path = f"/projects/{project.code}/activities"
    return {
        "rows": tuple(rows.values()),
        "groups": _group_rows(_Shown(chosen, choice, rows, hues)) if chosen.by is not None else (),
        "groups_left_out": chosen.groups_left_out,
        "sum": chosen.total,
        "sees_costs": chosen.sees_costs,
        "row_count": len(order),
        "total": len(chosen.table),
        "choice": choice.table,
        "page_choice": choice,
        "listing": listing,
        "first": first + 1 if order else 0,
        "last": min(first + PAGE_ROWS, len(order)),
        "previous_page": choice.page - 1 if choice.page > 1 else None,
        "next_page": choice.page + 1 if listing and first + PAGE_ROWS < len(order) else None,
        "options": options_of(chosen.dimensions),
        "conditions": [(_condition(each, chosen), _without(choice, each)) for each in chosen.conditions],
        "facets": _facets(chosen, choice),
        "by_title": title_of(chosen.by) if chosen.by is not None else "",
        "colour_title": title_of(chosen.colour) if chosen.colour is not None else "",
        "legend": _legend(chosen, hues),
        "clear_href": path,
        "export_href": choice.href(f"/projects/{project.code}/activities.csv"),
        "baseline_kind": chosen.table.baseline_kind,
    }


def rows_by_key(viewer: Viewer, project: ProjectRecord, keys: Sequence[str]) -> tuple[Row, ...]:
    """The activities of these keys in their order; those the forecast does not know are left out."""
    columns = forecasts.activity_forecasts(viewer, project.id)
    places = {key: index for index, key in enumerate(columns.key)}
    return tuple(_row(columns, places[key]) for key in keys if key in places)


def _listed_order(chosen: ChosenActivities) -> list[int]:
    """Places in the order of their groups."""
    return [place for group in chosen.groups for lowest in (group.groups or (group,)) for place in lowest.rows]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a group's row needs beside the group."""

    chosen: ChosenActivities
    choice: Choice
    rows: dict[int, Row]  # of this page, by place
    hues: dict[str, int]

    def group(self, group: Group, level: int) -> GroupRow:
        chosen, choice = self.chosen, self.choice
        dimension = chosen.by if level == 1 else chosen.then
        assert dimension is not None
        value = group.values[-1]
        levels = [each for each in (chosen.by, chosen.then) if each is not None]
        added = [str(Condition(each.id, mine)) for each, mine in zip(levels, group.values, strict=False)]
        if len(levels) > 1 and levels[0].id == levels[1].id:
            added = added[-1:]  # of one tree twice, the lower value says it all
        coloured = chosen.colour is not None and chosen.colour.id == dimension.id
        return GroupRow(
            title=said(dimension, value),
            href=choice.href(where=tuple(dict.fromkeys((*choice.table.where, *added))), by="", then=""),
            level=level,
            roll_up=group.roll_up,
            rows=tuple(self.rows[place] for place in group.rows if place in self.rows),
            is_coloured=coloured,
            hue=self.hues.get(value, 0) if coloured else 0,
        )


def _group_rows(shown: _Shown) -> list[GroupRow]:
    """Groups in order, each before those inside it; where activities are listed, only the groups of this page."""
    found: list[GroupRow] = []
    for group in shown.chosen.groups:
        inner = [shown.group(each, 2) for each in group.groups]
        outer = shown.group(group, 1)
        if shown.choice.listed:
            inner = [each for each in inner if each.rows]
            if not inner and not outer.rows:
                continue
        found.extend((outer, *inner))
    return found


def _condition(condition: Condition, chosen: ChosenActivities) -> str:
    dimension = next(each for each in chosen.dimensions if each.id == condition.dimension)
    return f"{title_of(dimension)}: {said(dimension, condition.value)}"


def _without(choice: Choice, condition: Condition) -> str:
    return choice.href(where=tuple(each for each in choice.table.where if each != str(condition)))


def _facets(chosen: ChosenActivities, choice: Choice) -> dict[str, Any] | None:
    """The values of one dimension among the rows, each with how many carry it and the address that keeps only those."""
    dimension = next((each for each in chosen.dimensions if each.id == choice.facet), None)
    if dimension is None:
        return None
    counts = chosen.counts(dimension)
    values = [
        Option(
            said(dimension, value),
            choice.href(where=(*choice.table.where, str(Condition(dimension.id, value)))),
            count,
        )
        for value, count in counts[:FACETS]
    ]
    return {"title": title_of(dimension), "values": values, "left_out": max(0, len(counts) - FACETS)}


def _legend(chosen: ChosenActivities, hues: dict[str, int]) -> list[tuple[int, str, int]]:
    if chosen.colour is None:
        return []
    counts = dict(chosen.counts(chosen.colour))
    named = [(hue, said(chosen.colour, value), counts[value]) for value, hue in hues.items()]
    others = sum(count for value, count in counts.items() if value not in hues)
    return [*named, (0, _("Others"), others)] if others else named


def _row(
    columns: ActivityTable, index: int, chosen: ChosenActivities | None = None, hues: dict[str, int] | None = None
) -> Row:
    late = late_days(columns, index)
    slack = columns.total_float_days[index]
    if columns.status[index] == 2:
        display = "on"
    elif slack is not None and slack < 0:
        display = "risk"
    else:
        display = "watch" if columns.critical[index] and (late or 0) > 0 else "on"
    dimension: Dimension | None = chosen.colour if chosen is not None else None
    value = chosen.value(dimension, index) if chosen is not None and dimension is not None else ""
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
        colour=said(dimension, value) if dimension is not None else "",
        hue=(hues or {}).get(value, 0),
    )
