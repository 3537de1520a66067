"""Milestones on a strip of weeks: plan as a hollow diamond, the likely date as the status mark, a bar to 80 % sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from django.utils.safestring import SafeString

from watchfloor.drawing import figures
from watchfloor.drawing.marks import placed
from watchfloor.drawing.svg import fmt, picture, tag, text


@dataclass(frozen=True, slots=True)
class StripItem:
    """One milestone; dates on the plan's own calendar. ``href`` makes it a link."""

    label: str
    name: str
    status: str
    plan: date | None
    likely: date
    sure: date | None
    href: str = ""


@dataclass(frozen=True, slots=True)
class _Placed:
    item: StripItem
    left: float
    right: float
    lane: int
    leftward: bool  # the words stand before the mark


_HEAD, _LANE, _FOOT = 42.0, 43.0, 4.0
_CHAR = 11.8  # mean width of a letter at this drawing's 21.5 units


def strip(
    items: Sequence[StripItem],
    *,
    first: date,
    weeks: int,
    today: date,
    title: str,
    language: str = "en",
    width: float = 1236,
    lanes: int = 3,
) -> SafeString:
    """As many milestones as fit into the lanes, the soonest first; what does not fit is left to the list."""
    span = weeks * 7
    inset = 20.0
    day_width = (width - 2 * inset) / span

    def x(when: date) -> float:
        return inset + (when - first).days * day_width

    height = _HEAD + lanes * _LANE + _FOOT
    body: list[str] = []
    for week in range(weeks):
        monday = first + timedelta(days=7 * week)
        left = x(monday)
        body.append(
            tag(
                "rect",
                x=left + 5 * day_width,
                y=_HEAD - 6,
                width=2 * day_width,
                height=height - _HEAD + 6,
                class_="strip-rest",
            )
        )
        body.append(tag("path", d=f"M{fmt(left)} {fmt(_HEAD - 10)}V{fmt(height)}", class_="strip-week"))
        body.append(text(figures.day(monday, language, pattern="EdMMM"), left + 6, 18, class_="strip-date"))
    if 0 <= (today - first).days <= span:
        body.append(
            tag("path", d=f"M{fmt(x(today) + day_width / 2)} {fmt(_HEAD - 10)}V{fmt(height)}", class_="strip-today")
        )
    for spot in _place(items, x, width, lanes):
        body.append(_drawn(spot, x, day_width, first, first + timedelta(days=span)))
    return picture(width, height, body, title=title, class_="strip", has_links=any(item.href for item in items))


def _place(items: Sequence[StripItem], x: Callable[[date], float], width: float, lanes: int) -> list[_Placed]:
    ends = [0.0] * lanes
    spots = []
    for item in sorted(items, key=lambda each: each.likely):
        starts = [each for each in (item.plan, item.likely) if each is not None]
        left = max(0.0, x(min(starts))) - 14
        ends_at = max(each for each in (item.plan, item.likely, item.sure) if each is not None)
        bar = min(x(ends_at), width - 14)
        words = (len(item.label) + len(item.name) + 1) * _CHAR
        right = bar + 20 + words
        leftward = right > width
        if leftward:  # the words go to the left of the mark instead, when there is room
            left, right = min(left, x(min(starts))) - words - 16, bar + 8
        lane = next((index for index, end in enumerate(ends) if left >= end), None)
        if lane is None or (left < 0 and right - left > width):
            continue
        ends[lane] = right + 26
        spots.append(_Placed(item, left, right, lane, leftward))
    return spots


def _drawn(spot: _Placed, x: Callable[[date], float], day_width: float, first: date, last: date) -> str:
    item = spot.item
    y = _HEAD + spot.lane * _LANE + 18
    half = day_width / 2
    likely = x(item.likely) + half
    parts = []
    if item.sure is not None and item.sure > item.likely:
        end = min(x(item.sure), x(last)) + half
        parts.append(
            tag(
                "rect",
                x=likely + 15,
                y=y - 3,
                width=max(4.0, end - likely - 15),
                height=6,
                rx=2,
                class_=f"strip-bar fill-{item.status}",
            )
        )
    if item.plan is not None and item.plan != item.likely:
        at = x(max(item.plan, first)) + half
        if abs(at - likely) > 16:
            near, far = sorted((at, likely))
            parts.append(tag("path", d=f"M{fmt(near + 9)} {fmt(y)}H{fmt(far - 12)}", class_="strip-drift"))
        if item.plan >= first:
            parts.append(tag("path", d=f"M{fmt(at)} {fmt(y - 7)}l7 7-7 7-7-7Z", class_="strip-plan"))
        else:
            parts.append(
                tag(
                    "path",
                    d=f"M{fmt(at - half - 6)} {fmt(y)}l6-6M{fmt(at - half - 6)} {fmt(y)}l6 6",
                    class_="strip-earlier",
                )
            )
    parts.append(placed(item.status, likely, y, 26))
    parts.append(
        tag(
            "text",
            tag("tspan", escape(item.label), class_="strip-code"),
            " ",
            escape(item.name),
            x=_words_x(spot, x, half, last),
            y=y + 7.5,
            class_="strip-name",
            text_anchor="end" if spot.leftward else None,
        )
    )
    group = tag("g", *parts)
    return tag("a", group, href=item.href) if item.href else group


def _words_x(spot: _Placed, x: Callable[[date], float], half: float, last: date) -> float:
    """Where the words end (before the first sign) or begin (behind the last one)."""
    item = spot.item
    signs = [each for each in (item.plan, item.likely, item.sure) if each is not None]
    if spot.leftward:
        return x(min(signs)) + half - 18
    return max(min(x(max(signs)), x(last)), x(item.likely) + 4) + half + 16
