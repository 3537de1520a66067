"""The parts of pages that refresh themselves: name → template, context, and the facts that touch them.

A page includes the very template that is refetched, so a refetched part always equals a reload. Fragments are rendered
without a request and shared between viewers that may see the same, unless ``personal``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from watchfloor.journal.queries import FactRecord
from watchfloor.kit.viewer import Viewer

Context = Callable[[Viewer, str | None], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Fragment:
    """One kind of live part.

    ``context(viewer, key)`` is None when there is no such thing for this viewer, missing or forbidden alike; ``key`` is
    what follows the colon of the name (``tile:HB-12``). ``touched_by(fact)`` gives the full names a fact may change.
    ``personal`` parts differ between viewers that may see the same, and are rendered for each.
    """

    template: str
    context: Context
    touched_by: Callable[[FactRecord], Iterable[str]]
    personal: bool = False


FRAGMENTS: dict[str, Fragment] = {}


def touched(fact: FactRecord) -> tuple[str, ...]:
    """Names of all live parts that the fact may change, each once, in the order of the registry."""
    return tuple(dict.fromkeys(name for fragment in FRAGMENTS.values() for name in fragment.touched_by(fact)))


def find(name: str) -> tuple[Fragment, str | None] | None:
    """The kind and key a full name stands for; None for an unknown kind."""
    kind, colon, key = name.partition(":")
    fragment = FRAGMENTS.get(kind)
    return (fragment, key if colon else None) if fragment is not None else None
