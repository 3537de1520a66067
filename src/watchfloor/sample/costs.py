"""What the sample's projects book: each update's costs by control account, as a cost controller would bring them in.

A quarter of what was used since the last update is not invoiced yet and comes as an accrual. Where the books close at
month's end, everything since then is accrued: booked and accrued together are what the work really cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import operations as plans
from watchfloor.plans import queries
from watchfloor.plans.control_accounts import UnitSource
from watchfloor.plans.cost_queries import costs_by_account
from watchfloor.plans.cost_records import CostLine
from watchfloor.sample.truth import Model, actual_cost_minor, state_at
from watchfloor.sample.updates import cost_noise
from watchfloor.sample.workdays import to_day

_REASON = "Costs of the period"
_LEAST_MINOR = 100
_LEVEL = 2  # of the WBS: the areas of the works


def set_accounts(project_id: int, *, now: datetime) -> None:
    """Control accounts by a rule: each area of the works, and each phase beside them."""
    plans.set_control_rule(SYSTEM, project_id, level=_LEVEL, unit=UnitSource(), now=now)


def book(author: Viewer, project_id: int, model: Model, day: date, *, now: datetime) -> None:
    """Record an update's costs, after its plan: what was used since the ledger was last written."""
    accounts = queries.control_account_of(SYSTEM, project_id)
    booked = {code: each.booked_minor for code, each in costs_by_account(project_id).items()}
    lines = cost_lines(model, day, accounts, booked)
    if lines:
        plans.post_costs(
            author, project_id, lines, origin="sample", source_name=f"costs-{day}.csv", reason=_REASON, restate=True,
            now=now,
        )  # fmt: skip


def cost_lines(model: Model, day: date, accounts: Mapping[str, str], booked: Mapping[str, int]) -> list[CostLine]:
    """Lines for a cut-off day.

    Args:
        accounts: activity key → control account; booked: what each account holds in the ledger already.
    """
    state = state_at(model, to_day(day) + 1)
    used: dict[str, int] = defaultdict(int)
    closed: dict[str, int] = defaultdict(int)
    ordered: dict[str, int] = defaultdict(int)
    for at, key in enumerate(model.keys):
        account = accounts.get(key, "")
        if not account:
            continue  # an edit moved it where no account is
        noise = cost_noise(key)
        used[account] += actual_cost_minor(model, state, at, noise=noise, even_open=True)
        if model.story.books_at_month_end:
            closed[account] += actual_cost_minor(model, state, at, noise=noise)
        if state.started[at] is not None and state.ended[at] is None:
            ordered[account] += round(model.budget_minor[at] * (1 - state.done[at]))
    lines = []
    for account in sorted(used):
        open_minor = used[account] - booked.get(account, 0)
        if abs(open_minor) < _LEAST_MINOR:
            open_minor = 0  # cents of rounding are nobody's invoice
        accrued = used[account] - closed[account] if model.story.books_at_month_end else open_minor // 4
        for kind, minor in (("actual", open_minor - accrued), ("accrual", accrued), ("commitment", ordered[account])):
            if minor:
                lines.append(CostLine(account, kind, day, minor, model.place.currency, reference=f"{kind} {day}"))
    return lines
