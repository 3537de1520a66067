"""What the exchange says about cost reports: what a person adds, what a check finds, what is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from watchfloor.exchange.formats.errors import RowError
from watchfloor.exchange.formats.sheet.cost_rows import CostMapping
from watchfloor.plans.cost_records import Control, CostEntryRecord


@dataclass(frozen=True, slots=True)
class CostOptions:
    """What a person says beside the file."""

    totals: Mapping[str, int] = field(default_factory=dict)  # currency → control total in minor units
    accept_difference: str = ""
    reason: str = ""  # for restating a frozen period
    restate: bool = False


@dataclass(frozen=True, slots=True)
class KindSum:
    """What a report holds of one kind in one currency."""

    kind: str
    currency: str
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CostCheck:
    """What recording a report would do, or did; with errors nothing was."""

    errors: tuple[RowError, ...]
    sums: tuple[KindSum, ...] = ()
    control: Control = field(default_factory=Control)
    new: int = 0
    known: int = 0
    restated: int = 0
    older_rates: int = 0
    batches: Mapping[str, int] = field(default_factory=dict)  # project code → number
    left_out: tuple[CostEntryRecord, ...] = ()  # the first imported lines of its kinds and periods that it has not
    left_out_count: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether it can be recorded as it is."""
        return not self.errors and self.new > 0 and (not self.control.differs or bool(self.control.accepted_because))


@dataclass(frozen=True, slots=True)
class CostFileRecord:
    id: int
    project_id: int | None
    source_name: str
    uploaded_by_name: str
    created_at: datetime
    state: str
    mapping_name: str
    batches: Mapping[str, int]
    headings: tuple[str, ...]  # empty once finished
    sample: tuple[tuple[str, ...], ...]  # the first rows below the headings
    sheets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CostMappingRecord:
    id: int
    name: str
    mapping: CostMapping
    used_at: datetime
    used_by_name: str
