"""Updates of incidents: one mail to each person that whoever wrote it chose."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from watchfloor.accounts import queries as accounts
from watchfloor.accounts.queries import UserRecord
from watchfloor.alerts.incidents.queries import told_by
from watchfloor.drawing import figures
from watchfloor.notify import smtp
from watchfloor.notify.letters import Letter
from watchfloor.notify.models import Delivery

CODE = "incident.update"


@transaction.atomic
def queue_update(entry_id: int, *, now: datetime) -> int:
    """Queue the mails of an update; returns how many. The incident's page shows it to everybody else."""
    found = told_by(entry_id)
    if found is None or not settings.MAIL_CONFIGURED:
        return 0
    queued = 0
    for user in filter(None, map(accounts.user_by_id, found[2])):
        if user.is_active and smtp.is_reachable(user.email):
            _delivery, is_new = Delivery.objects.get_or_create(
                idempotency_key=f"mail:incident:{entry_id}:{user.id}",
                defaults={
                    "recipient_id": user.id,
                    "channel": "mail",
                    "code": CODE,
                    "parameters": {"entry": entry_id},
                    "created_at": now,
                    "not_before": now,
                },
            )
            queued += is_new
    return queued


def letter_for(delivery: Delivery, user: UserRecord) -> Letter | None:
    """The mail of an update; None when its project is not the recipient's to work inside of any more."""
    found = told_by(int(delivery.parameters["entry"]))
    if found is None or not accounts.viewer_by_id(user.id).may("internal.view", found[0].project_id):
        return None
    incident, entry, _people = found
    with override(user.language):
        lines = [
            _("Hello %(name)s,") % {"name": user.full_name},
            "",
            _("%(by)s writes about “%(title)s” in %(project)s (%(name)s):")
            % {
                "by": entry.by_name,
                "title": incident.title,
                "project": incident.project_code,
                "name": incident.project_name,
            },
            "",
            entry.words,
            "",
        ]
        if incident.update_due_at is not None:
            due = figures.moment(incident.update_due_at, user.time_zone, user.language)
            lines.append(_("You hear again by: %(moment)s") % {"moment": due})
        lines.append(
            _("The incident: %(link)s") % {"link": f"{settings.PUBLIC_URL.rstrip('/')}/incidents/{incident.id}"}
        )
        subject = _("[Incident] %(project)s: %(title)s") % {"project": incident.project_code, "title": incident.title}
        return Letter(" ".join(subject.split()), "\n".join(lines) + "\n")
