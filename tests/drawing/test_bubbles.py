"""Projects by slip and cost: on the side of zero they belong to, named without overlap, escaped."""

from __future__ import annotations

import re

from watchfloor.drawing.bubbles import Bubble, bubbles


def bubble(code: str, late: float, over: float, weight: float = 0.5) -> Bubble:
    return Bubble(code, f"Project {code}", "risk", late, over, weight, f"/projects/{code}")


def centres(drawn: str) -> list[tuple[float, float, float]]:
    """Left, top and scale of each mark."""
    found = re.findall(r"translate\(([-\d.]+) ([-\d.]+)\) scale\(([\d.]+)\)", drawn)
    return [(float(x), float(y), float(scale)) for x, y, scale in found]


def test_later_is_right_and_dearer_is_up() -> None:
    drawn = bubbles([bubble("A", 40, 0.1), bubble("B", -5, -0.05)], late="late", over="dear", title="t")
    (ax, ay, _), (bx, by, _) = centres(drawn)
    assert ax > bx
    assert ay < by


def test_a_larger_budget_is_a_larger_mark_and_lies_below() -> None:
    drawn = bubbles([bubble("A", 1, 0, 0.1), bubble("B", 1, 0, 1.0)], late="late", over="dear", title="t")
    sizes = [scale for _x, _y, scale in centres(drawn)]
    assert sizes == sorted(sizes, reverse=True)


def test_codes_that_would_overlap_are_left_to_the_table() -> None:
    heap = [bubble(f"P{at}", 1.0 + at / 10, 0.01) for at in range(20)]
    drawn = bubbles([*heap, bubble("FAR", 60.0, 0.2)], late="late", over="dear", title="t")
    assert 1 <= drawn.count("bubble-code") <= 3
    assert ">FAR</text>" in drawn
    assert drawn.count("<a ") == 21


def test_words_are_escaped() -> None:
    drawn = bubbles([bubble("<b>", 1, 0)], late="<i>", over="&", title="<u>")
    assert not any(each in drawn for each in ("<b>", "<i>", "<u>"))
