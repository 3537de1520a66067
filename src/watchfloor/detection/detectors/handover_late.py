"""What another project hands over comes after it is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "handover.late"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("“%(name)s” comes %(late_days)s after it is needed"),
        _(
            "“%(name)s” is handed over by another project. It is needed by %(needed)s and now comes on %(given)s. "
            "Agree on one of the two dates with the other side."
        ),
        {"name": Figure.TEXT, "late_days": Figure.DAYS, "needed": Figure.DATE, "given": Figure.DATE},
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """One finding per handover that is not done, in the order of the plan; days are calendar days."""
    if view.forecast is None:
        return
    for each in view.forecast.milestones:
        if not each.is_handed_over or each.is_done or each.promised_on is None or each.schedule is None:
            continue
        late_days = (each.schedule - each.promised_on).days
        if late_days <= tolerances.handover_days:
            continue
        yield Found(
            CODE,
            Severity.AT_RISK if late_days > 10 else Severity.WATCH,
            {
                "key": each.key,
                "name": each.name,
                "late_days": late_days,
                "needed": each.promised_on.isoformat(),
                "given": each.schedule.isoformat(),
            },
            subject=each.key,
            evidence={"forecast": view.forecast.id, "float_days": each.float_days},
            affects_status=False,
        )
