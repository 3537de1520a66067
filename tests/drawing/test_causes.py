"""The graph of causes: columns by distance, escaped names, and no endless walk around a circle."""

from __future__ import annotations

import re

from watchfloor.drawing.causes import CauseNode, causes


def columns(drawn: str) -> list[float]:
    return [float(x) for x in re.findall(r'<rect x="([\d.]+)"', drawn)]


def test_what_waits_stands_to_the_right_of_all_it_waits_for() -> None:
    nodes = [
        CauseNode(1, "HB-01", "Quay", "crit"),
        CauseNode(2, "HB-02", "Crane", "risk", (1,)),
        CauseNode(3, "HB-03", "Yard", "watch", (1, 2)),
        CauseNode(4, "HB-04", "Gate", "watch", (1,), "/projects/HB-04"),
    ]
    drawn = causes(nodes, title="What is late")
    assert columns(drawn) == [0.0, 254.0, 508.0, 254.0]
    assert drawn.count("causes-line") == 4
    assert 'href="/projects/HB-04"' in drawn


def test_names_are_escaped_and_cut() -> None:
    drawn = causes([CauseNode(1, "A", "<b>" + "long " * 20, "crit", (), '/x"y')], title="<i>")
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert "…" in drawn
    assert '/x"y' not in drawn


def test_a_circle_and_a_cause_that_is_not_shown_end() -> None:
    circle = [CauseNode(1, "A", "A", "on", (2,)), CauseNode(2, "B", "B", "on", (1, 99))]
    assert causes(circle, title="x").count("causes-box") == 2
    assert causes([], title="x").count("causes-box") == 0
