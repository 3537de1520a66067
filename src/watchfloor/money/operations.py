"""Recording exchange rates. A new rate never rewrites a figure that was saved with another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.kit.viewer import Viewer
from watchfloor.money.models import Rate
from watchfloor.money.queries import RateRecord

MAX_RATES = 10_000  # in one call
_LARGEST = Decimal(10) ** 9


@transaction.atomic
def record_rates(viewer: Viewer, rows: Sequence[RateRecord], now: datetime) -> int:
    """Store dated rates; one for the same pair and day replaces what stood there. Returns how many.

    Raises:
        Invalid: a rate is not positive, or its two currencies are the same.
    """
    if not viewer.may("project.manage"):
        raise NotAllowed(_("Only who manages the portfolio records exchange rates."))
    if len(rows) > MAX_RATES:
        raise Invalid(_("At most %(limit)d rates at once.") % {"limit": MAX_RATES})
    for index, row in enumerate(rows):
        place = f"[{index}]"
        if not row.value.is_finite() or not 0 < row.value <= _LARGEST:
            raise Invalid(_("A rate is a positive number."), place=place)
        if row.base == row.quote or len(row.base) != 3 or len(row.quote) != 3:
            raise Invalid(_("A rate is between two currencies of three letters."), place=place)
    last = {(row.base, row.quote, row.on): row for row in rows}  # one statement cannot touch a row twice
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
            data={"count": len(fresh), "first": min(days).isoformat(), "last": max(days).isoformat()},
        )
    return len(fresh)
