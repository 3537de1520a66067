"""Reading accounts: who a request is, what they may do where, and who answers for a project."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.accounts.models import ApiToken, RoleGrant, User
from watchfloor.accounts.roles import OWNERS, READING, ROLE_PERMISSIONS
from watchfloor.kit.errors import NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio.queries import Place, programme_branches, programmes_below
from watchfloor.portfolio.queries import project_places as places

NOBODY = Viewer(user_id=None, name="")
_SCOPES = ("project_id", "programme_id", "client_id", "legal_entity_id")


@dataclass(frozen=True, slots=True)
class UserRecord:
    """One account. ``full_name`` falls back to the username, so that it can always be shown."""

    id: int
    username: str
    full_name: str
    email: str
    is_active: bool
    time_zone: str
    country: str
    region: str
    language: str
    theme: str
    single_keys: bool
    origin: str
    last_visit_fact: int
    last_login: datetime | None
    expires_at: datetime | None  # the account ends by itself then


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """A role of one user and what it reaches; every scope empty means the whole organisation."""

    id: int
    user_id: int
    role: str
    programme_id: int | None
    project_id: int | None
    client_id: int | None = None
    legal_entity_id: int | None = None

    @property
    def is_everywhere(self) -> bool:
        return (self.programme_id, self.project_id, self.client_id, self.legal_entity_id) == (None,) * 4


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """An API token without its secret, which nobody can read again."""

    id: int
    name: str
    read_only: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


def viewer_of(user: Any, *, now: datetime | None = None) -> Viewer:
    """What a signed-in user may see and do. Anonymous, disabled and ended users may nothing.

    Whoever answers a request gives ``now``, so that an account ends to the minute; the pipeline, which finishes what
    was asked for before, goes by the account being active, and disables those that ended.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOBODY
    assert isinstance(user, User)
    if now is not None and user.expires_at is not None and user.expires_at <= now:
        return NOBODY
    reach = _reach_of(user)
    return Viewer(
        user_id=user.pk,
        name=user.get_full_name() or user.username,
        organisation=frozenset(reach.organisation),
        projects=_frozen(reach.projects),
        language=user.language,
        time_zone=user.time_zone,
        programmes=_frozen(reach.programmes),
        clients=_frozen(reach.clients),
        legal_entities=_frozen(reach.legal_entities),
        ends_at=user.expires_at,
    )


@dataclass(slots=True)
class _Reach:
    """Permissions by what they reach, while grants are added up."""

    organisation: set[str] = field(default_factory=set)
    programmes: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    clients: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    legal_entities: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    projects: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


def _reach_of(user: User) -> _Reach:
    reach = _Reach()
    for row in RoleGrant.objects.filter(user=user).only("role", *_SCOPES):
        granted = ROLE_PERMISSIONS.get(row.role, frozenset())
        if row.project_id is not None:
            reach.projects[row.project_id] |= granted
        elif row.programme_id is not None:
            for pk in programmes_below(row.programme_id):
                reach.programmes[pk] |= granted
        elif row.client_id is not None:
            reach.clients[row.client_id] |= granted
        elif row.legal_entity_id is not None:
            reach.legal_entities[row.legal_entity_id] |= granted
        else:
            reach.organisation |= granted
    if reach.programmes or reach.clients or reach.legal_entities:
        none: set[str] = set()
        for pk, place in places().items():
            reach.projects[pk] |= reach.programmes.get(place.programme_id, none)
            reach.projects[pk] |= reach.clients.get(place.client_id or 0, none)
            reach.projects[pk] |= reach.legal_entities.get(place.legal_entity_id or 0, none)
    return reach


def _frozen(reach: Mapping[int, set[str]]) -> dict[int, frozenset[str]]:
    return {pk: frozenset(granted) for pk, granted in reach.items() if granted}


def viewer_by_id(user_id: int) -> Viewer:
    """The same for a user known by id, as jobs and mails know them."""
    user = User.objects.filter(pk=user_id).first()
    return viewer_of(user) if user is not None else NOBODY


def viewer_for_token(secret: str, now: datetime) -> Viewer | None:
    """Who a token speaks for: its owner, or less; None when it is unknown, revoked, expired or its owner disabled."""
    row = ApiToken.objects.select_related("user").filter(digest=digest(secret)).first()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    viewer = viewer_of(row.user, now=now)
    if viewer.user_id is None:
        return None
    return reading_only(viewer) if row.read_only else viewer


def reading_only(viewer: Viewer) -> Viewer:
    """The viewer without every permission that changes something."""
    return replace(
        viewer,
        organisation=viewer.organisation & READING,
        projects=_reading(viewer.projects),
        programmes=_reading(viewer.programmes),
        clients=_reading(viewer.clients),
        legal_entities=_reading(viewer.legal_entities),
        is_read_only=True,
    )


def _reading(reach: Mapping[int, frozenset[str]]) -> dict[int, frozenset[str]]:
    return {pk: granted & READING for pk, granted in reach.items()}


def digest(secret: str) -> str:
    """What is stored of a secret. It is 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


def user_by_id(user_id: int) -> UserRecord | None:
    """One account, for rooms that hold its id; pages check first whether the viewer may know it."""
    row = User.objects.filter(pk=user_id).first()
    return user_record(row) if row is not None else None


def users(viewer: Viewer) -> tuple[UserRecord, ...]:
    """Every account for who manages users; else only the viewer's own."""
    rows = User.objects.order_by("username")
    if not viewer.may("user.manage"):
        rows = rows.filter(pk=viewer.user_id or -1)
    return tuple(user_record(row) for row in rows)


def user(viewer: Viewer, user_id: int) -> UserRecord:
    """One account of :func:`users`.

    Raises:
        NotFound: there is none, or it is not the viewer's to see.
    """
    row = User.objects.filter(pk=user_id).first()
    if row is None or not (viewer.may("user.manage") or viewer.user_id == user_id):
        raise NotFound(_("There is no such user."))
    return user_record(row)


def grants(viewer: Viewer, user_id: int | None = None) -> tuple[GrantRecord, ...]:
    """Roles of one user, or of all; only who manages users sees more than their own."""
    if not viewer.may("user.manage") and (user_id is None or user_id != viewer.user_id):
        raise NotAllowed(_("Only who manages users sees the roles of others."))
    rows = RoleGrant.objects.order_by("id")
    if user_id is not None:
        rows = rows.filter(user_id=user_id)
    return tuple(grant_record(row) for row in rows)


def tokens(viewer: Viewer) -> tuple[TokenRecord, ...]:
    """The viewer's own tokens, newest first."""
    rows = ApiToken.objects.filter(user_id=viewer.user_id or -1).order_by("-id")
    return tuple(token_record(row) for row in rows)


def manager_of(project_id: int) -> UserRecord | None:
    """The one person who answers for a project: its manager, else the nearest above who has the role."""
    found = managers_of((project_id,))
    return found.get(project_id)


def managers_of(project_ids: Collection[int]) -> dict[int, UserRecord]:
    """:func:`manager_of` for many projects in four queries; projects nobody answers for are left out."""
    where, branches = places(), programme_branches()
    on_project: dict[int, list[RoleGrant]] = defaultdict(list)
    wider: list[RoleGrant] = []
    for row in RoleGrant.objects.filter(role__in=OWNERS, user__is_active=True).order_by("id"):
        (wider if row.project_id is None else on_project[row.project_id]).append(row)
    reach = {row.pk: branches.get(row.programme_id, frozenset()) for row in wider if row.programme_id is not None}
    chosen: dict[int, int] = {}
    for pk in project_ids:
        candidates = on_project.get(pk) or [
            row for row in wider if _reaches(row, pk, where.get(pk), reach.get(row.pk, frozenset()))
        ]
        nearest = min(
            candidates,
            key=lambda row: (_distance(row), OWNERS.index(row.role), len(reach.get(row.pk, ())), row.pk),
            default=None,
        )
        if nearest is not None:
            chosen[pk] = nearest.user_id
    records = {row.pk: user_record(row) for row in User.objects.filter(pk__in=set(chosen.values()))}
    return {pk: records[user_id] for pk, user_id in chosen.items()}


@dataclass(frozen=True, slots=True)
class Holders:
    """Who has a role on a project: by role those nearest to it (on itself, else on its programme …), and everybody."""

    nearest: Mapping[str, tuple[int, ...]]
    everybody: frozenset[int]


def holders(project_ids: Collection[int]) -> dict[int, Holders]:
    """Active users by their roles on each project, for rooms that tell people; three queries."""
    where, branches = places(), programme_branches()
    rows = list(RoleGrant.objects.filter(user__is_active=True).order_by("id"))
    reach = {row.pk: branches.get(row.programme_id, frozenset()) for row in rows if row.programme_id is not None}
    found: dict[int, Holders] = {}
    for pk in project_ids:
        nearest: dict[str, tuple[tuple[int, int], list[int]]] = {}
        everybody: set[int] = set()
        for row in rows:
            below = reach.get(row.pk, frozenset())
            if not _reaches(row, pk, where.get(pk), below):
                continue
            everybody.add(row.user_id)
            distance = (_distance(row), len(below))
            kept = nearest.get(row.role)
            if kept is None or distance < kept[0]:
                nearest[row.role] = (distance, [row.user_id])
            elif distance == kept[0] and row.user_id not in kept[1]:
                kept[1].append(row.user_id)
        found[pk] = Holders({role: tuple(ids) for role, (_far, ids) in nearest.items()}, frozenset(everybody))
    return found


def active_users() -> dict[int, UserRecord]:
    """Everybody who can be told something, by id, for rooms that tell."""
    return {row.pk: user_record(row) for row in User.objects.filter(is_active=True)}


def colleagues(viewer: Viewer) -> dict[int, UserRecord]:
    """Active people with a role on anything the viewer works inside of, by id: whom they may name to others."""
    everybody, inside = active_users(), viewer.project_ids("internal.view")
    if inside is None:
        return everybody
    known = {pk for held in holders(inside).values() for pk in held.everybody}
    return {pk: user for pk, user in everybody.items() if pk in known}


def users_who_may(viewer: Viewer, permission: str, project_id: int) -> tuple[UserRecord, ...]:
    """Active users with the permission on a project the viewer sees: whom an alert there can be given to.

    Their mail addresses are left out for whoever has no ``internal.view`` there.
    """
    if not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
    roles = [role for role, granted in ROLE_PERMISSIONS.items() if permission in granted]
    place = places().get(project_id)
    rows = RoleGrant.objects.filter(role__in=roles, user__is_active=True)
    below = {row.pk: programmes_below(row.programme_id) for row in rows if row.programme_id is not None}
    ids = {row.user_id for row in rows if _reaches(row, project_id, place, below.get(row.pk, frozenset()))}
    found = tuple(user_record(row) for row in User.objects.filter(pk__in=ids).order_by("first_name", "username"))
    if viewer.may("internal.view", project_id):
        return found
    return tuple(replace(each, email="") for each in found)


def _reaches(row: RoleGrant, project_id: int, place: Place | None, below: frozenset[int]) -> bool:
    if row.project_id is not None:
        return row.project_id == project_id
    if row.programme_id is not None:
        return place is not None and place.programme_id in below
    if row.client_id is not None:
        return place is not None and place.client_id == row.client_id
    if row.legal_entity_id is not None:
        return place is not None and place.legal_entity_id == row.legal_entity_id
    return True


def _distance(row: RoleGrant) -> int:
    """How near a grant stands to a project: the project itself, its programme, its client, our company, all of us."""
    scopes = (row.project_id, row.programme_id, row.client_id, row.legal_entity_id)
    return next((at for at, pk in enumerate(scopes) if pk is not None), len(scopes))


def grant_record(row: RoleGrant) -> GrantRecord:
    return GrantRecord(
        row.pk, row.user_id, row.role, row.programme_id, row.project_id, row.client_id, row.legal_entity_id
    )


def user_record(row: User) -> UserRecord:
    return UserRecord(
        row.pk,
        row.username,
        row.get_full_name() or row.username,
        row.email,
        row.is_active,
        row.time_zone,
        row.country,
        row.region,
        row.language,
        row.theme,
        row.single_keys,
        row.origin,
        row.last_visit_fact,
        row.last_login,
        row.expires_at,
    )


def token_record(row: ApiToken) -> TokenRecord:
    return TokenRecord(
        row.pk, row.name, row.read_only, row.created_at, row.expires_at, row.revoked_at, row.last_used_at
    )
