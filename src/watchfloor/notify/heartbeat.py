"""The watch watches itself: a sign of life to an address outside, as long as its work really gets done.

Whoever keeps that address (a dead-man's switch such as Healthchecks) tells people when the signs stop coming: because
the machine is gone, the pipeline is stuck, or nobody can reach anything from here.
"""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from datetime import datetime, timedelta

from django.conf import settings

from watchfloor.jobs.queries import oldest_overdue_s
from watchfloor.journal.queries import followed_until

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
STUCK_S = 300.0
_TIMEOUT_S = 10


def beat(now: datetime, *, consumer: str) -> bool:
    """Send one sign of life if work is not older than ``STUCK_S``; returns whether it was sent and taken."""
    address = settings.HEARTBEAT_URL
    if not address:
        return False
    behind_s = max(oldest_overdue_s(now), followed_until(consumer, now))
    if behind_s > STUCK_S:
        log.error("No sign of life is sent: the pipeline is %d s behind.", behind_s)
        return False
    try:
        urllib.request.urlopen(address, timeout=_TIMEOUT_S).close()  # noqa: S310 - the scheme is checked in settings
    except (urllib.error.URLError, OSError) as error:
        # Its address may hold a secret: only what went wrong is told.
        log.warning("The sign of life was not taken: %s.", type(error).__name__)
        return False
    return True
