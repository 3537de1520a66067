"""Recording exchange rates. A new rate never rewrites a figure that was saved with another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.kit.viewer import Viewer
from watchfloor.money.history import Bundled, history
from watchfloor.money.models import Rate
from watchfloor.money.queries import RateRecord

MAX_RATES = 50_000  # in one call
_LARGEST = Decimal(10) ** 9
_REPLACED_SHOWN = 50


@transaction.atomic
def record_rates(viewer: Viewer, rows: Sequence[RateRecord], now: datetime) -> int:
    """Store dated rates; one for the same pair and day replaces what stood there. Returns how many.

    What was converted with a replaced rate keeps it: figures are stored with their rate, never with a reference to
    one. The fact says what was replaced.

    Raises:
        NotAllowed: the viewer does not record costs for the whole organisation.
        Invalid: a rate is not positive, or its two currencies are the same.
    """
    if not viewer.may("cost.edit"):
        raise NotAllowed(_("Only who manages the money of the organisation records exchange rates."))
    if len(rows) > MAX_RATES:
        raise Invalid(_("At most %(limit)d rates at once.") % {"limit": MAX_RATES})
    for index, row in enumerate(rows):
        place = f"[{index}]"
        if not row.value.is_finite() or not 0 < row.value <= _LARGEST:
            raise Invalid(_("A rate is a positive number."), place=place)
        if row.base == row.quote or len(row.base) != 3 or len(row.quote) != 3:
            raise Invalid(_("A rate is between two currencies of three letters."), place=place)
    last = {(row.base, row.quote, row.on): row for row in rows}  # one statement cannot touch a row twice
    replaced = _replaced(last.values())
    fresh = [
        Rate(base=row.base, quote=row.quote, on=row.on, value=row.value, source=row.source) for row in last.values()
    ]
    Rate.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=("base", "quote", "on"),
        update_fields=("value", "source"),
        batch_size=1_000,
    )
    if fresh:
        days = [row.on for row in fresh]
        append(
            "rates.recorded",
            viewer=viewer,
            now=now,
            data={
                "count": len(fresh),
                "first": min(days).isoformat(),
                "last": max(days).isoformat(),
                "replaced": replaced[:_REPLACED_SHOWN],
                "replaced_count": len(replaced),
            },
        )
    return len(fresh)


def record_bundled(viewer: Viewer, *, currencies: Sequence[str], first: date, last: date, now: datetime) -> Bundled:
    """Take rates against the euro from the central-bank history that comes with the installation; no network.

    Days the history lacks, such as weekends, get no row: the newest rate before them holds, and says its day.

    Raises:
        Invalid: the days are in the wrong order or too many, or a currency is not in the history.
    """
    bundled = history(currencies, first, last)
    record_rates(viewer, bundled.rates, now)
    return bundled


def _replaced(rows: Iterable[RateRecord]) -> list[list[str]]:
    """Base, quote, day, value before and after of what stands there already with another value."""
    by_key = {(row.base, row.quote, row.on): row for row in rows}
    if not by_key:
        return []
    days = [on for _base, _quote, on in by_key]
    known = Rate.objects.filter(on__gte=min(days), on__lte=max(days), base__in={key[0] for key in by_key})
    found = []
    for base, quote, on, value in known.order_by("on", "base").values_list("base", "quote", "on", "value"):
        row = by_key.get((base, quote, on))
        if row is not None and row.value != value:
            found.append([base, quote, on.isoformat(), format(value.normalize(), "f"), format(row.value, "f")])
    return found
