"""Saying that an activity which came in as a new one is one we held under another code."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.exchange.mapping import Decision, keep_aliases
from watchfloor.exchange.models import PlanImport
from watchfloor.exchange.pairing import Pairing, Rename
from watchfloor.exchange.queries import plan_import
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed
from watchfloor.kit.viewer import Viewer
from watchfloor.plans import queries as plans
from watchfloor.plans.operations import RekeyActivity, edit_plan
from watchfloor.plans.records import RevisionRecord


@transaction.atomic
def confirm_rename(
    viewer: Viewer, import_id: int, project_code: str, source_key: str, *, now: datetime
) -> RevisionRecord | None:
    """Take a proposed rename: the activity gets the key we held, in a revision of its own, and keeps it from now on.

    Raises:
        NotFound, NotAllowed: the import or project is not the viewer's.
        Invalid: nothing of the kind was proposed.
        Conflict: the plan has moved on: the new activity is gone, or the old one is back.
    """
    found = plan_import(viewer, import_id)
    touched = [each.project_id for each in found.projects if each.project_id is not None]
    if viewer.project_ids("plan.edit") == frozenset() or (
        touched and not any(viewer.may("plan.edit", pk) for pk in touched)
    ):
        raise NotAllowed(_("You may see this import, but not change its projects."))
    project = next((each for each in found.projects if each.project_code == project_code), None)
    proposed = next((each for each in project.renames if each.source_key == source_key), None) if project else None
    if project is None or project.project_id is None or proposed is None:
        raise Invalid(_("Nothing of the kind was proposed by this import."), place="source_key")
    if not viewer.may("plan.edit", project.project_id):
        raise NotAllowed(_("You may see this project, but not import into it."))
    held = plans.head_plan(viewer, project.project_id)
    keys = {each.key for each in held.activities} if held is not None else set()
    if proposed.accepted or source_key not in keys or proposed.key in keys:
        raise Conflict(
            _("The plan has moved on: %(new)s is gone, or %(old)s is back.") % {"new": source_key, "old": proposed.key},
            remedy=_("Load the page again."),
        )
    made = edit_plan(
        viewer,
        project.project_id,
        [RekeyActivity(source_key, proposed.key)],
        reason=_("%(new)s is %(old)s under a new code") % {"new": source_key, "old": proposed.key},
        now=now,
    )
    pairing = Pairing(
        {source_key: proposed.key}, (Rename(source_key, proposed.key, proposed.name, "person", accepted=True),)
    )
    keep_aliases(project.project_id, pairing, {}, Decision(viewer.user_id, viewer.name, now))
    row = PlanImport.objects.select_for_update().get(pk=import_id)
    for told in row.result["projects"]:
        for rename in told.get("renames", ()) if told["project_id"] == project.project_id else ():
            if rename["source_key"] == source_key:
                rename.update(accepted=True, how="person")
    row.save(update_fields=("result",))
    append(
        "activity.renamed",
        viewer=viewer,
        now=now,
        project_id=project.project_id,
        subject_kind="import",
        subject_id=import_id,
        data={"import": import_id, "source": source_key, "key": proposed.key},
    )
    return made
