"""The caller, their tokens, and (for administrators) users and what they may do where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from watchfloor.accounts import operations, queries
from watchfloor.accounts.queries import GrantRecord, TokenRecord, UserRecord
from watchfloor.accounts.roles import ROLE_PERMISSIONS
from watchfloor.accounts.words import ROLE_WORDS
from watchfloor.api.auth import BrowserAuth, viewer
from watchfloor.api.paging import Limit, Offset, Page, page
from watchfloor.api.problems import responses
from watchfloor.kit import clock
from watchfloor.kit.viewer import PERMISSIONS

router = Router(tags=["accounts"])


class Me(Schema):
    """The caller: permissions that reach everything, and those per project id."""

    user_id: int | None
    name: str
    language: str
    time_zone: str
    organisation: list[str]
    projects: dict[int, list[str]]


class PreferencesIn(Schema):
    full_name: str | None = None
    email: str | None = None
    time_zone: str | None = None
    country: str | None = None
    region: str | None = None
    language: str | None = None
    theme: str | None = None
    single_keys: bool | None = None


class TokenIn(Schema):
    name: str
    read_only: bool = False
    expires_at: datetime | None = None


class NewToken(Schema):
    """The secret is told this once."""

    token: TokenRecord
    secret: str


class UserIn(Schema):
    username: str
    full_name: str = ""
    email: str = ""
    time_zone: str = "UTC"
    country: str = ""
    region: str = ""
    language: str = "en"
    expires_at: datetime | None = None  # the account ends by itself then; every guest's does


class ActiveIn(Schema):
    active: bool


class ExpiryIn(Schema):
    expires_at: datetime | None = None


class GrantIn(Schema):
    """A role on the organisation, or on what one of the codes names."""

    role: str
    programme_code: str | None = None
    project_code: str | None = None
    client_code: str | None = None
    legal_entity_code: str | None = None


class RoleOut(Schema):
    """What a role may do, in words and as permissions."""

    role: str
    title: str
    description: str
    permissions: list[str]


@router.get("/me", response=responses(Me))
def read_me(request: HttpRequest) -> Any:
    """Who the caller is and what they may do where."""
    who = viewer(request)
    return {
        "user_id": who.user_id,
        "name": who.name,
        "language": who.language,
        "time_zone": who.time_zone,
        "organisation": sorted(who.organisation),
        "projects": {pk: sorted(granted) for pk, granted in who.projects.items()},
    }


@router.patch("/me", response=responses(UserRecord))
def change_me(request: HttpRequest, body: PreferencesIn) -> Any:
    """Change one's own preferences."""
    return operations.set_preferences(viewer(request), now=clock.now(), **body.dict(exclude_unset=True))


@router.get("/me/tokens", response=responses(Page[TokenRecord]))
def list_tokens(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """The caller's API tokens, without their secrets."""
    return page(queries.tokens(viewer(request)), limit=limit, offset=offset)


@router.post("/me/tokens", auth=BrowserAuth(), response=responses(NewToken, status=201))
def create_token(request: HttpRequest, body: TokenIn) -> Any:
    """Make a token. Only from a signed-in browser: a token cannot make tokens."""
    token, secret = operations.create_token(viewer(request), now=clock.now(), **body.dict())
    return Status(201, {"token": token, "secret": secret})


@router.delete("/me/tokens/{token_id}", response=responses(None, status=204))
def revoke_token(request: HttpRequest, token_id: int) -> Any:
    """Make a token useless, at once and for good."""
    operations.revoke_token(viewer(request), token_id, now=clock.now())
    return Status(204, None)


@router.get("/users", response=responses(Page[UserRecord]))
def list_users(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Accounts; needs ``user.manage``."""
    return page(queries.users(viewer(request)), limit=limit, offset=offset)


@router.post("/users", response=responses(UserRecord, status=201))
def create_user(request: HttpRequest, body: UserIn) -> Any:
    """Make an account without a password; a sign-in link or a password is set by an administrator."""
    return Status(201, operations.create_user(viewer(request), now=clock.now(), **body.dict()))


@router.get("/users/{user_id}", response=responses(UserRecord))
def read_user(request: HttpRequest, user_id: int) -> Any:
    """One account."""
    return queries.user(viewer(request), user_id)


@router.put("/users/{user_id}/active", response=responses(UserRecord))
def set_active(request: HttpRequest, user_id: int, body: ActiveIn) -> Any:
    """Disable or enable an account; disabling ends its sessions and tokens."""
    who = viewer(request)
    operations.set_active(who, user_id, body.active, now=clock.now())
    return queries.user(who, user_id)


@router.put("/users/{user_id}/expiry", response=responses(UserRecord))
def set_expiry(request: HttpRequest, user_id: int, body: ExpiryIn) -> Any:
    """Let an account end by itself at a moment, or (null) no more; a guest's always ends."""
    return operations.set_expiry(viewer(request), user_id, body.expires_at, now=clock.now())


@router.get("/roles", response=responses(Page[RoleOut]))
def list_roles(request: HttpRequest, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Every role with what it may do; which person holds which is told to who manages users."""
    found = [
        {
            "role": role,
            "title": str(ROLE_WORDS[role].title),
            "description": str(ROLE_WORDS[role].description),
            "permissions": [each for each in PERMISSIONS if each in granted],
        }
        for role, granted in ROLE_PERMISSIONS.items()
    ]
    return page(found, limit=limit, offset=offset)


@router.get("/users/{user_id}/grants", response=responses(Page[GrantRecord]))
def list_grants(request: HttpRequest, user_id: int, limit: Limit = 50, offset: Offset = 0) -> Any:
    """Roles of one account."""
    who = viewer(request)
    return page(queries.grants(who, queries.user(who, user_id).id), limit=limit, offset=offset)


@router.post("/users/{user_id}/grants", response=responses(GrantRecord, status=201))
def create_grant(request: HttpRequest, user_id: int, body: GrantIn) -> Any:
    """Give a role on the organisation, a programme, a project, a client or a legal entity."""
    return Status(201, operations.grant(viewer(request), user_id=user_id, now=clock.now(), **body.dict()))


@router.delete("/grants/{grant_id}", response=responses(None, status=204))
def revoke_grant(request: HttpRequest, grant_id: int) -> Any:
    """Take a role away."""
    operations.revoke(viewer(request), grant_id, now=clock.now())
    return Status(204, None)
