"""What every registered detector must keep, whatever it looks for. A new one needs a line in ``TROUBLED``."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchfloor.detection import messages
from watchfloor.detection.conduct import Conduct, Executed, GoneView, PathView, RewrittenView, StuckView
from watchfloor.detection.registry import DETECTORS, Detector
from watchfloor.detection.scale import FindingClass, Severity
from watchfloor.detection.view import (
    ActivityView,
    CalendarView,
    ForecastView,
    HeldView,
    MilestoneView,
    OutsideView,
    ProjectView,
    QualityView,
    ReportView,
    RuleView,
    TrendView,
)
from watchfloor.portfolio.tolerances import DEFAULTS, Tolerances

TODAY = date(2026, 11, 20)
PLANNED = date(2027, 3, 1)


def calm_forecast() -> ForecastView:
    milestone = MilestoneView("M1", "Handover", True, False, PLANNED, PLANNED, PLANNED, PLANNED)
    return ForecastView(
        id=7,
        issued_at=datetime(2026, 11, 20, 6, tzinfo=UTC),
        plan_finish=PLANNED,
        schedule_finish=PLANNED,
        p50_finish=PLANNED,
        p80_finish=PLANNED,
        planned_duration_days=200.0,
        slip_days=0.0,
        original_slip_days=0.0,
        rebaselines=0,
        baseline_kind="approved",
        float_days=0.0,
        budget_minor=1_000_000,
        eac_minor=1_000_000,
        eac_method="cpi",
        currency="EUR",
        milestones=(milestone,),
    )


CALM = ProjectView(
    project_id=1,
    code="HB-01",
    stage="active",
    today=TODAY,
    data_date=TODAY,
    committed_finish=PLANNED,
    contingency_minor=None,
    forecast=calm_forecast(),
)


def with_forecast(**changes: object) -> ProjectView:
    return dataclasses.replace(CALM, forecast=dataclasses.replace(calm_forecast(), **changes))


def activity(**changes: object) -> ActivityView:
    made = ActivityView("A1", "Drive piles", "Ada", True, None, None, 0.0, 0.0, 10.0, 10.0)
    return dataclasses.replace(made, **changes)


LATE_MILESTONE = MilestoneView(
    "M1", "Handover", True, False, PLANNED, PLANNED + timedelta(9), PLANNED + timedelta(12), PLANNED + timedelta(20)
)

# For each detector: what it must speak up about.
TROUBLED: Mapping[str, tuple[ProjectView, ...]] = {
    "finish_slip": (with_forecast(slip_days=6.0), with_forecast(slip_days=100.0, rebaselines=2)),
    "float_exhausted": (with_forecast(float_days=-3.0),),
    "milestone_at_risk": (
        with_forecast(milestones=(LATE_MILESTONE,)),
        with_forecast(milestones=(dataclasses.replace(LATE_MILESTONE, p50=PLANNED),)),
    ),
    "float_erosion": (dataclasses.replace(CALM, activities=(activity(reference_float_days=20.0, float_days=4.0),)),),
    "work_overdue": (
        dataclasses.replace(CALM, activities=(activity(finish_late_days=8.0), activity(key="A2", start_late_days=9.0))),
        dataclasses.replace(
            with_forecast(milestones=(LATE_MILESTONE,)), activities=(activity(finish_late_days=8.0, drives=("M1",)),)
        ),
    ),
    "no_schedule": (with_forecast(problem={"code": "plan.cycle", "path": "A > B > A"}),),
    "cost_over_budget": (with_forecast(eac_minor=1_030_000), with_forecast(eac_minor=1_500_000)),
    "missed_cut_off": (
        dataclasses.replace(CALM, missed=(date(2026, 11, 13),)),
        dataclasses.replace(CALM, missed=(date(2026, 11, 6), date(2026, 11, 13))),
    ),
    "hold_review_due": (
        dataclasses.replace(CALM, stage="on_hold", forecast=None, review_on=TODAY, hold_reason="Permit at 100 %"),
    ),
    "reported_against_computed": (
        dataclasses.replace(CALM, reports=(ReportView(date(2026, 11, 13), Severity.ON_TRACK, Severity.AT_RISK),)),
        dataclasses.replace(
            CALM,
            reports=(
                ReportView(date(2026, 11, 13), Severity.ON_TRACK, Severity.AT_RISK),
                ReportView(date(2026, 11, 6), Severity.ON_TRACK, Severity.WATCH),
            ),
        ),
    ),
}


def conducted(**changes: object) -> ProjectView:
    return dataclasses.replace(CALM, conduct=Conduct(**changes))  # type: ignore[arg-type]


def trending(*values: float) -> ProjectView:
    """CPI and SPI(t) of the last statuses, newest first."""
    rows = [TrendView(TODAY - timedelta(weeks=at), value, value, 40.0, 0.0) for at, value in enumerate(values)]
    return dataclasses.replace(CALM, trend=tuple(rows))


_STUCK = StuckView("A1", "Drive piles", 2, 4.0, False)
_MOVED = RewrittenView("A1", "Drive piles", "finish", TODAY - timedelta(60), TODAY - timedelta(50), 8.0)
_WAVE = tuple((TODAY - timedelta(weeks=at), days) for at, days in enumerate((80.0, 70.0, 60.0, 50.0, 40.0)))
_LATE_GIFT = dataclasses.replace(LATE_MILESTONE, is_committed=False, is_handed_over=True)
_RULE = RuleView(
    3, "Falling", "cpi < 0.9", Severity.AT_RISK, FindingClass.ALARM, 1, True, TODAY, ((TODAY, {"cpi": 0.8}),)
)
_TURNED = tuple((f"A{at}", "Drive piles", 9.0) for at in range(6))
_BURNING = tuple(TrendView(TODAY - timedelta(weeks=at), 1.0, 1.0, 40.0, 2.0 + 4.0 * at) for at in range(7))
_DAMAGES = dataclasses.replace(
    with_forecast(p50_finish=PLANNED + timedelta(10), p80_finish=PLANNED + timedelta(20)),
    delay_damages_minor=500_00,
    delay_damages_cap_minor=8_000_00,
)
TROUBLED = {
    **TROUBLED,
    "out_of_sequence": (
        dataclasses.replace(
            CALM,
            trend=tuple(
                TrendView(TODAY - timedelta(weeks=at), 1.0, 1.0, 40.0, 0.0, count)
                for at, count in enumerate((4.0, 1.0))
            ),
        ),
    ),
    "critical_path_changed": (conducted(path=PathView(8, _TURNED)),),
    "near_critical_growth": (
        conducted(near_critical=tuple((TODAY - timedelta(weeks=at), 20 - 4 * at) for at in range(5))),
    ),
    "float_burn": (dataclasses.replace(CALM, trend=_BURNING, float_at_baseline=30.0),),
    "delay_damages": (_DAMAGES, dataclasses.replace(_DAMAGES, delay_damages_cap_minor=None)),
    "calendar_against_country": (
        dataclasses.replace(
            CALM, calendars=(CalendarView("6d", "Six days", 9, 11, ((TODAY.isoformat(), "All Saints"),)),)
        ),
    ),
    "contingency_burn": (
        dataclasses.replace(trending(1.0), contingency_total_minor=100_000, contingency_minor=20_000),
    ),
    "user_rule": (
        dataclasses.replace(CALM, rules=(_RULE,)),
        dataclasses.replace(CALM, rules=(dataclasses.replace(_RULE, tells_money=False),)),
    ),
    "outside_alert": (
        dataclasses.replace(
            CALM, outside=(OutsideView("f1", "DiskFull", "Site server is full", Severity.AT_RISK, "", TODAY),)
        ),
    ),
    "common_cause": (
        dataclasses.replace(CALM, activities=(activity(reference_float_days=20.0, float_days=13.0),)),
        dataclasses.replace(
            CALM,
            activities=(activity(reference_float_days=20.0, float_days=13.0),),
            losing_elsewhere={"Ada": 2},
        ),
    ),
    "finish_held_by_edits": (
        dataclasses.replace(
            CALM, held=HeldView(PLANNED, PLANNED + timedelta(12), 8.0, (("A1", "Drive piles", 12.0, 6.0),))
        ),
    ),
    "history_rewritten": (
        conducted(rewritten=(_MOVED,)),
        conducted(rewritten=(dataclasses.replace(_MOVED, after=None, days=0.0),)),
    ),
    "progress_stalled": (conducted(idle_periods=1), conducted(idle_periods=3)),
    "work_stuck": (
        conducted(stuck=(_STUCK,)),
        conducted(stuck=(dataclasses.replace(_STUCK, is_nearly_done=True, periods=3),)),
    ),
    "due_then_deleted": (conducted(gone=(GoneView("A1", "Drive piles", TODAY - timedelta(3)),)),),
    "execution_low": (conducted(executed=(Executed(TODAY, 10, 5), Executed(TODAY - timedelta(7), 8, 5))),),
    "bow_wave": (conducted(wave=_WAVE),),
    "quality_worse": (dataclasses.replace(CALM, quality=(QualityView("missing_logic", 0.09, 0.01, 0.05),)),),
    "handover_late": (with_forecast(milestones=(_LATE_GIFT,)),),
    "performance_trend": (trending(0.8, 0.82, 0.84), trending(0.9, 0.91, 0.92, 0.92, 0.93, 0.92)),
    "estimate_not_credible": (
        dataclasses.replace(trending(0.8), eac_reported_minor=1_000_000, spent_minor=500_000),
        dataclasses.replace(CALM, eac_reported_minor=900_000, spent_minor=950_000),
    ),
    "contingency_cover": (
        dataclasses.replace(CALM, contingency_minor=50_000, p80_cost_minor=1_200_000, cover_at_baseline=1.2),
        dataclasses.replace(CALM, contingency_minor=0, p80_cost_minor=1_200_000),
    ),
}
each_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda each: each.name)


@each_detector
def test_it_speaks_up_about_its_trouble(detector: Detector) -> None:
    assert detector.name in TROUBLED, "say in TROUBLED what this detector looks for"
    for view in TROUBLED[detector.name]:
        assert list(detector.detect(view, DEFAULTS))


@each_detector
def test_it_is_silent_once_the_cause_has_gone(detector: Detector) -> None:
    assert list(detector.detect(CALM, DEFAULTS)) == []
    assert list(detector.detect(dataclasses.replace(CALM, forecast=None), DEFAULTS)) == []


@each_detector
def test_what_it_says_depends_on_nothing_but_what_it_is_given(detector: Detector) -> None:
    for view in TROUBLED[detector.name]:
        assert list(detector.detect(view, DEFAULTS)) == list(detector.detect(view, DEFAULTS))


@each_detector
def test_it_names_each_subject_once(detector: Detector) -> None:
    for view in TROUBLED[detector.name]:
        named = [(one.subject, one.cause) for one in detector.detect(view, DEFAULTS)]
        assert len(named) == len(set(named))


@each_detector
def test_parameters_and_evidence_survive_json(detector: Detector) -> None:
    for view in TROUBLED[detector.name]:
        for one in detector.detect(view, DEFAULTS):
            assert json.loads(json.dumps(one.parameters)) == one.parameters
            assert json.loads(json.dumps(one.evidence)) == one.evidence


@each_detector
def test_every_code_has_a_template_that_its_parameters_fill(detector: Detector) -> None:
    for view in TROUBLED[detector.name]:
        for one in detector.detect(view, DEFAULTS):
            assert one.code in detector.messages
            for language in ("en", "de", "ar"):
                headline = messages.render(one.code, one.parameters, language=language)
                explanation = messages.explain(one.code, one.parameters, language=language)
                assert headline != one.code
                assert len(headline) < 120
                assert explanation
                assert "%(" not in headline + explanation
            wanted = detector.messages[one.code].figures.keys()
            assert wanted <= one.parameters.keys()


@each_detector
def test_it_reads_no_clock_and_touches_nothing(detector: Detector) -> None:
    source = inspect.getsource(inspect.getmodule(detector.detect))
    imported = {
        name.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert {each.split(".")[0] for each in imported} <= {
        "__future__", "collections", "dataclasses", "datetime", "django", "itertools", "watchfloor",
    }  # fmt: skip
    assert {each for each in imported if each.startswith("django")} <= {"django.utils.translation"}
    others = {each for each in imported if each.startswith("watchfloor.detection.detectors")}
    assert not others, "detectors do not know each other"
    assert ".now(" not in source
    assert "today()" not in source


def test_names_and_codes_are_unique() -> None:
    names = [each.name for each in DETECTORS]
    codes = [code for each in DETECTORS for code in each.messages]
    assert len(names) == len(set(names))
    assert len(codes) == len(set(codes))
    assert set(codes) == messages.known_codes()


def test_an_unknown_code_is_shown_rather_than_hidden() -> None:
    assert messages.render("gone.code", {}) == "gone.code"


@settings(max_examples=60, deadline=None)
@given(
    slip=st.floats(-50, 500),
    planned=st.floats(1, 2000),
    eac=st.integers(0, 3_000_000),
    slack=st.floats(-100, 100),
    missed=st.integers(0, 5),
)
def test_no_severity_ever_falls_when_a_measure_gets_worse(
    slip: float, planned: float, eac: int, slack: float, missed: int
) -> None:
    def worst(view: ProjectView) -> int:
        found = [one.severity for each in DETECTORS for one in each.detect(view, DEFAULTS)]
        return max(found, default=0)

    days = tuple(date(2026, 11, 13) - timedelta(7 * step) for step in reversed(range(missed + 1)))
    better = dataclasses.replace(
        with_forecast(slip_days=slip, planned_duration_days=planned, eac_minor=eac, float_days=slack), missed=days[1:]
    )
    worse = dataclasses.replace(
        with_forecast(slip_days=slip + 1, planned_duration_days=planned, eac_minor=eac + 1000, float_days=slack - 1),
        missed=days,
    )
    assert worst(better) <= worst(worse)


def test_tolerances_are_limits_that_may_be_reached_but_not_passed() -> None:
    loose = Tolerances(finish_watch_days=10, finish_watch_share=0.0)
    by_name = {each.name: each for each in DETECTORS}
    assert not list(by_name["finish_slip"].detect(with_forecast(slip_days=10.0), loose))
    (found,) = by_name["finish_slip"].detect(with_forecast(slip_days=10.1), loose)
    assert found.severity == Severity.WATCH
    assert not list(by_name["cost_over_budget"].detect(with_forecast(eac_minor=1_025_000), DEFAULTS))


def test_every_detector_has_a_section_in_the_methods() -> None:
    page = (Path(__file__).parents[2] / "docs" / "methods" / "detectors.md").read_text()
    sections = re.findall(r"^## (\w+)$", page, flags=re.MULTILINE)
    assert sections == [each.name for each in DETECTORS]
    for each in DETECTORS:
        for code in each.messages:
            assert f"`{code}`" in page
