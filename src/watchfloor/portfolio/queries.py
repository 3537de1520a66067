"""Reading the portfolio tree, cut to what the viewer may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from watchfloor.journal.queries import FactRecord, facts
from watchfloor.journal.versions import as_it_was, earlier, rewound
from watchfloor.kit.discretion import discreet
from watchfloor.kit.errors import NotFound, NotYet
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio.models import WATCHED_STAGES, Client, LegalEntity, Organisation, Programme, Project, Stage
from watchfloor.portfolio.tolerances import Tolerances, resolve

_MAX_STAGES = 1_000  # steps of one project's life


@dataclass(frozen=True, slots=True)
class OrganisationRecord:
    """The organisation of this installation; ``currency`` is the one it reports in."""

    id: int
    name: str
    currency: str
    time_zone: str
    country: str
    tolerances: Mapping[str, Any]  # overrides only


@dataclass(frozen=True, slots=True)
class ProgrammeRecord:
    id: int
    code: str
    name: str
    parent_id: int | None
    position: int
    tolerances: Mapping[str, Any]  # overrides only
    origin: str
    fast_mode: bool | None = None  # none: as the programme above says


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """A client or a legal entity."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """One project as a node of the portfolio; its plan lives in ``plans``. ``version`` guards concurrent edits."""

    id: int
    code: str
    name: str
    programme_id: int
    programme_code: str
    programme_name: str
    client_name: str
    legal_entity_name: str
    stage: str
    is_watched: bool
    hold_reason: str
    review_on: date | None
    time_zone: str
    country: str
    region: str
    currency: str
    contingency_minor: int | None
    cycle: str
    cut_off_weekday: int
    grace_days: int
    committed_finish: date | None
    delay_damages_minor: int | None  # owed per calendar day after it
    delay_damages_cap_minor: int | None
    version: int
    origin: str
    tolerances: Tolerances  # defaults with every override above and on the project
    tolerance_overrides: Mapping[str, Any]  # of the project alone
    client_code: str
    legal_entity_code: str
    position: int
    created_at: datetime
    fast_mode: bool  # submissions whose checks all pass are accepted by themselves
    fast_mode_own: bool | None  # of the project alone; none: as its programme says


@dataclass(frozen=True, slots=True)
class StageRecord:
    """One step of a project's life: since when, by whom and why it is (or was) in the stage."""

    stage: str
    reason: str
    review_on: date | None
    since: datetime
    by: str
    is_taken_back: bool  # this step undid the one before


def organisation() -> OrganisationRecord | None:
    """The organisation, or None before it was set up. Its name and currency are no secret to whoever is signed in."""
    row = Organisation.objects.order_by("id").first()
    if row is None:
        return None
    return OrganisationRecord(row.pk, row.name, row.currency, row.time_zone, row.country, row.tolerances)


def programmes(viewer: Viewer) -> tuple[ProgrammeRecord, ...]:
    """Programmes with something for the viewer in them, and those above such; all when the viewer sees everything."""
    rows = {row.pk: row for row in Programme.objects.order_by("position", "code")}
    if viewer.as_of is not None:
        then = {row.pk: row for row in rewound("programme", rows.values(), viewer.as_of)}
        rows = dict(sorted(then.items(), key=lambda item: (item[1].position, item[1].code)))
    visible = viewer.project_ids()
    if visible is None:
        return tuple(programme_record(row) for row in rows.values())
    kept = {pk for pk in rows if viewer.may_in_programme("project.view", pk)}
    kept.update(row.programme_id for row in _then(viewer, Project.objects.filter(pk__in=visible)))
    for pk in kept & rows.keys():
        kept.update(ancestors(rows, pk))
    return tuple(programme_record(row) for pk, row in rows.items() if pk in kept)


def programme(viewer: Viewer, code: str) -> ProgrammeRecord:
    """One programme.

    Raises:
        NotFound: it does not exist, or nothing in it is the viewer's to see.
    """
    for record in programmes(viewer):
        if record.code == code:
            return record
    raise NotFound(_("There is no such programme."))


def projects(
    viewer: Viewer, *, programme: str | None = None, stages: Collection[str] | None = None
) -> tuple[ProjectRecord, ...]:
    """Every project the viewer may see, by programme position, then own position. Three SQL queries, however many."""
    rows = Project.objects.select_related("client", "legal_entity")
    visible = viewer.project_ids()
    if visible is not None:
        rows = rows.filter(pk__in=visible)
    if viewer.as_of is None:
        if stages is not None:
            rows = rows.filter(stage__in=stages)
        if programme is not None:
            rows = rows.filter(programme__code=programme)
    tree = _tree(viewer)
    records = [
        record
        for record in (discreet(viewer, row.pk, _record(row, tree)) for row in _then(viewer, rows))
        if (stages is None or record.stage in stages) and (programme is None or record.programme_code == programme)
    ]
    order = {pk: (row.position, row.code) for pk, row in tree.programmes.items()}
    return tuple(sorted(records, key=lambda each: (order[each.programme_id], each.position, each.code)))


def project(viewer: Viewer, code: str) -> ProjectRecord:
    """One project by its code.

    Raises:
        NotFound: it does not exist, or is not the viewer's to see.
    """
    return _one(viewer, code=code)


def project_by_id(viewer: Viewer, pk: int) -> ProjectRecord:
    """One project by its id; raises ``NotFound`` like :func:`project`."""
    return _one(viewer, pk=pk)


def projects_by_id(viewer: Viewer, ids: Collection[int]) -> dict[int, ProjectRecord]:
    """Those of the projects that the viewer may see."""
    visible = viewer.project_ids()
    wanted = set(ids) if visible is None else set(ids) & visible
    rows = Project.objects.select_related("client", "legal_entity").filter(pk__in=wanted)
    tree = _tree(viewer)
    return {row.pk: discreet(viewer, row.pk, _record(row, tree)) for row in _then(viewer, rows)}


def stage_history(viewer: Viewer, project_id: int) -> tuple[StageRecord, ...]:
    """Every stage the project has been in, oldest first, as the journal tells it.

    Raises:
        NotFound: it does not exist, or is not the viewer's to see.
    """
    _one(viewer, pk=project_id)
    kinds = ("project.created", "stage.changed")
    rows = facts(viewer, project_id=project_id, kinds=kinds, newest_first=True, limit=_MAX_STAGES)
    return tuple(_stage_record(row) for row in reversed(rows))


def watched_since(project_id: int) -> datetime | None:
    """When the project last came (back) under watch by a change of stage; None if it is watched from its beginning."""
    rows = facts(SYSTEM, project_id=project_id, kinds=("stage.changed",), newest_first=True, limit=_MAX_STAGES)
    for row in rows:
        if row.data.get("after") in WATCHED_STAGES and row.data.get("before") not in WATCHED_STAGES:
            return row.recorded_at
    return None


def clients(viewer: Viewer) -> tuple[PartyRecord, ...]:
    """Clients the viewer may choose from or sees on a project."""
    rows = Client.objects.order_by("name")
    visible = viewer.project_ids()
    if visible is not None:
        rows = rows.filter(Q(project__in=visible) | Q(pk__in=_reached(viewer.clients))).distinct()
    return tuple(PartyRecord(row.pk, row.code, row.name) for row in rows)


def legal_entities(viewer: Viewer) -> tuple[PartyRecord, ...]:
    """Our own companies, as far as the viewer sees a project of theirs."""
    rows = LegalEntity.objects.order_by("name")
    visible = viewer.project_ids()
    if visible is not None:
        rows = rows.filter(Q(project__in=visible) | Q(pk__in=_reached(viewer.legal_entities))).distinct()
    return tuple(PartyRecord(row.pk, row.code, row.name) for row in rows)


def client(viewer: Viewer, code: str) -> PartyRecord:
    """One client of :func:`clients` by its code.

    Raises:
        NotFound: it does not exist, or is not the viewer's to see.
    """
    return _party(clients(viewer), code, _("There is no such client."))


def legal_entity(viewer: Viewer, code: str) -> PartyRecord:
    """One of our companies by its code; raises ``NotFound`` like :func:`client`."""
    return _party(legal_entities(viewer), code, _("There is no such legal entity."))


def _party(rows: Iterable[PartyRecord], code: str, missing: str) -> PartyRecord:
    for record in rows:
        if record.code == code:
            return record
    raise NotFound(missing)


def _reached(grants: Mapping[int, frozenset[str]]) -> list[int]:
    """Parties whose projects the viewer may see, also before there is one."""
    return [pk for pk, granted in grants.items() if "project.view" in granted]


def programmes_below(programme_id: int) -> frozenset[int]:
    """Ids of the programme and of all nested in it, for rooms that resolve grants."""
    return programme_branches().get(programme_id, frozenset())


def programme_branches() -> dict[int, frozenset[int]]:
    """Every programme with itself and all nested in it. One SQL query."""
    rows = dict(Programme.objects.values_list("pk", "parent_id"))
    found: dict[int, set[int]] = {pk: set() for pk in rows}
    for pk in rows:
        at: int | None = pk
        while at is not None and at in found and pk not in found[at]:  # a loop in the data ends the walk
            found[at].add(pk)
            at = rows[at]
    return {pk: frozenset(below) for pk, below in found.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a project hangs: everything through which a role may reach it."""

    programme_id: int
    client_id: int | None
    legal_entity_id: int | None


def project_places() -> dict[int, Place]:
    """The place of every project, for rooms that resolve grants."""
    columns = ("pk", "programme_id", "client_id", "legal_entity_id")
    return {pk: Place(*where) for pk, *where in Project.objects.values_list(*columns)}


def ids_by_code(codes: Collection[str]) -> dict[str, int]:
    """Project ids by code, for rooms that resolve links; one query."""
    return dict(Project.objects.filter(code__in=codes).values_list("code", "pk"))


def ids_within(programme_id: int) -> frozenset[int]:
    """Ids of the projects of a programme and of those nested in it, for rooms above; two queries."""
    rows = Project.objects.filter(programme_id__in=programmes_below(programme_id))
    return frozenset(rows.values_list("pk", flat=True))


def programmes_above(project_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """The programmes of each project, the nearest first, up to the top. Two queries."""
    parents = dict(Programme.objects.values_list("pk", "parent_id"))
    of = dict(Project.objects.filter(pk__in=project_ids).values_list("pk", "programme_id"))
    found: dict[int, tuple[int, ...]] = {}
    for pk in project_ids:
        chain: list[int] = []
        at: int | None = of.get(pk)
        while at is not None and at in parents and at not in chain:  # a loop in the data ends the walk
            chain.append(at)
            at = parents[at]
        found[pk] = tuple(chain)
    return found


def ancestors(rows: Mapping[int, Programme], pk: int) -> tuple[int, ...]:
    """Ids of the programmes above one, nearest first; a loop in the data ends the walk."""
    found: list[int] = []
    above = rows[pk].parent_id
    while above is not None and above in rows and above not in found:
        found.append(above)
        above = rows[above].parent_id
    return tuple(found)


def programme_chain(programme_id: int) -> tuple[int, ...]:
    """Ids of a programme and of those above it, nearest first, for rooms whose settings are inherited."""
    rows = {row.pk: row for row in Programme.objects.all()}
    return (programme_id, *ancestors(rows, programme_id))


@dataclass(frozen=True, slots=True)
class _Tree:
    """What every project record needs of the rows above it, read once."""

    programmes: Mapping[int, Programme]
    overrides: Mapping[int, tuple[Mapping[str, Any], ...]]  # programme id → organisation, then programmes downwards
    fast_mode: Mapping[int, bool]  # programme id → what it or the nearest above says


def _tree(viewer: Viewer) -> _Tree:
    rows = {row.pk: row for row in Programme.objects.all()}
    home = Organisation.objects.order_by("id").first()
    if viewer.as_of is not None:
        for pk, told in earlier("programme", viewer.as_of).items():
            if pk in rows and told is not None:
                as_it_was(rows[pk], told)
        home = next(iter(rewound("organisation", () if home is None else (home,), viewer.as_of)), None)
    top = home.tolerances if home is not None else {}
    overrides, fast_mode = {}, {}
    for pk, row in rows.items():
        above = ancestors(rows, pk)
        said = (rows[each].fast_mode for each in (pk, *above))
        fast_mode[pk] = next((each for each in said if each is not None), False)
        chain = [rows[each].tolerances for each in reversed(above)]
        overrides[pk] = (top, *chain, row.tolerances)
    return _Tree(rows, overrides, fast_mode)


def _one(viewer: Viewer, **where: Any) -> ProjectRecord:
    row = Project.objects.select_related("client", "legal_entity").filter(**where).first()
    if row is None or not viewer.may("project.view", row.pk):
        raise NotFound(_("There is no such project."))
    found = _then(viewer, (row,))
    if not found:
        raise NotYet(_("This project did not exist then; it was made later."), remedy=_("Choose a later moment."))
    return discreet(viewer, row.pk, _record(found[0], _tree(viewer)))


def _then(viewer: Viewer, rows: Iterable[Project]) -> Sequence[Project]:
    """The projects as they stood at the moment the viewer looks from, without those made later."""
    if viewer.as_of is None:
        return tuple(rows)
    then = viewer.as_of
    return rewound("project", (row for row in rows if row.created_at <= then), then)


def _stage_record(fact: FactRecord) -> StageRecord:
    data = fact.data
    # A project made before its first stage was told began as what its first change calls "before": active.
    stage = data.get("stage", Stage.ACTIVE) if fact.kind == "project.created" else data["after"]
    day = data.get("review_on")
    return StageRecord(
        stage=str(stage),
        reason=str(data.get("reason", "")),
        review_on=date.fromisoformat(day) if day else None,
        since=fact.recorded_at,
        by=fact.actor_name,
        is_taken_back=bool(data.get("taken_back", False)),
    )


def programme_record(row: Programme) -> ProgrammeRecord:
    return ProgrammeRecord(
        row.pk, row.code, row.name, row.parent_id, row.position, row.tolerances, row.origin, row.fast_mode
    )


def _record(row: Project, tree: _Tree) -> ProjectRecord:
    above = tree.programmes[row.programme_id]
    return ProjectRecord(
        id=row.pk,
        code=row.code,
        name=row.name,
        programme_id=row.programme_id,
        programme_code=above.code,
        programme_name=above.name,
        client_name=row.client.name if row.client else "",
        legal_entity_name=row.legal_entity.name if row.legal_entity else "",
        stage=row.stage,
        is_watched=row.stage in WATCHED_STAGES,
        hold_reason=row.hold_reason,
        review_on=row.review_on,
        time_zone=row.time_zone,
        country=row.country,
        region=row.region,
        currency=row.currency,
        contingency_minor=row.contingency_minor,
        cycle=row.cycle,
        cut_off_weekday=row.cut_off_weekday,
        grace_days=row.grace_days,
        committed_finish=row.committed_finish,
        delay_damages_minor=row.delay_damages_minor,
        delay_damages_cap_minor=row.delay_damages_cap_minor,
        version=row.version,
        origin=row.origin,
        tolerances=resolve(*tree.overrides[row.programme_id], row.tolerances),
        tolerance_overrides=row.tolerances,
        client_code=row.client.code if row.client else "",
        legal_entity_code=row.legal_entity.code if row.legal_entity else "",
        position=row.position,
        created_at=row.created_at,
        fast_mode=tree.fast_mode[row.programme_id] if row.fast_mode is None else row.fast_mode,
        fast_mode_own=row.fast_mode,
    )
