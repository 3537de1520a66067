"""The bundled central-bank history: what it holds, where it ends, and that no rate rewrites a stored one silently."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Invalid, NotAllowed
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.money.history import history_ends
from watchfloor.money.operations import record_bundled, record_rates
from watchfloor.money.queries import RateRecord, all_rates_on, found_rate, rate_book, rate_pairs, rates

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_the_history_gives_trading_days_and_the_weekend_takes_the_friday_before() -> None:
    taken = record_bundled(SYSTEM, currencies=["USD"], first=date(2026, 1, 2), last=date(2026, 1, 5), now=NOW)
    assert [row.on for row in taken.rates] == [date(2026, 1, 2), date(2026, 1, 5)]
    assert not taken.after_end
    sunday = found_rate("EUR", "USD", date(2026, 1, 4))
    assert (sunday.dated, sunday.is_older, sunday.source) == (date(2026, 1, 2), True, "ECB, bundled")
    assert sunday.value == taken.rates[0].value


def test_days_after_the_end_of_the_history_are_said_to_be_missing() -> None:
    end = history_ends()
    taken = record_bundled(SYSTEM, currencies=["USD"], first=end, last=end + timedelta(days=20), now=NOW)
    assert taken.after_end
    assert [row.on for row in taken.rates] == [end]
    with pytest.raises(Invalid, match="no SAR"):
        record_bundled(SYSTEM, currencies=["SAR"], first=end, last=end, now=NOW)


def test_a_replaced_rate_is_told_in_the_journal() -> None:
    day = date(2026, 1, 1)
    record_rates(SYSTEM, [RateRecord("USD", "EUR", day, Decimal("0.9"), "bank")], NOW)
    record_rates(SYSTEM, [RateRecord("USD", "EUR", day, Decimal("0.8"), "bank")], NOW)
    (fact, _first) = facts(SYSTEM, kinds=("rates.recorded",), newest_first=True)
    assert fact.data["replaced"] == [["USD", "EUR", "2026-01-01", "0.9", "0.8"]]


def test_a_book_of_rates_answers_like_the_database_in_one_query(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    record_bundled(SYSTEM, currencies=["USD", "GBP"], first=date(2026, 1, 1), last=date(2026, 3, 1), now=NOW)
    with django_assert_num_queries(1):
        book = rate_book(["USD", "GBP"], until=date(2026, 3, 1))
    for offset in range(0, 50, 7):
        day = date(2026, 1, 5) + timedelta(days=offset)
        assert book.find("USD", "GBP", day) == found_rate("USD", "GBP", day)
    assert set(all_rates_on("EUR", date(2026, 2, 1))) == {"USD", "GBP", "EUR"}


def test_who_sees_no_costs_sees_no_rates() -> None:
    guest = Viewer(1, "Guest", projects={7: frozenset({"project.view"})})
    for ask in (rates, rate_pairs):
        with pytest.raises(NotAllowed):
            ask(guest)
    assert rates(Viewer(1, "Clerk", projects={7: frozenset({"project.view", "cost.view"})})) == ()
