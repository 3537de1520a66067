"""Reading accounts: who a request is, what they may do where, and who answers for a project."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from watchfloor.accounts.models import ApiToken, RoleGrant, User
from watchfloor.accounts.roles import OWNERS, READING, ROLE_PERMISSIONS
from watchfloor.kit.errors import NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio.queries import programmes_below
from watchfloor.portfolio.queries import project_places as places

NOBODY = Viewer(user_id=None, name="")


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


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """A role of one user; both ids empty means the whole organisation."""

    id: int
    user_id: int
    role: str
    programme_id: int | None
    project_id: int | None


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


def viewer_of(user: Any) -> Viewer:
    """What a signed-in user may see and do now. Anonymous and disabled users may nothing."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOBODY
    assert isinstance(user, User)
    grants = RoleGrant.objects.filter(user=user).values_list("role", "programme_id", "project_id")
    organisation: set[str] = set()
    programmes: dict[int, set[str]] = defaultdict(set)
    projects: dict[int, set[str]] = defaultdict(set)
    for role, programme_id, project_id in grants:
        granted = ROLE_PERMISSIONS.get(role, frozenset())
        if project_id is not None:
            projects[project_id] |= granted
        elif programme_id is not None:
            for pk in programmes_below(programme_id):
                programmes[pk] |= granted
        else:
            organisation |= granted
    if programmes:
        for pk, programme_id in places().items():
            projects[pk] |= programmes.get(programme_id, set())
    return Viewer(
        user_id=user.pk,
        name=user.get_full_name() or user.username,
        organisation=frozenset(organisation),
        projects={pk: frozenset(granted) for pk, granted in projects.items() if granted},
        language=user.language,
        time_zone=user.time_zone,
        programmes={pk: frozenset(granted) for pk, granted in programmes.items()},
    )


def viewer_by_id(user_id: int) -> Viewer:
    """The same for a user known by id, as jobs and mails know them."""
    user = User.objects.filter(pk=user_id).first()
    return viewer_of(user) if user is not None else NOBODY


def viewer_for_token(secret: str, now: datetime) -> Viewer | None:
    """Who a token speaks for: its owner, or less; None when it is unknown, revoked, expired or its owner disabled."""
    row = ApiToken.objects.select_related("user").filter(digest=digest(secret)).first()
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if not row.user.is_active:
        return None
    viewer = viewer_of(row.user)
    return reading_only(viewer) if row.read_only else viewer


def reading_only(viewer: Viewer) -> Viewer:
    """The viewer without every permission that changes something."""
    return replace(
        viewer,
        organisation=viewer.organisation & READING,
        projects={pk: granted & READING for pk, granted in viewer.projects.items()},
        programmes={pk: granted & READING for pk, granted in viewer.programmes.items()},
        is_read_only=True,
    )


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
    return tuple(GrantRecord(row.pk, row.user_id, row.role, row.programme_id, row.project_id) for row in rows)


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
    where = places()
    rows = [
        row
        for row in RoleGrant.objects.select_related("user").filter(role__in=OWNERS).order_by("id")
        if row.user.is_active
    ]
    reach = {row.pk: programmes_below(row.programme_id) for row in rows if row.programme_id is not None}
    found = {}
    for pk in project_ids:
        nearest = min(
            (row for row in rows if _reaches(row, pk, where.get(pk), reach.get(row.pk, frozenset()))),
            key=lambda row: (_distance(row), OWNERS.index(row.role), len(reach.get(row.pk, ())), row.pk),
            default=None,
        )
        if nearest is not None:
            found[pk] = user_record(nearest.user)
    return found


def users_who_may(viewer: Viewer, permission: str, project_id: int) -> tuple[UserRecord, ...]:
    """Active users with the permission on a project the viewer sees: whom an alert there can be given to."""
    if not viewer.may("project.view", project_id):
        raise NotFound(_("There is no such project."))
    roles = [role for role, granted in ROLE_PERMISSIONS.items() if permission in granted]
    programme_id = places().get(project_id)
    rows = RoleGrant.objects.filter(role__in=roles, user__is_active=True).filter(
        Q(project_id=project_id) | Q(project=None)
    )
    ids = {
        row.user_id
        for row in rows
        if row.project_id is not None or row.programme_id is None or programme_id in programmes_below(row.programme_id)
    }
    return tuple(user_record(row) for row in User.objects.filter(pk__in=ids).order_by("first_name", "username"))


def _reaches(row: RoleGrant, project_id: int, programme_id: int | None, below: frozenset[int]) -> bool:
    if row.project_id is not None:
        return row.project_id == project_id
    return row.programme_id is None or programme_id in below


def _distance(row: RoleGrant) -> int:
    if row.project_id is not None:
        return 0
    return 1 if row.programme_id is not None else 2


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
    )


def token_record(row: ApiToken) -> TokenRecord:
    return TokenRecord(
        row.pk, row.name, row.read_only, row.created_at, row.expires_at, row.revoked_at, row.last_used_at
    )
