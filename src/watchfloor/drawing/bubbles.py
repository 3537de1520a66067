"""Projects by how late and how dear they are: one mark each, as large as its budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString

from watchfloor.drawing import figures
from watchfloor.drawing.marks import placed
from watchfloor.drawing.svg import fmt, picture, tag, text

_WIDE, _HIGH = 900.0, 330.0
_LEFT, _RIGHT, _TOP, _FOOT = 64.0, 24.0, 16.0, 40.0
_LEAST, _MOST = 13.0, 34.0  # size of a mark
_CHAR = 7.2  # mean width of a letter of a code
_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1_000, 2_000)


_Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Bubble:
    """One project: working days late, cost over budget as a share, and its weight among the others (0 to 1)."""

    code: str
    name: str
    status: str
    late_days: float
    over_share: float
    weight: float
    href: str


def bubbles(rows: Sequence[Bubble], *, late: str, over: str, title: str, language: str = "en") -> SafeString:
    """Right is later than the baseline, up is dearer than the budget; ``late`` and ``over`` name the axes."""
    x_low, x_high, x_step = _span([row.late_days for row in rows], 5)
    y_low, y_high, y_step = _span([row.over_share * 100 for row in rows], 2)

    def x(days: float) -> float:
        return _LEFT + (days - x_low) / (x_high - x_low) * (_WIDE - _LEFT - _RIGHT)

    def y(percent: float) -> float:
        return _HIGH - _FOOT - (percent - y_low) / (y_high - y_low) * (_HIGH - _TOP - _FOOT)

    body = [tag("rect", x=x(0), y=_TOP, width=_WIDE - _RIGHT - x(0), height=y(0) - _TOP, class_="bubble-worse")]
    for step in _ticks(x_low, x_high, x_step):
        body.append(tag("path", d=f"M{fmt(x(step))} {fmt(_TOP)}V{fmt(_HIGH - _FOOT)}", class_=_line(step)))
        body.append(text(figures.days(step, language, sign=True), x(step), _HIGH - _FOOT + 16, anchor="middle"))
    for step in _ticks(y_low, y_high, y_step):
        body.append(tag("path", d=f"M{fmt(_LEFT)} {fmt(y(step))}H{fmt(_WIDE - _RIGHT)}", class_=_line(step)))
        body.append(text(figures.percent(step / 100, language, sign=True), _LEFT - 8, y(step) + 4, anchor="end"))
    body.append(text(late, _WIDE - _RIGHT, _HIGH - 6, anchor="end", class_="bubble-axis"))
    body.append(text(over, 4, 12, class_="bubble-axis"))
    taken = [_around(row, x(row.late_days), y(row.over_share * 100)) for row in rows]
    # The heaviest lie below, so that none hides another; the worst are named first.
    for row in sorted(rows, key=lambda each: -each.weight):
        body.append(_mark(row, x(row.late_days), y(row.over_share * 100)))
    for row in sorted(rows, key=lambda each: -(abs(each.late_days) / max(1.0, x_high) + abs(each.over_share))):
        body += _named(row, x(row.late_days), y(row.over_share * 100), taken)
    return picture(_WIDE, _HIGH, body, title=title, class_="bubbles", has_links=True)


def _mark(row: Bubble, x: float, y: float) -> str:
    said = tag("title", escape(f"{row.code} {row.name}"))
    return tag("a", said, placed(row.status, x, y, _size(row.weight)), href=row.href)


def _around(row: Bubble, x: float, y: float) -> _Box:
    half = _size(row.weight) / 2
    return (x - half, y - half, x + half, y + half)


def _named(row: Bubble, x: float, y: float, taken: list[_Box]) -> list[str]:
    """The code beside the mark, where neither another mark nor another code stands."""
    away, wide = _size(row.weight) / 2 + 4, len(row.code) * _CHAR
    for left in (x + away, x - away - wide):
        box = (left, y - 8, left + wide, y + 6)
        if left >= _LEFT and box[2] <= _WIDE and not any(_touch(box, each) for each in taken):
            taken.append(box)
            return [text(row.code, left, y + 4, class_="bubble-code")]
    return []


def _touch(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _size(weight: float) -> float:
    return _LEAST + (_MOST - _LEAST) * math.sqrt(min(1.0, max(0.0, weight)))


def _line(step: float) -> str:
    return "bubble-zero" if step == 0 else "bubble-grid"


def _span(values: Sequence[float], least: float) -> tuple[float, float, float]:
    """Low, high and step of an axis that holds all values and zero with some room."""
    low, high = min(0.0, *values), max(0.0, *values)
    low, high = min(low, -least), max(high, least)
    step = next((each for each in _STEPS if (high - low) / each <= 10), _STEPS[-1])
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _ticks(low: float, high: float, step: float) -> list[float]:
    return [low + at * step for at in range(round((high - low) / step) + 1)]
