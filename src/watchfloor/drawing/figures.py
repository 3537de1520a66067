"""Numbers and dates as a reader of one language and zone expects them. Knows no domain."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date as _format_date
from babel.dates import format_datetime as _format_datetime
from babel.dates import format_skeleton, format_time
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
)
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

NOTHING = "\u2013"  # where there is no figure
MINUS = "\u2212"  # as wide as a plus, so that columns of signed figures line up
THIN = "\u202f"


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """The nearest locale known; English where a reader asks for one that is not."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")


def _spelled(language: str) -> Locale:
    # Plain "en" would mean American order of day and month; the product is written for the world.
    return Locale("en", "GB") if language in ("en", "") else locale_of(language)


@lru_cache(maxsize=16_384)
def day(value: date | datetime | None, language: str = "en", *, pattern: str = "") -> str:
    """``28 Nov 2026``; ``pattern`` is a CLDR skeleton such as ``dMMM`` or ``EdMMM``. Empty for None."""
    if value is None:
        return ""
    locale = _spelled(language)
    if pattern:
        return str(format_skeleton(pattern, _as_datetime(value), locale=locale)).replace(",", "")
    return str(_format_date(value, format="medium", locale=locale))


def short_day(value: date | datetime | None, language: str = "en", *, today: date | None = None) -> str:
    """Day and month; with the year when it is not that of ``today``."""
    if value is None:
        return ""
    far = today is not None and value.year != today.year
    return day(value, language, pattern="yMMMd" if far else "MMMd")


def moment(value: datetime | None, zone: str = "UTC", language: str = "en") -> str:
    """Date and time of an instant on the reader's clock, with the zone's short name."""
    if value is None:
        return ""
    local = value.astimezone(zone_of(zone))
    said = _format_datetime(
        local, format="d MMM y HH:mm" if language.startswith("en") else "medium", locale=_spelled(language)
    )
    return str(said)


def clock(value: datetime | None, zone: str = "UTC", language: str = "en") -> str:
    """Hours and minutes on the reader's clock."""
    if value is None:
        return ""
    return str(
        format_time(
            value.astimezone(zone_of(zone)),
            format="HH:mm" if language.startswith("en") else "short",
            locale=_spelled(language),
        )
    )


@lru_cache(maxsize=128)
def zone_of(name: str) -> ZoneInfo:
    """The zone; UTC where the name is unknown."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


@lru_cache(maxsize=16_384)
def money(minor: int | None, currency: str, language: str = "en", *, compact: bool = False, sign: bool = False) -> str:
    """An amount of minor units; ``compact`` says ``€53.9M``. Empty for None."""
    if minor is None:
        return ""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency)) if currency else Decimal(minor)
    locale = _spelled(language)
    if not currency:
        said = format_decimal(amount, locale=locale)
    elif compact:
        digits = 0 if abs(amount) < 1000 else 1
        said = format_compact_currency(amount, currency, locale=locale, fraction_digits=digits)
    else:
        # Cents say nothing beside tens of thousands.
        pattern = locale.currency_formats["standard"].pattern
        whole = abs(amount) >= 10_000
        said = format_currency(
            amount, currency, pattern.replace(".00", "") if whole else pattern, locale=locale, currency_digits=not whole
        )
    return signed(said, amount > 0 and sign)


def signed(text: str, plus: bool) -> str:
    """With a true minus, and a plus when asked for."""
    said = str(text).replace("-", MINUS)
    return f"+{said}" if plus else said


@lru_cache(maxsize=16_384)
def number(value: float | int | None, language: str = "en", *, digits: int = 0, sign: bool = False) -> str:
    """A plain number; empty for None and for what is no number."""
    if value is None or not math.isfinite(value):
        return ""
    # Not rounding to -0: a reader would ask what that means.
    rounded = round(float(value), digits) + 0.0
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return signed(format_decimal(rounded, format=pattern, locale=_spelled(language)), sign and rounded > 0)


def ratio(value: float | None, language: str = "en") -> str:
    """An index such as CPI, two digits."""
    return number(value, language, digits=2)


@lru_cache(maxsize=16_384)
def percent(share: float | None, language: str = "en", *, digits: int = 0, sign: bool = False) -> str:
    """A share of one as percent."""
    if share is None or not math.isfinite(share):
        return ""
    rounded = round(share, digits + 2) + 0.0
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return signed(format_percent(rounded, format=pattern, locale=_spelled(language)), sign and rounded > 0)


def days(value: float | None, language: str = "en", *, sign: bool = False, digits: int = 0) -> str:
    """Working days with their unit: ``+61 d``. Empty for None."""
    said = number(value, language, digits=digits, sign=sign)
    return _("%(days)s d") % {"days": said} if said else ""


def slip(value: float | None, language: str = "en") -> str:
    """How far a finish moved: ``+24 d``, ``on plan``, or empty when unknown."""
    if value is None or not math.isfinite(value):
        return ""
    if round(value) == 0:
        return _("on plan")
    return days(value, language, sign=True)


def length(minutes: float | None, language: str = "en") -> str:
    """A stretch of minutes in its largest one or two units: ``6 min``, ``1 h 10``, ``3 h``."""
    if minutes is None:
        return ""
    whole = max(0, math.ceil(minutes))
    if whole < 60:
        return _("%(n)s min") % {"n": number(whole, language)}
    hours, rest = divmod(whole, 60)
    if hours < 10 and rest:
        return _("%(h)s h %(m)s") % {"h": number(hours, language), "m": f"{rest:02d}"}
    return _("%(h)s h") % {"h": number(hours, language)}


def ago(then: datetime | None, now: datetime, language: str = "en") -> str:
    """How long ago, coarsely, for freshness: ``4 min``, ``1 h``, ``3 d``."""
    if then is None:
        return ""
    gone = max(timedelta(), now - then)
    if gone < timedelta(minutes=1):
        return _("now")
    if gone < timedelta(hours=1):
        return _("%(n)s\u00a0min") % {"n": number(gone.total_seconds() // 60, language)}
    if gone < timedelta(days=1):
        return _("%(n)s\u00a0h") % {"n": number(gone.total_seconds() // 3600, language)}
    return _("%(n)s\u00a0d") % {"n": number(gone.days, language)}


def size(octets: int, language: str = "en") -> str:
    """A file's size in the unit a person would choose."""
    if octets < 1000:
        return ngettext("%(n)s byte", "%(n)s bytes", octets) % {"n": number(octets, language)}
    value, units = octets / 1000, ["kB", "MB", "GB"]
    while value >= 1000 and len(units) > 1:
        value /= 1000
        units.pop(0)
    unit = units[0]
    return f"{number(value, language, digits=1 if value < 10 else 0)}{THIN}{unit}"


def _as_datetime(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
