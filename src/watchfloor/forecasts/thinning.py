"""Old forecasts take less room: of each week the last block stays whole, the others become what differs from it.

Nothing is lost, so that any past moment still opens as it stood, and none need be spared for a baseline, an alert or a
submission that names it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from watchfloor.forecasts import block
from watchfloor.forecasts.models import Forecast
from watchfloor.journal.operations import advance
from watchfloor.journal.queries import position

KEPT_WHOLE = timedelta(days=35)
AT_ONCE = 200  # forecasts in one call
_CONSUMER = "forecasts.thinned"


@transaction.atomic
def thin_blocks(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Pack the next old blocks, week by week; returns how many took less room. Twice is as once."""
    monday = _monday(now - KEPT_WHOLE)
    done = position(_CONSUMER)
    thinned = 0
    rows = Forecast.objects.filter(pk__gt=done).order_by("id").only("id", "project_id", "issued_at")[:limit]
    for row in rows:
        if row.issued_at >= monday:
            break
        done = row.pk
        thinned += _thin(row)
    advance(_CONSUMER, done)
    return thinned


def _thin(row: Forecast) -> bool:
    first = _monday(row.issued_at)
    week = Forecast.objects.filter(
        project_id=row.project_id, issued_at__gte=first, issued_at__lt=first + timedelta(days=7)
    )
    last = week.order_by("-id").values_list("id", "block").first()
    if last is None or last[0] == row.pk:
        return False
    own, whole = bytes(row.block), bytes(last[1])
    if not own or not whole or block.differs_from(own) is not None or block.differs_from(whole) is not None:
        return False
    packed = block.difference(own, whole, last[0])
    if packed is None:
        return False
    Forecast.objects.filter(pk=row.pk).update(block=packed)
    return True


def _monday(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())
