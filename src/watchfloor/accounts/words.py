"""Roles in plain words, for the pages, the API and the command line: what each may do, and whom it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from watchfloor.accounts.models import Role


@dataclass(frozen=True, slots=True)
class RoleWords:
    title: str | Promise
    description: str | Promise


ROLE_WORDS: Mapping[str, RoleWords] = {
    Role.ADMINISTRATOR: RoleWords(
        _("Administrator"),
        _("Everything, everywhere, and alone: users and their roles, the organisation, the sample."),
    ),
    Role.PORTFOLIO_MANAGER: RoleWords(
        _("Portfolio manager"),
        _("Makes and changes projects, plans and costs, acts on alerts, approves baselines, accepts submissions."),
    ),
    Role.PROGRAMME_MANAGER: RoleWords(
        _("Programme manager"),
        _("The same as a portfolio manager; given for one programme, it also makes projects there."),
    ),
    Role.PROJECT_MANAGER: RoleWords(
        _("Project manager"),
        _("Runs a project: plan, costs, submissions, alerts, proposals for a baseline. Approves none of these."),
    ),
    Role.PLANNER: RoleWords(
        _("Planner"), _("Changes and imports plans and proposes baselines. Sees costs, changes none.")
    ),
    Role.COST_CONTROLLER: RoleWords(
        _("Cost controller"), _("Records costs and proposes baselines. Sees plans, changes none.")
    ),
    Role.DUTY_OFFICER: RoleWords(
        _("Duty officer"), _("Watches: acknowledges, assigns and resolves alerts. Changes neither plans nor costs.")
    ),
    Role.RESOURCE_MANAGER: RoleWords(
        _("Resource manager"), _("Sees plans, assignments, costs and the journal. Changes nothing in a project.")
    ),
    Role.APPROVER: RoleWords(
        _("Approver"), _("Approves baselines, accepts and returns submissions, never own ones. Changes no plan.")
    ),
    Role.MEMBER: RoleWords(_("Member"), _("Sees plans, notes and the journal, but no costs. Changes nothing.")),
    Role.AUDITOR: RoleWords(_("Auditor"), _("Reads everything within reach with the whole journal. Changes nothing.")),
    Role.VIEWER: RoleWords(_("Viewer"), _("Reads plans, costs and notes, without the journal. Changes nothing.")),
    Role.GUEST: RoleWords(
        _("Guest"),
        _(
            "Somebody from outside, such as a client: dates and status only. No costs, no notes and reasons, no mail "
            "addresses. The account ends by itself."
        ),
    ),
}
