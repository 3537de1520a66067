"""One figure against its bounds: the ring of a countdown, the bar of a range."""

from __future__ import annotations

import math

from django.utils.safestring import SafeString

from watchfloor.drawing.svg import fmt, picture, tag


def ring(share: float, *, title: str) -> SafeString:
    """How much of a time is left, clockwise from the top; 1 is all of it. A ring of dashes: it is over."""
    share = min(1.0, max(0.0, share))
    radius = 15.0
    around = 2 * math.pi * radius
    body = [tag("circle", cx=20, cy=20, r=radius, class_="ring-track" if share > 0 else "ring-over")]
    if share > 0:
        body.append(
            tag(
                "circle",
                cx=20,
                cy=20,
                r=radius,
                class_="ring-left",
                stroke_dasharray=f"{fmt(around * share)} {fmt(around)}",
                transform="rotate(-90 20 20)",
            )
        )
    return picture(40, 40, body, title=title, class_="ring")


def range_bar(
    *, budget: float, likely: float | None, low: float | None, high: float | None, title: str, width: float = 320
) -> SafeString:
    """A budget as a tick, the likely outcome as a bright tick, and the range around it as a band."""
    known = [value for value in (budget, likely, low, high) if value is not None]
    least, most = min(known), max(known)
    pad = max((most - least) * 0.35, most * 0.012, 1e-9)
    left, right = least - pad, most + pad * 0.6

    def x(value: float) -> float:
        return (value - left) / (right - left) * width

    body = [tag("rect", x=0, y=7, width=width, height=12, rx=3, class_="range-track")]
    if low is not None and high is not None and high > low:
        body.append(tag("rect", x=x(low), y=7, width=max(2.0, x(high) - x(low)), height=12, rx=3, class_="range-band"))
    if likely is not None:
        body.append(tag("rect", x=x(likely) - 2, y=2, width=4, height=22, rx=1.5, class_="range-likely"))
    body.append(tag("rect", x=x(budget) - 1.25, y=0, width=2.5, height=26, class_="range-budget"))
    return picture(width, 26, body, title=title, class_="range")


def meter(share: float, *, title: str, class_: str = "meter", width: float = 200) -> SafeString:
    """Progress from 0 to 1."""
    share = min(1.0, max(0.0, share))
    body = [tag("rect", x=0, y=0, width=width, height=6, rx=3, class_="meter-track")]
    if share > 0:
        body.append(tag("rect", x=0, y=0, width=max(4.0, width * share), height=6, rx=3, class_="meter-done"))
    return picture(width, 6, body, title=title, class_=class_, stretch=True)
