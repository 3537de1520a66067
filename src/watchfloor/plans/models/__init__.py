"""Tables of the plan store, by what they keep."""

from watchfloor.plans.models.baselines import Baseline, BaselineAct, BaselineKind
from watchfloor.plans.models.control import ControlAccount, ControlRule
from watchfloor.plans.models.costs import CostBatch, CostEntry, CostKind, ReserveChange, ReserveKind, ReserveState
from watchfloor.plans.models.heads import ActivityRow, DependencyRow, OverlayRow, PlanHead
from watchfloor.plans.models.interfaces import Interface
from watchfloor.plans.models.periods import Restatement, StatusPeriod, Submission, SubmissionState
from watchfloor.plans.models.revisions import Checkpoint, Revision

__all__ = [
    "ActivityRow",
    "Baseline",
    "BaselineAct",
    "BaselineKind",
    "Checkpoint",
    "ControlAccount",
    "ControlRule",
    "CostBatch",
    "CostEntry",
    "CostKind",
    "DependencyRow",
    "Interface",
    "OverlayRow",
    "PlanHead",
    "ReserveChange",
    "ReserveKind",
    "ReserveState",
    "Restatement",
    "Revision",
    "StatusPeriod",
    "Submission",
    "SubmissionState",
]
