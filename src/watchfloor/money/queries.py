"""Dated exchange rates: the one that held on a day, direct, inverse or across a third currency."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from watchfloor.kit.errors import NotFound
from watchfloor.money.models import Rate

_PLACES = Decimal("0.0000000001")  # as stored


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


def rate_on(base: str, quote: str, on: date) -> Decimal:
    """What one unit of ``base`` cost in ``quote`` on a day, by the newest rates dated on or before it.

    A direct rate is preferred to an inverse one, both to one across a third currency; of several third currencies
    the one with the newest rates is taken.

    Raises:
        NoRate: there is none yet.
    """
    return _found(_newest(on), base, quote, on)


def rates_on(currencies: Collection[str], quote: str, on: date) -> dict[str, Decimal]:
    """Rates into ``quote`` of several currencies, in one query, as a baseline locks them; unknown ones are left out."""
    known = _newest(on)
    found = {}
    for base in sorted(set(currencies)):
        try:
            found[base] = _found(known, base, quote, on)
        except NoRate:
            continue
    return found


def rates(*, limit: int = 500) -> tuple[RateRecord, ...]:
    """The newest rates; they are the same for everybody who is signed in."""
    rows = Rate.objects.order_by("-on", "base", "quote")[:limit]
    return tuple(RateRecord(row.base, row.quote, row.on, row.value, row.source) for row in rows)


_Known = Mapping[tuple[str, str], tuple[Decimal, date]]


def _newest(on: date) -> _Known:
    """The newest rate of each pair dated on or before the day."""
    same_pair = Rate.objects.filter(base=OuterRef("base"), quote=OuterRef("quote"), on__lte=on).order_by("-on")
    rows = Rate.objects.filter(on=Subquery(same_pair.values("on")[:1]))
    return {(row.base, row.quote): (row.value, row.on) for row in rows}


def _found(known: _Known, base: str, quote: str, on: date) -> Decimal:
    if base == quote:
        return Decimal(1)
    if (near := _either_way(known, base, quote)) is not None:
        return near[0]
    across = []
    for middle in sorted({currency for pair in known for currency in pair}):
        first, second = _either_way(known, base, middle), _either_way(known, middle, quote)
        if first is not None and second is not None:
            across.append((min(first[1], second[1]), first[0] * second[0]))
    if not across:
        raise NoRate(
            _("There is no exchange rate from %(base)s to %(quote)s on %(day)s.")
            % {"base": base, "quote": quote, "day": on.isoformat()}
        )
    newest = max(day for day, _rate in across)
    return next(rate for day, rate in across if day == newest).quantize(_PLACES)


def _either_way(known: _Known, base: str, quote: str) -> tuple[Decimal, date] | None:
    if (base, quote) in known:
        return known[(base, quote)]
    if (quote, base) in known:
        value, day = known[(quote, base)]
        return (Decimal(1) / value).quantize(_PLACES), day
    return None
