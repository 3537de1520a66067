"""Our CSV and XLSX template."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from watchfloor.exchange.formats.errors import RowErrors, UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.reading import read
from watchfloor.exchange.formats.sheet.template import template
from watchfloor.plans.document import (
    ActivityKind,
    Assignment,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    PlanDocument,
    Shift,
    ThreePoint,
    WbsNode,
)
from watchfloor.plans.earning import earning_text


def csv_plan(folder: Path, text: str, *, encoding: str = "utf-8") -> PlanDocument:
    path = folder / "plan.csv"
    path.write_text(text, encoding=encoding)
    return read(path)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_template_reads_as_it_is(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"template{suffix}"
    template(path)
    (plan,) = read(path).plans
    assert (plan.code, plan.name, plan.currency) == ("SITE-1", "New site", "EUR")
    clear, pour, handed_over = plan.activities
    assert (clear.duration_ticks, pour.duration_ticks) == (14_400, 24_000)
    assert clear.constraints == (Constraint(ConstraintKind.START_NO_EARLIER, datetime(2026, 11, 2, 8)),)
    assert pour.budget_minor == 1_200_000
    assert handed_over.kind is ActivityKind.FINISH_MILESTONE
    assert handed_over.is_committed
    assert plan.dependencies[0] == Dependency("A090", "A100", DependencyKind.FS, 4_800)
    assert plan.wbs[1:] == (WbsNode("Structure", "Structure", "", "Structure"), plan.wbs[2])
    assert [each.first for each in plan.calendars[0].exceptions] == [date(2026, 12, 25), date(2026, 12, 26)]
    assert Assignment("A100", "Anna", 0.5, 12_000, 0, 12_000) in plan.assignments


def test_a_template_has_a_known_ending(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        template(tmp_path / "template.ods")


def test_dependencies_are_written_as_planners_write_them(tmp_path: Path) -> None:
    text = (
        "code;name;duration;predecessors\n"
        "A-1;a;1;\nPASS;b;1;\nB;c;1;A-1\n"
        'C;d;1;"A-1FS+2d, PASS, B ss-4h; A-1 FF + 1.5w"\n'
        "D;e;1;A-1SF+50%\nE;f;1;A-1+3ed\nF;g;1;OTHER/X9SS+1d\n"
    )
    (plan,) = csv_plan(tmp_path, text).plans
    assert plan.dependencies == (
        Dependency("A-1", "B"),
        Dependency("A-1", "C", DependencyKind.FS, 9_600),
        Dependency("PASS", "C"),
        Dependency("B", "C", DependencyKind.SS, -2_400),
        Dependency("A-1", "C", DependencyKind.FF, 36_000),
        Dependency("A-1", "D", DependencyKind.SF, lag_percent=50.0),
        Dependency("A-1", "E", DependencyKind.FS, 43_200, lag_elapsed=True),
        Dependency("X9", "F", DependencyKind.SS, 4_800, predecessor_project="OTHER"),
    )


def test_several_projects_share_a_sheet(tmp_path: Path) -> None:
    text = "project,code,name,duration,predecessors\nP,A,a,1,\nQ,A,b,1,P/A\nQ,B,c,1,P/Z\n"
    with pytest.raises(RowErrors, match="not in project P"):
        csv_plan(tmp_path, text)
    p, q = csv_plan(tmp_path, text.replace("P/Z", "A")).plans
    assert (p.code, q.code) == ("P", "Q")
    assert q.dependencies == (Dependency("A", "A", predecessor_project="P"), Dependency("A", "B"))


def test_settings_shape_the_calendar_and_the_length_of_a_day(tmp_path: Path) -> None:
    text = (
        "# project: P\n# working days: Sun Mon Tue Wed Thu\n# working hours: 07:00-11:00 12:00-15:00\n"
        "# data date: 2026-11-02\ncode,name,duration,percent,actual start,start,finish\n"
        "A,a,1w,50,2026-11-01,,\nB,b,,,,2026-11-05,2026-11-09\n"
    )
    (plan,) = csv_plan(tmp_path, text).plans
    first, second = plan.activities
    assert plan.calendars[0].week[4] == ()
    assert plan.calendars[0].week[6] == (Shift(4_200, 6_600), Shift(7_200, 9_000))
    assert plan.calendars[0].hours_per_day == 7.0
    assert (first.duration_ticks, first.remaining_ticks) == (21_000, 10_500)
    assert second.duration_ticks == 3 * 4_200  # Thursday, Sunday and Monday
    assert plan.data_date == datetime(2026, 11, 2, 17)


def test_every_bad_cell_is_named_with_its_row_and_what_to_do(tmp_path: Path) -> None:
    text = (
        "# currency: Euro\n"
        "code,name,duration,percent,actual start,actual finish,predecessors,budget,kind,optimistic,likely,pessimistic\n"
        "A,a,soon,,,,,,,,,\n"
        "A,again,1,,,,,,,,,\n"
        ",nameless,1,,,,,,,,,\n"
        "B,b,1,120,,,,,,,,\n"
        "C,c,1,100,2026-11-02,,,,,,,\n"
        "D,d,1,,,2026-11-02,,,,,,\n"
        "E,e,1,,02.11.2026,,,,,,,\n"
        "F,f,1,,,,Z99,,,,,\n"
        "G,g,1,,,,G,,,,,\n"
        "H,h,1,,,,,a lot,,,,\n"
        "I,i,1,,,,,,party,,,\n"
        "J,j,1,,,,,,,5,4,9\n"
        "K,k,,,,,,,,,,\n"
        "L,l,1,,9999-01-01,,,,,,,\n"
    )
    with pytest.raises(RowErrors) as error:
        csv_plan(tmp_path, text)
    found = {(row.row, row.column) for row in error.value.errors}
    assert found == {
        (1, "currency"),
        (3, "duration"),
        (4, "code"),
        (5, "code"),
        (6, "percent"),
        (7, "actual finish"),
        (8, "actual start"),
        (9, "actual start"),
        (10, "predecessors"),
        (11, "predecessors"),
        (12, "budget"),
        (13, "kind"),
        (14, "likely"),
        (15, "duration"),
        (16, "actual start"),
    }
    assert all(row.problem and row.remedy for row in error.value.errors)
    assert error.value.total == len(error.value.errors)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_separators_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    (plan,) = csv_plan(tmp_path, "code\tname\tduration\tbudget\nÄ1\tBrücke\t2\t1200,50\n", encoding=encoding).plans
    assert (plan.activities[0].name, plan.activities[0].budget_minor) == ("Brücke", 120_050)


def test_custom_columns_and_estimates(tmp_path: Path) -> None:
    text = "code,name,duration,field: Crew,code: Area,optimistic,likely,pessimistic,mood\nA,a,5,Blue,N,4,5,9,good\n"
    document = csv_plan(tmp_path, text)
    (activity,) = document.plans[0].activities
    assert activity.fields == {"crew": "Blue"}
    assert activity.codes == {"area": "N"}
    assert activity.three_point == ThreePoint(19_200, 24_000, 43_200)
    assert [each.code for each in document.remarks] == ["sheet.unknown_column"]


def test_a_sheet_without_the_needed_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="lacks the column"):
        csv_plan(tmp_path, "a,b,c\n1,2,3\n")
    with pytest.raises(UnreadableFile, match="no rows"):
        csv_plan(tmp_path, "code,name,duration\n")


def test_a_workbook_gives_dates_numbers_and_percentages(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Code", "Name", "Duration", "Percent", "Actual start", "Notes"])
    sheet.append(["A", "a", 10, 0.25, datetime(2026, 11, 2, 10, 30), "=1+1"])
    sheet["D2"].number_format = "0%"
    path = tmp_path / "book.xlsx"
    book.save(path)
    (activity,) = read(path).plans[0].activities
    assert (activity.duration_ticks, activity.remaining_ticks, activity.percent_complete) == (48_000, 36_000, 25.0)
    assert activity.actual_start == datetime(2026, 11, 2, 10, 30)
    assert activity.notes == ""  # a formula that was never computed has no value, and is not computed by us


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("code,name,duration\n" + "".join(f"A{n},a,1\n" for n in range(20)))
    with pytest.raises(UnreadableFile) as refusal:
        read(path, limits=Limits(activities=10))
    assert refusal.value.code == "file.limit"


def test_how_an_activity_earns_is_written_in_words(tmp_path: Path) -> None:
    ways = ("", "0/100", "30/70", "units", "Level of effort", "as A1")
    rows = "".join(f"A{at};Work {at};2d;{way}\n" for at, way in enumerate(ways))
    (plan,) = csv_plan(tmp_path, f"code;name;duration;earning\n{rows}").plans
    assert [earning_text(each.earning) for each in plan.activities] == [
        "", "0/100", "30/70", "units", "level of effort", "as A1",
    ]  # fmt: skip
    with pytest.raises(RowErrors, match="30/60"):
        csv_plan(tmp_path, "code;name;duration;earning\nA1;Work;2d;30/60\n")
