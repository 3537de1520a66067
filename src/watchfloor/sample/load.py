"""Loading the sample: half a year of a whole organisation, through the same operations and pipeline as anything else.

Week by week, each with its own ``now``: rates, updates and submissions come in, then the pipeline runs. Nothing is
written that a person could not have written; only the clock is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from watchfloor.accounts import operations as accounts
from watchfloor.accounts import queries as account_queries
from watchfloor.alerts import operations as alerts
from watchfloor.alerts import queries as alerts_queries
from watchfloor.forecasts import operations as forecasts
from watchfloor.journal.operations import append
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, WatchfloorError
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.money.operations import record_rates
from watchfloor.money.queries import RateRecord
from watchfloor.pipeline.worker import exclusive, run_until_idle
from watchfloor.plans import operations as plans
from watchfloor.plans.edits import AddDependency, ChangeActivity, Edit
from watchfloor.plans.operations import Proposal
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio import queries as portfolio_queries
from watchfloor.sample import costs, deciding, removal
from watchfloor.sample.generator import SIZES, SampleOrganisation, SampleProject, generate
from watchfloor.sample.places import PLACES, REPORTING_CURRENCY
from watchfloor.sample.story import WEEKS
from watchfloor.sample.updates import Update

ORIGIN = "sample"
_ANSWER_AFTER = timedelta(days=1)  # alerts of a Saturday are answered on Monday
# Called after each step with what is done, of how much, and a sentence; False asks to stop.
Progress = Callable[[int, int, str], bool]


class Stopped(WatchfloorError):
    """The load was cancelled; what it had brought is removed again."""

    code = "sample.stopped"
    status = 409


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load brought."""

    projects: int
    activities: int
    people: int
    updates: int


def this_monday(today: date) -> date:
    """The as-of day when none is named."""
    return today - timedelta(days=today.weekday())


def load(
    viewer: Viewer,
    *,
    seed: int = 1,
    as_of: date,
    size: str = "full",
    progress: Progress | None = None,
) -> Loaded:
    """Bring the sample organisation of that seed, day and size.

    What an earlier load that broke off left behind is removed first.

    Raises:
        NotAllowed: only who manages the sample may.
        Invalid: an unknown size, or a day that is no Monday.
        Conflict: a whole sample is loaded already.
        Stopped: ``progress`` asked to stop.
    """
    if not viewer.may("sample.manage"):
        raise NotAllowed(_("Only an administrator may load the sample organisation."))
    check(as_of=as_of, size=size)
    if removal.is_whole():
        raise Conflict(
            _("The sample organisation is loaded already."), remedy=_("Remove it first: watchfloor sample remove")
        )
    report = progress or (lambda done, total, note: True)
    report(0, WEEKS + 3, _("Making up the organisation"))
    organisation = generate(seed=seed, as_of=as_of, size=size)
    # Workers stand still meanwhile: their clock is not that of the history.
    with exclusive(), _quick_commits():
        if removal.is_here():
            removal.clear(now=_at(organisation.begins))
        loader = _Loader(organisation, report)
        loaded = loader.run()
    loader.sign_off(viewer, loaded)
    return loaded


def check(*, as_of: date, size: str) -> None:
    """Whether such a sample can be made.

    Raises:
        Invalid: an unknown size, or a day that is no Monday.
    """
    if size not in SIZES:
        raise Invalid(_("The size is small or full."), place="size")
    if as_of.weekday() != 0:
        raise Invalid(_("The as-of day of the sample is a Monday."), place="as_of")


@contextmanager
def _quick_commits() -> Iterator[None]:
    """Let our own commits on SQLite not wait for the disk: a load that power cuts short is simply made again.

    The database stays whole either way, and other connections keep waiting. The last commit of the load comes after
    this and waits for everything before it.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA synchronous").fetchall()[0][0]
        cursor.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous = {int(before)}")


def _at(day: date, hour: int = 6) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def _run(now: datetime) -> None:
    """Let the pipeline work through everything, as of that moment."""
    run_until_idle(lambda: now)


class _Loader:
    """One load; holds the ids that the steps need from each other."""

    def __init__(self, organisation: SampleOrganisation, report: Progress) -> None:
        self._organisation = organisation
        self._report = report
        self._ids: dict[str, int] = {}  # project code → id
        self._authors: dict[str, Viewer] = {}  # project code → its manager
        self._approver = SYSTEM  # of baselines and submissions: the portfolio manager, once there is one
        self._updates = 0

    def run(self) -> Loaded:
        organisation, began = self._organisation, _at(self._organisation.begins)
        self._set_up(began)
        self._step(1, _("Projects and people"))
        # Who waits for another project is baselined once that one has dates to wait for.
        for hour, takers in enumerate((False, True), start=1):
            for project in organisation.projects:
                if bool(project.model.receives_from[0]) is takers:
                    self._first_plan(project, began + timedelta(hours=hour))
            _run(began + timedelta(hours=hour, minutes=30))
        self._step(2, _("Plans and baselines"))
        for week in range(1, WEEKS + 1):
            self._week(week)
            self._step(2 + week, _("Week %(week)d of %(weeks)d") % {"week": week, "weeks": WEEKS})
        _run(_at(organisation.as_of, 5))
        return Loaded(
            projects=len(organisation.projects),
            activities=sum(len(project.model.keys) for project in organisation.projects),
            people=len(organisation.people),
            updates=self._updates,
        )

    def _step(self, done: int, note: str) -> None:
        if not self._report(done, WEEKS + 3, note):
            removal.clear(now=_at(self._organisation.begins))
            raise Stopped(_("Loading the sample was cancelled; nothing of it is left."))

    @transaction.atomic
    def _set_up(self, now: datetime) -> None:
        organisation = self._organisation
        if portfolio_queries.organisation() is None:
            portfolio.set_up_organisation(
                SYSTEM,
                name=organisation.name,
                currency=REPORTING_CURRENCY,
                time_zone=PLACES["NL"].time_zone,
                country="NL",
                now=now,
            )
        for position, (code, name) in enumerate(organisation.programmes):
            made = portfolio.create_programme(SYSTEM, code=code, name=name, position=position, origin=ORIGIN, now=now)
            if code == deciding.FAST_PROGRAMME:
                portfolio.change_programme(SYSTEM, made.id, fast_mode=True, now=now)
        for party in organisation.clients:
            portfolio.create_client(SYSTEM, code=party.code, name=party.name, origin=ORIGIN, now=now)
        for party in organisation.entities:
            portfolio.create_legal_entity(
                SYSTEM,
                code=party.code,
                name=party.name,
                country=party.country,
                currency=party.currency,
                origin=ORIGIN,
                now=now,
            )
        for position, project in enumerate(organisation.projects):
            self._create(project, position, now)
        self._accounts(now)
        self._rates(until=organisation.begins, after=date.min, now=now)

    def _create(self, project: SampleProject, position: int, now: datetime) -> None:
        place = project.place
        made = portfolio.create_project(
            SYSTEM,
            programme_code=project.code[:2],
            code=project.code,
            name=project.brief.name,
            client_code=project.brief.client,
            legal_entity_code=project.legal_entity,
            position=position,
            time_zone=place.time_zone,
            country=place.country,
            region=place.region,
            currency=place.currency,
            contingency_minor=project.contingency_minor,
            cycle=project.brief.cycle,
            cut_off_weekday=project.cut_off_weekday,
            committed_finish=project.committed_finish,
            delay_damages_minor=project.delay_damages_minor,
            delay_damages_cap_minor=project.contingency_minor,
            origin=ORIGIN,
            now=now,
        )
        self._ids[project.code] = made.id

    def _accounts(self, now: datetime) -> None:
        # The last administrator outlives a removal, and is met again by the next load.
        known = {user.username: user for user in account_queries.users(SYSTEM)}
        for user in self._organisation.users:
            place, existing = PLACES[user.place], known.get(user.username)
            foreign = existing is not None and existing.origin != ORIGIN
            # Without a password they are entered by a one-time link; to .example no mail is ever sent.
            user_id = (
                existing.id
                if existing is not None and not foreign
                else accounts.create_user(
                    SYSTEM,
                    username=f"{user.username}.sample" if foreign else user.username,
                    full_name=user.full_name,
                    email=user.email,
                    time_zone=place.time_zone,
                    country=place.country,
                    region=place.region,
                    origin=ORIGIN,
                    now=now,
                ).id
            )
            for scope in user.scopes or ("",):
                accounts.grant(
                    SYSTEM,
                    user_id=user_id,
                    role=user.role,
                    programme_code=scope if user.scope_kind == "programme" else None,
                    project_code=scope if user.scope_kind == "project" else None,
                    now=now,
                )
                if user.role == "project_manager":
                    # They act with their name on them, and with the rights of a load.
                    self._authors[scope] = replace(SYSTEM, user_id=user_id, name=user.full_name)
                if user.role == "portfolio_manager":
                    self._approver = replace(SYSTEM, user_id=user_id, name=user.full_name)

    def _rates(self, *, after: date, until: date, now: datetime) -> None:
        rows = [
            RateRecord(row.base, row.quote, row.on, row.value, ORIGIN)
            for row in self._organisation.rates
            if after < row.on <= until
        ]
        if rows:
            record_rates(SYSTEM, rows, now)

    def _first_plan(self, project: SampleProject, now: datetime) -> None:
        """The plan as its tool keeps it, and what is added here: promises, and what it waits for elsewhere."""
        author, project_id, plan = self._authors[project.code], self._ids[project.code], project.original_plan()
        own = replace(
            plan,
            activities=tuple(replace(each, is_committed=False) for each in plan.activities),
            dependencies=tuple(each for each in plan.dependencies if not each.predecessor_project),
        )
        plans.record_plan(author, project_id, own, origin=ORIGIN, reason="Contract programme", now=now)
        added: list[Edit] = [
            *(ChangeActivity(each.key, {"is_committed": True}) for each in plan.activities if each.is_committed),
            *(AddDependency(each) for each in plan.dependencies if each.predecessor_project),
        ]
        # The link may come from a project that its manager does not see: the programme office makes it.
        plans.edit_plan(SYSTEM, project_id, added, reason="Promises, and what other projects hand over", now=now)
        self._baseline(project, Proposal("Contract programme", reason="As signed"), now)
        costs.set_accounts(project_id, now=now)

    def _week(self, week: int) -> None:
        organisation = self._organisation
        monday = organisation.as_of - timedelta(weeks=WEEKS - week + 1)
        self._rates(after=monday - timedelta(days=7), until=monday, now=_at(monday))
        self._acknowledge(_at(monday, 9))
        with transaction.atomic():
            deciding.decide(self._approver, self._authors, self._ids, monday=monday, at=_at(monday, 10))
            if week == deciding.RESTATED_WEEK and deciding.RESTATED in self._ids:
                author, project_id = self._authors[deciding.RESTATED], self._ids[deciding.RESTATED]
                deciding.restate_late_invoice(author, project_id, monday=monday, at=_at(monday, 11))
        ends = monday + timedelta(days=6)
        arriving = [
            (update.sent_at, project, update)
            for project in organisation.projects
            for update in project.updates
            if monday <= update.cut_off <= ends
        ]
        for _sent_at, project, update in sorted(arriving, key=lambda row: (row[0], row[1].code)):
            self._update(project, update)
        for project in organisation.projects:
            if project.held_on is not None and monday <= project.held_on <= ends:
                self._hold(project, _at(project.held_on, 9))
        _run(_at(monday + timedelta(days=5)))
        for project in organisation.projects:
            if project.rebaselined_on is not None and monday <= project.rebaselined_on <= ends:
                self._rebaseline(project, _at(monday + timedelta(days=5), 7))

    def _acknowledge(self, now: datetime) -> None:
        """Owners answer for what has been theirs for some days; the newest alerts stay open."""
        for alert in alerts_queries.open_alerts(SYSTEM, now=now, limit=500):
            if alert.state == "raised" and alert.raised_at < now - _ANSWER_AFTER and alert.owner_id is not None:
                owner = replace(SYSTEM, user_id=alert.owner_id, name=alert.owner_name)
                alerts.acknowledge(owner, alert.id, now=now)

    @transaction.atomic
    def _update(self, project: SampleProject, update: Update) -> None:
        author, project_id = self._authors[project.code], self._ids[project.code]
        plans.open_periods(project_id, until=update.cut_off, now=update.sent_at)
        plans.record_plan(
            author,
            project_id,
            project.plan_on(update.cut_off),
            origin=ORIGIN,
            reason="Status update",
            now=update.sent_at,
        )
        costs.book(author, project_id, project.model, update.cut_off, now=update.sent_at)
        plans.submit(
            author,
            project_id,
            update.cut_off,
            reported=update.reported,
            forecast_finish=update.forecast_finish,
            eac_minor=update.eac_minor,
            path_to_green=update.path_to_green,
            now=update.sent_at,
        )
        self._updates += 1

    def _hold(self, project: SampleProject, now: datetime) -> None:
        portfolio.set_stage(
            SYSTEM,
            self._ids[project.code],
            "on_hold",
            reason="The client moves out first; work resumes when the floor is free.",
            review_on=self._organisation.as_of + timedelta(days=42),
            now=now,
        )

    def _rebaseline(self, project: SampleProject, now: datetime) -> None:
        proposal = Proposal(
            "Change 1 included",
            reason="Client change 1 approved: longer breakwater head.",
            authority="Programme board",
            reference="CO-01",
        )
        self._baseline(project, proposal, now)

    def _baseline(self, project: SampleProject, proposal: Proposal, now: datetime) -> None:
        """The manager proposes, the portfolio manager approves."""
        project_id = self._ids[project.code]
        made = forecasts.propose_baseline(
            self._authors[project.code], project_id, forecasts.AtRevision(), proposal, now=now
        )
        plans.approve_baseline(self._approver, project_id, made.id, now=now)

    @transaction.atomic
    def sign_off(self, viewer: Viewer, loaded: Loaded) -> None:
        """Say that it is whole: until then a load begins anew."""
        organisation = self._organisation
        append(
            "sample.loaded",
            viewer=viewer,
            now=_at(organisation.as_of, 5),
            data={
                "seed": organisation.seed,
                "as_of": organisation.as_of.isoformat(),
                "size": organisation.size,
                "projects": loaded.projects,
                "activities": loaded.activities,
            },
        )
        self._report(WEEKS + 3, WEEKS + 3, _("Loaded"))
