"""`watchfloor check`: what it prints, and the status it ends with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_plans import DAY, MONDAY, milestone, plan_of, task

from watchfloor.cli.check import check
from watchfloor.cli.check_text import print_assessment
from watchfloor.forecasts.assess import AssessOptions, assess
from watchfloor.forecasts.report import json_of, reasons_to_fail
from watchfloor.forecasts.report_html import html_of
from watchfloor.plans.document import Activity, ActivityKind, Dependency, Plan, PlanBaseline, PlanDocument, StoredDates

DEFAULT = ("cycle", "negative_float", "invalid_dates", "missing_logic")
FIELDS = {
    "schema_version", "file", "format", "projects", "activities", "dependencies", "data_date", "finish", "critical",
    "quality", "earned", "stored",
}  # fmt: skip


def document(*rows: Activity | Dependency, **fields: object) -> PlanDocument:
    return PlanDocument("xer", "plan.xer", (plan_of(*rows, **fields),))  # type: ignore[arg-type]


def healthy() -> PlanDocument:
    rows = [task(f"A{n}", 2) for n in range(40)]
    return document(*rows, *(Dependency(f"A{n}", f"A{n + 1}") for n in range(39)))


def test_a_healthy_plan_fails_nothing() -> None:
    assessed = assess(healthy())
    assert reasons_to_fail(assessed, DEFAULT) == ()
    assert assessed.projects[0].critical == tuple(f"A{n}" for n in range(40))


def test_a_circle_is_a_finding_and_not_a_crash() -> None:
    assessed = assess(document(task("A", 1), task("B", 1), Dependency("A", "B"), Dependency("B", "A")))
    assert assessed.problem == "plan.cycle"
    assert reasons_to_fail(assessed, DEFAULT) == ("cycle",)
    told = json_of("plan.xer", assessed, fails=("cycle",), read_s=0, assess_s=0)
    assert set(told["problem"]["cycle"]) == {"A", "B"}
    assert told["activities"] == 2
    assert told["stored"] is None


def test_loose_ends_fail_by_the_share_of_all_activities() -> None:
    assessed = assess(document(task("A", 1), task("B", 1), milestone("M")))
    assert "missing_logic" in reasons_to_fail(assessed, DEFAULT)
    assert reasons_to_fail(assessed, ("leads",)) == ()


def test_a_plan_without_activities_is_healthy() -> None:
    assessed = assess(PlanDocument("xer", "empty.xer", (Plan("P", "Empty"),)))
    assert (assessed.activities, assessed.problem, reasons_to_fail(assessed, DEFAULT)) == (0, "", ())


def test_stored_dates_are_compared_to_the_minute_and_what_differs_has_a_reason() -> None:
    plan = healthy().plans[0]
    from watchfloor.forecasts.scheduling import schedule_plans
    from watchfloor_engine.calendars import from_tick

    _compiled, schedule = schedule_plans((plan,))
    rows = []
    for at, each in enumerate(plan.activities):
        early = from_tick(int(schedule.early_start[at]))
        late = from_tick(int(schedule.late_finish[at]))
        if at == 5:
            late = late.replace(minute=1)
        told = StoredDates(start=early, early_start=early, late_finish=late, total_float_ticks=0)
        rows.append(Activity(each.key, each.name, duration_ticks=each.duration_ticks,
                             remaining_ticks=each.remaining_ticks, stored=told))  # fmt: skip
    stored = assess(PlanDocument("xer", "x", (plan_of(*rows, *plan.dependencies),))).stored
    assert stored is not None
    by_name = {each.name: each for each in stored.quantities}
    assert (by_name["early_start"].equal, by_name["late_finish"].equal, by_name["total_float"].equal) == (40, 39, 40)
    assert by_name["finish"].skipped == {"no_stored_value": 40}
    assert [(each.reason, each.example) for each in stored.reasons] == [("late_dates", "A5")]


def test_without_a_baseline_nothing_is_made_up_from_planned_dates_or_budgets() -> None:
    planned = StoredDates(start=MONDAY, finish=datetime(2026, 3, 13, 17))
    half = task(
        "A", 10, actual_start=MONDAY, percent_complete=50.0, remaining_ticks=5 * DAY, budget_minor=100_000,
        actual_cost_minor=60_000, stored=planned,
    )  # fmt: skip
    (found,) = assess(document(half, data_date=datetime(2026, 3, 20, 17))).projects
    assert found.baseline == ""
    assert {each.reason for each in found.earned.values()} == {"no_baseline"}
    points = {each.code: (each.value, each.reason) for each in found.quality}
    assert points["missed"] == points["bei"] == (None, "no_baseline")


def test_a_baseline_in_the_file_gives_earned_value() -> None:
    half = task("A", 10, actual_start=MONDAY, percent_complete=50.0, remaining_ticks=5 * DAY, actual_cost_minor=60_000)
    baseline = PlanBaseline("Signed", {"A": MONDAY}, {"A": datetime(2026, 3, 13, 17)}, {"A": 10 * DAY}, {"A": 100_000})
    assessed = assess(document(half, baselines=(baseline,), data_date=datetime(2026, 3, 6, 17)))
    earned = assessed.projects[0].earned
    assert assessed.projects[0].baseline == "Signed"
    assert (earned["pv_minor"].value, earned["ev_minor"].value) == (50_000, 50_000)
    assert earned["cpi"].value == pytest.approx(0.8333, abs=1e-4)
    late = assess(
        document(half, baselines=(baseline,), data_date=datetime(2026, 3, 6, 17)), AssessOptions(curve="back")
    )
    assert late.projects[0].earned["pv_minor"].value == 25_000


def test_every_estimate_the_periods_and_level_of_effort_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    until, friday = datetime(2026, 3, 13, 17), datetime(2026, 3, 6, 17)
    begun = task("A", 10, actual_start=MONDAY, percent_complete=40.0, actual_cost_minor=45_000)
    effort = task("L", 10, kind=ActivityKind.LEVEL_OF_EFFORT)
    both = ("A", "L")
    baseline = PlanBaseline(
        "Contract", dict.fromkeys(both, MONDAY), dict.fromkeys(both, until), dict.fromkeys(both, 10 * DAY),
        {"A": 100_000, "L": 2_000},
    )  # fmt: skip
    assessed = assess(document(begun, effort, data_date=friday, baselines=(baseline,), currency="EUR"))
    (project,) = json_of("plan.xer", assessed, fails=(), read_s=0, assess_s=0)["projects"]
    assert project["earned"]["eac_remaining_minor"]["value"] == 106_000
    assert project["earned"]["eac_recent_minor"]["withheld"] == "no_history"
    assert [each["earned_to_date_minor"] for each in project["periods"]] == [41_000, None]
    assert project["periods"][0]["end"] == "2026-03-09T00:00"
    assert project["level_of_effort"] == {
        "budget_minor": 100_000, "planned_minor": 50_000, "earned_minor": 40_000, "effort_budget_minor": 2_000,
        "effort_planned_minor": 1_000, "spi": 0.8,
    }  # fmt: skip
    page = html_of([("plan.xer", assessed, None)])
    assert "EAC, rest as planned" in page
    assert "<td>1,060.00 EUR</td>" in page
    assert "Level of effort apart" in page
    print_assessment(Path("plan.xer"), assessed, (), read_s=0, assess_s=0, details=False)
    text = capsys.readouterr().out
    assert "1,060.00 EUR" in text
    assert "Not available, there are too few data dates to look back over: EAC by recent CPI" in " ".join(text.split())
    assert "to 2026-03-09" in text
    assert "SPI 0.800; level of effort: BAC 20.00 EUR" in " ".join(text.split())


def test_the_report_page_escapes_what_files_say() -> None:
    nasty = document(task("<script>alert(1)</script>", 1), code="<b>")
    page = html_of([("<i>.xer", assess(nasty), None)])
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;i&gt;.xer" in page


def tiny_xer(folder: Path) -> Path:
    """One project, a chain of two activities, as P6 would export it."""
    calendar = (
        "(0||CalendarData()((0||DaysOfWeek()("
        + "".join(f"(0||{day}()({'(0||0(s|08:00|f|16:00)())' if 2 <= day <= 6 else ''}))" for day in range(1, 8))
        + "))))"
    )
    tables = {
        "PROJECT": ({"proj_id": "1", "proj_short_name": "TINY", "clndr_id": "7", "last_recalc_date": "2026-03-02 08:00",
                     "plan_start_date": "2026-03-02 08:00", "export_flag": "Y"},),
        "CALENDAR": ({"clndr_id": "7", "clndr_name": "Five", "day_hr_cnt": "8", "clndr_data": calendar},),
        "PROJWBS": ({"wbs_id": "10", "proj_id": "1", "proj_node_flag": "Y", "wbs_short_name": "TINY",
                     "wbs_name": "Tiny", "parent_wbs_id": ""},),
        "TASK": tuple(
            {"task_id": str(n), "proj_id": "1", "wbs_id": "10", "clndr_id": "7", "task_code": code, "task_name": code,
             "task_type": "TT_Task", "status_code": "TK_NotStart", "target_drtn_hr_cnt": "16",
             "remain_drtn_hr_cnt": "16", "complete_pct_type": "CP_Drtn", "duration_type": "DT_FixedDrtn"}
            for n, code in ((20, "A"), (21, "B"))
        ),
        "TASKPRED": ({"task_pred_id": "30", "task_id": "21", "pred_task_id": "20", "proj_id": "1",
                      "pred_proj_id": "1", "pred_type": "PR_FS", "lag_hr_cnt": "0"},),
    }  # fmt: skip
    lines = ["ERMHDR\t18.8\t2026-03-02\tProject\tadmin\tadmin\tdb\tProject Management\tUSD"]
    for name, rows in tables.items():
        lines += [f"%T\t{name}", "%F\t" + "\t".join(rows[0]), *("%R\t" + "\t".join(row.values()) for row in rows)]
    path = folder / "tiny.xer"
    path.write_text("\r\n".join([*lines, "%E", ""]), encoding="cp1252")
    return path


def test_the_command_prints_the_promised_fields_and_ends_with_what_it_found(tmp_path: Path) -> None:
    plan = tiny_xer(tmp_path)
    page = tmp_path / "report.html"
    result = CliRunner().invoke(check, [str(plan), "--json", "--html", str(page), "--fail-on", "cycle"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told.keys() >= FIELDS
    assert (told["activities"], told["dependencies"], told["finish"]) == (2, 1, "2026-03-05T16:00")
    assert "TINY" in page.read_text()

    loose = CliRunner().invoke(check, [str(plan)])  # both ends of a chain of two are open
    assert loose.exit_code == 1
    assert "missing_logic" in loose.output


def test_unreadable_files_and_wrong_usage_end_with_2(tmp_path: Path) -> None:
    empty = tmp_path / "empty.xer"
    empty.touch()
    refused = CliRunner().invoke(check, [str(empty), str(tmp_path / "missing.mpp"), "--json"])
    assert refused.exit_code == 2
    assert [each["error"]["code"] for each in json.loads(refused.stdout)] == ["file.empty", "file.missing"]
    assert CliRunner().invoke(check, [str(empty), "--fail-on", "nonsense"]).exit_code == 2
    assert CliRunner().invoke(check, [str(empty), "--fail-on", "leads=-1"]).exit_code == 2
    assert CliRunner().invoke(check, []).exit_code == 2


def test_checking_needs_no_django(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = ['watchfloor', 'check', sys.argv[1], '--json', '--simulate', '--fail-on', 'none']\n"
        "from watchfloor.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "assert 'django' not in sys.modules, 'django was imported'"
    )
    plan = tiny_xer(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", program, str(plan)], capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["activities"] == 2


def test_float_paths_are_told_with_what_they_join(tmp_path: Path) -> None:
    rows = [task("A", 4), task("B", 6), task("C", 2), Dependency("A", "B"), Dependency("C", "B")]
    (project,) = assess(document(*rows), AssessOptions(paths=5)).projects
    assert [(each.activities, each.joins, each.float_days) for each in project.float_paths] == [
        (("A", "B"), "B", 0.0),
        (("C",), "B", 2.0),
    ]
    only = assess(document(*rows), AssessOptions(paths=1, paths_to="A"))
    told = json_of("plan.xer", only, fails=(), read_s=0, assess_s=0)
    assert told["projects"][0]["float_paths"] == [{"number": 1, "activities": ["A"], "joins": "A", "float_days": 0.0}]
    assert assess(document(*rows), AssessOptions(paths=1, paths_to="nobody")).projects[0].float_paths == ()
    assert "Float paths" in html_of([("plan.xer", assess(document(*rows), AssessOptions(paths=5)), None)])


def test_dates_that_a_file_holds_as_days_are_compared_as_days() -> None:
    def stored(day: int) -> StoredDates:
        return StoredDates(
            start=datetime(2026, 3, 2), finish=datetime(2026, 3, day), early_finish=datetime(2026, 3, day)
        )

    right, wrong = task("A", 2, stored=stored(3)), task("B", 2, stored=stored(4))
    found = assess(document(right, wrong)).stored
    assert found is not None
    assert (found.compared, found.as_days) == (2, 2)
    assert {each.name: (each.compared, each.equal) for each in found.quantities if each.compared} == {
        "start": (2, 2), "finish": (2, 1), "early_finish": (2, 1),
    }  # fmt: skip
    timed = replace(right, stored=replace(stored(3), start=datetime(2026, 3, 2, 8)))
    minutes = assess(document(timed, wrong)).stored
    assert minutes is not None
    assert (minutes.as_days, minutes.total_equal) == (0, 1)
