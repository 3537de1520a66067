"""Codes and fields that plans give to their project as a whole, read for many projects at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from watchfloor.kit.discretion import may_read
from watchfloor.kit.viewer import Viewer
from watchfloor.plans.models import PlanHead


@dataclass(frozen=True, slots=True)
class ProjectCodes:
    """What one plan says of its project: code type → value, field → value as text."""

    codes: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


def project_codes(viewer: Viewer, project_ids: Collection[int]) -> dict[int, ProjectCodes]:
    """Codes and fields of the plans as they are now, of the projects the viewer may see. One query."""
    rows = PlanHead.objects.filter(project_id__in=_visible(viewer, project_ids))
    return {
        pk: ProjectCodes(codes, fields if may_read(viewer, pk, "fields") else {})
        for pk, codes, fields in rows.values_list("project_id", "codes", "fields")
    }


def project_code_values(
    viewer: Viewer, project_ids: Collection[int], code: str
) -> tuple[dict[str, str], dict[str, str]]:
    """What the values of one project code mean, and which lies under which, over all these plans. One query.

    Plans of one enterprise share their global codes; where two say a value differently, the newer plan is believed.
    """
    labels: dict[str, str] = {}
    parents: dict[str, str] = {}
    rows = PlanHead.objects.filter(project_id__in=_visible(viewer, project_ids)).order_by("revision_id")
    for types in rows.values_list("code_types", flat=True):
        for each in types:
            if each["key"] == code and each.get("scope") == "project":
                labels.update(dict(each.get("values", ())))
                parents.update(each.get("parents", {}))
    return labels, parents


def _visible(viewer: Viewer, project_ids: Collection[int]) -> Collection[int]:
    visible = viewer.project_ids()
    return project_ids if visible is None else visible & frozenset(project_ids)
