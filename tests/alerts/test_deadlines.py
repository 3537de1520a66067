"""Deadlines count the working time of the person who must act."""

from __future__ import annotations

from datetime import UTC, datetime

from watchfloor.alerts.deadlines import OwnerHours, acknowledge_by, working_minutes_until

LISBON = OwnerHours("PT", "", "Europe/Lisbon")
RIYADH = OwnerHours("SA", "", "Asia/Riyadh")
UNKNOWN = OwnerHours("", "", "UTC")


def test_a_critical_alert_waits_four_working_hours() -> None:
    tuesday = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert acknowledge_by(LISBON, tuesday, 3) == datetime(2026, 3, 3, 14, tzinfo=UTC)


def test_what_is_raised_on_friday_evening_waits_over_the_weekend() -> None:
    friday_evening = datetime(2026, 3, 6, 20, tzinfo=UTC)
    assert acknowledge_by(LISBON, friday_evening, 3) == datetime(2026, 3, 9, 13, tzinfo=UTC)


def test_the_weekend_is_that_of_the_owner() -> None:
    # In Riyadh, three hours ahead, Friday and Saturday are off and Sunday is a working day.
    thursday_evening = datetime(2026, 2, 5, 20, tzinfo=UTC)
    assert acknowledge_by(RIYADH, thursday_evening, 3) == datetime(2026, 2, 8, 10, tzinfo=UTC)


def test_a_holiday_of_the_owners_country_does_not_count() -> None:
    # Saturday 25 April is Freedom Day; Friday 1 May is Labour Day.
    thursday = datetime(2026, 4, 30, 15, tzinfo=UTC)  # 16:00 in Lisbon
    assert acknowledge_by(LISBON, thursday, 3) == datetime(2026, 5, 4, 11, tzinfo=UTC)


def test_summer_time_takes_no_working_hour() -> None:
    # Clocks go forward on Sunday 29 March.
    friday = datetime(2026, 3, 27, 15, tzinfo=UTC)  # two working hours left
    assert acknowledge_by(LISBON, friday, 3) == datetime(2026, 3, 30, 10, tzinfo=UTC)  # 11:00 in Lisbon


def test_at_risk_waits_a_day_and_the_rest_three() -> None:
    tuesday = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert acknowledge_by(UNKNOWN, tuesday, 2) == datetime(2026, 3, 4, 10, tzinfo=UTC)
    assert acknowledge_by(UNKNOWN, tuesday, 1) == datetime(2026, 3, 6, 10, tzinfo=UTC)


def test_minutes_left_count_working_time_and_end_at_zero() -> None:
    friday_evening = datetime(2026, 3, 6, 20, tzinfo=UTC)
    deadline = acknowledge_by(LISBON, friday_evening, 3)
    assert working_minutes_until(LISBON, friday_evening, deadline) == 240
    assert working_minutes_until(LISBON, deadline, deadline) == 0
    assert working_minutes_until(LISBON, deadline.replace(day=10), deadline) == 0
