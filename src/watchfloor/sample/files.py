"""The sample's next week as its managers would send it: MS Project files under new names, with new numbers in them.

To try what a PMO lives with every Monday. Two files do not come, one is broken, one is older than what is known
already; which ones follows from the seed and the week.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from watchfloor.exchange.formats.mspdi.writer import write_mspdi
from watchfloor.plans.document import FieldType, Plan, PlanBaseline
from watchfloor.sample.generator import SampleOrganisation, SampleProject
from watchfloor.sample.updates import Update, update_on
from watchfloor.sample.workdays import TICKS_PER_WORKDAY, ends_at, starts_at

WEEKS_MAX = 50
_MISSING = 2
_OLDER_BY = timedelta(weeks=3)
_FIELDS = ("RAG", "Forecast finish", "EAC", "Path to green", "Responsible", "Promised")
_LETTERS = {"on": "G", "watch": "A", "risk": "R", "crit": "R"}


@dataclass(frozen=True, slots=True)
class WrittenWeek:
    """What lies in the folder, and what is wrong with it on purpose; project codes."""

    cut_off: date
    files: tuple[Path, ...]
    missing: tuple[str, ...]
    broken: str
    older: str


def write_week(
    organisation: SampleOrganisation, folder: Path, *, week: int, report: Callable[[int, int, str], None]
) -> WrittenWeek:
    """Write the files of the ``week``-th week after the as-of day, which begins on a Monday, into the folder.

    Raises:
        ValueError: ``week`` is not between 1 and 50.
    """
    if not 1 <= week <= WEEKS_MAX:
        raise ValueError(f"Week {week}; from 1 to {WEEKS_MAX} are possible.")
    folder.mkdir(parents=True, exist_ok=True)
    order = sorted(
        organisation.projects, key=lambda each: zlib.crc32(f"{organisation.seed}/{week}/{each.code}".encode())
    )
    watched = [each for each in order if each.held_on is None]
    silent = [each.code for each in watched if each.model.story.silent_from is not None]
    speaking = [each.code for each in watched if each.code not in silent]
    missing = tuple((silent + speaking)[:_MISSING])
    broken, older = speaking[-1], speaking[-2]
    files = []
    for at, project in enumerate(organisation.projects):
        report(at, len(organisation.projects), project.code)
        if project.code in missing:
            continue
        day = organisation.as_of + timedelta(days=7 * (week - 1) + project.cut_off_weekday)
        path = folder / f"{project.code} {project.brief.name.replace('/', '-')} v{26 + week} {day:%d%b}.xml"
        _write(project, day - _OLDER_BY if project.code == older else day, path, first_uid=1_000 * week)
        if project.code == broken:
            whole = path.read_bytes()
            path.write_bytes(whole[: len(whole) * 3 // 5])
        files.append(path)
    return WrittenWeek(organisation.as_of + timedelta(days=7 * week - 3), tuple(files), missing, broken, older)


def _write(project: SampleProject, day: date, path: Path, *, first_uid: int) -> None:
    plan = project.plan_on(day)
    said = update_on(project.model, day)
    plan = replace(
        plan,
        # MS Project links to other files by path; ours are made here, and stay when the file comes again.
        dependencies=tuple(each for each in plan.dependencies if not each.predecessor_project),
        activities=tuple(
            replace(
                each,
                fields={
                    **each.fields,
                    "Responsible": each.responsible,
                    **({"Promised": "yes"} if each.is_committed else {}),
                },
            )
            for each in plan.activities
        ),
        field_types=(*plan.field_types, *(FieldType(name, name) for name in _FIELDS)),
        fields={**plan.fields, **_said(said, plan)},
        baselines=(_baseline(project, plan),),
    )
    write_mspdi(plan, path, first_uid=first_uid)


def _said(update: Update, plan: Plan) -> dict[str, str]:
    """What the manager writes into the project's own fields."""
    return {
        "RAG": _LETTERS[update.reported["overall"]],
        "Forecast finish": update.forecast_finish.isoformat(),
        "EAC": f"{update.eac_minor} {plan.currency}",
        "Path to green": update.path_to_green,
    }


def _baseline(project: SampleProject, plan: Plan) -> PlanBaseline:
    """The baseline as the file carries it: planned dates and budget of every activity that is in the plan."""
    model, keys = project.model, project.model.keys
    here = {each.key for each in plan.activities}
    rows = [at for at, key in enumerate(keys) if key in here]
    return PlanBaseline(
        "Baseline",
        start={keys[at]: starts_at(model.baseline.start[at]) for at in rows},
        finish={keys[at]: ends_at(model.baseline.end[at]) for at in rows},
        duration_ticks={keys[at]: model.days[at] * TICKS_PER_WORKDAY for at in rows},
        cost_minor={keys[at]: model.budget_minor[at] for at in rows if model.network.nodes[at].days},
    )
