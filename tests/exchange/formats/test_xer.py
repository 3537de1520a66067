"""Reading Primavera XER."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.reading import read
from watchfloor.plans.document import (
    ActivityKind,
    Constraint,
    ConstraintKind,
    Dependency,
    DependencyKind,
    Earning,
    EarningTechnique,
    LagCalendar,
    OutOfSequence,
    PercentKind,
)
from watchfloor.plans.notebooks import shown


def remarks_of(document: Any) -> set[str]:
    return {remark.code for remark in document.remarks}


def test_an_activity_keeps_its_progress_and_the_tools_dates_stay_apart(xer: Any, small_xer_tables: Any) -> None:
    document = read(xer(small_xer_tables))
    (plan,) = document.plans
    dig, pour = plan.activities
    assert (document.format, plan.code, plan.name, plan.currency) == ("xer", "SITE", "New site", "EUR")
    assert plan.data_date == datetime(2026, 11, 2, 8)
    assert plan.must_finish_by == datetime(2027, 3, 31, 17)
    assert (dig.key, dig.wbs, dig.duration_ticks, dig.remaining_ticks) == ("A100", "A.1", 48_000, 12_000)
    assert dig.percent_kind is PercentKind.DURATION
    assert dig.percent_complete == 75.0
    assert dig.actual_start == datetime(2026, 10, 19, 8)
    assert dig.guid == "8c0cb267-3fef-49dd-84d9-f71ff7fd787d"
    assert dig.stored is not None
    assert dig.stored.start == dig.actual_start
    assert dig.stored.finish == datetime(2026, 11, 4, 12)
    assert dig.stored.total_float_ticks == 4_800
    assert dig.stored.critical is True  # 8 hours of float, and critical means up to 8
    assert pour.kind is ActivityKind.START_MILESTONE
    assert pour.constraints == (
        Constraint(ConstraintKind.START_NO_EARLIER, datetime(2026, 11, 9, 8)),
        Constraint(ConstraintKind.MANDATORY_FINISH, datetime(2026, 12, 1, 17)),
    )
    assert plan.dependencies == (Dependency("A100", "A110", DependencyKind.FF, -7_500),)
    assert plan.options.tool == "p6"
    assert plan.options.critical_float_ticks == 4_800


def test_wbs_keys_leave_out_the_projects_own_code(xer: Any, small_xer_tables: Any) -> None:
    before = read(xer(small_xer_tables)).plans[0].wbs
    small_xer_tables["PROJECT"][0]["proj_short_name"] = "SITE-2"
    small_xer_tables["PROJWBS"][0]["wbs_short_name"] = "SITE-2"
    assert read(xer(small_xer_tables)).plans[0].wbs == before
    assert [(node.key, node.parent) for node in before] == [("A", ""), ("A.1", "A")]


@pytest.mark.parametrize(
    ("kind", "percent", "start"), [("EC_0_100", "", 0.0), ("EC_50_50", "", 50.0), ("EC_Cmp_pct_udf", "30", 30.0)]
)
def test_a_node_says_how_its_activities_earn(
    xer: Any, small_xer_tables: Any, kind: str, percent: str, start: float
) -> None:
    assert read(xer(small_xer_tables)).plans[0].activities[0].earning is None
    small_xer_tables["PROJWBS"][2] |= {"ev_compute_type": kind, "ev_user_pct": percent}
    dig = read(xer(small_xer_tables)).plans[0].activities[0]
    assert dig.earning == Earning(EarningTechnique.FIXED, start)
    small_xer_tables["PROJWBS"][2]["ev_compute_type"] = "EC_New"
    found = read(xer(small_xer_tables))
    assert found.plans[0].activities[0].earning is None
    assert any("EC_New" in each.detail for each in found.remarks)


def test_every_project_comes_in_with_the_links_between_them(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables["PROJECT"].append({"proj_id": "8", "proj_short_name": "PORT", "export_flag": "N"})
    small_xer_tables["TASK"].append(
        {"task_id": "200", "proj_id": "8", "task_code": "A100", "task_name": "Quay", "task_type": "TT_FinMile"}
    )
    small_xer_tables["TASKPRED"].append(
        {"task_id": "100", "pred_task_id": "200", "proj_id": "7", "pred_proj_id": "8", "pred_type": "PR_SF"}
    )
    site, port = read(xer(small_xer_tables)).plans
    assert (site.code, port.code) == ("SITE", "PORT")
    assert site.dependencies[-1] == Dependency("A100", "A100", DependencyKind.SF, predecessor_project="PORT")
    assert [activity.key for activity in port.activities] == ["A100"]


def test_scheduling_options_are_read_per_project(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables["SCHEDOPTIONS"] = [
        {
            "schedoptions_id": "1",
            "proj_id": "7",
            "sched_retained_logic": "N",
            "sched_progress_override": "Y",
            "sched_lag_early_start_flag": "N",
            "sched_calendar_on_relationship_lag": "rcal_24Hour",
            "sched_float_type": "FT_SF",
            "sched_open_critical_flag": "Y",
            "sched_use_expect_end_flag": "N",
        }
    ]
    options = read(xer(small_xer_tables)).plans[0].options
    assert options.out_of_sequence is OutOfSequence.PROGRESS_OVERRIDE
    assert options.lag_calendar is LagCalendar.TWENTY_FOUR_HOUR
    assert options.float_kind.value == "start"
    assert options.start_to_start_from_actual
    assert options.open_ends_critical
    assert not options.use_expected_finish


def test_codes_fields_and_notebooks_are_kept(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables |= {
        "ACTVTYPE": [{"actv_code_type_id": "1", "actv_code_type": "Area", "actv_code_type_scope": "AS_Global"}],
        "ACTVCODE": [
            {"actv_code_id": "10", "actv_code_type_id": "1", "short_name": "N", "actv_code_name": "North"},
            {"actv_code_id": "11", "actv_code_type_id": "1", "short_name": "S", "actv_code_name": "South"},
            {"actv_code_id": "12", "parent_actv_code_id": "10", "actv_code_type_id": "1", "short_name": "1"},
            {"actv_code_id": "13", "parent_actv_code_id": "11", "actv_code_type_id": "1", "short_name": "1"},
        ],
        "TASKACTV": [{"task_id": "100", "actv_code_type_id": "1", "actv_code_id": "13"}],
        "UDFTYPE": [
            {"udf_type_id": "5", "table_name": "TASK", "udf_type_label": "Crew", "logical_data_type": "FT_TEXT"},
            {"udf_type_id": "6", "table_name": "PROJWBS", "udf_type_label": "Zone", "logical_data_type": "FT_TEXT"},
            {"udf_type_id": "7", "table_name": "DOCUMENT", "udf_type_label": "Shelf", "logical_data_type": "FT_TEXT"},
        ],
        "UDFVALUE": [
            {"udf_type_id": "5", "fk_id": "100", "udf_text": "Blue"},
            {"udf_type_id": "6", "fk_id": "71", "udf_text": "East"},
            {"udf_type_id": "7", "fk_id": "1", "udf_text": "lost"},
        ],
        "MEMOTYPE": [{"memo_type_id": "3", "memo_type": "Remark"}],
        "TASKMEMO": [
            {
                "memo_id": "1",
                "task_id": "100",
                "memo_type_id": "3",
                "task_memo": '<p class=""x"">wet<br>soil</p>\x7f\x7f',
            }
        ],
        "WBSMEMO": [
            {"wbs_memo_id": "1", "wbs_id": "70", "memo_type_id": "3", "wbs_memo": "of the project"},
            {"wbs_memo_id": "2", "wbs_id": "71", "memo_type_id": "3", "wbs_memo": "<script>x</script>of the node"},
        ],
    }
    document = read(xer(small_xer_tables))
    plan = document.plans[0]
    dig = plan.activities[0]
    assert dig.codes == {"Area": "S.1"}  # two values are called 1, so both carry their path
    assert plan.code_types[0].values == {"N": "North", "S": "South", "N.1": "1", "S.1": "1"}
    assert plan.code_types[0].parents == {"N.1": "N", "S.1": "S"}
    assert dig.fields == {"Crew": "Blue"}
    (note,) = dig.notebooks
    assert (note.topic, note.text, shown(note)) == ("Remark", '<p class="x">wet<br>soil</p>\n', "wet\nsoil")
    assert plan.wbs[0].fields == {"Zone": "East"}
    assert [shown(each) for each in (*plan.notebooks, *plan.wbs[0].notebooks)] == ["of the project", "of the node"]
    assert "xer.field_without_place" in remarks_of(document)


def test_cost_accounts_stay_with_the_assignments_and_expenses_booked_on_them(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables["PROJECT"][0]["acct_id"] = "1"
    cost = {"act_reg_cost": "0", "act_ot_cost": "0", "remain_cost": "10"}
    small_xer_tables |= {
        "ACCOUNT": [
            {"acct_id": "2", "parent_acct_id": "1", "acct_seq_num": "2", "acct_short_name": "20", "acct_name": "Steel"},
            {"acct_id": "3", "parent_acct_id": "1", "acct_seq_num": "1", "acct_short_name": "10", "acct_name": "Civil"},
            {"acct_id": "1", "acct_short_name": "QUAY", "acct_name": "Quay", "acct_descr": "<b>All</b> of it"},
            {"acct_id": "8", "parent_acct_id": "9", "acct_short_name": "X", "acct_name": "Round"},
            {"acct_id": "9", "parent_acct_id": "8", "acct_short_name": "Y", "acct_name": "and round"},
        ],
        "RSRC": [{"rsrc_id": "5", "rsrc_short_name": "DIG", "rsrc_name": "Digger", "rsrc_type": "RT_Equip"}],
        "ROLES": [{"role_id": "6", "role_short_name": "MASON", "role_name": "Mason"}],
        "TASKRSRC": [
            {"taskrsrc_id": "1", "task_id": "100", "rsrc_id": "5", "acct_id": "2", "target_cost": "10", **cost},
            {"taskrsrc_id": "2", "task_id": "100", "rsrc_id": "5", "acct_id": "3", "target_cost": "20", **cost},
            {"taskrsrc_id": "3", "task_id": "100", "rsrc_id": "5", "acct_id": "3", "target_cost": "30", **cost},
            {"taskrsrc_id": "4", "task_id": "100", "role_id": "6", "acct_id": "2", "target_cost": "5", **cost},
        ],
        "COSTTYPE": [{"cost_type_id": "4", "cost_type": "Fees"}],
        "PROJCOST": [
            {
                "cost_item_id": "1",
                "task_id": "100",
                "acct_id": "2",
                "cost_type_id": "4",
                "cost_name": "Permit",
                "po_number": "PO 7",
                "vendor_name": "Town",
                "target_cost": "100.50",
                "act_cost": "0",
                "remain_cost": "100.50",
            }
        ],
        "UDFTYPE": [
            {"udf_type_id": "1", "table_name": "PROJCOST", "udf_type_label": "Paid", "logical_data_type": "FT_END_DATE"}
        ],
        "UDFVALUE": [{"udf_type_id": "1", "fk_id": "1", "udf_date": "2026-12-01 00:00"}],
    }
    document = read(xer(small_xer_tables))
    (plan,) = document.plans
    assert [(each.key, each.parent, each.description) for each in plan.cost_accounts] == [
        ("QUAY", "", "All of it"),
        ("QUAY.10", "QUAY", ""),
        ("QUAY.20", "QUAY", ""),
    ]
    assert plan.cost_account == "QUAY"
    assert {each.key: each.budget_minor for each in plan.assignments} == {
        "A100@DIG/QUAY.20": 10_00,
        "A100@DIG/QUAY.10": 50_00,  # two rows of one account are added up
        "A100@role:MASON/QUAY.20": 5_00,
    }
    (permit,) = plan.expenses
    assert (permit.key, permit.category, permit.vendor, permit.document) == (
        "A100/QUAY.20/Permit",
        "Fees",
        "Town",
        "PO 7",
    )
    assert (permit.budget_minor, permit.fields) == (100_50, {"Paid": "2026-12-01T00:00"})
    assert plan.activities[0].budget_minor == 165_50
    assert remarks_of(document) == {"xer.account_circle", "xer.assignment_twice"}


def test_resources_assignments_and_expenses_make_the_money(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables |= {
        "RSRC": [
            {"rsrc_id": "1", "rsrc_short_name": "CR", "rsrc_name": "Crew", "rsrc_type": "RT_Labor", "clndr_id": "1"},
            {"rsrc_id": "2", "rsrc_short_name": "STEEL", "rsrc_name": "Steel", "rsrc_type": "RT_Mat"},
        ],
        "RSRCRATE": [
            {"rsrc_id": "1", "max_qty_per_hr": "2", "cost_per_qty": "40.5", "start_date": "2026-01-01 00:00"},
            {"rsrc_id": "1", "max_qty_per_hr": "3", "cost_per_qty": "50", "start_date": "2027-01-01 00:00"},
        ],
        "TASKRSRC": [
            {
                "task_id": "100",
                "rsrc_id": "1",
                "rsrc_type": "RT_Labor",
                "target_qty": "80",
                "act_reg_qty": "60",
                "remain_qty": "20",
                "target_qty_per_hr": "1",
                "target_cost": "3240",
                "act_reg_cost": "2430",
                "remain_cost": "810",
            },
            {"task_id": "100", "rsrc_id": "2", "rsrc_type": "RT_Mat", "target_qty": "12", "target_cost": "600"},
        ],
        "PROJCOST": [{"task_id": "100", "cost_name": "Permit", "target_cost": "99.99", "act_cost": "99.99"}],
    }
    document = read(xer(small_xer_tables))
    plan = document.plans[0]
    crew = plan.resources[0]
    assert (crew.key, crew.capacity, crew.rate_minor) == ("CR", 2.0, 4_050)
    work, steel = plan.assignments
    assert (work.work_ticks, work.actual_work_ticks, work.remaining_work_ticks) == (48_000, 36_000, 12_000)
    assert (steel.units, steel.work_ticks) == (12.0, 0)
    dig = plan.activities[0]
    assert (dig.budget_minor, dig.actual_cost_minor, dig.remaining_cost_minor) == (393_999, 252_999, 81_000)
    assert plan.activities[1].budget_minor is None
    assert "xer.rates_over_time" in remarks_of(document)


def test_a_baseline_project_becomes_a_baseline(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables["PROJECT"].append({"proj_id": "9", "proj_short_name": "SITE - B1", "orig_proj_id": "7"})
    small_xer_tables["TASK"].append(
        {
            "task_id": "300",
            "proj_id": "9",
            "task_code": "A100",
            "task_name": "Dig",
            "task_type": "TT_Task",
            "target_drtn_hr_cnt": "40",
            "restart_date": "2026-10-12 08:00",
            "reend_date": "2026-10-16 17:00",
        }
    )
    (plan,) = read(xer(small_xer_tables)).plans
    (baseline,) = plan.baselines
    assert baseline.name == "SITE - B1"
    assert baseline.finish == {"A100": datetime(2026, 10, 16, 17)}
    assert baseline.duration_ticks == {"A100": 24_000}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_letters_survive_in_every_encoding(xer: Any, small_xer_tables: Any, encoding: str, line_end: str) -> None:
    small_xer_tables["TASK"][0]["task_name"] = "Fußgängerbrücke öffnen, Zürich"
    path = xer(small_xer_tables, encoding=encoding, line_end=line_end)
    assert read(path).plans[0].activities[0].name == "Fußgängerbrücke öffnen, Zürich"


def test_unknown_tables_and_columns_with_data_are_named_once(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables["TASKPROC"] = [{"proc_id": str(number), "task_id": "100"} for number in range(5)]
    for row in small_xer_tables["TASK"]:
        row["brand_new_column"] = "news"
    found = {remark.code: remark for remark in read(xer(small_xer_tables)).remarks}
    assert "5 in all" in found["xer.table_not_kept"].place
    assert "brand_new_column" in found["xer.column_not_kept"].detail


def test_odd_records_are_remarked_and_the_rest_is_read(xer: Any, small_xer_tables: Any) -> None:
    small_xer_tables["TASK"][0] |= {"act_end_date": "9999-12-31 00:00", "expect_end_date": "soon", "task_type": "TT_X"}
    small_xer_tables["TASKPRED"] += [
        {"task_id": "101", "pred_task_id": "404", "pred_type": "PR_FS"},
        {"task_id": "100", "pred_task_id": "101", "pred_type": "PR_FS"},  # a circle is no error of reading
    ]
    document = read(xer(small_xer_tables))
    assert remarks_of(document) >= {
        "xer.date_out_of_range",
        "xer.bad_date",
        "xer.unknown_value",
        "xer.link_without_activity",
    }
    assert len(document.plans[0].dependencies) == 2


def test_a_value_with_a_line_break_is_put_together_again(tmp_path: Path) -> None:
    text = (
        "ERMHDR\t8.0\n%T\tPROJECT\n%F\tproj_id\tproj_short_name\n%R\t1\tP\n"
        "%T\tTASK\n%F\ttask_id\tproj_id\ttask_code\ttask_name\n%R\t1\t1\tA\tfirst\nsecond\n%E\n"
    )
    path = tmp_path / "odd.xer"
    path.write_bytes(text.encode().replace(b"first", b"fi\0rst"))
    document = read(path)
    assert document.plans[0].activities[0].name == "first\nsecond"
    assert "xer.nul" in remarks_of(document)


@pytest.mark.parametrize("left", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut_off_is_refused(xer: Any, small_xer_tables: Any, left: float) -> None:
    path = xer(small_xer_tables)
    whole = path.read_bytes()
    cut = int(len(whole) * left)
    while whole[cut - 1 : cut] in (b"\n", b"\r"):
        cut -= 1
    path.write_bytes(whole[:cut])
    with pytest.raises(UnreadableFile) as refused:
        read(path)
    assert refused.value.code == "file.cut_off"


def test_a_missing_end_mark_is_remarked_where_the_last_record_is_whole(xer: Any, small_xer_tables: Any) -> None:
    path = xer(small_xer_tables)
    whole = path.read_bytes()
    path.write_bytes(whole.removesuffix(b"%E"))
    assert "xer.no_end" in remarks_of(read(path))


def test_a_file_without_projects_is_refused(xer: Any) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(xer({"RSRC": [{"rsrc_id": "1"}]}))
    assert refusal.value.code == "file.not_a_plan"


def test_too_many_records_or_activities_are_refused(xer: Any, small_xer_tables: Any) -> None:
    for limits in (Limits(rows=5), Limits(activities=1)):
        with pytest.raises(UnreadableFile) as refusal:
            read(xer(small_xer_tables), limits=limits)
        assert refusal.value.code == "file.limit"


def test_four_thousand_activities_read_in_little_time(xer: Any, small_xer_tables: Any) -> None:
    first = small_xer_tables["TASK"][0]
    small_xer_tables["TASK"] = [first | {"task_id": str(n), "task_code": f"A{n}"} for n in range(4_000)]
    small_xer_tables["TASKPRED"] = [
        {"task_id": str(n), "pred_task_id": str(n - 1), "pred_type": "PR_FS", "lag_hr_cnt": "0"}
        for n in range(1, 4_000)
    ]
    plan = read(xer(small_xer_tables)).plans[0]
    assert (len(plan.activities), len(plan.dependencies)) == (4_000, 3_999)


def test_references_to_what_the_file_lacks_are_emptied_and_named(xer: Any, small_xer_tables: Any) -> None:
    del small_xer_tables["CALENDAR"]
    del small_xer_tables["PROJWBS"]
    document = read(xer(small_xer_tables))
    (plan,) = document.plans
    assert [calendar.key for calendar in plan.calendars] == [plan.calendar] == ["standard"]
    assert {activity.calendar for activity in plan.activities} == {""}
    assert remarks_of(document) >= {"plan.no_calendar", "plan.broken_reference"}
