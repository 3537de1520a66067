"""Dimensions as a reader chooses among them: their names, what their values are called, and the colours they get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from watchfloor.forecasts.activity_table import activity_dimensions_of
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.dimensions import Condition, Dimension, value_of
from watchfloor.plans.document import Activity
from watchfloor.plans.notebooks import shown
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web import words

HUES = 8  # colours that can still be told apart; the rest are “others”

_TITLES: Mapping[str, str | Promise] = {
    "wbs": gettext_lazy("WBS"),
    "responsible": gettext_lazy("Responsible"),
    "kind": gettext_lazy("Kind"),
    "progress": gettext_lazy("Progress"),
    "critical": gettext_lazy("Critical path"),
    "account": gettext_lazy("Control account"),
    "programme": gettext_lazy("Programme"),
    "client": gettext_lazy("Client"),
    "entity": gettext_lazy("Legal entity"),
    "stage": gettext_lazy("Stage of life"),
    "country": gettext_lazy("Country"),
    "currency": gettext_lazy("Currency"),
    "manager": gettext_lazy("Project manager"),
    "status": gettext_lazy("Status"),
    "reported": gettext_lazy("Reported status"),
}
_VALUES: Mapping[str, words.Words] = {
    "kind": words.KINDS,
    "stage": words.STAGES,
    "status": words.STATUS,
    "reported": words.STATUS,
    "progress": {
        "not_started": gettext_lazy("Not started"),
        "in_progress": gettext_lazy("In progress"),
        "finished": gettext_lazy("Finished"),
    },
    "critical": {"yes": gettext_lazy("On the critical path"), "no": gettext_lazy("With float")},
}


@dataclass(frozen=True, slots=True)
class Option:
    """One value to choose: what it is called, where choosing it leads, and how many rows carry it."""

    label: str
    href: str
    count: int


@dataclass(frozen=True, slots=True)
class Classified:
    """Codes, fields and notes of one activity in words; ``values`` are (name, value, where its equals are listed)."""

    values: tuple[tuple[str, str, str], ...]
    notebooks: tuple[tuple[str, str], ...]  # topic, words; only to who may read what people wrote for each other


def classified(viewer: Viewer, project: ProjectRecord, activity: Activity) -> Classified:
    """What the plan says of an activity beside its dates, each code and field with its activities one click away."""
    known = {each.id: each for each in activity_dimensions_of(viewer, project.id)}
    carried = [f"code:{key}" for key in activity.codes] + [f"field:{key}" for key in activity.fields]
    values = []
    for name in carried:
        dimension = known.get(name)
        if dimension is not None:
            value = value_of(name, activity)
            asked = urlencode({"show": "all", "where": str(Condition(name, value))})
            values.append((title_of(dimension), said(dimension, value), f"/projects/{project.code}/activities?{asked}"))
    notes = [(note.topic, shown(note)) for note in activity.notebooks]
    if activity.notes:
        notes.append(("", activity.notes))
    return Classified(tuple(values), tuple(notes) if viewer.may("internal.view", project.id) else ())


def title_of(dimension: Dimension) -> str:
    return str(_TITLES.get(dimension.kind, dimension.title))


def said(dimension: Dimension, value: str) -> str:
    """A value as the reader knows it."""
    if not value:
        return _("none")
    table = _VALUES.get(dimension.kind)
    return words.word(table, value) if table is not None else dimension.label(value)


def options_of(dimensions: Sequence[Dimension]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Dimensions by what they are, each with its id and name, for a list to choose from."""
    parts: dict[str, list[tuple[str, str]]] = {_("What it is"): [], _("Codes"): [], _("Fields"): []}
    names = list(parts)
    for each in dimensions:
        part = names[1] if each.kind == "code" else names[2] if each.kind == "field" else names[0]
        parts[part].append((each.id, title_of(each)))
    return [(name, rows) for name, rows in parts.items() if rows]


def colours_of(dimension: Dimension, counts: Sequence[tuple[str, int]]) -> dict[str, int]:
    """A colour per value, 1 to 8, for those that most rows carry; rows without a value have none."""
    frequent = sorted((each for each in counts if each[0]), key=lambda each: -each[1])[:HUES]
    kept = {value for value, _count in frequent}
    # In the order of the dimension, so that a colour stays while the counts change a little.
    return {value: number for number, value in enumerate((v for v, _count in counts if v in kept), start=1)}
