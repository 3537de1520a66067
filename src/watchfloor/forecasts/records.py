"""What forecasts say to the rooms above: frozen records. Days are working days; wall-clock times are naive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DRIVES_SHOWN = 200  # links of one driving chain


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """One KPI value, or the reason why there is none.

    ``detail`` (empty unless asked for) opens the value: ``formula`` names a template of ``forecasts.formulas``,
    ``inputs`` are the numbers that went in by name, ``rows`` the keys of the activities to look at.
    """

    name: str
    value: float | None
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForecastRecord:
    """Where one project is heading: four finishes, float, confidence, cost, and every reading by its name."""

    id: int
    project_id: int
    revision_id: int
    baseline_id: int | None
    baseline_kind: str  # approved, provisional …; empty without a baseline
    cut: int
    depends_on: Mapping[str, int]
    issued_at: datetime
    data_date: datetime | None
    engine: str
    seed: int
    runs: int
    plan_finish: datetime | None  # of the current baseline
    schedule_finish: datetime | None
    p50_finish: datetime | None
    p80_finish: datetime | None
    slip_days: float | None  # schedule against the current baseline; late is positive
    total_float_days: float | None  # schedule to the promised finish, else to the baseline's
    confidence: float | None  # P(finish ≤ that date), 0..1
    budget_minor: int | None
    eac_minor: int | None
    eac_method: str
    currency: str
    problem: Mapping[str, Any]  # code, and what it names; empty when a schedule could be computed
    readings: Mapping[str, ReadingRecord]

    @property
    def is_provisional(self) -> bool:
        """Whether what it is held against was approved by nobody."""
        return self.baseline_kind == "provisional"

    def value(self, name: str) -> float | None:
        """A reading's value; None when it is withheld or was never taken."""
        reading = self.readings.get(name)
        return reading.value if reading is not None else None


@dataclass(frozen=True, slots=True)
class MilestoneRecord:
    """The forecast of one milestone."""

    forecast_id: int
    project_id: int
    activity_key: str
    name: str
    is_committed: bool
    is_done: bool
    plan: datetime | None
    schedule: datetime | None
    p50: datetime | None
    p80: datetime | None
    deadline: datetime | None
    float_days: float | None
    confidence: float | None
    baseline_kind: str = ""  # that ``plan`` is from


@dataclass(frozen=True, slots=True)
class ActivityTable:
    """The activities of one forecast as columns of equal length, in plan order.

    ``driver_offset`` (one longer) cuts ``driver_index`` and ``driver_link`` into the driving predecessors of each
    activity; an index of -1 is one of another project, named by ``driver_name``.
    """

    forecast_id: int
    revision_id: int
    key: tuple[str, ...]
    code: tuple[str, ...]
    name: tuple[str, ...]
    wbs: tuple[str, ...]
    kind: tuple[str, ...]
    responsible: tuple[str, ...]
    is_committed: tuple[bool, ...]
    status: tuple[int, ...]  # 0 not started, 1 in progress, 2 complete
    percent: tuple[float, ...]
    start: tuple[datetime | None, ...]
    finish: tuple[datetime | None, ...]
    early_start: tuple[datetime | None, ...]
    early_finish: tuple[datetime | None, ...]
    late_start: tuple[datetime | None, ...]
    late_finish: tuple[datetime | None, ...]
    total_float_days: tuple[float | None, ...]
    free_float_days: tuple[float | None, ...]
    critical: tuple[bool, ...]
    on_longest_path: tuple[bool, ...]
    criticality: tuple[float, ...]  # share of simulated futures on the longest path
    sensitivity: tuple[float, ...]  # correlation of its duration with the project's finish
    remaining_days: tuple[float, ...]
    duration_days: tuple[float, ...]
    baseline_start: tuple[datetime | None, ...]
    baseline_finish: tuple[datetime | None, ...]
    budget_minor: tuple[int | None, ...]
    planned_minor: tuple[int, ...]  # planned value at the data date
    earned_minor: tuple[int, ...]
    actual_minor: tuple[int | None, ...]
    driver_offset: tuple[int, ...]
    driver_index: tuple[int, ...]
    driver_link: tuple[str, ...]  # kind and lag, like "FS+2d"
    driver_name: tuple[str, ...]
    driver_start: tuple[datetime | None, ...]  # of one of another project, on this plan's wall clock; else None
    driver_finish: tuple[datetime | None, ...]
    baseline_kind: str = ""  # of the baseline columns: approved, provisional …; empty without a baseline

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, slots=True)
class DriverRecord:
    """One link of a driving chain. ``link`` ties it to the activity listed before it."""

    key: str  # empty: of another project
    name: str
    link: str
    start: datetime | None
    finish: datetime | None
    total_float_days: float | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class ActivityForecast:
    """One activity of a forecast with what drives it, back to the data date."""

    forecast_id: int
    key: str
    code: str
    name: str
    wbs: str
    kind: str
    responsible: str
    is_committed: bool
    status: int
    percent: float
    start: datetime | None
    finish: datetime | None
    early_start: datetime | None
    early_finish: datetime | None
    late_start: datetime | None
    late_finish: datetime | None
    total_float_days: float | None
    free_float_days: float | None
    critical: bool
    criticality: float
    sensitivity: float
    duration_days: float
    remaining_days: float
    baseline_start: datetime | None
    baseline_finish: datetime | None
    budget_minor: int | None
    planned_minor: int
    earned_minor: int
    actual_minor: int | None
    drivers: tuple[DriverRecord, ...]  # every driving predecessor
    chain: tuple[DriverRecord, ...]  # the first of them, its first, and so on; at most 200
    drives: tuple[str, ...]  # keys of the activities it drives
    baseline_kind: str = ""


@dataclass(frozen=True, slots=True)
class PortfolioTotals:
    """Sums over projects in the reporting currency, at the rates locked by each project's baseline.

    ``left_out`` are projects without a rate or without the figure, so that no sum looks more complete than it is;
    ``provisional`` are those counted whose baseline nobody approved.
    """

    currency: str
    budget_minor: int
    eac_minor: int
    planned_minor: int
    earned_minor: int
    actual_minor: int
    cpi: float | None
    spi: float | None
    counted: tuple[int, ...]
    left_out: Mapping[int, str]  # project id → reason
    provisional: tuple[int, ...] = ()
