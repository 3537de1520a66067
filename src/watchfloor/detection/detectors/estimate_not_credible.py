"""The manager's estimate at completion needs a performance that the project has not shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

NEEDS_MORE = "cost.estimate_needs_more"
BELOW_SPENT = "cost.estimate_below_spent"
_FIGURES = {
    "eac_minor": Figure.MONEY,
    "spent_minor": Figure.MONEY,
    "needed": Figure.INDEX,
    "shown": Figure.INDEX,
}
MESSAGES: Mapping[str, Message] = {
    NEEDS_MORE: Message(
        _("Estimate needs an index of %(needed)s, shown is %(shown)s"),
        _(
            "To end at the manager's %(eac_minor)s, what is left must be done at an index of %(needed)s; so far it was "
            "%(shown)s. Either the estimate or the work has to change."
        ),
        _FIGURES,
    ),
    BELOW_SPENT: Message(
        _("Estimate below what is spent and ordered"),
        _("The manager's estimate is %(eac_minor)s; %(spent_minor)s are spent or ordered already."),
        _FIGURES,
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, from the newest report on."""
    forecast, newest = view.forecast, view.trend[0] if view.trend else None
    eac, spent = view.eac_reported_minor, view.spent_minor
    if forecast is None or eac is None or not forecast.budget_minor or spent is None:
        return
    spent += view.committed_minor or 0  # what is ordered will be paid
    parameters = {"eac_minor": eac, "spent_minor": spent, "currency": forecast.currency, "needed": None, "shown": None}
    if eac < spent:
        yield _found(BELOW_SPENT, parameters, forecast.id)
        return
    percent = newest.percent_complete if newest is not None else None
    cpi = newest.cpi if newest is not None else None
    if percent is None or cpi is None or percent < tolerances.tcpi_from_percent or eac == spent:
        return
    # What is left to earn over what the estimate leaves to spend.
    left = forecast.budget_minor * (1 - percent / 100)
    actual = forecast.budget_minor * percent / 100 / cpi
    if eac <= actual:
        return
    needed = left / (eac - actual)
    if abs(needed - cpi) > tolerances.tcpi_gap:
        yield _found(NEEDS_MORE, {**parameters, "needed": round(needed, 3), "shown": round(cpi, 3)}, forecast.id)


def _found(code: str, parameters: Mapping[str, object], forecast_id: int) -> Found:
    return Found(
        code,
        Severity.WATCH,
        parameters,
        evidence={"forecast": forecast_id},
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )
