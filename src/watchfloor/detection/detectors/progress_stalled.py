"""Updates come, but nothing in them moves, though work was due to start or finish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "progress.stalled"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Nothing moved for %(periods)s periods"),
        _(
            "%(periods)s status reports in a row changed no actual date, no progress and no remaining duration, though "
            "the forecast before had work starting or finishing. Either nobody works, or nobody records it."
        ),
        {"periods": Figure.COUNT},
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding. A period in which the calendar rests is none: nothing was due in it."""
    periods = view.conduct.idle_periods
    if periods < max(1, tolerances.idle_periods):
        return
    yield Found(
        CODE,
        Severity.AT_RISK if periods > tolerances.idle_periods else Severity.WATCH,
        {"periods": periods},
        affects_status=False,
    )
