"""Lines over time with a quiet grid: earned value, the drift of a finish, the chance of finishing by a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from django.utils.safestring import SafeString

from watchfloor.drawing import figures
from watchfloor.drawing.svg import fmt, path, picture, tag, text


@dataclass(frozen=True, slots=True)
class Line:
    """One series of (day, value); ``look`` is a class: ``plan``, ``earned``, ``actual``, ``likely``, ``sure`` …"""

    label: str
    look: str
    points: Sequence[tuple[date, float]]


def lines(
    series: Sequence[Line],
    *,
    title: str,
    desc: str = "",
    language: str = "en",
    today: date | None = None,
    y_labels: Sequence[tuple[float, str]] = (),
    width: float = 860,
    height: float = 250,
) -> SafeString:
    """The series on one scale, each with its name at its end; ``y_labels`` are the grid's values and words."""
    points = [point for line in series for point in line.points]
    if not points:
        return picture(
            width,
            height,
            [text("–", width / 2, height / 2, class_="axis", anchor="middle")],
            title=title,
            class_="curves",
        )
    first, last = min(day for day, _ in points), max(day for day, _ in points)
    if today is not None:
        first, last = min(first, today), max(last, today)
    lows = [value for _, value in points] + [value for value, _ in y_labels]
    low, high = min(lows), max(lows)
    high = high if high > low else low + 1
    left, right, top, bottom = 92.0, 84.0, 12.0, 26.0
    days_shown = max(1, (last - first).days)

    def at(day: date, value: float) -> tuple[float, float]:
        x = left + (day - first).days / days_shown * (width - left - right)
        return x, top + (high - value) / (high - low) * (height - top - bottom)

    body = []
    for value, words in y_labels:
        y = at(first, value)[1]
        body.append(tag("path", d=f"M{fmt(left)} {fmt(y)}H{fmt(width - right)}", class_="curve-grid"))
        body.append(text(words, left - 8, y + 4, class_="axis", anchor="end"))
    for day in _ticks(first, last):
        x = at(day, low)[0]
        body.append(tag("path", d=f"M{fmt(x)} {fmt(height - bottom)}v4", class_="curve-tick"))
        body.append(text(figures.day(day, language, pattern="yMMM"), x, height - 7, class_="axis", anchor="middle"))
    if today is not None:
        x = at(today, low)[0]
        body.append(tag("path", d=f"M{fmt(x)} {fmt(top)}V{fmt(height - bottom)}", class_="curve-today"))
    taken: list[float] = []
    for line in series:
        if not line.points:
            continue
        ordered = sorted(line.points)
        body.append(
            tag(
                "path",
                d=path([at(*point) for point in ordered] * (1 if len(ordered) > 1 else 2)),
                class_=f"curve curve-{line.look}",
            )
        )
        x, y = at(*ordered[-1])
        while any(abs(y - other) < 14 for other in taken):
            y += 14
        taken.append(y)
        body.append(
            tag("circle", cx=at(*ordered[-1])[0], cy=at(*ordered[-1])[1], r=3, class_=f"curve-end curve-{line.look}")
        )
        body.append(text(line.label, min(x + 8, width - right + 8), y + 4, class_=f"curve-label label-{line.look}"))
    return picture(width, height, body, title=title, desc=desc, class_="curves")


def _ticks(first: date, last: date) -> list[date]:
    """First days of months, thinned to at most six."""
    months: list[date] = []
    year, month = first.year, first.month
    while len(months) < 2400:
        month += 1
        if month == 13:
            year, month = year + 1, 1
        day = date(year, month, 1)
        if day > last:
            break
        months.append(day)
    step = max(1, -(-len(months) // 6))
    return months[::step]


@dataclass(frozen=True, slots=True)
class Stop:
    """One date on a finish line. ``look``: plan, schedule, likely, sure, committed."""

    label: str
    look: str
    on: date


def finish_line(
    stops: Sequence[Stop], *, today: date | None, title: str, language: str = "en", width: float = 720
) -> SafeString:
    """Plan, schedule, likely and 80 % on one line, so that the distance between them is seen."""
    shown = sorted(stops, key=lambda stop: stop.on)
    days = [stop.on for stop in shown] + ([today] if today else [])
    if not shown:
        return picture(width, 40, [], title=title, class_="finish-line")
    first, last = min(days), max(days)
    inset, y = 12.0, 20.0
    total = max(1, (last - first).days)

    def x(day: date) -> float:
        return inset + (day - first).days / total * (width - 2 * inset)

    by_look = {stop.look: stop.on for stop in shown}
    body = [tag("path", d=f"M{fmt(inset)} {fmt(y)}H{fmt(width - inset)}", class_="fl-track")]
    if "plan" in by_look and "likely" in by_look:
        near, far = sorted((x(by_look["plan"]), x(by_look["likely"])))
        late = by_look["likely"] > by_look["plan"]
        body.append(tag("path", d=f"M{fmt(near)} {fmt(y)}H{fmt(far)}", class_="fl-late" if late else "fl-early"))
    if "likely" in by_look and "sure" in by_look:
        near, far = sorted((x(by_look["likely"]), x(by_look["sure"])))
        body.append(tag("rect", x=near, y=y - 4, width=max(2.0, far - near), height=8, rx=2, class_="fl-range"))
    if today is not None:
        body.append(tag("path", d=f"M{fmt(x(today))} 4V36", class_="fl-today"))
    for stop in shown:
        body.append(_stop(stop, x(stop.on), y, language))
    return picture(width, 40, body, title=title, class_="finish-line")


def _stop(stop: Stop, x: float, y: float, language: str) -> str:
    said = tag("title", f"{escape(stop.label)}: {escape(figures.day(stop.on, language))}")
    if stop.look in ("plan", "committed"):
        return tag("path", said, d=f"M{fmt(x)} {fmt(y - 8)}l8 8-8 8-8-8Z", class_=f"fl-{stop.look}")
    return tag("circle", said, cx=x, cy=y, r=7 if stop.look == "likely" else 5, class_=f"fl-{stop.look}")
