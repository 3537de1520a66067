"""More of the contingency is drawn than of the work is done: at this pace it is gone before the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "cost.contingency_burn"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("%(drawn)s of the contingency drawn at %(done)s done"),
        _(
            "Of %(total_minor)s contingency %(left_minor)s is left, while %(done)s of the work is done. At this pace "
            "it is used up when %(gone_at)s is done."
        ),
        {
            "drawn": Figure.SHARE,
            "done": Figure.SHARE,
            "total_minor": Figure.MONEY,
            "left_minor": Figure.MONEY,
            "gone_at": Figure.SHARE,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding."""
    total, left = view.contingency_total_minor, view.contingency_minor
    percent = view.trend[0].percent_complete if view.trend else None
    if view.forecast is None or not total or left is None or percent is None:
        return
    drawn, done = (total - left) / total, percent / 100
    if drawn - done <= tolerances.contingency_ahead:
        return
    yield Found(
        CODE,
        Severity.WATCH,
        {
            "drawn": round(drawn, 3),
            "done": round(done, 3),
            "total_minor": total,
            "left_minor": left,
            "gone_at": round(min(1.0, done / drawn), 3),
            "currency": view.forecast.currency,
        },
        evidence={"forecast": view.forecast.id},
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )
