"""How far a project may drift before its status changes: defaults, and overrides inherited downwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from watchfloor.kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Limits of METHODS "Status"; days are working days, shares are of one.

    The finish is on watch once it is later than the baseline by more than the larger of ``finish_watch_days`` and
    ``finish_watch_share`` of the planned duration; at risk and critical are multiples of that.
    """

    finish_watch_days: float = 5.0
    finish_watch_share: float = 0.025
    finish_at_risk_factor: float = 2.0
    finish_critical_factor: float = 4.0
    eac_watch_share: float = 0.025
    eac_at_risk_share: float = 0.05
    eac_critical_share: float = 0.10
    float_erosion_days: float = 5.0  # lost since the approved baseline's float …
    float_erosion_share: float = 0.5  # … and this share of it
    common_cause_days: float = 4.0  # float lost by work of one supplier or person on several projects …
    common_cause_share: float = 0.3  # … and this share of it
    float_at_risk_days: float = 0.0  # project float below this is at risk
    milestone_watch_confidence: float = 0.8  # of a committed milestone
    milestone_at_risk_confidence: float = 0.5
    milestone_late_days: float = 0.0  # calendar days by which a likely date may pass its promise
    overdue_days: float = 5.0  # work that should have started or finished by now
    watermelon_steps: int = 1  # computed status worse than the reported one by this many steps
    watermelon_periods: int = 2  # … over so many periods makes an alarm
    missed_cut_offs_alarm: int = 2
    held_by_edits_days: float = 5.0  # of the finish, hidden by making later work shorter
    rewritten_days: float = 1.0  # by which an actual date may be corrected after its period
    idle_periods: int = 1  # in which nothing moved though something was due to
    stuck_periods: int = 2  # in which work in progress had the same remaining duration …
    nearly_done_periods: int = 3  # … or stayed above 90 %
    out_of_sequence_more: float = 1.0  # activities that progress before what they wait for, more than a status ago
    execution_index: float = 0.70  # of what was to finish in a period, the share that did …
    execution_periods: int = 2  # … in each of so many periods
    execution_least: int = 5  # … with at least so many due, since one of two says little
    wave_periods: int = 4  # in which the work due in the next weeks grew each time …
    wave_share: float = 0.5  # … and by this share in all
    handover_days: float = 0.0  # that what another project hands over may come after it is needed
    tcpi_gap: float = 0.10  # between the index the estimate needs and the one so far …
    tcpi_from_percent: float = 20.0  # … once so much is complete
    trend_fast: float = 0.85  # CPI or SPI(t) of the last period and the last three below it
    trend_slow: float = 0.93  # … of the last two and the last six
    contingency_cover: float = 1.0  # remaining contingency over what the 80 % cost needs more
    contingency_ahead: float = 0.25  # share of the contingency drawn beyond the share of the work done
    float_burn_fast: float = 6.0  # times the pace that uses up the float just at the finish: last period and last three
    float_burn_slow: float = 3.0  # … last two and last six
    critical_change_share: float = 0.5  # of the critical work, what was not critical a status ago …
    critical_change_least: int = 5  # … with at least so many activities
    near_critical_days: float = 10.0  # float of work that is nearly critical
    near_critical_periods: int = 3  # in which there was more of it each time …
    near_critical_share: float = 0.5  # … and by this share in all
    holidays_worked_share: float = 0.5  # of the public holidays on its working weekdays, those a calendar works on
    # Limits of the 14 points of schedule quality: shares of one, counts and indices; docs/methods/schedule-quality.md.
    quality_missing_logic: float = 0.05
    quality_leads: float = 0.0
    quality_lags: float = 0.05
    quality_finish_start: float = 0.90
    quality_hard_constraints: float = 0.05
    quality_high_float: float = 0.05
    quality_high_float_days: float = 44.0
    quality_negative_float: float = 0.0
    quality_high_duration: float = 0.05
    quality_high_duration_days: float = 44.0
    quality_invalid_dates: float = 0.0
    quality_unloaded: float = 0.0
    quality_missed: float = 0.05
    quality_critical_path_test: float = 0.95
    quality_cpli: float = 0.95
    quality_bei: float = 0.95

    def finish_watch_limit_days(self, planned_duration_days: float) -> float:
        """Working days the finish may slip before the project is on watch."""
        return max(self.finish_watch_days, self.finish_watch_share * planned_duration_days)

    def to_clear(self) -> Tolerances:
        """Limits a little within these: what was said clears only once it is within them, so that nothing flaps."""
        return replace(
            self,
            **{name: getattr(self, name) * _CLEARS_BELOW for name in _AT_MOST},
            **{name: getattr(self, name) * _CLEARS_ABOVE for name in _AT_LEAST},
            float_at_risk_days=self.float_at_risk_days + 1,
            milestone_late_days=self.milestone_late_days - 2,
        )

    @property
    def quality_limits(self) -> dict[str, float]:
        """Limits of the points of schedule quality by the point's code, and the days that two of them count from."""
        return {name: getattr(self, f"{_QUALITY}{name}") for name in _QUALITY_NAMES}


# Of a limit that something may not pass, and of one that it should reach.
_CLEARS_BELOW, _CLEARS_ABOVE = 0.8, 1.05
_AT_MOST = (
    "finish_watch_days", "finish_watch_share", "eac_watch_share", "float_erosion_days", "float_erosion_share",
    "common_cause_days", "common_cause_share", "overdue_days", "held_by_edits_days", "wave_share", "tcpi_gap",
    "contingency_ahead", "float_burn_fast", "float_burn_slow", "critical_change_share", "near_critical_share",
)  # fmt: skip
_AT_LEAST = ("execution_index", "trend_fast", "trend_slow", "contingency_cover")
QUALITY_AT_LEAST = frozenset({"finish_start", "critical_path_test", "cpli", "bei"})  # the others are at most
_QUALITY = "quality_"
_QUALITY_NAMES = tuple(
    each.name.removeprefix(_QUALITY) for each in fields(Tolerances) if each.name.startswith(_QUALITY)
)
_KINDS: Mapping[str, type] = {each.name: int if each.type == "int" else float for each in fields(Tolerances)}
DEFAULTS = Tolerances()


def resolve(*overrides: Mapping[str, Any]) -> Tolerances:
    """The defaults with each override on top: organisation first, then programmes downwards, then the project."""
    merged: dict[str, Any] = {}
    for override in overrides:
        merged.update({name: value for name, value in override.items() if name in _KINDS})
    return _made(tuple(sorted(merged.items()))) if merged else DEFAULTS


@lru_cache(maxsize=512)
def _made(values: tuple[tuple[str, Any], ...]) -> Tolerances:
    return replace(DEFAULTS, **{name: _KINDS[name](value) for name, value in values})


def checked(override: Mapping[str, Any]) -> dict[str, float]:
    """The override, ready to store.

    Raises:
        Invalid: a name is unknown, or a value is no number between zero and a thousand.
    """
    kept: dict[str, float] = {}
    for name, value in override.items():
        if name not in _KINDS:
            raise Invalid(f"There is no tolerance called {name!r}.", place=f"tolerances.{name}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1000:
            raise Invalid("A tolerance is a number from 0 to 1,000.", place=f"tolerances.{name}")
        kept[name] = _KINDS[name](value)
    return kept
