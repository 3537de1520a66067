"""What the table of projects shows, as rows for a spreadsheet. Column names are stable; units stand last."""

from __future__ import annotations

from watchfloor.detection.portfolio_groups import WORST_FIRST, DividedPortfolio, ProjectGroup, ProjectsRollUp
from watchfloor.drawing.sheets import Cell
from watchfloor.forecasts import queries as forecasts
from watchfloor.kit.viewer import Viewer
from watchfloor.money.amount import in_main_units

_ROW = (
    "code", "name", "programme", "client", "legal_entity", "country", "stage", "manager", "status", "reported",
    "plan_finish", "schedule_finish", "p50_finish", "p80_finish", "slip_days", "total_float_days",
)  # fmt: skip
_MONEY = ("currency", "budget", "eac")


def exported(viewer: Viewer, divided: DividedPortfolio) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows: the groups where there are any, else the projects, each in its own currency's main units."""
    if divided.by is not None:
        return _groups(divided)
    records = forecasts.latest(viewer, [each.project.id for each in divided.standings])
    beside = [
        each
        for each in divided.dimensions
        if each.id not in _ROW and each.id in {condition.dimension for condition in divided.conditions}
    ]
    rows: list[list[Cell]] = []
    for each in divided.standings:
        project, record = each.project, records.get(each.project.id)
        row: list[Cell] = [
            project.code, project.name, project.programme_name, project.client_name, project.legal_entity_name,
            project.country, project.stage, each.manager, each.display, each.reported,
        ]  # fmt: skip
        row.extend(getattr(record, name) if record is not None else None for name in _ROW[10:])
        if record is not None and viewer.may("cost.view", project.id):
            amounts = (record.budget_minor, record.eac_minor)
            row.extend((record.currency, *(in_main_units(amount, record.currency) for amount in amounts)))
        else:
            row.extend((None, None, None))
        row.extend(divided.value(dimension, project.id) for dimension in beside)
        rows.append(row)
    return [*_ROW, *_MONEY, *(each.id for each in beside)], rows


def _groups(divided: DividedPortfolio) -> tuple[list[str], list[list[Cell]]]:
    assert divided.by is not None
    levels = [divided.by.id, *([f"then {divided.then.id}"] if divided.then is not None else [])]
    totals = divided.total.totals
    money = (
        [f"{name}_{totals.currency.lower()}" for name in ("budget", "eac", "earned_value", "actual_cost")]
        if totals
        else []
    )
    header = [*levels, "projects", *(f"projects_{display}" for display in WORST_FIRST), "worst", "worst_budget_share"]
    rows = []
    for group in divided.groups:
        rows.append(_group(group, len(levels)))
        rows.extend(_group(each, len(levels)) for each in group.groups)
    return [*header, *money, *(["spi", "cpi"] if totals else [])], rows


def _group(group: ProjectGroup, levels: int) -> list[Cell]:
    return [*group.values, *([None] * (levels - len(group.values))), *_figures(group.roll_up)]


def _figures(found: ProjectsRollUp) -> list[Cell]:
    share = None if found.worst_share is None else round(found.worst_share, 4)
    row: list[Cell] = [
        found.count,
        *(found.statuses.get(display, 0) for display in WORST_FIRST),
        found.worst,
        share,
    ]
    totals = found.totals
    if totals is not None:
        amounts = (totals.budget_minor, totals.eac_minor, totals.earned_minor, totals.actual_minor)
        row.extend(in_main_units(each, totals.currency) for each in amounts)
        row.extend(None if each is None else round(each, 4) for each in (totals.spi, totals.cpi))
    return row
