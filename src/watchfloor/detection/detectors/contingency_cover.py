"""The contingency that is left does not cover what the 80 % cost would need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "cost.contingency_cover"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Contingency covers %(cover)s of the cost risk"),
        _(
            "%(contingency_minor)s of contingency is left. The 80 %% cost is %(p80_minor)s, the estimate at completion "
            "%(eac_minor)s: the difference is not covered."
        ),
        {
            "cover": Figure.SHARE,
            "contingency_minor": Figure.MONEY,
            "p80_minor": Figure.MONEY,
            "eac_minor": Figure.MONEY,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding: an alarm where the contingency did cover the risk at the baseline, else a notice."""
    forecast, p80 = view.forecast, view.p80_cost_minor
    if forecast is None or forecast.eac_minor is None or p80 is None or view.contingency_minor is None:
        return
    needed = p80 - forecast.eac_minor
    if needed <= 0 or view.contingency_minor >= tolerances.contingency_cover * needed:
        return
    yield Found(
        CODE,
        Severity.WATCH,
        {
            "cover": round(max(0, view.contingency_minor) / needed, 3),
            "contingency_minor": view.contingency_minor,
            "p80_minor": p80,
            "eac_minor": forecast.eac_minor,
            "currency": forecast.currency,
        },
        evidence={"forecast": forecast.id, "cover_at_baseline": view.cover_at_baseline},
        finding_class=FindingClass.ALARM if _did_cover(view, tolerances) else FindingClass.NOTICE,
        affects_status=False,
    )


def _did_cover(view: ProjectView, tolerances: Tolerances) -> bool:
    return view.cover_at_baseline is not None and view.cover_at_baseline >= tolerances.contingency_cover
