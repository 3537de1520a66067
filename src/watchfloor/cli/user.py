"""``watchfloor user``: accounts, roles and one-time sign-in links, for whoever may run commands on the server."""

from __future__ import annotations

from datetime import timedelta

import click
from django.conf import settings

from watchfloor.accounts import operations, queries
from watchfloor.accounts.queries import UserRecord
from watchfloor.kit import clock
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import SYSTEM

_ROLES = (
    "administrator",
    "portfolio_manager",
    "programme_manager",
    "project_manager",
    "planner",
    "duty_officer",
    "member",
    "viewer",
)


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
        scope = f"project {row.project_id}" if row.project_id else f"programme {row.programme_id}"
        everywhere = row.project_id is None and row.programme_id is None
        grants.setdefault(row.user_id, []).append(row.role if everywhere else f"{row.role} ({scope})")
    for record in queries.users(SYSTEM):
        state = "" if record.is_active else "  disabled"
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
def create(
    username: str,
    full_name: str,
    email: str,
    role: str | None,
    time_zone: str,
    country: str,
    language: str,
    password: bool,
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
def grant(username: str, role: str, programme: str | None, project: str | None) -> None:
    """Give a role on the organisation, a programme or a project."""
    record = _named(username)
    operations.grant(
        SYSTEM, user_id=record.id, role=role, programme_code=programme, project_code=project, now=clock.now()
    )
    click.echo(f"{record.username} is {role} of {project or programme or 'the whole organisation'}.")


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


def _named(username: str) -> UserRecord:
    for record in queries.users(SYSTEM):
        if record.username == username:
            return record
    raise NotFound(f"There is no account {username!r}.", remedy="`watchfloor user list` shows them.")


def _print_link(record: UserRecord, *, hours: int) -> None:
    secret = operations.create_sign_in_link(record, clock.now(), life=timedelta(hours=hours))
    click.echo(f"Sign in once, within {hours} h:  {settings.PUBLIC_URL}/sign-in/link/{secret}")
