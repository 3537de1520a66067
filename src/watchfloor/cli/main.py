"""``watchfloor``: the command. Subcommands load when asked for, so that help and ``check`` start at once."""

from __future__ import annotations

import importlib
import os
import sys

import click

from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.home import place_kernel_cache

_COMMANDS = {
    "up": ("watchfloor.cli.up:up", "Start everything on this machine and print where to sign in."),
    "web": ("watchfloor.cli.web:web", "Serve pages, API and live events alone."),
    "pipeline": ("watchfloor.cli.pipeline:pipeline", "Run forecasts, detectors, alerts and deliveries alone."),
    "import": ("watchfloor.cli.importing:importing", "Import plan files: .mpp .mpx .xml .xer .csv .xlsx."),
    "costs": ("watchfloor.cli.costs:costs", "Record budgets, costs, accruals and commitments from reports."),
    "rates": ("watchfloor.cli.costs:rates", "Record exchange rates by file, by hand or from the bundled history."),
    "check": ("watchfloor.cli.check:check", "Check the health of any plan file; needs no server."),
    "diff": ("watchfloor.cli.diff:diff", "Compare two plan files, and say why the finish moved."),
    "feed": ("watchfloor.cli.feed:feed", "Watch files or folders that bring new plans by themselves."),
    "sample": ("watchfloor.cli.sample:sample", "Load, advance or remove the sample organisation."),
    "user": ("watchfloor.cli.user:user", "Accounts, roles and sign-in links."),
    "journal": ("watchfloor.cli.journal:journal", "State the journal's head, and verify that nobody changed it."),
    "doctor": ("watchfloor.cli.doctor:doctor", "Say what is wrong with this installation, and what to do."),
}
_WITHOUT_DATABASE = frozenset({"check", "diff"})
EXIT_OF_OURS = 70


class _Commands(click.Group):
    """Commands by name, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        if cmd_name not in _WITHOUT_DATABASE:
            _load_django()
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in _COMMANDS.items()])


def _load_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as wrong:
        raise click.ClickException(f"A setting is wrong: {wrong}") from wrong


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Settings come from the environment (WATCHFLOOR_PORT, WATCHFLOOR_HOME …); docs/user/settings.md lists them.",
)
@click.version_option(package_name="watchfloor", message="%(prog)s %(version)s")
def group() -> None:
    """Watchfloor: the operations centre for all projects of an organisation.

    Start with `watchfloor up`, or try `watchfloor check plan.xer` on any plan file.
    """


def main() -> None:
    """Entry point. Anticipated errors end with their message and status 1, wrong usage with 2, ours with 70."""
    place_kernel_cache()
    try:
        group(prog_name="watchfloor")
    except WatchfloorError as error:
        click.echo(f"Error: {error}" + (f"\n{error.remedy}" if error.remedy else ""), err=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as fault:  # a fault of ours: say so, keep the trace where it is asked for
        if os.environ.get("WATCHFLOOR_DEBUG"):
            raise
        _blame_the_database(fault)
        click.echo(
            f"Watchfloor failed: {type(fault).__name__}: {fault}\n"
            "This is a fault of ours. Run it again with WATCHFLOOR_DEBUG=1 for the trace, and please report it.",
            err=True,
        )
        sys.exit(EXIT_OF_OURS)


def _blame_the_database(fault: Exception) -> None:
    """A missing table usually means that nobody brought the database up to date: then say that instead."""
    if type(fault).__module__ != "django.db.utils":
        return
    from watchfloor.cli.preparing import need_current_database

    try:
        need_current_database()
    except click.ClickException as reason:
        reason.show()
        sys.exit(1)


if __name__ == "__main__":
    main()
