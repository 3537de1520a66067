"""Codes and fields of a real P6 file: into the store and out through the API, counted on the file's own rows."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.queries import viewer_by_id
from watchfloor.exchange import operations, queries
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.portfolio import operations as portfolio

FOLDER = Path(os.environ.get("WATCHFLOOR_TEST_PLANS") or Path(__file__).parents[3] / "shared" / "data" / "plans")
FILE = FOLDER / "primavera" / "progress_override_695.xer"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the folder of real plan files is not here")


def tables() -> dict[str, list[dict[str, str]]]:
    """The file's rows by table, read by nothing but splitting at tabs."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    table, columns = "", [""]
    for line in FILE.read_text(encoding="cp1252", errors="replace").splitlines():
        mark, *cells = line.split("\t")
        if mark == "%T":
            table = cells[0]
        elif mark == "%F":
            columns = cells
        elif mark == "%R":
            found[table].append(dict(zip(columns, cells, strict=False)))
    return found


def test_every_code_and_custom_value_of_the_file_comes_out_through_the_api(
    db: None, settings: Any, tmp_path: Path
) -> None:
    settings.HOME = tmp_path
    now = clock.now()
    portfolio.set_up_organisation(SYSTEM, name="Meridian", currency="EUR", time_zone="Europe/Lisbon", now=now)
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=now)
    number = operations.start_import(SYSTEM, FILE, source_name=FILE.name, programme_code="HB", queued=False, now=now)
    operations.run_import(number, beat=lambda done, total, note: True, now=now)
    assert queries.plan_import(SYSTEM, number).state == "done"
    user = accounts.create_user(SYSTEM, username="reader", now=now)
    accounts.grant(SYSTEM, user_id=user.id, role="viewer", programme_code="HB", now=now)
    _, secret = accounts.create_token(viewer_by_id(user.id), name="test", now=now)

    def get(path: str) -> Any:
        return Client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {secret}"}).json()

    plans = [get(f"/projects/{each['code']}/plan")["plan"] for each in get("/projects")["items"]]
    raw = tables()
    activity = {row["task_id"]: row["task_code"] for row in raw["TASK"]}
    types = {row["actv_code_type_id"]: row["actv_code_type"] for row in raw["ACTVTYPE"]}
    values = {row["actv_code_id"]: row["short_name"] for row in raw["ACTVCODE"]}

    carried = {
        (row["key"], kind, value)
        for plan in plans
        for row in plan["activities"]
        for kind, value in row.get("codes", {}).items()
    }
    assert len(carried) == len(raw["TASKACTV"]) == 3_098
    told = {(row["task_id"], row["actv_code_type_id"], row["actv_code_id"]) for row in raw["TASKACTV"]}
    for task, kind, value in told:
        matching = [each for each in (values[value],) if (activity[task], types[kind], each) in carried]
        # Values that share a short name are told by their path, which ends with it.
        assert matching or any(
            each[0] == activity[task] and each[1] == types[kind] and each[2].endswith(f".{values[value]}")
            for each in carried
        )
    main = max(plans, key=lambda plan: len(plan["activities"]))
    assert len(main["code_types"]) == len(raw["ACTVTYPE"]) == 7
    assert sum(len(each["values"]) for each in main["code_types"]) == len(raw["ACTVCODE"]) == 321
    assert {each["owner"] for each in main["code_types"]} == {"global"}

    label = {row["udf_type_id"]: (row["table_name"], row["udf_type_label"]) for row in raw["UDFTYPE"]}
    assert len(raw["UDFVALUE"]) == 786
    fields = {
        (row["key"], name, value)
        for plan in plans
        for row in plan["activities"]
        for name, value in row.get("fields", {}).items()
    }
    assert fields == {
        (activity[row["fk_id"]], label[row["udf_type_id"]][1], row["udf_text"])
        for row in raw["UDFVALUE"]
        if label[row["udf_type_id"]][0] == "TASK"
    }
    elsewhere = [row["fields"] for plan in plans for row in (*plan.get("resources", ()), plan) if row.get("fields")]
    assert sum(len(row.keys() - {"Title"}) for row in elsewhere) == 786 - len(fields) == 2
    assert sorted((each["key"], each.get("scope", "activity")) for each in main["field_types"]) == sorted(
        (name, {"TASK": "activity", "RSRC": "resource", "PROJECT": "project"}[table]) for table, name in label.values()
    )
    notebooks = [note for plan in plans for row in plan["activities"] for note in row.get("notebooks", ())]
    assert len(notebooks) == len(raw["TASKMEMO"])
