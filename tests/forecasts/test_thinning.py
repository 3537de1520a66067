"""Old blocks take less room and say exactly what they said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_plans import plan_of, task

from watchfloor.forecasts import block, queries
from watchfloor.forecasts.models import Forecast
from watchfloor.forecasts.operations import issue_forecast
from watchfloor.forecasts.thinning import thin_blocks
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations as plans
from watchfloor.plans.document import Dependency
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)  # a Tuesday
values = st.one_of(st.none(), st.integers(-9, 9), st.text("ab", max_size=2))


def columns_of(rows: list[list[Any]]) -> dict[str, list[Any]]:
    names = sorted(block.COLUMNS)
    return {name: [row[place % len(row)] for row in rows] for place, name in enumerate(names)}


tables = st.lists(st.lists(values, min_size=4, max_size=4), max_size=8)


@given(tables, tables)
def test_a_difference_gives_back_the_block_it_was_made_of(one: list[list[Any]], other: list[list[Any]]) -> None:
    whole, own = block.pack(columns_of(one)), block.pack(columns_of(other))
    packed = block.difference(own, whole, 7)
    if packed is not None:
        assert len(packed) < len(own)
        assert block.differs_from(packed) == 7
        assert block.whole_again(packed, whole) == own


@pytest.mark.django_db
def test_of_each_old_week_the_last_block_stays_whole_and_all_say_what_they_said() -> None:
    portfolio.create_programme(SYSTEM, code="P", name="P", now=NOW)
    made = portfolio.create_project(SYSTEM, programme_code="P", code="P", name="P", now=NOW)
    rows = [task(f"A{number}", 5, budget_minor=100) for number in range(60)]
    links = [Dependency(f"A{number}", f"A{number + 1}") for number in range(59)]
    plans.record_plan(SYSTEM, made.id, plan_of(*rows, *links), origin="import", now=NOW)
    for day in range(10):
        edit = plans.ChangeActivity("A50", {"duration_ticks": 4800 * (day + 1), "remaining_ticks": 4800 * (day + 1)})
        plans.edit_plan(SYSTEM, made.id, [edit], now=NOW + timedelta(days=day))
        issue_forecast(made.id, now=NOW + timedelta(days=day))
    ids = list(Forecast.objects.order_by("id").values_list("id", flat=True))
    said = {pk: queries.activity_forecasts_of(SYSTEM, pk) for pk in ids}
    size = sum(len(row.block) for row in Forecast.objects.all())

    assert thin_blocks(NOW + timedelta(days=20)) == 0  # too young
    thinned = thin_blocks(NOW + timedelta(days=60))
    assert thinned >= 7  # Tuesday to Sunday less one, and three of the next week
    assert thin_blocks(NOW + timedelta(days=60)) == 0

    block.unpack.cache_clear()
    assert {pk: queries.activity_forecasts_of(SYSTEM, pk) for pk in ids} == said
    assert queries.activity_forecasts(replace(SYSTEM, as_of=NOW + timedelta(days=1)), made.id) == said[ids[1]]
    wholes = [row.pk for row in Forecast.objects.order_by("id") if block.differs_from(bytes(row.block)) is None]
    assert ids[5] in wholes  # Sunday's
    assert ids[-1] in wholes
    assert sum(len(row.block) for row in Forecast.objects.all()) < size / 2
