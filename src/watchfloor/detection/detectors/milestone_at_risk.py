"""A promised milestone will probably come late: its 80 % date, or even its likely date, lies past the promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, MilestoneView, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

LIKELY = "milestone.likely_late"
POSSIBLE = "milestone.possibly_late"
_FIGURES = {
    "name": Figure.TEXT,
    "promised": Figure.DATE,
    "p50": Figure.DATE,
    "p80": Figure.DATE,
    "late_days": Figure.COUNT,
}
MESSAGES: Mapping[str, Message] = {
    LIKELY: Message(
        _("“%(name)s” will likely miss %(promised)s"),
        _(
            "Promised for %(promised)s; the likely date is %(p50)s and the 80 %% date %(p80)s. The likely date is "
            "%(late_days)s calendar days past the promise."
        ),
        _FIGURES,
    ),
    POSSIBLE: Message(
        _("“%(name)s” may miss %(promised)s"),
        _(
            "Promised for %(promised)s; the likely date is %(p50)s, but the 80 %% date is %(p80)s, %(late_days)s "
            "calendar days past the promise."
        ),
        _FIGURES,
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """One finding per promised milestone that is not done, in the order of the plan.

    The forecast keeps two dates of a milestone, P50 and P80: a tolerance up to 0.5 is measured on the first, a
    higher one on the second.
    """
    forecast = view.forecast
    if forecast is None:
        return
    for milestone in forecast.milestones:
        if not milestone.is_committed or milestone.is_done or milestone.promised_on is None:
            continue
        at_risk_on = _date_at(milestone, tolerances.milestone_at_risk_confidence)
        watch_on = _date_at(milestone, tolerances.milestone_watch_confidence)
        latest = milestone.promised_on + timedelta(days=tolerances.milestone_late_days)
        if at_risk_on is not None and at_risk_on > latest:
            yield _found(forecast.id, milestone, LIKELY, Severity.AT_RISK, at_risk_on)
        elif watch_on is not None and watch_on > latest:
            yield _found(forecast.id, milestone, POSSIBLE, Severity.WATCH, watch_on)


def _date_at(milestone: MilestoneView, confidence: float) -> date | None:
    return milestone.p50 if confidence <= 0.5 else milestone.p80


def _found(forecast_id: int, milestone: MilestoneView, code: str, severity: Severity, on: date) -> Found:
    assert milestone.promised_on is not None
    return Found(
        code,
        severity,
        {
            "key": milestone.key,
            "name": milestone.name,
            "promised": milestone.promised_on.isoformat(),
            "p50": milestone.p50 and milestone.p50.isoformat(),
            "p80": milestone.p80 and milestone.p80.isoformat(),
            "late_days": (on - milestone.promised_on).days,
        },
        subject=milestone.key,
        evidence={
            "forecast": forecast_id,
            "schedule": milestone.schedule and milestone.schedule.isoformat(),
            "float_days": milestone.float_days,
        },
    )
