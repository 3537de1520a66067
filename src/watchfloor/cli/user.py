"""``watchfloor user``: accounts, roles and one-time sign-in links, for whoever may run commands on the server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

import click
from django.conf import settings

from watchfloor.accounts import operations, queries
from watchfloor.accounts.queries import GrantRecord, UserRecord
from watchfloor.accounts.words import ROLE_WORDS
from watchfloor.drawing.figures import zone_of
from watchfloor.kit import clock
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM
from watchfloor.portfolio import queries as portfolio
from watchfloor.portfolio.queries import PartyRecord, ProgrammeRecord, ProjectRecord

_ROLES = tuple(str(role) for role in ROLE_WORDS)
_DAY = click.DateTime(formats=("%Y-%m-%d",))


@click.group()
def user() -> None:
    """Accounts, roles and sign-in links.

    These commands act with full rights: whoever may run them owns the database anyway. What they do is in the journal.
    """


@user.command("list")
def listing() -> None:
    """All accounts with their roles."""
    grants: dict[int, list[str]] = {}
    for row in queries.grants(SYSTEM):
        grants.setdefault(row.user_id, []).append(f"{row.role}{_scope(row)}")
    for record in queries.users(SYSTEM):
        state = "" if record.is_active else "  disabled"
        if record.expires_at is not None:
            state += f"  {'ends' if record.is_active else 'ended'} {record.expires_at:%Y-%m-%d}"
        click.echo(f"{record.username:24} {record.full_name:28} {', '.join(grants.get(record.id, [])) or '-'}{state}")


@user.command()
@click.argument("username")
@click.option("--name", "full_name", default="", help="Full name.")
@click.option("--email", default="", help="Where alerts are mailed to.")
@click.option(
    "--role", type=click.Choice(_ROLES), help="Role on the whole organisation; see `grant` for narrower ones."
)
@click.option("--time-zone", default="UTC", show_default=True, help="For example Europe/Berlin.")
@click.option("--country", default="", help="Two letters; decides weekend and holidays.")
@click.option("--language", default="en", show_default=True)
@click.option("--password", is_flag=True, help="Ask for a password; without one the account is entered by a link.")
@click.option("--until", type=_DAY, help="Last day of the account, in its own time zone; a guest needs one.")
def create(
    username: str,
    full_name: str,
    email: str,
    role: str | None,
    time_zone: str,
    country: str,
    language: str,
    password: bool,
    until: datetime | None,
) -> None:
    """Make an account and print a link that signs it in once."""
    now = clock.now()
    record = operations.create_user(
        SYSTEM,
        username=username,
        full_name=full_name,
        email=email,
        password=click.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None,
        time_zone=time_zone,
        country=country,
        language=language,
        expires_at=_end_of(until, time_zone),
        now=now,
    )
    if role:
        operations.grant(SYSTEM, user_id=record.id, role=role, now=now)
    click.echo(
        f"Account {record.username} made." + ("" if role else " It has no role yet: see `watchfloor user grant`.")
    )
    _print_link(record, hours=24)


@user.command()
@click.argument("username")
@click.option(
    "--hours", type=click.IntRange(1, 168), default=12, show_default=True, help="How long the link is good for."
)
def link(username: str, hours: int) -> None:
    """Print a link that signs the account in once; links not used yet stop working."""
    _print_link(_named(username), hours=hours)


@user.command()
@click.argument("username")
@click.argument("role", type=click.Choice(_ROLES))
@click.option("--programme", default=None, help="Code of a programme: the role holds there and below.")
@click.option("--project", default=None, help="Code of a project: the role holds there alone.")
@click.option("--client", default=None, help="Code of a client: the role holds on its projects, also future ones.")
@click.option("--legal-entity", default=None, help="Code of one of our companies: the same for its projects.")
def grant(
    username: str, role: str, programme: str | None, project: str | None, client: str | None, legal_entity: str | None
) -> None:
    """Give a role on the organisation, a programme, a project, a client or a company; see `roles`."""
    record = _named(username)
    operations.grant(
        SYSTEM,
        user_id=record.id,
        role=role,
        programme_code=programme,
        project_code=project,
        client_code=client,
        legal_entity_code=legal_entity,
        now=clock.now(),
    )
    where = project or programme or legal_entity or (f"client {client}" if client else "the whole organisation")
    click.echo(f"{record.username} is {role} of {where}.")


@user.command("roles")
def list_roles() -> None:
    """What each role may do."""
    for role, words in ROLE_WORDS.items():
        click.echo(f"{role:20} {words.description}")


@user.command()
@click.argument("username")
@click.argument("day", type=_DAY, required=False)
@click.option("--never", is_flag=True, help="The account no longer ends by itself.")
def expire(username: str, day: datetime | None, never: bool) -> None:
    """Set the last day of an account (YYYY-MM-DD, in its own time zone); a guest always has one."""
    if (day is None) != never:
        raise click.UsageError("Name a day, or --never.")
    record = _named(username)
    operations.set_expiry(SYSTEM, record.id, _end_of(day, record.time_zone), now=clock.now())
    click.echo(f"{record.username} {'does not end by itself' if day is None else f'ends after {day:%Y-%m-%d}'}.")


@user.command()
@click.argument("username")
@click.argument("role", type=click.Choice(_ROLES))
def revoke(username: str, role: str) -> None:
    """Take a role away again, wherever it was given."""
    record = _named(username)
    rows = [row for row in queries.grants(SYSTEM, record.id) if row.role == role]
    for row in rows:
        operations.revoke(SYSTEM, row.id, now=clock.now())
    click.echo(f"{len(rows)} grants taken from {record.username}.")


@user.command()
@click.argument("username")
def password(username: str) -> None:
    """Set a password; every open session of the account ends."""
    record = _named(username)
    secret = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    operations.set_password(SYSTEM, record.id, secret, now=clock.now())
    click.echo("Password set.")


@user.command()
@click.argument("username")
def disable(username: str) -> None:
    """Lock an account out at once: sessions, links and tokens."""
    operations.set_active(SYSTEM, _named(username).id, False, now=clock.now())
    click.echo(f"{username} is disabled.")


@user.command()
@click.argument("username")
def enable(username: str) -> None:
    """Let a disabled account in again."""
    operations.set_active(SYSTEM, _named(username).id, True, now=clock.now())
    click.echo(f"{username} is enabled.")


def _scope(row: GrantRecord) -> str:
    """What a grant reaches, by code; nothing for the whole organisation."""
    named: tuple[tuple[str, int | None, Iterable[PartyRecord | ProgrammeRecord | ProjectRecord]], ...] = (
        ("project", row.project_id, portfolio.projects(SYSTEM)),
        ("programme", row.programme_id, portfolio.programmes(SYSTEM)),
        ("client", row.client_id, portfolio.clients(SYSTEM)),
        ("company", row.legal_entity_id, portfolio.legal_entities(SYSTEM)),
    )
    codes = [f" ({kind} {each.code})" for kind, pk, rows in named for each in rows if each.id == pk]
    return codes[0] if codes else ""


def _end_of(day: datetime | None, time_zone: str) -> datetime | None:
    """The end of that day on the account's clock."""
    if day is None:
        return None
    return datetime.combine(day.date() + timedelta(days=1), time.min, tzinfo=zone_of(time_zone))


def _named(username: str) -> UserRecord:
    for record in queries.users(SYSTEM):
        if record.username == username:
            return record
    raise NotFound(f"There is no account {username!r}.", remedy="`watchfloor user list` shows them.")


def _print_link(record: UserRecord, *, hours: int) -> None:
    secret = operations.create_sign_in_link(record, clock.now(), life=timedelta(hours=hours))
    click.echo(f"Sign in once, within {hours} h:  {settings.PUBLIC_URL}/sign-in/link/{secret}")
