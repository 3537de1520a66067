"""The finish holds only because work that has not begun was made shorter: a slip hidden by edits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "finish.held_by_edits"
SHOWN = 20  # rows of evidence; the count says how many there are
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("%(hidden_days)s of delay hidden by shortening later work"),
        _(
            "%(count)s activities that have not begun are planned shorter than the %(baseline_kind)s says. Without "
            "that the schedule would end on %(finish_without)s instead of %(finish)s. Have whoever does the work "
            "confirm the shorter durations, or show the delay."
        ),
        {
            "count": Figure.COUNT,
            "hidden_days": Figure.DAYS,
            "finish": Figure.DATE,
            "finish_without": Figure.DATE,
            "baseline_kind": Figure.BASELINE,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, about the whole project."""
    held = view.held
    if held is None or held.hidden_days <= tolerances.held_by_edits_days:
        return
    yield Found(
        CODE,
        Severity.AT_RISK if held.hidden_days > 2 * tolerances.held_by_edits_days else Severity.WATCH,
        {
            "count": len(held.activities),
            "hidden_days": round(held.hidden_days, 1),
            "finish": held.finish.isoformat(),
            "finish_without": held.finish_without.isoformat(),
            "baseline_kind": view.forecast.baseline_kind if view.forecast else "",
        },
        evidence={
            "activities": [
                {"key": key, "name": name, "before_days": before, "now_days": now}
                for key, name, before, now in held.activities[:SHOWN]
            ]
        },
        affects_status=False,
    )
