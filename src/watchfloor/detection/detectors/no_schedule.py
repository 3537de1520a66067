"""No schedule can be computed from the plan, so nothing else can be said about it either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "plan.no_schedule"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("No schedule can be computed from the plan"),
        _("The plan has a fault (%(problem)s) that leaves no start date for some of its work. Correct it."),
        {"problem": Figure.TEXT},
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding; a project that cannot be computed is not on track."""
    if view.forecast is None or not view.forecast.problem:
        return
    problem = view.forecast.problem
    yield Found(
        CODE,
        Severity.AT_RISK,
        {"problem": str(problem.get("code", "unknown"))},
        evidence={"forecast": view.forecast.id, "problem": {str(key): str(value) for key, value in problem.items()}},
    )
