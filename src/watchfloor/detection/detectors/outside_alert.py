"""Another system says that something is wrong with the project: its alerts are alerts here as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "outside.alert"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("%(name)s: %(summary)s"),
        _("Another system has said so since %(began_on)s: %(summary)s. It clears once that system says it is over."),
        {"name": Figure.TEXT, "summary": Figure.TEXT, "began_on": Figure.DATE},
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """One finding per alert that is not over; mere information is a notice."""
    for each in view.outside:
        yield Found(
            CODE,
            each.severity,
            {
                "name": each.name,
                "summary": each.summary or each.name,
                "began_on": each.began_on.isoformat(),
                "fingerprint": each.fingerprint,
            },
            subject=each.fingerprint,
            evidence={"url": each.url},
            finding_class=FindingClass.NOTICE if each.severity == Severity.ON_TRACK else FindingClass.ALARM,
            affects_status=False,
        )
