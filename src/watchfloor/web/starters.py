"""Playbooks to begin with: what one does first about the alerts that come most, to be made one's own."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from watchfloor.alerts.playbooks.operations import Draft
from watchfloor.alerts.playbooks.records import PlaybookStep as Step
from watchfloor.alerts.playbooks.records import StepAction, StepLink


def starters() -> Mapping[str, Draft]:
    """By name, in the reader's language."""
    return {
        "slip": Draft(
            _("The finish slips"),
            (
                Step(_("It is yours: say so"), "owner", does=StepAction.ACKNOWLEDGE),
                Step(_("See what moved it: progress, or edits"), "owner", StepLink.WHY),
                Step(
                    _("Open the activity that is worst, and try what moves the finish"),
                    "owner",
                    StepLink.ACTIVITY,
                ),
                Step(_("Agree with those who drive it what can be done by when"), "manager"),
                Step(_("Put what was agreed into the plan"), "manager", StepLink.ACTIVITIES),
                Step(_("Ask for a new baseline if the promise cannot be kept"), "manager", StepLink.BASELINES),
            ),
            ("finish.slip", "float.exhausted", "milestone.likely_late", "milestone.possibly_late"),
        ),
        "silence": Draft(
            _("A report is missing"),
            (
                Step(_("Ask for it"), "rota", does=StepAction.ASK_REPORT),
                Step(_("Call the manager: what keeps it?"), "rota"),
                Step(_("Enter what is known meanwhile"), "rota", StepLink.REPORT),
            ),
            ("cut_off.missed_again",),
        ),
        "cost": Draft(
            _("The cost forecast is over budget"),
            (
                Step(_("It is yours: say so"), "owner", does=StepAction.ACKNOWLEDGE),
                Step(
                    _("See which accounts cost more, and whether it is work, price or scope"), "owner", StepLink.COSTS
                ),
                Step(_("Check that the estimate to complete is what people really expect"), "manager", StepLink.COSTS),
                Step(
                    _("Draw on the contingency, or report upwards with what you recommend"), "manager", StepLink.COSTS
                ),
            ),
            ("cost.over_budget", "cost.contingency_cover"),
        ),
        "report": Draft(
            _("Reported better than computed"),
            (
                Step(_("Read both side by side"), "rota", StepLink.REPORT),
                Step(_("Ask what the manager knows that the plan does not"), "rota"),
                Step(_("Have the plan or the report put right"), "manager", StepLink.ACTIVITIES),
            ),
            ("report.better_than_computed",),
        ),
    }
