"""A plan outside the database: what a file, an API call or the plan store says, frozen.

Everything that reads, compares, schedules or stores a plan speaks these types. No Django here, so that
``watchfloor check`` and notebooks can use them alone.

Units: durations and lags are integer *ticks* of 0.1 minute (MS Project stores tenths of minutes, P6 hours).
Working durations count working time of the activity's calendar; ``elapsed`` ones count the clock.
Times are naive datetimes on the plan's own wall clock (P6 and MS Project know no zones); the project's
zone maps them to UTC at the doors. Money is integer minor units of the project's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

TICKS_PER_MINUTE = 10
TICKS_PER_HOUR = 600
TICKS_PER_DAY = 14_400  # of the clock, not of work


class ActivityKind(StrEnum):
    TASK = "task"
    RESOURCE_DEPENDENT = "resource_dependent"
    START_MILESTONE = "start_milestone"
    FINISH_MILESTONE = "finish_milestone"
    LEVEL_OF_EFFORT = "level_of_effort"
    SUMMARY = "summary"  # its dates follow from the activities below its WBS node
    EXTERNAL = "external"  # stands for work in a plan we do not hold; its dates are given


MILESTONES = frozenset({ActivityKind.START_MILESTONE, ActivityKind.FINISH_MILESTONE})
ROLLED_UP = frozenset({ActivityKind.LEVEL_OF_EFFORT, ActivityKind.SUMMARY})


class DependencyKind(StrEnum):
    FS = "FS"
    SS = "SS"
    FF = "FF"
    SF = "SF"


class ConstraintKind(StrEnum):
    START_NO_EARLIER = "start_no_earlier"
    START_NO_LATER = "start_no_later"
    FINISH_NO_EARLIER = "finish_no_earlier"
    FINISH_NO_LATER = "finish_no_later"
    START_ON = "start_on"  # P6 "start on": moves early and late, logic still holds
    FINISH_ON = "finish_on"
    MANDATORY_START = "mandatory_start"  # breaks logic (MS Project "must start on", P6 "mandatory start")
    MANDATORY_FINISH = "mandatory_finish"
    AS_LATE_AS_POSSIBLE = "as_late_as_possible"


class PercentKind(StrEnum):
    PHYSICAL = "physical"
    DURATION = "duration"
    UNITS = "units"


class EarningTechnique(StrEnum):
    """How progress earns value; without one, by percent complete of the activity's kind."""

    FIXED = "fixed"  # a share at the start, the rest at the finish: 0/100, 25/75, 50/50
    UNITS = "units"  # done of planned work of its assignments
    APPORTIONED = "apportioned"  # as much as another activity
    MILESTONES = "milestones"  # the weights of the milestones reached
    LEVEL_OF_EFFORT = "level_of_effort"  # as much as was planned by now


class OutOfSequence(StrEnum):
    RETAINED_LOGIC = "retained_logic"
    PROGRESS_OVERRIDE = "progress_override"
    ACTUAL_DATES = "actual_dates"


class LagCalendar(StrEnum):
    PREDECESSOR = "predecessor"
    SUCCESSOR = "successor"
    PROJECT = "project"
    TWENTY_FOUR_HOUR = "twenty_four_hour"


class FloatKind(StrEnum):
    START = "start"
    FINISH = "finish"
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class Shift:
    """Working time of one day, in ticks from its midnight; ``end`` may pass 14,400 (a night shift)."""

    start_ticks: int
    end_ticks: int


@dataclass(frozen=True, slots=True)
class CalendarException:
    """Days that differ from the weekly pattern; no shifts means a day off."""

    first: date
    last: date
    shifts: tuple[Shift, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working time: seven days from Monday, then exceptions (the later one in the list wins)."""

    key: str
    name: str
    week: tuple[tuple[Shift, ...], ...]
    exceptions: tuple[CalendarException, ...] = ()
    hours_per_day: float = 8.0  # only to show working time as days


@dataclass(frozen=True, slots=True)
class Note:
    """One notebook: its topic, and the text as the tool keeps it, which may be HTML. Show ``notebooks.shown(note)``."""

    topic: str
    text: str

    @property
    def key(self) -> str:
        return self.topic


@dataclass(frozen=True, slots=True)
class WbsNode:
    key: str
    name: str
    parent: str = ""
    code: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    notebooks: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Constraint:
    kind: ConstraintKind
    on: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredDates:
    """What the source tool computed. Kept for comparison; never an input of our schedule."""

    start: datetime | None = None
    finish: datetime | None = None
    early_start: datetime | None = None
    early_finish: datetime | None = None
    late_start: datetime | None = None
    late_finish: datetime | None = None
    total_float_ticks: int | None = None
    free_float_ticks: int | None = None
    critical: bool | None = None


@dataclass(frozen=True, slots=True)
class ThreePoint:
    optimistic_ticks: int
    likely_ticks: int
    pessimistic_ticks: int


@dataclass(frozen=True, slots=True)
class Pause:
    """A split: after so much work the activity rests for so much working time of its calendar."""

    after_ticks: int
    ticks: int


@dataclass(frozen=True, slots=True)
class WeightedMilestone:
    key: str  # of an activity; reached by its actual finish, a start milestone by its start
    weight: float = 1.0  # any scale; only their proportion counts


@dataclass(frozen=True, slots=True)
class Earning:
    technique: EarningTechnique
    start_percent: float = 0.0  # of FIXED
    base: str = ""  # key of the activity that APPORTIONED follows
    milestones: tuple[WeightedMilestone, ...] = ()  # of MILESTONES


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity, milestone, level of effort or summary. ``key`` is stable across updates of the project."""

    key: str
    name: str
    code: str = ""
    wbs: str = ""
    kind: ActivityKind = ActivityKind.TASK
    calendar: str = ""  # empty: the project's default
    duration_ticks: int = 0  # planned (original) duration
    remaining_ticks: int = 0
    elapsed: bool = False
    percent_complete: float = 0.0  # 0..100, of the kind below
    percent_kind: PercentKind = PercentKind.DURATION
    physical_percent: float | None = None
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    suspended: datetime | None = None
    resumed: datetime | None = None
    constraints: tuple[Constraint, ...] = ()
    deadline: datetime | None = None
    expected_finish: datetime | None = None
    external_start: datetime | None = None
    external_finish: datetime | None = None
    manual_start: datetime | None = None  # manually scheduled: the engine keeps these dates
    manual_finish: datetime | None = None
    priority: int = 500
    budget_minor: int | None = None
    actual_cost_minor: int | None = None
    remaining_cost_minor: int | None = None
    responsible: str = ""
    is_committed: bool = False  # a milestone promised to somebody
    guid: str = ""
    three_point: ThreePoint | None = None
    codes: Mapping[str, str] = field(default_factory=dict)  # code type → value
    fields: Mapping[str, str] = field(default_factory=dict)  # custom field → value as text
    notes: str = ""
    stored: StoredDates | None = None
    notebooks: tuple[Note, ...] = ()  # of P6, one per topic
    earning: Earning | None = None  # by percent complete without one
    delay_ticks: int = 0  # of the clock: how long the source's leveller lets it wait
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependency:
    """``predecessor`` before ``successor``; ``predecessor_project`` names another project of the portfolio."""

    predecessor: str
    successor: str
    kind: DependencyKind = DependencyKind.FS
    lag_ticks: int = 0
    lag_elapsed: bool = False
    lag_percent: float | None = None  # of the predecessor's duration; replaces lag_ticks
    predecessor_project: str = ""

    @property
    def key(self) -> str:
        return f"{self.predecessor_project}/{self.predecessor}>{self.successor}:{self.kind}"


@dataclass(frozen=True, slots=True)
class Resource:
    key: str
    name: str
    kind: str = "person"  # person, equipment, material, cost
    calendar: str = ""
    capacity: float = 1.0  # units available at once
    rate_minor: int | None = None  # per hour, project currency
    email: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignment:
    activity: str
    resource: str
    units: float = 1.0
    work_ticks: int = 0
    actual_work_ticks: int = 0
    remaining_work_ticks: int = 0
    budget_minor: int | None = None
    actual_cost_minor: int | None = None
    remaining_cost_minor: int | None = None
    role: str = ""  # key of the resource that stands for the role, where the tool names one beside the resource
    cost_account: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        beside = "/".join(part for part in (self.role, self.cost_account) if part)
        return f"{self.activity}@{self.resource}" + (f"/{beside}" if beside else "")


@dataclass(frozen=True, slots=True)
class CostAccount:
    """One node of the cost breakdown; ``key`` is the path of codes from its top."""

    key: str
    name: str
    parent: str = ""
    code: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Expense:
    """Cost of an activity that no resource brings. Its amounts are part of the activity's own."""

    activity: str
    name: str
    cost_account: str = ""
    category: str = ""
    vendor: str = ""
    document: str = ""  # purchase order or other paper
    description: str = ""
    quantity: float | None = None
    unit: str = ""
    budget_minor: int | None = None
    actual_cost_minor: int | None = None
    remaining_cost_minor: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.activity}/{self.cost_account}/{self.name}"


@dataclass(frozen=True, slots=True)
class CodeType:
    """A classification; ``values`` maps value → description, in order; ``parents`` value → parent value.

    ``owner`` says whose it is where the tool tells: global, eps (a part of the enterprise) or project.
    """

    key: str
    name: str
    scope: str = "activity"  # activity, project, resource
    values: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""


@dataclass(frozen=True, slots=True)
class FieldType:
    """A custom field; ``values`` maps what its look-up list offers → description, in order, where it has one."""

    key: str
    name: str
    scope: str = "activity"  # activity, project, resource, wbs, assignment, expense
    kind: str = "text"  # text, number, integer, date, flag, cost, duration
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScheduleOptions:
    """How the source tool schedules. Defaults are P6's own."""

    tool: str = "watchfloor"  # p6, msproject, watchfloor
    out_of_sequence: OutOfSequence = OutOfSequence.RETAINED_LOGIC
    lag_calendar: LagCalendar = LagCalendar.PREDECESSOR
    float_kind: FloatKind = FloatKind.FINISH
    critical_float_ticks: int = 0
    critical_by_longest_path: bool = False
    open_ends_critical: bool = False
    use_expected_finish: bool = True
    start_to_start_from_actual: bool = False  # P6: SS lag counted from actual rather than early start
    data_date_is_floor: bool = True  # P6: remaining work never before the data date
    honour_constraints: bool = True
    ignore_external: bool = False
    from_finish: bool = False  # schedule backwards from the project's finish


@dataclass(frozen=True, slots=True)
class PlanBaseline:
    """A baseline that came inside a file: planned dates and cost per activity key."""

    name: str
    start: Mapping[str, datetime] = field(default_factory=dict)
    finish: Mapping[str, datetime] = field(default_factory=dict)
    duration_ticks: Mapping[str, int] = field(default_factory=dict)
    cost_minor: Mapping[str, int] = field(default_factory=dict)


class OverlayKind(StrEnum):
    """What may be added here to an activity (or, the calendar, to a plan) that lives elsewhere."""

    RESPONSIBLE = "responsible"
    THREE_POINT = "three_point"
    COMMITTED = "committed"
    DEADLINE = "deadline"
    CALENDAR = "calendar"
    CODE = "code"
    FIELD = "field"
    LINK = "link"  # from another project
    OPTION = "option"  # of scheduling, of the plan itself


@dataclass(frozen=True, slots=True)
class OverlayValue:
    """A value of one of the kinds; all empty means that there is none."""

    text: str = ""  # responsible, code, field, key of a calendar, option
    flag: bool = False
    moment: datetime | None = None
    three_point: ThreePoint | None = None
    link: Dependency | None = None
    calendar: WorkCalendar | None = None  # travels along, since the next file does not hold it


@dataclass(frozen=True, slots=True)
class OverlayEntry:
    """What somebody added here, kept apart from what the source says (``beneath``), so that a new file keeps it."""

    activity: str  # our key; empty: the plan itself
    kind: OverlayKind
    value: OverlayValue
    name: str = ""  # code type, custom field, or key of the link
    beneath: OverlayValue = OverlayValue()
    by: str = ""
    at: str = ""  # moment with zone

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}:{self.activity}"


@dataclass(frozen=True, slots=True)
class Plan:
    """One project of a document. Calendars and resources it uses travel with it."""

    code: str
    name: str
    currency: str = ""
    data_date: datetime | None = None
    start: datetime | None = None  # planned start
    must_finish_by: datetime | None = None
    calendar: str = ""  # default calendar's key
    options: ScheduleOptions = ScheduleOptions()
    calendars: tuple[WorkCalendar, ...] = ()
    wbs: tuple[WbsNode, ...] = ()
    activities: tuple[Activity, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    resources: tuple[Resource, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    code_types: tuple[CodeType, ...] = ()
    field_types: tuple[FieldType, ...] = ()
    baselines: tuple[PlanBaseline, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)  # of the project itself
    codes: Mapping[str, str] = field(default_factory=dict)
    cost_account: str = ""  # where what names no cost account belongs
    cost_accounts: tuple[CostAccount, ...] = ()
    expenses: tuple[Expense, ...] = ()
    notebooks: tuple[Note, ...] = ()  # of the project itself
    overlay: tuple[OverlayEntry, ...] = ()  # applied already: what it says is in the rows above
    guid: str = ""  # of the project in the source; tells which project a file updates, and is not stored


@dataclass(frozen=True, slots=True)
class Remark:
    """Something of the file that was not understood or had to be changed, named so that a person can look."""

    code: str  # stable: "xer.unknown_table", "calendar.bad_shift" …
    place: str  # where: table/row/tag/sheet cell
    detail: str  # what and what was done instead


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """Everything one file holds: its projects, with links between them inside each plan's dependencies."""

    format: str  # xer, mspdi, mpp, mpx, pmxml, csv, xlsx, sample, store
    source_name: str
    plans: tuple[Plan, ...]
    tool: str = ""
    remarks: tuple[Remark, ...] = ()
