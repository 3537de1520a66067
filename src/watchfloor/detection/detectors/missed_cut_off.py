"""No update came by the cut-off and its grace: silence is not green."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

ONE = "cut_off.missed"
SEVERAL = "cut_off.missed_again"
_FIGURES = {"count": Figure.COUNT, "first": Figure.DATE, "last": Figure.DATE, "data_date": Figure.DATE}
MESSAGES: Mapping[str, Message] = {
    ONE: Message(
        _("No update for the cut-off of %(first)s"),
        _(
            "The cut-off of %(first)s and its grace have passed without a submission. The plan was last updated as of "
            "%(data_date)s. Until an update comes, the status is shown as stale."
        ),
        _FIGURES,
    ),
    SEVERAL: Message(
        _("No update since %(first)s: %(count)s cut-offs missed"),
        _(
            "%(count)s cut-offs in a row, from %(first)s to %(last)s, have passed without a submission. The plan was "
            "last updated as of %(data_date)s."
        ),
        _FIGURES,
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, which grows with each further cut-off; it makes the status stale rather than worse."""
    if not view.missed:
        return
    count = len(view.missed)
    is_alarm = count >= tolerances.missed_cut_offs_alarm
    yield Found(
        SEVERAL if count > 1 else ONE,
        Severity.AT_RISK if is_alarm else Severity.WATCH,
        {
            "count": count,
            "first": view.missed[0].isoformat(),
            "last": view.missed[-1].isoformat(),
            "data_date": view.data_date and view.data_date.isoformat(),
        },
        evidence={"cut_offs": [each.isoformat() for each in view.missed]},
        finding_class=FindingClass.ALARM if is_alarm else FindingClass.NOTICE,
        affects_status=False,
    )
