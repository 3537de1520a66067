"""``watchfloor sample``: load, advance and remove the sample organisation."""

from __future__ import annotations

import re
import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watchfloor.cli.preparing import need_current_database
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM

if TYPE_CHECKING:
    from watchfloor.sample.advance import Tick

_UNITS = {"s": 1, "m": 60, "h": 3600}


@click.group()
def sample() -> None:
    """The sample organisation: 48 projects with half a year of history, made up and removable.

    The same seed, day and size bring the same organisation. What is planted in it is listed by `sample planted`.
    """


@sample.command()
@click.option("--seed", default=1, show_default=True, help="Another seed, another organisation.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of the history, a Monday; the one of this week when left out.",
)
@click.option("--size", type=click.Choice(["small", "full"]), default="full", show_default=True)
def load(seed: int, as_of: datetime | None, size: str) -> None:
    """Load it, week by week; the floor answers meanwhile."""
    need_current_database()
    from watchfloor.sample import work

    began = clock.now()

    def report(done: int, total: int, note: str) -> bool:
        seconds = (clock.now() - began).total_seconds()
        click.echo(f"[{seconds:6.1f} s] {done * 100 // total:3d} %  {note}")
        return True

    loaded = work.load_here(
        SYSTEM, seed=seed, as_of=as_of.date() if as_of else None, size=size, clock=clock.now, progress=report
    )
    click.echo(
        f"{loaded.projects} projects, {loaded.activities:,} activities, {loaded.people} people, "
        f"{loaded.updates:,} updates."
    )


@sample.command()
@click.option("--every", metavar="30s", help="Go on, one day each time; stop with Ctrl-C. Units: s, m, h.")
@click.option("--days", type=click.IntRange(1, 365), default=1, show_default=True, help="Days without --every.")
def tick(every: str | None, days: int) -> None:
    """Advance it by a day: progress on some projects, now and then a delay."""
    need_current_database()
    from watchfloor.sample.advance import Advancer

    advancer = Advancer(SYSTEM)
    if every is None:
        for _ in range(days):
            _say(advancer.tick(now=clock.now()))
        return
    wait_s = _seconds(every)
    stop = threading.Event()
    try:
        while True:
            _say(advancer.tick(now=clock.now()))
            stop.wait(wait_s)
    except KeyboardInterrupt:
        click.echo("Stopped.")


@sample.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--week", type=click.IntRange(1, 50), default=1, show_default=True, help="Weeks after the last of its history."
)
@click.option("--seed", default=1, show_default=True)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="As the sample was loaded; else as it is loaded here.")
@click.option("--size", type=click.Choice(["small", "full"]), default="full", show_default=True)
def files(folder: Path, week: int, seed: int, as_of: datetime | None, size: str) -> None:
    """Write its next week as MS Project files, as managers send them on a Monday.

    Two do not come, one is broken and one is old; import the folder to see what becomes of them.
    """
    from watchfloor.sample.files import write_week
    from watchfloor.sample.generator import generate

    day = as_of.date() if as_of else None
    if day is None:
        need_current_database()
        from watchfloor.sample import removal

        loaded = removal.state()
        if loaded is None:
            raise click.UsageError("No sample is loaded here; name its Monday with --as-of.")
        day, seed, size = loaded.as_of, loaded.seed, loaded.size
    with click.progressbar(length=100, label="Writing plans", show_eta=False) as bar:
        written = write_week(
            generate(seed=seed, as_of=day, size=size),
            folder,
            week=week,
            report=lambda done, total, note: bar.update(max(0, 100 * done // total - bar.pos)),
        )
        bar.update(100 - bar.pos)
    click.echo(f"{len(written.files)} files for the cut-off {written.cut_off} in {folder}")
    click.echo(f"Not there: {', '.join(written.missing)}. Broken: {written.broken}. Older than known: {written.older}.")


@sample.command()
def remove() -> None:
    """Remove its projects, programmes and accounts. The journal keeps that they existed."""
    need_current_database()
    from watchfloor.sample import removal

    removal.remove(SYSTEM, now=clock.now())
    click.echo("The sample organisation is removed.")


@sample.command()
@click.option("--seed", default=1, show_default=True)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--size", type=click.Choice(["small", "full"]), default="full", show_default=True)
def planted(seed: int, as_of: datetime, size: str) -> None:
    """List its troubles and decoys, to score detectors by."""
    from watchfloor.sample.generator import generate
    from watchfloor.sample.load import check

    check(as_of=as_of.date(), size=size)
    organisation = generate(seed=seed, as_of=as_of.date(), size=size)
    for row in organisation.planted:
        shared = f" with {', '.join(row.others)}" if row.others else ""
        click.echo(
            f"{row.kind:22} {row.size:6} {row.project:6} {row.subject or '-':12} from {row.begins} "
            f"{row.measured:8.3g}  {row.expected or 'no detector yet'}{shared}"
        )
    for decoy in organisation.decoys:
        click.echo(f"decoy {decoy.kind:24} {decoy.project:6} from {decoy.begins}  {decoy.why}")


def _say(tick: Tick) -> None:
    news = f"; {tick.struck} has trouble" if tick.struck else ""
    click.echo(f"{clock.now():%H:%M:%S}  {tick.today:%a %d %b %Y}: {len(tick.updated)} projects updated{news}")


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    seconds = float(found[1]) * _UNITS[found[2] or "s"] if found else 0.0
    if not 1 <= seconds <= 86_400:
        raise click.BadParameter("Write a time like 30s, 5m or 1h, from a second to a day.", param_hint="--every")
    return seconds
