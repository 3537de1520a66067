"""The manager reports better than the numbers say: green outside, red inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView, ReportView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "report.better_than_computed"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Reported %(reported)s, computed %(computed)s"),
        _(
            "At the cut-off of %(cut_off)s the manager reported %(reported)s while the numbers said %(computed)s, for "
            "%(periods)s periods in a row. The two are shown side by side and never merged: either the plan or the "
            "report needs a correction."
        ),
        {
            "reported": Figure.STATUS,
            "computed": Figure.STATUS,
            "cut_off": Figure.DATE,
            "periods": Figure.COUNT,
        },
    ),
}
_CODES = ("on", "watch", "risk", "crit")


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding: a notice for the first such period, an alarm once it has lasted."""

    def is_rosy(report: ReportView) -> bool:
        return _steps(report) >= max(1, tolerances.watermelon_steps)

    rosy = tuple(takewhile(is_rosy, view.reports))
    if not rosy:
        return
    newest = rosy[0]
    assert newest.reported is not None
    lasted = len(rosy) >= tolerances.watermelon_periods
    yield Found(
        CODE,
        Severity(min(_steps(newest), Severity.CRITICAL)) if lasted else Severity.WATCH,
        {
            "reported": _CODES[newest.reported],
            "computed": _CODES[newest.computed],
            "cut_off": newest.cut_off.isoformat(),
            "periods": len(rosy),
        },
        evidence={
            "reports": [
                {
                    "cut_off": each.cut_off.isoformat(),
                    "reported": None if each.reported is None else _CODES[each.reported],
                    "computed": _CODES[each.computed],
                }
                for each in view.reports[:6]
            ]
        },
        finding_class=FindingClass.ALARM if lasted else FindingClass.NOTICE,
        affects_status=False,
    )


def _steps(report: ReportView) -> int:
    return 0 if report.reported is None else int(report.computed) - int(report.reported)
