"""``watchfloor import --as-baseline``: a file, a project or baseline inside one, or a revision becomes a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from watchfloor.exchange.operations import BaselineOrder
from watchfloor.exchange.records import ImportedBaselineRecord
from watchfloor.forecasts import operations as forecasts
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import queries as plans
from watchfloor.plans.operations import Proposal
from watchfloor.plans.records import BaselineSummary
from watchfloor.portfolio import queries as portfolio

_ROWS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options, as given."""

    name: str
    project_code: str | None
    inside: str
    stored: str
    revision: int | None
    reason: str
    authority: str
    reference: str
    propose: bool

    def check(self, files: Sequence[Path]) -> None:
        """Refuse what makes no sense together."""
        if not self.project_code:
            raise click.UsageError("--as-baseline needs --of PROJECT: whose baseline is it?")
        if len(files) > 1:
            raise click.UsageError("--as-baseline takes one file.")
        if not files and self.revision is None and not self.stored:
            raise click.UsageError("Name a file, or --revision N, or --stored NAME for one that came in before.")
        if files and self.revision is not None:
            raise click.UsageError("Name a file or --revision N, not both.")

    @property
    def order(self) -> BaselineOrder:
        return BaselineOrder(
            self.name, self.inside, self.stored, self.reason, self.authority, self.reference, approve=not self.propose
        )


def without_file(wanted: Wanted) -> None:
    """A baseline from what is here already: a revision, or a baseline that came inside a file."""
    assert wanted.project_code is not None
    project = portfolio.project(SYSTEM, wanted.project_code)
    proposal = Proposal(wanted.name, wanted.reason, wanted.authority, wanted.reference)
    source: forecasts.AtRevision | forecasts.InsideFile = forecasts.AtRevision(wanted.revision)
    if wanted.revision is None:
        source = forecasts.InsideFile(_stored(project.id, wanted.stored))
    freeze = forecasts.propose_baseline if wanted.propose else forecasts.set_baseline
    made = freeze(SYSTEM, project.id, source, proposal, now=clock.now())
    click.echo(f"{project.code}: {_became(made.name, made.kind, made.act)}")
    click.echo(_matched(made))


def told(found: ImportedBaselineRecord, *, dry_run: bool) -> str:
    """What became of a file that was given for a baseline."""
    lines = [
        f"  {found.project_code}: {'would be ' if dry_run else ''}{_became(found.name, found.kind, found.act)}, "
        f"from {found.source_code}{f' · {found.stored}' if found.stored else ''}",
        f"    {found.matched:,} activities matched ({found.matched - found.by_guid - found.by_name:,} by code, "
        f"{found.by_guid:,} by GUID, {found.by_name:,} by name), {found.unmatched:,} are not in the plan; "
        f"{found.uncovered:,} of the plan are not in the baseline",
    ]
    lines += [f"      not in the plan: {code} {name}".rstrip() for code, name in found.unmatched_rows[:_ROWS_SHOWN]]
    if found.unmatched > _ROWS_SHOWN:
        lines.append(f"      … and {found.unmatched - _ROWS_SHOWN:,} more")
    return "\n".join(lines)


def _stored(project_id: int, name: str) -> int:
    wanted = name.casefold()
    if name.isdecimal():
        wanted = "baseline" if name == "0" else f"baseline {name}"
    imported = [each for each in plans.baselines(SYSTEM, project_id) if each.kind == "imported"]
    for each in imported:  # the newest first
        if each.name.casefold() == wanted:
            return each.id
    held = ", ".join(dict.fromkeys(each.name for each in imported)) or "none"
    raise click.UsageError(f"No baseline {name} came inside a file of this project. There: {held}.")


def _became(name: str, kind: str, act: str) -> str:
    words = {"original": "baseline", "rebaseline": "re-baseline", "amendment": "amendment"}.get(act, "baseline")
    return f"{words} “{name}” {'waits for approval' if kind == 'proposed' else 'approved'}"


def _matched(made: BaselineSummary) -> str:
    return f"  {made.matched or 0:,} activities matched, {made.unmatched or 0:,} are not in the plan"
