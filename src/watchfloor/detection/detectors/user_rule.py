"""A rule that somebody here wrote over the readings holds, and has for as long as it was to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from watchfloor.detection.template import Figure, Message
from watchfloor.detection.view import Found, ProjectView
from watchfloor.portfolio.tolerances import Tolerances

PLAIN = "rule.holds"
MONEY = "cost.rule_holds"  # it asks for amounts, so it is told to those who may see them
_MESSAGE = Message(
    _("%(rule)s"),
    _(
        "The rule “%(expression)s” has spoken since the status of %(since)s. Statuses in a row without it until it "
        "falls silent: %(clear_after)s."
    ),
    {"rule": Figure.TEXT, "expression": Figure.TEXT, "since": Figure.DATE, "clear_after": Figure.COUNT},
)
MESSAGES: Mapping[str, Message] = {PLAIN: _MESSAGE, MONEY: _MESSAGE}


def detect(view: ProjectView, tolerances: Tolerances) -> Iterator[Found]:
    """One finding per rule that speaks; the status is computed without them."""
    for each in view.rules:
        yield Found(
            MONEY if each.tells_money else PLAIN,
            each.severity,
            {
                "rule": each.name,
                "expression": each.expression,
                "since": each.since.isoformat(),
                "clear_after": each.clear_after,
            },
            subject=str(each.id),
            evidence={"statuses": [{"on": on.isoformat(), **values} for on, values in each.statuses]},
            finding_class=each.finding_class,
            affects_status=False,
        )
