"""``watchfloor import``: plan files into the store, with progress and the result of each."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

import click

from watchfloor.cli import as_baseline
from watchfloor.cli.answers import Answers, remedy, told
from watchfloor.cli.watching import watch
from watchfloor.exchange import queries
from watchfloor.exchange.formats.sheet.template import template
from watchfloor.exchange.operations import answer_import, run_import, start_import
from watchfloor.exchange.records import ImportedProjectRecord, ImportRecord
from watchfloor.forecasts.operations import freeze_read
from watchfloor.kit import clock
from watchfloor.kit.errors import WatchfloorError
from watchfloor.kit.viewer import SYSTEM

_FILES_MAX = 1_000
_ROWS_SHOWN = 20
_BY_PEOPLE = frozenset({"answer", "mapping"})


@click.command("import")
@click.argument("files", nargs=-1, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--project", "project_code", help="Import into this project; the file must hold one.")
@click.option("--programme", "programme_code", help="Make new projects in this programme.")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="[SOURCE=]CODE",
    help="Which project a plan updates, where that is asked: CODE, or SOURCE=CODE for the plan called SOURCE in its "
    "file; “new” makes a new one. Remembered for files like it.",
)
@click.option("--as-baseline", "baseline_name", metavar="NAME", help="Make it a baseline of this name, no revision.")
@click.option("--of", "of_project", metavar="PROJECT", help="Whose baseline it is.")
@click.option("--inside", default="", metavar="CODE", help="For a baseline: which project of the file, if several.")
@click.option(
    "--stored",
    default="",
    metavar="NAME|0-10",
    help="For a baseline: one held inside the file, by name or MS Project number; without a file, one that came in.",
)
@click.option("--revision", type=int, help="For a baseline: a revision of the project instead of a file.")
@click.option("--reason", default="", help="For a baseline: why. Needed when one is approved already.")
@click.option("--authority", default="", help="For a baseline: who decided it. Needed when one is approved already.")
@click.option("--reference", default="", help="For a baseline: where that is written down.")
@click.option("--propose", is_flag=True, help="For a baseline: let a person approve it; else it is approved at once.")
@click.option(
    "--take-older",
    is_flag=True,
    help="Take plans whose data date lies before the one held, or that lack most of its activities.",
)
@click.option("--watch", "watches", is_flag=True, help="Go on importing what comes into the folder, until Ctrl-C.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; store nothing.")
@click.option(
    "--template",
    "template_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write an empty template (.csv or .xlsx) instead, and end.",
)
def importing(
    files: tuple[Path, ...],
    project_code: str | None,
    programme_code: str | None,
    mapped: tuple[str, ...],
    baseline_name: str | None,
    of_project: str | None,
    inside: str,
    stored: str,
    revision: int | None,
    reason: str,
    authority: str,
    reference: str,
    propose: bool,
    take_older: bool,
    watches: bool,
    dry_run: bool,
    template_path: Path | None,
) -> None:
    """Import plan files: .mpp .mpx .xml .xer .csv .xlsx; folders are searched.

    Each file is read in a process of its own and stored whole or not at all. A file seen before makes a new
    revision of its project, an unchanged one makes none. Acts with full rights, like every command of the server.

    Which project a file updates is found by what was decided before, or by the project's code; where its activity
    codes point to another project, it is asked for on a terminal, and else waits for an answer.

    With --as-baseline the file makes no revision: what it plans (or holds as a baseline) becomes a baseline of the
    project named with --of, with its activities matched by code. Dates are computed; planned dates are never taken.

    With --watch it goes on: files that are new or changed in the folder are imported once they have settled, each by
    itself. A restart imports nothing again.

    Exit status: 0 all files are in, 1 at least one was refused, 2 wrong usage, 3 at least one waits for an answer.
    """
    if template_path is not None:
        template(template_path)
        click.echo(f"Wrote {template_path}. docs/user/import.md explains its columns.")
        return
    wanted = None
    if baseline_name is None and (of_project or inside or stored or revision is not None or propose):
        raise click.UsageError("--of, --inside, --stored, --revision and --propose go with --as-baseline NAME.")
    if baseline_name is not None:
        wanted = as_baseline.Wanted(
            baseline_name, of_project or project_code, inside, stored, revision, reason, authority, reference, propose
        )
        wanted.check(files)
        if not files:
            as_baseline.without_file(wanted)
            return
        project_code = wanted.project_code
    if watches:
        if len(files) != 1 or not files[0].is_dir() or project_code or dry_run or wanted:
            raise click.UsageError("--watch takes one folder, and neither --project nor --dry-run.")
        raise SystemExit(0 if watch(files[0], programme_code=programme_code or "") else 1)
    found = _expanded(files)
    if not found:
        raise click.UsageError("Name at least one file, or --template to get an empty sheet.")
    refused = waiting = 0
    answers = Answers.of(mapped, take_older=take_older)
    for at, path in enumerate(found, start=1):
        try:
            label = f"{at}/{len(found)}"
            record = _import(path, project_code, programme_code, wanted, dry_run=dry_run, label=label)
            record = _answered(record, answers, label)
        except WatchfloorError as problem:
            click.echo(f"{path}: {problem}" + (f"\n  {problem.remedy}" if problem.remedy else ""), err=True)
            refused += 1
            continue
        _show(record)
        refused += record.state in {"refused", "cancelled"}
        waiting += record.waits_for_person
    if waiting:
        click.echo(f"{waiting} of {len(found)} files wait for an answer; nothing of them is stored.", err=True)
    if refused:
        click.echo(f"{refused} of {len(found)} files were refused.", err=True)
    if refused or waiting:
        raise SystemExit(1 if refused else 3)


def _expanded(files: Iterable[Path]) -> list[Path]:
    """Files as named; folders become the files in them; patterns that the shell left alone are matched here."""
    found: list[Path] = []
    for named in files:
        if named.is_dir():
            found += sorted(path for path in named.rglob("*") if path.is_file() and not path.name.startswith("."))
        elif named.exists() or not glob.has_magic(str(named)):
            found.append(named)
        else:
            found += sorted(Path(path) for path in glob.glob(str(named)))
    if len(found) > _FILES_MAX:
        raise click.UsageError(f"These are {len(found):,} files; at most {_FILES_MAX:,} are imported at once.")
    return found


def _import(
    path: Path,
    project_code: str | None,
    programme_code: str | None,
    wanted: as_baseline.Wanted | None = None,
    *,
    dry_run: bool,
    label: str,
) -> ImportRecord:
    if not path.is_file():
        raise click.UsageError(f"There is no file {path}.")
    import_id = start_import(
        SYSTEM,
        path,
        source_name=path.name,
        programme_code=programme_code,
        project_code=project_code,
        dry_run=dry_run,
        as_baseline=wanted.order if wanted is not None else None,
        queued=False,
        now=clock.now(),
    )
    return _run(import_id, f"{label} {path.name[:50]}")


def _answered(record: ImportRecord, answers: Answers, label: str) -> ImportRecord:
    """The import after its questions were answered by options or by somebody at the terminal; as it is without."""
    for _round in range(2):  # which project, then perhaps an older data date
        said = answers.to(record) if record.waits_for_person else None
        if said is None:
            break
        answer_import(
            SYSTEM, record.id, projects=said.projects, take_older=said.take_older, queued=False, now=clock.now()
        )
        record = _run(record.id, f"{label} {record.source_name[:50]}")
    return record


def _run(import_id: int, label: str) -> ImportRecord:
    with click.progressbar(length=100, label=label, show_eta=False) as bar:

        def beat(done: int, total: int, note: str) -> bool:
            bar.update(max(0, round(100 * done / max(1, total)) - bar.pos))
            return True

        run_import(import_id, beat=beat, freeze=freeze_read, now=clock.now())
        bar.update(100 - bar.pos)
    return queries.plan_import(SYSTEM, import_id)


def _show(record: ImportRecord) -> None:
    click.echo(f"{record.source_name} · {record.format or 'not read'}" + (f" · {record.tool}" if record.tool else ""))
    for question in record.questions:
        click.echo(told(question), err=record.waits_for_person)
    if record.waits_for_person:
        click.echo(f"  {remedy(record)}", err=True)
    if record.error:
        click.echo(f"  Refused: {record.error}", err=True)
        if record.remedy:
            click.echo(f"  {record.remedy}", err=True)
    for row in record.row_errors[:_ROWS_SHOWN]:
        where = f"{row.sheet} row {row.row}" if row.sheet else f"row {row.row}"
        click.echo(f"  {where}, {row.column}: {row.problem}. {row.remedy}", err=True)
    if record.row_errors_total > _ROWS_SHOWN:
        click.echo(f"  … and {record.row_errors_total - _ROWS_SHOWN} more cells", err=True)
    for project in record.projects:
        click.echo(f"  {project.project_code} {project.name}: {_outcome(project, dry_run=record.dry_run)}")
        if project.orphans:
            click.echo(
                f"    {project.orphans:,} values added here have lost their activity; they wait on its page “Added”"
            )
        if project.replaced_total:
            click.echo(
                f"    {project.replaced_total:,} edits made here were replaced by this file; undo brings them back:"
            )
        for edit in project.replaced[:_ROWS_SHOWN]:
            was, now = ("nothing" if value is None else value for value in (edit.here, edit.file))
            click.echo(f"      {edit.key} {edit.field}: {was} here{f' by {edit.by}' if edit.by else ''}, {now} now")
        for each in project.renames[:_ROWS_SHOWN]:
            taken = "is" if each.accepted else "may be"
            click.echo(
                f"    {each.source_key} {taken} {each.key}, by the same {'GUID' if each.how == 'guid' else 'name'}"
            )
    if record.baseline is not None:
        click.echo(as_baseline.told(record.baseline, dry_run=record.dry_run))
    if record.remarks:
        click.echo(f"  Not understood or changed ({len(record.remarks)}):")
    for remark in record.remarks[:_ROWS_SHOWN]:
        click.echo(f"    {remark.detail} [{remark.place}]")
    if len(record.remarks) > _ROWS_SHOWN:
        click.echo(f"    … and {len(record.remarks) - _ROWS_SHOWN} more, on the import's page")


def _outcome(project: ImportedProjectRecord, *, dry_run: bool) -> str:
    counts = project.counts
    size = f"{counts.get('activities', 0):,} activities, {counts.get('dependencies', 0):,} dependencies"
    if project.is_unchanged and not project.is_new and not dry_run:
        return f"unchanged ({size})"
    what = "new project" if project.is_new else "new revision"
    change = f"{project.added:,} added, {project.changed:,} changed, {project.removed:,} removed"
    revision = f", revision {project.revision}" if project.revision is not None else ""
    found = f"; {project.equal:,} of {project.of:,} codes equal" if project.matched_by in _BY_PEOPLE else ""
    return f"{'would be ' if dry_run else ''}{what}{revision}: {size}; {change}{found}"
