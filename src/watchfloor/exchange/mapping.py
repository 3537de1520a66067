"""Which project a file updates, once somebody has said so: remembered with who and when, listed, forgotten again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from watchfloor.exchange.models import ActivityAlias, ProjectMapping
from watchfloor.exchange.naming import pattern_of
from watchfloor.exchange.pairing import Pairing
from watchfloor.exchange.records import MappingRecord, mapping_record
from watchfloor.journal.operations import append
from watchfloor.kit.errors import NotAllowed, NotFound
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.document import Plan

MAX_MAPPINGS = 5_000
_LOOKED_AT = 200  # rules that fit one plan in some way


@dataclass(frozen=True, slots=True)
class Decision:
    """Who said so, and when."""

    by_id: int | None
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """How a plan of a file names itself."""

    file_pattern: str
    pattern: str  # of its code
    code: str
    name: str
    guid: str
    is_alone: bool  # the only plan of its file

    @classmethod
    def of(cls, plan: Plan, *, file_name: str, is_alone: bool) -> Source:
        code = plan.code or plan.name
        return cls(
            pattern_of(file_name)[:260], pattern_of(code)[:120], code[:120], plan.name[:200], plan.guid[:60], is_alone
        )


def mapped_projects(source: Source) -> tuple[int, ...]:
    """Projects that rules name for the plan, the best rule first.

    A rule fits by the project's GUID; by file name and project code; by the code alone; and, for a file that holds
    one plan only, by the file name alone. The newest of equally good rules is first.
    """
    fits = Q(source_pattern=source.pattern)
    if source.guid:
        fits |= Q(source_guid=source.guid)
    if source.is_alone:
        fits |= Q(file_pattern=source.file_pattern)
    rows = ProjectMapping.objects.filter(fits).order_by("-id")[:_LOOKED_AT]
    ranked = sorted(rows, key=lambda row: (_rank(row, source), -row.pk))
    return tuple(dict.fromkeys(row.project_id for row in ranked))


def remember(viewer: Viewer, project_id: int, source: Source, *, equal: int, of: int, decided: Decision) -> None:
    """Keep the decision; one that says the same already is replaced. Inside the import's transaction."""
    same = ProjectMapping.objects.filter(file_pattern=source.file_pattern, source_pattern=source.pattern)
    same.delete()
    row = ProjectMapping.objects.create(
        project_id=project_id,
        file_pattern=source.file_pattern,
        source_pattern=source.pattern,
        source_code=source.code,
        source_name=source.name,
        source_guid=source.guid,
        equal=equal,
        of=of,
        decided_by_id=decided.by_id,
        decided_by_name=decided.by_name,
        decided_at=decided.at,
    )
    append(
        "mapping.remembered",
        viewer=viewer,
        now=decided.at,
        project_id=project_id,
        subject_kind="mapping",
        subject_id=row.pk,
        data={"file": source.file_pattern, "source": source.pattern, "equal": equal, "of": of},
    )


@transaction.atomic
def forget_mapping(viewer: Viewer, mapping_id: int, *, now: datetime) -> None:
    """Ask again for the next file of this kind; what it brought stays.

    Raises:
        NotFound, NotAllowed: there is no such rule for the viewer, or its project is not theirs to change.
    """
    row = ProjectMapping.objects.filter(pk=mapping_id).first()
    if row is None or not viewer.may("project.view", row.project_id):
        raise NotFound(_("There is no such mapping."))
    if not viewer.may("plan.edit", row.project_id):
        raise NotAllowed(_("You may see this project, but not import into it."))
    project_id = row.project_id
    row.delete()
    append(
        "mapping.forgotten",
        viewer=viewer,
        now=now,
        project_id=project_id,
        subject_kind="mapping",
        subject_id=mapping_id,
    )


def mappings(viewer: Viewer, *, limit: int = 200, offset: int = 0) -> tuple[MappingRecord, ...]:
    """What was decided, newest first, for the projects the viewer sees from inside."""
    rows = ProjectMapping.objects.select_related("project").order_by("-id")
    visible = viewer.project_ids("internal.view")
    if visible is not None:
        rows = rows.filter(project_id__in=visible)
    return tuple(mapping_record(row) for row in rows[offset : offset + limit])


def aliases_of(project_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Source key → our key of each project, where a source calls an activity otherwise."""
    found: dict[int, dict[str, str]] = {}
    rows = ActivityAlias.objects.filter(project_id__in=tuple(project_ids)).order_by("id")
    for project_id, source_key, key in rows.values_list("project_id", "source_key", "key"):
        found.setdefault(project_id, {})[source_key] = key
    return found


def keep_aliases(project_id: int, pairing: Pairing, known: Mapping[str, str], decided: Decision) -> None:
    """Remember what the source calls activities otherwise than we do, so that it is found out once."""
    how = {each.source_key: each.how for each in pairing.renames}
    rows = [
        ActivityAlias(
            project_id=project_id,
            source_key=source,
            key=key,
            how=how.get(source, "taken"),
            decided_by_id=decided.by_id,
            decided_by_name=decided.by_name,
            decided_at=decided.at,
        )
        for source, key in pairing.keys.items()
        if known.get(source) != key
    ]
    ActivityAlias.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=("project", "source_key"),
        update_fields=("key", "how", "decided_by_id", "decided_by_name", "decided_at"),
        batch_size=1000,
    )


def _rank(row: ProjectMapping, source: Source) -> int:
    if source.guid and row.source_guid == source.guid:
        return 0
    if row.source_pattern == source.pattern:
        return 1 if row.file_pattern == source.file_pattern else 2
    return 3
