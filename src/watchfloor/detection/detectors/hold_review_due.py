"""The day came on which somebody was to look at a project on hold again, and nobody decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "hold.review_due"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("On hold, to be decided again since %(review_on)s"),
        _(
            "The project was put on hold (%(reason)s), to be looked at again on %(review_on)s. Take it up, cancel it, "
            "or leave it on hold with a reason and another day."
        ),
        {"review_on": Figure.DATE, "reason": Figure.TEXT},
    ),
}
_REASON_SHOWN = 300


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, from the day itself on. It says nothing about health: a project on hold has no status."""
    if view.stage != "on_hold" or view.review_on is None or view.today < view.review_on:
        return
    yield Found(
        CODE,
        Severity.WATCH,
        {"review_on": view.review_on.isoformat(), "reason": view.hold_reason[:_REASON_SHOWN]},
        affects_status=False,
    )
