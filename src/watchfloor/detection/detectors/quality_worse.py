"""The plan fails a point of schedule quality that it passed when the baseline was set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "quality.worse"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Schedule quality: %(count)s points fail that did not"),
        _(
            "Since the %(baseline_kind)s was set the plan has come to fail %(count)s points of schedule quality, among "
            "them “%(first)s”: %(value)s, where %(limit)s is tolerated. The comparison with the baseline names the "
            "edits."
        ),
        {
            "count": Figure.COUNT,
            "first": Figure.POINT,
            "value": Figure.NUMBER,
            "limit": Figure.NUMBER,
            "baseline_kind": Figure.BASELINE,
        },
    ),
}
# What a plan comes to fail by time passing and work being late, which other detectors tell.
_OF_PROGRESS = frozenset({"missed", "bei", "cpli", "negative_float", "invalid_dates", "critical_path_test"})


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding; points that hang on progress rather than on edits are left out."""
    rows = [each for each in view.quality if each.code not in _OF_PROGRESS]
    if not rows:
        return
    yield Found(
        CODE,
        Severity.WATCH,
        {
            "count": len(rows),
            "first": rows[0].code,
            "value": round(rows[0].value, 4),
            "limit": rows[0].limit,
            "baseline_kind": view.forecast.baseline_kind if view.forecast else "",
        },
        evidence={
            "points": [
                {"code": each.code, "value": each.value, "before": each.before, "limit": each.limit} for each in rows
            ]
        },
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )
