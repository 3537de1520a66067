"""The automatic checks of a submission: pure, each with what was found and what to do. See docs/methods/submissions.md.

A check says a code, an outcome and parameters; the sentences stand below and are filled where they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.plans.period_records import FAILED, PASSED, SKIPPED, WAITING, CheckRecord

_STEPS: Mapping[str, Severity] = {
    "on": Severity.ON_TRACK,
    "watch": Severity.WATCH,
    "risk": Severity.AT_RISK,
    "crit": Severity.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """What the checks look at: what was said, and what is known of the plan it goes with. None: cannot be told."""

    cut_off: date
    reported: Mapping[str, str]
    forecast_finish: date | None
    eac_minor: int | None
    explanation: str
    revision: int | None  # number of the one submitted
    newest_revision: int | None
    data_date: date | None  # of the revision submitted
    invalid_dates: int  # actual dates after the data date
    is_forecast: bool  # the newest forecast is of the newest revision
    problem: str  # why no schedule can be computed; empty: there is one
    negative_float: int | None  # unfinished activities with float below zero …
    negative_float_before: int | None  # … and at the last accepted submission
    schedule_finish: date | None
    actual_cost_minor: int | None
    computed: Severity | None
    currency: str
    tolerated_steps: int  # by which the report may be better than the computed status, less one
    tolerated_days: float  # by which the manager's finish may be before that of the plan's own schedule


Outcome = tuple[str, Mapping[str, Any]]


def checks(view: SubmissionView) -> tuple[CheckRecord, ...]:
    """Every check in the order people read them."""
    return tuple(CheckRecord(code, outcome, dict(more)) for code, (outcome, more) in _said(view))


def _said(view: SubmissionView) -> Iterator[tuple[str, Outcome]]:
    for code, check in _CHECKS.items():
        yield code, check(view)


def _plan_as_of(view: SubmissionView) -> Outcome:
    more = {"cut_off": view.cut_off.isoformat(), "data_date": view.data_date and view.data_date.isoformat()}
    return (PASSED if view.data_date is not None and view.data_date >= view.cut_off else FAILED), more


def _plan_is_this_one(view: SubmissionView) -> Outcome:
    more = {"revision": view.revision, "newest": view.newest_revision}
    if view.revision is None:
        return SKIPPED, more
    return (PASSED if view.revision == view.newest_revision else FAILED), more


def _plan_schedules(view: SubmissionView) -> Outcome:
    if view.revision is None:
        return SKIPPED, {}
    if not view.is_forecast:
        return WAITING, {}
    return (FAILED if view.problem else PASSED), {"problem": view.problem}


def _dates_valid(view: SubmissionView) -> Outcome:
    if view.revision is None or view.data_date is None:
        return SKIPPED, {"count": 0}
    return (FAILED if view.invalid_dates else PASSED), {"count": view.invalid_dates}


def _float_kept(view: SubmissionView) -> Outcome:
    if view.revision is None or view.problem:
        return SKIPPED, {}
    if not view.is_forecast or view.negative_float is None:
        return WAITING, {}
    before = view.negative_float_before or 0
    more = {"count": view.negative_float, "before": before}
    return (FAILED if view.negative_float > before else PASSED), more


def _overall_covers_dimensions(view: SubmissionView) -> Outcome:
    overall = _STEPS.get(view.reported.get("overall", ""))
    others = {name: _STEPS[status] for name, status in view.reported.items() if name != "overall" and status in _STEPS}
    if overall is None or not others:
        return SKIPPED, {}
    worst = max(others, key=lambda name: others[name])
    more = {"overall": view.reported["overall"], "worst": view.reported[worst], "dimension": worst}
    return (FAILED if others[worst] > overall else PASSED), more


def _finish_ahead(view: SubmissionView) -> Outcome:
    if view.forecast_finish is None or view.data_date is None:
        return SKIPPED, {}
    more = {"finish": view.forecast_finish.isoformat(), "data_date": view.data_date.isoformat()}
    return (PASSED if view.forecast_finish >= view.data_date else FAILED), more


def _cost_covers_actual(view: SubmissionView) -> Outcome:
    if view.eac_minor is None or view.actual_cost_minor is None:
        return SKIPPED, {}
    more = {"eac": view.eac_minor, "actual": view.actual_cost_minor, "currency": view.currency}
    return (PASSED if view.eac_minor >= view.actual_cost_minor else FAILED), more


def _status_gap_explained(view: SubmissionView) -> Outcome:
    overall = _STEPS.get(view.reported.get("overall", ""))
    if overall is None:
        return SKIPPED, {}
    if not view.is_forecast and view.revision is not None:
        return WAITING, {}
    if view.computed is None:
        return SKIPPED, {}
    more = {"reported": view.reported["overall"], "computed": _code(view.computed)}
    is_wide = view.computed - overall >= max(1, view.tolerated_steps)
    return (FAILED if is_wide and not view.explanation else PASSED), more


def _finish_gap_explained(view: SubmissionView) -> Outcome:
    if view.forecast_finish is None:
        return SKIPPED, {}
    if not view.is_forecast and view.revision is not None:
        return WAITING, {}
    if view.schedule_finish is None:
        return SKIPPED, {}
    # Working days, roughly: the tolerance is a limit of judgement, not of arithmetic.
    early = (view.schedule_finish - view.forecast_finish).days * 5 / 7
    more = {
        "finish": view.forecast_finish.isoformat(),
        "schedule": view.schedule_finish.isoformat(),
        "days": round(max(0.0, early)),
    }
    return (FAILED if early > view.tolerated_days and not view.explanation else PASSED), more


def _code(severity: Severity) -> str:
    return next(code for code, each in _STEPS.items() if each is severity)


_CHECKS: Mapping[str, Callable[[SubmissionView], Outcome]] = {
    "plan.as_of": _plan_as_of,
    "plan.is_this_one": _plan_is_this_one,
    "plan.schedules": _plan_schedules,
    "plan.dates_valid": _dates_valid,
    "plan.float_kept": _float_kept,
    "report.overall": _overall_covers_dimensions,
    "report.finish_ahead": _finish_ahead,
    "report.cost_covers_actual": _cost_covers_actual,
    "report.status_gap": _status_gap_explained,
    "report.finish_gap": _finish_gap_explained,
}
# What is checked, and what to do where it does not hold.
TITLES: Mapping[str, Message] = {
    "plan.as_of": Message(
        _("The plan says how things stood at the cut-off"),
        _(
            "Its data date is %(data_date)s, before the cut-off of %(cut_off)s. Import the update, or move the data "
            "date once progress up to it is recorded."
        ),
        {"data_date": Figure.DATE, "cut_off": Figure.DATE},
    ),
    "plan.is_this_one": Message(
        _("The plan is still the one submitted"),
        _(
            "Revision %(revision)s was submitted, and the plan is at %(newest)s now. Submit again, with the plan as it "
            "is."
        ),
        {"revision": Figure.COUNT, "newest": Figure.COUNT},
    ),
    "plan.schedules": Message(
        _("The plan can be scheduled"),
        _("No dates can be computed: %(problem)s. Remove what stands in the way, then submit again."),
        {"problem": Figure.TEXT},
    ),
    "plan.dates_valid": Message(
        _("No actual date lies after the data date"),
        _("%(count)s activities started or finished after the data date, so in the future. Correct them in the plan."),
        {"count": Figure.COUNT},
    ),
    "plan.float_kept": Message(
        _("No more activities with negative float than last time"),
        _(
            "%(count)s activities have less float than none, %(before)s at the last accepted report. Re-plan the work "
            "that cannot make its date, or agree a new date."
        ),
        {"count": Figure.COUNT, "before": Figure.COUNT},
    ),
    "report.overall": Message(
        _("The overall status is no better than its worst part"),
        _("%(dimension)s is reported as %(worst)s, overall as %(overall)s. Report overall as the worst part at least."),
        {"dimension": Figure.TEXT, "worst": Figure.STATUS, "overall": Figure.STATUS},
    ),
    "report.finish_ahead": Message(
        _("The forecast finish lies ahead"),
        _("The finish given, %(finish)s, lies before the data date, %(data_date)s. Give the day you now expect."),
        {"finish": Figure.DATE, "data_date": Figure.DATE},
    ),
    "report.cost_covers_actual": Message(
        _("The estimate at completion covers what was spent"),
        _("The estimate is %(eac)s, and %(actual)s was spent already. Give what the whole will cost."),
        {"eac": Figure.MONEY, "actual": Figure.MONEY},
    ),
    "report.status_gap": Message(
        _("A report better than the numbers is explained"),
        _("Reported is %(reported)s, computed %(computed)s. Say what the numbers do not show, or report as computed."),
        {"reported": Figure.STATUS, "computed": Figure.STATUS},
    ),
    "report.finish_gap": Message(
        _("A finish before that of the plan is explained"),
        _(
            "The finish given, %(finish)s, is about %(days)s before the %(schedule)s the plan itself leads to. Say "
            "what makes it possible, or give a later day."
        ),
        {"finish": Figure.DATE, "days": Figure.DAYS, "schedule": Figure.DATE},
    ),
}
