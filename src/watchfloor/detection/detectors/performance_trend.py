"""Cost or time performance has been falling, soon and for long: two windows, so that one bad period says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView, TrendView
from watchfloor.portfolio.tolerances import Tolerances

COST = "performance.cost_trend"
TIME = "performance.time_trend"
_FIGURES = {"recent": Figure.INDEX, "longer": Figure.INDEX, "limit": Figure.INDEX, "periods": Figure.COUNT}
MESSAGES: Mapping[str, Message] = {
    COST: Message(
        _("CPI %(recent)s of late, %(longer)s over %(periods)s periods"),
        _(
            "What was earned in the last periods cost more than it was worth: %(recent)s over the short window and "
            "%(longer)s over %(periods)s periods, both below %(limit)s."
        ),
        _FIGURES,
    ),
    TIME: Message(
        _("SPI(t) %(recent)s of late, %(longer)s over %(periods)s periods"),
        _(
            "The project has been earning time slower than it passes: %(recent)s over the short window and %(longer)s "
            "over %(periods)s periods, both below %(limit)s."
        ),
        _FIGURES,
    ),
}
_FAST, _SLOW = (1, 3), (2, 6)


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding per index: fast (last 1 and 3 periods) before slow (last 2 and 6)."""
    for code, values in (
        (COST, [each.cpi for each in view.trend]),
        (TIME, [each.spi_t for each in view.trend]),
    ):
        for (short, long), limit in ((_FAST, tolerances.trend_fast), (_SLOW, tolerances.trend_slow)):
            recent, longer = _mean(values[:short], short), _mean(values[:long], long)
            if recent is None or longer is None or recent >= limit or longer >= limit:
                continue
            yield Found(
                code,
                Severity.WATCH,
                {"recent": round(recent, 3), "longer": round(longer, 3), "limit": limit, "periods": long},
                subject="cost" if code == COST else "time",
                evidence={"statuses": [_row(each) for each in view.trend[:long]]},
                finding_class=FindingClass.NOTICE,
                affects_status=False,
            )
            break


def _mean(values: Sequence[float | None], count: int) -> float | None:
    known = [each for each in values if each is not None]
    return sum(known) / count if len(known) == count else None


def _row(each: TrendView) -> dict[str, object]:
    return {"on": each.on.isoformat(), "cpi": each.cpi, "spi_t": each.spi_t}
