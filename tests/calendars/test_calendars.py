"""Working time of people across countries, weekends and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchfloor.calendars import patterns
from watchfloor.calendars.working_time import working_calendar
from watchfloor.kit.errors import Invalid

HOUR = timedelta(hours=1)


def hours(country: str, zone: str, year: int = 2026):  # type: ignore[no-untyped-def]
    return working_calendar(country, "", zone, date(year - 1, 12, 1), date(year + 1, 1, 31))


def test_weekends_follow_the_country_and_the_year() -> None:
    assert patterns.weekend("AT") == {5, 6}
    assert patterns.weekend("SA") == {4, 5}
    assert patterns.weekend("AE", date(2021, 6, 1)) == {4, 5}
    assert patterns.weekend("AE", date(2024, 6, 1)) == {5, 6}
    assert patterns.weekend("") == patterns.weekend("XX") == {5, 6}
    assert patterns.country_week("SA") == (True, True, True, True, False, False, True)


def test_holidays_know_regions_and_mark_estimates() -> None:
    bavaria = {each.on for each in patterns.public_holidays("DE", "BY", date(2026, 1, 1), date(2026, 12, 31))}
    germany = {each.on for each in patterns.public_holidays("DE", "", date(2026, 1, 1), date(2026, 12, 31))}
    assert date(2026, 1, 6) in bavaria - germany
    far = patterns.public_holidays("EG", "", date(2029, 1, 1), date(2031, 12, 31))
    assert any(each.is_estimated for each in far)
    assert patterns.public_holidays("XX", "", date(2026, 1, 1), date(2026, 12, 31)) == ()
    assert patterns.public_holidays("DE", "ZZ", date(2026, 1, 1), date(2026, 12, 31))  # unknown region: the country's
    with pytest.raises(Invalid):
        patterns.public_holidays("DE", "", date(2026, 1, 2), date(2026, 1, 1))


def test_four_working_hours_over_a_weekend_end_on_monday() -> None:
    vienna = hours("AT", "Europe/Vienna")
    friday = datetime(2026, 3, 6, 15, tzinfo=ZoneInfo("Europe/Vienna"))
    assert vienna.add_working(friday, 4 * HOUR) == datetime(2026, 3, 9, 11, tzinfo=ZoneInfo("Europe/Vienna"))
    assert vienna.working_between(friday, friday + timedelta(days=3)) == 2 * HOUR + 6 * HOUR
    assert vienna.is_working(friday)
    assert not vienna.is_working(friday + timedelta(days=1))


def test_the_same_hours_skip_friday_and_saturday_in_riyadh() -> None:
    riyadh = hours("SA", "Asia/Riyadh")
    thursday = datetime(2026, 4, 9, 16, tzinfo=ZoneInfo("Asia/Riyadh"))
    assert riyadh.add_working(thursday, 2 * HOUR) == datetime(2026, 4, 12, 10, tzinfo=ZoneInfo("Asia/Riyadh"))


def test_a_working_day_has_eight_hours_before_and_after_the_clocks_change() -> None:
    vienna = hours("AT", "Europe/Vienna")
    for first, last in ((date(2026, 3, 27), date(2026, 3, 30)), (date(2026, 10, 23), date(2026, 10, 27))):
        day = first
        while day <= last:
            start = datetime.combine(day, datetime.min.time(), ZoneInfo("Europe/Vienna"))
            end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo("Europe/Vienna"))
            assert vienna.working_between(start, end) == (8 * HOUR if vienna.is_working_day(day) else timedelta())
            day += timedelta(days=1)


def test_working_days_are_counted_over_holidays() -> None:
    vienna = hours("AT", "Europe/Vienna")
    good = date(2026, 4, 3)  # Good Friday is a working day in Austria, Easter Monday is none
    assert vienna.add_working_days(good, 1) == date(2026, 4, 7)
    assert vienna.add_working_days(date(2026, 4, 4), 0) == date(2026, 4, 7)
    assert vienna.add_working_days(date(2026, 4, 7), -1) == good
    assert vienna.working_days_between(good, date(2026, 4, 8)) == 2
    assert vienna.working_days_between(date(2026, 4, 8), good) == -2


@settings(deadline=None, max_examples=60)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 30)),
    st.integers(0, 200),
    st.sampled_from(
        [("AT", "Europe/Vienna"), ("SA", "Asia/Riyadh"), ("US", "America/New_York"), ("IN", "Asia/Kolkata")]
    ),
)
def test_what_is_added_is_what_lies_between(at: datetime, worked: int, where: tuple[str, str]) -> None:
    calendar = hours(*where)
    start = at.replace(second=0, microsecond=0, tzinfo=UTC)
    end = calendar.add_working(start, worked * HOUR)
    assert calendar.working_between(start, end) == worked * HOUR
    assert calendar.working_between(end, start) == -worked * HOUR


def test_estimates_are_marked_whatever_language_the_server_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "de")
    monkeypatch.setenv("LANG", "de_AT.UTF-8")
    patterns._of_year.cache_clear()
    days = patterns.public_holidays("TR", "", date(2029, 1, 1), date(2035, 12, 31))
    assert any(each.is_estimated for each in patterns.public_holidays("EG", "", date(2030, 1, 1), date(2030, 12, 31)))
    assert all("tahmin" not in each.name for each in days)


def test_a_half_day_ends_early_and_counts_as_a_working_day() -> None:
    eve = date(2026, 12, 31)
    day = patterns.calendar_day("EE", "", eve)  # Estonia shortens it by three hours
    assert (day.kind, day.ends, day.is_worked) == ("short", time(14), True)
    tallinn = hours("EE", "Europe/Tallinn")
    start = datetime(2026, 12, 31, 9, tzinfo=ZoneInfo("Europe/Tallinn"))
    assert tallinn.working_between(start, start + timedelta(hours=12)) == 5 * HOUR
    assert patterns.calendar_day("TR", "", date(2026, 10, 28)).ends == time(13)
    assert patterns.calendar_day("CN", "", date(2026, 6, 1)).kind == "working", "a half day of children only"


def test_a_make_up_day_is_worked_though_it_lies_on_a_weekend() -> None:
    saturday = date(2026, 2, 14)  # China works it for the spring festival
    assert patterns.calendar_day("CN", "", saturday).kind == "made_up"
    assert saturday in patterns.working_days("CN", "", date(2026, 2, 9), date(2026, 2, 15))


def test_the_weekend_of_a_country_without_known_holidays_comes_from_cldr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_supported", dict)
    patterns._weekend.cache_clear()
    assert not patterns.knows("IR")
    assert patterns.weekend("IR") == {4}
    assert patterns.weekend("AF") == {3, 4}
    assert patterns.weekend("KW") == {4, 5}
    patterns._weekend.cache_clear()


def test_every_day_of_a_year_has_one_reason_and_agrees_with_the_working_days() -> None:
    for country in ("AT", "SA", "CN", "EE", "IN", "XX"):
        year = patterns.calendar_year(country, "", 2026)
        assert len(year) == 365
        worked = tuple(each.on for each in year if each.is_worked)
        assert worked == patterns.working_days(country, "", date(2026, 1, 1), date(2026, 12, 31))
    with pytest.raises(Invalid):
        patterns.calendar_year("AT", "", 1500)


def test_a_site_has_the_holidays_of_its_region() -> None:
    assert patterns.calendar_day("DE", "BY/MUC", date(2026, 1, 6)).kind == "holiday"
    assert patterns.calendar_day("DE", "", date(2026, 1, 6)).kind == "working"
    assert patterns.knows("DE", "BY/MUC")
