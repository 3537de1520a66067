"""What MS Project XML holds beyond what a plan keeps: named, so that nothing vanishes silently."""

from __future__ import annotations

from watchfloor.exchange.formats.mspdi.elements import Item
from watchfloor.exchange.formats.remarks import Remarks, words

_TASK_READ = words(
    """
    UID ID Name IsNull WBS OutlineNumber OutlineLevel Priority Start Finish Duration DurationFormat Stop Resume
    Milestone Summary Critical ExternalTask IsSubproject EarlyStart EarlyFinish LateStart LateFinish FreeSlack
    TotalSlack PercentComplete Cost ActualStart ActualFinish ActualCost RemainingDuration RemainingCost
    ConstraintType CalendarUID ConstraintDate Deadline PhysicalPercentComplete EarnedValueMethod PredecessorLink
    ExtendedAttribute Baseline OutlineCode Notes Active Manual ManualStart ManualFinish LevelingDelay GUID
    """
)
# Derived by MS Project, or how its screens show a task; see docs/user/import.md.
_TASK_ASIDE = words(
    """
    CreateDate Type EffortDriven Recurring OverAllocated Estimated DisplayAsSummary DisplayOnTimeline Rollup
    HideBar IsSubprojectReadOnly StartVariance FinishVariance WorkVariance StartSlack FinishSlack
    FixedCostAccrual PercentWorkComplete OvertimeCost OvertimeWork ActualDuration ActualOvertimeCost ActualWork
    ActualOvertimeWork RegularWork RemainingWork RemainingOvertimeCost RemainingOvertimeWork Work ACWP CV
    LevelAssignments LevelingCanSplit LevelingDelayFormat PreLeveledStart PreLeveledFinish
    IgnoreResourceCalendar ResumeValid BCWS BCWP IsPublished CommitmentType ManualDuration ActualWorkProtected
    ActualOvertimeWorkProtected FreeformDurationFormat BoardStatusColumnOrderingID
    NextAvailableBoardStatusColumnOrderingID NextAvailableSprintOrderingID SprintColumnOrderingID StatusManager
    EarnedValueMethod ExternalTaskProject SubprojectName HyperlinkSubAddress EarlyWarning BudgetWork BudgetCost
    """
)
_NOTHING = words(
    """
     0 0.00 0.0 PT0H0M0S false NA
    """
)
_HEADER_LISTS = {"WBSMasks": "WBS code masks"}


def remark_task(item: Item, remarks: Remarks) -> None:
    """One remark per element name that carries data which no plan holds."""
    for name, text in item.leaves():
        if name in _TASK_READ or name in _TASK_ASIDE:
            continue
        if text not in _NOTHING:
            remarks.note("mspdi.element_not_kept", f"task {item.text('UID')}", f"Element {name} of tasks is not kept.")


def remark_header(header: Item, remarks: Remarks) -> None:
    for name, label in _HEADER_LISTS.items():
        if header.items(name, "WBSMask"):
            remarks.note("mspdi.element_not_kept", name, f"{label} are not kept.")
