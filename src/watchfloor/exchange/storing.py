"""From a read document to revisions: every plan with its project and our keys, and what became of it, as plain data."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watchfloor.exchange.fielding import after_recording, before_recording, rules_for
from watchfloor.exchange.mapping import Decision, aliases_of, keep_aliases, remember
from watchfloor.exchange.matching import Asks, Match, match
from watchfloor.exchange.models import ImportedProject, PlanImport
from watchfloor.exchange.pairing import Pairing, pair
from watchfloor.exchange.parts import settled
from watchfloor.exchange.records import QuestionRecord
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.calendar_check import CalendarNote, calendar_notes
from watchfloor.plans.document import Plan, PlanDocument
from watchfloor.plans.models import Revision
from watchfloor.plans.operations import apply_control_rule, record_plan
from watchfloor.plans.records import EditsSinceFile, RevisionRecord
from watchfloor.plans.rekeying import rekeyed
from watchfloor.plans.replaced import replaced_edits
from watchfloor.portfolio import queries as portfolio

_RENAMES_TOLD = 200
_REPLACED_TOLD = 200


_LEAST_TO_SHRINK = 20  # smaller plans may well be made anew


@dataclass(frozen=True, slots=True)
class _Paired:
    """A plan told with our keys."""

    match: Match
    plan: Plan
    pairing: Pairing
    aliases: Mapping[str, str]
    held: int = 0  # activities we hold
    kept: int = 0  # of them those that the file still has


def record_document(
    row: PlanImport,
    viewer: Viewer,
    document: PlanDocument,
    *,
    progress: Callable[[float, str], None],
    now: datetime,
) -> list[dict[str, Any]]:
    """Store every plan of the document; what became of each. Inside one transaction.

    Raises:
        Asks: a person has to say which project a plan updates, or that an older or a much smaller plan is meant.
    """
    project_code = portfolio.project_by_id(viewer, row.project_id).code if row.project_id else None
    said = {int(place): code for place, code in row.answers.get("projects", {}).items()}
    matches = match(
        viewer,
        document,
        programme_code=_programme_code(viewer, row.programme_id),
        project_code=project_code,
        file_name=row.source_name,
        answers=said,
        now=now,
    )
    wider = matches[-1].viewer
    paired = _paired(wider, matches)
    if not row.answers.get("take_older"):
        _hold_doubtful(paired)
    decided = _decision(row, viewer, now)
    ImportedProject.objects.filter(plan_import=row).delete()
    results = []
    for index, each in enumerate(paired):
        project = each.match.project
        progress(index / len(paired), project.code)
        rules = rules_for(project)
        edits = None if each.match.is_new else plans.edits_since_file(wider, project.id)
        plan, mapped = before_recording(each.plan, rules)
        revision = record_plan(
            wider,
            project.id,
            plan,
            origin="import",
            source_name=row.source_name,
            now=now,
        )
        if not row.dry_run:
            ImportedProject.objects.create(
                plan_import=row,
                project_id=project.id,
                revision=Revision(pk=revision.id) if revision else None,
            )
        keep_aliases(project.id, each.pairing, each.aliases, decided)
        _remember(wider, each.match, decided)
        apply_control_rule(project.id, now=now)
        mapped += after_recording(
            wider, project, plan, rules, is_new=each.match.is_new, file_name=row.source_name, now=now
        )
        told = [dataclasses.asdict(each_mapped) for each_mapped in mapped]
        results.append({**_result(each, revision), "mapped": told, **_replaced(wider, project.id, edits)})
    orphans = plans.orphan_counts(wider, [each.match.project.id for each in paired])
    return [{**each, "orphans": orphans.get(each["project_id"], 0)} for each in results]


def _replaced(viewer: Viewer, project_id: int, edits: EditsSinceFile | None) -> dict[str, Any]:
    """Edits made here that the file replaced, with who made them."""
    after = plans.head_plan(viewer, project_id) if edits is not None else None
    if edits is None or after is None:
        return {}
    rows = list(replaced_edits(edits.imported, edits.here, after))
    told = [{**dataclasses.asdict(row), "by": edits.by.get(row.key, "")} for row in rows[:_REPLACED_TOLD]]
    return {"replaced": told, "replaced_total": len(rows)}


def _paired(viewer: Viewer, matches: Sequence[Match]) -> list[_Paired]:
    """Every plan told with the keys we hold, links between the projects of the file included."""
    aliases = aliases_of(each.project.id for each in matches)
    found = []
    for each in matches:
        known = aliases.get(each.project.id, {})
        held = None if each.is_new else plans.head_plan(viewer, each.project.id)
        found.append((each, held, settled(held, each.plan), pair(held, each.plan, known), known))
    elsewhere = {each.project.code: pairing.keys for each, _held, _plan, pairing, _known in found}
    paired = []
    for each, held, plan, pairing, known in found:
        ours = rekeyed(plan, pairing.keys, elsewhere)
        keys = {activity.key for activity in held.activities} if held is not None else set()
        kept = len(keys & {activity.key for activity in ours.activities})
        paired.append(_Paired(each, ours, pairing, known, held=len(keys), kept=kept))
    return paired


def _hold_doubtful(paired: Sequence[_Paired]) -> None:
    """Ask before a plan goes back in time or loses most of its activities: the file may be an old one, or cut off."""
    questions = []
    heads = plans.head_revisions([each.match.project.id for each in paired])
    for place, each in enumerate(paired, start=1):
        project, head = each.match.project, heads.get(each.match.project.id)
        if head is None:
            continue
        older = head.data_date is not None and each.plan.data_date is not None and each.plan.data_date < head.data_date
        shrunk = each.held >= _LEAST_TO_SHRINK and each.kept * 2 < each.held
        if older or shrunk:
            kind = "older_date" if older else "shrunk"
            questions.append(
                QuestionRecord(
                    plan=place,
                    kind=kind,
                    reason=kind,
                    source_code=each.match.source_code,
                    name=each.plan.name,
                    activities=len(each.plan.activities),
                    data_date=each.plan.data_date,
                    project_id=project.id,
                    project_code=project.code,
                    held_data_date=head.data_date,
                    held_revision=head.number,
                    held_activities=each.held,
                    kept=each.kept,
                )
            )
    if questions:
        raise Asks(questions, "held")


def _decision(row: PlanImport, viewer: Viewer, now: datetime) -> Decision:
    if row.answers:
        return Decision(row.answers["by_id"], row.answers["by_name"], datetime.fromisoformat(row.answers["at"]))
    return Decision(viewer.user_id, viewer.name, now)


def _remember(viewer: Viewer, each: Match, decided: Decision) -> None:
    """Keep what a person answered, and what the code of the file alone would not find again."""
    found_by_code = each.how in ("named", "mapping", "code") or (
        each.how == "new" and each.project.code == each.source.code
    )
    if not found_by_code:
        equal, of = (each.overlap.equal, each.overlap.of) if each.overlap else (0, len(each.plan.activities))
        remember(viewer, each.project.id, each.source, equal=equal, of=of, decided=decided)


def _programme_code(viewer: Viewer, programme_id: int | None) -> str | None:
    if programme_id is None:
        return None
    return next((each.code for each in portfolio.programmes(viewer) if each.id == programme_id), None)


def _result(paired: _Paired, revision: RevisionRecord | None) -> dict[str, Any]:
    matched, plan = paired.match, paired.plan
    return {
        "project_id": matched.project.id,
        "project_code": matched.project.code,
        "source_code": matched.source_code,
        "name": matched.project.name,
        "is_new": matched.is_new,
        "revision": revision.number if revision else None,
        "is_unchanged": revision is None,
        "added": revision.added if revision else 0,
        "removed": revision.removed if revision else 0,
        "changed": revision.changed if revision else 0,
        "counts": _counts(plan),
        "baselines": [each.name for each in plan.baselines],
        "data_date": plan.data_date.isoformat() if plan.data_date else "",
        "with_stored_dates": sum(each.stored is not None for each in plan.activities),
        "matched_by": matched.how,
        "equal": matched.overlap.equal if matched.overlap else 0,
        "of": matched.overlap.of if matched.overlap else 0,
        "calendar_notes": [dataclasses.asdict(each) for each in _calendar_notes(paired)],
        "renames": [dataclasses.asdict(each) for each in paired.pairing.renames[:_RENAMES_TOLD]],
    }


def _calendar_notes(paired: _Paired) -> tuple[CalendarNote, ...]:
    project = paired.match.project
    return calendar_notes(paired.plan, country=project.country, region=project.region)


def _counts(plan: Plan) -> dict[str, int]:
    return {
        "activities": len(plan.activities),
        "dependencies": len(plan.dependencies),
        "wbs": len(plan.wbs),
        "calendars": len(plan.calendars),
        "resources": len(plan.resources),
        "assignments": len(plan.assignments),
        "code_types": len(plan.code_types),
        "code_values": sum(len(each.codes) for each in plan.activities),
        "field_types": len(plan.field_types),
        "field_values": sum(len(each.fields) for each in plan.activities),
        "constraints": sum(len(each.constraints) for each in plan.activities),
        "baselines": len(plan.baselines),
    }
