"""An actual date of a period that was reported long ago says something else now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "history.rewritten"
SHOWN = 20  # rows of evidence; the count says how many there are
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Past of “%(worst_name)s” moved by %(worst_days)s"),
        _(
            "%(count)s actual dates that earlier status reports rested on were changed since, most that of "
            "“%(worst_name)s”: %(before)s then, %(after)s now. A correction is in order when somebody says why."
        ),
        {
            "count": Figure.COUNT,
            "worst_name": Figure.TEXT,
            "worst_days": Figure.DAYS,
            "before": Figure.DATE,
            "after": Figure.DATE,
        },
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding; corrections by a day are left alone, as everybody makes them."""
    rows = [each for each in view.conduct.rewritten if each.after is None or each.days > tolerances.rewritten_days]
    if not rows:
        return
    worst = max(rows, key=lambda each: (each.after is None, each.days, each.key))
    yield Found(
        CODE,
        Severity.AT_RISK if len(rows) > 5 or worst.days > 5 * tolerances.rewritten_days else Severity.WATCH,
        {
            "count": len(rows),
            "worst": worst.key,
            "worst_name": worst.name,
            "worst_days": round(worst.days, 1),
            "before": worst.before.isoformat(),
            "after": worst.after and worst.after.isoformat(),
        },
        evidence={
            "dates": [
                {
                    "key": each.key,
                    "name": each.name,
                    "which": each.which,
                    "before": each.before.isoformat(),
                    "after": each.after and each.after.isoformat(),
                }
                for each in sorted(rows, key=lambda each: (-each.days, each.key))[:SHOWN]
            ]
        },
        affects_status=False,
    )
