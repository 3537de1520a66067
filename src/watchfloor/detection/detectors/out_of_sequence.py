"""More work than a status ago goes on before what it waits for: either the logic is wrong or the work is at risk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "progress.out_of_sequence"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("%(count)s activities out of sequence, %(more)s more than before"),
        _(
            "They have begun or ended although what they wait for has not. Put the logic right, or find out what is "
            "being built on ground that is not there yet. The reading lists them."
        ),
        {"count": Figure.COUNT, "more": Figure.COUNT},
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, of the growth since the last status: what was there before was told before."""
    if len(view.trend) < 2:
        return
    now, before = view.trend[0].out_of_sequence, view.trend[1].out_of_sequence
    if now is None or before is None or now - before < tolerances.out_of_sequence_more:
        return
    yield Found(
        CODE,
        Severity.WATCH,
        {"count": round(now), "more": round(now - before)},
        evidence={"reading": "out_of_sequence_count"},
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )
