"""Two clients in one programme: first the one whose people ask, then everything of the other, then both entangled.

Everything of client B carries ``MARK`` in every text that anybody could write, and ``WORD`` beside it, by which people
of client A may search without naming the mark. B is added to a database in which A's people have asked already, so that
what they are told can be compared with a world without B byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from authorisation_world import GUEST_END, LATER, MISSING_ID, NOW, OPEN_ON, Principal, World, _fill
from django.db import connection

from watchfloor.accounts import operations as accounts
from watchfloor.accounts import queries as account_queries
from watchfloor.accounts.models import Role
from watchfloor.alerts import operations as alerts
from watchfloor.alerts.models import Alert
from watchfloor.exchange.models import Feed, ImportedProject, PlanImport
from watchfloor.jobs.models import Job
from watchfloor.jobs.operations import enqueue
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans.document import (
    TICKS_PER_HOUR,
    Activity,
    ActivityKind,
    Assignment,
    CodeType,
    Dependency,
    FieldType,
    Note,
    Plan,
    Resource,
    Shift,
    WbsNode,
    WorkCalendar,
)
from watchfloor.plans.models import Revision
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries

MARK = "Zqx7"  # in every text of client B and nowhere else
WORD = "Quillfeather"  # beside the mark: what somebody would look for
ROLES = tuple(role for role in Role.values if role != Role.ADMINISTRATOR)
A_CODES = ("HB-02", "HB-04")
B_CODES = (f"{MARK}-01", f"{MARK}-02")
SHARED = Resource("crane", "Shared crane supplier", "equipment", capacity=2.0)
# Amounts of client A that a guest must not see in any spelling: 31,415,926.53 and so on.
BUDGET_MINOR, SPENT_MINOR = 3_141_592_653, 271_828_182
_DAY = 8 * TICKS_PER_HOUR
_SHIFTS = (Shift(8 * TICKS_PER_HOUR, 12 * TICKS_PER_HOUR), Shift(13 * TICKS_PER_HOUR, 17 * TICKS_PER_HOUR))


@dataclass(slots=True)
class ClientWorld(World):
    """``things`` are those of A (own), and what B's will be called (other), known before B exists."""

    b_project_ids: tuple[int, ...] = ()
    quiet_facts: list[int] = field(default_factory=list)  # the journal's head before B, then after each chapter


def build_a() -> ClientWorld:
    """The organisation, its shared programme, and client A with people of every role."""
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Vienna", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", position=5, now=NOW)
    portfolio.create_client(SYSTEM, code="ALD", name="Alder", now=NOW)
    portfolio.create_legal_entity(SYSTEM, code="MER", name="Meridian GmbH", now=NOW)
    for position, code in zip((20, 40), A_CODES, strict=True):
        _project("HB", code, f"Alder {code}", "ALD", "MER", position=position)
    manager = _user("ada", "Ada Alder", "ada@alder.example")
    accounts.grant(SYSTEM, user_id=manager, role=Role.PROJECT_MANAGER, project_code=A_CODES[0], now=NOW)
    for code in A_CODES:
        _history(code, "Alder", prefix="")
    run_until_idle(lambda: NOW)
    run_until_idle(lambda: LATER)
    own: dict[str, Any] = {"code": A_CODES[0], "programme": "HB", "project_id": _id(A_CODES[0]), "account": "CA"}
    _fill(own)
    own.update(client="ALD", entity="MER")
    _beside(A_CODES[0], "Alder", manager)
    run_until_idle(lambda: LATER)  # nothing of A's is left to be done when B comes
    other = {**own, "code": B_CODES[0], "programme": f"{MARK}-P", "client": f"{MARK}-C", "entity": f"{MARK}-L"}
    other.update(key=f"{MARK}-B", part=f"tile:{MISSING_ID}")
    world = ClientWorld(tuple(_people_of_a()), {"own": own, "other": other})
    for values in world.things.values():
        values["manager_id"] = world.principals[0].user_id  # type: ignore[index]
    world.sign_in_everybody()
    run_until_idle(lambda: LATER)  # alerts that had nobody to be told find somebody now
    world.quiet_facts.append(_head())
    return world


def add_b(world: ClientWorld) -> None:
    """Client B, in the same programme and one of its own, beside the same supplier, waiting for work of A."""
    portfolio.create_programme(SYSTEM, code=f"{MARK}-P", name=f"{WORD} {MARK} programme", position=1, now=LATER)
    portfolio.create_client(SYSTEM, code=f"{MARK}-C", name=f"{WORD} {MARK}", now=LATER)
    portfolio.create_legal_entity(SYSTEM, code=f"{MARK}-L", name=f"{WORD} {MARK} Ltd", now=LATER)
    _project("HB", B_CODES[0], f"{WORD} {MARK} quay", f"{MARK}-C", f"{MARK}-L", position=10)
    _project(f"{MARK}-P", B_CODES[1], f"{WORD} {MARK} tower", f"{MARK}-C", f"{MARK}-L", position=30)
    manager = _user(f"{MARK}-boss", f"{WORD} {MARK} boss", f"{MARK}@example.org")
    for role, scope in (
        (Role.PROJECT_MANAGER, {"project_code": B_CODES[0]}),
        (Role.PORTFOLIO_MANAGER, {"client_code": f"{MARK}-C"}),
    ):
        accounts.grant(SYSTEM, user_id=manager, role=role, now=LATER, **scope)
    for code in B_CODES:
        _history(code, f"{WORD} {MARK}", prefix=f"{MARK}-", after_a=A_CODES[0])
    run_until_idle(lambda: LATER)
    shut = world.things["own"]["own_day_id"]  # days of our own are the organisation's, so that B adds none
    values: dict[str, Any] = {"code": B_CODES[0], "programme": "HB", "project_id": _id(B_CODES[0]), "own_day_id": shut}
    _fill(values)
    _beside(B_CODES[0], f"{WORD} {MARK}", manager)
    world.b_project_ids = tuple(_id(code) for code in B_CODES)
    world.quiet_facts.append(_head())


def go_on_with_b(world: ClientWorld) -> None:
    """B's people work: edits, decisions, failures, new colleagues, a renamed client, a project on hold and one gone."""
    project_id = _id(B_CODES[0])
    boss = account_queries.viewer_by_id(_user_id(f"{MARK}-boss"))
    plans.edit_plan(
        boss,
        project_id,
        (plans.ChangeActivity(f"{MARK}-B", {"duration_ticks": 90 * _DAY, "name": f"{WORD} {MARK} twice as long"}),),
        reason=f"{WORD} {MARK} reason",
        now=LATER,
    )
    run_until_idle(lambda: LATER)
    alert = Alert.objects.filter(project_id=project_id, state="raised").order_by("id").first()
    if alert is not None:
        alerts.acknowledge(boss, alert.pk, now=LATER)
        alerts.resolve(boss, alert.pk, f"{WORD} {MARK} resolution", now=LATER)
    portfolio.set_stage(
        SYSTEM,
        _id(B_CODES[1]),
        "on_hold",
        reason=f"{WORD} {MARK} hold",
        review_on=date(2026, 6, 1),
        now=LATER,
    )
    mate = _user(f"{MARK}-mate", f"{WORD} {MARK} mate", f"{MARK}-mate@example.org")
    accounts.grant(SYSTEM, user_id=mate, role=Role.DUTY_OFFICER, client_code=f"{MARK}-C", now=LATER)
    job = enqueue("import", viewer=boss, now=LATER, project_id=project_id)
    Job.objects.filter(pk=job).update(finished_at=LATER, outcome="failed", error=f"{MARK}: {WORD}")
    portfolio.create_programme(SYSTEM, code=f"{MARK}-Q", name=f"{WORD} {MARK} second", parent=f"{MARK}-P", now=LATER)
    _project(f"{MARK}-Q", f"{MARK}-03", f"{WORD} {MARK} shed", f"{MARK}-C", f"{MARK}-L", position=0)
    portfolio.remove_projects(SYSTEM, [_id(f"{MARK}-03")], now=LATER)
    accounts.set_active(SYSTEM, mate, False, now=LATER)
    world.quiet_facts.append(_head())


def entangle(world: ClientWorld) -> None:
    """A waits for B, one file brings plans of both, and a project of B is in the hands of people that A knows."""
    needs = Dependency(f"{MARK}-B", "B", predecessor_project=B_CODES[0])
    plans.edit_plan(SYSTEM, _id(A_CODES[1]), (plans.AddDependency(needs),), now=LATER)
    run_until_idle(lambda: LATER)
    made = PlanImport.objects.create(
        source_name=f"{WORD} {MARK} portfolio.xer",
        size_bytes=7_770_013,
        stored_path="none",
        created_at=LATER,
        finished_at=LATER,
        state="done",
        format="xer",
        tool=f"{MARK} exporter",
        remarks=[["xer.unknown_table", f"PROJECT {B_CODES[0]}", f"{WORD} {MARK}"]],
        result={
            "projects": [_imported(code) for code in (A_CODES[0], B_CODES[0])],
            "row_errors": [
                {"sheet": MARK, "row": 1, "column": MARK, "problem": f"{WORD} {MARK}", "remedy": f"{WORD} {MARK}"}
            ],
            "row_errors_total": 1,
        },
    )
    for code in (A_CODES[0], B_CODES[0]):
        ImportedProject.objects.create(plan_import=made, project_id=_id(code))
    world.things["own"]["import_id"] = made.pk  # type: ignore[index]


def _people_of_a() -> Iterator[Principal]:
    """One person per role on the client, one by the project alone, a reading token, and somebody with no role yet."""
    for role in ROLES:
        yield _person(role, role, {"client_code": "ALD"})
    yield _person("by-project", Role.PROJECT_MANAGER, {"project_code": A_CODES[0]})
    yield _person("reading", Role.AUDITOR, {"client_code": "ALD"}, read_only=True)
    yield _person("nowhere", "", {})


def _person(name: str, role: str, scope: dict[str, str], *, read_only: bool = False) -> Principal:
    user = accounts.create_user(
        SYSTEM, username=f"a-{name}", full_name=f"A {name}", expires_at=GUEST_END.get(role), now=NOW
    )
    if role:
        accounts.grant(SYSTEM, user_id=user.id, role=role, now=NOW, **scope)
    viewer = account_queries.viewer_by_id(user.id)
    _token, secret = accounts.create_token(viewer, name="test", read_only=read_only, now=NOW)
    return Principal(name, role, secret, user.id, read_only)


def _project(programme: str, code: str, name: str, client: str, entity: str, *, position: int) -> None:
    portfolio.create_project(
        SYSTEM,
        programme_code=programme,
        code=code,
        name=name,
        country="AT",
        client_code=client,
        legal_entity_code=entity,
        position=position,
        contingency_minor=BUDGET_MINOR // 10,
        committed_finish=date(2026, 4, 1),
        now=NOW,
    )


def _history(code: str, words: str, *, prefix: str, after_a: str = "") -> None:
    """Two revisions with everything a plan can say."""
    project_id = _id(code)
    for days in (20, 25):
        plan = _plan(code, words, prefix, days, after_a)
        plans.record_plan(
            SYSTEM,
            project_id,
            plan,
            origin="import",
            reason=f"{words} weekly",
            source_name=f"{words} week {days}.xer",
            now=NOW,
        )
    plans.set_control_account(SYSTEM, project_id, "CA", now=NOW)


def _beside(code: str, words: str, manager_id: int) -> None:
    """What hangs on a project beside its plan: a submission, a feed, an import with remarks, failed work."""
    project_id = _id(code)
    manager = account_queries.viewer_by_id(manager_id)
    said = {"overall": "risk", "cost": "crit"}
    plans.submit(
        manager,
        project_id,
        OPEN_ON,
        reported=said,
        eac_minor=BUDGET_MINOR,
        path_to_green=f"{words} path",
        now=LATER,
    )
    plans.return_submission(SYSTEM, project_id, OPEN_ON, reason=f"{words} missing", now=LATER)
    Feed.objects.create(
        project_id=project_id,
        path=f"/srv/{words}/{words}.xer",
        every_seconds=3600,
        last_error=f"{words} unreadable",
        added_at=NOW,
    )
    made = PlanImport.objects.create(
        source_name=f"{words} plan.xer",
        size_bytes=1000,
        stored_path="none",
        uploaded_by_id=manager_id,
        uploaded_by_name=manager.name,
        project_id=project_id,
        created_at=LATER,
        finished_at=LATER,
        state="done",
        format="xer",
        tool=f"{words} tool",
        remarks=[["xer.unknown_table", words, words]],
        result={"projects": [_imported(code)], "row_errors": [], "row_errors_total": 0},
    )
    revision = Revision.objects.filter(project_id=project_id).order_by("-number").first()
    ImportedProject.objects.create(plan_import=made, project_id=project_id, revision=revision)
    job = enqueue("import", viewer=manager, now=LATER, project_id=project_id, arguments={"import": made.pk})
    Job.objects.filter(pk=job).update(
        finished_at=LATER, outcome="failed", error=f"{words}: failed", progress_note=f"{words} note"
    )


def _plan(code: str, words: str, prefix: str, days: int, after_a: str) -> Plan:
    def named(key: str) -> str:
        return f"{prefix}{key}"

    calendar = WorkCalendar(named("5d"), f"{words} five days", (_SHIFTS,) * 5 + ((), ()))
    common: dict[str, Any] = {
        "wbs": named("W"),
        "responsible": f"{words} foreman",
        "notes": f"{words} note",
        "notebooks": (Note(f"{words} note", f"<p>{words} note</p>"),),
        "codes": {named("phase"): named("build")},
        "fields": {named("owner"): f"{words} owner"},
    }
    links = [Dependency(named("A"), named("B")), Dependency(named("B"), named("M"))]
    if after_a:
        links.append(Dependency("A", named("B"), predecessor_project=after_a))
    return Plan(
        code=code,
        name=f"{words} plan",
        currency="EUR",
        data_date=datetime(2026, 3, 2, 8),
        start=datetime(2026, 3, 2, 8),
        calendar=named("5d"),
        calendars=(calendar,),
        wbs=(WbsNode(named("W"), f"{words} works", code=named("1")),),
        activities=(
            Activity(
                named("A"),
                f"{words} design",
                code=named("100"),
                duration_ticks=10 * _DAY,
                remaining_ticks=5 * _DAY,
                percent_complete=50.0,
                actual_start=datetime(2026, 2, 23, 8),
                budget_minor=SPENT_MINOR,
                actual_cost_minor=SPENT_MINOR,
                **common,
            ),
            Activity(
                named("B"),
                f"{words} build",
                code=named("200"),
                duration_ticks=days * _DAY,
                remaining_ticks=days * _DAY,
                budget_minor=BUDGET_MINOR,
                **common,
            ),
            Activity(
                named("M"),
                f"{words} handover",
                code=named("300"),
                kind=ActivityKind.FINISH_MILESTONE,
                is_committed=True,
                deadline=datetime(2026, 3, 27, 17),
                **common,
            ),
        ),
        dependencies=tuple(links),
        resources=(
            SHARED,
            Resource(
                named("crew"), f"{words} crew", rate_minor=SPENT_MINOR, email=f"{prefix or 'crew'}crew@alder.example"
            ),
        ),
        assignments=(
            Assignment(named("B"), "crane", units=1.5, work_ticks=days * _DAY),
            Assignment(named("B"), named("crew"), work_ticks=days * _DAY, budget_minor=BUDGET_MINOR),
        ),
        code_types=(CodeType(named("phase"), f"{words} phase", values={named("build"): f"{words} building"}),),
        field_types=(FieldType(named("owner"), f"{words} owner"),),
        fields={named("sponsor"): f"{words} sponsor"},
        notebooks=(Note(f"{words} note", f"{words} note"),),
        codes={},
    )


def _imported(code: str) -> dict[str, Any]:
    return {
        "project_id": _id(code),
        "project_code": code,
        "source_code": code,
        "name": f"Plan of {code}",
        "is_new": False,
        "revision": None,
        "is_unchanged": True,
        "added": 0,
        "removed": 0,
        "changed": 0,
        "counts": {},
        "baselines": [],
        "data_date": "",
        "with_stored_dates": 0,
    }


def _user(username: str, full_name: str, email: str) -> int:
    return accounts.create_user(SYSTEM, username=username, full_name=full_name, email=email, now=NOW).id


def _user_id(username: str) -> int:
    return next(each.id for each in account_queries.users(SYSTEM) if each.username == username)


def _id(code: str) -> int:
    return portfolio_queries.project(SYSTEM, code).id


def _head() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM journal_fact")
        return int(cursor.fetchone()[0])
