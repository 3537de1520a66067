"""Work was due, was not done, and left the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "work.deleted_when_due"
SHOWN = 20  # rows of evidence; the count says how many there are
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("%(count)s deleted when due, among them “%(first_name)s”"),
        _(
            "%(count)s activities were due by the newest status, unfinished in the one before, and are not in the plan "
            "any more. “%(first_name)s” was due on %(due)s. Say what became of the work."
        ),
        {"count": Figure.COUNT, "first_name": Figure.TEXT, "due": Figure.DATE},
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, until the next status."""
    gone = sorted(view.conduct.gone, key=lambda each: (each.due, each.key))
    if not gone:
        return
    yield Found(
        CODE,
        Severity.WATCH,
        {"count": len(gone), "first_name": gone[0].name, "due": gone[0].due.isoformat()},
        evidence={"activities": [{"key": each.key, "name": each.name} for each in gone[:SHOWN]]},
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )
