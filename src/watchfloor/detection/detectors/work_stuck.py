"""Work in progress of which no less is left than some periods ago, or that stays nearly done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.conduct import StuckView
from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "work.stuck"
SHOWN = 20  # rows of evidence; the count says how many there are
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("%(count)s stuck, longest “%(worst_name)s”"),
        _(
            "%(count)s activities are in progress with as much left as before, “%(worst_name)s” for %(periods)s "
            "periods: %(remaining_days)s remain. Ask what keeps them, and what really remains."
        ),
        {
            "count": Figure.COUNT,
            "worst_name": Figure.TEXT,
            "periods": Figure.COUNT,
            "remaining_days": Figure.DAYS,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding; a plan in which nothing moves at all is told as that."""
    if view.conduct.idle_periods >= tolerances.stuck_periods:
        return
    rows = [each for each in view.conduct.stuck if _is_long(each, tolerances)]
    if not rows:
        return
    worst = max(rows, key=lambda each: (each.periods, each.remaining_days, each.key))
    yield Found(
        CODE,
        Severity.WATCH,
        {
            "count": len(rows),
            "worst": worst.key,
            "worst_name": worst.name,
            "periods": worst.periods,
            "remaining_days": worst.remaining_days,
        },
        evidence={
            "activities": [
                {"key": each.key, "name": each.name, "periods": each.periods, "remaining_days": each.remaining_days}
                for each in rows[:SHOWN]
            ]
        },
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )


def _is_long(stuck: StuckView, tolerances: Tolerances) -> bool:
    limit = tolerances.nearly_done_periods if stuck.is_nearly_done else tolerances.stuck_periods
    return stuck.periods >= limit
