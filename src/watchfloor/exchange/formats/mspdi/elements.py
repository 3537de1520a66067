"""MS Project XML as a stream of small elements, read without DTD, entities or anything from outside the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import Limits

NAMESPACE = "http://schemas.microsoft.com/project"
# The lists of a project, whose items are handed out one by one.
_LISTS = frozenset({"Calendars", "Tasks", "Resources", "Assignments", "ExtendedAttributes", "OutlineCodes", "WBSMasks"})
# Day-by-day spreads: most of a file's bytes, and no part of a plan document.
_DROPPED = frozenset({"TimephasedData"})


class Item:
    """One element of the file: its children's text by name, and repeated children."""

    __slots__ = ("element",)

    def __init__(self, element: Element) -> None:
        self.element = element

    def text(self, name: str) -> str:
        found = self.element.find(f"{{*}}{name}")
        return (found.text or "").strip() if found is not None else ""

    def flag(self, name: str, *, default: bool = False) -> bool:
        word = self.text(name).lower()
        return word in {"1", "true"} if word else default

    def items(self, *names: str) -> list[Item]:
        """Children by their path below this element."""
        path = "/".join(f"{{*}}{name}" for name in names)
        return [Item(found) for found in self.element.findall(path)]

    def child(self, name: str) -> Item | None:
        found = self.element.find(f"{{*}}{name}")
        return Item(found) if found is not None else None

    def leaves(self) -> Iterator[tuple[str, str]]:
        """Name and text of the children; those with children of their own have empty text."""
        for child in self.element:
            yield local_name(child.tag), (child.text or "").strip() if len(child) == 0 else ""


class Fast:
    """An element's simple children in one dictionary: for rows that are asked for many of them."""

    __slots__ = ("item", "texts")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.texts = dict(item.leaves())

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def flag(self, name: str, *, default: bool = False) -> bool:
        word = self.texts.get(name, "").lower()
        return word in {"1", "true"} if word else default


def local_name(tag: Any) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def stream(path: Path, *, limits: Limits) -> Iterator[tuple[str, Item]]:
    """(list name, item) for every entry of the project's lists, then ("Project", header).

    Raises UnreadableFile for text that is no XML, holds a DTD, or passes a limit.
    """
    depth = count = 0
    stack: list[Element] = []
    root: Element | None = None
    try:
        for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                count += 1
                depth += 1
                if count > limits.rows or depth > limits.depth:
                    raise UnreadableFile(
                        "file.limit",
                        f"The file has more than {limits.rows:,} elements or is nested more than {limits.depth} deep.",
                        "Save the project again from MS Project, without timephased data.",
                    )
                if depth == 1:
                    root = element
                    if local_name(element.tag) != "Project":
                        raise UnreadableFile("file.not_a_plan", "The XML file is not an MS Project file.")
                stack.append(element)
                continue
            depth -= 1
            stack.pop()
            name = local_name(element.tag)
            if name in _DROPPED:
                element.clear()
                if stack:
                    # Remembered by an attribute, so that the spread can be remarked without keeping it.
                    stack[-1].set("spread", "1")
                    stack[-1].remove(element)
            elif depth == 2 and stack and local_name(stack[-1].tag) in _LISTS:
                yield local_name(stack[-1].tag), Item(element)
                stack[-1].remove(element)
    except ParseError as error:
        raise UnreadableFile(
            "file.broken",
            f"The XML is broken: {error}.",
            "Save the file again from the tool that wrote it.",
            place=f"line {error.position[0]}, column {error.position[1] + 1}",
        ) from error
    except DefusedXmlException as error:
        raise UnreadableFile(
            "file.hostile",
            "The XML declares entities or a document type, which no project file needs.",
            "Save the project as XML from MS Project itself.",
        ) from error
    if root is None:
        raise UnreadableFile("file.empty", "The file holds no element.")
    yield "Project", Item(root)
