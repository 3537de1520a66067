"""Removing the sample: its projects, programmes, parties and accounts; the journal keeps that they existed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.accounts import operations as accounts
from watchfloor.journal import queries as journal
from watchfloor.journal.operations import append
from watchfloor.kit.errors import NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

ORIGIN = "sample"
_STATE_KINDS = ("sample.loaded", "sample.ticked", "sample.removed")


@dataclass(frozen=True, slots=True)
class SampleState:
    """The sample that is loaded, and the day it has been advanced to."""

    seed: int
    as_of: date
    size: str
    today: date


def state() -> SampleState | None:
    """What is loaded and whole; None without a sample, or with one whose load broke off."""
    loaded: journal.FactRecord | None = None
    today: date | None = None
    for fact in journal.facts(SYSTEM, kinds=_STATE_KINDS, newest_first=True, limit=2_000):
        if fact.kind == "sample.removed":
            return None
        if fact.kind == "sample.ticked" and today is None:
            today = date.fromisoformat(str(fact.data["today"]))
        if fact.kind == "sample.loaded":
            loaded = fact
            break
    if loaded is None:
        return None
    as_of = date.fromisoformat(str(loaded.data["as_of"]))
    return SampleState(int(loaded.data["seed"]), as_of, str(loaded.data["size"]), today or as_of)


def is_whole() -> bool:
    """Whether a load came to its end and its sample was not removed since."""
    return state() is not None and is_here()


def is_here() -> bool:
    """Whether anything of a sample exists."""
    projects = portfolio_queries.projects(SYSTEM)
    programmes = portfolio_queries.programmes(SYSTEM)
    return any(project.origin == ORIGIN for project in projects) or any(each.origin == ORIGIN for each in programmes)


def remove(viewer: Viewer, *, now: datetime) -> None:
    """Take the sample out again.

    Raises:
        NotAllowed: only who manages the sample may.
        NotFound: there is none.
    """
    if not viewer.may("sample.manage"):
        raise NotAllowed(_("Only an administrator may remove the sample organisation."))
    if not is_here():
        raise NotFound(_("No sample organisation is loaded."))
    clear(now=now, viewer=viewer)


@transaction.atomic
def clear(*, now: datetime, viewer: Viewer = SYSTEM) -> None:
    """Remove whatever of a sample is here, whole or not."""
    actor = viewer if viewer.may("project.manage") and viewer.may("user.manage") else SYSTEM
    portfolio.remove_origin(actor, ORIGIN, now=now)
    accounts.remove_users(actor, ORIGIN, now=now)
    append("sample.removed", viewer=viewer, now=now)
