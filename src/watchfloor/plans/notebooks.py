"""Notes for reading. P6 keeps its notebooks as HTML; what is shown is their words, never their markup. No Django."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from watchfloor.plans.document import Note


def shown(note: Note) -> str:
    """The words of one notebook."""
    return plain_text(note.text)


def plain_text(markup: str) -> str:
    """The words of a notebook that a tool keeps as HTML: no tag survives, line breaks do."""
    if "<" not in markup:
        return markup.strip()
    parser = _TextOfHtml()
    parser.feed(markup)
    parser.close()
    lines = (line.strip() for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)


class _TextOfHtml(HTMLParser):
    _BREAKS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"head", "style", "script"}:
            self._hidden += 1
        if tag in self._BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"head", "style", "script"}:
            self._hidden = max(0, self._hidden - 1)
        if tag in self._BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))
