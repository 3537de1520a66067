"""Dated exchange rates: the one that held on a day, direct, inverse or across a third currency."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from watchfloor.kit.errors import NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.money.models import Rate

_PLACES = Decimal("0.0000000001")  # as stored
MAX_SHOWN = 1_000


class NoRate(NotFound):
    """No rate is dated on or before the day."""

    code = "money.no_rate"


@dataclass(frozen=True, slots=True)
class RateRecord:
    """One unit of ``base`` costs ``value`` of ``quote`` from ``on`` on."""

    base: str
    quote: str
    on: date
    value: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class FoundRate:
    """The rate that held on a day: its value, the day it is dated, and who said so."""

    value: Decimal
    on: date  # the day asked for
    dated: date  # of the older one where two were multiplied
    source: str

    @property
    def is_older(self) -> bool:
        """Whether the day itself had no rate, so that the newest one before it stands in."""
        return self.dated < self.on


@dataclass(frozen=True, slots=True)
class RatePair:
    """What is known of one pair of currencies."""

    base: str
    quote: str
    first: date
    last: date
    newest: Decimal
    source: str
    count: int


@dataclass(frozen=True, slots=True)
class RateBook:
    """Every rate that may be needed for some currencies, so that a thousand rows ask the database once."""

    _days: Mapping[tuple[str, str], list[date]] = field(default_factory=dict)
    _rates: Mapping[tuple[str, str], list[tuple[Decimal, str]]] = field(default_factory=dict)

    def find(self, base: str, quote: str, on: date) -> FoundRate:
        """What one unit of ``base`` cost in ``quote`` on the day.

        Raises:
            NoRate: there is none yet.
        """
        return _found(self._newest(on), base, quote, on)

    def _newest(self, on: date) -> _Known:
        known = {}
        for pair, days in self._days.items():
            at = bisect_right(days, on) - 1
            if at >= 0:
                value, source = self._rates[pair][at]
                known[pair] = (value, days[at], source)
        return known


def rate_on(base: str, quote: str, on: date) -> Decimal:
    """What one unit of ``base`` cost in ``quote`` on a day, by the newest rates dated on or before it.

    A direct rate is preferred to an inverse one, both to one across a third currency; of several third currencies
    the one with the newest rates is taken.

    Raises:
        NoRate: there is none yet.
    """
    return found_rate(base, quote, on).value


def found_rate(base: str, quote: str, on: date) -> FoundRate:
    """The same with its day and source."""
    return _found(_newest(on), base, quote, on)


def rates_on(currencies: Collection[str], quote: str, on: date) -> dict[str, Decimal]:
    """Rates into ``quote`` of several currencies, in one query, as a baseline locks them; unknown ones are left out."""
    return _all_found(_newest(on), currencies, quote, on)


def all_rates_on(quote: str, on: date) -> dict[str, Decimal]:
    """Rates into ``quote`` of every currency that has one by the day, in one query: what a baseline locks."""
    known = _newest(on)
    return _all_found(known, {currency for pair in known for currency in pair} | {quote}, quote, on)


def rate_book(currencies: Collection[str], *, until: date) -> RateBook:
    """The rates from and into the currencies, up to a day. One query."""
    wanted = sorted(set(currencies))
    days: dict[tuple[str, str], list[date]] = defaultdict(list)
    values: dict[tuple[str, str], list[tuple[Decimal, str]]] = defaultdict(list)
    rows = Rate.objects.filter(Q(base__in=wanted) | Q(quote__in=wanted), on__lte=until).order_by("on")
    for base, quote, on, value, source in rows.values_list("base", "quote", "on", "value", "source"):
        days[base, quote].append(on)
        values[base, quote].append((value, source))
    return RateBook(dict(days), dict(values))


def may_see_rates(viewer: Viewer) -> bool:
    """Rates show what costs are made of: whoever sees the costs of any project sees them, guests and clients do not."""
    return viewer.may("cost.view") or bool(viewer.project_ids("cost.view"))


def rates(
    viewer: Viewer, *, base: str = "", quote: str = "", limit: int = 500, offset: int = 0
) -> tuple[RateRecord, ...]:
    """The newest rates, of one pair or of all.

    Raises:
        NotAllowed: the viewer sees no costs.
    """
    _see(viewer)
    found = Rate.objects.order_by("-on", "base", "quote")
    if base:
        found = found.filter(base=base)
    if quote:
        found = found.filter(quote=quote)
    first = max(0, offset)
    rows = found[first : first + max(0, min(limit, MAX_SHOWN))]
    return tuple(RateRecord(row.base, row.quote, row.on, row.value, row.source) for row in rows)


def rate_pairs(viewer: Viewer) -> tuple[RatePair, ...]:
    """Every pair of currencies with the days its rates reach from and to. Two queries."""
    _see(viewer)
    newest = {(row.base, row.quote): row for row in _newest_rows(date.max)}
    spans: dict[tuple[str, str], list[date]] = defaultdict(list)
    for base, quote, on in Rate.objects.order_by("on").values_list("base", "quote", "on"):
        spans[base, quote].append(on)
    return tuple(
        RatePair(*pair, spans[pair][0], row.on, row.value, row.source, len(spans[pair]))
        for pair, row in sorted(newest.items())
    )


_Known = Mapping[tuple[str, str], tuple[Decimal, date, str]]


def _see(viewer: Viewer) -> None:
    if not may_see_rates(viewer):
        raise NotAllowed(_("Your role does not show costs and rates."))


def _newest(on: date) -> _Known:
    """The newest rate of each pair dated on or before the day."""
    return {(row.base, row.quote): (row.value, row.on, row.source) for row in _newest_rows(on)}


def _newest_rows(on: date) -> list[Rate]:
    same_pair = Rate.objects.filter(base=OuterRef("base"), quote=OuterRef("quote"), on__lte=on).order_by("-on")
    return list(Rate.objects.filter(on=Subquery(same_pair.values("on")[:1])))


def _all_found(known: _Known, currencies: Collection[str], quote: str, on: date) -> dict[str, Decimal]:
    found = {}
    for base in sorted(set(currencies)):
        try:
            found[base] = _found(known, base, quote, on).value
        except NoRate:
            continue
    return found


def _found(known: _Known, base: str, quote: str, on: date) -> FoundRate:
    if base == quote:
        return FoundRate(Decimal(1), on, on, "")
    if (near := _either_way(known, base, quote)) is not None:
        return FoundRate(near[0], on, near[1], near[2])
    across = []
    for middle in sorted({currency for pair in known for currency in pair}):
        first, second = _either_way(known, base, middle), _either_way(known, middle, quote)
        if first is not None and second is not None:
            source = first[2] if first[2] == second[2] else f"{first[2]} × {second[2]}"
            across.append((min(first[1], second[1]), first[0] * second[0], source))
    if not across:
        raise NoRate(
            _("There is no exchange rate from %(base)s to %(quote)s on %(day)s.")
            % {"base": base, "quote": quote, "day": on.isoformat()},
            remedy=_("Record one on the rates page, or take the bundled central-bank history."),
        )
    newest = max(day for day, _rate, _source in across)
    value, source = next((rate, said) for day, rate, said in across if day == newest)
    return FoundRate(value.quantize(_PLACES), on, newest, source)


def _either_way(known: _Known, base: str, quote: str) -> tuple[Decimal, date, str] | None:
    if (base, quote) in known:
        return known[(base, quote)]
    if (quote, base) in known:
        value, day, source = known[(quote, base)]
        return (Decimal(1) / value).quantize(_PLACES), day, source
    return None
