"""What a detector looks at: one project at one moment, frozen, with nothing to fetch and no clock to read.

Days are working days of the project unless the name says otherwise. Times without a zone are on the plan's own wall
clock. None always means "cannot be told", never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from watchfloor.detection.conduct import Conduct
from watchfloor.detection.scale import FindingClass, Severity


@dataclass(frozen=True, slots=True)
class Found:
    """One statement of a detector. Parameters and evidence hold only what JSON can: numbers, texts, lists.

    ``subject`` and ``cause`` name it among the findings of its detector: the same pair again is the same finding.
    """

    code: str
    severity: Severity
    parameters: Mapping[str, Any]
    subject: str = ""
    cause: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    finding_class: FindingClass = FindingClass.ALARM
    affects_status: bool = True


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """One milestone of the forecast; ``promised_on`` is its deadline, else its date in the approved baseline."""

    key: str
    name: str
    is_committed: bool
    is_done: bool
    promised_on: date | None
    schedule: date | None
    p50: date | None
    p80: date | None
    float_days: float | None = None
    is_handed_over: bool = False  # it waits for the work of another project


@dataclass(frozen=True, slots=True)
class ForecastView:
    """Where the project is heading."""

    id: int
    issued_at: datetime
    plan_finish: date | None
    schedule_finish: date | None
    p50_finish: date | None
    p80_finish: date | None
    planned_duration_days: float | None
    slip_days: float | None  # schedule against the current approved baseline; late is positive
    original_slip_days: float | None  # the same against the original baseline
    rebaselines: int
    baseline_kind: str
    float_days: float | None  # project float, to the contract deadline or else to the baseline finish
    budget_minor: int | None
    eac_minor: int | None
    eac_method: str
    currency: str
    problem: Mapping[str, Any] = field(default_factory=dict)  # why no schedule could be computed
    milestones: tuple[MilestoneView, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivityView:
    """One unfinished activity that has something to say: late, or losing float."""

    key: str
    name: str
    responsible: str
    is_started: bool
    baseline_start: date | None
    baseline_finish: date | None
    start_late_days: float  # working days since it should have started; 0 once started
    finish_late_days: float  # working days since it should have finished
    float_days: float | None
    reference_float_days: float | None  # in the first forecast against the current baseline
    drives: tuple[str, ...] = ()  # committed milestones whose date it drives

    @property
    def lost_float_days(self) -> float:
        """Float lost since the first forecast against the current baseline; 0 where either is not known."""
        if self.float_days is None or self.reference_float_days is None:
            return 0.0
        return self.reference_float_days - self.float_days


@dataclass(frozen=True, slots=True)
class ReportView:
    """What the manager said at one cut-off, beside what was computed for it."""

    cut_off: date
    reported: Severity | None  # None: nothing, or a word we do not know
    computed: Severity


@dataclass(frozen=True, slots=True)
class HeldView:
    """Work not begun that was made shorter than the baseline says, and where the finish would be without that."""

    finish: date
    finish_without: date
    hidden_days: float  # working days between the two
    activities: tuple[tuple[str, str, float, float], ...]  # key, name, days before, days now; most cut first


@dataclass(frozen=True, slots=True)
class QualityView:
    """A point of schedule quality that fails now and did not in the first forecast against the current baseline."""

    code: str
    value: float
    before: float | None
    limit: float


@dataclass(frozen=True, slots=True)
class CalendarView:
    """A calendar of the plan in use, and how many public holidays of the country it works on until the finish."""

    key: str
    name: str
    worked: int
    holidays: int  # that fall on one of its working weekdays
    days: tuple[tuple[str, str], ...]  # the first of them: ISO date, name


@dataclass(frozen=True, slots=True)
class TrendView:
    """The indices at one data date; None where they were withheld."""

    on: date
    cpi: float | None
    spi_t: float | None
    percent_complete: float | None
    float_days: float | None
    out_of_sequence: float | None = None  # activities that progressed before what they wait for


@dataclass(frozen=True, slots=True)
class OutsideView:
    """What another system says is wrong, and has not taken back."""

    fingerprint: str
    name: str
    summary: str
    severity: Severity
    url: str
    began_on: date


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule that somebody wrote and that speaks now."""

    id: int
    name: str
    expression: str
    severity: Severity
    finding_class: FindingClass
    clear_after: int  # statuses in a row without it until it falls silent
    tells_money: bool
    since: date  # the status at which it began to speak
    statuses: tuple[tuple[date, Mapping[str, float | None]], ...]  # what it asks for, newest first


@dataclass(frozen=True, slots=True)
class ProjectView:
    """Everything the detectors may look at."""

    project_id: int
    code: str
    stage: str
    today: date  # in the project's zone
    data_date: date | None
    committed_finish: date | None
    contingency_minor: int | None
    forecast: ForecastView | None
    activities: tuple[ActivityView, ...] = ()  # in plan order
    missed: tuple[date, ...] = ()  # cut-offs in a row, up to now, that nobody reported for; oldest first
    reports: tuple[ReportView, ...] = ()  # newest first
    review_on: date | None = None  # on hold: when somebody was to look at it again
    hold_reason: str = ""
    # By person or supplier: on how many other projects their work loses float as well.
    losing_elsewhere: Mapping[str, int] = field(default_factory=dict)
    outside: tuple[OutsideView, ...] = ()  # longest first
    rules: tuple[RuleView, ...] = ()
    conduct: Conduct = field(default_factory=Conduct)
    held: HeldView | None = None
    quality: tuple[QualityView, ...] = ()
    trend: tuple[TrendView, ...] = ()  # newest first, one per data date
    eac_reported_minor: int | None = None  # what the manager said in the newest report
    spent_minor: int | None = None
    committed_minor: int | None = None  # ordered and not yet spent
    contingency_total_minor: int | None = None  # what there was before anything was drawn
    float_at_baseline: float | None = None  # project float in the first forecast against the baseline
    delay_damages_minor: int | None = None  # owed per calendar day after the contract's deadline …
    delay_damages_cap_minor: int | None = None  # … and at most in all
    calendars: tuple[CalendarView, ...] = ()
    p80_cost_minor: int | None = None
    cover_at_baseline: float | None = None  # contingency over cost risk in the first forecast against the baseline
