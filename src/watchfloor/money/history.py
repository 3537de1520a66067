"""Exchange rates from the central-bank history that travels with the installation: no network, and an end that is told.

The history is the European Central Bank's reference rates as the library ``CurrencyConverter`` bundles them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.kit.errors import Invalid
from watchfloor.money.queries import RateRecord

REFERENCE = "EUR"
SOURCE = "ECB, bundled"
_MAX_DAYS = 366 * 30
_MAX_ROWS = 50_000
_PLACES = Decimal("0.0000000001")


@dataclass(frozen=True, slots=True)
class Bundled:
    """Rates taken from the history, and what was asked for beyond its end."""

    rates: tuple[RateRecord, ...]
    history_ends: date
    after_end: bool  # days were asked for that the history does not reach


def currencies() -> tuple[str, ...]:
    """Codes of the currencies the history holds beside the euro."""
    return tuple(sorted(set(_library().currencies) - {REFERENCE}))


def history_ends() -> date:
    """The last day of the history; younger rates come from a file or by hand."""
    last: date = _library().bounds[REFERENCE].last_date
    return last


def history(wanted: Sequence[str], first: date, last: date) -> Bundled:
    """One rate per currency and day of trade: what one euro cost.

    Raises:
        Invalid: the days are in the wrong order or too many, or a currency is not in the history.
    """
    if last < first or (last - first).days > _MAX_DAYS:
        raise Invalid(_("Name a first and a last day, in this order."), place="first")
    unknown = sorted(set(wanted) - set(currencies()) - {REFERENCE})
    if unknown:
        raise Invalid(
            _("The bundled history has no %(currency)s.") % {"currency": ", ".join(unknown)},
            remedy=_("Record its rates by hand or from a file."),
            place="currencies",
        )
    found = []
    for currency in sorted(set(wanted) - {REFERENCE}):
        found += _of(currency, first, last)
        if len(found) > _MAX_ROWS:
            raise Invalid(_("This is more than %(limit)d rates.") % {"limit": _MAX_ROWS}, place="first")
    return Bundled(tuple(found), history_ends(), last > history_ends())


def _of(currency: str, first: date, last: date) -> list[RateRecord]:
    from currency_converter import RateNotFoundError

    library, bounds = _library(), _library().bounds[currency]
    found = []
    current, end = max(first, bounds.first_date), min(last, bounds.last_date)
    while current <= end:
        try:
            value = Decimal(library.convert(1, REFERENCE, currency, date=current)).quantize(_PLACES)
        except RateNotFoundError:
            pass  # a weekend or a holiday: the newest rate before it holds
        else:
            found.append(RateRecord(REFERENCE, currency, current, value, SOURCE))
        current += timedelta(days=1)
    return found


@cache
def _library() -> Any:
    """Reading the history takes about a second, so it happens when first asked for."""
    from currency_converter import CurrencyConverter

    return CurrencyConverter(decimal=True)
