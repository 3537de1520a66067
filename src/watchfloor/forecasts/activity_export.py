"""What the table of activities shows, as rows for a spreadsheet. Column names are stable; units stand last."""

from __future__ import annotations

from collections.abc import Iterator

from watchfloor.drawing.sheets import Cell
from watchfloor.forecasts.activity_table import ChosenActivities
from watchfloor.forecasts.grouping import Group, RollUp, late_days
from watchfloor.money.amount import in_main_units
from watchfloor.plans.dimensions import Dimension

_ROW = (
    "key", "code", "name", "wbs", "kind", "responsible", "progress_percent", "start", "finish", "baseline_finish",
    "late_days", "total_float_days", "critical",
)  # fmt: skip
_GROUP = (
    "activities", "finished", "critical", "late", "start", "finish", "baseline_finish", "duration_days",
    "progress_percent", "total_float_days",
)  # fmt: skip
_MONEY = ("budget", "planned_value", "earned_value", "actual_cost")


def exported(chosen: ChosenActivities, currency: str) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows: the groups where there are any, else the activities. Money is in main units."""
    money = [f"{name}_{currency.lower()}" for name in _MONEY] if chosen.sees_costs else []
    if chosen.by is not None:
        levels = [chosen.by.id, *([f"then {chosen.then.id}"] if chosen.then is not None else [])]
        ratios = ["spi", "cpi"] if chosen.sees_costs else []
        return [*levels, *_GROUP, *money, *ratios], list(_group_rows(chosen, currency, len(levels)))
    beside = _beside(chosen)
    rows = [_activity_row(chosen, place, currency, beside) for place in chosen.places]
    return [*_ROW, *(each.id for each in beside), *money], rows


def _beside(chosen: ChosenActivities) -> list[Dimension]:
    """Dimensions of the choice that the row does not say anyway."""
    ids = {each.dimension for each in chosen.conditions} | ({chosen.colour.id} if chosen.colour is not None else set())
    return [each for each in chosen.dimensions if each.id in ids and each.id not in _ROW]


def _activity_row(chosen: ChosenActivities, place: int, currency: str, beside: list[Dimension]) -> list[Cell]:
    table = chosen.table
    row: list[Cell] = [
        table.key[place],
        table.code[place],
        table.name[place],
        table.wbs[place],
        table.kind[place],
        table.responsible[place],
        table.percent[place],
        table.start[place],
        table.finish[place],
        table.baseline_finish[place],
        late_days(table, place),
        table.total_float_days[place],
        table.critical[place],
        *(chosen.value(each, place) for each in beside),
    ]
    if chosen.sees_costs:
        figures = (
            table.budget_minor[place],
            table.planned_minor[place],
            table.earned_minor[place],
            table.actual_minor[place],
        )
        row.extend(in_main_units(each, currency) for each in figures)
    return row


def _group_rows(chosen: ChosenActivities, currency: str, levels: int) -> Iterator[list[Cell]]:
    def row(group: Group) -> list[Cell]:
        named: list[Cell] = [*group.values, *([None] * (levels - len(group.values)))]
        return [*named, *figures_of(group.roll_up, currency)]

    for group in chosen.groups:
        yield row(group)
        for inner in group.groups:
            yield row(inner)


def figures_of(roll_up: RollUp, currency: str) -> list[Cell]:
    """The figures of one group, in the order of the header."""
    found: list[Cell] = [
        roll_up.count,
        roll_up.done,
        roll_up.critical,
        roll_up.late,
        roll_up.start,
        roll_up.finish,
        roll_up.baseline_finish,
        roll_up.duration_days,
        None if roll_up.percent is None else round(roll_up.percent, 2),
        roll_up.float_days,
    ]
    money = roll_up.money
    if money is not None:
        amounts = (money.budget_minor, money.planned_minor, money.earned_minor, money.actual_minor)
        found.extend(in_main_units(each, currency) for each in amounts)
        found.extend(None if each is None else round(each, 4) for each in (money.spi, money.cpi))
    return found
