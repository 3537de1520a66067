"""``watchfloor journal``: write down where the journal stands, and find out later whether somebody changed it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from watchfloor.cli.preparing import need_current_database
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM

_VERDICTS = {
    "holds": "holds",
    "not_ours": "was not signed by this installation, or its key was replaced",
    "gone": "its last fact is gone: newest facts were cut off",
    "rewritten": "its last fact says something else now: the journal was rewritten",
    "recounted": "facts before it were added or removed",
}


@click.group()
def journal() -> None:
    """The journal of everything that happened: state its head, verify its chain."""


@journal.command()
def head() -> None:
    """Print a line that says how many facts there are and what the last one is, signed.

    Keep it where whoever holds the database cannot change it: on paper, in a mail to the auditor, on another machine.
    """
    need_current_database()
    from watchfloor.journal.verifying import state_head

    click.echo(state_head(now=clock.now()).stated)


@journal.command()
@click.option("--head", "heads", multiple=True, metavar="LINE", help="A head stated earlier; may be repeated.")
@click.option("--full", is_flag=True, help="From the first fact on, not from where the last check ended.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(heads: tuple[str, ...], full: bool, as_json: bool) -> None:
    """Check that no fact was edited, removed, put in or moved, and that heads stated earlier still hold.

    Without a head, newest facts that were cut off and a chain that was rewritten as a whole go unseen.

    Exit status: 0 nothing is wrong, 1 something is.
    """
    need_current_database()
    from watchfloor.journal import verifying

    checked = [verifying.check_head(each) for each in heads]
    found = verifying.verify(SYSTEM, full=full, now=clock.now())
    while found.broken_at is None and not found.is_complete:
        found = verifying.verify(SYSTEM, now=clock.now())
    sound = found.broken_at is None and all(each.holds for each in checked)
    if as_json:
        said = {"chain": asdict(found), "heads": [asdict(each) for each in checked], "is_sound": sound}
        click.echo(json.dumps(said, indent=2, default=str))
    else:
        if found.broken_at is None:
            click.echo(f"The chain is unbroken: {found.count} facts, the last is {found.position}.")
        else:
            click.echo(f"Fact {found.broken_at} does not follow from the one before it.")
            click.echo("Somebody changed the database by hand; compare with a backup from before.")
        for each in checked:
            click.echo(
                f"Head of {each.stated_at:%Y-%m-%d %H:%M} UTC at fact {each.position}: {_VERDICTS[each.verdict]}."
            )
        if not checked:
            click.echo("No head was given: a cut tail or a journal rewritten as a whole would go unseen.")
    sys.exit(0 if sound else 1)
