"""The forecast finish lies later than the current baseline, by more than the project tolerates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity, graded
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "finish.slip"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Finish %(slip_days)s later than the %(baseline_kind)s"),
        _(
            "The schedule now ends on %(finish)s; the %(baseline_kind)s said %(plan_finish)s. That is %(slip_days)s "
            "later, where %(limit_days)s are tolerated. Against the original baseline: %(original_slip_days)s, after "
            "%(rebaselines)s re-baselines."
        ),
        {
            "slip_days": Figure.DAYS,
            "limit_days": Figure.DAYS,
            "original_slip_days": Figure.DAYS,
            "finish": Figure.DATE,
            "plan_finish": Figure.DATE,
            "rebaselines": Figure.COUNT,
            "baseline_kind": Figure.BASELINE,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, about the whole project."""
    forecast = view.forecast
    if forecast is None or forecast.slip_days is None:
        return
    limit = tolerances.finish_watch_limit_days(forecast.planned_duration_days or 0.0)
    severity = graded(
        forecast.slip_days,
        limit,
        limit * tolerances.finish_at_risk_factor,
        limit * tolerances.finish_critical_factor,
    )
    if severity == Severity.ON_TRACK:
        return
    yield Found(
        CODE,
        severity,
        {
            "slip_days": round(forecast.slip_days, 1),
            "limit_days": round(limit, 1),
            "original_slip_days": None
            if forecast.original_slip_days is None
            else round(forecast.original_slip_days, 1),
            "rebaselines": forecast.rebaselines,
            "baseline_kind": forecast.baseline_kind,
            "finish": forecast.schedule_finish and forecast.schedule_finish.isoformat(),
            "plan_finish": forecast.plan_finish and forecast.plan_finish.isoformat(),
        },
        evidence={
            "forecast": forecast.id,
            "baseline": forecast.baseline_kind,
            "planned_duration_days": forecast.planned_duration_days,
        },
    )
