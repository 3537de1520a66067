"""How a schedule is computed where tools differ: each difference is a named option."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from watchfloor_engine.kernels import OptionInts


class OutOfSequence(IntEnum):
    """What happens to the remaining work of an activity that started before its predecessors allowed it."""

    RETAINED_LOGIC = 0  # it waits for them
    PROGRESS_OVERRIDE = 1  # it goes on at the data date
    ACTUAL_DATES = 2  # it goes on, and what is actual keeps its real date even inside the network


class FloatKind(IntEnum):
    """Which difference is the total float: late start - early start, late finish - early finish, or the smaller."""

    START = 0
    FINISH = 1
    SMALLEST = 2


@dataclass(frozen=True, slots=True)
class Options:
    """Scheduling options; the defaults are P6's own. ``critical_float_ticks`` is working time."""

    out_of_sequence: OutOfSequence = OutOfSequence.RETAINED_LOGIC
    float_kind: FloatKind = FloatKind.FINISH
    critical_float_ticks: int = 0
    longest_path: bool = False  # critical = on the longest path instead of by float
    open_ends_critical: bool = False
    honour_constraints: bool = True
    data_date_is_floor: bool = True  # P6; False lets remaining work continue from the actual start (MS Project)
    use_expected_finish: bool = True
    ss_lag_from_actual: bool = False
    ignore_external: bool = False

    def as_ints(self) -> OptionInts:
        """The same for the kernels."""
        return OptionInts(
            int(self.out_of_sequence),
            int(self.float_kind),
            int(self.critical_float_ticks),
            int(self.data_date_is_floor),
            int(self.use_expected_finish),
            int(self.ss_lag_from_actual),
            int(self.honour_constraints),
            int(self.ignore_external),
            int(self.open_ends_critical),
            int(self.longest_path),
        )
