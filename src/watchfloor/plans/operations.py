"""The writing face of the plan store; each function is one transaction and appends what happened to the journal."""

from watchfloor.plans.baselining.acts import (
    Frozen,
    Proposal,
    SameHands,
    approve_baseline,
    decline_baseline,
    keep_provisional,
    propose_baseline,
    set_baseline,
    withdraw_baseline,
)
from watchfloor.plans.baselining.amending import Scope
from watchfloor.plans.controlling import (
    apply_control_rule,
    remove_control_account,
    set_control_account,
    set_control_rule,
)
from watchfloor.plans.costing import post_costs, reverse_batch
from watchfloor.plans.deciding import accept_submission, record_checks, return_submission, take_back_decision
from watchfloor.plans.edits import (
    AddActivity,
    AddDependency,
    AddWbs,
    ChangeActivity,
    ChangeDependency,
    ChangePlan,
    ChangeWbs,
    Edit,
    MoveOverlay,
    RekeyActivity,
    RemoveActivity,
    RemoveDependency,
    RemoveOverlay,
    RemoveWbs,
)
from watchfloor.plans.interfaces import add_interface, agree, end_interface, set_interface_dates, withdraw_agreement
from watchfloor.plans.periods import close_accepted, close_period, open_periods
from watchfloor.plans.recording import edit_plan, record_plan, undo
from watchfloor.plans.reserving import decide_reserve_change, propose_reserve_change, withdraw_reserve_change
from watchfloor.plans.submitting import restate, save_draft, submit, suggest_submission, withdraw_submission

__all__ = [
    "AddActivity",
    "AddDependency",
    "AddWbs",
    "ChangeActivity",
    "ChangeDependency",
    "ChangePlan",
    "ChangeWbs",
    "Edit",
    "Frozen",
    "MoveOverlay",
    "Proposal",
    "RekeyActivity",
    "RemoveActivity",
    "RemoveDependency",
    "RemoveOverlay",
    "RemoveWbs",
    "SameHands",
    "Scope",
    "accept_submission",
    "add_interface",
    "agree",
    "apply_control_rule",
    "approve_baseline",
    "close_accepted",
    "close_period",
    "decide_reserve_change",
    "decline_baseline",
    "edit_plan",
    "end_interface",
    "keep_provisional",
    "open_periods",
    "post_costs",
    "propose_baseline",
    "propose_reserve_change",
    "record_checks",
    "record_plan",
    "remove_control_account",
    "restate",
    "return_submission",
    "reverse_batch",
    "save_draft",
    "set_baseline",
    "set_control_account",
    "set_control_rule",
    "set_interface_dates",
    "submit",
    "suggest_submission",
    "take_back_decision",
    "undo",
    "withdraw_agreement",
    "withdraw_baseline",
    "withdraw_reserve_change",
    "withdraw_submission",
]
