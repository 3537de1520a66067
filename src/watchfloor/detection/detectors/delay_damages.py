"""The contract owes money for each day after its deadline, and the forecast ends after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "cost.delay_damages"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Delay damages of %(likely_minor)s likely"),
        _(
            "The contract ends on %(committed)s and owes %(rate_minor)s for each day after it. The likely finish is "
            "%(likely)s; with a confidence of 80 %% it is %(late)s, and %(late_minor)s would be owed."
        ),
        {
            "likely_minor": Figure.MONEY,
            "late_minor": Figure.MONEY,
            "rate_minor": Figure.MONEY,
            "committed": Figure.DATE,
            "likely": Figure.DATE,
            "late": Figure.DATE,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding, which goes with the alert about the date: the date is the cause, the money what it costs."""
    forecast, deadline, rate = view.forecast, view.committed_finish, view.delay_damages_minor
    if forecast is None or deadline is None or not rate:
        return
    likely = forecast.p50_finish or forecast.schedule_finish
    late = forecast.p80_finish or likely
    if likely is None or late is None or late <= deadline:
        return
    likely_minor, late_minor = (_owed(day, deadline, rate, view.delay_damages_cap_minor) for day in (likely, late))
    yield Found(
        CODE,
        Severity.AT_RISK if likely_minor else Severity.WATCH,
        {
            "likely_minor": likely_minor,
            "late_minor": late_minor,
            "rate_minor": rate,
            "committed": deadline.isoformat(),
            "likely": likely.isoformat(),
            "late": late.isoformat(),
            "currency": forecast.currency,
        },
        evidence={"forecast": forecast.id, "cap_minor": view.delay_damages_cap_minor},
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )


def _owed(finish: date, deadline: date, rate: int, cap: int | None) -> int:
    """Minor units: calendar days after the deadline times the rate, at most the cap."""
    owed = max(0, (finish - deadline).days) * rate
    return owed if cap is None else min(owed, cap)
