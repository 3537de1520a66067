"""Pictures are well-formed, escaped, free of inline styles, and say in words what they show."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchfloor.drawing import curves, gauges, marks
from watchfloor.drawing.sparkline import sparkline
from watchfloor.drawing.strip import StripItem, strip

SVG = "{http://www.w3.org/2000/svg}"
MONDAY = date(2026, 11, 23)


def read(picture: str) -> ET.Element:
    assert "style=" not in picture
    return ET.fromstring(picture)


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=30))
def test_a_sparkline_can_be_drawn_of_any_values(values: list[float | None]) -> None:
    assert read(sparkline(values, title="CPI")).findtext(f"{SVG}title") == "CPI"


def test_a_gap_in_a_sparkline_stays_a_gap() -> None:
    drawn = read(sparkline([1, 2, None, 3, 4], title="x"))
    assert len(drawn.findall(f"{SVG}path")) == 2


def test_a_picture_without_a_title_is_decoration() -> None:
    assert read(sparkline([1, 2], title="")).get("aria-hidden") == "true"


@pytest.mark.parametrize("share", [-1, 0, 0.5, 1, 7])
def test_a_ring_shows_at_most_the_whole(share: float) -> None:
    assert read(gauges.ring(share, title="left")).get("viewBox") == "0 0 40 40"


def test_a_range_bar_orders_budget_likely_and_range() -> None:
    drawn = read(gauges.range_bar(budget=398, likely=412, low=405, high=422, title="cost"))
    band = next(each for each in drawn if each.get("class") == "range-band")
    budget = next(each for each in drawn if each.get("class") == "range-budget")
    assert float(budget.get("x", 0)) < float(band.get("x", 0))


def items(count: int) -> list[StripItem]:
    return [
        StripItem(
            label=f"HB-{n:02d}",
            name="Quay <wall> & crane",
            status=marks.CODES[n % 5],
            plan=MONDAY + timedelta(days=n - 3),
            likely=MONDAY + timedelta(days=n),
            sure=MONDAY + timedelta(days=n + 4),
            href="/projects/HB-01?a=1&b=2",
        )
        for n in range(count)
    ]


def test_a_strip_leaves_out_what_does_not_fit_instead_of_overlapping() -> None:
    drawn = read(strip(items(21), first=MONDAY, weeks=3, today=MONDAY, title="Milestones"))
    assert 0 < len(drawn.findall(f"{SVG}a")) < 21


def test_what_a_project_is_called_cannot_become_markup() -> None:
    assert "<wall>" not in strip(items(1), first=MONDAY, weeks=3, today=MONDAY, title="<b>")


def test_every_status_has_a_shape_of_its_own() -> None:
    assert len({marks.shape(code) for code in marks.CODES}) == len(marks.CODES) == 5


def test_curves_keep_their_labels_apart() -> None:
    flat = [(MONDAY, 1.0), (MONDAY + timedelta(days=70), 1.0)]
    series = [curves.Line(name, "plan", flat) for name in ("Plan", "Likely", "80 %")]
    drawn = read(curves.lines(series, title="Drift", y_labels=[(1.0, "1")]))
    labels = [each for each in drawn.iter(f"{SVG}text") if "label-plan" in each.get("class", "")]
    places = sorted(float(each.get("y", 0)) for each in labels)
    assert all(after - before >= 14 for before, after in pairwise(places))


def test_curves_without_points_are_an_empty_picture() -> None:
    assert read(curves.lines([], title="Nothing")).findtext(f"{SVG}title") == "Nothing"


def test_a_finish_line_marks_every_stop_with_its_date() -> None:
    stops = [curves.Stop("Plan", "plan", MONDAY), curves.Stop("80 %", "sure", MONDAY + timedelta(days=9))]
    drawn = read(curves.finish_line(stops, today=None, title="Finish"))
    said = [each.text for each in drawn.iter(f"{SVG}title")]
    assert said == ["Finish", "Plan: 23 Nov 2026", "80 %: 2 Dec 2026"]
