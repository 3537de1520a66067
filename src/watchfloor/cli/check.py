"""``watchfloor check``: the health of plan files, without server, database or Django."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.sandbox import read_in_child
from watchfloor.forecasts.assess import CURVES, Assessment, AssessOptions, HardConstraints, Thresholds, assess
from watchfloor.forecasts.report import json_of, reasons_to_fail, unreadable_json
from watchfloor.forecasts.report_html import html_of

DEFAULT_FAIL_ON = "cycle,negative_float,invalid_dates,missing_logic"
EXIT_FINDINGS, EXIT_UNREADABLE = 1, 2
MAX_FILES = 1_000
_POINTS = (
    "missing_logic", "leads", "lags", "finish_start", "hard_constraints", "high_float", "negative_float",
    "high_duration", "invalid_dates", "unloaded", "missed", "critical_path_test", "cpli", "bei",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class _Checked:
    """One file: assessed, or refused."""

    path: Path
    assessment: Assessment | None
    refusal: UnreadableFile | None
    fails: tuple[str, ...]
    read_s: float
    assess_s: float


@click.command(
    epilog="Exit status: 0 nothing above its threshold, 1 something is, 2 a file cannot be read or wrong usage, "
    "70 a fault of ours. docs/user/check.md describes every figure and the JSON."
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON: an object for one file, an array for several.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a report that any browser opens.")
@click.option(
    "--fail-on",
    default=DEFAULT_FAIL_ON,
    show_default=True,
    metavar="WHAT[,WHAT…]",
    help="What ends with status 1: cycle, a point of the 14 by its code, each with an own limit as in "
    "missing_logic=0.1, or any, or none.",
)
@click.option(
    "--hard-constraints",
    type=click.Choice([each.value for each in HardConstraints]),
    default=HardConstraints.DCMA.value,
    show_default=True,
    help="Which constraints count as hard.",
)
@click.option("--baseline", default="", help="Name of the baseline inside the file to measure against; else its first.")
@click.option(
    "--curve",
    type=click.Choice(list(CURVES)),
    default="linear",
    show_default=True,
    help="How each budget of the baseline is spread over its working time.",
)
@click.option("--simulate", is_flag=True, help="Also simulate 1,000 futures of the finish.")
@click.option(
    "--paths", type=click.IntRange(1, 1000), default=None, help="Also list so many float paths, the tightest first."
)
@click.option("--to", "paths_to", default="", help="Key of the activity they lead to; else the project's last.")
@click.option("--details", is_flag=True, help="List offending activities in the terminal report.")
def check(
    files: tuple[Path, ...],
    *,
    as_json: bool,
    html: Path | None,
    fail_on: str,
    hard_constraints: str,
    baseline: str,
    curve: str,
    simulate: bool,
    paths: int | None,
    paths_to: str,
    details: bool,
) -> None:
    """Check plan files: schedule, 14 quality points, earned value, and our dates against those in the file.

    Reads Primavera P6 (.xer, .xml), MS Project (.mpp, .mpx, .xml) and our CSV or XLSX template.
    """
    if len(files) > MAX_FILES:
        raise click.UsageError(f"At most {MAX_FILES} files at once.")
    watched, thresholds = _fail_on(fail_on)
    options = AssessOptions(
        hard_constraints=hard_constraints, thresholds=thresholds, baseline=baseline, curve=curve, simulate=simulate,
        paths=paths or (10 if paths_to else 0), paths_to=paths_to,
    )  # fmt: skip
    checked = []
    for one in _check_all(files, options, watched):
        checked.append(one)
        if not as_json:
            _print(one, details=details)
    if as_json:
        objects = [_json(one) for one in checked]
        click.echo(json.dumps(objects[0] if len(objects) == 1 else objects, indent=2, ensure_ascii=False))
    if html is not None:
        html.write_text(html_of([(str(one.path), one.assessment, one.refusal) for one in checked]), encoding="utf-8")
        click.echo(f"Report written to {html}.", err=True)
    if any(one.refusal is not None for one in checked):
        sys.exit(EXIT_UNREADABLE)
    if any(one.fails for one in checked):
        sys.exit(EXIT_FINDINGS)


def _check_all(files: Iterable[Path], options: AssessOptions, watched: frozenset[str]) -> Iterator[_Checked]:
    for path in files:
        began = time.perf_counter()
        try:
            document = read_in_child(path)
        except UnreadableFile as refusal:
            yield _Checked(path, None, refusal, (), time.perf_counter() - began, 0.0)
            continue
        read = time.perf_counter()
        assessment = assess(document, options)
        done = time.perf_counter()
        yield _Checked(path, assessment, None, reasons_to_fail(assessment, watched), read - began, done - read)


def _fail_on(text: str) -> tuple[frozenset[str], Thresholds]:
    """What to fail on, and the thresholds with the limits given there."""
    thresholds = Thresholds()
    watched: set[str] = set()
    for part in filter(None, (each.strip().replace("-", "_") for each in text.split(","))):
        name, has_limit, limit = part.partition("=")
        if name == "none":
            continue
        if name == "any":
            watched.update(("cycle", *_POINTS))
            continue
        if name != "cycle" and name not in _POINTS:
            raise click.BadParameter(
                f"{name!r} is none of: cycle, any, none, {', '.join(_POINTS)}.", param_hint="--fail-on"
            )
        watched.add(name)
        if has_limit:
            if name == "cycle":
                raise click.BadParameter("A cycle has no limit.", param_hint="--fail-on")
            thresholds = dataclasses.replace(thresholds, **{name: _limit(name, limit)})
    return frozenset(watched), thresholds


def _limit(name: str, text: str) -> float:
    share = text.endswith("%")
    try:
        value = float(text.rstrip("%"))
    except ValueError:
        raise click.BadParameter(f"{text!r} is no limit for {name}.", param_hint="--fail-on") from None
    if not 0 <= value <= 1e9:
        raise click.BadParameter(f"A limit is not negative: {name}={text}.", param_hint="--fail-on")
    return value / 100 if share else value


def _json(one: _Checked) -> dict[str, Any]:
    if one.assessment is None:
        assert one.refusal is not None
        return unreadable_json(str(one.path), one.refusal)
    return json_of(str(one.path), one.assessment, fails=one.fails, read_s=one.read_s, assess_s=one.assess_s)


def _print(one: _Checked, *, details: bool) -> None:
    # Rich is loaded here only, since JSON needs none of it.
    from watchfloor.cli.check_text import print_assessment, print_refusal

    if one.assessment is None:
        assert one.refusal is not None
        print_refusal(one.path, one.refusal)
    else:
        print_assessment(one.path, one.assessment, one.fails, read_s=one.read_s, assess_s=one.assess_s, details=details)
