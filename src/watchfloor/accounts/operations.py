"""Changing accounts. What a person may do changes at once everywhere: each change is an ``access.changed`` fact."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from watchfloor.accounts.models import ApiToken, Role, RoleGrant, SignInLink, User
from watchfloor.accounts.queries import (
    GrantRecord,
    TokenRecord,
    UserRecord,
    digest,
    grant_record,
    token_record,
    user_record,
    viewer_for_token,
)
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.portfolio import checks
from watchfloor.portfolio import queries as portfolio

TOKEN_PREFIX = "wf_"  # noqa: S105 - no password; lets secret scanners find a leaked one
MAX_TOKENS = 20  # live ones per user
LINK_LIFE = timedelta(hours=24)
_MOST_ENDED = 500  # accounts disabled in one go; the next go takes the rest
_NOTE_USE_EVERY = timedelta(minutes=5)
_THEMES = ("system", "light", "dark")


@transaction.atomic
def create_user(
    viewer: Viewer,
    *,
    username: str,
    full_name: str = "",
    email: str = "",
    password: str | None = None,
    time_zone: str = "UTC",
    country: str = "",
    region: str = "",
    language: str = "en",
    origin: str = "",
    expires_at: datetime | None = None,
    now: datetime,
) -> UserRecord:
    """Make an account; without a password it can only be entered by a one-time link.

    With ``expires_at`` it ends by itself, as every guest's does.
    """
    _need_manager(viewer)
    row = User(
        username=checks.code(username, "username"),
        first_name=checks.text(full_name, "full_name", 150, required=False),
        email=_email(email),
        time_zone=checks.time_zone(time_zone),
        country=checks.country(country),
        region=checks.region(region),
        language=_language(language),
        origin=origin,
        expires_at=_end(expires_at, now),
        date_joined=now,
    )
    _set_password(row, password)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as problem:
        raise Conflict(_("The name %(name)s is taken.") % {"name": row.username}, place="username") from problem
    _changed(viewer, row.pk, now, {"created": row.username})
    return user_record(row)


@transaction.atomic
def set_password(viewer: Viewer, user_id: int, password: str | None, *, now: datetime) -> None:
    """Set or take away a password; every session of the user ends, since its key hangs on the password."""
    if viewer.user_id != user_id:
        _need_manager(viewer)
    row = _user(user_id)
    _set_password(row, password)
    row.save(update_fields=("password",))
    _changed(viewer, user_id, now, {"password": password is not None})


@transaction.atomic
def set_active(viewer: Viewer, user_id: int, active: bool, *, now: datetime) -> None:
    """Disable an account, or let it in again; sessions and tokens of a disabled one stop at once."""
    _need_manager(viewer)
    row = _user(user_id)
    if not active and _administrators().filter(user_id=user_id).exists():
        _keep_an_administrator(without_user=user_id)
    row.is_active = active
    row.save(update_fields=("is_active",))
    _changed(viewer, user_id, now, {"active": active})


@transaction.atomic
def set_expiry(viewer: Viewer, user_id: int, expires_at: datetime | None, *, now: datetime) -> UserRecord:
    """Let an account end by itself at a moment, or (None) no more; a guest's always ends.

    An account that ended and was disabled for it is let in again when the new end lies ahead.
    """
    _need_manager(viewer)
    row = _user(user_id)
    if expires_at is None and RoleGrant.objects.filter(user=row, role=Role.GUEST).exists():
        raise Conflict(_("A guest's account ends by itself."), remedy=_("Give it a later end, or take the role away."))
    if expires_at is not None and _administrators().filter(user_id=user_id).exists():
        _keep_an_administrator(without_user=user_id)
    had_ended = row.expires_at is not None and row.expires_at <= now
    row.expires_at = _end(expires_at, now)
    row.is_active = row.is_active or had_ended
    row.save(update_fields=("expires_at", "is_active"))
    _changed(viewer, user_id, now, {"expires_at": expires_at.isoformat() if expires_at else None})
    return user_record(row)


@transaction.atomic
def end_expired(*, now: datetime) -> int:
    """Disable the accounts whose time is over, so that their open pages and tokens stop; returns how many."""
    ended = User.objects.select_for_update().filter(is_active=True, expires_at__lte=now)
    rows = list(ended.order_by("pk")[:_MOST_ENDED])
    User.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=False)
    for row in rows:
        _changed(SYSTEM, row.pk, now, {"active": False, "expired": True})
    return len(rows)


@transaction.atomic
def grant(
    viewer: Viewer,
    *,
    user_id: int,
    role: str,
    programme_code: str | None = None,
    project_code: str | None = None,
    client_code: str | None = None,
    legal_entity_code: str | None = None,
    now: datetime,
) -> GrantRecord:
    """Give a user a role; twice is once.

    It holds on the organisation, or on what one code names: a programme with all below it, a project, or every
    project, now and later, of a client or of one of our companies.
    """
    _need_manager(viewer)
    if role not in Role.values:
        raise Invalid(_("There is no such role."), place="role")
    codes = [each for each in (programme_code, project_code, client_code, legal_entity_code) if each]
    if len(codes) > 1:
        raise Invalid(_("Name one programme, project, client or company, not several."), place="project_code")
    if role == Role.ADMINISTRATOR and codes:
        raise Invalid(_("An administrator administers the whole organisation."), place="role")
    user = _user(user_id)
    if role == Role.GUEST:
        _check_guest(user, has_scope=bool(codes))
    row, fresh = RoleGrant.objects.get_or_create(
        user=user,
        role=role,
        **_scope(viewer, programme_code, project_code, client_code, legal_entity_code),
    )
    if fresh:
        _changed(viewer, user_id, now, {"granted": role})
    return grant_record(row)


@transaction.atomic
def revoke(viewer: Viewer, grant_id: int, *, now: datetime) -> None:
    """Take a role away again; the last administrator keeps theirs."""
    _need_manager(viewer)
    row = RoleGrant.objects.select_for_update().filter(pk=grant_id).first()
    if row is None:
        raise NotFound(_("There is no such grant."))
    if row.role == Role.ADMINISTRATOR:
        _keep_an_administrator(without_grant=grant_id)
    row.delete()
    _changed(viewer, row.user_id, now, {"revoked": row.role})


@transaction.atomic
def create_token(
    viewer: Viewer, *, name: str, read_only: bool = False, expires_at: datetime | None = None, now: datetime
) -> tuple[TokenRecord, str]:
    """A new API token of the viewer and its secret, which is shown this once and never stored."""
    if viewer.user_id is None:
        raise NotAllowed(_("Sign in to make a token."))
    if ApiToken.objects.filter(user_id=viewer.user_id, revoked_at=None).count() >= MAX_TOKENS:
        raise Conflict(_("At most %(limit)d tokens; revoke one first.") % {"limit": MAX_TOKENS})
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
        raise Invalid(_("The end lies in the future."), place="expires_at")
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user_id=viewer.user_id,
        name=checks.text(name, "name", 80),
        digest=digest(secret),
        read_only=read_only,
        created_at=now,
        expires_at=expires_at,
    )
    _changed(viewer, viewer.user_id, now, {"token": row.pk})
    return token_record(row), secret


@transaction.atomic
def revoke_token(viewer: Viewer, token_id: int, *, now: datetime) -> None:
    """Make a token of the viewer useless, at once and for good."""
    row = ApiToken.objects.filter(pk=token_id, user_id=viewer.user_id or -1).first()
    if row is None:
        raise NotFound(_("There is no such token."))
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=("revoked_at",))
        _changed(viewer, row.user_id, now, {"token_revoked": row.pk})


def use_token(secret: str, now: datetime) -> Viewer | None:
    """:func:`viewer_for_token`, noting that the token was used (to within minutes)."""
    viewer = viewer_for_token(secret, now)
    if viewer is not None:
        ApiToken.objects.filter(digest=digest(secret)).exclude(last_used_at__gt=now - _NOTE_USE_EVERY).update(
            last_used_at=now
        )
    return viewer


@transaction.atomic
def create_sign_in_link(user: UserRecord | User, now: datetime, *, life: timedelta = LINK_LIFE) -> str:
    """Secret of a link that signs the user in once; links not used yet stop working."""
    user_id = user.pk if isinstance(user, User) else user.id
    SignInLink.objects.filter(user_id=user_id, used_at=None).delete()
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(user_id=user_id, digest=digest(secret), expires_at=now + life)
    return secret


@transaction.atomic
def redeem_sign_in_link(secret: str, now: datetime) -> User:
    """The user a one-time link stands for; the link is spent.

    Raises:
        NotFound: unknown, spent or out of date, or its user is disabled; which of these is not told.
    """
    # One conditional UPDATE picks the winner when two browsers open the link at once.
    living = User.objects.filter(is_active=True).exclude(expires_at__lte=now).values("pk")
    won = SignInLink.objects.filter(digest=digest(secret), used_at=None, expires_at__gt=now, user_id__in=living).update(
        used_at=now
    )
    if not won:
        raise NotFound(
            _("This sign-in link was used or is out of date."), remedy=_("Make a new one: watchfloor user link NAME")
        )
    return SignInLink.objects.select_related("user").get(digest=digest(secret)).user


@transaction.atomic
def note_sign_in(user_id: int, *, now: datetime) -> None:
    """Append that somebody signed in."""
    row = _user(user_id)
    viewer = Viewer(user_id=row.pk, name=row.get_full_name() or row.username)
    append("user.signed_in", viewer=viewer, now=now, subject_kind="user", subject_id=row.pk)


def remember_visit(user_id: int, fact_id: int) -> None:
    """From here on counts as "since my last visit"; it never goes back."""
    User.objects.filter(pk=user_id, last_visit_fact__lt=fact_id).update(last_visit_fact=fact_id)


@transaction.atomic
def set_preferences(viewer: Viewer, *, now: datetime, **fields: Any) -> UserRecord:
    """Change one's own zone, country, region, language, theme, single_keys, full_name or email."""
    row = _user(viewer.user_id or -1)
    known: dict[str, Callable[[Any], Any]] = {
        "time_zone": checks.time_zone,
        "country": checks.country,
        "region": checks.region,
        "language": _language,
        "theme": _theme,
        "single_keys": bool,
        "email": _email,
        "full_name": lambda value: checks.text(value, "full_name", 150, required=False),
    }
    for name, value in fields.items():
        if name not in known:
            raise Invalid(_("There is no such preference."), place=name)
        setattr(row, "first_name" if name == "full_name" else name, known[name](value))
    row.save()
    _changed(viewer, row.pk, now, {"preferences": sorted(fields)})
    return user_record(row)


@transaction.atomic
def remove_users(viewer: Viewer, origin: str, *, now: datetime) -> int:
    """Remove the accounts that came with one origin, such as the sample; an administrator always stays."""
    _need_manager(viewer)
    rows = User.objects.filter(origin=origin).exclude(pk=viewer.user_id or -1).exclude(origin="")
    ids = list(rows.values_list("pk", flat=True))
    if ids and not _administrators().exclude(user_id__in=ids).exists():
        kept = _administrators().filter(user_id__in=ids).values_list("user_id", flat=True).first()
        ids = [pk for pk in ids if pk != kept]
    User.objects.filter(pk__in=ids).delete()
    for pk in ids:
        _changed(viewer, pk, now, {"removed": True})
    return len(ids)


def first_administrator(now: datetime) -> UserRecord:
    """The account a fresh installation is entered with; made on the first call."""
    found = _administrators().select_related("user").order_by("id").first()
    if found is not None:
        return user_record(found.user)
    existing = User.objects.filter(username="admin").first()
    record = (
        user_record(existing) if existing else create_user(SYSTEM, username="admin", full_name="Administrator", now=now)
    )
    grant(SYSTEM, user_id=record.id, role=Role.ADMINISTRATOR, now=now)
    return record


def _scope(
    viewer: Viewer,
    programme_code: str | None,
    project_code: str | None,
    client_code: str | None,
    legal_entity_code: str | None,
) -> dict[str, Any]:
    return {
        "programme_id": portfolio.programme(viewer, programme_code).id if programme_code else None,
        "project_id": portfolio.project(viewer, project_code).id if project_code else None,
        "client_id": portfolio.client(viewer, client_code).id if client_code else None,
        "legal_entity_id": portfolio.legal_entity(viewer, legal_entity_code).id if legal_entity_code else None,
    }


def _check_guest(user: User, *, has_scope: bool) -> None:
    """Guests come from outside: never for ever, and never to everything."""
    if user.expires_at is None:
        raise Invalid(
            _("A guest's account ends by itself, and this one has no end."),
            remedy=_("Set the day on which it ends, then give the role."),
            place="role",
        )
    if not has_scope:
        raise Invalid(
            _("A guest sees a client, programme or project, never the whole organisation."), place="client_code"
        )


def _end(expires_at: datetime | None, now: datetime) -> datetime | None:
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now):
        raise Invalid(_("The end lies in the future."), place="expires_at")
    return expires_at


def _administrators() -> Any:
    return RoleGrant.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True, user__expires_at=None)


def _keep_an_administrator(*, without_user: int | None = None, without_grant: int | None = None) -> None:
    left = _administrators().exclude(user_id=without_user or -1).exclude(pk=without_grant or -1)
    if not left.exists():
        raise Conflict(_("Somebody has to stay administrator; give that role to another user first."))


def _changed(viewer: Viewer, user_id: int, now: datetime, data: dict[str, Any]) -> None:
    append(
        "access.changed",
        viewer=viewer,
        now=now,
        subject_kind="user",
        subject_id=user_id,
        data={"user": user_id, **data},
    )


def _user(user_id: int) -> User:
    row = User.objects.select_for_update().filter(pk=user_id).first()
    if row is None:
        raise NotFound(_("There is no such user."))
    return row


def _set_password(row: User, password: str | None) -> None:
    if password is None:
        row.set_unusable_password()
        return
    try:
        validate_password(password, row)
    except ValidationError as problem:
        raise Invalid(" ".join(problem.messages), place="password") from problem
    row.set_password(password)


def _email(value: str) -> str:
    value = checks.text(value, "email", 254, required=False)
    if value:
        try:
            validate_email(value)
        except ValidationError as problem:
            raise Invalid(_("This is no mail address."), place="email") from problem
    return value


def _language(value: str) -> str:
    value = checks.text(value, "language", 10)
    if not all(part.isalnum() for part in value.split("-")):
        raise Invalid(_("Write a language like en or pt-br."), place="language")
    return value


def _theme(value: str) -> str:
    if value not in _THEMES:
        raise Invalid(_("The theme is system, light or dark."), place="theme")
    return value


def _need_manager(viewer: Viewer) -> None:
    if not viewer.may("user.manage"):
        raise NotAllowed(_("Only who manages users may do this."))
