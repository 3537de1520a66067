"""Organisation, programmes and projects."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.api.auth import AsOf, looking, viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.kit import clock
from watchfloor.kit.errors import NotFound
from watchfloor.portfolio import operations, queries, stages
from watchfloor.portfolio.queries import OrganisationRecord, PartyRecord, ProgrammeRecord, ProjectRecord

router = Router(tags=["portfolio"])


class OrganisationIn(Schema):
    name: str
    currency: str
    time_zone: str
    country: str = ""
    tolerances: dict[str, float] | None = None


class ProgrammeIn(Schema):
    code: str
    name: str
    parent: str | None = None
    position: int = 0
    tolerances: dict[str, float] | None = None


class ProgrammeChange(Schema):
    """Everything of a programme that can be changed; what is left out keeps its value."""

    name: str | None = None
    position: int | None = None
    tolerances: dict[str, float] | None = None
    fast_mode: bool | None = None  # submissions below accept themselves; null: as above


class PartyIn(Schema):
    code: str
    name: str


class LegalEntityIn(PartyIn):
    country: str = ""
    currency: str = ""


class ProjectFields(Schema):
    """Everything of a project that can be set; what is left out keeps its value."""

    name: str | None = None
    programme_code: str | None = None
    client_code: str | None = None
    legal_entity_code: str | None = None
    time_zone: str | None = None
    country: str | None = None
    region: str | None = None
    currency: str | None = None
    contingency_minor: int | None = None
    cycle: str | None = None
    cut_off_weekday: int | None = None
    grace_days: int | None = None
    committed_finish: date | None = None
    delay_damages_minor: int | None = None  # per calendar day after the committed finish …
    delay_damages_cap_minor: int | None = None  # … and at most in all
    fast_mode: bool | None = None  # null: as the programme says
    tolerances: dict[str, float] | None = None


class ProjectIn(ProjectFields):
    code: str
    name: str
    programme_code: str
    stage: str = "active"


class ProjectChange(ProjectFields):
    expected_version: int | None = None  # refuse when somebody changed the project since


class StageIn(Schema):
    stage: str
    reason: str = ""
    review_on: date | None = None
    expected_version: int | None = None


class VersionIn(Schema):
    expected_version: int | None = None  # refuse when somebody changed the project since


class NextStage(Schema):
    """A stage that may follow, and what the step takes."""

    stage: str
    needs_reason: bool
    from_above: bool  # takes the permission on the programme


class PastStage(Schema):
    """One step of a project's life."""

    stage: str
    reason: str
    review_on: date | None
    since: datetime
    by: str
    is_taken_back: bool


class Life(Schema):
    """The stages a project has been in, oldest first, and those that may follow."""

    history: list[PastStage]
    next: list[NextStage]


@router.get("/organisation", response=responses(OrganisationRecord))
def read_organisation(request: HttpRequest) -> Any:
    """The organisation of this installation."""
    found = queries.organisation()
    if found is None:
        raise NotFound("The organisation was not set up yet.", remedy="PUT /organisation, or load the sample.")
    return found


@router.put("/organisation", response=responses(OrganisationRecord))
def set_up_organisation(request: HttpRequest, body: OrganisationIn) -> Any:
    """Name the organisation and its reporting currency."""
    return operations.set_up_organisation(viewer(request), now=clock.now(), **body.dict())


@router.get("/programmes", response=responses(Page[ProgrammeRecord]))
def list_programmes(request: HttpRequest, limit: Limit = 50, offset: Offset = 0, *, as_of: AsOf = None) -> Any:
    """Programmes with something in them that the caller may see."""
    return page(queries.programmes(looking(request, as_of)), limit=limit, offset=offset)


@router.post("/programmes", response=responses(ProgrammeRecord, status=201))
def create_programme(request: HttpRequest, body: ProgrammeIn) -> Any:
    """Make a programme, on top or under another one."""
    return Status(201, operations.create_programme(viewer(request), now=clock.now(), **body.dict()))


@router.get("/programmes/{code}", response=responses(ProgrammeRecord))
def read_programme(request: HttpRequest, code: str, *, as_of: AsOf = None) -> Any:
    """One programme."""
    return queries.programme(looking(request, as_of), code)


@router.patch("/programmes/{code}", response=responses(ProgrammeRecord))
def change_programme(request: HttpRequest, code: str, body: ProgrammeChange) -> Any:
    """Change fields of a programme; needs the right to manage all of it."""
    who = viewer(request)
    found = queries.programme(who, code)
    return operations.change_programme(who, found.id, now=clock.now(), **body.dict(exclude_unset=True))


@router.get("/clients", response=responses(Page[PartyRecord]))
def list_clients(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Clients of projects the caller may see."""
    return page(queries.clients(viewer(request)), limit=limit, offset=offset)


@router.post("/clients", response=responses(PartyRecord, status=201))
def create_client(request: HttpRequest, body: PartyIn) -> Any:
    """Make a client."""
    return Status(201, operations.create_client(viewer(request), now=clock.now(), **body.dict()))


@router.get("/legal-entities", response=responses(Page[PartyRecord]))
def list_legal_entities(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Our own companies, as far as the caller sees a project of theirs."""
    return page(queries.legal_entities(viewer(request)), limit=limit, offset=offset)


@router.post("/legal-entities", response=responses(PartyRecord, status=201))
def create_legal_entity(request: HttpRequest, body: LegalEntityIn) -> Any:
    """Make a legal entity."""
    return Status(201, operations.create_legal_entity(viewer(request), now=clock.now(), **body.dict()))


@router.get("/projects", response=responses(Page[ProjectRecord]))
def list_projects(
    request: HttpRequest,
    programme: str | None = None,
    stage: str | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
    *,
    as_of: AsOf = None,
) -> Any:
    """Projects the caller may see, by programme and position."""
    found = queries.projects(looking(request, as_of), programme=programme, stages=None if stage is None else (stage,))
    return page(found, limit=limit, offset=offset)


@router.post("/projects", response=responses(ProjectRecord, status=201))
def create_project(request: HttpRequest, body: ProjectIn) -> Any:
    """Make a project in a programme."""
    return Status(201, operations.create_project(viewer(request), now=clock.now(), **body.dict(exclude_unset=True)))


@router.get("/projects/{code}", response=responses(ProjectRecord))
def read_project(request: HttpRequest, code: str, *, as_of: AsOf = None) -> Any:
    """One project."""
    return queries.project(looking(request, as_of), code)


@router.patch("/projects/{code}", response=responses(ProjectRecord))
def change_project(request: HttpRequest, code: str, body: ProjectChange) -> Any:
    """Change fields of a project; name ``expected_version`` to be refused when somebody else was faster."""
    who = viewer(request)
    project = queries.project(who, code)
    return operations.change_project(who, project.id, now=clock.now(), **body.dict(exclude_unset=True))


@router.put("/projects/{code}/stage", response=responses(ProjectRecord))
def set_stage(request: HttpRequest, code: str, body: StageIn) -> Any:
    """Move a project to another stage of life; ``GET …/stages`` says which may follow and what each takes."""
    who = viewer(request)
    project = queries.project(who, code)
    return operations.set_stage(who, project.id, now=clock.now(), **body.dict())


@router.post("/projects/{code}/stage/reversal", response=responses(ProjectRecord))
def take_back_stage(request: HttpRequest, code: str, body: VersionIn) -> Any:
    """Undo the last change of stage."""
    who = viewer(request)
    project = queries.project(who, code)
    return operations.take_back_stage(who, project.id, now=clock.now(), **body.dict())


@router.get("/projects/{code}/stages", response=responses(Life))
def read_life(request: HttpRequest, code: str) -> Any:
    """Every stage the project has been in, and which may follow."""
    who = viewer(request)
    project = queries.project(who, code)
    return Life(
        history=[PastStage(**asdict(each)) for each in queries.stage_history(who, project.id)],
        next=[
            NextStage(stage=stage, **asdict(stages.step(project.stage, stage)))
            for stage in stages.following(project.stage)
        ],
    )


@router.delete("/projects/{code}", response=responses(None, status=204))
def remove_project(request: HttpRequest, code: str) -> Any:
    """Remove a project with everything that hangs on it; the journal keeps that it existed."""
    who = viewer(request)
    operations.remove_projects(who, [queries.project(who, code).id], now=clock.now())
    return Status(204, None)
