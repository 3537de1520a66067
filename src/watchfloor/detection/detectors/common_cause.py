"""One supplier or crew loses slack on several projects at once: none of them is late yet, together they are a cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import ActivityView, Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

LOSING = "slack.losing"
SHARED = "slack.shared"
SHOWN = 20  # rows of evidence; the count says how many there are
_FIGURES = {
    "responsible": Figure.TEXT,
    "count": Figure.COUNT,
    "worst_name": Figure.TEXT,
    "lost_days": Figure.DAYS,
    "others": Figure.COUNT,
}
MESSAGES: Mapping[str, Message] = {
    LOSING: Message(
        _("%(responsible)s: “%(worst_name)s” lost %(lost_days)s of float"),
        _("%(count)s activities of %(responsible)s have lost float since the baseline, most “%(worst_name)s”."),
        _FIGURES,
    ),
    SHARED: Message(
        _("%(responsible)s loses time here and on %(others)s other projects"),
        _(
            "%(count)s activities of %(responsible)s have lost float, “%(worst_name)s” %(lost_days)s of it, and so has "
            "their work on %(others)s other projects. Each by itself is within what is tolerated; ask %(responsible)s "
            "once for all of them."
        ),
        _FIGURES,
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """One finding per person or supplier: a record, and a notice where other projects have one of the same."""
    losing: dict[str, list[ActivityView]] = defaultdict(list)
    for activity in view.activities:
        if activity.responsible and _is_losing(activity, tolerances):
            losing[activity.responsible].append(activity)
    for responsible in sorted(losing):
        rows = sorted(losing[responsible], key=lambda each: (-each.lost_float_days, each.key))
        others = view.losing_elsewhere.get(responsible, 0)
        yield Found(
            SHARED if others else LOSING,
            Severity.WATCH,
            {
                "responsible": responsible,
                "count": len(rows),
                "worst": rows[0].key,
                "worst_name": rows[0].name,
                "lost_days": round(rows[0].lost_float_days, 1),
                "others": others,
            },
            subject=responsible,
            cause=responsible,
            evidence={
                "activities": [
                    {"key": each.key, "name": each.name, "lost_days": round(each.lost_float_days, 1)}
                    for each in rows[:SHOWN]
                ]
            },
            finding_class=FindingClass.NOTICE if others else FindingClass.RECORD,
            affects_status=False,
        )


def _is_losing(activity: ActivityView, tolerances: Tolerances) -> bool:
    """Less than float erosion asks for: seen on several projects, it says more."""
    reference, lost = activity.reference_float_days, activity.lost_float_days
    if reference is None or reference <= 0:
        return False
    return lost >= tolerances.common_cause_days and lost >= tolerances.common_cause_share * reference
