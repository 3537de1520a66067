"""Work is losing its slack against the baseline while the finish still holds: late before it turns red."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import ActivityView, Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "float.erosion"
SHOWN = 20  # rows of evidence; the count says how many there are
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("“%(worst_name)s” lost %(lost_days)s of its float"),
        _(
            "%(count)s unfinished activities have lost more than half of the float they had when the "
            "%(baseline_kind)s was set. The most: “%(worst_name)s”, from %(before_days)s to %(now_days)s. The finish "
            "does not show it yet; the next delay there will."
        ),
        {
            "count": Figure.COUNT,
            "worst_name": Figure.TEXT,
            "lost_days": Figure.DAYS,
            "before_days": Figure.DAYS,
            "now_days": Figure.DAYS,
            "baseline_kind": Figure.BASELINE,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding per project: many activities of one chain lose the same float together."""
    eroded = sorted(
        (each for each in view.activities if _is_eroded(each, tolerances)),
        key=lambda each: (-each.lost_float_days, each.key),
    )
    if not eroded:
        return
    worst = eroded[0]
    yield Found(
        CODE,
        Severity.WATCH,
        {
            "count": len(eroded),
            "worst": worst.key,
            "worst_name": worst.name,
            "lost_days": round(worst.lost_float_days, 1),
            "before_days": worst.reference_float_days,
            "now_days": worst.float_days,
            "baseline_kind": view.forecast.baseline_kind if view.forecast else "",
        },
        evidence={
            "activities": [
                {
                    "key": each.key,
                    "name": each.name,
                    "before_days": each.reference_float_days,
                    "now_days": each.float_days,
                }
                for each in eroded[:SHOWN]
            ]
        },
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )


def _is_eroded(activity: ActivityView, tolerances: Tolerances) -> bool:
    """Both limits are passed; what had no float before cannot lose any."""
    reference = activity.reference_float_days
    if reference is None or reference <= 0:
        return False
    lost = activity.lost_float_days
    return lost > tolerances.float_erosion_days and lost > tolerances.float_erosion_share * reference
