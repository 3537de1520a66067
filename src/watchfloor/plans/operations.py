"""The writing face of the plan store; each function is one transaction and appends what happened to the journal."""

from watchfloor.plans.baselining import approve_baseline
from watchfloor.plans.controlling import (
    apply_control_rule,
    remove_control_account,
    set_control_account,
    set_control_rule,
)
from watchfloor.plans.costing import post_costs, reverse_batch
from watchfloor.plans.edits import (
    AddActivity,
    AddDependency,
    AddWbs,
    ChangeActivity,
    ChangeDependency,
    ChangePlan,
    ChangeWbs,
    Edit,
    RemoveActivity,
    RemoveDependency,
    RemoveWbs,
)
from watchfloor.plans.recording import edit_plan, record_plan, undo
from watchfloor.plans.reporting import accept_submission, close_period, open_periods, return_submission, submit
from watchfloor.plans.reserving import decide_reserve_change, propose_reserve_change, withdraw_reserve_change

__all__ = [
    "AddActivity",
    "AddDependency",
    "AddWbs",
    "ChangeActivity",
    "ChangeDependency",
    "ChangePlan",
    "ChangeWbs",
    "Edit",
    "RemoveActivity",
    "RemoveDependency",
    "RemoveWbs",
    "accept_submission",
    "apply_control_rule",
    "approve_baseline",
    "close_period",
    "decide_reserve_change",
    "edit_plan",
    "open_periods",
    "post_costs",
    "propose_reserve_change",
    "record_plan",
    "remove_control_account",
    "return_submission",
    "reverse_batch",
    "set_control_account",
    "set_control_rule",
    "submit",
    "undo",
    "withdraw_reserve_change",
]
