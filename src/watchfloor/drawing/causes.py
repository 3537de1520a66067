"""A graph of causes: from where it began, to the right, to everything it makes late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString

from watchfloor.drawing.marks import placed
from watchfloor.drawing.svg import fmt, picture, tag, text

_WIDE, _HIGH = 190.0, 44.0
_GAP_X, _GAP_Y = 64.0, 14.0
_NAME_CHARS = 24


@dataclass(frozen=True, slots=True)
class CauseNode:
    """One project; ``by`` are the ids of those it waits for, none for where it began."""

    id: int
    code: str
    name: str
    status: str
    by: Sequence[int] = ()
    href: str = ""


def causes(nodes: Sequence[CauseNode], *, title: str) -> SafeString:
    """Columns by distance from the beginning. Nodes whose cause is not among them stand in the first."""
    depth = _depths(nodes)
    columns: dict[int, list[CauseNode]] = defaultdict(list)
    for node in nodes:
        columns[depth[node.id]].append(node)
    place = {
        node.id: (column * (_WIDE + _GAP_X), row * (_HIGH + _GAP_Y))
        for column, inside in columns.items()
        for row, node in enumerate(inside)
    }
    body = [_arrow(place[before], place[node.id]) for node in nodes for before in node.by if before in place]
    body += [_box(node, *place[node.id]) for node in nodes]
    width = len(columns) * (_WIDE + _GAP_X) - _GAP_X
    height = max(map(len, columns.values()), default=0) * (_HIGH + _GAP_Y) - _GAP_Y
    links = any(node.href for node in nodes)
    return picture(width, height, body, title=title, class_="causes", has_links=links)


def _depths(nodes: Sequence[CauseNode]) -> Mapping[int, int]:
    """The longest way from the beginning; a circle among them ends at as many steps as there are nodes."""
    depth = {node.id: 0 for node in nodes}
    for _round in nodes:
        moved = False
        for node in nodes:
            far = 1 + max((depth[before] for before in node.by if before in depth), default=-1)
            if depth[node.id] < far < len(nodes):
                depth[node.id], moved = far, True
        if not moved:
            break
    return depth


def _arrow(begins: tuple[float, float], ends: tuple[float, float]) -> str:
    x1, y1 = begins[0] + _WIDE, begins[1] + _HIGH / 2
    x2, y2 = ends[0] - 6, ends[1] + _HIGH / 2
    bend = (x2 - x1) / 2
    line = f"M{fmt(x1)} {fmt(y1)}C{fmt(x1 + bend)} {fmt(y1)} {fmt(x2 - bend)} {fmt(y2)} {fmt(x2)} {fmt(y2)}"
    head = f"M{fmt(x2)} {fmt(y2 - 4)}L{fmt(x2 + 6)} {fmt(y2)}L{fmt(x2)} {fmt(y2 + 4)}Z"
    return tag("path", d=line, class_="causes-line") + tag("path", d=head, class_="causes-head")


def _box(node: CauseNode, x: float, y: float) -> str:
    name = node.name if len(node.name) <= _NAME_CHARS else node.name[: _NAME_CHARS - 1] + "…"
    inside = (
        tag("rect", x=x, y=y, width=_WIDE, height=_HIGH, rx=6, class_="causes-box")
        + placed(node.status, x + 20, y + _HIGH / 2, 18)
        + text(node.code, x + 38, y + 19, class_="causes-code")
        + text(name, x + 38, y + 35, class_="causes-name")
    )
    return tag("a", tag("title", escape(f"{node.code} {node.name}")), inside, href=node.href) if node.href else inside
