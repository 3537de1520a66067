"""Much of the work that the finish hangs on did not a status ago: the critical path is another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "path.changed"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("%(turned)s of %(critical)s critical activities are new to the path"),
        _(
            "What the finish hangs on has changed since the last status. “%(name)s” had %(float_days)s of float then, "
            "and none now: attention that went to the old path belongs here."
        ),
        {"turned": Figure.COUNT, "critical": Figure.COUNT, "name": Figure.TEXT, "float_days": Figure.DAYS},
    ),
}
_SHOWN = 20


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding."""
    path = view.conduct.path
    if len(path.turned) < tolerances.critical_change_least:
        return
    if len(path.turned) < tolerances.critical_change_share * path.critical:
        return
    key, name, had = path.turned[0]
    yield Found(
        CODE,
        Severity.WATCH,
        {"turned": len(path.turned), "critical": path.critical, "name": name, "worst": key, "float_days": had},
        evidence={"activities": [{"key": key, "name": name, "had": had} for key, name, had in path.turned[:_SHOWN]]},
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )
