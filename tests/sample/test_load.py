"""The small sample through operations and pipeline: what is planted is found, and all of it can be removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker
from watched_floor import forget_kept

from watchfloor.accounts import queries as accounts
from watchfloor.detection import queries as detection
from watchfloor.forecasts import queries as forecasts
from watchfloor.jobs import queries as job_queries
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.plans import queries as plans
from watchfloor.portfolio import queries as portfolio
from watchfloor.sample import removal, work
from watchfloor.sample.advance import Advancer
from watchfloor.sample.generator import generate
from watchfloor.sample.load import Stopped, load
from watchfloor.sample.planted import Size

AS_OF = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOBODY = Viewer(user_id=None, name="somebody")


@pytest.mark.django_db
def test_only_who_manages_the_sample_loads_advances_or_removes_it() -> None:
    with pytest.raises(NotAllowed):
        load(NOBODY, as_of=AS_OF, size="small")
    with pytest.raises(NotAllowed):
        work.start_load(NOBODY, now=NOW)
    with pytest.raises(NotAllowed):
        removal.remove(NOBODY, now=NOW)
    with pytest.raises(NotAllowed):
        Advancer(NOBODY)


@pytest.mark.django_db
def test_wrong_wishes_are_refused_before_anything_is_written() -> None:
    with pytest.raises(Invalid):
        load(SYSTEM, as_of=date(2026, 11, 24), size="small")
    with pytest.raises(Invalid):
        load(SYSTEM, as_of=AS_OF, size="huge")
    with pytest.raises(NotFound):
        removal.remove(SYSTEM, now=NOW)
    with pytest.raises(NotFound):
        Advancer(SYSTEM)
    assert portfolio.organisation() is None


@pytest.mark.django_db
def test_a_load_asked_for_twice_is_one_job() -> None:
    job_id = work.start_load(SYSTEM, as_of=AS_OF, size="small", now=NOW)
    with pytest.raises(Conflict):
        work.start_load(SYSTEM, as_of=AS_OF, size="small", now=NOW)
    waiting = work.running()
    assert waiting is not None
    assert waiting.id == job_id
    assert waiting.arguments == {"seed": 1, "as_of": "2026-11-23", "size": "small"}


@pytest.mark.django_db
def test_a_cancelled_load_leaves_nothing() -> None:
    with pytest.raises(Stopped):
        load(SYSTEM, as_of=AS_OF, size="small", progress=lambda done, total, note: done < 1)
    assert not removal.is_here()
    assert removal.state() is None


def _findings() -> list[tuple[Any, ...]]:
    """Everything ever found, without ids, so that two databases compare."""
    codes = {project.id: project.code for project in portfolio.projects(SYSTEM)}
    rows = []
    for project_id, code in codes.items():
        for row in detection.findings(SYSTEM, project_id, open_only=False):
            rows.append((code, row.detector, row.subject, row.severity, row.code, row.raised_at, row.cleared_at))
    return sorted(rows, key=str)


@pytest.fixture(scope="class")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[tuple[Any, ...]]]:
    """Loaded twice, since that is the replay; the first load's findings are handed on.

    Rolled back in the end: facts and accounts outlive a removal, and other tests count from an empty database.
    """
    forget_kept()
    with django_db_blocker.unblock(), transaction.atomic():
        load(SYSTEM, as_of=AS_OF, size="small")
        first = _findings()
        removal.remove(SYSTEM, now=NOW)
        load(SYSTEM, as_of=AS_OF, size="small")
        yield first
        transaction.set_rollback(True)


@pytest.mark.slow
@pytest.mark.django_db
class TestLoaded:
    def test_replaying_the_history_finds_the_same(self, loaded: list[tuple[Any, ...]]) -> None:
        assert loaded
        assert _findings() == loaded

    def test_six_projects_with_half_a_year_of_history(self, loaded: list[tuple[Any, ...]]) -> None:
        projects = portfolio.projects(SYSTEM)
        assert [project.code for project in projects] == ["HB-12", "MW-02", "WA-07", "HS-08", "DG-05", "GR-06"]
        # The contract programme, what was added to it here, and 26 updates.
        assert len(plans.revisions(SYSTEM, projects[0].id, limit=100)) == 28
        assert len(forecasts.history(SYSTEM, projects[0].id, limit=100)) == 28

    def test_statuses_are_what_was_planted(self, loaded: list[tuple[Any, ...]]) -> None:
        shown = {
            project.code: status.display
            for project in portfolio.projects(SYSTEM)
            if (status := detection.statuses(SYSTEM).get(project.id)) is not None
        }
        assert shown["HB-12"] == "crit"
        assert shown["MW-02"] == "watch"
        assert shown["WA-07"] == "risk"
        assert shown["DG-05"] == "stale"
        assert shown["GR-06"] == "on"

    def test_detectors_find_what_is_planted_and_nothing_below_the_tolerance(
        self, loaded: list[tuple[Any, ...]]
    ) -> None:
        ids = {project.code: project.id for project in portfolio.projects(SYSTEM)}
        for row in generate(seed=1, as_of=AS_OF, size="small").planted:
            if row.expected:
                found = {each.detector for each in detection.findings(SYSTEM, ids[row.project])}
                assert (row.expected in found) is (row.size is not Size.BELOW), row

    def test_the_forecast_finish_is_the_generators_own(self, loaded: list[tuple[Any, ...]]) -> None:
        organisation = generate(seed=1, as_of=AS_OF, size="small")
        newest = forecasts.latest(SYSTEM)
        for project in portfolio.projects(SYSTEM):
            update = organisation.project(project.code).updates[-1]
            finish = newest[project.id].schedule_finish
            assert finish is not None
            assert finish.date() == update.forecast_finish

    def test_it_is_loaded_once(self, loaded: list[tuple[Any, ...]]) -> None:
        with pytest.raises(Conflict):
            load(SYSTEM, as_of=AS_OF, size="small")

    def test_a_tick_brings_a_day_of_progress_and_keeps_edits(self, loaded: list[tuple[Any, ...]]) -> None:
        project = portfolio.project(SYSTEM, "HB-12")
        before = plans.head_revision(project.id)
        advancer = Advancer(SYSTEM)
        ticks = [advancer.tick(now=NOW) for _ in range(5)]
        assert [tick.today for tick in ticks] == [date(2026, 11, day) for day in range(24, 29)]
        assert any("HB-12" in tick.updated for tick in ticks)
        after = plans.head_revision(project.id)
        assert before is not None
        assert after is not None
        assert after.number > before.number

    def test_removal_takes_everything_that_came_with_it(self, loaded: list[tuple[Any, ...]]) -> None:
        removal.remove(SYSTEM, now=NOW)
        assert portfolio.projects(SYSTEM) == ()
        assert portfolio.programmes(SYSTEM) == ()
        # Nobody else administers this database, so one administrator stays.
        assert [user.username for user in accounts.users(SYSTEM) if user.origin == "sample"] == ["noor.visser"]
        assert job_queries.unfinished() == 0
        assert removal.state() is None
