"""Reading MS Project XML."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.reading import read
from watchfloor.plans.document import (
    ActivityKind,
    Constraint,
    ConstraintKind,
    DependencyKind,
    FloatKind,
    LagCalendar,
    PlanDocument,
    Shift,
    WbsNode,
)

PROJECT = """<?xml version="1.0" encoding="UTF-8"?>
<Project xmlns="http://schemas.microsoft.com/project">
  <SaveVersion>14</SaveVersion><Name>bridge.xml</Name><Title>Bridge</Title>
  <ScheduleFromStart>1</ScheduleFromStart><StartDate>2026-10-05T08:00:00</StartDate>
  <FinishDate>2026-12-18T17:00:00</FinishDate><CurrencyCode>{currency}</CurrencyCode>
  <CalendarUID>1</CalendarUID><CriticalSlackLimit>2</CriticalSlackLimit><MinutesPerDay>480</MinutesPerDay>
  <StatusDate>2026-11-02T17:00:00</StatusDate><HonorConstraints>1</HonorConstraints>
  <MultipleCriticalPaths>1</MultipleCriticalPaths><SplitsInProgressTasks>1</SplitsInProgressTasks>
  {definitions}
  <Calendars>{calendars}</Calendars><Tasks>{tasks}</Tasks>
  <Resources>{resources}</Resources><Assignments>{assignments}</Assignments>
</Project>"""

STANDARD = """<Calendar><UID>1</UID><Name>Standard</Name><IsBaseCalendar>1</IsBaseCalendar>
<BaseCalendarUID>-1</BaseCalendarUID><WeekDays>{days}</WeekDays><Exceptions>{exceptions}</Exceptions></Calendar>"""
TIMES = """<WorkingTimes><WorkingTime><FromTime>08:00:00</FromTime><ToTime>12:00:00</ToTime></WorkingTime>
<WorkingTime><FromTime>13:00:00</FromTime><ToTime>17:00:00</ToTime></WorkingTime></WorkingTimes>"""
DAYS = "".join(
    f"<WeekDay><DayType>{day}</DayType><DayWorking>{int(2 <= day <= 6)}</DayWorking>"
    f"{TIMES if 2 <= day <= 6 else ''}</WeekDay>"
    for day in range(1, 8)
)
ROOT_TASK = "<Task><UID>0</UID><ID>0</ID><Name>Bridge</Name><OutlineLevel>0</OutlineLevel><Summary>1</Summary></Task>"


def task(uid: int, name: str, *, level: int = 1, more: str = "") -> str:
    return (
        f"<Task><UID>{uid}</UID><ID>{uid}</ID><Name>{name}</Name><WBS>1.{uid}</WBS><OutlineLevel>{level}</OutlineLevel>"
        f"<Duration>PT40H0M0S</Duration><DurationFormat>7</DurationFormat>"
        f"<RemainingDuration>PT40H0M0S</RemainingDuration>{more}</Task>"
    )


def mspdi(folder: Path, *, exceptions: str = "", currency: str = "EUR", **parts: str) -> PlanDocument:
    parts.setdefault("calendars", STANDARD.format(days=DAYS, exceptions=exceptions))
    parts["tasks"] = ROOT_TASK + parts.get("tasks", "")
    filled = {"definitions": "", "resources": "", "assignments": "", "currency": currency} | parts
    path = folder / "plan.xml"
    path.write_text(PROJECT.format(**filled), encoding="utf-8")
    return read(path)


def test_the_project_says_how_it_is_scheduled(tmp_path: Path) -> None:
    (plan,) = mspdi(tmp_path, tasks=task(1, "Piers")).plans
    assert (plan.code, plan.name, plan.currency) == ("bridge", "Bridge", "EUR")
    assert plan.data_date == datetime(2026, 11, 2, 17)
    assert plan.must_finish_by is None
    options = plan.options
    assert (options.tool, options.lag_calendar, options.float_kind) == (
        "msproject",
        LagCalendar.SUCCESSOR,
        FloatKind.SMALLEST,
    )
    assert options.critical_float_ticks == 9_600
    assert options.open_ends_critical
    assert options.honour_constraints
    assert not options.data_date_is_floor


def test_summaries_are_nodes_and_activities_of_their_node(tmp_path: Path) -> None:
    tasks = (
        task(1, "Ground", more="<Summary>1</Summary>")
        + task(2, "Piles", level=2)
        + task(3, "Deck", level=1)
        + "<Task><UID>4</UID><ID>4</ID><IsNull>1</IsNull></Task>"
    )
    (plan,) = mspdi(tmp_path, tasks=tasks).plans
    assert plan.wbs == (WbsNode("1", "Ground", "", "1.1"),)
    assert [(each.key, each.kind, each.wbs) for each in plan.activities] == [
        ("1", ActivityKind.SUMMARY, "1"),
        ("2", ActivityKind.TASK, "1"),
        ("3", ActivityKind.TASK, ""),
    ]


def test_links_of_all_kinds_with_working_elapsed_and_percent_lags(tmp_path: Path) -> None:
    def link(kind: int, lag: int, unit: int) -> str:
        return (
            f"<PredecessorLink><PredecessorUID>1</PredecessorUID><Type>{kind}</Type><CrossProject>0</CrossProject>"
            f"<LinkLag>{lag}</LinkLag><LagFormat>{unit}</LagFormat></PredecessorLink>"
        )

    more = link(0, -4_800, 7) + link(1, 14_400, 8) + link(2, 50, 19) + link(3, 0, 7)
    (plan,) = mspdi(tmp_path, tasks=task(1, "Piles") + task(2, "Deck", more=more)).plans
    found = {each.kind: each for each in plan.dependencies}
    assert found[DependencyKind.FF].lag_ticks == -4_800
    assert (found[DependencyKind.FS].lag_ticks, found[DependencyKind.FS].lag_elapsed) == (14_400, True)
    assert found[DependencyKind.SF].lag_percent == 50.0
    assert found[DependencyKind.SS].lag_ticks == 0


def test_progress_constraints_and_stored_dates(tmp_path: Path) -> None:
    more = """<PercentComplete>50</PercentComplete><ActualStart>2026-10-05T08:00:00</ActualStart>
    <Stop>2026-10-07T12:00:00</Stop><Resume>2026-10-12T08:00:00</Resume><ConstraintType>2</ConstraintType>
    <ConstraintDate>2026-10-05T08:00:00</ConstraintDate><Deadline>2026-10-30T17:00:00</Deadline>
    <Start>2026-10-05T08:00:00</Start><Finish>2026-10-14T17:00:00</Finish><TotalSlack>4800</TotalSlack>
    <FreeSlack>-10</FreeSlack><Critical>0</Critical><LateFinish>2026-10-15T17:00:00</LateFinish>
    <Priority>700</Priority><Notes>mind the gap</Notes>"""
    more = more.replace("<PercentComplete>", "<CalendarUID>-1</CalendarUID><PercentComplete>")
    (plan,) = mspdi(tmp_path, tasks=task(1, "Piles", more=more)).plans
    (piles,) = plan.activities
    assert piles.percent_complete == 50.0
    assert (piles.suspended, piles.resumed) == (datetime(2026, 10, 7, 12), datetime(2026, 10, 12, 8))
    assert piles.constraints == (Constraint(ConstraintKind.MANDATORY_START, datetime(2026, 10, 5, 8)),)
    assert piles.deadline == datetime(2026, 10, 30, 17)
    assert piles.stored is not None
    assert piles.stored.finish == datetime(2026, 10, 14, 17)
    assert (piles.stored.total_float_ticks, piles.stored.free_float_ticks) == (4_800, -10)
    assert (piles.priority, piles.notes, piles.calendar) == (700, "mind the gap", "")


def test_manual_external_and_inactive_tasks(tmp_path: Path) -> None:
    dates = "<Start>2026-10-05T08:00:00</Start><Finish>2026-10-09T17:00:00</Finish>"
    tasks = (
        task(1, "By hand", more=f"<Manual>1</Manual>{dates}<ManualStart>2026-10-06T08:00:00</ManualStart>")
        + task(2, "Elsewhere", more=f"<ExternalTask>1</ExternalTask>{dates}")
        + task(3, "Dropped", more="<Active>0</Active>")
        + task(4, "After", more="<PredecessorLink><PredecessorUID>3</PredecessorUID><Type>1</Type></PredecessorLink>")
        + task(5, "Elapsed").replace("<DurationFormat>7", "<DurationFormat>8")
    )
    document = mspdi(tmp_path, tasks=tasks)
    by_hand, elsewhere, after, elapsed = document.plans[0].activities
    assert by_hand.manual_start == datetime(2026, 10, 6, 8)
    assert by_hand.manual_finish == datetime(2026, 10, 9, 17)
    assert elsewhere.kind is ActivityKind.EXTERNAL
    assert elsewhere.external_finish == datetime(2026, 10, 9, 17)
    assert after.key == "4"
    assert elapsed.elapsed
    assert {"mspdi.inactive", "mspdi.link_without_task"} <= {each.code for each in document.remarks}


def test_baselines_and_money_in_minor_units(tmp_path: Path) -> None:
    more = """<Cost>123456</Cost><ActualCost>23456</ActualCost><RemainingCost>100000</RemainingCost>
    <Baseline><Number>0</Number><Start>2026-10-05T08:00:00</Start><Finish>2026-10-09T17:00:00</Finish>
    <Duration>PT40H0M0S</Duration><Cost>110000</Cost></Baseline>
    <Baseline><Number>3</Number><Finish>2026-10-16T17:00:00</Finish></Baseline>"""
    (plan,) = mspdi(tmp_path, tasks=task(1, "Piles", more=more)).plans
    (piles,) = plan.activities
    assert (piles.budget_minor, piles.actual_cost_minor, piles.remaining_cost_minor) == (110_000, 23_456, 100_000)
    first, third = plan.baselines
    assert (first.name, first.cost_minor, first.duration_ticks) == ("Baseline", {"1": 110_000}, {"1": 24_000})
    assert (third.name, third.finish) == ("Baseline 3", {"1": datetime(2026, 10, 16, 17)})


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 1_235), ("JPY", 12), ("KWD", 12_350)])
def test_amounts_are_hundredths_whatever_the_currency(tmp_path: Path, currency: str, minor: int) -> None:
    (plan,) = mspdi(tmp_path, tasks=task(1, "A", more="<Cost>1235</Cost>"), currency=currency).plans
    assert plan.activities[0].budget_minor == minor


def test_custom_fields_and_outline_codes(tmp_path: Path) -> None:
    definitions = """<ExtendedAttributes>
    <ExtendedAttribute><FieldID>188743731</FieldID><FieldName>Text1</FieldName><Alias>Crew</Alias></ExtendedAttribute>
    <ExtendedAttribute><FieldID>188743752</FieldID><FieldName>Flag1</FieldName></ExtendedAttribute>
    <ExtendedAttribute><FieldID>188743783</FieldID><FieldName>Duration1</FieldName></ExtendedAttribute>
    <ExtendedAttribute><FieldID>188743786</FieldID><FieldName>Cost1</FieldName></ExtendedAttribute></ExtendedAttributes>
    <OutlineCodes><OutlineCode><FieldID>188744096</FieldID><FieldName>Outline Code1</FieldName><Alias>Phase</Alias>
    <Values><Value><ValueID>1</ValueID><ParentValueID>0</ParentValueID><Value>A</Value><Description>Shell</Description></Value>
    <Value><ValueID>2</ValueID><ParentValueID>1</ParentValueID><Value>1</Value></Value></Values></OutlineCode></OutlineCodes>"""
    values = {"188743731": "Blue", "188743752": "1", "188743783": "PT12H0M0S", "188743786": "9950"}
    more = "".join(
        f"<ExtendedAttribute><FieldID>{field}</FieldID><Value>{value}</Value></ExtendedAttribute>"
        for field, value in values.items()
    )
    more += "<OutlineCode><FieldID>188744096</FieldID><ValueID>2</ValueID></OutlineCode>"
    (plan,) = mspdi(tmp_path, tasks=task(1, "Piles", more=more), definitions=definitions).plans
    (piles,) = plan.activities
    assert piles.fields == {"Crew": "Blue", "Flag1": "true", "Duration1": "12", "Cost1": "99.50"}
    assert piles.codes == {"Phase": "A.1"}
    assert plan.code_types[0].values == {"A": "Shell", "A.1": "1"}
    assert plan.code_types[0].parents == {"A.1": "A"}
    assert {each.key: each.kind for each in plan.field_types}["Cost1"] == "cost"


def test_people_and_their_assignments(tmp_path: Path) -> None:
    resources = """<Resource><UID>0</UID><ID>0</ID></Resource>
    <Resource><UID>1</UID><Name>Ana</Name><Type>1</Type><MaxUnits>0.5</MaxUnits><StandardRate>42.5</StandardRate>
    <EmailAddress>ana@example.org</EmailAddress><CalendarUID>2</CalendarUID><Group>Civil</Group></Resource>
    <Resource><UID>2</UID><Name>Travel</Name><Type>0</Type><IsCostResource>1</IsCostResource></Resource>"""
    assignments = """<Assignment><UID>1</UID><TaskUID>1</TaskUID><ResourceUID>1</ResourceUID><Units>0.5</Units>
    <Work>PT20H0M0S</Work><ActualWork>PT5H0M0S</ActualWork><RemainingWork>PT15H0M0S</RemainingWork><Cost>85000</Cost>
    </Assignment><Assignment><UID>2</UID><TaskUID>1</TaskUID><ResourceUID>-65535</ResourceUID></Assignment>"""
    calendars = STANDARD.format(days=DAYS, exceptions="") + (
        "<Calendar><UID>2</UID><Name>Ana</Name><BaseCalendarUID>1</BaseCalendarUID>"
        "<WeekDays><WeekDay><DayType>6</DayType><DayWorking>0</DayWorking></WeekDay></WeekDays></Calendar>"
    )
    (plan,) = mspdi(
        tmp_path, tasks=task(1, "Piles"), resources=resources, assignments=assignments, calendars=calendars
    ).plans
    ana, travel = plan.resources
    assert (ana.key, ana.capacity, ana.rate_minor, ana.email) == ("1", 0.5, 4_250, "ana@example.org")
    assert ana.fields == {"Group": "Civil"}
    assert travel.kind == "cost"
    (assignment,) = plan.assignments
    assert (assignment.work_ticks, assignment.actual_work_ticks, assignment.budget_minor) == (12_000, 3_000, 85_000)
    standard, personal = plan.calendars
    assert personal.week[4] == ()
    assert personal.week[:4] == standard.week[:4]


def exception(
    kind: int, more: str = "", *, working: bool = False, span: tuple[str, str] = ("2026-11-02", "2027-12-31")
) -> str:
    return (
        f"<Exception><TimePeriod><FromDate>{span[0]}T00:00:00</FromDate><ToDate>{span[1]}T23:59:00</ToDate></TimePeriod>"
        f"<Name>x</Name><Type>{kind}</Type>{more}<DayWorking>{int(working)}</DayWorking>"
        f"{TIMES if working else ''}</Exception>"
    )


@pytest.mark.parametrize(
    ("more", "days"),
    [
        (exception(1, span=("2026-12-24", "2026-12-31")), [date(2026, 12, 24)]),
        (exception(2, "<Month>11</Month><MonthDay>25</MonthDay>"), [date(2026, 12, 25), date(2027, 12, 25)]),
        (
            exception(3, "<Month>4</Month><MonthItem>4</MonthItem><MonthPosition>4</MonthPosition>"),
            [date(2027, 5, 31)],  # the last Monday of May
        ),
        (
            exception(4, "<MonthDay>31</MonthDay><Period>1</Period>", span=("2026-11-02", "2027-03-31")),
            [date(2026, 12, 31), date(2027, 1, 31), date(2027, 3, 31)],
        ),
        (
            exception(
                5,
                "<MonthItem>1</MonthItem><MonthPosition>0</MonthPosition><Period>2</Period>",
                span=("2026-11-01", "2027-03-31"),
            ),
            [date(2026, 11, 2), date(2027, 1, 1), date(2027, 3, 1)],  # first weekday of every other month
        ),
        (
            exception(
                6,
                "<DaysOfWeek>36</DaysOfWeek><Period>2</Period><EnteredByOccurrences>1</EnteredByOccurrences>"
                "<Occurrences>3</Occurrences>",
            ),
            [date(2026, 11, 3), date(2026, 11, 6), date(2026, 11, 17)],  # Tuesday and Friday, every other week
        ),
        (
            exception(7, "<Period>10</Period>", span=("2026-11-02", "2026-11-25")),
            [date(2026, 11, d) for d in (2, 12, 22)],
        ),
    ],
)
def test_recurring_exceptions_mean_these_days(tmp_path: Path, more: str, days: list[date]) -> None:
    (plan,) = mspdi(tmp_path, exceptions=more).plans
    assert [each.first for each in plan.calendars[0].exceptions] == days


def test_where_rules_meet_the_rarer_one_wins(tmp_path: Path) -> None:
    weekly = exception(6, "<DaysOfWeek>32</DaysOfWeek><Period>1</Period>", working=True)
    yearly = exception(2, "<Month>11</Month><MonthDay>25</MonthDay>")
    (plan,) = mspdi(tmp_path, exceptions=yearly + weekly).plans
    on_christmas = [each for each in plan.calendars[0].exceptions if each.first == date(2026, 12, 25)]
    assert on_christmas[0].shifts == (Shift(4_800, 7_200), Shift(7_800, 10_200))
    assert on_christmas[-1].shifts == ()  # the later one in the list wins


def test_too_deep_or_too_many_elements_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.xml"
    path.write_text(
        '<Project xmlns="http://schemas.microsoft.com/project">' + "<a>" * 500 + "</a>" * 500 + "</Project>"
    )
    with pytest.raises(UnreadableFile) as refusal:
        read(path)
    assert refusal.value.code == "file.limit"
    path.write_text('<Project xmlns="http://schemas.microsoft.com/project">' + "<a/>" * 500 + "</Project>")
    with pytest.raises(UnreadableFile):
        read(path, limits=Limits(rows=100))


def test_look_up_tables_and_fields_of_assignments_are_kept(tmp_path: Path) -> None:
    table = """<OutlineCodes><OutlineCode><Guid>AA-1</Guid><FieldName>Area table</FieldName><Values>
    <Value><ValueID>1</ValueID><FieldGUID>b-1</FieldGUID><ParentValueID>0</ParentValueID><Value>North</Value>
    <Description>Up there</Description></Value>
    <Value><ValueID>2</ValueID><FieldGUID>b-2</FieldGUID><ParentValueID>1</ParentValueID><Value>Quay</Value></Value>
    </Values></OutlineCode></OutlineCodes>"""
    definitions = (
        table
        + """<ExtendedAttributes>
    <ExtendedAttribute><FieldID>188743731</FieldID><FieldName>Text1</FieldName><Alias>Area</Alias>
    <Ltuid>aa-1</Ltuid></ExtendedAttribute>
    <ExtendedAttribute><FieldID>188743734</FieldID><FieldName>Text2</FieldName><Alias>RAG</Alias><ValueList>
    <Value><ID>1</ID><Value>G</Value><Description>Green</Description></Value>
    <Value><ID>2</ID><Value>A</Value><Description>Amber</Description></Value></ValueList></ExtendedAttribute>
    <ExtendedAttribute><FieldID>255852547</FieldID><FieldName>Text1</FieldName><Alias>Shift</Alias>
    </ExtendedAttribute></ExtendedAttributes>"""
    )
    more = """<ExtendedAttribute><FieldID>188743731</FieldID><ValueGUID>B-2</ValueGUID></ExtendedAttribute>
    <ExtendedAttribute><FieldID>188743734</FieldID><ValueID>2</ValueID></ExtendedAttribute>"""
    resources = "<Resource><UID>3</UID><ID>3</ID><Name>Ann</Name><Type>1</Type></Resource>"
    assignments = """<Assignment><UID>1</UID><TaskUID>1</TaskUID><ResourceUID>3</ResourceUID><Units>1</Units>
    <ExtendedAttribute><FieldID>255852547</FieldID><Value>night</Value></ExtendedAttribute></Assignment>"""
    (plan,) = mspdi(
        tmp_path,
        tasks=task(1, "Piles", more=more),
        definitions=definitions,
        resources=resources,
        assignments=assignments,
    ).plans
    (piles,) = plan.activities
    assert piles.fields == {"Area": "North.Quay", "RAG": "A"}
    assert plan.assignments[0].fields == {"Shift": "night"}
    assert [(each.key, each.scope, dict(each.values)) for each in plan.field_types] == [
        ("Area", "activity", {"North": "Up there", "North.Quay": "Quay"}),
        ("RAG", "activity", {"G": "Green", "A": "Amber"}),
        ("Shift", "assignment", {}),
    ]
    assert plan.code_types == ()
