"""The schedule no longer reaches the contract deadline: the project's float to it is below zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "float.exhausted"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Contract deadline missed by %(short_days)s"),
        _(
            "The contract says %(committed)s; the schedule now ends on %(finish)s. The project's float to that "
            "deadline is below what is tolerated by %(short_days)s."
        ),
        {"short_days": Figure.DAYS, "committed": Figure.DATE, "finish": Figure.DATE},
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, and only for a project with a contract deadline.

    Without one, float is counted to the baseline finish and would say what ``finish_slip`` says, without its limits.
    """
    forecast = view.forecast
    if forecast is None or forecast.float_days is None or view.committed_finish is None:
        return
    short_days = tolerances.float_at_risk_days - forecast.float_days
    if short_days <= 0:
        return
    yield Found(
        CODE,
        Severity.AT_RISK,
        {
            "short_days": round(short_days, 1),
            "committed": view.committed_finish.isoformat(),
            "finish": forecast.schedule_finish and forecast.schedule_finish.isoformat(),
        },
        evidence={"forecast": forecast.id, "float_days": forecast.float_days},
    )
