"""Multiple float paths: chains to a chosen activity, the tightest first, each activity on one of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_plans import CALENDARS, HOUR, Facts, Task, all_options, compiled, plans
from schedule_by_the_book import Book

from watchfloor_engine.errors import InvalidNetwork
from watchfloor_engine.kernels import MISSING
from watchfloor_engine.network import Network
from watchfloor_engine.paths import PathRule, float_paths
from watchfloor_engine.schedule import Options, schedule


def small() -> Network:
    """0-1-4 is the longest; 2 joins 1 with two hours to spare, 3 joins 4 with five; 5 leads nowhere."""
    hours = [4, 6, 2, 5, 1, 30]
    tasks = [Task(2, each * HOUR, remaining=each * HOUR) for each in hours]
    tasks[1].before = [(0, 0, 0, 0), (2, 0, 0, 0)]
    tasks[4].before = [(1, 0, 0, 0), (3, 0, 0, 0)]
    return compiled(tasks)


def test_the_tightest_chain_comes_first_and_each_names_where_it_joins() -> None:
    net = small()
    first, second, third = float_paths(net, schedule(net, CALENDARS), CALENDARS, 4)
    assert (first.number, first.activities, first.joins, first.float_ticks) == (1, (0, 1, 4), 4, 0)
    assert (second.activities, second.joins, second.float_ticks) == ((2,), 1, 2 * HOUR)
    assert (third.activities, third.joins, third.float_ticks) == ((3,), 4, 5 * HOUR)


def test_fewer_may_be_asked_for_and_any_activity_may_be_the_target() -> None:
    net = small()
    found = schedule(net, CALENDARS)
    assert len(float_paths(net, found, CALENDARS, 4, most=2)) == 2
    (only, other) = float_paths(net, found, CALENDARS, 1)
    assert (only.activities, other.activities) == ((0, 1), (2,))
    assert [each.activities for each in float_paths(net, found, CALENDARS, 5)] == [(5,)]


def test_by_total_float_the_float_of_activities_decides() -> None:
    net = small()
    found = schedule(net, CALENDARS)
    paths = float_paths(net, found, CALENDARS, 4, rule=PathRule.TOTAL_FLOAT)
    assert [each.activities for each in paths] == [(0, 1, 4), (2,), (3,)]
    assert [each.float_ticks for each in paths] == [int(found.total_float[each.activities[-1]]) for each in paths]


@pytest.mark.parametrize("target", [-1, 6])
def test_a_target_that_is_none_is_refused(target: int) -> None:
    net = small()
    with pytest.raises(InvalidNetwork):
        float_paths(net, schedule(net, CALENDARS), CALENDARS, target)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans(), options=all_options, rule=st.sampled_from(PathRule))
def test_every_open_activity_that_leads_to_the_target_lies_on_one_path(
    plan: tuple[list[Task], list[Facts]], options: list[Options], rule: PathRule
) -> None:
    tasks, facts = plan
    net = compiled(tasks, facts)
    target = len(tasks) - 1
    paths = float_paths(net, schedule(net, CALENDARS, options), CALENDARS, target, most=1000, rule=rule)
    book = Book(tasks, facts, options)
    leading, waiting = {target}, [target]
    while waiting:
        for tie in book.ties[waiting.pop()]:
            if tie is not None and tie.pred not in leading and tasks[tie.pred].finished == MISSING:
                leading.add(tie.pred)
                waiting.append(tie.pred)
    on = [at for each in paths for at in each.activities]
    assert sorted(on) == sorted(leading)
    known = {target}
    for each in paths:
        assert each.joins in known
        known |= set(each.activities)
        links = {(tie.pred, tie.succ) for ties in book.ties for tie in ties if tie is not None}
        chain = (*each.activities, each.joins) if each.number > 1 else each.activities
        assert set(pairwise(chain)) <= links
    if rule is PathRule.FREE_FLOAT:
        floats = np.array([each.float_ticks for each in paths])
        assert (floats >= 0).all()
