"""The generated organisation: deterministic, coherent, and with in it what its lists say."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from watchfloor.forecasts.compile import compile_plan
from watchfloor.plans.difference import digest
from watchfloor.plans.document import DependencyKind
from watchfloor.sample.generator import SampleOrganisation, generate
from watchfloor.sample.places import PLACES
from watchfloor.sample.planted import DECOYS, SCRIPT, Disguise, Size, Trouble
from watchfloor.sample.truth import forecast_at, slip_at
from watchfloor.sample.updates import earned_and_spent
from watchfloor.sample.workdays import ends_at, to_day
from watchfloor_engine.calendars import from_tick
from watchfloor_engine.schedule import schedule

AS_OF = date(2026, 11, 23)
LAST_CUT_OFF = date(2026, 11, 20)


@pytest.fixture(scope="module")
def small() -> SampleOrganisation:
    return generate(seed=1, as_of=AS_OF, size="small")


@pytest.fixture(scope="module")
def full() -> SampleOrganisation:
    return generate(seed=1, as_of=AS_OF, size="full")


def _digests(organisation: SampleOrganisation) -> list[str]:
    days = (AS_OF - timedelta(days=87), LAST_CUT_OFF)
    return [digest(project.plan_on(day)) for project in organisation.projects for day in days]


def test_the_same_seed_day_and_size_make_the_same_organisation(small: SampleOrganisation) -> None:
    again = generate(seed=1, as_of=AS_OF, size="small")
    assert _digests(again) == _digests(small)
    assert again.planted == small.planted
    assert again.rates == small.rates
    assert [project.updates for project in again.projects] == [project.updates for project in small.projects]


def test_another_seed_makes_another_organisation(small: SampleOrganisation) -> None:
    assert not set(_digests(generate(seed=2, as_of=AS_OF, size="small"))) & set(_digests(small))


def test_plans_do_not_depend_on_the_order_in_which_they_are_asked_for(small: SampleOrganisation) -> None:
    again = generate(seed=1, as_of=AS_OF, size="small")
    for project, other in zip(small.projects, again.projects, strict=True):
        late = digest(other.plan_on(LAST_CUT_OFF))
        early = digest(other.original_plan())
        assert (digest(project.original_plan()), digest(project.plan_on(LAST_CUT_OFF))) == (early, late)


def test_the_full_organisation_is_as_large_and_as_wide_as_promised(full: SampleOrganisation) -> None:
    assert len(full.projects) == 48
    assert len(full.programmes) == 6
    assert 19_500 <= sum(len(project.model.keys) for project in full.projects) <= 20_500
    assert len(full.people) == 300
    assert len({project.place.country for project in full.projects}) == 9
    assert len({project.place.currency for project in full.projects}) == 6
    assert {row.base for row in full.rates} == {place.currency for place in PLACES.values()} - {"EUR"}
    assert {project.brief.cycle for project in full.projects} == {"weekly", "monthly"}
    assert len({project.brief.client for project in full.projects}) >= 5
    assert len({project.legal_entity for project in full.projects}) >= 5


def test_the_small_organisation_serves_tests(small: SampleOrganisation) -> None:
    assert len(small.projects) == 6
    assert 580 <= sum(len(project.model.keys) for project in small.projects) <= 640


def test_some_countries_rest_on_friday_and_saturday(full: SampleOrganisation) -> None:
    week = full.project("WA-05").original_plan().calendars[0].week
    assert [bool(shifts) for shifts in week] == [True, True, True, True, False, False, True]
    assert full.project("WA-05").cut_off_weekday == 3


def test_every_trouble_is_planted_at_three_sizes_and_every_decoy_once(full: SampleOrganisation) -> None:
    assert Counter((row.kind, row.size) for row in full.planted) == {
        (kind, size): 1 for kind in Trouble for size in Size
    }
    assert Counter(row.kind for row in full.decoys) == dict.fromkeys(Disguise, 1)
    assert len(Trouble) >= 12


def test_what_is_planted_names_things_that_exist(full: SampleOrganisation) -> None:
    people = {person.key for person in full.people}
    for row in full.planted:
        keys = set(full.project(row.project).model.keys) | people | {""}
        assert row.subject in keys
        assert row.begins < AS_OF + timedelta(days=30)
    for decoy in full.decoys:
        assert decoy.subject in {*full.project(decoy.project).model.keys, ""}
        assert decoy.why


def test_no_project_carries_two_troubles_that_move_its_finish() -> None:
    moving = (Trouble.FINISH_SLIP, Trouble.COMMITTED_MILESTONE, Trouble.WATERMELON, Trouble.STALLED_PROGRESS)
    struck = [line.projects[0] for line in SCRIPT if line.kind in moving]
    struck += [line.project for line in DECOYS if line.kind is Disguise.APPROVED_REBASELINE]
    assert len(struck) == len(set(struck))


def test_clear_and_near_slips_pass_their_limit_and_those_below_do_not(full: SampleOrganisation) -> None:
    for row in full.planted:
        if row.kind in (Trouble.FINISH_SLIP, Trouble.WATERMELON):
            model = full.project(row.project).model
            past = slip_at(model, to_day(LAST_CUT_OFF) + 1) / model.watch_limit_days
            assert (past > 1) is (row.size is not Size.BELOW), row
            assert (past > 2) is (row.size is Size.CLEAR), row


def test_projects_without_a_trouble_that_moves_them_stay_inside_their_tolerance(full: SampleOrganisation) -> None:
    moved = {line.projects[0] for line in SCRIPT if line.size is not Size.BELOW}
    moved |= {code for line in SCRIPT if line.kind is Trouble.SHARED_SUPPLIER for code in line.projects}
    moved |= {line.project for line in DECOYS}
    for project in full.projects:
        if project.code not in moved:
            assert slip_at(project.model, to_day(LAST_CUT_OFF) + 1) < project.model.watch_limit_days, project.code


def test_costs_run_over_where_planted_and_only_there(full: SampleOrganisation) -> None:
    planted = {row.project: row.measured for row in full.planted if row.kind is Trouble.COST_OVERRUN}
    booked_later = {row.project for row in full.decoys if row.kind is Disguise.MONTH_END_BOOKING}
    for project in full.projects:
        earned, spent = earned_and_spent(project.model, to_day(LAST_CUT_OFF) + 1)
        if project.code in planted:
            assert spent / earned - 1 == pytest.approx(planted[project.code], abs=0.003)
        elif project.code not in booked_later:
            assert abs(spent / earned - 1) < 0.02


def test_budgets_add_up_to_the_cent(full: SampleOrganisation) -> None:
    for project in full.projects:
        total = sum(project.model.budget_minor)
        assert total % 100_000 == 0
        assert total == sum(activity.budget_minor or 0 for activity in project.original_plan().activities)


def test_history_is_coherent(small: SampleOrganisation) -> None:
    """Nothing happens after the data date, nothing before what it waits for, and done work stays done."""
    for project in small.projects:
        done: set[str] = set()
        for update in project.updates:
            plan = project.plan_on(update.cut_off)
            by_key = {activity.key: activity for activity in plan.activities}
            assert plan.data_date is not None
            for activity in plan.activities:
                for moment in (activity.actual_start, activity.actual_finish):
                    assert moment is None or moment <= plan.data_date
                assert (activity.remaining_ticks == 0) is (
                    activity.actual_finish is not None or not activity.duration_ticks
                )
            for link in plan.dependencies:
                if link.kind is DependencyKind.FS and not link.predecessor_project:
                    before, after = by_key[link.predecessor], by_key[link.successor]
                    if after.actual_start is not None:
                        assert before.actual_finish is not None
                        assert before.actual_finish <= after.actual_start
            now_done = {activity.key for activity in plan.activities if activity.actual_finish is not None}
            assert done <= now_done
            done = now_done


def test_the_engine_schedules_the_plans_to_the_very_days_the_generator_meant(small: SampleOrganisation) -> None:
    for project in small.projects:
        model = project.model
        boundary = to_day(LAST_CUT_OFF) + 1
        for plan, meant in (
            (project.original_plan(), model.baseline),
            (project.plan_on(LAST_CUT_OFF), forecast_at(model, boundary)),
        ):
            compiled = compile_plan((plan,))
            found = schedule(compiled.network, compiled.calendars, compiled.options)
            for at, node in enumerate(model.network.nodes):
                if node.days:
                    assert from_tick(int(found.finish[at])) == ends_at(meant.end[at]), model.keys[at]


def test_nobody_is_booked_beyond_their_time_by_accident(full: SampleOrganisation) -> None:
    """Weeks of the baseline: the planted overloads lie on people who do nothing else."""
    planted = {row.subject for row in full.planted if row.kind is Trouble.RESOURCE_OVERLOAD}
    load: Counter[tuple[str, int]] = Counter()
    for project in full.projects:
        model = project.model
        for node, person, units in model.assignments:
            if person not in planted:
                for week in range(model.baseline.start[node] // 7, (model.baseline.end[node] - 1) // 7 + 1):
                    load[person, week] += units
    # Two activities that meet within one week, each half the person's time, may both touch it.
    assert max(load.values()) <= 2.0


def test_silence_and_skips_are_missing_updates(full: SampleOrganisation) -> None:
    cut_offs = {code: [update.cut_off for update in full.project(code).updates] for code in ("DG-05", "WA-09", "DG-06")}
    assert cut_offs["DG-05"][-1] == LAST_CUT_OFF - timedelta(weeks=3)
    assert cut_offs["WA-09"][-1] == LAST_CUT_OFF - timedelta(weeks=2)
    gaps = [b - a for a, b in zip(cut_offs["DG-06"], cut_offs["DG-06"][1:], strict=False)]
    assert sorted(set(gaps)) == [timedelta(weeks=1), timedelta(weeks=2)]
