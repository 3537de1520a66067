"""What a mail about an alert or a missing report says, in its reader's language, zone and locale. Plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from watchfloor.detection import messages
from watchfloor.detection.queries import DISPLAYS
from watchfloor.drawing import figures


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a letter is for; an unknown zone or language falls back to UTC and English."""

    name: str
    language: str
    time_zone: str


def alert_letter(
    reader: Reader,
    *,
    event: str,
    project_code: str,
    project_name: str,
    severity: int,
    code: str,
    parameters: Mapping[str, Any],
    raised_at: datetime,
    acknowledge_by: datetime,
    link: str,
) -> Letter:
    """The letter for one telling of an alert; ``event`` is why it is told (``alerts.escalation.turn.Why``)."""
    with override(reader.language):
        headline = messages.render(code, parameters, language=reader.language, zone=reader.time_zone)
        explanation = messages.explain(code, parameters, language=reader.language, zone=reader.time_zone)
        status = _status_words()[DISPLAYS[severity]]
        subject = _("[%(status)s] %(project)s: %(headline)s") % {
            "status": status,
            "project": project_code,
            "headline": headline,
        }
        why_now = _why_now(event)
        lines = [
            _("Hello %(name)s,") % {"name": reader.name},
            "",
            *([why_now] if why_now else []),
            _("Project %(project)s (%(name)s) needs you: %(headline)s.")
            % {"project": project_code, "name": project_name, "headline": headline},
            "",
            explanation,
            "",
            _("Raised: %(moment)s") % {"moment": figures.moment(raised_at, reader.time_zone, reader.language)},
            _("Please acknowledge by: %(moment)s")
            % {"moment": figures.moment(acknowledge_by, reader.time_zone, reader.language)},
            _("Open the alert: %(link)s") % {"link": link},
        ]
        return Letter(" ".join(subject.split()), "\n".join(lines) + "\n")


def submission_letter(
    reader: Reader,
    *,
    project_code: str,
    project_name: str,
    cut_off: date,
    due_at: datetime,
    by_name: str,
    returned: str,
    link: str,
) -> Letter:
    """The letter that asks for a report which has not come, or was returned with the words in ``returned``."""
    with override(reader.language):
        day = figures.day(cut_off, reader.language)
        lines = [
            _("Hello %(name)s,") % {"name": reader.name},
            "",
            _("%(by)s asks for the report of %(project)s (%(name)s) for the cut-off of %(day)s.")
            % {"by": by_name, "project": project_code, "name": project_name, "day": day},
            *([_("It was returned: %(reason)s") % {"reason": returned}] if returned else []),
            "",
            _("Due: %(moment)s") % {"moment": figures.moment(due_at, reader.time_zone, reader.language)},
            _("Report here: %(link)s") % {"link": link},
        ]
        subject = _("%(project)s: the report for %(day)s is missing") % {"project": project_code, "day": day}
        return Letter(" ".join(subject.split()), "\n".join(lines) + "\n")


def _why_now(event: str) -> str:
    """The sentence that says why this letter comes now; none when the alert is new."""
    return {
        "reopened": _("This alert was reopened."),
        "worse": _("This alert got worse."),
        "assigned": _("This alert was given to you."),
        "escalated": _("Nobody has acknowledged this alert in time, or somebody passed it on: it has come to you."),
        "snooze_ended": _("This alert was snoozed until now."),
        "silence_ended": _("A silence over this alert has ended."),
        "not_resolved": _("This alert was acknowledged some time ago, and it is still open."),
        "release": _("A report to those above is drafted and waits for your word."),
        "released": _("This report was released to you."),
    }.get(event, "")


def _status_words() -> dict[str, str]:
    return {"on": _("On track"), "watch": _("Watch"), "risk": _("At risk"), "crit": _("Critical")}
