"""Figures, dates, marks and icons in templates: in the reader's language and zone, drawn by ``drawing``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from watchfloor.drawing import figures, gauges
from watchfloor.drawing.figures import NOTHING
from watchfloor.drawing.marks import CODES, shape
from watchfloor.drawing.sparkline import sparkline
from watchfloor.kit import clock
from watchfloor.plans.document import TICKS_PER_HOUR, Earning
from watchfloor.plans.earning import decoded_earning, earning_text
from watchfloor.web import words
from watchfloor.web.words import severity_word, status_word

register = template.Library()


def _language() -> str:
    return translation.get_language() or "en"


@register.filter
def day(value: date | datetime | None) -> str:
    """``28 Nov 2026``, or a dash where there is no date."""
    return figures.day(value, _language()) or NOTHING


@register.filter
def iso_day(value: str | None) -> str:
    """A day kept as ISO text."""
    return short_day(date.fromisoformat(value)) if value else NOTHING


@register.filter
def short_day(value: date | datetime | None) -> str:
    return figures.short_day(value, _language(), today=clock.now().date()) or NOTHING


@register.filter
def moment(value: datetime | None) -> str:
    return figures.moment(value, timezone.get_current_timezone_name(), _language())


@register.filter
def hour(value: datetime | None) -> str:
    return figures.clock(value, timezone.get_current_timezone_name(), _language())


@register.filter
def ago(value: datetime | None) -> SafeString:
    """How long ago, kept fresh by the page; the full moment on hover."""
    if value is None:
        return SafeString(NOTHING)
    words = figures.ago(value, clock.now(), _language())
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), moment(value), words)


@register.filter
def money(minor: int | None, currency: str) -> str:
    return figures.money(minor, currency, _language()) or NOTHING


@register.filter
def money_short(minor: int | None, currency: str) -> str:
    return figures.money(minor, currency, _language(), compact=True) or NOTHING


@register.filter
def ratio(value: float | None) -> str:
    return figures.ratio(value, _language()) or NOTHING


@register.filter
def number(value: float | None, digits: int = 0) -> str:
    return figures.number(value, _language(), digits=digits) or NOTHING


@register.filter
def signed(value: float | None) -> str:
    return figures.number(value, _language(), sign=True) or NOTHING


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    return figures.percent(share, _language(), digits=digits) or NOTHING


@register.filter
def percent_signed(share: float | None) -> str:
    return figures.percent(share, _language(), digits=1, sign=True) or NOTHING


@register.filter
def days(value: float | None) -> str:
    return figures.days(value, _language()) or NOTHING


@register.filter
def days_signed(value: float | None) -> str:
    return figures.days(value, _language(), sign=True) or NOTHING


@register.filter
def slip(value: float | None) -> str:
    return figures.slip(value, _language()) or NOTHING


@register.filter
def size(octets: int) -> str:
    return figures.size(octets, _language())


@register.filter
def stretch(minutes: float | None) -> str:
    return figures.length(minutes, _language())


@register.filter
def status_words(code: str) -> str:
    return status_word(code)


@register.filter
def severity_words(severity: int) -> str:
    return severity_word(severity)


@register.simple_tag
def mark(code: str, spoken: bool = True) -> SafeString:
    """A status mark; its word is spoken unless it is written beside it."""
    return _mark(code, status_word(code) if spoken else "")


@lru_cache(maxsize=256)
def _mark(code: str, spoken: str) -> SafeString:
    if code not in CODES:
        return SafeString("")
    title = format_html("<title>{}</title>", spoken) if spoken else ""
    role = SafeString('role="img"') if spoken else SafeString('aria-hidden="true"')
    inside = mark_safe(shape(code))  # noqa: S308 - our own constant
    return format_html('<svg class="mark mark-{}" viewBox="0 0 24 24" {}>{}{}</svg>', code, role, title, inside)


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A line icon of the page's sprite; decoration, the words stand beside it."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def spark(values: Sequence[float | None], title: str, reference: float | None = None, span: float = 0.0) -> SafeString:
    return sparkline(values, title=title, reference=reference, least_span=span)


@register.simple_tag
def ring(share: float) -> SafeString:
    return gauges.ring(share, title=_("%(share)s of the time left") % {"share": percent(share)})


@register.simple_tag
def meter(done: float, total: float) -> SafeString:
    share = done / total if total else 0.0
    return gauges.meter(share, title=_("%(share)s done") % {"share": percent(share)})


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The page's own query string with some values changed; an empty value leaves it out."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            values.pop(name, None)
        else:
            values[name] = str(value)
    said = values.urlencode()
    return f"?{said}" if said else "?"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A value of a mapping by a key that is itself a variable."""
    return mapping.get(key) if mapping is not None else None


@register.filter
def reading_value(reading: Any) -> float | None:
    """The value of a reading that may be missing."""
    return getattr(reading, "value", None)


@register.filter
def words_of(code: str, table: str) -> str:
    """A code of one of the tables in ``words``: ``{{ stage|words_of:"STAGES" }}``."""
    return words.word(getattr(words, table), code)


@register.filter
def step_who(who: str) -> str:
    """Who does a step of a playbook."""
    kind, _colon, role = who.partition(":")
    return words.word(words.ROLES, role) if kind == "role" else words.word(words.STEP_TARGETS, who)


@register.filter
def interval(seconds: int) -> str:
    """How often something is expected, in the words of the choices; else in the largest unit that fits."""
    if seconds in words.FEED_INTERVALS:
        return str(words.FEED_INTERVALS[seconds])
    return _("every %(time)s") % {"time": figures.length(seconds / 60, _language())}


@register.filter
def lag(ticks: int) -> str:
    """A lag of working time in hours."""
    return _("%(h)s h") % {"h": figures.number(ticks / TICKS_PER_HOUR, _language(), digits=1)}


@register.filter
def field_words(name: str) -> str:
    """A plan field's name without its unit."""
    return name.removesuffix("_ticks").removesuffix("_minor").replace("_", " ")


@register.filter
def plan_value(value: Any, name: str) -> str:
    """A value of a plan's field as a reader says it: ticks as hours, moments as dates."""
    if value in (None, "", (), [], {}):
        return NOTHING
    if name == "earning" and isinstance(value, Earning | Mapping):
        return earning_text(value if isinstance(value, Earning) else decoded_earning(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        if name.endswith("_ticks"):
            return lag(int(value))
        return figures.number(value / 100 if name.endswith("_minor") else value, _language(), digits=2)
    if isinstance(value, datetime):
        return f"{figures.day(value, _language())} {value:%H:%M}"
    if isinstance(value, str) and len(value) in (16, 19) and value[4:5] == "-" and value[10:11] == "T":
        return plan_value(datetime.fromisoformat(value), name)
    return str(value)[:300]
