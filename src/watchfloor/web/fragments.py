"""The parts of pages that refresh themselves: name → template, context, and the facts that touch them.

A page includes the very template that is refetched, so a refetched part always equals a reload. Fragments are rendered
without a request and shared between viewers that may see the same, unless ``personal``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from watchfloor.journal.queries import FactRecord
from watchfloor.kit.viewer import Viewer
from watchfloor.web import floor, importing, inbox, portfolio, project, submissions
from watchfloor.web.happenings import HAPPENINGS

# str.isdigit() also takes signs that int() refuses, and a name may be thousands of letters long.
_ID = re.compile(r"[0-9]{1,18}")
Context = Callable[[Viewer, str | None], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Fragment:
    """One kind of live part.

    ``context(viewer, key)`` is None when there is no such thing for this viewer, missing or forbidden alike; ``key`` is
    what follows the colon of the name (``tile:12``). ``touched_by(fact)`` gives the full names a fact may change.
    ``personal`` parts differ between viewers that may see the same, and are rendered for each.
    """

    template: str
    context: Context
    touched_by: Callable[[FactRecord], Iterable[str]]
    personal: bool = False


def _on(name: str, *kinds: str) -> Callable[[FactRecord], Iterable[str]]:
    """The part has no key and may change with facts of these kinds; a kind ending in a dot stands for all below it."""
    return lambda fact: (name,) if _is(fact, kinds) else ()


def _per_project(name: str, *kinds: str) -> Callable[[FactRecord], Iterable[str]]:
    """One part per project, touched by facts of its own."""

    def touched_by(fact: FactRecord) -> Iterable[str]:
        return (f"{name}:{fact.project_id}",) if fact.project_id is not None and _is(fact, kinds) else ()

    return touched_by


def _is(fact: FactRecord, kinds: tuple[str, ...]) -> bool:
    return any(fact.kind.startswith(kind) if kind.endswith(".") else fact.kind == kind for kind in kinds)


def _per_subject(name: str, subject_kind: str, *kinds: str) -> Callable[[FactRecord], Iterable[str]]:
    """One part per alert or import, touched by facts about it."""

    def touched_by(fact: FactRecord) -> Iterable[str]:
        about = fact.subject_kind == subject_kind and fact.subject_id is not None and _is(fact, kinds)
        return (f"{name}:{fact.subject_id}",) if about else ()

    return touched_by


def _per_period(name: str) -> Callable[[FactRecord], Iterable[str]]:
    """One part per status period, touched by facts about it or its submission."""

    def touched_by(fact: FactRecord) -> Iterable[str]:
        if not _is(fact, ("submission.", "period.")):
            return ()
        period_id = fact.subject_id if fact.subject_kind == "period" else fact.data.get("period")
        # The board itself waits behind "something changed": rows never move under somebody's hand.
        return (f"{name}:{period_id}", "submissions") if period_id is not None else ()

    return touched_by


_SHOWN = ("forecast.issued", "status.changed", "stage.changed", "project.changed")
_TREE = ("project.created", "project.removed", "programme.", "stage.changed", "sample.")
FRAGMENTS: dict[str, Fragment] = {
    "tile": Fragment("parts/tile.html", floor.tile, _per_project("tile", *_SHOWN)),
    "mosaic": Fragment("parts/mosaic.html", floor.mosaic, _on("mosaic", *_TREE, "organisation.changed")),
    "ledger": Fragment("parts/ledger.html", floor.ledger, _on("ledger", "status.changed", "day.turned", *_TREE)),
    "indices": Fragment(
        "parts/indices.html", floor.indices, _on("indices", "forecast.issued", "baseline.approved", *_TREE)
    ),
    "needs": Fragment("parts/needs.html", floor.needs, _on("needs", "alert.", *_TREE)),
    "nav": Fragment("parts/nav_alerts.html", floor.nav, _on("nav", "alert.", *_TREE)),
    "milestones": Fragment(
        "parts/milestones.html", floor.milestones, _on("milestones", "forecast.issued", "day.turned", *_TREE)
    ),
    "board": Fragment(
        "parts/milestone_board.html", floor.milestone_board, _on("board", "forecast.issued", "day.turned", *_TREE)
    ),
    "changed": Fragment("parts/changed.html", floor.changed, _on("changed", *HAPPENINGS)),
    "freshness": Fragment("parts/freshness.html", floor.freshness, _on("freshness", "status.changed", "feed.", *_TREE)),
    "row": Fragment("parts/row.html", portfolio.row, _per_project("row", *_SHOWN, "submission.")),
    "head": Fragment("parts/project_status.html", project.head_part, _per_project("head", *_SHOWN, "submission.")),
    "project": Fragment(
        "parts/project.html",
        project.overview_part,
        _per_project("project", *_SHOWN, "submission.", "finding.", "alert.", "plan.revised", "baseline."),
    ),
    "alert": Fragment("parts/alert.html", inbox.alert_part, _per_subject("alert", "alert", "alert.")),
    # What may be decided on differs between people who may see the same: nobody decides on their own.
    "asks": Fragment("parts/nav_asks.html", submissions.asks, _on("asks", "submission.", "period."), personal=True),
    "report": Fragment("parts/report_row.html", submissions.row_part, _per_period("report"), personal=True),
    "period": Fragment("parts/period.html", submissions.period_part, _per_period("period"), personal=True),
    # An import and a loading are told to whoever started them.
    "import": Fragment("parts/import.html", importing.part, _per_subject("import", "import", "import."), personal=True),
    "given": Fragment("parts/given.html", importing.given, _per_subject("given", "import", "import."), personal=True),
    "sample": Fragment(
        "parts/sample.html", floor.sample_progress, _on("sample", "sample.", "project.created"), personal=True
    ),
}


def touched(fact: FactRecord) -> tuple[str, ...]:
    """Names of all live parts that the fact may change, each once, in the order of the registry."""
    return tuple(dict.fromkeys(name for fragment in FRAGMENTS.values() for name in fragment.touched_by(fact)))


def find(name: str) -> tuple[Fragment, str | None] | None:
    """The kind and key a full name stands for; None for an unknown kind, or a key that can be nobody's id."""
    kind, colon, key = name.partition(":")
    fragment = FRAGMENTS.get(kind)
    if fragment is None or (colon and _ID.fullmatch(key) is None):
        return None
    return fragment, key if colon else None
