"""The forecast cost at completion exceeds the performance baseline by more than the project tolerates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity, graded
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "cost.over_budget"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Cost forecast %(over_share)s over budget"),
        _(
            "The estimate at completion is %(eac_minor)s (method: %(method)s); the budget of the %(baseline_kind)s is "
            "%(budget_minor)s. That is %(over_minor)s, or %(over_share)s, more than budgeted, where %(limit_share)s "
            "is tolerated. Contingency is a line of its own: %(contingency_minor)s."
        ),
        {
            "over_share": Figure.SHARE,
            "limit_share": Figure.SHARE,
            "over_minor": Figure.MONEY,
            "eac_minor": Figure.MONEY,
            "budget_minor": Figure.MONEY,
            "contingency_minor": Figure.MONEY,
            "method": Figure.TEXT,
            "baseline_kind": Figure.BASELINE,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding; none where there is no budget or no forecast of cost."""
    forecast = view.forecast
    if forecast is None or forecast.eac_minor is None or not forecast.budget_minor:
        return
    over_minor = forecast.eac_minor - forecast.budget_minor
    share = over_minor / forecast.budget_minor
    severity = graded(share, tolerances.eac_watch_share, tolerances.eac_at_risk_share, tolerances.eac_critical_share)
    if severity == Severity.ON_TRACK:
        return
    yield Found(
        CODE,
        severity,
        {
            "over_share": round(share, 4),
            "limit_share": tolerances.eac_watch_share,
            "over_minor": over_minor,
            "eac_minor": forecast.eac_minor,
            "budget_minor": forecast.budget_minor,
            "contingency_minor": view.contingency_minor,
            "currency": forecast.currency,
            "method": forecast.eac_method,
            "line": "performance_baseline",
            "baseline_kind": forecast.baseline_kind,
        },
        evidence={"forecast": forecast.id},
    )
