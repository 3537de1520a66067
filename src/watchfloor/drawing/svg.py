"""SVG as text: every value is escaped or a number, geometry only in attributes, so a strict CSP can stand."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe


def fmt(value: float | int) -> str:
    """A coordinate with at most two digits, never ``-0``."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def tag(name: str, *children: str, **attributes: str | float | int | None) -> str:
    """One element. Underscores in names become hyphens, a trailing one is dropped (``class_``); None leaves out.

    Children are markup made by this module or by :func:`text`; never hand in a reader's words unescaped.
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        said = fmt(value) if isinstance(value, int | float) else escape(str(value), quote=True)
        parts.append(f'{key.rstrip("_").replace("_", "-")}="{said}"')
    head = " ".join(parts)
    return f"<{head}>{''.join(children)}</{name}>" if children else f"<{head}/>"


def text(words: str, x: float, y: float, *, class_: str = "", anchor: str = "start") -> str:
    """A label; the words are escaped."""
    return tag(
        "text", escape(words), x=x, y=y, class_=class_ or None, text_anchor=None if anchor == "start" else anchor
    )


def picture(
    width: float,
    height: float,
    body: Iterable[str],
    *,
    title: str,
    desc: str = "",
    class_: str = "",
    stretch: bool = False,
    has_links: bool = False,
) -> SafeString:
    """The whole drawing with a title for those who do not see it; an empty title marks it as decoration."""
    spoken = [tag("title", escape(title))] if title else []
    if desc:
        spoken.append(tag("desc", escape(desc)))
    drawn = tag(
        "svg",
        *spoken,
        *body,
        viewBox=f"0 0 {fmt(width)} {fmt(height)}",
        class_=class_ or None,
        # A picture is read as one thing; with links in it, it is a group of them.
        role=("group" if has_links else "img") if title else None,
        aria_label=title if title and has_links else None,
        aria_hidden=None if title else "true",
        preserveAspectRatio="none" if stretch else None,
    )
    return mark_safe(drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S308 - built above


def path(points: Iterable[tuple[float, float]]) -> str:
    """Straight lines through the points, as a path's ``d``."""
    return "M" + "L".join(f"{fmt(x)} {fmt(y)}" for x, y in points)
