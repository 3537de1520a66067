"""Cost accounts and expenses of P6 that MPXJ read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watchfloor.exchange.formats.mpxj.java import Units, real, text
from watchfloor.plans.document import CostAccount, Expense
from watchfloor.plans.notebooks import plain_text

_DEPTH_MAX = 25


def convert_cost_accounts(project: Any) -> dict[int, CostAccount]:
    """Cost accounts by MPXJ's number, parents before children; a key is the path of codes from the top."""
    found: dict[int, CostAccount] = {}
    taken: set[str] = set()
    rows = sorted(
        project.getCostAccounts(), key=lambda row: (len(_path(row)), real(row.getSequenceNumber()) or 0.0, _code(row))
    )
    for row in rows:
        path = _path(row)
        key = ".".join(path)
        key = f"{key} #{text(row.getUniqueID())}" if key in taken else key
        taken.add(key)
        parent = ".".join(path[:-1])
        found[int(row.getUniqueID())] = CostAccount(
            key, text(row.getName()) or path[-1], parent, path[-1], plain_text(text(row.getNotes()))
        )
    return found


def convert_expenses(tasks: list[tuple[Any, str]], accounts: Mapping[int, str], units: Units) -> tuple[Expense, ...]:
    """Expenses of the activities, with their keys."""
    found = []
    for task, key in tasks:
        for row in task.getExpenseItems():
            account, category = row.getAccountUniqueID(), row.getCategory()
            found.append(
                Expense(
                    activity=key,
                    name=text(row.getName()),
                    cost_account=accounts.get(int(account), "") if account is not None else "",
                    category=text(category.getName()) if category is not None else "",
                    vendor=text(row.getVendor()),
                    document=text(row.getDocumentNumber()),
                    description=plain_text(text(row.getDescription())),
                    quantity=real(row.getPlannedUnits()),
                    unit=text(row.getUnitOfMeasure()),
                    budget_minor=units.minor(row.getPlannedCost()) or 0,
                    actual_cost_minor=units.minor(row.getActualCost()) or 0,
                    remaining_cost_minor=units.minor(row.getRemainingCost()) or 0,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.key, each.budget_minor or 0, each.document)))


def _path(row: Any) -> list[str]:
    names: list[str] = []
    while row is not None and len(names) < _DEPTH_MAX:
        names.append(_code(row))
        row = row.getParent()
    return names[::-1]


def _code(row: Any) -> str:
    return text(row.getID()) or text(row.getName()) or text(row.getUniqueID())
