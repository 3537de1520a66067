"""What a field of the portfolio may hold, checked where it enters."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from django.utils.translation import gettext as _

from watchfloor.kit.errors import Invalid
from watchfloor.portfolio.models import Cycle, Stage

_CODE = re.compile(r"[^\s/\\?#%<>\"'&]{1,40}")
_CURRENCIES = frozenset(Locale("en").currencies)
_COUNTRIES = frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2)
_MONEY_LIMIT = 10**16  # minor units; far above any project, far below what 64 bits hold


def code(value: str, place: str = "code") -> str:
    """A code that is safe in addresses and files: no spaces, slashes, quotes or angle brackets."""
    value = text(value, place, 40)
    if not _CODE.fullmatch(value):
        raise Invalid(_("A code holds no spaces and none of / \\ ? # % < > & or quotes."), place=place)
    return value


def text(value: str, place: str, limit: int, *, required: bool = True) -> str:
    """Text without control characters, trimmed, within the limit."""
    if not isinstance(value, str):
        raise Invalid(_("This is a text."), place=place)
    value = "".join(" " if ord(letter) < 32 else letter for letter in value).strip()
    if required and not value:
        raise Invalid(_("This cannot be empty."), place=place)
    if len(value) > limit:
        raise Invalid(_("At most %(limit)d characters.") % {"limit": limit}, place=place)
    return value


def time_zone(value: str, place: str = "time_zone") -> str:
    """A zone of the IANA database."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, TypeError, OSError) as problem:
        raise Invalid(_("Unknown time zone; write it like Europe/Vienna."), place=place) from problem
    return value


def currency(value: str, place: str = "currency") -> str:
    """A currency of ISO 4217."""
    value = text(value, place, 3).upper()
    if value not in _CURRENCIES:
        raise Invalid(_("Unknown currency; write three letters like EUR."), place=place)
    return value


def country(value: str, place: str = "country") -> str:
    """A country of ISO 3166, or nothing."""
    value = text(value, place, 2, required=False).upper()
    if value and value not in _COUNTRIES:
        raise Invalid(_("Unknown country; write two letters like AT."), place=place)
    return value


def region(value: str, place: str = "region") -> str:
    return text(value, place, 10, required=False)


def stage(value: str, place: str = "stage") -> str:
    if value not in Stage.values:
        raise Invalid(_("Unknown stage of life."), place=place)
    return str(value)


def cycle(value: str, place: str = "cycle") -> str:
    if value not in Cycle.values:
        raise Invalid(_("The cycle is weekly, fortnightly or monthly."), place=place)
    return str(value)


def whole(value: Any, place: str, low: int, high: int) -> int:
    """A whole number within the limits."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Invalid(_("A whole number from %(low)d to %(high)d.") % {"low": low, "high": high}, place=place)
    return value


def money_minor(value: Any, place: str) -> int | None:
    """An amount in minor units, or none."""
    return None if value is None else whole(value, place, 0, _MONEY_LIMIT)


def day(value: Any, place: str) -> date | None:
    """A day between 1984 and 2149, the span plans may use, or none."""
    if value is None:
        return None
    if type(value) is not date or not 1984 <= value.year <= 2149:
        raise Invalid(_("A day between 1984 and 2149."), place=place)
    return value


def fast_mode(value: Any) -> bool | None:
    """Whether submissions are accepted by themselves; none leaves it to whoever is above."""
    if value is not None and not isinstance(value, bool):
        raise Invalid(_("Fast mode is on, off, or as above."), place="fast_mode")
    return value
