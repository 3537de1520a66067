"""What an XER file holds beyond what a plan keeps: named to the reader, so that nothing vanishes silently."""

from __future__ import annotations

from watchfloor.exchange.formats.remarks import Remarks, words
from watchfloor.exchange.formats.xer.tables import XerFile

# Bookkeeping of P6's own database and screens: no part of the plan. Listed in docs/user/import.md.
_BOOKKEEPING_TABLES = words(
    """
    APPLYACTOPTIONS CURRTYPE EXPPROJ FINTMPL FINDATES MEMOTYPE NONWORK OBS PHASE PROJEST RSRCLEVELLIST
    UDFTYPE UMEASURE USERS USERVIEW VIEWPREF VIEWPROP RSRCCURVDATA SHIFT LOCATION PROJISSU
    """
)
_BOOKKEEPING_COLUMNS: dict[str, frozenset[str]] = {
    "*": words(
        """
    guid tmpl_guid create_date create_user update_date update_user seq_num last_checksum export_flag color
    location_id
    """
    ),
    "PROJECT": words(
        """
    fy_start_month_num rsrc_self_add_flag allow_complete_flag rsrc_multi_assign_flag checkout_flag project_flag
    step_complete_flag cost_qty_recalc_flag batch_sum_flag name_sep_char def_complete_pct_type source_proj_id
    base_type_id task_code_base task_code_step wbs_max_sum_level def_cost_per_qty add_date last_tasksum_date
    def_duration_type task_code_prefix def_qty_type add_by_name web_local_root_path def_rate_type
    add_act_remain_flag act_this_per_link_flag def_task_type act_pct_link_flag task_code_prefix_flag
    def_rollup_dates_flag use_project_baseline_flag rem_target_link_flag reset_planned_flag allow_neg_act_flag
    sum_assign_level last_fin_dates_id last_baseline_update_date cr_external_key apply_actuals_date fintmpl_id
    last_schedule_date loaded_scope_level new_fin_dates_id baselines_to_export baseline_names_to_export
    next_data_date close_period_flag sum_refresh_date trsrcsum_loaded sumtask_loaded matrix_id last_level_date
    hist_interval hist_level control_updates_flag rsrc_role_match_flag px_enable_publication_flag
    publish_spread_assign_level px_last_update_date px_priority schedule_type sync_wbs_heir_flag
    sched_wbs_heir_type wbs_heir_levels scd_end_date sum_base_proj_id priority_num strgy_priority_num
    fcst_start_date intg_proj_type
    """
    ),
    "CALENDAR": frozenset(["last_chng_date", "week_hr_cnt", "month_hr_cnt", "year_hr_cnt", "rsrc_private"]),
    "SCHEDOPTIONS": words(
        """
    schedoptions_id sched_setplantoforecast level_float_thrs_cnt level_outer_assign_flag
    level_outer_assign_priority level_over_alloc_pct level_within_float_flag level_keep_sched_date_flag
    level_all_rsrc_flag enable_multiple_longest_path_calc limit_multiple_longest_path_calc
    max_multiple_longest_path use_total_float_multiple_longest_paths key_activity_for_multiple_longest_paths
    levelprioritylist sched_type
    """
    ),
    "PROJWBS": words(
        """
    obs_id est_wt sum_data_flag status_code phase_id ev_etc_user_value orig_cost
    indep_remain_total_cost ann_dscnt_rate_pct dscnt_period_type indep_remain_work_qty
    ev_etc_compute_type plan_open_state
    """
    ),
    "TASK": words(
        """
    rev_fdbk_flag est_wt lock_plan_flag auto_compute_act_flag rem_late_start_date rem_late_end_date float_path
    float_path_order act_this_per_work_qty act_this_per_equip_qty crt_path_num
    """
    ),
    "TASKPRED": frozenset(["task_pred_id", "float_path", "aref", "arls"]),
    "TASKRSRC": words(
        """
    cost_qty_link_flag skill_level remain_qty_per_hr ot_factor cost_per_qty act_start_date act_end_date
    restart_date reend_date target_start_date target_end_date rem_late_start_date rem_late_end_date
    rollup_dates_flag ts_pend_act_end_flag rate_type act_this_per_cost act_this_per_qty cost_per_qty_source_type
    has_rsrchours taskrsrc_sum_id pobs_id
    """
    ),
    "RSRC": words(
        """
    shift_id user_id pobs_id rsrc_seq_num def_qty_per_hr cost_qty_type ot_factor active_flag
    auto_compute_act_flag def_cost_qty_link_flag ot_flag curr_id unit_id load_tasks_flag level_flag role_id
    office_phone other_phone employee_code
    """
    ),
    "RSRCRATE": words(
        """
    rsrc_rate_id shift_period_id cost_per_qty2 cost_per_qty3 cost_per_qty4 cost_per_qty5
    """
    ),
    "ROLES": frozenset(["parent_role_id", "pobs_id", "def_cost_qty_link_flag", "cost_qty_type"]),
    "ROLERATE": frozenset(["role_rate_id", "cost_per_qty2", "cost_per_qty3", "cost_per_qty4", "cost_per_qty5"]),
    "ACTVTYPE": frozenset(["actv_short_len", "super_flag"]),
    "ACTVCODE": frozenset(["total_assignments"]),
    "TASKACTV": frozenset(["proj_id"]),
    "PCATTYPE": frozenset(["proj_catg_short_len", "super_flag"]),
    "RCATTYPE": frozenset(["rsrc_catg_short_len", "super_flag"]),
    "UDFVALUE": frozenset(["proj_id"]),
    "UDFCODE": frozenset(["udf_type_id"]),
    "TASKMEMO": frozenset(["memo_id", "proj_id"]),
    "WBSMEMO": frozenset(["wbs_memo_id", "proj_id"]),
    "PROJCOST": words(
        """
    proj_id cost_per_qty cost_load_type auto_compute_act_flag pobs_id contract_manager_import
    """
    ),
}
_ZEROS = frozenset({"0", "0.0", "0.0000", "0.00", "N"})
_COLUMNS_NAMED_MAX = 40


def remark_unused(file: XerFile, remarks: Remarks) -> None:
    """One remark per table or column that carries data which no plan holds."""
    for table in file.tables.values():
        if table.name in _BOOKKEEPING_TABLES or not table.rows:
            continue
        if not table.used:
            remarks.note("xer.table_not_kept", table.name, f"Table {table.name} is not kept.", count=len(table.rows))
            continue
        known = _BOOKKEEPING_COLUMNS["*"] | _BOOKKEEPING_COLUMNS.get(table.name, frozenset()) | table.used
        named = 0
        for at, column in enumerate(table.columns):
            if column.lower() in known or named >= _COLUMNS_NAMED_MAX:
                continue
            values = {row[at] for row in table.rows} - {""}
            # A column in which every row says the same default says nothing about the plan.
            if not values or values <= _ZEROS:
                continue
            count = sum(1 for row in table.rows if row[at])
            remarks.note(
                "xer.column_not_kept",
                f"{table.name}.{column}",
                f"Column {column} of {table.name} is not kept.",
                count=count,
            )
            named += 1
