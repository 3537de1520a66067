"""Of what was to finish in each of the last periods, too little did: current execution index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.conduct import Executed
from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "execution.low"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("%(done)s of %(due)s finished as forecast, low for %(periods)s periods"),
        _(
            "In the last period %(due)s activities were forecast to finish and %(done)s of them did: a current "
            "execution index of %(index)s, below %(limit)s for %(periods)s periods. The near forecast is not believed, "
            "or not followed."
        ),
        {
            "due": Figure.COUNT,
            "done": Figure.COUNT,
            "periods": Figure.COUNT,
            "index": Figure.SHARE,
            "limit": Figure.SHARE,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, once it has lasted; periods with hardly anything due say nothing and end the row."""

    def is_low(period: Executed) -> bool:
        return (
            period.due >= tolerances.execution_least
            and period.index is not None
            and period.index < tolerances.execution_index
        )

    low = tuple(takewhile(is_low, view.conduct.executed))
    if len(low) < max(1, tolerances.execution_periods):
        return
    yield Found(
        CODE,
        Severity.WATCH,
        {
            "due": low[0].due,
            "done": low[0].done,
            "periods": len(low),
            "index": round(low[0].index or 0.0, 3),
            "limit": tolerances.execution_index,
        },
        evidence={"periods": [{"on": each.on.isoformat(), "due": each.due, "done": each.done} for each in low]},
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )
