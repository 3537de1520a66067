"""Whether an answer answers an import's questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from watchfloor.exchange.models import PlanImport
from watchfloor.exchange.queries import may_answer, plan_import
from watchfloor.exchange.records import WAITS_FOR_PERSON
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio import queries as portfolio


def waiting_row(viewer: Viewer, import_id: int) -> PlanImport:
    """The import's row, locked, while it waits for a person. Inside a transaction.

    Raises:
        NotFound: not the viewer's to see.
        NotAllowed: theirs to see, but not to answer.
        Conflict: it waits for nothing (any more).
    """
    found = plan_import(viewer, import_id)
    if not may_answer(viewer, found):
        raise NotAllowed(_("You may see this import, but not answer for it."))
    row = PlanImport.objects.select_for_update().get(pk=import_id)
    if row.state not in WAITS_FOR_PERSON:
        raise Conflict(_("This import waits for no answer."), remedy=_("Load the page again to see what became of it."))
    return row


def answered(viewer: Viewer, row: PlanImport, projects: Mapping[int, str], *, take_older: bool) -> dict[str, Any]:
    """What is kept of the answer, together with what was said before.

    Raises:
        Invalid: a question has no answer, or an answer no question.
        NotFound, NotAllowed: a project named is not the viewer's to import into.
    """
    before = row.answers.get("projects", {})
    if row.state == "held":
        if not take_older:
            raise Invalid(
                _("Say whether the older or smaller plan is to be taken."),
                remedy=_("Confirm it, or discard the file."),
                place="take_older",
            )
        return {"projects": before, "take_older": True}
    asked = {int(each["plan"]) for each in row.result.get("questions", ()) if each["kind"] == "project"}
    for place in sorted(asked ^ set(projects)):
        raise Invalid(
            _("Say which project plan %(number)d of the file updates.") % {"number": place}
            if place in asked
            else _("Nothing was asked about plan %(number)d of the file.") % {"number": place},
            place=f"plans.{place}",
        )
    for place, code in projects.items():
        if code and not viewer.may("plan.edit", portfolio.project(viewer, code).id):
            raise NotAllowed(_("You may see %(code)s, but not import into it.") % {"code": code})
        if code and list(projects.values()).count(code) > 1:
            raise Invalid(
                _("Two plans of the file cannot update the same project, %(code)s.") % {"code": code},
                remedy=_("Choose another project for one of them, or a new one."),
                place=f"plans.{place}",
            )
    return {"projects": {**before, **{str(place): code for place, code in projects.items()}}, "take_older": take_older}
