"""Who may call what: one row per address and method, of the pages and of the API.

The matrix test reads the route table and fails when a route has no row here. Add the row together with the route:
what it takes (``needs``), what a call that is allowed answers, and a body that makes sense.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]  # what the world knows: codes and ids of the project in question

PUBLIC = "public"  # anybody, signed in or not
SIGNED_IN = "signed in"  # anybody with an account; the answer is cut to what they may see
NOBODY = "nobody"  # answers everybody as if it were missing
OWN = "own"  # things of the caller: everybody else's look missing


@dataclass(frozen=True, slots=True)
class Row:
    """One address and method.

    ``needs`` is one of the words above, or a permission. ``on`` says where it must hold: project (the one in the
    address), organisation (all of it), somewhere (at least one project), some programme, body programme (the one in
    the body), programme of project, account, job. ``params`` renames what fills a place of the address.
    """

    method: str
    route: str
    needs: str
    on: str = "project"
    ok: tuple[int, ...] = (200,)
    body: Any = None  # or a function of Values
    files: Callable[[Values], Mapping[str, Any]] | None = None  # a form with files instead of JSON
    query: str = ""
    browser_only: bool = False  # a token gets 401 whatever it may do
    params: Mapping[str, str] = field(default_factory=dict)


VIEW = "project.view"
EDIT = "plan.edit"
MANAGE = "project.manage"
ACT = "alert.act"
INSIDE = "internal.view"
USERS = "user.manage"
COSTS, COST_EDIT = "cost.view", "cost.edit"
SUBMIT = "submission.submit"
ACCEPT = "submission.accept"
RETURN = "submission.return"

_ACTIVITY = {"activity": {"key": "N", "name": "New", "duration_ticks": 4800}}
_LINK = {"dependency": {"predecessor": "A", "successor": "B", "kind": "SS"}}
_AMENDMENT = {"name": "Change 1", "reason": "Harder ground", "authority": "Board", "activities": ["B"]}
_PARTY = {"code": "NEW", "name": "New"}
_REPORT = {"reported": {"overall": "watch"}, "path_to_green": "Second gang"}
_SAID, _CLOSED = {"cut_off": "said_on"}, {"cut_off": "closed_on"}  # periods in another state than open


def _plan_body(values: Values) -> dict[str, Any]:
    return {"plan": values["plan"]}


def _upload(values: Values) -> dict[str, Any]:
    return {"file": values["upload"](), "project_code": values["code"]}


def _report(values: Values) -> dict[str, Any]:
    return {
        "file": values["report"](),
        "mapping": '{"columns": {"account": "account", "period": "period", "actual": "actual"}, "currency": "EUR"}',
    }


def _silence(values: Values) -> dict[str, Any]:
    return {"project": values["code"], "reason": "Re-plan", "ends_at": "2026-04-20T09:00:00Z"}


def _policy(values: Values) -> dict[str, Any]:
    return {"project": values["code"], "name": "Own", "steps": [{"target": "owner"}]}


def _rule(values: Values) -> dict[str, Any]:
    return {"project": values["code"], **_ASKED}


def _incident(values: Values) -> dict[str, Any]:
    return {"project": values["code"], "title": "Quay wall moves", "severity": 2}


def _playbook(values: Values) -> dict[str, Any]:
    return {"project": values["code"], **_STEPS}


def _playbook_form(values: Values) -> dict[str, Any]:
    steps = {f"who_{at}": "owner" for at in range(8)}
    return {"name": "Slip", "words_0": "Ask the divers", **steps}


def _update(values: Values) -> dict[str, Any]:
    return {"words": "Divers are down", "people": [values["manager_id"]]}


def _part(values: Values) -> dict[str, Any]:
    return {"part": "scribe", "person": values["manager_id"]}


def _together(values: Values) -> dict[str, Any]:
    return {"alerts": [values["alert_id"]], "do": "acknowledge"}


def _another(values: Values) -> dict[str, Any]:
    return {"alert": values["alert_id"]}


def _taken_up(values: Values) -> dict[str, Any]:
    return {"playbook": values["playbook_id"]}


def _outside(values: Values) -> dict[str, Any]:
    labels = {"project": values["code"], "alertname": "DiskFull"}
    return {"alerts": [{"labels": labels, "startsAt": "2026-03-20T09:00:00Z", "fingerprint": "f1"}]}


def _layer(values: Values) -> dict[str, Any]:
    turn = {"starts_on": "2026-03-02", "change_at": "09:00", "shift_days": 7, "zone": "Europe/Vienna"}
    return {"add": "layer", "people": [values["manager_id"]], **turn}


_SOON = "2026-04-10T09:00:00Z"
_ASKED = {
    "name": "Long",
    "expression": "planned_duration_days > 100",
    "finding_class": "notice",
    "severity": 1,
    "hold_for": 1,
    "clear_after": 1,
}
_STEPS = {"name": "Slip", "steps": [{"words": "Ask the divers"}]}
_REVIEW = {"what_happened": "It moved", "why_it_happened": "Scour", "what_changes": "Survey first"}
_LINE = {"account": "CA", "kind": "actual", "period": "2026-04-30", "amount_minor": 100, "currency": "EUR"}
_RESERVE = {"kind": "contingency", "amount_minor": 5, "reason": "Board"}
_RATE = {"base": "USD", "quote": "EUR", "on": "2026-03-02", "value": "0.9"}


def api(method: str, route: str, needs: str, **more: Any) -> Row:
    return Row(method, f"/api/v1{route}", needs, **more)


API_ROWS = (
    api("GET", "/openapi.json", PUBLIC),
    api("GET", "/", NOBODY),
    api("GET", "/organisation", SIGNED_IN),
    api(
        "PUT",
        "/organisation",
        MANAGE,
        on="organisation",
        body={"name": "M", "currency": "EUR", "time_zone": "Europe/Vienna"},
    ),
    api("GET", "/programmes", SIGNED_IN),
    api("POST", "/programmes", MANAGE, on="organisation", ok=(201,), body=_PARTY),
    api("GET", "/programmes/{code}", VIEW, params={"code": "programme"}),
    api(
        "PATCH",
        "/programmes/{code}",
        MANAGE,
        on="programme of project",
        params={"code": "programme"},
        body={"fast_mode": True},
    ),
    api("GET", "/clients", SIGNED_IN),
    api("POST", "/clients", MANAGE, on="organisation", ok=(201,), body=_PARTY),
    api("GET", "/legal-entities", SIGNED_IN),
    api("POST", "/legal-entities", MANAGE, on="organisation", ok=(201,), body=_PARTY),
    api("GET", "/projects", SIGNED_IN),
    api(
        "POST",
        "/projects",
        MANAGE,
        on="body programme",
        ok=(201,),
        body=lambda values: {"code": "NEW", "name": "New", "programme_code": values["programme"]},
    ),
    api("GET", "/projects/{code}", VIEW),
    api("PATCH", "/projects/{code}", MANAGE, body={"name": "Other"}),
    api("DELETE", "/projects/{code}", MANAGE, on="programme of project", ok=(204,)),
    api("PUT", "/projects/{code}/stage", MANAGE, body={"stage": "closing"}),
    # Nothing was changed before, so there is nothing to take back: allowed, but in conflict with its state.
    api("POST", "/projects/{code}/stage/reversal", MANAGE, ok=(200, 409), body={}),
    api("GET", "/projects/{code}/stages", VIEW),
    api("GET", "/projects/{code}/plan", VIEW),
    api("PUT", "/projects/{code}/plan", EDIT, body=_plan_body),
    api(
        "POST",
        "/projects/{code}/edits",
        EDIT,
        body={"edits": [{"do": "change_activity", "key": "B", "fields": {"name": "X"}}]},
    ),
    api("GET", "/projects/{code}/activities", VIEW),
    api("POST", "/projects/{code}/activities", EDIT, ok=(201,), body=_ACTIVITY),
    api("GET", "/projects/{code}/activities/{key}", VIEW),
    api("PATCH", "/projects/{code}/activities/{key}", EDIT, body={"fields": {"name": "X"}}),
    api("DELETE", "/projects/{code}/activities/{key}", EDIT),
    api("GET", "/projects/{code}/dependencies", VIEW),
    api("POST", "/projects/{code}/dependencies", EDIT, ok=(201,), body=_LINK),
    api("PATCH", "/projects/{code}/dependencies", EDIT, body={"key": "/A>B:FS", "fields": {"lag_ticks": 10}}),
    api("DELETE", "/projects/{code}/dependencies", EDIT, query="key=%2FA%3EB%3AFS"),
    api("GET", "/projects/{code}/overlay", VIEW),
    api("GET", "/projects/{code}/revisions", VIEW),
    api("GET", "/projects/{code}/revisions/{number}", VIEW),
    api("POST", "/projects/{code}/revisions/{number}/reversal", EDIT, ok=(201,), body={}),
    api("GET", "/projects/{code}/baselines", VIEW),
    api("POST", "/projects/{code}/baselines", EDIT, ok=(201,), body={"name": "BL"}),
    # Nothing is approved, so there is nothing to amend: allowed, but in conflict with what is there.
    api("POST", "/projects/{code}/baselines/amendments", EDIT, ok=(201, 409), body=_AMENDMENT),
    api("GET", "/projects/{code}/baseline", VIEW),
    api("GET", "/projects/{code}/baselines/{baseline_id}", VIEW),
    api("GET", "/projects/{code}/baselines/{baseline_id}/activities", VIEW),
    api("PUT", "/projects/{code}/baselines/{baseline_id}/approval", "baseline.approve"),
    api("PUT", "/projects/{code}/baselines/{baseline_id}/refusal", "baseline.approve", body={"reason": "Too late"}),
    # The machine proposed it, so nobody else withdraws it, whatever they may do.
    api("PUT", "/projects/{code}/baselines/{baseline_id}/withdrawal", EDIT, ok=(403,)),
    api("GET", "/projects/{code}/periods", VIEW),
    api("GET", "/projects/{code}/periods/{cut_off}", VIEW),
    api("GET", "/projects/{code}/periods/{cut_off}/checks", VIEW),
    api("POST", "/projects/{code}/periods/{cut_off}/checks", VIEW, body={"reported": {"overall": "on"}}),
    api("PUT", "/projects/{code}/periods/{cut_off}/draft", SUBMIT, body={"reported": {"cost": "risk"}}),
    api("PUT", "/projects/{code}/periods/{cut_off}/submission", SUBMIT, body=_REPORT),
    api("DELETE", "/projects/{code}/periods/{cut_off}/submission", SUBMIT, params=_SAID),
    api("PUT", "/projects/{code}/periods/{cut_off}/acceptance", ACCEPT, params=_SAID, body={"note": "Agreed"}),
    api("PUT", "/projects/{code}/periods/{cut_off}/return", RETURN, params=_SAID, body={"reason": "Costs?"}),
    # It waits, so there is no decision to take back: allowed, but in conflict with its state.
    api("DELETE", "/projects/{code}/periods/{cut_off}/decision", ACCEPT, params=_SAID, ok=(409,)),
    api("PUT", "/projects/{code}/periods/{cut_off}/closure", ACCEPT),
    api(
        "POST",
        "/projects/{code}/periods/{cut_off}/restatements",
        SUBMIT,
        params=_CLOSED,
        ok=(201,),
        body={"reason": "Invoice", "reported": {"overall": "on"}},
    ),
    api("GET", "/projects/{code}/periods/{cut_off}/chases", VIEW),
    api("POST", "/projects/{code}/periods/{cut_off}/chases", ACCEPT, ok=(201,)),
    api("GET", "/submissions", SIGNED_IN),
    api("GET", "/clocks", SIGNED_IN),
    api("GET", "/projects/{code}/clocks", VIEW),
    api("GET", "/portfolio-table", SIGNED_IN),
    api("GET", "/portfolio-table.csv", SIGNED_IN),
    api("GET", "/projects/{code}/dimensions", VIEW),
    api("GET", "/projects/{code}/activity-table", VIEW),
    api("GET", "/projects/{code}/activity-table.csv", VIEW),
    api("GET", "/projects/{code}/control-accounts", VIEW),
    api("PUT", "/projects/{code}/control-rule", MANAGE, body={"level": 1}),
    api("PUT", "/projects/{code}/control-accounts/{account}", MANAGE, body={"name": "One"}),
    # Money is booked on it: allowed, but it has to stay.
    api("DELETE", "/projects/{code}/control-accounts/{account}", MANAGE, ok=(409,)),
    api("GET", "/forecasts", SIGNED_IN),
    api("GET", "/forecasts/{forecast_id}", VIEW),
    api("GET", "/forecasts/{forecast_id}/activities", VIEW),
    api("GET", "/projects/{code}/standing", VIEW),
    api("GET", "/projects/{code}/comparison", VIEW, query="from=r1"),
    api("GET", "/projects/{code}/forecast", VIEW),
    api("GET", "/projects/{code}/forecasts", VIEW),
    api("GET", "/projects/{code}/forecast/readings/{name}", VIEW),
    api("GET", "/projects/{code}/forecast/activities", VIEW),
    api("GET", "/projects/{code}/forecast/activities/{key}", VIEW),
    api("GET", "/projects/{code}/ripple", VIEW, query="activity=A&longer_days=2"),
    api("GET", "/projects/{code}/milestones", VIEW),
    api("GET", "/milestones", SIGNED_IN),
    api("GET", "/totals", SIGNED_IN),
    api("GET", "/statuses", SIGNED_IN),
    api("GET", "/ledger", SIGNED_IN),
    api("GET", "/projects/{code}/schedule", VIEW),
    api("GET", "/projects/{code}/findings", VIEW),
    api("GET", "/findings/{finding_id}", VIEW),
    api("GET", "/projects/{code}/status-history", VIEW),
    api("GET", "/alerts", SIGNED_IN),
    api("GET", "/alerts/{alert_id}", VIEW),
    api("PUT", "/alerts/{alert_id}/acknowledgement", ACT, body={}),
    api("PUT", "/alerts/{alert_id}/resolution", ACT, body={"resolution": "Done"}),
    # The alert is open, so there is nothing to take back: allowed, but in conflict with its state.
    api("DELETE", "/alerts/{alert_id}/resolution", ACT, ok=(200, 409)),
    api("GET", "/alerts/{alert_id}/deliveries", VIEW),
    api("PUT", "/alerts/{alert_id}/snooze", ACT, body={"snoozed_until": _SOON}),
    api("POST", "/alerts/{alert_id}/escalations", ACT, ok=(200, 409), body={"note": "No crane"}),
    # Alerts that the caller may not act on are left as they are.
    api("POST", "/alerts/together", SIGNED_IN, body=_together),
    api("GET", "/alerts/{alert_id}/playbooks", VIEW),
    api("GET", "/alerts/{alert_id}/runs", VIEW),
    api("POST", "/alerts/{alert_id}/runs", ACT, ok=(201,), body=_taken_up),
    api("PUT", "/alerts/{alert_id}/runs/{run_id}/steps/{at}", ACT, body={"state": "done"}),
    api("GET", "/playbooks", SIGNED_IN),
    api("POST", "/playbooks", MANAGE, ok=(201,), body=_playbook),
    api("PUT", "/playbooks/{playbook_id}", MANAGE, body=_STEPS),
    api("DELETE", "/playbooks/{playbook_id}", MANAGE, ok=(204,)),
    api("GET", "/incidents", SIGNED_IN),
    api("POST", "/incidents", ACT, ok=(201,), body=_incident),
    api("GET", "/incidents/{incident_id}", VIEW),
    api("POST", "/incidents/{incident_id}/notes", ACT, body={"words": "Divers are down"}),
    api("POST", "/incidents/{incident_id}/updates", ACT, body=_update),
    api("POST", "/incidents/{incident_id}/tasks", ACT, body={"words": "Call the yard"}),
    api("PUT", "/incidents/{incident_id}/tasks/{task_id}", ACT, body={"outcome": "done"}),
    api("PUT", "/incidents/{incident_id}/parts", ACT, body=_part),
    api("POST", "/incidents/{incident_id}/alerts", ACT, body=_another),
    api("PUT", "/incidents/{incident_id}/settlement", ACT, body={}),
    # The incident of the world is open: neither can it be taken back, nor reviewed.
    api("DELETE", "/incidents/{incident_id}/settlement", ACT, ok=(409,)),
    api("PUT", "/incidents/{incident_id}/review", ACT, ok=(409,), body=_REVIEW),
    api("GET", "/silences", SIGNED_IN),
    api("POST", "/silences", ACT, ok=(201,), body=_silence),
    api("DELETE", "/silences/{silence_id}", ACT),
    api("GET", "/policies", SIGNED_IN),
    api("PUT", "/policies", MANAGE, body=_policy),
    api("DELETE", "/policies/{policy_id}", MANAGE, ok=(204,)),
    api("GET", "/rules", SIGNED_IN),
    api("POST", "/rules", MANAGE, ok=(201,), body=_rule),
    api("POST", "/rules/trial", INSIDE, body=_rule),
    api("GET", "/rules/{watch_rule_id}", VIEW),
    api("PUT", "/rules/{watch_rule_id}", MANAGE, body=_ASKED),
    api("PUT", "/rules/{watch_rule_id}/switch", MANAGE, body={"on": True}),
    api("DELETE", "/rules/{watch_rule_id}", MANAGE, ok=(204,)),
    api("GET", "/duty", SIGNED_IN),
    api("GET", "/duty/{rota_id}/calendar.ics", INSIDE, on="duty"),
    api("GET", "/metrics", SIGNED_IN),
    # Alerts of projects that the caller may not act on come back as unmatched.
    api("POST", "/alertmanager", SIGNED_IN, body=_outside),
    api("POST", "/imports", EDIT, ok=(202,), files=_upload),
    api("GET", "/imports", SIGNED_IN),
    api("GET", "/imports/{import_id}", VIEW),
    api("POST", "/imports/{import_id}/cancellation", EDIT, on="job"),
    # The import of the world waits for its job and not for an answer: allowed, but in conflict with its state.
    api(
        "POST",
        "/imports/{import_id}/mapping",
        EDIT,
        ok=(409,),
        body=lambda values: {"plans": [{"plan": 1, "project_code": values["code"]}]},
    ),
    api("POST", "/imports/{import_id}/confirmation", EDIT, ok=(409,), body={}),
    api("GET", "/interfaces", SIGNED_IN),
    api("GET", "/projects/{code}/interfaces", VIEW),
    # The giving activity of the world is no milestone: allowed, but refused for that.
    api(
        "POST",
        "/interfaces",
        EDIT,
        ok=(422,),
        body=lambda values: {
            "name": "Key",
            "giver_code": values["code"],
            "giver_activity": "A",
            "receiver_code": values["code"],
            "receiver_activity": "B",
        },
    ),
    api("GET", "/interfaces/{interface_id}", VIEW),
    api("PATCH", "/interfaces/{interface_id}", EDIT, body={"promised": "2026-04-01"}),
    api("PUT", "/interfaces/{interface_id}/agreements/{side}", EDIT, body={}),
    api("DELETE", "/interfaces/{interface_id}/agreements/{side}", EDIT),
    api("POST", "/interfaces/{interface_id}/end", EDIT, body={"reason": "Delivered"}),
    api("POST", "/imports/clear-answers", SIGNED_IN, ok=(202,)),
    # The import of the world proposed nothing: whoever may say something is told so.
    api("POST", "/imports/{import_id}/renames", EDIT, ok=(422,), body={"project_code": "X", "source_key": "A"}),
    api("GET", "/mappings", SIGNED_IN),
    api("DELETE", "/mappings/{mapping_id}", EDIT, ok=(204,)),
    api("GET", "/field-rules", SIGNED_IN),
    api(
        "PUT",
        "/field-rules",
        MANAGE,
        on="organisation",
        body={"target": "reported.overall", "source": "field:RAG", "values": {"G": "on"}},
    ),
    api("DELETE", "/field-rules/{rule_id}", MANAGE, ok=(204,)),
    api("GET", "/feeds", SIGNED_IN),
    api("GET", "/projects/{code}/costs", COSTS),
    api("GET", "/projects/{code}/earned-value", COSTS),
    api("GET", "/projects/{code}/cost-entries", COSTS),
    api("POST", "/projects/{code}/cost-entries", COST_EDIT, ok=(201,), body={"lines": [_LINE]}),
    api("GET", "/projects/{code}/cost-batches", COSTS),
    api("POST", "/projects/{code}/cost-batches/{number}/reversal", COST_EDIT, ok=(201,), body={"reason": "Twice"}),
    api("POST", "/projects/{code}/cost-reports", COST_EDIT, files=_report),
    api("GET", "/cost-mappings", SIGNED_IN),
    api("GET", "/projects/{code}/reserves", COSTS),
    api("POST", "/projects/{code}/reserve-changes", COST_EDIT, ok=(201,), body=_RESERVE),
    api("PUT", "/projects/{code}/reserve-changes/{change_id}/decision", "baseline.approve", body={"approve": True}),
    # Somebody else proposed it, and only they take it back.
    api("DELETE", "/projects/{code}/reserve-changes/{change_id}", COST_EDIT, ok=(403,)),
    api("GET", "/rates", COSTS, on="somewhere"),
    api("GET", "/rate-pairs", COSTS, on="somewhere"),
    api("POST", "/rates", COST_EDIT, on="organisation", ok=(201,), body={"rates": [_RATE]}),
    api(
        "POST",
        "/rates/from-history",
        COST_EDIT,
        on="organisation",
        ok=(201,),
        body={"currencies": ["USD"], "first": "2026-03-02", "last": "2026-03-03"},
    ),
    api("GET", "/calendars", SIGNED_IN),
    api("GET", "/calendars/{country}/{year}", SIGNED_IN),
    api("GET", "/own-days", SIGNED_IN),
    api(
        "POST",
        "/own-days",
        MANAGE,
        on="organisation",
        ok=(201,),
        body={"on": "2026-12-24", "kind": "closed", "name": "Shut"},
    ),
    api("DELETE", "/own-days/{own_day_id}", MANAGE, on="organisation", ok=(204,)),
    # Set up in no folder that pages may read: allowed, but the input breaks a rule.
    api("POST", "/feeds", MANAGE, on="organisation", ok=(422,), body={"path": "/nowhere/a.xer", "project_code": "X"}),
    api("GET", "/feeds/{feed_id}", VIEW),
    api("PATCH", "/feeds/{feed_id}", MANAGE, body={"active": False}),
    api("DELETE", "/feeds/{feed_id}", MANAGE, ok=(204,)),
    api("POST", "/feeds/{feed_id}/runs", MANAGE, ok=(202,)),
    api("GET", "/feeds/{feed_id}/files", VIEW),
    api("PUT", "/feeds/{feed_id}/following", VIEW, body={"follows": True}),
    api("GET", "/me", SIGNED_IN),
    api("PATCH", "/me", SIGNED_IN, body={"theme": "dark"}),
    api("GET", "/me/tokens", SIGNED_IN),
    api("POST", "/me/tokens", SIGNED_IN, ok=(201,), body={"name": "t"}, browser_only=True),
    api("DELETE", "/me/tokens/{token_id}", OWN, ok=(204,)),
    api("GET", "/users", SIGNED_IN),
    api("POST", "/users", USERS, on="organisation", ok=(201,), body={"username": "new"}),
    api("GET", "/users/{user_id}", USERS, on="account"),
    api("PUT", "/users/{user_id}/active", USERS, on="organisation", body={"active": True}),
    # The account at hand is the last administrator's, which may not end: allowed, but in conflict with that.
    api(
        "PUT",
        "/users/{user_id}/expiry",
        USERS,
        on="organisation",
        ok=(200, 409),
        body={"expires_at": "2099-01-01T00:00:00Z"},
    ),
    api("GET", "/roles", SIGNED_IN),
    api("GET", "/users/{user_id}/grants", USERS, on="account"),
    api("POST", "/users/{user_id}/grants", USERS, on="organisation", ok=(201,), body={"role": "viewer"}),
    api("DELETE", "/grants/{grant_id}", USERS, on="organisation", ok=(204,)),
    api("GET", "/jobs", SIGNED_IN),
    api("GET", "/jobs/{job_id}", VIEW),
    api("POST", "/jobs/{job_id}/cancellation", EDIT, on="job"),
    api("GET", "/facts", "journal.view", on="somewhere"),
    api("GET", "/journal/head", "journal.view", on="organisation"),
    api("POST", "/journal/verification", "journal.view", on="organisation", body={}),
)


def web(method: str, route: str, needs: str, **more: Any) -> Row:
    return Row(method, f"/{route}", needs, **more)


_OPTIONS = {
    "out_of_sequence": "retained_logic",
    "lag_calendar": "predecessor",
    "float_kind": "finish",
    "critical_float_ticks": "8",
}
_ACTIVITY_FORM = {"key": "N", "name": "New", "kind": "task", "duration_h": "8", "percent_complete": "0"}
_REPORT_FORM = {"status_overall": "watch", "path_to_green": "Second gang", "explanation": ""}
_CHANGE_FORM = {"name": "Other", "kind": "task", "duration_h": "8", "percent_complete": "0"}


def _project_form(values: Values) -> dict[str, Any]:
    return {
        "programme_code": values["programme"],
        "code": "NEW",
        "name": "New",
        "stage": "active",
        "currency": "EUR",
        "time_zone": "Europe/Vienna",
        "cycle": "weekly",
        "cut_off_weekday": "4",
    }


def _same_project_form(values: Values) -> dict[str, Any]:
    return {**_project_form(values), "code": values["code"], "country": "AT"}


def _page_upload(values: Values) -> dict[str, Any]:
    return {"file": values["upload"](), "project": values["code"]}


WEB_ROWS = (
    web("GET", "livez", PUBLIC),
    web("GET", "readyz", PUBLIC, ok=(200, 503)),
    web("GET", "sign-in", PUBLIC, ok=(200, 302)),
    web("POST", "sign-in", PUBLIC, ok=(200, 302, 422), body={"username": "x", "password": "y"}),
    web("GET", "sign-in/link/{secret}", PUBLIC),
    web("POST", "sign-in/link/{secret}", PUBLIC, ok=(404,)),
    web("POST", "sign-out", SIGNED_IN, ok=(302,)),
    web("GET", "", SIGNED_IN),
    web("GET", "wall", SIGNED_IN),
    web("GET", "parts/{name}", VIEW, params={"name": "part"}),
    web("GET", "portfolio", SIGNED_IN),
    web("GET", "portfolio.{kind}", SIGNED_IN),
    web("GET", "projects/new", MANAGE, on="some programme"),
    web("POST", "projects/new", MANAGE, on="some programme", ok=(302, 422), body=_project_form),
    web("GET", "projects/{code}", VIEW),
    web("GET", "projects/{code}/settings", MANAGE),
    web("POST", "projects/{code}/settings", MANAGE, ok=(302,), body=_same_project_form),
    web("POST", "projects/{code}/options", EDIT, ok=(302,), body=_OPTIONS),
    web("POST", "projects/{code}/stage", MANAGE, ok=(302,), body={"stage": "closing"}),
    web("POST", "projects/{code}/stage/take-back", MANAGE, ok=(302, 409)),
    web("GET", "projects/{code}/baselines", VIEW),
    web("POST", "projects/{code}/baselines", EDIT, ok=(302,), body={"name": "BL", "source": "now"}),
    web("POST", "projects/{code}/baselines/amend", EDIT, ok=(302, 409), body=_AMENDMENT),
    web("GET", "projects/{code}/baselines/{baseline_id}", VIEW),
    web("POST", "projects/{code}/baselines/{baseline_id}/approve", "baseline.approve", ok=(302,)),
    web(
        "POST",
        "projects/{code}/baselines/{baseline_id}/decline",
        "baseline.approve",
        ok=(302,),
        body={"reason": "Too late"},
    ),
    web("POST", "projects/{code}/baselines/{baseline_id}/withdraw", EDIT, ok=(403,)),
    web("GET", "projects/{code}/submit", SUBMIT),
    web("POST", "projects/{code}/submit", SUBMIT, ok=(302,), body=_REPORT_FORM),
    web("POST", "projects/{code}/submit/checks", SUBMIT, body=_REPORT_FORM),
    web("GET", "projects/{code}/periods", VIEW),
    web(
        "POST",
        "projects/{code}/fast-mode",
        MANAGE,
        on="programme of project",
        ok=(302,),
        body={"fast_mode": "on"},
    ),
    web("GET", "projects/{code}/periods/{cut_off}", VIEW),
    web("POST", "projects/{code}/periods/{cut_off}/accept", ACCEPT, params=_SAID, ok=(302,), body={"note": "Agreed"}),
    web("POST", "projects/{code}/periods/{cut_off}/return", RETURN, params=_SAID, ok=(302,), body={"reason": "Costs?"}),
    web("POST", "projects/{code}/periods/{cut_off}/reopen", ACCEPT, params=_SAID, ok=(409,)),
    web("POST", "projects/{code}/periods/{cut_off}/withdraw", SUBMIT, params=_SAID, ok=(302,)),
    web("POST", "projects/{code}/periods/{cut_off}/close", ACCEPT, ok=(302,)),
    web("POST", "projects/{code}/periods/{cut_off}/chase", ACCEPT, ok=(302,)),
    web(
        "POST",
        "projects/{code}/periods/{cut_off}/restate",
        SUBMIT,
        params=_CLOSED,
        ok=(302,),
        body={**_REPORT_FORM, "reason": "Invoice"},
    ),
    web("GET", "submissions", SIGNED_IN),
    # Each chosen row is decided on by itself; what may not be seen is told like what does not exist.
    web("POST", "submissions/decide", SIGNED_IN, ok=(302,), body={"action": "chase", "period": "XX-99/2026-03-06"}),
    web("GET", "projects/{code}/figures/{name}", VIEW),
    web("GET", "projects/{code}/findings/{finding_id}", VIEW),
    web("GET", "projects/{code}/quality", VIEW),
    web("GET", "projects/{code}/compare", VIEW),
    web("GET", "projects/{code}/compare.csv", VIEW),
    web("GET", "projects/{code}/changes", VIEW),
    web("GET", "projects/{code}/changes/{number}", VIEW),
    web("POST", "projects/{code}/changes/{number}/undo", EDIT, ok=(302,)),
    web("GET", "interfaces", SIGNED_IN),
    web("POST", "interfaces", SIGNED_IN, ok=(422,), body={"name": ""}),
    web("POST", "interfaces/{interface_id}/dates", EDIT, ok=(302,), body={"which": "needed", "day": "2026-05-01"}),
    web("POST", "interfaces/{interface_id}/agreement", EDIT, ok=(302,), body={"side": "giver"}),
    web("POST", "interfaces/{interface_id}/end", EDIT, ok=(302,), body={"reason": "Delivered"}),
    web("GET", "projects/{code}/interfaces", VIEW),
    web("POST", "projects/{code}/interfaces", EDIT, ok=(422,), body={"name": ""}),
    web("GET", "projects/{code}/added", VIEW),
    web("POST", "projects/{code}/added/move", EDIT, ok=(302,), body={"key": "responsible::A", "activity": "B"}),
    web("POST", "projects/{code}/added/remove", EDIT, ok=(302,), body={"key": "responsible::A"}),
    web("GET", "projects/{code}/activities", VIEW),
    web("GET", "projects/{code}/activities.csv", VIEW),
    web("GET", "projects/{code}/activities/new", EDIT),
    web("POST", "projects/{code}/activities/new", EDIT, ok=(302,), body=_ACTIVITY_FORM),
    web("GET", "projects/{code}/activities/{key}", VIEW),
    web("POST", "projects/{code}/activities/{key}/change", EDIT, ok=(302,), body=_CHANGE_FORM),
    web("POST", "projects/{code}/activities/{key}/remove", EDIT, ok=(302,)),
    web(
        "POST",
        "projects/{code}/activities/{key}/links",
        EDIT,
        ok=(302,),
        body={"other": "A", "direction": "before", "kind": "SS"},
    ),
    web("POST", "projects/{code}/activities/{key}/links/remove", EDIT, ok=(302,), body={"link": "/A>B:FS"}),
    web("GET", "jump", SIGNED_IN),
    web("GET", "projects/{code}/schedule", VIEW),
    web("POST", "projects/{code}/schedule/edit", EDIT, body=lambda values: {"key": values["key"], "remaining_days": 3}),
    web("GET", "projects/{code}/schedule/panel", VIEW, query="key=A"),
    web("GET", "alerts", SIGNED_IN),
    web("GET", "alerts/{alert_id}", VIEW),
    web("POST", "alerts/{alert_id}/acknowledge", ACT, ok=(302,)),
    web("POST", "alerts/{alert_id}/resolve", ACT, ok=(302,), body={"resolution": "Done"}),
    web("POST", "alerts/{alert_id}/reopen", ACT, ok=(302, 409)),
    web("POST", "alerts/{alert_id}/snooze", ACT, ok=(302,), body={"days": "3"}),
    web("POST", "alerts/{alert_id}/escalate", ACT, ok=(302, 409), body={"note": "No crane"}),
    web("POST", "alerts/{alert_id}/reports/{report_id}", ACT, ok=(302,), body={"words": "Second crew"}),
    web("POST", "alerts/together", SIGNED_IN, ok=(302,), body=_together),
    web("POST", "alerts/{alert_id}/incident", ACT, ok=(302, 409)),
    web("POST", "alerts/{alert_id}/runs", ACT, ok=(302,), body=_taken_up),
    web("POST", "alerts/{alert_id}/runs/{run_id}/steps/{at}", ACT, ok=(302,), body={"state": "done"}),
    web("GET", "incidents", SIGNED_IN),
    web("POST", "incidents", SIGNED_IN, ok=(422,), body={"title": "In which project?"}),
    web("GET", "incidents/{incident_id}", VIEW),
    web("POST", "incidents/{incident_id}/notes", ACT, ok=(302,), body={"words": "Divers are down"}),
    web("POST", "incidents/{incident_id}/updates", ACT, ok=(302,), body=_update),
    web("POST", "incidents/{incident_id}/tasks", ACT, ok=(302,), body={"words": "Call the yard"}),
    web("POST", "incidents/{incident_id}/tasks/{task_id}", ACT, ok=(302,), body={"outcome": "done"}),
    web("POST", "incidents/{incident_id}/parts", ACT, ok=(302,), body=_part),
    web("POST", "incidents/{incident_id}/alerts", ACT, ok=(302,), body=_another),
    web("POST", "incidents/{incident_id}/settle", ACT, ok=(302,)),
    web("POST", "incidents/{incident_id}/reopen", ACT, ok=(409,)),
    web("POST", "incidents/{incident_id}/review", ACT, ok=(409,), body=_REVIEW),
    web("GET", "silences", SIGNED_IN),
    web("POST", "silences", SIGNED_IN, ok=(422,), body={"reason": "Over what, and until when?"}),
    web("POST", "silences/{silence_id}/end", ACT, ok=(302,)),
    web("GET", "watch/playbooks", SIGNED_IN),
    web("POST", "watch/playbooks", SIGNED_IN, ok=(422,), body={"name": "Of what?"}),
    web("GET", "watch/playbooks/{playbook_id}", VIEW),
    web("POST", "watch/playbooks/{playbook_id}", MANAGE, ok=(302,), body=_playbook_form),
    web("POST", "watch/playbooks/{playbook_id}/remove", MANAGE, ok=(302,)),
    web("GET", "watch/rules", SIGNED_IN),
    web("POST", "watch/rules", SIGNED_IN, ok=(422,), body={"name": "Over what, and when?"}),
    web("GET", "watch/rules/{watch_rule_id}", VIEW),
    web("POST", "watch/rules/{watch_rule_id}", MANAGE, ok=(302,), body=_ASKED),
    web("POST", "watch/rules/{watch_rule_id}/switch", MANAGE, ok=(302,), body={"on": "yes"}),
    web("POST", "watch/rules/{watch_rule_id}/remove", MANAGE, ok=(302,)),
    web("GET", "watch/measures", SIGNED_IN),
    web("GET", "watch/escalation", SIGNED_IN),
    web("POST", "watch/escalation", SIGNED_IN, ok=(422,), body={"name": "Of what, and with which steps?"}),
    web("POST", "watch/escalation/{policy_id}/remove", MANAGE, ok=(302,)),
    web("GET", "rotas", SIGNED_IN),
    web("POST", "rotas", MANAGE, on="organisation", ok=(302,), body={"name": "Night"}),
    web("GET", "rotas/{rota_id}", INSIDE, on="duty"),
    web("POST", "rotas/{rota_id}", MANAGE, on="duty", ok=(302,), body=_layer),
    web("POST", "rotas/{rota_id}/layers/{place}/remove", MANAGE, on="duty", ok=(302,)),
    web("POST", "rotas/{rota_id}/handovers/{handover_id}", MANAGE, on="duty", ok=(302,), body={"do": "take"}),
    web("POST", "rotas/{rota_id}/remove", MANAGE, on="duty", ok=(302,)),
    web("POST", "rotas/overrides/{override_id}/end", MANAGE, on="duty", ok=(302,)),
    web("POST", "alerts/{alert_id}/assign", ACT, ok=(302,), body=lambda values: {"owner": values["manager_id"]}),
    web("GET", "imports", SIGNED_IN),
    web("POST", "imports", EDIT, ok=(302,), files=_page_upload),
    web("GET", "imports/template.{kind}", SIGNED_IN),
    web("GET", "imports/{import_id}", VIEW),
    web("POST", "imports/{import_id}/cancel", EDIT, on="job", ok=(302,)),
    web("POST", "imports/{import_id}/mapping", EDIT, ok=(409,), body={"plan-1": "new"}),
    web("POST", "imports/{import_id}/confirmation", EDIT, ok=(409,)),
    web("POST", "imports/clear-answers", SIGNED_IN, ok=(302,)),
    web("POST", "imports/{import_id}/renames", EDIT, ok=(422,), body={"project": "X", "source_key": "A"}),
    web("POST", "imports/mappings/{mapping_id}/forget", EDIT, ok=(302,)),
    web("GET", "calendars", SIGNED_IN),
    web(
        "POST",
        "calendars",
        MANAGE,
        on="organisation",
        ok=(302,),
        body={"on": "2026-12-24", "kind": "closed", "name": "Shut"},
    ),
    web("POST", "calendars/own-days/{own_day_id}/remove", MANAGE, on="organisation", ok=(302,)),
    web("GET", "feeds", SIGNED_IN),
    web("POST", "feeds", MANAGE, on="organisation", ok=(422,), body={"path": "/nowhere/a.xer", "every": "3600"}),
    web("GET", "feeds/{feed_id}", VIEW),
    web("POST", "feeds/{feed_id}/change", MANAGE, ok=(302,), body={"active": "no"}),
    web("POST", "feeds/{feed_id}/run", MANAGE, ok=(302,)),
    web("POST", "feeds/{feed_id}/follow", VIEW, ok=(302,), body={"follows": "yes"}),
    web("POST", "feeds/{feed_id}/remove", MANAGE, ok=(302,)),
    web("POST", "feeds/{feed_id}/restore", MANAGE, ok=(302,)),
    web("GET", "field-rules", SIGNED_IN),
    web(
        "POST",
        "field-rules",
        MANAGE,
        on="organisation",
        ok=(302,),
        body={"target": "client", "kind": "code", "name": "Client"},
    ),
    web("POST", "field-rules/{rule_id}/remove", MANAGE, ok=(302,)),
    web("GET", "jobs", SIGNED_IN),
    web("POST", "jobs/{job_id}/cancel", EDIT, on="job", ok=(302,)),
    web("GET", "log", "journal.view", on="somewhere"),
    web("GET", "log.{kind}", "journal.view", on="somewhere"),
    web("POST", "log/verify", "journal.view", on="organisation", ok=(302,)),
    web("GET", "projects/{code}/costs", COSTS),
    web("GET", "projects/{code}/costs/ledger", COSTS),
    web("POST", "projects/{code}/costs/report", COST_EDIT, ok=(302,), files=_report),
    web("GET", "projects/{code}/costs/reports/{file_id}", COST_EDIT),
    web("POST", "projects/{code}/costs/reports/{file_id}", COST_EDIT, ok=(302,), body={"do": "discard"}),
    web("POST", "projects/{code}/costs/batches/{number}/reverse", COST_EDIT, ok=(302,), body={"reason": "Twice"}),
    web(
        "POST",
        "projects/{code}/costs/reserves",
        COST_EDIT,
        ok=(302,),
        body={"kind": "contingency", "direction": "add", "amount": "5", "reason": "Board"},
    ),
    web(
        "POST",
        "projects/{code}/costs/reserves/{change_id}/decide",
        "baseline.approve",
        ok=(302,),
        body={"do": "approve"},
    ),
    # Somebody else proposed it, and only they take it back.
    web("POST", "projects/{code}/costs/reserves/{change_id}/withdraw", COST_EDIT, ok=(403,)),
    web("GET", "rates", COSTS, on="somewhere"),
    web(
        "POST",
        "rates",
        COST_EDIT,
        on="organisation",
        ok=(302,),
        body={"do": "one", "base": "USD", "quote": "EUR", "on": "2026-03-02", "value": "0.9"},
    ),
    web("GET", "account", SIGNED_IN),
    web(
        "POST", "account", SIGNED_IN, ok=(302,), body={"language": "en", "time_zone": "Europe/Vienna", "theme": "dark"}
    ),
    web("POST", "account/theme", SIGNED_IN, ok=(204,), body={"theme": "dark"}),
    web("POST", "account/password", SIGNED_IN, ok=(302,), body={"password": "correct horse battery"}),
    web("POST", "account/tokens", SIGNED_IN, body={"name": "t"}),
    web("POST", "account/tokens/{token_id}/revoke", OWN, ok=(302,)),
    web("GET", "users", USERS, on="organisation"),
    web("POST", "users/add", USERS, on="organisation", body={"username": "new"}),
    web("POST", "users/{user_id}/link", USERS, on="organisation"),
    web("POST", "users/{user_id}/grants", USERS, on="organisation", ok=(302,), body={"role": "viewer"}),
    web("POST", "users/{user_id}/expiry", USERS, on="organisation", ok=(302, 409), body={"last_day": "2099-01-01"}),
    web("POST", "users/{user_id}/active", USERS, on="organisation", ok=(302,), body={"active": "yes"}),
    web("POST", "users/grants/{grant_id}/remove", USERS, on="organisation", ok=(302,)),
    web("GET", "settings", USERS, on="organisation"),
    web(
        "POST",
        "settings",
        USERS,
        on="organisation",
        ok=(302, 422),
        body={"name": "M", "currency": "EUR", "time_zone": "Europe/Vienna", "country": "AT"},
    ),
    web("POST", "settings/programmes", MANAGE, on="organisation", ok=(302,), body=_PARTY),
    web("POST", "sample/load", "sample.manage", on="organisation", ok=(302,)),
    web("POST", "sample/remove", "sample.manage", on="organisation", ok=(302,)),
)

# A body or query that names something of others: it must be answered like one that names nothing at all. Called by
# the project manager of the own project, who may do everything there and sees nothing else.
FOREIGN = (
    ("POST", "/api/v1/projects", lambda name: {"code": "NEW", "name": "N", "programme_code": name["programme"]}),
    ("PATCH", "/api/v1/projects/{code}", lambda name: {"programme_code": name["programme"]}),
    ("PATCH", "/api/v1/projects/{code}", lambda name: {"client_code": name["client"]}),
    ("PATCH", "/api/v1/projects/{code}", lambda name: {"legal_entity_code": name["entity"]}),
    (
        "POST",
        "/api/v1/projects/{code}/dependencies",
        lambda name: {"dependency": {"predecessor": "A", "successor": "B", "predecessor_project": name["code"]}},
    ),
    (
        "POST",
        "/api/v1/projects/{code}/edits",
        lambda name: {
            "edits": [
                {
                    "do": "add_dependency",
                    "fields": {"predecessor": "A", "successor": "B", "predecessor_project": name["code"]},
                }
            ]
        },
    ),
    (
        "PUT",
        "/api/v1/projects/{code}/plan",
        lambda name: {
            "plan": {
                **name["plan"],
                "dependencies": [{"predecessor": "A", "successor": "B", "predecessor_project": name["code"]}],
            }
        },
    ),
    ("GET", "/api/v1/alerts?project={other}", None),
    ("GET", "/api/v1/facts?project={other}", None),
    ("GET", "/api/v1/projects?programme={other_programme}", None),
    ("GET", "/api/v1/totals?programme={other_programme}", None),
)
