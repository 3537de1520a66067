"""The stages of a project's life, and which may follow which. One table; no Django rows.

Only *active* and *closing* are watched. Going forward needs no word; going back, stopping and pausing need a reason,
and a pause also a day on which somebody looks at it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from watchfloor.kit.errors import Conflict
from watchfloor.portfolio.models import Stage


@dataclass(frozen=True, slots=True)
class Step:
    """What it takes to go from one stage to another.

    ``from_above``: whoever runs the project alone does not take it, the permission must hold on the programme.
    """

    needs_reason: bool = False
    from_above: bool = False


WORDS: Mapping[str, str | Promise] = {
    Stage.PROPOSED: gettext_lazy("Proposed"),
    Stage.APPROVED: gettext_lazy("Approved"),
    Stage.ACTIVE: gettext_lazy("Active"),
    Stage.ON_HOLD: gettext_lazy("On hold"),
    Stage.CLOSING: gettext_lazy("Closing"),
    Stage.CLOSED: gettext_lazy("Closed"),
    Stage.CANCELLED: gettext_lazy("Cancelled"),
}

_FORWARD = Step()
_BACK = Step(needs_reason=True)
_APPROVAL = Step(from_above=True)

STEPS: Mapping[str, Mapping[str, Step]] = {
    Stage.PROPOSED: {Stage.APPROVED: _APPROVAL, Stage.ON_HOLD: _BACK, Stage.CANCELLED: _BACK},
    Stage.APPROVED: {Stage.ACTIVE: _FORWARD, Stage.PROPOSED: _BACK, Stage.ON_HOLD: _BACK, Stage.CANCELLED: _BACK},
    Stage.ACTIVE: {Stage.CLOSING: _FORWARD, Stage.ON_HOLD: _BACK, Stage.CANCELLED: _BACK},
    # Staying on hold is a decision too: with a reason and another day to look again.
    Stage.ON_HOLD: {
        Stage.ON_HOLD: _BACK,
        Stage.ACTIVE: _FORWARD,
        Stage.CLOSING: _FORWARD,
        Stage.PROPOSED: _BACK,
        Stage.CANCELLED: _BACK,
    },
    Stage.CLOSING: {Stage.CLOSED: _FORWARD, Stage.ACTIVE: _BACK, Stage.ON_HOLD: _BACK, Stage.CANCELLED: _BACK},
    Stage.CLOSED: {Stage.CLOSING: _BACK},
    Stage.CANCELLED: {Stage.PROPOSED: _BACK},
}


def step(before: str, after: str) -> Step:
    """What the change takes.

    Raises:
        Conflict: the one stage does not follow the other; the remedy names those that do.
    """
    found = STEPS[before].get(after)
    if found is None:
        possible = ", ".join(_word(each) for each in following(before))
        raise Conflict(
            _("A project that is %(before)s cannot become %(after)s.")
            % {"before": _word(before), "after": _word(after)},
            remedy=_("From here it may become: %(stages)s.") % {"stages": possible},
            place="stage",
        )
    return found


def following(stage: str) -> tuple[str, ...]:
    """The stages that may come next, in the order of a project's life."""
    return tuple(each.value for each in Stage if each in STEPS[stage])


def _word(stage: str) -> str:
    return str(WORDS[stage]).lower()
