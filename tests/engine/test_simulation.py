"""The simulation: exact where nothing is uncertain, right where theory knows the answer, stable under threads."""

from __future__ import annotations

import math
from datetime import datetime
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_plans import CALENDARS, Facts, Task, all_options, compiled, plans
from schedule_by_the_book import Book

from watchfloor_engine.calendars import CalendarSet, compile_calendar, pack, to_tick
from watchfloor_engine.errors import InvalidDistribution
from watchfloor_engine.network import Constraint, Kind, Network, build_network
from watchfloor_engine.schedule import Options, schedule
from watchfloor_engine.simulate import Distribution, Shape, quantiles, simulate
from watchfloor_engine.simulate.distribution import _pert_table
from watchfloor_engine.simulate.kernels import quantile
from watchfloor_engine.simulate.streams import normal_quantile, normal_share, uniform

DAY = 4800
START = to_tick(datetime(2024, 1, 1, 8))
OFFICE = [(4800, 7200), (7800, 10200)]


@pytest.fixture(scope="module")
def calendars() -> CalendarSet:
    week = compile_calendar([OFFICE] * 5 + [[], []], [], first_day=8760, last_day=14_000)
    return pack([week])


def network(days: list[float], links: list[tuple[int, int]], **more: Any) -> Network:
    n = len(days)
    more.setdefault("kind", [0] * n)
    return build_network(
        calendar=more.pop("calendar", [1] * n), duration_ticks=[round(d * DAY) for d in days], project_start=[START],
        pred=[p for p, _ in links], succ=[s for _, s in links], link=[0] * len(links), **more,
    )  # fmt: skip


def random_network(seed: int, size: int = 60) -> Network:
    chance = np.random.default_rng(seed)
    links = [(int(chance.integers(0, s)), s) for s in range(1, size) for _ in range(2)]
    return network(chance.integers(1, 12, size).tolist(), sorted(set(links)))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_without_spread_every_future_is_the_schedule_exactly(calendars: CalendarSet, seed: int) -> None:
    net = random_network(seed)
    result = schedule(net, calendars)
    fixed = Distribution.of_factors(net, Shape.TRIANGULAR, 1.0, 1.0, 1.0)
    futures = simulate(net, calendars, None, fixed, runs=3, seed=seed, watch=range(net.size))
    assert (futures.finish == result.project_finish[:, None]).all()
    assert (futures.watch_finish == result.finish[:, None]).all()
    assert np.array_equal(futures.criticality > 0, result.on_longest_path)


def test_triangular_and_beta_pert_have_their_published_mean_and_variance(calendars: CalendarSet) -> None:
    # (v) triangular(4, 6, 14): 8 and 4.667; PERT(4, 6, 14): 7 and 3.0.
    shapes = Distribution.of_ticks([Shape.TRIANGULAR, Shape.PERT], [4, 4], [6, 6], [14, 14])
    assert shapes.mean() == pytest.approx([8, 7])
    assert shapes.variance() == pytest.approx([4.6667, 3.0], abs=1e-4)
    even = Distribution.of_ticks([Shape.UNIFORM, Shape.FIXED], [4, 4], [6, 6], [10, 10])
    assert (even.mean().tolist(), even.variance().tolist()) == ([7.0, 6.0], [3.0, 0.0])
    for shape, mean, variance in ((Shape.TRIANGULAR, 8, 4.6667), (Shape.PERT, 7, 3.0)):
        net = build_network(kind=[0], calendar=[0], duration_ticks=[6000], project_start=[START])
        spread = Distribution.of_ticks([shape], [4000], [6000], [14_000])
        days = (simulate(net, calendars, None, spread, runs=40_000, seed=7).finish[0] - START) / 1000
        assert days.mean() == pytest.approx(mean, rel=0.005)
        assert days.var() == pytest.approx(variance, rel=0.02)


def test_uniform_durations_stay_between_their_ends(calendars: CalendarSet) -> None:
    net = build_network(kind=[0], calendar=[0], duration_ticks=[6000], project_start=[START])
    spread = Distribution.of_ticks([Shape.UNIFORM], [4000], [6000], [8000])
    ticks = simulate(net, calendars, None, spread, runs=5000, seed=7).finish[0] - START
    assert ticks.min() >= 4000
    assert ticks.max() <= 8000
    assert ticks.mean() == pytest.approx(6000, rel=0.01)


def test_two_independent_paths_at_fifty_percent_are_together_at_twenty_five(calendars: CalendarSet) -> None:
    net = build_network(kind=[0, 0], calendar=[0, 0], duration_ticks=[6000, 6000], project_start=[START])
    spread = Distribution.of_ticks([Shape.TRIANGULAR] * 2, [4000] * 2, [6000] * 2, [8000] * 2)
    finish = simulate(net, calendars, None, spread, runs=20_000, seed=1).finish[0]
    assert (finish <= START + 6000).mean() == pytest.approx(0.25, abs=0.01)


def test_a_shared_factor_widens_the_spread_of_a_chain(calendars: CalendarSet) -> None:
    net = network([10] * 20, [(i, i + 1) for i in range(19)])
    spread = Distribution.of_factors(net, Shape.TRIANGULAR, 0.8, 1.0, 1.5)
    alone, together = (
        simulate(net, calendars, None, spread, runs=2000, seed=5, correlation=rho).finish[0].std() for rho in (0.0, 0.5)
    )
    assert together > 2.5 * alone  # theory: √(1 + 19·0.5) ≈ 3.2


def test_a_shared_factor_leaves_each_activity_as_uncertain_as_it_is(calendars: CalendarSet) -> None:
    net = network([10], [])
    spread = Distribution.of_factors(net, Shape.TRIANGULAR, 0.8, 1.0, 1.5)
    alone, shared = (
        simulate(net, calendars, None, spread, runs=20_000, seed=3, correlation=rho).finish[0] - START
        for rho in (0.0, 0.5)
    )
    assert shared.mean() == pytest.approx(alone.mean(), rel=0.02)
    assert quantiles([shared], (0.1, 0.5, 0.9)) == pytest.approx(quantiles([alone], (0.1, 0.5, 0.9)), rel=0.02)


def test_the_numbers_do_not_depend_on_threads(calendars: CalendarSet) -> None:
    net = random_network(3)
    spread = Distribution.of_factors(net, Shape.PERT, 0.7, 1.0, 1.8)
    one, four = (
        simulate(net, calendars, None, spread, runs=500, seed=9, correlation=0.2, threads=threads) for threads in (1, 4)
    )
    assert np.array_equal(one.finish, four.finish)
    assert np.array_equal(one.criticality, four.criticality)
    assert np.array_equal(one.sensitivity, four.sensitivity)


def test_a_new_activity_leaves_the_draws_of_the_others_alone(calendars: CalendarSet) -> None:
    short, long = network([5, 8], []), network([5, 8, 1], [])
    before, after = (
        simulate(
            net, calendars, None, Distribution.of_factors(net, Shape.UNIFORM, 0.5, 1.0, 1.5), runs=50, seed=2,
            watch=[0, 1], streams=[101, 205, 77][: net.size],
        )
        for net in (short, long)
    )  # fmt: skip
    assert np.array_equal(before.watch_finish, after.watch_finish)


def test_a_complete_activity_is_certain_and_a_summary_is_its_last_child(calendars: CalendarSet) -> None:
    done = to_tick(datetime(2024, 1, 5, 17))
    net = network(
        [5, 10, 0], [(0, 1)], kind=[0, 0, Kind.SUMMARY], parent=[2, 2, -1],
        actual_start=[START, -(1 << 62), -(1 << 62)],
        actual_finish=[done, -(1 << 62), -(1 << 62)], data_date=[to_tick(datetime(2024, 1, 8, 8))],
    )  # fmt: skip
    spread = Distribution.of_factors(net, Shape.TRIANGULAR, 0.5, 1.0, 2.0)
    futures = simulate(net, calendars, None, spread, runs=200, seed=4, watch=[0, 1, 2])
    assert (futures.watch_finish[0] == done).all()
    assert np.array_equal(futures.watch_finish[1], futures.watch_finish[2])
    assert futures.criticality[0] == 0
    assert futures.criticality[1] == 1
    assert futures.sensitivity[1] > 0.95


def test_time_dependent_cost_grows_with_duration_and_fixed_cost_does_not(calendars: CalendarSet) -> None:
    net = network([10], [])
    spread = Distribution.of_factors(net, Shape.UNIFORM, 1.0, 1.0, 2.0)
    futures = simulate(net, calendars, None, spread, runs=4000, seed=4, cost_fixed=[100.0], cost_time=[1000.0])
    assert futures.cost.min() >= 1100
    assert futures.cost.max() <= 2100
    assert futures.cost.mean() == pytest.approx(1600, rel=0.02)


def test_quantiles_are_values_that_really_occurred() -> None:
    assert quantiles([[5, 1, 4, 2, 3]], (0.1, 0.5, 0.8, 1.0))[:, 0].tolist() == [1, 3, 4, 5]


def test_normal_quantile_inverts_the_normal_distribution() -> None:
    for u in (1e-9, 0.01, 0.3, 0.5, 0.8, 0.99, 1 - 1e-9):
        assert normal_share(normal_quantile(u)) == pytest.approx(u, rel=1e-7)
    assert normal_quantile(0.975) == pytest.approx(1.959963985, abs=1e-8)
    for u in np.linspace(0.001, 0.999, 499):
        assert normal_quantile(u) == pytest.approx(NormalDist().inv_cdf(u), abs=1e-11)


def test_random_streams_are_uniform_and_uncorrelated() -> None:
    grid = np.array([[uniform(np.uint64(1), np.uint64(s), np.uint64(r)) for r in range(2000)] for s in range(8)])
    assert grid.min() > 0
    assert grid.max() < 1
    assert grid.mean(axis=1) == pytest.approx(np.full(8, 0.5), abs=0.03)
    assert np.abs(np.corrcoef(grid) - np.eye(8)).max() < 0.09


def test_impossible_estimates_and_counts_are_refused(calendars: CalendarSet) -> None:
    net = network([1], [])
    good = Distribution.of_factors(net, Shape.FIXED, 1, 1, 1)
    with pytest.raises(InvalidDistribution):
        Distribution.of_ticks([Shape.PERT], [5], [4], [6])
    with pytest.raises(InvalidDistribution):
        simulate(net, calendars, None, good, runs=0, seed=1)
    with pytest.raises(InvalidDistribution):
        simulate(net, calendars, None, good, runs=10, seed=1, correlation=1.0)
    with pytest.raises(InvalidDistribution):
        simulate(network([1, 1], []), calendars, None, good, runs=10, seed=1)


def test_draws_stay_what_they_are_from_version_to_version() -> None:
    """Forecasts name their seed; the same one must bring the same futures."""
    drawn = {(1, 2, 3): 0.38773173663414445, (1, 2, 4): 0.9353685718260549, (1, 3, 3): 0.11553971052091477,
             (2, 2, 3): 0.4426729267437676, (20261126, 500_000, 999): 0.8616383143373354}  # fmt: skip
    for (seed, stream, run), value in drawn.items():
        assert uniform(np.uint64(seed), np.uint64(stream), np.uint64(run)) == value


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans(), options=all_options)
def test_without_spread_the_future_is_the_schedule_by_the_book(
    plan: tuple[list[Task], list[Facts]], options: Options
) -> None:
    tasks, facts = plan
    for task in tasks:
        # As late as possible moves no finish, and the simulation leaves it out.
        task.constraint = 0 if task.constraint == Constraint.AS_LATE_AS_POSSIBLE else task.constraint
        task.constraint2 = 0 if task.constraint2 == Constraint.AS_LATE_AS_POSSIBLE else task.constraint2
    net, book = compiled(tasks, facts), Book(tasks, facts, options)
    fixed = Distribution.of_factors(net, Shape.TRIANGULAR, 1.0, 1.0, 1.0)
    futures = simulate(net, CALENDARS, options, fixed, runs=2, seed=1, watch=range(net.size))
    ends = [task.finished if task.state == 2 else book.ef[i] for i, task in enumerate(tasks)]
    last = [
        max((ends[i] for i, task in enumerate(tasks) if task.project == p), default=fact.start)
        for p, fact in enumerate(facts)
    ]
    assert futures.finish.tolist() == [[end, end] for end in last]
    assert futures.watch_finish.tolist() == [[end, end] for end in ends]
    critical = [task.state < 2 and ends[i] == last[task.project] for i, task in enumerate(tasks)]
    for i in reversed(range(len(tasks))):
        for place, link in enumerate(tasks[i].before):
            if critical[i] and (i, place) in book.driving and tasks[link[0]].state < 2:
                critical[link[0]] = True
    assert futures.criticality.tolist() == [float(each) for each in critical]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.5, 0.625, 0.9, 0.999])
def test_the_triangular_quantile_is_the_inverse_of_its_distribution(share: float) -> None:
    low, mode, high = 200.0, 700.0, 1_000.0
    value = quantile(share, int(Shape.TRIANGULAR), low, mode, high, -1, np.zeros((1, 1)))
    below = (value - low) ** 2 / ((high - low) * (mode - low))
    above = 1.0 - (high - value) ** 2 / ((high - low) * (high - mode))
    assert (below if value <= mode else above) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("mode", [0.0, 0.25, 0.5, 0.9])
def test_the_pert_table_holds_the_quantiles_of_its_beta_distribution(mode: float) -> None:
    first, second = 1 + 4 * mode, 5 - 4 * mode
    whole = math.gamma(first) * math.gamma(second) / math.gamma(first + second)
    table = _pert_table(mode)
    x = (np.arange(200_000) + 0.5) / 200_000
    share = np.cumsum(x ** (first - 1) * (1 - x) ** (second - 1)) / 200_000 / whole
    for at in (16, 64, 128, 192, 240):
        probability = at / (table.size - 1)
        assert table[at] == pytest.approx(float(np.interp(probability, share, x)), abs=2e-3)


def test_a_small_spread_is_as_sensitive_as_a_large_one(calendars: CalendarSet) -> None:
    # One activity alone decides the finish, so the two move together, however little it varies.
    net = network([2], [], calendar=[0])
    narrow = Distribution.of_ticks(
        np.array([Shape.UNIFORM]), np.array([9_599.0]), np.array([9_600.0]), np.array([9_601.0])
    )
    found = simulate(net, calendars, None, narrow, runs=500, seed=3)
    assert found.sensitivity[0] == pytest.approx(1.0, abs=1e-6)
