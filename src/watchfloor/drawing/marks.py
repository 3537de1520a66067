"""The five status marks as shapes: ring, diamond, triangle, octagon, dashed ring. Never told apart by colour alone."""

from __future__ import annotations

from watchfloor.drawing.svg import tag

_SHAPES = {
    "on": '<circle cx="12" cy="12" r="7.6" fill="none" stroke="currentColor" stroke-width="3.2"/>',
    "watch": '<path d="M12 2.2 21.8 12 12 21.8 2.2 12Z" class="mark-fill"/>',
    "risk": '<path d="M12 2.8 22.4 20.6a.9.9 0 0 1-.8 1.3H2.4a.9.9 0 0 1-.8-1.3Z" class="mark-fill"/>',
    "crit": (
        '<path d="M7.7 1.8h8.6l5.9 5.9v8.6l-5.9 5.9H7.7l-5.9-5.9V7.7Z" class="mark-fill"/>'
        '<path d="M12 6.4v6.6" class="mark-sign" stroke-width="2.9"/>'
        '<circle cx="12" cy="17" r="1.75" class="mark-dot"/>'
    ),
    "stale": (
        '<circle cx="12" cy="12" r="9.3" fill="none" stroke="currentColor" stroke-width="2.3"'
        ' stroke-dasharray="3.9 2.6"/>'
        '<path d="M9.4 9.9c0-1.6 1.1-2.6 2.7-2.6s2.7 1 2.7 2.4c0 1.9-2.7 2-2.7 4" fill="none" stroke="currentColor"'
        ' stroke-width="1.9" stroke-linecap="round"/><circle cx="12.1" cy="16.6" r="1.25" fill="currentColor"/>'
    ),
}
CODES = tuple(_SHAPES)


def shape(code: str) -> str:
    """The mark's markup on a 24 by 24 field."""
    return _SHAPES.get(code, _SHAPES["stale"])


def placed(code: str, x: float, y: float, size: float) -> str:
    """The mark with its centre at (x, y), inside a drawing."""
    scale = size / 24
    return tag(
        "g",
        shape(code),
        class_=f"mark-{code}",
        transform=f"translate({x - size / 2:.2f} {y - size / 2:.2f}) scale({scale:.3f})",
    )
