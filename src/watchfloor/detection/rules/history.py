"""What a rule says of statuses that were: how a rule is tried before it is switched on, and how it is applied after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time

from watchfloor.detection.models import RuleRow
from watchfloor.detection.period_history import Dated, statuses, values_of
from watchfloor.detection.rules.expression import Expression, Values, parse
from watchfloor.detection.rules.firing import STATUSES_MAX, firing
from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.view import RuleView
from watchfloor.forecasts.models import Forecast, LatestForecast, Reading
from watchfloor.forecasts.queries import is_cost
from watchfloor.kit.errors import Invalid
from watchfloor.portfolio.places import over

WEEKS = 26
LOOKED_BACK = 30  # statuses that decide whether a rule speaks now; also how far its evidence reaches
FORECASTS_MAX = 100_000  # looked through in one trial
_ON_MAX = 100  # rules over one project


@dataclass(frozen=True, slots=True)
class Span:
    """A rule would have spoken from one status to another; without ``until`` it would still."""

    since: date
    until: date | None  # the status at which it would have fallen silent
    values: Mapping[str, float | None]  # what it asks for, as it was when it began


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule would have said of one project."""

    spans: tuple[Span, ...]
    statuses: int
    unknown: int  # statuses at which the answer hung on a reading that was not known


def asks_for_money(expression: Expression) -> bool:
    """Whether the answer gives amounts away."""
    return any(map(is_cost, expression.asks_for))


def known_readings(project_ids: Collection[int] | None) -> dict[str, tuple[float, float]]:
    """Readings of the newest forecasts by name, with the least and the most value of each. One query."""
    newest = LatestForecast.objects.all()
    if project_ids is not None:
        newest = newest.filter(project_id__in=project_ids)
    rows = Reading.objects.filter(forecast__in=newest.values("forecast"), value__isnull=False)
    found: dict[str, tuple[float, float]] = {}
    for name, value in rows.values_list("name", "value"):
        assert value is not None
        least, most = found.get(name, (value, value))
        found[name] = (min(least, value), max(most, value))
    return dict(sorted(found.items()))


def dated_forecasts(project_ids: Collection[int], since: date) -> tuple[dict[int, list[Dated]], bool]:
    """The newest forecast of each data date, oldest first, by project; and whether older ones were left out."""
    early = datetime.combine(since, time.min)
    rows = Forecast.objects.filter(project_id__in=project_ids, data_date__gte=early, problem={}).order_by("-id")
    columns = rows.values_list("project_id", "id", "data_date")[: FORECASTS_MAX + 1]
    newest: dict[int, dict[date, int]] = defaultdict(dict)
    count = 0
    for project_id, pk, data_date in columns:
        count += 1
        if data_date is not None:
            newest[project_id].setdefault(data_date.date(), pk)
    return {pk: sorted(by_date.items()) for pk, by_date in newest.items()}, count > FORECASTS_MAX


def answers(expression: Expression, values: Sequence[Values]) -> list[bool | None]:
    """The answer at each status, oldest first."""
    nothing: Values = {}
    return [expression.holds(now, values[at - 1] if at else nothing) for at, now in enumerate(values)]


def try_on(
    expression: Expression, hold_for: int, clear_after: int, dated: Sequence[Dated], values: Mapping[int, Values]
) -> Tried:
    """What a rule would have said of one project, whose statuses come oldest first."""
    known = [values[pk] for _on, pk in dated]
    said = answers(expression, known)
    spans: list[Span] = []
    began: int | None = None
    for at, speaks in enumerate(firing(said, hold_for, clear_after)):
        if speaks and began is None:
            began = at
        elif not speaks and began is not None:
            spans.append(_span(expression, dated, known, began, dated[at][0]))
            began = None
    if began is not None:
        spans.append(_span(expression, dated, known, began, None))
    return Tried(tuple(spans), len(dated), said.count(None))


def speaking(project_id: int) -> tuple[RuleView, ...]:
    """The rules over a project that are on and speak now. Without any rule one query, else three."""
    rows = list(RuleRow.objects.filter(over(project_id), is_on=True).order_by("id")[:_ON_MAX])
    if not rows:
        return ()
    asked = list(_readable(rows))
    dated = statuses(project_id, LOOKED_BACK)[::-1]
    values = values_of([pk for _on, pk in dated], {name for _row, each in asked for name in each.asks_for})
    found = []
    for row, expression in asked:
        spans = try_on(expression, row.hold_for, row.clear_after, dated, values).spans
        if spans and spans[-1].until is None:
            found.append(_view(row, expression, spans[-1].since, dated, values))
    return tuple(found)


def _readable(rows: Iterable[RuleRow]) -> Iterator[tuple[RuleRow, Expression]]:
    """What a newer compiler no longer takes is silent, and its page says why: one rule must not stop the others."""
    for row in rows:
        with suppress(Invalid):
            yield row, parse(row.expression)


def _view(
    row: RuleRow, expression: Expression, since: date, dated: Sequence[Dated], values: Mapping[int, Values]
) -> RuleView:
    shown = sorted(expression.asks_for)
    return RuleView(
        id=row.pk,
        name=row.name,
        expression=row.expression,
        severity=Severity(row.severity),
        finding_class=FindingClass(row.finding_class),
        clear_after=row.clear_after,
        tells_money=asks_for_money(expression),
        since=since,
        statuses=tuple(
            (on, {name: values[pk].get(name) for name in shown}) for on, pk in reversed(dated[-STATUSES_MAX:])
        ),
    )


def _span(
    expression: Expression, dated: Sequence[Dated], known: Sequence[Values], began: int, until: date | None
) -> Span:
    return Span(dated[began][0], until, {name: known[began].get(name) for name in sorted(expression.asks_for)})
