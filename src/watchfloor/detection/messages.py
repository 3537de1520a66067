"""From a code and parameters to a sentence in the reader's language, with figures in the reader's locale.

The templates stand beside the detectors; this module knows only how to fill them. Pages, the API and mails all
render here, at the edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from watchfloor.detection.registry import DETECTORS
from watchfloor.detection.template import Figure, Message
from watchfloor.drawing import figures
from watchfloor.forecasts.report_words import POINTS

_MESSAGES: Mapping[str, Message] = {code: each for detector in DETECTORS for code, each in detector.messages.items()}
_STATUS_WORDS: Mapping[str, str | Promise] = {
    "on": _("on track"),
    "watch": _("watch"),
    "risk": _("at risk"),
    "crit": _("critical"),
    "stale": _("stale"),
}
_BASELINE_WORDS: Mapping[str, str | Promise] = {
    "approved": _("approved baseline"),
    "provisional": _("provisional baseline"),
}


def render(code: str, parameters: Mapping[str, Any], *, language: str = "en", zone: str = "UTC") -> str:
    """The headline: one short sentence. An unknown code is shown as it is, so that nothing is ever hidden."""
    message = _MESSAGES.get(code)
    if message is None:
        return code
    return filled(message.headline, message, parameters, language, zone)


def explain(code: str, parameters: Mapping[str, Any], *, language: str = "en", zone: str = "UTC") -> str:
    """The explanation: what is compared with what, and what would clear it. Empty for an unknown code."""
    message = _MESSAGES.get(code)
    if message is None:
        return ""
    return filled(message.explanation, message, parameters, language, zone)


def known_codes() -> frozenset[str]:
    """Every code that has a template."""
    return frozenset(_MESSAGES)


def filled(template: str | Promise, message: Message, parameters: Mapping[str, Any], language: str, zone: str) -> str:
    """A template of the message with its figures written as the reader writes them."""
    with override(language):
        values = {
            name: _written(figure, parameters.get(name), parameters, language, zone)
            for name, figure in message.figures.items()
        }
        return str(template) % values


def _written(figure: Figure, value: Any, parameters: Mapping[str, Any], language: str, zone: str) -> str:
    if figure is Figure.BASELINE:
        return str(_BASELINE_WORDS.get(value) or _("baseline"))
    if value is None:
        return str(_("not known"))
    match figure:
        case Figure.DAYS:
            return figures.days(value, language, digits=0 if float(value).is_integer() else 1)
        case Figure.DATE:
            return figures.day(date.fromisoformat(value), language)
        case Figure.MOMENT:
            return figures.moment(datetime.fromisoformat(value), zone, language)
        case Figure.MONEY:
            return figures.money(value, parameters.get("currency", ""), language, compact=True)
        case Figure.SHARE:
            return figures.percent(value, language, digits=1)
        case Figure.INDEX | Figure.NUMBER:
            return figures.number(value, language, digits=2)
        case Figure.POINT:
            return gettext(POINTS.get(value, value))
        case Figure.STATUS:
            return str(_STATUS_WORDS.get(value, value))
        case _:
            return str(value)
