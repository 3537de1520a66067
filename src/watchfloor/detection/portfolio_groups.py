"""Projects in groups of one or two levels: how many stand where, the worst of them by budget, and sums of money.

The rules are in docs/methods/roll-up.md. No colour is ever averaged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from watchfloor.accounts.queries import managers_of
from watchfloor.detection import queries as detection
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import PortfolioTotals
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import period_queries as periods
from watchfloor.plans.dimensions import Condition, Dimension, group_values, holds, read_conditions, read_dimension
from watchfloor.plans.project_codes import ProjectCodes, project_code_values, project_codes
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord

WORST_FIRST = ("crit", "risk", "watch", "stale", "on", "none", "off")
_OWN = ("programme", "client", "entity", "stage", "country", "currency", "status", "reported", "manager")


@dataclass(frozen=True, slots=True)
class Standing:
    """One project with what it can be divided by beside its own fields."""

    project: ProjectRecord
    display: str
    reported: str
    manager: str


@dataclass(frozen=True, slots=True)
class PortfolioChoice:
    """Conditions and groups as they stand in the address; names are those of its parameters."""

    where: tuple[str, ...] = ()
    by: str = ""
    then: str = ""


@dataclass(frozen=True, slots=True)
class ProjectsRollUp:
    """What some projects come to. ``worst_share`` is the share of the budget that stands at the worst status."""

    count: int
    statuses: Mapping[str, int]  # display → projects, worst first
    worst: str
    worst_share: float | None
    totals: PortfolioTotals | None  # in the reporting currency; None for who may see no costs here


@dataclass(frozen=True, slots=True)
class ProjectGroup:
    values: tuple[str, ...]
    roll_up: ProjectsRollUp
    groups: tuple[ProjectGroup, ...] = ()
    project_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DividedPortfolio:
    """The projects a choice leaves, and what they come to in its groups."""

    standings: tuple[Standing, ...]
    dimensions: tuple[Dimension, ...]
    conditions: tuple[Condition, ...]
    by: Dimension | None
    then: Dimension | None
    total: ProjectsRollUp
    groups: tuple[ProjectGroup, ...]
    _values: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def value(self, dimension: Dimension, project_id: int) -> str:
        return self._values[dimension.id][project_id]

    def counts(self, dimension: Dimension) -> list[tuple[str, int]]:
        """Values of a dimension among the projects with how many carry each, the empty one last."""
        found = Counter(self.value(dimension, each.project.id) for each in self.standings)
        rank = _rank(dimension)
        return sorted(found.items(), key=lambda each: rank(each[0]))


def standings(viewer: Viewer, projects: Sequence[ProjectRecord]) -> tuple[Standing, ...]:
    """The projects with status, report and manager. A fixed number of queries, however many."""
    ids = [each.id for each in projects]
    statuses = detection.statuses(viewer, ids)
    said = periods.latest_submissions(ids, at=viewer.as_of)
    managers = managers_of(ids) if viewer.as_of is None else {}
    return tuple(
        Standing(
            each,
            _display(each, statuses),
            said[each.id].overall if each.id in said else "",
            managers[each.id].full_name if each.id in managers else "",
        )
        for each in projects
    )


def divided_portfolio(
    viewer: Viewer, rows: Sequence[Standing], choice: PortfolioChoice, *, also: Sequence[str] = ()
) -> DividedPortfolio:
    """The projects filtered and in groups. Five queries at most beside those of the sums, however many there are.

    ``also`` names dimensions whose values are wanted besides those of the choice.

    Raises:
        Invalid: the choice names a dimension that none of the projects has.
    """
    ids = [each.project.id for each in rows]
    codes = project_codes(viewer, ids)
    dimensions = _dimensions(viewer, codes.values())
    conditions = read_conditions(choice.where, dimensions)
    by = read_dimension(choice.by, dimensions, "by")
    then = read_dimension(choice.then, dimensions, "then") if by is not None else None
    used = {each.dimension for each in conditions} | {each.id for each in (by, then) if each is not None} | set(also)
    dimensions = tuple(_with_values(viewer, ids, each) if each.id in used else each for each in dimensions)
    known = {each.id: each for each in dimensions}
    by, then = (known[each.id] if each is not None else None for each in (by, then))
    values = {
        name: {each.project.id: _value(name, each, codes.get(each.project.id)) for each in rows}
        for name in used
        if name in known
    }
    tested = sorted({each.dimension for each in conditions})
    kept = tuple(
        each for each in rows if holds(conditions, {name: values[name][each.project.id] for name in tested}, known)
    )
    sums = _Sums(viewer, kept)
    return DividedPortfolio(
        standings=kept,
        dimensions=dimensions,
        conditions=conditions,
        by=by,
        then=then,
        total=sums.roll_up(kept),
        groups=_groups(kept, values, sums, by, then) if by is not None else (),
        _values=values,
    )


class _Sums:
    """Amounts of all the projects, read once; groups add them up."""

    def __init__(self, viewer: Viewer, rows: Sequence[Standing]) -> None:
        seen = [each.project for each in rows if viewer.may("cost.view", each.project.id)]
        self._amounts = forecasts.reporting_amounts(viewer, seen)
        self._sees_any = bool(seen)

    def roll_up(self, rows: Sequence[Standing]) -> ProjectsRollUp:
        found = Counter(each.display for each in rows)
        statuses = {display: found[display] for display in WORST_FIRST if found[display]}
        worst = next(iter(statuses), "none")
        at_worst = [each.project.id for each in rows if each.display == worst]
        budgets = [self._amounts.budget(each.project.id) or 0 for each in rows]
        whole = sum(budgets)
        part = sum(self._amounts.budget(pk) or 0 for pk in at_worst)
        return ProjectsRollUp(
            count=len(rows),
            statuses=statuses,
            worst=worst,
            worst_share=part / whole if whole > 0 else None,
            totals=self._amounts.totals([each.project.id for each in rows]) if self._sees_any else None,
        )


def _groups(
    rows: Sequence[Standing],
    values: Mapping[str, Mapping[int, str]],
    sums: _Sums,
    by: Dimension,
    then: Dimension | None,
) -> tuple[ProjectGroup, ...]:
    found: dict[str, dict[str, list[Standing]]] = {}
    for each in rows:
        pk = each.project.id
        first, second = group_values(values[by.id][pk], by, then, values[then.id][pk] if then is not None else "")
        found.setdefault(first, {}).setdefault(second, []).append(each)
    groups = []
    for first in sorted(found, key=_rank(by)):
        inner: tuple[ProjectGroup, ...] = ()
        if then is not None:
            inner = tuple(
                _group((first, second), found[first][second], sums) for second in sorted(found[first], key=_rank(then))
            )
        members = [each for part in found[first].values() for each in part]
        groups.append(_group((first,), members, sums, inner))
    return tuple(groups)


def _group(
    values: tuple[str, ...], rows: Sequence[Standing], sums: _Sums, inner: tuple[ProjectGroup, ...] = ()
) -> ProjectGroup:
    return ProjectGroup(values, sums.roll_up(rows), inner, tuple(each.project.id for each in rows))


def _dimensions(viewer: Viewer, codes: Collection[ProjectCodes]) -> tuple[Dimension, ...]:
    """What the projects themselves say, then every code and field that one of their plans gives its project."""
    tree = {each.id: each for each in portfolio.programmes(viewer)}
    names = {each.code: each.name for each in tree.values()}
    above = {
        each.code: tree[each.parent_id].code
        for each in tree.values()
        if each.parent_id is not None and each.parent_id in tree
    }
    own = [Dimension(each, each, each) for each in _OWN if each != "programme"]
    by_code = sorted({key for each in codes for key in each.codes}, key=str.casefold)
    by_field = sorted({key for each in codes for key in each.fields}, key=str.casefold)
    return (
        Dimension("programme", "programme", "programme", names, above),
        *own,
        *(Dimension(f"code:{key}", "code", key) for key in by_code),
        *(Dimension(f"field:{key}", "field", key) for key in by_field),
    )


def _with_values(viewer: Viewer, ids: Sequence[int], dimension: Dimension) -> Dimension:
    if dimension.kind != "code":
        return dimension
    labels, parents = project_code_values(viewer, ids, dimension.title)
    return Dimension(dimension.id, "code", dimension.title, labels, parents)


def _value(dimension: str, row: Standing, codes: ProjectCodes | None) -> str:
    kind, _colon, name = dimension.partition(":")
    if kind in ("code", "field"):
        carried = (codes.codes if kind == "code" else codes.fields) if codes is not None else {}
        return carried.get(name, "")
    project = row.project
    return {
        "programme": project.programme_code,
        "client": project.client_name,
        "entity": project.legal_entity_name,
        "stage": project.stage,
        "country": project.country,
        "currency": project.currency,
        "status": row.display,
        "reported": row.reported,
        "manager": row.manager,
    }[kind]


def _rank(dimension: Dimension) -> Callable[[str], tuple[bool, int, str]]:
    """Where a value stands among those of its dimension; the empty one last."""
    listed = WORST_FIRST if dimension.kind in ("status", "reported") else tuple(dimension.labels)
    order = {value: at for at, value in enumerate(listed)}

    def rank(value: str) -> tuple[bool, int, str]:
        return value == "", order.get(value, len(order)), value.casefold()

    return rank


def _display(project: ProjectRecord, statuses: Mapping[int, detection.StatusRecord]) -> str:
    if not project.is_watched:
        return "off"
    return statuses[project.id].display if project.id in statuses else "none"
