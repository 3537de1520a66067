"""A line without axes for one row of a table or one figure of the floor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from django.utils.safestring import SafeString

from watchfloor.drawing.svg import fmt, path, picture, tag


def sparkline(
    values: Sequence[float | None],
    *,
    title: str,
    reference: float | None = None,
    width: float = 120,
    height: float = 28,
    least_span: float = 0.0,
) -> SafeString:
    """The values from left to right, the last one as a dot; gaps stay gaps, ``reference`` is a dashed line.

    ``least_span`` keeps noise flat: the vertical scale never covers less than that.
    """
    return _drawn(tuple(values), title=title, reference=reference, size=(width, height), least_span=least_span)


@lru_cache(maxsize=4096)
def _drawn(
    values: tuple[float | None, ...],
    *,
    title: str,
    reference: float | None,
    size: tuple[float, float],
    least_span: float,
) -> SafeString:
    width, height = size
    known = [value for value in values if value is not None]
    if not known:
        return picture(width, height, [_dashes(width, height / 2, "spark-none")], title=title, class_="spark")
    low, high = min(known), max(known)
    if reference is not None:
        low, high = min(low, reference), max(high, reference)
    middle, span = (low + high) / 2, max(high - low, least_span, 1e-9)
    inset = 4.0

    def at(index: int, value: float) -> tuple[float, float]:
        x = inset + (width - 2 * inset) * (index / max(1, len(values) - 1))
        return x, height / 2 - (value - middle) / span * (height - 2 * inset)

    body = []
    if reference is not None:
        body.append(_dashes(width, at(0, reference)[1], "spark-reference"))
    for run in _runs(values):
        points = [at(index, value) for index, value in run]
        body.append(tag("path", d=path(points if len(points) > 1 else points * 2), class_="spark-line"))
    last = max(index for index, value in enumerate(values) if value is not None)
    x, y = at(last, values[last] or 0.0)
    body.append(tag("circle", cx=x, cy=y, r=3.1, class_="spark-dot"))
    return picture(width, height, body, title=title, class_="spark")


def _dashes(width: float, y: float, class_: str) -> str:
    return tag("path", d=f"M0 {fmt(y)}H{fmt(width)}", class_=class_)


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            if runs[-1]:
                runs.append([])
        else:
            runs[-1].append((index, value))
    return [run for run in runs if run]
