"""Small plan files written by the tests themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

Row = Mapping[str, str]
XerWriter = Callable[..., Path]

WEEK = "(0||CalendarData()((0||DaysOfWeek()({days}))(0||VIEW(ShowTotal|Y)())(0||Exceptions()({exceptions}))))"
DAY = "(0||{day}()((0||0(s|08:00|f|12:00)())(0||1(s|13:00|f|17:00)())))"


def calendar_text(*, exceptions: str = "") -> str:
    """Monday to Friday, 8-12 and 13-17, as P6 writes it."""
    days = "".join(DAY.format(day=day) if 2 <= day <= 6 else f"(0||{day}()())" for day in range(1, 8))
    return WEEK.format(days=days, exceptions=exceptions)


@pytest.fixture
def xer(tmp_path: Path) -> XerWriter:
    """Write an XER file: tables as lists of rows, columns from the rows' keys."""

    def write(
        tables: Mapping[str, Sequence[Row]],
        *,
        name: str = "plan.xer",
        encoding: str = "cp1252",
        currency: str = "EUR",
        line_end: str = "\r\n",
    ) -> Path:
        header = ["ERMHDR", "23.12", "2026-11-02", "Project", "admin", "Admin", "db", "Project Management", currency]
        lines = ["\t".join(header)]
        for table, rows in tables.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            lines += [f"%T\t{table}", "\t".join(["%F", *columns])]
            lines += ["\t".join(["%R", *(row.get(column, "") for column in columns)]) for row in rows]
        lines.append("%E")
        path = tmp_path / name
        path.write_bytes(line_end.join(lines).encode(encoding))
        return path

    return write


@pytest.fixture
def small_xer_tables() -> dict[str, list[Row]]:
    """One project of two activities with a link, a calendar and a WBS."""
    return {
        "CURRTYPE": [{"curr_id": "1", "curr_short_name": "EUR", "base_exch_rate": "1"}],
        "PROJECT": [
            {
                "proj_id": "7",
                "proj_short_name": "SITE",
                "clndr_id": "1",
                "critical_drtn_hr_cnt": "8",
                "critical_path_type": "CT_TotFloat",
                "last_recalc_date": "2026-11-02 08:00",
                "plan_start_date": "2026-10-05 00:00",
                "plan_end_date": "2027-03-31 17:00",
                "export_flag": "Y",
            }
        ],
        "CALENDAR": [
            {
                "clndr_id": "1",
                "default_flag": "Y",
                "clndr_name": "Five days",
                "day_hr_cnt": "8",
                "clndr_type": "CA_Base",
                "clndr_data": calendar_text(exceptions="(0||0(d|46381)())"),
            }
        ],
        "PROJWBS": [
            {"wbs_id": "70", "proj_id": "7", "proj_node_flag": "Y", "wbs_short_name": "SITE", "wbs_name": "New site"},
            {"wbs_id": "71", "proj_id": "7", "parent_wbs_id": "70", "wbs_short_name": "A", "wbs_name": "Ground"},
            {"wbs_id": "72", "proj_id": "7", "parent_wbs_id": "71", "wbs_short_name": "1", "wbs_name": "Dig"},
        ],
        "TASK": [
            {
                "task_id": "100",
                "proj_id": "7",
                "wbs_id": "72",
                "clndr_id": "1",
                "task_code": "A100",
                "task_name": "Dig",
                "task_type": "TT_Task",
                "complete_pct_type": "CP_Drtn",
                "status_code": "TK_Active",
                "target_drtn_hr_cnt": "80",
                "remain_drtn_hr_cnt": "20",
                "act_start_date": "2026-10-19 08:00",
                "restart_date": "2026-11-02 08:00",
                "reend_date": "2026-11-04 12:00",
                "early_start_date": "2026-11-02 08:00",
                "early_end_date": "2026-11-04 12:00",
                "late_start_date": "2026-11-03 08:00",
                "late_end_date": "2026-11-05 12:00",
                "total_float_hr_cnt": "8",
                "free_float_hr_cnt": "0",
                "guid": "Z7IMjO8/3UmE2fcf9/14fQ",
            },
            {
                "task_id": "101",
                "proj_id": "7",
                "wbs_id": "71",
                "clndr_id": "1",
                "task_code": "A110",
                "task_name": "Pour",
                "task_type": "TT_Mile",
                "status_code": "TK_NotStart",
                "cstr_type": "CS_MSOA",
                "cstr_date": "2026-11-09 08:00",
                "cstr_type2": "CS_MANDFIN",
                "cstr_date2": "2026-12-01 17:00",
                "total_float_hr_cnt": "24.5",
            },
        ],
        "TASKPRED": [
            {
                "task_pred_id": "1",
                "task_id": "101",
                "pred_task_id": "100",
                "proj_id": "7",
                "pred_proj_id": "7",
                "pred_type": "PR_FF",
                "lag_hr_cnt": "-12.5",
            }
        ],
    }
