"""Changing the portfolio tree. Each function is one transaction and appends what happened to the journal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from watchfloor.journal.operations import append
from watchfloor.journal.versions import keep, taken
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import checks, queries
from watchfloor.portfolio.models import Client, LegalEntity, Organisation, Programme, Project, Stage
from watchfloor.portfolio.queries import OrganisationRecord, PartyRecord, ProgrammeRecord, ProjectRecord
from watchfloor.portfolio.stages import STEPS, Step, step
from watchfloor.portfolio.tolerances import checked as checked_tolerances

_MAX_DEPTH = 8  # nested programmes

# How each plain field of a project is checked on its way in.
_PROJECT_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "code": checks.code,
    "name": lambda value: checks.text(value, "name", 200),
    "position": lambda value: checks.whole(value, "position", 0, 1_000_000),
    "time_zone": checks.time_zone,
    "country": checks.country,
    "region": checks.region,
    "currency": checks.currency,
    "contingency_minor": lambda value: checks.money_minor(value, "contingency_minor"),
    "tolerances": checked_tolerances,
    "cycle": checks.cycle,
    "cut_off_weekday": lambda value: checks.whole(value, "cut_off_weekday", 0, 6),
    "grace_days": lambda value: checks.whole(value, "grace_days", 0, 60),
    "committed_finish": lambda value: checks.day(value, "committed_finish"),
    "delay_damages_minor": lambda value: checks.money_minor(value, "delay_damages_minor"),
    "delay_damages_cap_minor": lambda value: checks.money_minor(value, "delay_damages_cap_minor"),
    "fast_mode": checks.fast_mode,
}
# Whoever is measured by these does not set them: they need the permission on the programme or the organisation. So do
# client and company, since who may see the project follows from them.
_SET_FROM_ABOVE = frozenset(
    {
        "tolerances", "committed_finish", "contingency_minor", "grace_days", "cycle", "code", "client_id",
        "legal_entity_id", "fast_mode", "delay_damages_minor", "delay_damages_cap_minor",
    }
)  # fmt: skip


@transaction.atomic
def set_up_organisation(
    viewer: Viewer,
    *,
    name: str,
    currency: str,
    time_zone: str,
    country: str = "",
    tolerances: Mapping[str, Any] | None = None,
    now: datetime,
) -> OrganisationRecord:
    """Name the organisation, or change it: there is one per installation."""
    _need(viewer.may("project.manage"))
    row = Organisation.objects.select_for_update().order_by("id").first() or Organisation()
    was = taken(row) if row.pk is not None else None
    row.name = checks.text(name, "name", 120)
    row.currency = checks.currency(currency)
    row.time_zone = checks.time_zone(time_zone)
    row.country = checks.country(country)
    if tolerances is not None:
        row.tolerances = checked_tolerances(tolerances)
    row.save()
    keep("organisation", row, was, now=now)
    append("organisation.changed", viewer=viewer, now=now, subject_kind="organisation", subject_id=row.pk)
    record = queries.organisation()
    assert record is not None
    return record


@transaction.atomic
def create_programme(
    viewer: Viewer,
    *,
    code: str,
    name: str,
    parent: str | None = None,
    position: int = 0,
    tolerances: Mapping[str, Any] | None = None,
    origin: str = "",
    now: datetime,
) -> ProgrammeRecord:
    """Make a programme, on top or under another one (named by code)."""
    above = _programme(viewer, parent) if parent is not None else None
    _need(viewer.may_in_programme("project.manage", above.pk if above else None))
    if above is not None and len(queries.ancestors(_programme_rows(), above.pk)) + 2 > _MAX_DEPTH:
        raise Invalid(_("Programmes nest at most %(limit)d deep.") % {"limit": _MAX_DEPTH}, place="parent")
    row = Programme(
        code=checks.code(code),
        name=checks.text(name, "name", 120),
        parent=above,
        position=checks.whole(position, "position", 0, 1_000_000),
        tolerances=checked_tolerances(tolerances or {}),
        origin=origin,
    )
    _insert(row)
    keep("programme", row, None, now=now)
    append(
        "programme.created",
        viewer=viewer,
        now=now,
        subject_kind="programme",
        subject_id=row.pk,
        data={"code": row.code},
    )
    return queries.programme_record(row)


@transaction.atomic
def change_programme(viewer: Viewer, programme_id: int, *, now: datetime, **fields: Any) -> ProgrammeRecord:
    """Change the name, position, tolerances or fast mode of a programme."""
    row = Programme.objects.select_for_update().filter(pk=programme_id).first()
    if row is None or not any(each.id == programme_id for each in queries.programmes(viewer)):
        raise NotFound(_("There is no such programme."))
    _need(viewer.may_in_programme("project.manage", row.pk))
    known: Mapping[str, Callable[[Any], Any]] = {
        "name": lambda value: checks.text(value, "name", 120),
        "position": lambda value: checks.whole(value, "position", 0, 1_000_000),
        "tolerances": checked_tolerances,
        "fast_mode": checks.fast_mode,
    }
    was = taken(row)
    changed = _assign(row, fields, known)
    if changed:
        row.save(update_fields=changed)
        keep("programme", row, was, now=now)
        append(
            "programme.changed",
            viewer=viewer,
            now=now,
            subject_kind="programme",
            subject_id=row.pk,
            data={"fields": changed},
        )
    return queries.programme_record(row)


@transaction.atomic
def create_client(viewer: Viewer, *, code: str, name: str, origin: str = "", now: datetime) -> PartyRecord:
    """Make a client that projects can be for."""
    _need(viewer.may("project.manage"))
    row = Client(code=checks.code(code), name=checks.text(name, "name", 120), origin=origin)
    _insert(row)
    append("organisation.changed", viewer=viewer, now=now, subject_kind="client", subject_id=row.pk)
    return PartyRecord(row.pk, row.code, row.name)


@transaction.atomic
def create_legal_entity(
    viewer: Viewer, *, code: str, name: str, country: str = "", currency: str = "", origin: str = "", now: datetime
) -> PartyRecord:
    """Make one of our own companies."""
    _need(viewer.may("project.manage"))
    row = LegalEntity(
        code=checks.code(code),
        name=checks.text(name, "name", 120),
        country=checks.country(country),
        currency=checks.currency(currency) if currency else "",
        origin=origin,
    )
    _insert(row)
    append("organisation.changed", viewer=viewer, now=now, subject_kind="legal_entity", subject_id=row.pk)
    return PartyRecord(row.pk, row.code, row.name)


@transaction.atomic
def create_project(
    viewer: Viewer,
    *,
    programme_code: str,
    code: str,
    name: str,
    now: datetime,
    client_code: str = "",
    legal_entity_code: str = "",
    stage: str = Stage.ACTIVE,
    origin: str = "",
    **fields: Any,
) -> ProjectRecord:
    """Make a project in a programme; zone, country and currency come from the organisation unless given.

    Further ``fields``: position, time_zone, country, region, currency, contingency_minor, tolerances, cycle,
    cut_off_weekday, grace_days, committed_finish, delay_damages_minor, delay_damages_cap_minor, fast_mode.
    """
    above = _programme(viewer, programme_code)
    _need(viewer.may_in_programme("project.manage", above.pk))
    if stage in (Stage.ON_HOLD, Stage.CANCELLED):
        raise Invalid(_("A new project is not on hold or cancelled; change its stage with a reason."), place="stage")
    row = Project(programme=above, stage=checks.stage(stage), origin=origin, created_at=now)
    home = queries.organisation()
    if home is not None:
        row.time_zone, row.country, row.currency = home.time_zone, home.country, home.currency
    _assign(row, {**fields, "code": code, "name": name}, _PROJECT_FIELDS)
    row.client = _party(viewer, Client, client_code, "client_code")
    row.legal_entity = _party(viewer, LegalEntity, legal_entity_code, "legal_entity_code")
    _insert(row)
    append(
        "project.created",
        viewer=viewer,
        now=now,
        project_id=row.pk,
        subject_kind="project",
        subject_id=row.pk,
        data={"code": row.code, "stage": row.stage},
    )
    seen_by = viewer.with_project(row.pk, above.pk, row.client_id, row.legal_entity_id)
    return queries.project_by_id(seen_by, row.pk)


@transaction.atomic
def change_project(
    viewer: Viewer, project_id: int, *, expected_version: int | None = None, now: datetime, **fields: Any
) -> ProjectRecord:
    """Change fields of a project; those it is measured by need the permission on its programme.

    Raises:
        Conflict: ``expected_version`` is given and somebody changed the project since.
    """
    row = _locked(viewer, project_id)
    _expect(row, expected_version)
    was = taken(row)
    before = {name: was[name] for name in ("programme_id", "client_id", "legal_entity_id")}
    if (programme_code := fields.pop("programme_code", None)) is not None:
        row.programme = _programme(viewer, programme_code)
    if (client_code := fields.pop("client_code", None)) is not None:
        row.client = _party(viewer, Client, client_code, "client_code")
    if (entity_code := fields.pop("legal_entity_code", None)) is not None:
        row.legal_entity = _party(viewer, LegalEntity, entity_code, "legal_entity_code")
    changed = [name for name, value in before.items() if getattr(row, name) != value]
    changed += _assign(row, fields, _PROJECT_FIELDS)
    if not changed:
        return queries.project_by_id(viewer, project_id)
    if _SET_FROM_ABOVE & set(changed):
        _need(viewer.may_in_programme("project.manage", before["programme_id"]))
    if "programme_id" in changed:
        # Moving takes a right at both ends, else a project could be carried to where others may not see it.
        _need(viewer.may_in_programme("project.manage", before["programme_id"]))
        _need(viewer.may_in_programme("project.manage", row.programme_id))
    _update(row)
    keep("project", row, was, now=now)
    append(
        "project.changed",
        viewer=viewer,
        now=now,
        project_id=row.pk,
        subject_kind="project",
        subject_id=row.pk,
        data={"fields": sorted(changed)},
    )
    return queries.project_by_id(viewer, project_id)


@transaction.atomic
def set_stage(
    viewer: Viewer,
    project_id: int,
    stage: str,
    *,
    reason: str = "",
    review_on: date | None = None,
    expected_version: int | None = None,
    now: datetime,
) -> ProjectRecord:
    """Move a project to another stage of life, as the table of ``stages`` allows.

    Raises:
        Conflict: the stage does not follow the present one, or somebody changed the project since.
        Invalid: the step needs a reason; on hold needs a day after today on which to look again.
        NotAllowed: an approval by somebody who runs this project only.
    """
    row = _locked(viewer, project_id)
    _expect(row, expected_version)
    wanted = checks.stage(stage)
    way = step(row.stage, wanted)
    if way.from_above:
        _need(viewer.may_in_programme("project.manage", row.programme_id))
    reason = checks.text(reason, "reason", 2000, required=way.needs_reason)
    day = checks.day(review_on, "review_on") if wanted == Stage.ON_HOLD else None
    if wanted == Stage.ON_HOLD:
        _check_review(day, now.astimezone(ZoneInfo(row.time_zone)).date())
    return _enter(viewer, row, wanted, reason=reason, review_on=day, now=now)


@transaction.atomic
def take_back_stage(
    viewer: Viewer, project_id: int, *, expected_version: int | None = None, now: datetime
) -> ProjectRecord:
    """Undo the last change of stage: the project is again where it was, with the reason it then had.

    Raises:
        Conflict: the stage was never changed, the last change was itself taken back, or somebody was faster.
    """
    row = _locked(viewer, project_id)
    _expect(row, expected_version)
    history = queries.stage_history(viewer, project_id)
    if len(history) < 2 or history[-1].is_taken_back:
        raise Conflict(_("There is no change of stage to take back."), place="stage")
    last, before = history[-1], history[-2]
    if STEPS[before.stage].get(last.stage, Step()).from_above:
        _need(viewer.may_in_programme("project.manage", row.programme_id))
    stage, reason, day = before.stage, before.reason, before.review_on
    return _enter(viewer, row, stage, reason=reason, review_on=day, now=now, taken_back=True)


def _check_review(day: date | None, today: date) -> None:
    if day is None:
        raise Invalid(_("A project on hold needs a day on which to look at it again."), place="review_on")
    if day <= today:
        raise Invalid(_("The day to look again lies ahead."), place="review_on")


def _enter(
    viewer: Viewer,
    row: Project,
    stage: str,
    *,
    reason: str,
    review_on: date | None,
    now: datetime,
    taken_back: bool = False,
) -> ProjectRecord:
    was = taken(row)
    before, row.stage = row.stage, stage
    row.hold_reason, row.review_on = (reason, review_on) if stage == Stage.ON_HOLD else ("", None)
    _update(row)
    keep("project", row, was, now=now)
    append(
        "stage.changed",
        viewer=viewer,
        now=now,
        project_id=row.pk,
        subject_kind="project",
        subject_id=row.pk,
        data={
            "before": before,
            "after": row.stage,
            "reason": reason,
            "review_on": review_on.isoformat() if review_on is not None else None,
            "taken_back": taken_back,
        },
    )
    return queries.project_by_id(viewer, row.pk)


@transaction.atomic
def remove_projects(viewer: Viewer, project_ids: Collection[int], *, now: datetime) -> int:
    """Remove projects with everything that hangs on them; the journal keeps that they existed."""
    rows = list(Project.objects.select_for_update().filter(pk__in=project_ids).order_by("pk"))
    for row in rows:
        if not viewer.may("project.view", row.pk):
            raise NotFound(_("There is no such project."))
        _need(viewer.may_in_programme("project.manage", row.programme_id))
    Project.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        append(
            "project.removed",
            viewer=viewer,
            now=now,
            project_id=row.pk,
            subject_kind="project",
            subject_id=row.pk,
            data={"code": row.code, "origin": row.origin},
        )
    return len(rows)


@transaction.atomic
def remove_origin(viewer: Viewer, origin: str, *, now: datetime) -> None:
    """Remove the programmes, clients and legal entities of one origin, once their projects are gone."""
    _need(viewer.may("project.manage") and bool(origin))
    remove_projects(viewer, list(Project.objects.filter(origin=origin).values_list("pk", flat=True)), now=now)
    kept = set(Project.objects.values_list("programme_id", flat=True))
    rows = _programme_rows()
    for pk in tuple(kept):
        kept.update(queries.ancestors(rows, pk))
    gone = [row for row in rows.values() if row.origin == origin and row.pk not in kept]
    # Children before parents, since a parent with children is protected.
    for row in sorted(gone, key=lambda row: -len(queries.ancestors(rows, row.pk))):
        if not Programme.objects.filter(parent=row).exists():
            row.delete()
    Client.objects.filter(origin=origin, project=None).delete()
    LegalEntity.objects.filter(origin=origin, project=None).delete()
    append("organisation.changed", viewer=viewer, now=now, data={"removed": origin})


def lock_project(viewer: Viewer, project_id: int, permission: str) -> Project:
    """The project row, locked until the transaction ends: the first write of everything that changes a plan.

    Raises:
        NotFound: missing, or not the viewer's to see.
        NotAllowed: seen, but without the permission.
    """
    # "No key": rows that point to the project, such as its next forecast, may still be inserted meanwhile.
    row = Project.objects.select_for_update(no_key=True).filter(pk=project_id).first()
    if row is None or not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
    if not viewer.may(permission, project_id):
        raise NotAllowed(_("You may see this project, but not do this to it."))
    return row


def _locked(viewer: Viewer, project_id: int) -> Project:
    return lock_project(viewer, project_id, "project.manage")


def _expect(row: Project, expected_version: int | None) -> None:
    if expected_version is not None and row.version != expected_version:
        raise Conflict(
            _("Somebody changed this project meanwhile."), remedy=_("Load it again, then repeat your change.")
        )


def _assign(row: Any, values: Mapping[str, Any], known: Mapping[str, Callable[[Any], Any]]) -> list[str]:
    """Set the checked values on the row; returns the names of those that differ from before."""
    changed = []
    for name, value in values.items():
        if name not in known:
            raise Invalid(_("There is no field %(name)s to set here.") % {"name": name}, place=name)
        fresh = known[name](value)
        if getattr(row, name) != fresh:
            setattr(row, name, fresh)
            changed.append(name)
    return changed


def _insert(row: Programme | Client | LegalEntity | Project) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as problem:
        raise Conflict(_("The code %(code)s is taken.") % {"code": row.code}, place="code") from problem


def _update(row: Project) -> None:
    row.version += 1
    try:
        with transaction.atomic():
            row.save(force_update=True)
    except IntegrityError as problem:
        raise Conflict(_("The code %(code)s is taken.") % {"code": row.code}, place="code") from problem


def _programme(viewer: Viewer, code: str) -> Programme:
    row = Programme.objects.filter(code=code).first()
    if row is None or not any(each.id == row.pk for each in queries.programmes(viewer)):
        raise Invalid(_("There is no programme %(code)s.") % {"code": code}, place="programme_code")
    return row


def _programme_rows() -> dict[int, Programme]:
    return {row.pk: row for row in Programme.objects.all()}


def _party(viewer: Viewer, model: type[Client] | type[LegalEntity], code: str, place: str) -> Any:
    """The client or company with the code; one the viewer may not see looks like one that does not exist."""
    if not code:
        return None
    seen = queries.clients(viewer) if model is Client else queries.legal_entities(viewer)
    row = model.objects.filter(code=code, pk__in=[each.id for each in seen]).first()
    if row is None:
        raise Invalid(_("There is nothing with the code %(code)s.") % {"code": code}, place=place)
    return row


def _need(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("You may not do this."))
