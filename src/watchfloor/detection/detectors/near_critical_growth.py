"""More and more work has next to no float: the next delay will hit the finish, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "path.near_critical_grows"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("%(count)s activities nearly critical, %(before)s were %(periods)s statuses ago"),
        _(
            "Unfinished work with at most %(limit)s of float has grown at each of the last %(periods)s statuses. Slack "
            "is being used up in many places at once."
        ),
        {"count": Figure.COUNT, "before": Figure.COUNT, "periods": Figure.COUNT, "limit": Figure.DAYS},
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding."""
    counts = view.conduct.near_critical[: tolerances.near_critical_periods + 1]
    if len(counts) <= tolerances.near_critical_periods:
        return
    numbers = [count for _on, count in counts]
    grew = all(now > before for now, before in pairwise(numbers))
    if not grew or numbers[0] < numbers[-1] * (1 + tolerances.near_critical_share):
        return
    yield Found(
        CODE,
        Severity.WATCH,
        {
            "count": numbers[0],
            "before": numbers[-1],
            "periods": tolerances.near_critical_periods,
            "limit": tolerances.near_critical_days,
        },
        evidence={"statuses": [{"on": on.isoformat(), "count": count} for on, count in counts]},
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )
