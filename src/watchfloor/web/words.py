"""Codes as words of the reader's language: statuses, stages, kinds of work. The rooms below store codes only."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from watchfloor.accounts.words import ROLE_WORDS
from watchfloor.portfolio import stages

Words = Mapping[str, str | Promise]

STATUS: Words = {
    "on": _("On track"),
    "watch": _("Watch"),
    "risk": _("At risk"),
    "crit": _("Critical"),
    "stale": _("Stale"),
    "off": _("Not watched"),
    "none": _("Not yet computed"),
}
STAGES: Words = stages.WORDS
CYCLES: Words = {"weekly": _("Weekly"), "fortnightly": _("Fortnightly"), "monthly": _("Monthly")}
ROLES: Words = {role: each.title for role, each in ROLE_WORDS.items()}
ORIGINS: Words = {
    "import": _("Import"),
    "edit": _("Edit"),
    "api": _("API"),
    "undo": _("Undo"),
    "sample": _("Update"),
    "feed": _("Feed"),
}
BASELINE_KINDS: Words = {
    "original": _("Original"),
    "approved": _("Current"),
    "previous": _("Previous"),
    "superseded": _("Superseded"),
    "provisional": _("Provisional"),
    "imported": _("From a file, not approved"),
    "proposed": _("Waits for approval"),
    "declined": _("Declined"),
    "withdrawn": _("Withdrawn"),
}
BASELINE_ACTS: Words = {
    "original": _("First approval"),
    "amendment": _("Amendment"),
    "rebaseline": _("Re-baseline"),
}
KINDS: Words = {
    "task": _("Task"),
    "resource_dependent": _("Resource-dependent task"),
    "start_milestone": _("Start milestone"),
    "finish_milestone": _("Finish milestone"),
    "level_of_effort": _("Level of effort"),
    "summary": _("Summary"),
    "external": _("External"),
}
CHANGES: Words = {
    "added": _("Added"),
    "removed": _("Removed"),
    "moved": _("Moved"),
    "relinked": _("Links changed"),
    "costed": _("Cost changed"),
    "estimated": _("Duration changed"),
    "ruled": _("Calendar or constraint"),
    "progressed": _("Progress"),
    "renamed": _("Renamed"),
    "reassigned": _("People"),
    "classified": _("Codes and fields"),
}
STEPS: Words = {
    "progress": _("Progress"),
    "activities": _("Activities added and removed"),
    "logic": _("Logic"),
    "durations": _("Durations"),
    "calendars": _("Calendars"),
    "constraints": _("Constraints and imposed dates"),
    "options": _("Scheduling options"),
    "external": _("Other projects"),
    "other": _("Everything else"),
}
STEP_ROWS: Words = {
    "data_date": _("Time passed, had nothing been done"),
    "progressed": _("Progress"),
    "added": _("Added"),
    "removed": _("Removed"),
    "linked": _("Link added"),
    "unlinked": _("Link removed"),
    "relinked": _("Link changed"),
    "estimated": _("Duration changed"),
    "calendar": _("Calendar changed"),
    "recalendared": _("Other calendar"),
    "ruled": _("Constraint or date"),
    "option": _("Scheduling option"),
    "external": _("Dates of other projects"),
    "several": _("Several changes together"),
}
EARNING: Words = {
    "": _("by percent complete"),
    "0/100": _("0/100: all at the finish"),
    "25/75": _("25/75: a quarter at the start"),
    "50/50": _("50/50: half at the start"),
    "units": _("by units done"),
    "level of effort": _("level of effort: as planned"),
}
DIMENSIONS: Words = {
    "overall": _("Overall"),
    "time": _("Time"),
    "cost": _("Cost"),
    "scope": _("Scope"),
    "risk": _("Risk"),
    "people": _("People"),
}
ADDITIONS: Words = {
    "responsible": _("Responsible"),
    "three_point": _("Three-point estimate"),
    "committed": _("Promised to somebody"),
    "deadline": _("Deadline"),
    "calendar": _("Calendar"),
    "code": _("Code"),
    "field": _("Field"),
    "link": _("Link from another project"),
    "option": _("Scheduling option"),
}
OPTIONS: Words = {
    "out_of_sequence": _("Work that started out of sequence"),
    "lag_calendar": _("Calendar of lags"),
    "float_kind": _("Total float"),
    "critical_float_ticks": _("Critical up to so much float"),
    "critical_by_longest_path": _("Critical is what lies on the longest path"),
    "open_ends_critical": _("Open ends are critical"),
    "use_expected_finish": _("Expected finish dates decide what remains"),
    "start_to_start_from_actual": _("Start-to-start lags run from the actual start"),
    "data_date_is_floor": _("Remaining work never lies before the data date"),
    "honour_constraints": _("Mandatory dates win over links"),
    "ignore_external": _("Ignore dates of other projects in the file"),
}
OPTION_VALUES: Words = {
    "retained_logic": _("waits for its predecessors (retained logic)"),
    "progress_override": _("goes on at the data date (progress override)"),
    "actual_dates": _("goes on, and actual dates hold (actual dates)"),
    "predecessor": _("of the predecessor"),
    "successor": _("of the successor"),
    "project": _("of the project"),
    "twenty_four_hour": _("the clock, 24 hours"),
    "start": _("late start less early start"),
    "finish": _("late finish less early finish"),
    "smallest": _("the smaller of both"),
    "true": _("yes"),
    "false": _("no"),
}
FIELD_TARGETS: Words = {
    "reported.overall": _("Reported status: overall"),
    "reported.time": _("Reported status: time"),
    "reported.cost": _("Reported status: cost"),
    "reported.scope": _("Reported status: scope"),
    "reported.risk": _("Reported status: risk"),
    "reported.people": _("Reported status: people"),
    "forecast_finish": _("Manager's forecast finish"),
    "path_to_green": _("Path to green"),
    "client": _("Client"),
    "legal_entity": _("Legal entity"),
    "country": _("Country"),
    "stage": _("Stage of life"),
    "responsible": _("Responsible of activities"),
}
MAPPED: Words = {
    "set": _("set"),
    "same": _("is so already"),
    "kept": _("kept as somebody set it here"),
    "untranslated": _("could not be translated"),
    "refused": _("refused"),
    "silent": _("the file says nothing"),
}
LINKS: Words = {
    "FS": _("finish to start"),
    "SS": _("start to start"),
    "FF": _("finish to finish"),
    "SF": _("start to finish"),
}
WEEKDAYS: tuple[str | Promise, ...] = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
DAY_KINDS: Words = {
    "holiday": _("Day off"),
    "short": _("Short, until"),
    "made_up": _("Worked weekend"),
}
OWN_DAYS: Words = {"closed": _("closed"), "works": _("worked"), "short": _("short, until")}
FEED_INTERVALS: Mapping[int, str | Promise] = {
    900: _("every 15 minutes"),
    3_600: _("every hour"),
    86_400: _("every day"),
    604_800: _("every week"),
    1_209_600: _("every two weeks"),
    2_592_000: _("every 30 days"),
}
FEED_STATES: Words = {
    "paused": _("Paused"),
    "failed": _("Cannot be read"),
    "late": _("Did not come"),
    "refused": _("File refused"),
    "asks": _("Waits for an answer"),
    "waiting": _("No file yet"),
    "current": _("Current"),
}
FEED_OUTCOMES: Words = {
    "done": _("Came in"),
    "unchanged": _("Unchanged"),
    "asks": _("Waits for an answer"),
    "held": _("Held: older data date"),
    "refused": _("Refused"),
    "cancelled": _("Discarded"),
    "failed": _("Our fault"),
}
JOBS: Words = {
    "forecast": _("Forecast"),
    "detect": _("Detection"),
    "check": _("Checks of a submission"),
    "alert": _("Alerts"),
    "watch": _("Watch"),
    "deliver": _("Delivery"),
    "import": _("Import"),
    "feed": _("Feed"),
    "sample": _("Sample organisation"),
}
STATES: Words = {
    "waiting": _("Waiting"),
    "running": _("Running"),
    "done": _("Done"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
    "unchanged": _("Unchanged"),
    "refused": _("Refused"),
    "asks": _("Asks which project"),
    "held": _("Held: older data date"),
    "raised": _("Unacknowledged"),
    "acknowledged": _("Acknowledged"),
    "snoozed": _("Snoozed"),
    "resolved": _("Resolved"),
}
CAUSES: Words = {
    "time": _("time"),
    "cost": _("cost"),
    "silence": _("missing updates"),
    "report": _("report against numbers"),
    "plan": _("the plan itself"),
    "hold": _("on hold"),
    "edits": _("a finish held by edits"),
    "history": _("history rewritten"),
    "progress": _("work that does not move"),
    "handover": _("late handovers"),
    "outside": _("other systems"),
    "trend": _("a trend"),
    "quality": _("schedule quality"),
}
# Kinds of alerts, without their figures.
ALERT_CODES: Words = {
    "finish.slip": _("Finish later than the baseline"),
    "float.exhausted": _("Contract deadline missed"),
    "milestone.likely_late": _("Milestone likely late"),
    "milestone.possibly_late": _("Milestone possibly late"),
    "work.overdue_driving": _("Overdue work drives a milestone"),
    "plan.no_schedule": _("No schedule can be computed"),
    "cost.over_budget": _("Cost forecast over budget"),
    "cost.contingency_cover": _("Contingency does not cover the risk"),
    "cut_off.missed_again": _("Cut-offs missed"),
    "hold.review_due": _("On hold, to be decided"),
    "report.better_than_computed": _("Reported better than computed"),
    "finish.held_by_edits": _("Finish held by edits"),
    "history.rewritten": _("History rewritten"),
    "progress.stalled": _("Nothing moved"),
    "handover.late": _("Handed over late"),
    "outside.alert": _("Said by another system"),
}
# What waits for somebody's yes or no.
ASKED: Words = {
    "baseline.proposed": _("a baseline"),
    "reserve.proposed": _("a change of a reserve"),
    "submission.received": _("a submitted report"),
    "alert.drafted": _("a report upwards"),
}
SHARED_KINDS: Words = {"supplier": _("its work loses float"), "calendar": _("works on public holidays")}
STEP_TARGETS: Words = {
    "owner": _("the owner"),
    "manager": _("the project's manager"),
    "rota": _("whoever is on duty"),
}
# Where a step of a playbook leads, and what happens by itself when one is taken up.
STEP_LINKS: Words = {
    "": _("nowhere"),
    "activity": _("the activity that is worst"),
    "activities": _("the activities"),
    "why": _("what moved the finish"),
    "costs": _("the costs"),
    "quality": _("schedule quality"),
    "interfaces": _("handovers between projects"),
    "baselines": _("the baselines"),
    "report": _("the report"),
    "silences": _("silences"),
}
STEP_DOES: Words = {
    "": _("nothing"),
    "acknowledge": _("acknowledge the alert"),
    "pass_on": _("pass it on to the next step"),
    "ask_report": _("ask for the report that is owed"),
    "declare": _("declare an incident"),
}
STEP_STATES: Words = {"open": _("open"), "done": _("done"), "skipped": _("skipped")}
INCIDENT_STATES: Words = {"open": _("open"), "settled": _("over, to be reviewed"), "closed": _("closed")}
INCIDENT_PARTS: Words = {
    "manager": _("Leads"),
    "communications": _("Tells others"),
    "scribe": _("Writes it down"),
    "recovery": _("Puts it right"),
}
SILENCE_KINDS: Words = {
    "silence": _("Silence"),
    "replan": _("Re-planning"),
    "freeze": _("Change freeze"),
    "holiday": _("Holiday"),
}
SILENCE_STATES: Words = {
    "now": _("now"),
    "coming": _("coming"),
    "over": _("over"),
    "ended": _("taken back"),
}
# What a rule that somebody wrote says, and how loudly.
FINDING_CLASSES: Words = {
    "alarm": _("alarm: a person must decide"),
    "notice": _("notice: in the digest, and with the project"),
    "record": _("record: with the project only"),
}
SEVERITIES: Mapping[int, str | Promise] = {1: _("watch"), 2: _("at risk"), 3: _("critical")}
UP_TO: Mapping[int, str | Promise] = {
    3: _("nothing"),
    2: _("what is critical"),
    1: _("what is at risk or critical"),
}
# Why somebody was told of an alert.
TOLD_WHY: Words = {
    "raised": _("raised"),
    "worse": _("got worse"),
    "reopened": _("opened again"),
    "assigned": _("given to them"),
    "escalated": _("passed on"),
    "snooze_ended": _("snooze ended"),
    "silence_ended": _("silence ended"),
    "not_resolved": _("acknowledged, and still open"),
    "release": _("a report waits for their word"),
    "released": _("report released"),
}
COST_KINDS: Words = {
    "budget": _("Budget"),
    "actual": _("Booked"),
    "accrual": _("Accrual"),
    "commitment": _("Commitment"),
}
COST_FIELDS: Words = {
    "account": _("Control account, or its cost account"),
    "project": _("Project"),
    "kind": _("Kind of cost"),
    "period": _("Period: a day or a month"),
    "amount": _("Amount"),
    "currency": _("Currency"),
    "sign": _("Debit or credit"),
    "quantity": _("Quantity"),
    "planned_price": _("Planned price of one unit"),
    "reference": _("Document"),
    "note": _("Text"),
    "budget": _("Amount of budget"),
    "actual": _("Amount booked"),
    "accrual": _("Amount accrued"),
    "commitment": _("Amount committed"),
}
COST_ORIGINS: Words = {
    "import": _("Report"),
    "manual": _("By hand"),
    "api": _("API"),
    "reversal": _("Reversal"),
    "change": _("Approved change"),
    "sample": _("Report"),
}
RESERVES: Words = {
    "contingency": _("Contingency"),
    "management": _("Management reserve"),
    "undistributed": _("Undistributed budget"),
}
RESERVES_HELD: Words = {
    "contingency": _("for identified risks, held by the project manager"),
    "management": _("for the unforeseen, held above, outside the performance baseline"),
    "undistributed": _("in the performance baseline, not yet on an account"),
}
RESERVE_STATES: Words = {
    "proposed": _("Proposed"),
    "approved": _("Approved"),
    "rejected": _("Refused"),
    "withdrawn": _("Taken back"),
}
BUDGET_LINES: Words = {
    "performance": _("Performance baseline"),
    "cost": _("Cost baseline: with contingency"),
    "total": _("Total budget: with management reserve"),
}
STANDINGS: Words = {
    "late": _("Late"),
    "submitted": _("Waits for a decision"),
    "returned": _("Returned"),
    "open": _("Not due yet"),
    "accepted": _("Accepted"),
    "frozen": _("Frozen"),
    "missed": _("Closed without a report"),
    "draft": _("Draft"),
}
OUTCOMES: Words = {
    "pass": _("passed"),
    "fail": _("not passed"),
    "wait": _("waits for the forecast"),
    "skip": _("does not apply"),
}
DISPLAYS = ("on", "watch", "risk", "crit")


def word(table: Words, code: str) -> str:
    """The word for a code; the code itself where there is none, so that nothing is hidden."""
    return str(table.get(code, code))


def status_word(code: str) -> str:
    return word(STATUS, code)


def severity_word(severity: int) -> str:
    return status_word(DISPLAYS[severity])
