"""An organisation for the matrix: two projects with everything hanging on them, one person per role on the first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from watchfloor.accounts import operations as accounts
from watchfloor.accounts import queries as account_queries
from watchfloor.accounts.models import Role, User
from watchfloor.accounts.roles import READING, ROLE_PERMISSIONS
from watchfloor.alerts import duty, policies, silencing
from watchfloor.alerts.escalation.policy import Step, Target
from watchfloor.alerts.escalation.rota import Layer
from watchfloor.alerts.incidents import operations as incidents
from watchfloor.alerts.models import Alert, HandoverRow
from watchfloor.alerts.playbooks import operations as playbooks
from watchfloor.alerts.playbooks.records import PlaybookStep
from watchfloor.alerts.policies import Draft
from watchfloor.alerts.silencing import Over
from watchfloor.calendars import operations as calendars
from watchfloor.detection.models import Finding
from watchfloor.detection.rules import operations as rules
from watchfloor.detection.submissions import check_waiting
from watchfloor.exchange.cost_files import open_cost_file
from watchfloor.exchange.fielding import set_field_rule
from watchfloor.exchange.models import Feed, ImportedProject, PlanImport, ProjectMapping
from watchfloor.forecasts.models import Forecast
from watchfloor.forecasts.operations import AtRevision, propose_baseline
from watchfloor.jobs.operations import enqueue
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import codec
from watchfloor.plans import operations as plans
from watchfloor.plans import queries as plan_queries
from watchfloor.plans.cost_records import CostLine
from watchfloor.plans.document import TICKS_PER_HOUR, Activity, Dependency, Plan, Shift, WorkCalendar
from watchfloor.plans.models import Interface
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=24)
# One period is closed, one has a submission that waits, the newest is open.
CLOSED_ON, SAID_ON, OPEN_ON = date(2026, 3, 6), date(2026, 3, 13), date(2026, 3, 20)
MISSING_ID = 999_999_999
REPORT = b"Account,Period,Actual\nCA,2026-04-30,12.50\n"
_IDS = (
    "project_id", "forecast_id", "finding_id", "alert_id", "import_id", "mapping_id", "job_id", "user_id", "grant_id",
    "token_id", "change_id", "file_id", "feed_id", "own_day_id", "interface_id", "baseline_id", "rule_id",
    "silence_id", "rota_id", "override_id", "report_id", "handover_id", "policy_id", "watch_rule_id",
    "playbook_id", "run_id", "incident_id", "task_id",
)  # fmt: skip
GUEST_END = {role: NOW + timedelta(days=365) if role == Role.GUEST else None for role in Role.values}
WIDE = (Role.ADMINISTRATOR, Role.PORTFOLIO_MANAGER)
_DAY = (Shift(8 * TICKS_PER_HOUR, 12 * TICKS_PER_HOUR), Shift(13 * TICKS_PER_HOUR, 17 * TICKS_PER_HOUR))


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who calls: with a token, a browser session, or neither."""

    name: str
    role: str = ""
    secret: str = ""
    user_id: int = 0
    is_read_only: bool = False
    is_known: bool = True  # False: nobody, or with a token that was revoked

    def may(self, permission: str, thing: str) -> bool:
        """Whether the role's permission reaches the thing: own, other, missing, or the whole organisation."""
        granted = ROLE_PERMISSIONS.get(self.role, frozenset()) if self.is_known else frozenset()
        if self.is_read_only:
            granted = granted & READING
        reach = {"own", "other", "organisation"} if self.role in WIDE else {"own"}
        if self.role == Role.PROGRAMME_MANAGER:
            reach = {"own", "own programme"}
        return permission in granted and (thing in reach or (thing == "own programme" and self.role in WIDE))


@dataclass(slots=True)
class World:
    principals: tuple[Principal, ...]
    things: Mapping[str, Mapping[str, Any]]  # own, other, missing → what fills addresses and bodies
    sessions: dict[int, str] = field(default_factory=dict)

    def sign_in_everybody(self) -> None:
        """One session per person, shared by all calls, since each call is rolled back."""
        for principal in self.principals:
            if principal.is_known and principal.user_id:
                client = Client()
                user = User.objects.get(pk=principal.user_id)
                client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
                self.sessions[principal.user_id] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def browser(self, principal: Principal) -> Client:
        """A browser in which the principal is signed in; a fresh one for nobody."""
        client = Client(raise_request_exception=False)
        if principal.user_id in self.sessions:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[principal.user_id]
        return client

    def values(self, principal: Principal, thing: str) -> dict[str, Any]:
        """Codes and ids of the thing; tokens and accounts are own ones of the principal, or somebody else's."""
        values = dict(self.things[thing])
        if thing == "own" and principal.user_id:
            values["user_id"] = principal.user_id
            own = account_queries.tokens(account_queries.viewer_by_id(principal.user_id))
            if own:
                values["token_id"] = own[0].id
        return values


def build() -> World:
    """Everything through the same operations and pipeline as in real life."""
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Vienna", now=NOW)
    things: dict[str, dict[str, Any]] = {}
    for thing, code in (("own", "HB"), ("other", "MW")):
        portfolio.create_programme(SYSTEM, code=code, name=code, now=NOW)
        portfolio.create_client(SYSTEM, code=f"{code}-C", name=code, now=NOW)
        portfolio.create_legal_entity(SYSTEM, code=f"{code}-L", name=code, now=NOW)
        project = portfolio.create_project(
            SYSTEM,
            programme_code=code,
            code=f"{code}-01",
            name=code,
            country="AT",
            client_code=f"{code}-C",
            legal_entity_code=f"{code}-L",
            now=NOW,
        )
        plans.record_plan(SYSTEM, project.id, _plan(project.code, 20), origin="import", now=NOW)
        plans.record_plan(SYSTEM, project.id, _plan(project.code, 25), origin="import", now=NOW)
        owner = plans.ChangeActivity("A", {"responsible": "Crew"})
        plans.edit_plan(SYSTEM, project.id, [owner], now=NOW)
        plans.set_control_account(SYSTEM, project.id, "CA", now=NOW)
        things[thing] = {"code": project.code, "programme": code, "project_id": project.id, "account": "CA"}
        rule = set_field_rule(SYSTEM, target="country", source="field:Country", project_code=project.code, now=NOW)
        things[thing]["rule_id"] = rule.id
    run_until_idle(lambda: NOW)
    # Three weeks of silence: periods open, cut-offs are missed, a finding and an alert follow.
    run_until_idle(lambda: LATER)
    for values in things.values():
        _fill(values)
    things["missing"] = {
        **things["other"],
        "code": "XX-99",
        "programme": "XX",
        "part": f"tile:{MISSING_ID}",
        "client": "XX-C",
        "entity": "XX-L",
        **dict.fromkeys(_IDS, MISSING_ID),
    }
    principals = tuple(_principals())
    manager = next(each for each in principals if each.name == Role.PORTFOLIO_MANAGER)
    for values in things.values():
        values["manager_id"] = manager.user_id
    world = World(principals, things)
    world.sign_in_everybody()
    return world


def _fill(values: dict[str, Any]) -> None:
    project_id, code = values["project_id"], values["code"]
    stranger = accounts.create_user(SYSTEM, username=f"holder-{code}", now=NOW)
    grant = accounts.grant(SYSTEM, user_id=stranger.id, role=Role.MEMBER, project_code=code, now=NOW)
    token, _secret = accounts.create_token(account_queries.viewer_by_id(stranger.id), name="t", now=NOW)
    job = enqueue("import", viewer=SYSTEM, now=NOW, project_id=project_id)
    proposed = propose_baseline(SYSTEM, project_id, AtRevision(), plans.Proposal("Proposed"), now=NOW)
    waiting = enqueue("import", viewer=SYSTEM, now=NOW, project_id=project_id)
    made = PlanImport.objects.create(source_name="a.xer", stored_path="none", job_id=waiting, created_at=NOW)
    ImportedProject.objects.create(plan_import=made, project_id=project_id)
    rule = ProjectMapping.objects.create(
        project_id=project_id, file_pattern=f"{code}.xer", source_pattern=code, decided_at=NOW
    )
    plans.close_period(SYSTEM, project_id, CLOSED_ON, now=LATER)
    plans.submit(SYSTEM, project_id, SAID_ON, reported={"overall": "on"}, now=LATER)
    check_waiting(project_id, now=LATER)
    handed = Interface.objects.create(
        name="Key",
        giver_id=project_id,
        giver_activity="A",
        receiver_id=project_id,
        receiver_activity="B",
        promised=NOW.date(),
        needed=NOW.date(),
        created_at=NOW,
    )
    for minor in (1_000, 2_000):
        line = CostLine("CA", "actual", OPEN_ON, minor, "EUR")
        plans.post_costs(SYSTEM, project_id, [line], reason="Late invoice", now=LATER)
    asked = plans.propose_reserve_change(
        SYSTEM, project_id, kind="contingency", amount_minor=1_000, reason="Board", now=LATER
    )
    report = open_cost_file(SYSTEM, BytesIO(REPORT), project_id=project_id, source_name="costs.csv", now=LATER)
    # A day of our own is the organisation's, whoever adds it.
    if "own_day_id" not in values:
        values["own_day_id"] = calendars.add_own_day(
            SYSTEM, on=NOW.date() + timedelta(days=project_id), kind="closed", name="Shut", country="XK", now=NOW
        ).id
    newest = Alert.objects.filter(project_id=project_id).latest("id")
    values["report_id"] = newest.reports.create(rung=0, people=[stranger.id], drafted_at=LATER).pk
    values["policy_id"] = policies.set_policy(
        SYSTEM, Draft("Own", (Step(Target.OWNER),)), project_code=code, now=LATER
    ).id
    values["watch_rule_id"] = rules.make(
        SYSTEM, rules.Draft("Long", "planned_duration_days > 100"), project_code=code, now=LATER
    ).id
    written = playbooks.write(
        SYSTEM, playbooks.Draft("Slip", (PlaybookStep("Ask the divers"),)), project_code=code, now=LATER
    )
    values["playbook_id"] = written.id
    begun = playbooks.write(
        SYSTEM, playbooks.Draft("Begun", (PlaybookStep("Ask the divers"),)), project_code=code, now=LATER
    )
    values["run_id"] = playbooks.take_up(SYSTEM, newest.pk, begun.id, now=LATER).id
    values["at"] = 0
    incident = incidents.declare(SYSTEM, code, "Quay wall moves", now=LATER)
    values["incident_id"] = incident.id
    values["task_id"] = incidents.add_task(SYSTEM, incident.id, "Call the yard", now=LATER).tasks[0].id
    values["silence_id"] = silencing.silence(
        SYSTEM, Over(code), "Re-plan", LATER, LATER + timedelta(days=40), now=LATER
    ).id
    if "rota_id" not in values:
        values["rota_id"] = duty.make_rota(SYSTEM, "Duty", now=LATER)
    duty.add_layer(SYSTEM, values["rota_id"], Layer((stranger.id,), OPEN_ON, "Europe/Vienna"), now=LATER)
    values["override_id"] = duty.override(
        SYSTEM, values["rota_id"], stranger.id, LATER, LATER + timedelta(days=50), now=LATER
    )
    values["handover_id"] = HandoverRow.objects.create(
        rota_id=values["rota_id"], begins=NOW, at=LATER + timedelta(seconds=project_id), made_at=LATER
    ).pk
    feed = Feed.objects.create(project_id=project_id, path=f"/plans/{code}.xer", every_seconds=3600, added_at=NOW)
    values.update(
        place=0,
        change_id=asked.id,
        file_id=report.id,
        report=lambda: SimpleUploadedFile("costs.csv", REPORT, content_type="text/csv"),
        interface_id=handed.pk,
        side="giver",
        mapping_id=rule.pk,
        forecast_id=Forecast.objects.filter(project_id=project_id).latest("id").pk,
        finding_id=Finding.objects.filter(project_id=project_id).latest("id").pk,
        alert_id=Alert.objects.filter(project_id=project_id).latest("id").pk,
        import_id=made.pk,
        job_id=job,
        feed_id=feed.pk,
        country="AT",
        year=2026,
        user_id=stranger.id,
        grant_id=grant.id,
        token_id=token.id,
        baseline_id=proposed.id,
        key="B",
        name="confidence",
        number=2,
        cut_off=OPEN_ON.isoformat(),
        said_on=SAID_ON.isoformat(),
        closed_on=CLOSED_ON.isoformat(),
        part=f"tile:{project_id}",
        secret="x" * 43,
        kind="csv",
        client=f"{values['programme']}-C",
        entity=f"{values['programme']}-L",
        plan=json.loads(json.dumps(codec.encode(plan_queries.plan(SYSTEM, project_id)))),
        upload=lambda: SimpleUploadedFile("plan.csv", b"key,name,duration\nA,Design,5d\n", content_type="text/csv"),
    )


def _principals() -> list[Principal]:
    found = [Principal("nobody", is_known=False)]
    for role in Role.values:
        found.append(_person(role, role))
    found.append(_person("read-only token", Role.PROJECT_MANAGER, read_only=True))
    gone = _person("revoked token", Role.PROJECT_MANAGER)
    viewer = account_queries.viewer_by_id(gone.user_id)
    accounts.revoke_token(viewer, account_queries.tokens(viewer)[0].id, now=NOW)
    found.append(Principal("revoked token", secret=gone.secret, is_known=False))
    return found


def _person(name: str, role: str, *, read_only: bool = False) -> Principal:
    user = accounts.create_user(SYSTEM, username=name.replace(" ", "-"), expires_at=GUEST_END[role], now=NOW)
    scope: dict[str, Any] = {"project_code": "HB-01"}
    if role in WIDE:
        scope = {}
    elif role == Role.PROGRAMME_MANAGER:
        scope = {"programme_code": "HB"}
    accounts.grant(SYSTEM, user_id=user.id, role=role, now=NOW, **scope)
    _token, secret = accounts.create_token(
        account_queries.viewer_by_id(user.id), name="test", read_only=read_only, now=NOW
    )
    return Principal(name, role, secret, user.id, read_only)


def _plan(code: str, days: int) -> Plan:
    calendar = WorkCalendar("5d", "Five days", (_DAY,) * 5 + ((), ()))
    day = 8 * TICKS_PER_HOUR
    return Plan(
        code=code,
        name=code,
        currency="EUR",
        data_date=datetime(2026, 3, 2, 8),
        start=datetime(2026, 3, 2, 8),
        calendar="5d",
        calendars=(calendar,),
        activities=(
            Activity("A", "Design", duration_ticks=10 * day, remaining_ticks=10 * day, budget_minor=100_00),
            Activity("B", "Build", duration_ticks=days * day, remaining_ticks=days * day, budget_minor=900_00),
        ),
        dependencies=(Dependency("A", "B"),),
    )
