"""An addition to a plan in words: what it is, what it says, and what the source says beneath it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from watchfloor.drawing import figures
from watchfloor.drawing.figures import NOTHING
from watchfloor.plans.document import TICKS_PER_HOUR, Dependency, OverlayKind, OverlayValue
from watchfloor.plans.records import OverlayRecord
from watchfloor.web.words import ADDITIONS, LINKS, OPTION_VALUES, OPTIONS, word


@dataclass(frozen=True, slots=True)
class Addition:
    key: str
    activity: str
    activity_name: str
    what: str
    value: str
    beneath: str
    by: str
    at: datetime | None


def addition(record: OverlayRecord, language: str) -> Addition:
    entry = record.entry
    what = word(ADDITIONS, entry.kind.value)
    if entry.kind in (OverlayKind.CODE, OverlayKind.FIELD):
        what = f"{what} {entry.name}"
    elif entry.kind is OverlayKind.OPTION:
        what = word(OPTIONS, entry.name)
    return Addition(
        record.key,
        entry.activity,
        record.activity_name,
        what,
        _said(entry.kind, entry.value, language),
        _said(entry.kind, entry.beneath, language),
        entry.by,
        datetime.fromisoformat(entry.at) if entry.at else None,
    )


def _said(kind: OverlayKind, value: OverlayValue, language: str) -> str:
    if kind is OverlayKind.COMMITTED:
        return _("yes") if value.flag else _("no")
    if kind is OverlayKind.OPTION:
        return option_words(value.text, language)
    if value.three_point is not None:
        points = (
            value.three_point.optimistic_ticks,
            value.three_point.likely_ticks,
            value.three_point.pessimistic_ticks,
        )
        return _("%(points)s hours") % {
            "points": " / ".join(figures.number(ticks / TICKS_PER_HOUR, language) for ticks in points)
        }
    if value.moment is not None:
        return figures.day(value.moment, language)
    if value.link is not None:
        return _link(value.link)
    return value.text or NOTHING


def option_words(text: str, language: str) -> str:
    """A value of a scheduling option in words; the threshold of float, a number of ticks, as hours."""
    if text.lstrip("-").isdecimal():
        return _("%(hours)s h") % {"hours": figures.number(int(text) / TICKS_PER_HOUR, language)}
    return str(OPTION_VALUES.get(text, text)) or NOTHING


def _link(link: Dependency) -> str:
    kind = word(LINKS, link.kind.value)
    return _("after %(project)s · %(activity)s, %(kind)s") % {
        "project": link.predecessor_project,
        "activity": link.predecessor,
        "kind": kind,
    }
