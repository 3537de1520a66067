"""What is wrong in the sample, and what only looks wrong: data that tests and benchmarks score detectors against.

Every kind of trouble exists at three sizes. *Clear* must be found. *Near* lies just past the default tolerance and
should be found; *below* lies just inside it and must not be. A decoy must never become an alarm.
``SCRIPT`` and ``DECOYS`` say where; ``Planted`` and ``Decoy`` of a generated organisation add the subjects and days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Size(StrEnum):
    CLEAR = "clear"
    NEAR = "near"
    BELOW = "below"


class Trouble(StrEnum):
    FINISH_SLIP = "finish_slip"  # work on the driving path takes longer than planned
    COMMITTED_MILESTONE = "committed_milestone"  # what was promised comes late
    COST_OVERRUN = "cost_overrun"  # work costs more than it earns
    WATERMELON = "watermelon"  # reported green, computed otherwise
    MISSED_CUT_OFF = "missed_cut_off"  # no update arrived
    FLOAT_EROSION = "float_erosion"  # slack is eaten, the finish does not move yet
    OVERDUE_WORK = "overdue_work"  # planned work that nobody started or finished
    STALLED_PROGRESS = "stalled_progress"  # updates come, but nothing in them moves
    FINISH_HELD_BY_EDITS = "finish_held_by_edits"  # a slip hidden by cutting later durations
    HISTORY_REWRITTEN = "history_rewritten"  # actual dates changed long after the fact
    LOGIC_LOSS = "logic_loss"  # links removed, so that work hangs loose
    INTERFACE_MISMATCH = "interface_mismatch"  # the taker needs it before the giver has it
    SHARED_SUPPLIER = "shared_supplier"  # one supplier late on several projects
    RESOURCE_OVERLOAD = "resource_overload"  # one person booked beyond capacity across projects


class Disguise(StrEnum):
    """Decoys: what looks like trouble and is none."""

    HOLIDAY_WEEK = "holiday_week"
    APPROVED_REBASELINE = "approved_rebaseline"
    ON_HOLD = "on_hold"
    RENAMED_CODES = "renamed_codes"
    SKIPPED_THEN_CAUGHT_UP = "skipped_then_caught_up"
    LATE_WITH_AMPLE_FLOAT = "late_with_ample_float"
    RATE_SWING = "rate_swing"
    MONTH_END_BOOKING = "month_end_booking"


# The detector that is expected to find each kind; empty where that detector is not built yet.
EXPECTED: Mapping[Trouble, str] = {
    Trouble.FINISH_SLIP: "finish_slip",
    Trouble.COMMITTED_MILESTONE: "milestone_at_risk",
    Trouble.COST_OVERRUN: "cost_over_budget",
    Trouble.WATERMELON: "reported_against_computed",
    Trouble.MISSED_CUT_OFF: "missed_cut_off",
    Trouble.FLOAT_EROSION: "float_erosion",
    Trouble.OVERDUE_WORK: "work_overdue",
    Trouble.STALLED_PROGRESS: "progress_stalled",
    Trouble.FINISH_HELD_BY_EDITS: "finish_held_by_edits",
    Trouble.HISTORY_REWRITTEN: "history_rewritten",
    Trouble.LOGIC_LOSS: "quality_worse",
    Trouble.INTERFACE_MISMATCH: "handover_late",
    Trouble.SHARED_SUPPLIER: "common_cause",
    Trouble.RESOURCE_OVERLOAD: "",
}


@dataclass(frozen=True, slots=True)
class Plant:
    """A line of the script: which trouble strikes which projects, how hard, from which week of history on.

    ``measure`` is what the size means for the kind: for slips the multiple of the watch limit, for cost the share
    of the budget, for milestones the room left as a share of the time ahead, for cut-offs how many updates are
    missing (the newest is still within its grace), for float the share lost, for the others a count or working days
    (see ``story``).
    """

    kind: Trouble
    size: Size
    projects: tuple[str, ...]
    measure: float
    week: int = 16  # of 26; the first week in which its effect can be seen
    name: str = ""  # supplier, person …


@dataclass(frozen=True, slots=True)
class DecoyPlant:
    kind: Disguise
    project: str
    measure: float = 0.0
    week: int = 14


@dataclass(frozen=True, slots=True)
class Planted:
    """One trouble as it is in the data."""

    kind: Trouble
    size: Size
    project: str
    subject: str  # activity key, resource key, supplier, milestone … or empty for the project
    begins: date
    expected: str  # detector, empty where none exists yet
    measured: float = 0.0  # what was reached, in the unit of the kind (working days, share, count)
    others: tuple[str, ...] = ()  # further projects that share it
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decoy:
    """One thing that looks like trouble and is none."""

    kind: Disguise
    project: str
    subject: str
    begins: date
    why: str


def _three(
    kind: Trouble,
    clear: tuple[tuple[str, ...], float, int],
    near: tuple[tuple[str, ...], float, int],
    below: tuple[tuple[str, ...], float, int],
    names: tuple[str, str, str] = ("", "", ""),
) -> tuple[Plant, ...]:
    rows = zip((Size.CLEAR, Size.NEAR, Size.BELOW), (clear, near, below), names, strict=True)
    return tuple(Plant(kind, size, projects, measure, week, name) for size, (projects, measure, week), name in rows)


SCRIPT: tuple[Plant, ...] = (
    *_three(
        Trouble.FINISH_SLIP,
        clear=(("HB-12",), 4.3, 9),
        near=(("MW-02",), 1.12, 17),
        below=(("HB-05",), 0.85, 15),
    ),
    *_three(
        Trouble.COMMITTED_MILESTONE,
        clear=(("MW-04",), 0, 26),
        near=(("HS-01",), 0.06, 18),
        below=(("HS-02",), 0.13, 18),
    ),
    *_three(
        Trouble.COST_OVERRUN,
        clear=(("WA-07",), 0.070, 8),
        near=(("HS-06",), 0.029, 12),
        below=(("HB-09",), 0.019, 12),
    ),
    *_three(
        Trouble.WATERMELON,
        clear=(("DG-02",), 2.6, 13),
        near=(("DG-08",), 1.25, 19),
        below=(("DG-03",), 0.7, 16),
    ),
    *_three(
        Trouble.MISSED_CUT_OFF,
        clear=(("DG-05",), 3, 24),
        near=(("WA-09",), 2, 25),
        below=(("GR-03",), 1, 26),
    ),
    *_three(
        Trouble.FLOAT_EROSION,
        clear=(("HS-09",), 0.9, 14),
        near=(("GR-06",), 0.55, 17),
        below=(("WA-05",), 0.42, 17),
    ),
    *_three(
        Trouble.OVERDUE_WORK,
        clear=(("WA-02",), 18, 18),
        near=(("MW-06",), 8, 21),
        below=(("HB-08",), 3, 24),
    ),
    *_three(
        Trouble.STALLED_PROGRESS,
        clear=(("GR-01",), 3, 24),
        near=(("HS-12",), 1, 26),
        below=(("DG-01",), 0, 26),
    ),
    *_three(
        Trouble.FINISH_HELD_BY_EDITS,
        clear=(("MW-07",), 20, 19),
        near=(("WA-03",), 6, 20),
        below=(("GR-07",), 2, 21),
    ),
    *_three(
        Trouble.HISTORY_REWRITTEN,
        clear=(("MW-11",), 12, 22),
        near=(("HB-14",), 3, 22),
        below=(("GR-09",), 1, 22),
    ),
    *_three(
        Trouble.LOGIC_LOSS,
        clear=(("WA-01",), 0.12, 18),
        near=(("GR-11",), 0.058, 18),
        below=(("HS-05",), 0.03, 18),
    ),
    *_three(
        Trouble.INTERFACE_MISMATCH,
        clear=(("HS-05", "GR-02"), 15, 0),  # taker first, then giver
        near=(("MW-08", "GR-06"), 2, 0),
        below=(("HB-02", "WA-08"), -8, 0),
    ),
    *_three(
        Trouble.SHARED_SUPPLIER,
        clear=(("HB-03", "GR-05", "MW-09"), 2.5, 10),
        near=(("WA-10", "HS-04"), 0.6, 16),
        below=(("DG-10",), 0.4, 16),
        names=("Castell Forgings", "Brightwater Pumps", "Kestrel Networks"),
    ),
    *_three(
        Trouble.RESOURCE_OVERLOAD,
        clear=(("HB-02", "HB-09"), 1.6, 22),
        near=(("MW-01", "MW-08"), 1.1, 22),
        below=(("WA-08", "WA-10"), 0.95, 22),
    ),
)

DECOYS: tuple[DecoyPlant, ...] = (
    DecoyPlant(Disguise.HOLIDAY_WEEK, "HS-04", measure=10, week=10),
    DecoyPlant(Disguise.APPROVED_REBASELINE, "HB-01", measure=2.4, week=14),
    DecoyPlant(Disguise.ON_HOLD, "HS-08", week=17),
    DecoyPlant(Disguise.RENAMED_CODES, "DG-09", week=15),
    DecoyPlant(Disguise.SKIPPED_THEN_CAUGHT_UP, "DG-06", week=21),
    DecoyPlant(Disguise.LATE_WITH_AMPLE_FLOAT, "MW-01", measure=12, week=18),
    DecoyPlant(Disguise.RATE_SWING, "GR-02", measure=0.019, week=20),
    DecoyPlant(Disguise.MONTH_END_BOOKING, "WA-08", week=1),
)
