"""The work due in the coming weeks grows with every status: what is not done is pushed ahead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

CODE = "work.bow_wave"
MESSAGES: Mapping[str, Message] = {
    CODE: Message(
        _("Work four to eight weeks ahead grew from %(before_days)s to %(now_days)s"),
        _(
            "With each of the last %(periods)s statuses more work is due four to eight weeks ahead: %(before_days)s "
            "then, %(now_days)s now. It is pushed along in front of the project and will not fit."
        ),
        {"before_days": Figure.DAYS, "now_days": Figure.DAYS, "periods": Figure.COUNT},
    ),
}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """At most one finding."""
    wave = view.conduct.wave[: tolerances.wave_periods + 1]
    if len(wave) <= tolerances.wave_periods:
        return
    grows = all(now > before for (_now_on, now), (_then_on, before) in pairwise(wave))
    (_on, now), (_first_on, before) = wave[0], wave[-1]
    if not grows or before <= 0 or now < (1 + tolerances.wave_share) * before:
        return
    yield Found(
        CODE,
        Severity.WATCH,
        {"before_days": before, "now_days": now, "periods": len(wave) - 1},
        evidence={"statuses": [{"on": on.isoformat(), "days": days} for on, days in wave]},
        finding_class=FindingClass.NOTICE,
        affects_status=False,
    )
