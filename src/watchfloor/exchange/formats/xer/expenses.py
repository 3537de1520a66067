"""Cost accounts of an XER file, and the expenses booked on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import minor, number
from watchfloor.exchange.formats.xer.codes import Fields
from watchfloor.exchange.formats.xer.resources import Costs
from watchfloor.exchange.formats.xer.tables import XerFile
from watchfloor.plans.document import CostAccount, Expense
from watchfloor.plans.notebooks import plain_text

_DEPTH_MAX = 25


class _AccountRow(NamedTuple):
    acct_id: str
    parent_acct_id: str
    acct_seq_num: str
    acct_name: str
    acct_short_name: str
    acct_descr: str


class _ExpenseRow(NamedTuple):
    cost_item_id: str
    acct_id: str
    cost_type_id: str
    task_id: str
    cost_name: str
    po_number: str
    vendor_name: str
    act_cost: str
    remain_cost: str
    target_cost: str
    target_qty: str
    qty_name: str
    cost_descr: str


class _CategoryRow(NamedTuple):
    cost_type_id: str
    cost_type: str


@dataclass(frozen=True, slots=True)
class CostAccounts:
    """The cost breakdown of the file, parents before children, and P6's ids → our keys."""

    rows: tuple[CostAccount, ...] = ()
    key_of: Mapping[str, str] = field(default_factory=dict)


def read_cost_accounts(file: XerFile, remarks: Remarks) -> CostAccounts:
    """Cost accounts; a key is the path of codes from the top, so that a re-import finds it again."""
    children: dict[str, list[_AccountRow]] = defaultdict(list)
    known = {row.acct_id: row for row in file.records("ACCOUNT", _AccountRow)}
    for row in known.values():
        children[row.parent_acct_id if row.parent_acct_id in known else ""].append(row)
    found: dict[str, CostAccount] = {}
    key_of: dict[str, str] = {}
    waiting = [(row, "", 1) for row in _ordered(children[""])]
    while waiting:
        row, parent, depth = waiting.pop()
        code = row.acct_short_name or row.acct_name or row.acct_id
        key = f"{parent}.{code}" if parent else code
        if key in found:
            remarks.note(
                "xer.account_repeated", f"ACCOUNT {key}", "Two cost accounts share one path; the id was added."
            )
            key = f"{key} #{row.acct_id}"
        found[key] = CostAccount(key, row.acct_name or code, parent, code, plain_text(row.acct_descr))
        key_of[row.acct_id] = key
        if depth < _DEPTH_MAX:
            waiting.extend((child, key, depth + 1) for child in _ordered(children[row.acct_id]))
    if len(key_of) < len(known):
        detail = f"Cost accounts that lie under themselves, or below {_DEPTH_MAX} levels, are left out."
        remarks.note("xer.account_circle", "ACCOUNT", detail, count=len(known) - len(key_of))
    return CostAccounts(tuple(found.values()), key_of)


def read_expenses(
    file: XerFile,
    *,
    activity_of: Mapping[str, tuple[str, str]],
    accounts: Mapping[str, str],
    fields: Fields,
    currency: str,
    remarks: Remarks,
) -> tuple[dict[str, list[Expense]], dict[str, Costs]]:
    """Expenses per project id, and their costs per activity id."""
    categories = {row.cost_type_id: row.cost_type for row in file.records("COSTTYPE", _CategoryRow)}
    found: dict[str, list[Expense]] = defaultdict(list)
    costs: dict[str, Costs] = {}
    for row in file.records("PROJCOST", _ExpenseRow):
        home = activity_of.get(row.task_id)
        if home is None:
            remarks.note("xer.expense_without_activity", "PROJCOST", "An expense of an activity not in the file.")
            continue
        project, activity = home
        own = Costs(*(minor(text, currency) or 0 for text in (row.target_cost, row.act_cost, row.remain_cost)))
        costs[row.task_id] = costs.get(row.task_id, Costs()) + own
        found[project].append(
            Expense(
                activity=activity,
                name=row.cost_name,
                cost_account=accounts.get(row.acct_id, ""),
                category=categories.get(row.cost_type_id, ""),
                vendor=row.vendor_name,
                document=row.po_number,
                description=plain_text(row.cost_descr),
                quantity=number(row.target_qty),
                unit=row.qty_name,
                budget_minor=own.budget,
                actual_cost_minor=own.actual,
                remaining_cost_minor=own.remaining,
                fields=fields.carried.get(("PROJCOST", row.cost_item_id), {}),
            )
        )
    # P6 exports rows in any order; equal names on one activity are told apart by theirs.
    for rows in found.values():
        rows.sort(key=lambda each: (each.key, each.budget_minor or 0, each.document))
    return found, costs


def _ordered(rows: list[_AccountRow]) -> list[_AccountRow]:
    """Last first, as a stack takes them."""
    return sorted(rows, key=lambda row: (number(row.acct_seq_num) or 0.0, row.acct_short_name), reverse=True)
