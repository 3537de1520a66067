"""Work that should have started or finished by the data date and has not: one statement per person responsible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import ActivityView, Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

OVERDUE = "work.overdue"
DRIVING = "work.overdue_driving"
SHOWN = 20  # rows of evidence; the count says how many there are
_FIGURES = {
    "count": Figure.COUNT,
    "worst_days": Figure.DAYS,
    "worst_name": Figure.TEXT,
    "responsible": Figure.TEXT,
    "milestone": Figure.TEXT,
    "baseline_kind": Figure.BASELINE,
}
MESSAGES: Mapping[str, Message] = {
    OVERDUE: Message(
        _("%(count)s overdue, most “%(worst_name)s” by %(worst_days)s"),
        _(
            "By the %(baseline_kind)s, %(count)s activities of %(responsible)s should have started or finished by the "
            "data date. The most overdue is “%(worst_name)s”, by %(worst_days)s."
        ),
        _FIGURES,
    ),
    DRIVING: Message(
        _("Overdue “%(worst_name)s” drives “%(milestone)s”"),
        _(
            "By the %(baseline_kind)s, %(count)s activities of %(responsible)s should have started or finished by the "
            "data date. "
            "“%(worst_name)s” is overdue by %(worst_days)s and drives the promised milestone “%(milestone)s”, "
            "which is late already."
        ),
        _FIGURES,
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """One finding per person: a notice, or an alarm when some of the work drives a promised milestone that is late."""
    by_person: dict[str, list[ActivityView]] = defaultdict(list)
    for activity in view.activities:
        if _late_days(activity) > tolerances.overdue_days:
            by_person[activity.responsible].append(activity)
    late_milestones = _late_milestones(view)
    for responsible in sorted(by_person):
        overdue = sorted(by_person[responsible], key=lambda each: (-_late_days(each), each.key))
        driving = [each for each in overdue if late_milestones.keys() & set(each.drives)]
        worst = (driving or overdue)[0]
        held_up = next((key for key in worst.drives if key in late_milestones), "")
        yield Found(
            DRIVING if driving else OVERDUE,
            Severity.WATCH,
            {
                "count": len(overdue),
                "responsible": responsible or None,
                "worst": worst.key,
                "worst_name": worst.name,
                "worst_days": round(_late_days(worst), 1),
                "milestone": late_milestones.get(held_up),
                "baseline_kind": view.forecast.baseline_kind if view.forecast else "",
            },
            subject=responsible,
            evidence={
                "activities": [
                    {
                        "key": each.key,
                        "name": each.name,
                        "late_days": round(_late_days(each), 1),
                        "float_days": each.float_days,
                        "drives": list(each.drives[:3]),
                    }
                    for each in overdue[:SHOWN]
                ]
            },
            finding_class=FindingClass.ALARM if driving else FindingClass.NOTICE,
            affects_status=False,
        )


def _late_days(activity: ActivityView) -> float:
    return max(activity.start_late_days, activity.finish_late_days)


def _late_milestones(view: ProjectView) -> Mapping[str, str]:
    """Promised milestones whose schedule lies past the promise, by key."""
    if view.forecast is None:
        return {}
    return {
        each.key: each.name
        for each in view.forecast.milestones
        if each.is_committed
        and not each.is_done
        and each.promised_on is not None
        and each.schedule is not None
        and each.schedule > each.promised_on
    }
