"""How a schedule is computed where tools differ: each difference is a named option, set per project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from watchfloor_engine.errors import InvalidNetwork
from watchfloor_engine.kernels import I8, I32, NO_TICK, OptionArrays


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
    start_on_own_calendar: bool = True  # P6; False lets an activity in parts start with the first of them (MS Project)
    late_milestones_at_work: bool = True  # P6; False leaves them where the successor starts (MS Project)
    from_finish: bool = False  # the project starts as late as its must-finish date allows (MS Project)


GivenOptions = Options | Sequence[Options] | None  # None: the defaults; a sequence has one entry per project


def option_arrays(options: GivenOptions, data_date: I32) -> OptionArrays:
    """The same for the kernels; one set of options may hold for all projects.

    Args:
        data_date: (projects) ticks as the kernels hold them.

    Raises:
        InvalidNetwork: not as many options as projects.
    """
    each = each_options(options, data_date.size)

    def flags(name: str) -> I8:
        return np.array([int(getattr(one, name)) for one in each], dtype=np.int8)

    floors = flags("data_date_is_floor") == 1
    return OptionArrays(
        floor=np.where(floors, data_date, NO_TICK).astype(np.int32),
        out_of_sequence=flags("out_of_sequence"),
        float_kind=flags("float_kind"),
        use_expected_finish=flags("use_expected_finish"),
        ss_lag_from_actual=flags("ss_lag_from_actual"),
        honour_constraints=flags("honour_constraints"),
        dates_win=(flags("honour_constraints") & ~floors).astype(np.int8),
        ignore_external=flags("ignore_external"),
        start_on_own_calendar=flags("start_on_own_calendar"),
        from_finish=flags("from_finish"),
        late_milestones_at_work=flags("late_milestones_at_work"),
    )


def each_options(options: GivenOptions, projects: int) -> tuple[Options, ...]:
    """The options of each project.

    Raises:
        InvalidNetwork: not as many as projects.
    """
    if options is None or isinstance(options, Options):
        return (options or Options(),) * projects
    if len(options) != projects:
        raise InvalidNetwork(f"Options of {len(options)} projects, but there are {projects}.")
    return tuple(options)
