"""The last statuses of a project: one forecast per data date, newest first, with the columns that are compared."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import date

from watchfloor.detection.conduct import Rows, Status
from watchfloor.detection.view import TrendView
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.models import Forecast, Reading
from watchfloor.kit.viewer import SYSTEM

_LOOKED_THROUGH = 400  # forecasts; of a project that is forecast every day more than a year
_TREND = ("cpi", "spi_t", "percent_complete", "float_days", "out_of_sequence_count")

_AT_ONCE = 5_000  # ids in one query
_ROWS_KEPT = 300_000  # of all forecasts together, some 100 MB
_KEPT: OrderedDict[int, Rows] = OrderedDict()

Dated = tuple[date, int]  # data date, forecast


def statuses(project_id: int, count: int) -> tuple[Dated, ...]:
    """The newest forecast of each of the last data dates, newest first. One query."""
    rows = Forecast.objects.filter(project_id=project_id, data_date__isnull=False, problem={}).order_by("-id")
    found: dict[date, int] = {}
    for pk, data_date in rows.values_list("id", "data_date")[:_LOOKED_THROUGH]:
        if data_date is not None:
            found.setdefault(data_date.date(), pk)
        if len(found) > count:
            break
    return tuple(sorted(found.items(), reverse=True)[:count])


def read(dated: Sequence[Dated]) -> tuple[Status, ...]:
    """The statuses with their activities; one whose activities were thinned away ends the row."""
    found = []
    for on, pk in dated:
        rows = _rows(pk)
        if not len(rows):
            break
        found.append(Status(on, rows))
    return tuple(found)


def trend(dated: Sequence[Dated]) -> tuple[TrendView, ...]:
    """The indices at each of them. One query."""
    values = values_of([pk for _on, pk in dated], _TREND)
    return tuple(TrendView(on, *(values[pk].get(name) for name in _TREND)) for on, pk in dated)


def values_of(forecast_ids: Sequence[int], names: Collection[str]) -> dict[int, dict[str, float | None]]:
    """The readings of those names, by forecast."""
    found: dict[int, dict[str, float | None]] = {pk: {} for pk in forecast_ids}
    for start in range(0, len(forecast_ids), _AT_ONCE):
        rows = Reading.objects.filter(forecast_id__in=forecast_ids[start : start + _AT_ONCE], name__in=names)
        for pk, name, value in rows.values_list("forecast_id", "name", "value"):
            found[pk][name] = value
    return found


def _rows(forecast_id: int) -> Rows:
    """A forecast never changes, so what one said is kept, as long as all that is kept stays within bounds."""
    if forecast_id in _KEPT:
        _KEPT.move_to_end(forecast_id)
        return _KEPT[forecast_id]
    rows = Rows.of(forecasts.activity_forecasts_of(SYSTEM, forecast_id))
    _KEPT[forecast_id] = rows
    kept = sum(map(len, _KEPT.values()))
    while kept > _ROWS_KEPT and len(_KEPT) > 1:
        _pk, oldest = _KEPT.popitem(last=False)
        kept -= len(oldest)
    return rows


forget = _KEPT.clear
