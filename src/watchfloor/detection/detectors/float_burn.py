"""The project's float is used up faster than time passes, soon and for long: float as an error budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView, TrendView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "float.burn"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Float is used up %(pace)s times as fast as planned"),
        _(
            "When the baseline was set the promise had %(budget)s of float; %(left)s is left. Over the last statuses "
            "%(lost)s went, %(pace)s times the pace that would use it up just at the finish."
        ),
        {"pace": Figure.INDEX, "budget": Figure.DAYS, "left": Figure.DAYS, "lost": Figure.DAYS},
    ),
}
_FAST, _SLOW = (1, 3), (2, 6)
_WORKING_SHARE = 5 / 7  # of calendar days


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding: fast (last 1 and 3 statuses) before slow (last 2 and 6)."""
    budget, forecast = view.float_at_baseline, view.forecast
    if budget is None or budget <= 0 or forecast is None or not forecast.planned_duration_days:
        return
    for (short, long), limit in ((_FAST, tolerances.float_burn_fast), (_SLOW, tolerances.float_burn_slow)):
        paces = [_pace(view.trend, count, budget, forecast.planned_duration_days) for count in (short, long)]
        if any(pace is None or pace < limit for pace in paces):
            continue
        now, then = view.trend[0].float_days, view.trend[long].float_days
        assert now is not None and then is not None and paces[1] is not None
        yield Found(
            CODE,
            Severity.WATCH,
            {
                "pace": round(paces[1], 2),
                "budget": round(budget, 1),
                "left": round(now, 1),
                "lost": round(then - now, 1),
            },
            evidence={"statuses": [_row(each) for each in view.trend[: long + 1]], "limit": limit},
            finding_class=FindingClass.NOTICE,
            affects_status=False,
        )
        return


def _pace(trend: Sequence[TrendView], count: int, budget: float, planned_days: float) -> float | None:
    """Share of the budget lost over so many statuses, over the share of the planned time that passed."""
    if len(trend) <= count:
        return None
    now, then = trend[0], trend[count]
    passed = (now.on - then.on).days * _WORKING_SHARE
    if now.float_days is None or then.float_days is None or passed <= 0:
        return None
    return (then.float_days - now.float_days) * planned_days / (budget * passed)


def _row(each: TrendView) -> dict[str, object]:
    return {"on": each.on.isoformat(), "float_days": each.float_days}
