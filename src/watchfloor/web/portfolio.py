"""The portfolio table: one row per project, filtered and sorted by what stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from watchfloor.accounts.queries import managers_of
from watchfloor.detection import queries as detection
from watchfloor.detection.portfolio_groups import (
    DividedPortfolio,
    PortfolioChoice,
    ProjectGroup,
    ProjectsRollUp,
    Standing,
    divided_portfolio,
    standings,
)
from watchfloor.drawing.bubbles import Bubble, bubbles
from watchfloor.forecasts import queries as forecasts
from watchfloor.forecasts.records import ForecastRecord
from watchfloor.kit import clock
from watchfloor.kit.viewer import Viewer
from watchfloor.money.queries import rates_on
from watchfloor.plans import period_queries as periods
from watchfloor.plans.dimensions import Condition
from watchfloor.plans.period_records import SubmissionRecord
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import ProjectRecord
from watchfloor.web.activities import FACETS
from watchfloor.web.dimensions import Option, options_of, said, title_of
from watchfloor.web.words import STAGES

_ORDER = {"crit": 0, "risk": 1, "watch": 2, "stale": 3, "on": 4, "none": 5, "off": 6}
_SPARK_POINTS = 13
PAGE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One project with what drives its place in the list."""

    project: ProjectRecord
    display: str
    last_display: str  # what a stale status replaced
    reported: str
    reported_at: datetime | None
    forecast: ForecastRecord | None
    manager: str
    spark: Sequence[float | None]

    @property
    def eac_share(self) -> float | None:
        """EAC over budget as a share of the budget."""
        record = self.forecast
        if record is None or record.eac_minor is None or not record.budget_minor:
            return None
        return (record.eac_minor - record.budget_minor) / record.budget_minor


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose, as it stands in the address."""

    search: str = ""
    programme: str = ""
    status: str = ""
    stage: str = "watched"
    sort: str = "status"
    groups: PortfolioChoice = field(default_factory=PortfolioChoice)
    facet: str = ""  # dimension whose values are offered to filter by
    view: str = ""  # empty: the table; ``bubbles``

    @classmethod
    def of(cls, values: QueryDict) -> Choice:
        sort = values.get("sort", "status")
        return cls(
            search=values.get("q", "").strip()[:100],
            programme=values.get("programme", ""),
            status=values.get("status", ""),
            stage=values.get("stage", "watched"),
            sort=sort if sort.lstrip("-") in _SORTS else "status",
            groups=PortfolioChoice(
                tuple(each for each in values.getlist("where") if each), values.get("by", ""), values.get("then", "")
            ),
            facet=values.get("facet", ""),
            view="bubbles" if values.get("view") == "bubbles" else "",
        )

    def href(self, path: str = "/portfolio", *, view: str | None = None, **changes: Any) -> str:
        """The address of this choice with its view, groups or conditions changed; what is as usual is left out."""
        groups = replace(self.groups, **changes)
        pairs = [
            ("q", self.search),
            ("programme", self.programme),
            ("status", self.status),
            ("stage", "" if self.stage == "watched" else self.stage),
            ("sort", "" if self.sort == "status" else self.sort),
            *(("where", each) for each in groups.where),
            ("by", groups.by),
            ("then", groups.then if groups.by else ""),
            ("view", self.view if view is None else view),
        ]
        asked = urlencode([(name, value) for name, value in pairs if value])
        return f"{path}?{asked}" if asked else path


def rows_of(viewer: Viewer, projects: Sequence[ProjectRecord]) -> list[Row]:
    """Rows of some projects; a fixed number of queries, however many."""
    ids = [project.id for project in projects]
    statuses = detection.statuses(viewer, ids)
    newest = forecasts.latest(viewer, ids)
    said = periods.latest_submissions(ids, at=viewer.as_of)
    slips = forecasts.histories(viewer, ids, "slip_days", _SPARK_POINTS)
    managers = managers_of(ids) if viewer.as_of is None else {}
    return [
        _row(
            project,
            status=statuses.get(project.id),
            record=newest.get(project.id),
            said=said.get(project.id),
            slips=slips.get(project.id, ()),
            manager=managers[project.id].full_name if project.id in managers else "",
        )
        for project in projects
    ]


def _row(
    project: ProjectRecord,
    *,
    status: detection.StatusRecord | None,
    record: ForecastRecord | None,
    said: SubmissionRecord | None,
    slips: Sequence[tuple[datetime, float | None]],
    manager: str,
) -> Row:
    display = "off" if not project.is_watched else status.display if status else "none"
    return Row(
        project=project,
        display=display,
        last_display=status.last_display if status and status.is_stale else "",
        reported=said.overall if said else "",
        reported_at=said.submitted_at if said else None,
        forecast=record,
        manager=manager,
        spark=[value for _at, value in slips],
    )


def table(viewer: Viewer, choice: Choice) -> Mapping[str, Any]:
    """The rows the choice leaves, in its order, and what the filters offer."""
    everything = portfolio.projects(viewer)
    kept = [project for project in everything if _matches(project, choice)]
    found = [row for row in rows_of(viewer, kept) if choice.status in ("", row.display)]
    divided = _divided(viewer, found, choice)
    left = {each.project.id for each in divided.standings}
    rows = [row for row in found if row.project.id in left]
    rows.sort(key=lambda row: (_ORDER[row.display], -_slip(row)))
    name = choice.sort.lstrip("-")
    known = [row for row in rows if _SORTS[name](row) is not None]
    known.sort(key=_SORTS[name], reverse=choice.sort.startswith("-"))
    rows = known + [row for row in rows if _SORTS[name](row) is None]
    return {
        "rows": rows[:PAGE_ROWS],
        "row_count": len(rows),
        "total": len(everything),
        "choice": choice,
        "programmes": portfolio.programmes(viewer),
        "stages": tuple(STAGES.items()),
        "statuses": ("crit", "risk", "watch", "stale", "on"),
        "columns": _columns(choice.sort),
        "views": [
            (_("Table"), choice.href(view=""), ""),
            (_("Slip against cost"), choice.href(view="bubbles"), "bubbles"),
        ],
        **(_bubbles(viewer, rows) if choice.view else {}),
        **_group_context(divided, choice),
    }


def _bubbles(viewer: Viewer, rows: Sequence[Row]) -> dict[str, Any]:
    """Projects by slip and by cost over budget, with what can be read off them; those without either are counted."""
    known = [row for row in rows if row.eac_share is not None and row.forecast and row.forecast.slip_days is not None]
    weights = _weights(viewer, known)
    drawn = [
        Bubble(
            row.project.code,
            row.project.name,
            row.display,
            _slip(row),
            row.eac_share or 0.0,
            weights[row.project.id],
            f"/projects/{quote(row.project.code, safe='')}",
        )
        for row in known
    ]
    both = sum(each.late_days > 0 and each.over_share > 0 for each in drawn)
    words = ngettext(
        "%(both)d of %(all)d is later than its baseline and dearer than its budget.",
        "%(both)d of %(all)d are later than their baseline and dearer than their budget.",
        len(drawn),
    ) % {"both": both, "all": len(drawn)}
    picture = bubbles(
        drawn,
        late=_("later than the baseline"),
        over=_("dearer than the budget"),
        title=words,
        language=viewer.language,
    )
    return {"bubbles": picture if drawn else "", "bubble_words": words, "bubble_left_out": len(rows) - len(drawn)}


def _weights(viewer: Viewer, rows: Sequence[Row]) -> dict[int, float]:
    """Each budget as a share of the largest, in the organisation's currency; of one without a rate a small one."""
    home = portfolio.organisation()
    quote_currency = home.currency if home is not None else "EUR"
    currencies = {row.forecast.currency for row in rows if row.forecast is not None}
    rates = rates_on(currencies, quote_currency, (viewer.as_of or clock.now()).date())
    amounts = {
        row.project.id: row.forecast.budget_minor * rates[row.forecast.currency]
        for row in rows
        if row.forecast is not None and row.forecast.budget_minor and row.forecast.currency in rates
    }
    most = max(amounts.values(), default=Decimal(1)) or Decimal(1)
    return {row.project.id: float(amounts.get(row.project.id, Decimal(0)) / most) for row in rows}


def divided(viewer: Viewer, choice: Choice) -> DividedPortfolio:
    """The same projects in their groups, for what is no page."""
    kept = [project for project in portfolio.projects(viewer) if _matches(project, choice)]
    found = [each for each in standings(viewer, kept) if choice.status in ("", each.display)]
    return divided_portfolio(viewer, found, choice.groups)


def _divided(viewer: Viewer, rows: Sequence[Row], choice: Choice) -> DividedPortfolio:
    standing = [Standing(row.project, row.display, row.reported, row.manager) for row in rows]
    return divided_portfolio(viewer, standing, choice.groups, also=(choice.facet,))


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group as the table shows it."""

    title: str
    href: str
    level: int
    roll_up: ProjectsRollUp


def _group_context(divided: DividedPortfolio, choice: Choice) -> dict[str, Any]:
    """What the table shows of groups and conditions, with the addresses that change them."""
    groups = []
    for group in divided.groups:
        groups.append(_group_row(group, 1, divided, choice))
        groups.extend(_group_row(each, 2, divided, choice) for each in group.groups)
    facet = next((each for each in divided.dimensions if each.id == choice.facet), None)
    where = choice.groups.where
    known = {each.id: each for each in divided.dimensions}
    return {
        "options": options_of(divided.dimensions),
        "groups": groups,
        "sum": divided.total,
        "by_title": title_of(divided.by) if divided.by is not None else "",
        "conditions": [
            (
                f"{title_of(known[each.dimension])}: {said(known[each.dimension], each.value)}",
                choice.href(where=tuple(text for text in where if text != str(each))),
            )
            for each in divided.conditions
        ],
        "facets": {
            "title": title_of(facet),
            "values": [
                Option(said(facet, value), choice.href(where=(*where, str(Condition(facet.id, value)))), count)
                for value, count in divided.counts(facet)[:FACETS]
            ],
            "left_out": max(0, len(divided.counts(facet)) - FACETS),
        }
        if facet is not None
        else None,
        "clear_href": "/portfolio",
        "exports": [(kind.upper(), choice.href(f"/portfolio.{kind}")) for kind in ("csv", "xlsx")],
    }


def _group_row(group: ProjectGroup, level: int, divided: DividedPortfolio, choice: Choice) -> GroupRow:
    dimension = divided.by if level == 1 else divided.then
    assert dimension is not None
    levels = [each for each in (divided.by, divided.then) if each is not None]
    added = [str(Condition(each.id, value)) for each, value in zip(levels, group.values, strict=False)]
    if len(levels) > 1 and levels[0].id == levels[1].id:
        added = added[-1:]  # of one tree twice, the lower value says it all
    where = tuple(dict.fromkeys((*choice.groups.where, *added)))
    return GroupRow(said(dimension, group.values[-1]), choice.href(where=where, by="", then=""), level, group.roll_up)


def row(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    if key is None or not key.isdigit():
        return None
    return {"row": rows_of(viewer, (portfolio.project_by_id(viewer, int(key)),))[0]}


def _matches(project: ProjectRecord, choice: Choice) -> bool:
    if choice.programme and project.programme_code != choice.programme:
        return False
    if choice.stage == "watched" and not project.is_watched:
        return False
    if choice.stage not in ("", "all", "watched") and project.stage != choice.stage:
        return False
    words = f"{project.code} {project.name} {project.programme_name} {project.client_name}".lower()
    return all(word in words for word in choice.search.lower().split())


def _slip(row: Row) -> float:
    return row.forecast.slip_days or 0.0 if row.forecast else 0.0


def _of_forecast(read: Callable[[ForecastRecord], Any]) -> Callable[[Row], Any]:
    """A sort key that reads the forecast; without one the row goes last."""

    def key(row: Row) -> Any:
        return read(row.forecast) if row.forecast is not None else None

    return key


_SORTS: Mapping[str, Callable[[Row], Any]] = {
    "status": lambda row: _ORDER[row.display],
    "reported": lambda row: _ORDER.get(row.reported, 9),
    "project": lambda row: row.project.code,
    "programme": lambda row: row.project.programme_name,
    "plan": _of_forecast(lambda record: record.plan_finish),
    "schedule": _of_forecast(lambda record: record.schedule_finish),
    "likely": _of_forecast(lambda record: record.p50_finish),
    "sure": _of_forecast(lambda record: record.p80_finish),
    "slip": _of_forecast(lambda record: record.slip_days),
    "float": _of_forecast(lambda record: record.total_float_days),
    "cpi": _of_forecast(lambda record: record.value("cpi")),
    "eac": lambda row: row.eac_share,
    "fresh": lambda row: row.reported_at,
}


def _columns(sort: str) -> list[dict[str, str]]:
    """Headings with the address that sorts by each; figures start with the largest."""
    titles = (
        ("status", _("Status"), ""),
        ("reported", _("Reported"), ""),
        ("project", _("Project"), ""),
        ("programme", _("Programme"), ""),
        ("plan", _("Plan"), "num"),
        ("schedule", _("Schedule"), "num"),
        ("likely", _("Likely"), "num"),
        ("sure", _("80 %"), "num"),
        ("slip", _("± days"), "num"),
        ("float", _("Float"), "num"),
        ("cpi", _("CPI"), "num"),
        ("eac", _("EAC ±"), "num"),
        ("fresh", _("Reported"), "num"),
    )
    big_first = {"slip", "eac", "fresh"}
    columns = []
    for code, title, look in titles:
        first = f"-{code}" if code in big_first else code
        other = code if first.startswith("-") else f"-{code}"
        now = sort if sort.lstrip("-") == code else ""
        columns.append(
            {
                "title": title,
                "look": look,
                "sort": other if now == first else first,
                "aria": ("descending" if now.startswith("-") else "ascending") if now else "",
            }
        )
    columns[-1]["title"] = _("Last report")
    return columns
