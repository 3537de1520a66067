"""Facts as short sentences: what changed, for the floor, a project's page and the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from watchfloor.drawing import figures
from watchfloor.journal.queries import FactRecord
from watchfloor.kit.viewer import Viewer
from watchfloor.portfolio.queries import projects_by_id
from watchfloor.web.words import STAGES, STATUS, word

_REASON_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Happening:
    """One fact in words. ``code`` is the project's, empty for the organisation; ``status`` the mark to show, if any."""

    id: int
    at: datetime
    code: str
    words: str
    actor: str
    status: str
    href: str


def happenings(viewer: Viewer, facts: Iterable[FactRecord], *, limit: int) -> tuple[Happening, ...]:
    """Those facts that changed something a reader cares about; two facts of one forecast become one line."""
    rows = tuple(facts)
    codes = projects_by_id(viewer, {row.project_id for row in rows if row.project_id is not None})
    found: list[Happening] = []
    for row in rows:
        if len(found) >= limit:
            break
        project = codes.get(row.project_id or 0)
        teller = _TELLERS.get(row.kind)
        words = teller(row.data, project.currency if project else "", viewer.language) if teller is not None else ""
        if not words or (row.project_id is not None and project is None):
            continue
        if row.kind not in _FOR_GUESTS and not viewer.may("internal.view", row.project_id):
            continue
        code = project.code if project else ""
        status = str(row.data.get("after", "")) if row.kind == "status.changed" else ""
        found.append(Happening(row.id, row.recorded_at, code, words, row.actor_name, status, _href(row, code)))
    return tuple(found)


def _href(row: FactRecord, code: str) -> str:
    if row.kind.startswith("alert.") and row.subject_id is not None:
        return f"/alerts/{row.subject_id}"
    if row.subject_kind == "incident":
        return f"/incidents/{row.subject_id}"
    if row.subject_kind == "baseline" and row.subject_id is not None and code:
        return f"/projects/{code}/baselines/{row.subject_id}"
    if row.kind == "plan.revised" and code:
        return f"/projects/{code}/changes/{row.data.get('number', '')}"
    return f"/projects/{code}" if code else ""


def _forecast(data: Mapping[str, Any], currency: str, language: str) -> str:
    said = []
    before, after = data.get("finish_before"), data.get("finish_after")
    if before and after:
        moved = (_day(after) - _day(before)).days
        if moved:
            said.append(_("finish %(days)s") % {"days": figures.days(moved, language, sign=True)})
    cost_before, cost_after = data.get("eac_before_minor"), data.get("eac_after_minor")
    if cost_before and cost_after:
        moved_minor = int(cost_after) - int(cost_before)
        if abs(moved_minor) >= abs(int(cost_before)) * 0.001:
            amount = figures.money(moved_minor, currency, language, compact=True, sign=True)
            said.append(_("cost %(amount)s") % {"amount": amount})
    return ", ".join(said)


def _status(data: Mapping[str, Any], currency: str, language: str) -> str:
    before, after = str(data.get("before") or ""), str(data.get("after") or "")
    if not after:
        return _("no longer watched")
    if not before or before == after:
        return "" if before else _("now %(status)s") % {"status": word(STATUS, after).lower()}
    return f"{word(STATUS, before).lower()} → {word(STATUS, after).lower()}"


def _revision(data: Mapping[str, Any], currency: str, language: str) -> str:
    total = sum(int(data.get(name) or 0) for name in ("added", "removed", "changed"))
    words = ngettext("%(n)s activity revised", "%(n)s activities revised", total)
    return words % {"n": figures.number(total, language)} if total else _("plan revised")


def _submission(data: Mapping[str, Any], currency: str, language: str) -> str:
    reported = data.get("reported")
    overall = reported.get("overall") if isinstance(reported, Mapping) else reported
    return _("reported %(status)s") % {"status": word(STATUS, str(overall or "")).lower()}


def _stage(data: Mapping[str, Any], currency: str, language: str) -> str:
    said = _("now %(stage)s") % {"stage": word(STAGES, str(data.get("after", ""))).lower()}
    reason = str(data.get("reason") or "")
    return f"{said}: {reason[:_REASON_SHOWN]}" if reason else said


def _baseline(data: Mapping[str, Any], currency: str, language: str) -> str:
    # Nobody approved a provisional one: the first revision serves until somebody does.
    if data.get("kind") == "provisional":
        return _("first revision serves as baseline")
    words = {"amendment": _("baseline amended"), "rebaseline": _("re-baselined")}
    return words.get(str(data.get("act", "")), _("baseline approved"))


def _costs(data: Mapping[str, Any], currency: str, language: str) -> str:
    entries = int(data.get("entries") or 0)
    words = ngettext("%(n)s line of cost recorded", "%(n)s lines of cost recorded", entries)
    if data.get("origin") == "reversal":
        words = ngettext("%(n)s line of cost taken back", "%(n)s lines of cost taken back", entries)
    return words % {"n": figures.number(entries, language)}


def _plain(words: Callable[[], str]) -> Callable[[Mapping[str, Any], str, str], str]:
    return lambda data, currency, language: words()


def _day(value: Any) -> date:
    return datetime.fromisoformat(str(value)).date()


# What somebody from outside is told; all else is between those inside.
_FOR_GUESTS = frozenset({"forecast.issued", "status.changed", "stage.changed", "baseline.approved"})

_TELLERS: Mapping[str, Callable[[Mapping[str, Any], str, str], str]] = {
    "forecast.issued": _forecast,
    "status.changed": _status,
    "plan.revised": _revision,
    "submission.received": _submission,
    "submission.accepted": _plain(lambda: _("report accepted")),
    "submission.returned": _plain(lambda: _("report returned")),
    "submission.restated": _plain(lambda: _("frozen report restated")),
    "submission.chased": _plain(lambda: _("report asked for")),
    "stage.changed": _stage,
    "baseline.approved": _baseline,
    "costs.recorded": _costs,
    "reserve.proposed": _plain(lambda: _("change of a reserve proposed")),
    "reserve.approved": _plain(lambda: _("change of a reserve approved")),
    "reserve.rejected": _plain(lambda: _("change of a reserve refused")),
    "baseline.proposed": _plain(lambda: _("baseline proposed")),
    "baseline.declined": _plain(lambda: _("baseline declined")),
    "baseline.withdrawn": _plain(lambda: _("baseline proposal withdrawn")),
    "project.created": _plain(lambda: _("project created")),
    "hold.review_due": _plain(lambda: _("on hold, to be decided again")),
    "project.changed": _plain(lambda: _("project changed")),
    "project.removed": _plain(lambda: _("project removed")),
    "import.finished": _plain(lambda: _("import finished")),
    "import.refused": _plain(lambda: _("import refused")),
    "import.asks": _plain(lambda: _("import waits to be told its project")),
    "import.held": _plain(lambda: _("import held: older data date")),
    "import.answered": _plain(lambda: _("import answered")),
    "interface.added": _plain(lambda: _("interface added")),
    "interface.dated": _plain(lambda: _("date of an interface changed")),
    "interface.agreed": _plain(lambda: _("interface agreed by one side")),
    "interface.agreement_withdrawn": _plain(lambda: _("agreement to an interface withdrawn")),
    "interface.ended": _plain(lambda: _("interface ended")),
    "activity.renamed": _plain(lambda: _("activity taken as one under a new code")),
    "mapping.remembered": _plain(lambda: _("file mapped to the project")),
    "mapping.forgotten": _plain(lambda: _("mapping forgotten")),
    "feed.failed": _plain(lambda: _("feed failed")),
    "alert.raised": _plain(lambda: _("alert raised")),
    "alert.acknowledged": _plain(lambda: _("alert acknowledged")),
    "alert.resolved": _plain(lambda: _("alert resolved")),
    "alert.reopened": _plain(lambda: _("alert reopened")),
    "alert.snoozed": _plain(lambda: _("alert snoozed")),
    "alert.escalated": _plain(lambda: _("alert passed on")),
    "rule.made": _plain(lambda: _("rule written")),
    "rule.changed": _plain(lambda: _("rule written anew")),
    "rule.switched": _plain(lambda: _("rule switched on or off")),
    "rule.removed": _plain(lambda: _("rule removed")),
    "incident.declared": _plain(lambda: _("incident declared")),
    "incident.linked": _plain(lambda: _("alert added to an incident")),
    "incident.part_given": _plain(lambda: _("part in an incident given")),
    "incident.task_added": _plain(lambda: _("task added to an incident")),
    "incident.task_settled": _plain(lambda: _("task of an incident settled")),
    "incident.updated": _plain(lambda: _("update on an incident sent")),
    "incident.settled": _plain(lambda: _("incident over")),
    "incident.reopened": _plain(lambda: _("incident opened again")),
    "incident.closed": _plain(lambda: _("incident closed")),
    "playbook.taken_up": _plain(lambda: _("playbook taken up")),
    "alert.exhausted": _plain(lambda: _("everybody was told of an alert, nobody acknowledged")),
    "rates.recorded": _plain(lambda: _("exchange rates recorded")),
    "access.changed": _plain(lambda: _("access changed")),
    "organisation.changed": _plain(lambda: _("organisation changed")),
    "sample.loaded": _plain(lambda: _("sample loaded")),
    "sample.removed": _plain(lambda: _("sample removed")),
}
HAPPENINGS = tuple(_TELLERS)
