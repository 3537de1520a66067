"""A calendar of the plan works on public holidays of the project's country."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "calendar.works_on_holidays"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("“%(name)s” works on %(worked)s of %(holidays)s public holidays"),
        _(
            "Until the end of the plan %(holidays)s public holidays of its country fall on working weekdays of this "
            "calendar, and on %(worked)s of them it works; the first is %(first)s. Either people are to work then, "
            "or the finish is later than it says."
        ),
        {"name": Figure.TEXT, "worked": Figure.COUNT, "holidays": Figure.COUNT, "first": Figure.DATE},
    ),
}
_LEAST = 3  # holidays: of one or two nothing can be told


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """One finding per calendar in use."""
    for each in view.calendars:
        if each.holidays < _LEAST or each.worked < tolerances.holidays_worked_share * each.holidays:
            continue
        yield Found(
            CODE,
            Severity.WATCH,
            {"name": each.name, "worked": each.worked, "holidays": each.holidays, "first": each.days[0][0]},
            subject=each.key,
            evidence={"days": [{"on": on, "name": name} for on, name in each.days]},
            finding_class=FindingClass.NOTICE,
            affects_status=False,
        )
