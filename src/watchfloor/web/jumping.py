"""Where a few letters lead: jump codes, projects, their activities, open alerts and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from watchfloor.alerts.queries import open_alerts
from watchfloor.detection import queries as detection
from watchfloor.detection.messages import render
from watchfloor.forecasts import queries as forecasts
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord

SHOWN = 8  # of each kind
LETTERS_MAX = 100
# The letter after a project's code, the tab it leads to, and what that is called. They never change their meaning.
TABS: Sequence[tuple[str, str, str | Promise]] = (
    ("o", "", _lazy("Overview")),
    ("s", "/schedule", _lazy("Schedule")),
    ("a", "/activities", _lazy("Activities")),
    ("c", "/costs", _lazy("Cost")),
    ("h", "/changes", _lazy("Changes")),
    ("q", "/quality", _lazy("Quality")),
    ("r", "/periods", _lazy("Reports")),
    ("b", "/baselines", _lazy("Baselines")),
    ("i", "/interfaces", _lazy("Interfaces")),
    ("m", "/compare", _lazy("Compare")),
)
PAGES: Sequence[tuple[str, str | Promise]] = (
    ("/", _lazy("Watch floor")),
    ("/?tab=milestones", _lazy("Milestones of all projects")),
    ("/wall", _lazy("Wall")),
    ("/alerts", _lazy("Alerts")),
    ("/alerts?show=mine", _lazy("My alerts")),
    ("/incidents", _lazy("Incidents: declare one, or go on")),
    ("/silences", _lazy("Silences")),
    ("/rotas", _lazy("Who is on duty")),
    ("/watch/escalation", _lazy("Escalation policies")),
    ("/watch/playbooks", _lazy("Playbooks")),
    ("/watch/rules", _lazy("Rules of your own")),
    ("/watch/measures", _lazy("Measures of the watch")),
    ("/portfolio", _lazy("Projects")),
    ("/submissions", _lazy("Submissions")),
    ("/imports", _lazy("Import a plan")),
    ("/feeds", _lazy("Feeds")),
    ("/calendars", _lazy("Calendars")),
    ("/account", _lazy("Your account")),
)
# Pages for those who have a permission on all of the organisation.
GUARDED: Sequence[tuple[str, str | Promise, str]] = (
    ("/log", _lazy("What happened"), "journal.view"),
    ("/rates", _lazy("Exchange rates"), "cost.edit"),
    ("/users", _lazy("Users and roles"), "user.manage"),
    ("/settings", _lazy("Organisation"), "user.manage"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go; ``display`` is the status that marks it, if any."""

    href: str
    label: str
    detail: str = ""
    display: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    title: str
    rows: tuple[Place, ...]


def places(viewer: Viewer, text: str) -> tuple[Places, ...]:
    """What the letters may mean, best first; without any the pages. Nothing that the viewer may not see."""
    text = text.strip()[:LETTERS_MAX]
    words = text.lower().split()
    if not words:
        return _grouped([(_("Pages"), _pages(viewer, []))])
    rows = portfolio.projects(viewer)
    statuses = {pk: each.display for pk, each in detection.statuses(viewer, [row.id for row in rows]).items()}
    named = next((row for row in rows if row.code.lower() == words[0]), None)
    found: list[tuple[str, Iterator[Place]]] = []
    if named is not None:
        found.append((f"{named.code} {named.name}", _tabs(named, words[1:])))
        if len(words) > 1:
            found.append((_("Activities"), _activities(viewer, named, " ".join(words[1:]))))
    found.append((_("Projects"), _projects(rows, words, statuses)))
    found.append((_("Alerts"), _alerts(viewer, words)))
    found.append((_("Pages"), _pages(viewer, words)))
    return _grouped(found)


def _grouped(found: Sequence[tuple[str, Iterator[Place]]]) -> tuple[Places, ...]:
    groups = (Places(title, tuple(islice(rows, SHOWN))) for title, rows in found)
    return tuple(each for each in groups if each.rows)


def _tabs(project: ProjectRecord, rest: Sequence[str]) -> Iterator[Place]:
    asked = rest[0] if rest else ""
    for letter, path, words in TABS:
        if asked in ("", letter) or str(words).lower().startswith(asked):
            yield Place(f"/projects/{quote(project.code, safe='')}{path}", str(words), f"{project.code} {letter}")


def _projects(rows: Sequence[ProjectRecord], words: Sequence[str], statuses: Mapping[int, str]) -> Iterator[Place]:
    for row in rows:
        said = f"{row.code} {row.name} {row.programme_name} {row.client_name}".lower()
        if all(word in said for word in words):
            href = f"/projects/{quote(row.code, safe='')}"
            yield Place(href, f"{row.code} {row.name}", row.programme_name, statuses.get(row.id, ""))


def _activities(viewer: Viewer, project: ProjectRecord, text: str) -> Iterator[Place]:
    if len(text) < 2:
        return
    table = forecasts.activity_forecasts(viewer, project.id)
    for key, code, name in zip(table.key, table.code, table.name, strict=True):
        if text in name.lower() or text in code.lower() or text == key.lower():
            href = f"/projects/{quote(project.code, safe='')}/activities/{quote(key, safe='')}"
            yield Place(href, name, code or key)


def _alerts(viewer: Viewer, words: Sequence[str]) -> Iterator[Place]:
    for each in open_alerts(viewer, limit=500):
        headline = render(each.code, each.parameters, language=viewer.language, zone=viewer.time_zone)
        said = f"{each.project_code} {each.project_name} {headline}".lower()
        if all(word in said for word in words):
            yield Place(f"/alerts/{each.id}", headline, each.project_code, each.display)


def _pages(viewer: Viewer, words: Sequence[str]) -> Iterator[Place]:
    open_to = [(href, title) for href, title, permission in GUARDED if viewer.may(permission)]
    for href, title in (*PAGES, *open_to):
        if all(word in str(title).lower() for word in words):
            yield Place(href, str(title))
