"""Real plan files, where a folder of them is at hand: each one is read, or refused with a reason."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from watchfloor.exchange.formats.codec import document_from_json, document_to_json
from watchfloor.exchange.formats.detect import BY_MPXJ, detect
from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.reading import read
from watchfloor.exchange.sandbox import read_in_child
from watchfloor.plans.document import PlanDocument

ROOT = Path(os.environ.get("WATCHFLOOR_TEST_PLANS") or Path(__file__).parents[4] / "shared" / "data" / "plans")
PLANS = sorted(path for path in ROOT.rglob("*") if path.is_file()) if ROOT.is_dir() else []

pytestmark = pytest.mark.skipif(not PLANS, reason="no folder of real plans (WATCHFLOOR_TEST_PLANS)")


def kind_of(path: Path) -> str:
    try:
        return detect(path, limits=Limits())
    except UnreadableFile as refusal:
        return refusal.code


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


OURS = [path for path in PLANS if kind_of(path) in {"xer", "mspdi", "csv", "xlsx"}]
MPXJS = [path for path in PLANS if kind_of(path) in BY_MPXJ]
OTHERS = [path for path in PLANS if kind_of(path).startswith(("file.", "sheet."))]


def check(document: PlanDocument) -> None:
    """What holds for every document, whoever wrote the file."""
    for plan in document.plans:
        keys = {activity.key for activity in plan.activities}
        nodes = {node.key for node in plan.wbs}
        calendars = {calendar.key for calendar in plan.calendars}
        people = {resource.key for resource in plan.resources}
        assert len(keys) == len(plan.activities)
        assert len({link.key for link in plan.dependencies}) == len(plan.dependencies)
        assert all(link.predecessor_project or link.predecessor in keys for link in plan.dependencies)
        assert all(link.successor in keys for link in plan.dependencies)
        assert all(activity.wbs in nodes | {""} for activity in plan.activities)
        assert all(activity.calendar in calendars | {""} for activity in plan.activities)
        assert all(node.parent in nodes | {""} for node in plan.wbs)
        assert all(each.activity in keys and each.resource in people for each in plan.assignments)
        assert plan.calendar in calendars
        assert all(len(calendar.week) == 7 for calendar in plan.calendars)
    assert document_from_json(document_to_json(document)) == document


@pytest.mark.parametrize("path", OURS, ids=names(OURS))
def test_our_readers_read_it(path: Path) -> None:
    check(read(path))


@pytest.mark.slow
@pytest.mark.parametrize("path", MPXJS, ids=names(MPXJS))
def test_mpxj_reads_it_in_a_child(path: Path) -> None:
    before = datetime.now() - timedelta(minutes=1)
    document = read_in_child(path)
    check(document)
    # The moment of reading is no part of a plan: read again, it must be the same document.
    assert all(plan.data_date is None or plan.data_date < before for plan in document.plans)


@pytest.mark.parametrize("path", OTHERS, ids=names(OTHERS))
def test_it_is_refused_with_a_reason(path: Path) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(path)
    assert refusal.value.code
    assert refusal.value.message
    assert refusal.value.remedy


@pytest.mark.parametrize("path", [each for each in OURS if each.suffix == ".xml"])
def test_every_custom_value_of_an_ms_project_file_is_kept(path: Path) -> None:
    """Counted on the file's own elements, without our reader."""
    root = ElementTree.parse(path).getroot()
    if not root.tag.endswith("}Project"):
        pytest.skip("another tool's format")
    (plan,) = read(path).plans

    def written(listing: str, name: str) -> Iterator[tuple[str, str]]:
        for item in root.iterfind(f"{{*}}{listing}/{{*}}{name}"):
            said = {child.tag.rpartition("}")[2]: child.text or "" for child in item}
            if said.get("IsNull") == "1" or said.get("Active") == "0" or said.get("ResourceUID") == "-65535":
                continue
            for value in item.iterfind("{*}ExtendedAttribute"):
                text = (value.findtext("{*}Value") or value.findtext("{*}ValueID") or "").strip()
                if text:
                    yield said["UID"], value.findtext("{*}FieldID") or ""

    about = {"Subject", "Category", "Company", "Manager", "Author"}
    on_tasks = sum(len(each.fields) for each in plan.activities) + len(plan.fields.keys() - about)
    assert on_tasks == len(list(written("Tasks", "Task")))
    about = {"Group", "Code", "Initials"}
    assert sum(len(each.fields.keys() - about) for each in plan.resources) == len(
        list(written("Resources", "Resource"))
    )
    assert sum(len(each.fields) for each in plan.assignments) == len(list(written("Assignments", "Assignment")))
    codes = sum(len(each.codes) for each in (*plan.activities, *plan.resources, plan))
    assert codes == len(root.findall("{*}Tasks/{*}Task/{*}OutlineCode")) + len(
        root.findall("{*}Resources/{*}Resource/{*}OutlineCode")
    )


def test_the_large_primavera_file_keeps_every_code_and_field() -> None:
    found = [path for path in PLANS if path.name == "progress_override_695.xer"]
    if not found:
        pytest.skip("progress_override_695.xer is not in the folder")
    document = read(found[0])
    assert sum(len(plan.activities) for plan in document.plans) == 695
    assert sum(len(plan.dependencies) for plan in document.plans) == 1_595
    assert sum(bool(link.predecessor_project) for plan in document.plans for link in plan.dependencies) == 3
    assert sum(len(activity.codes) for plan in document.plans for activity in plan.activities) == 3_098
    main = max(document.plans, key=lambda plan: len(plan.activities))
    assert len(main.code_types) == 7
    on_activities = sum(len(activity.fields) for plan in document.plans for activity in plan.activities)
    elsewhere = sum(len(plan.fields) for plan in document.plans) + sum(len(each.fields) for each in main.resources)
    assert on_activities + elsewhere == 786


BY_MPXJ_TOO = """
import sys
from pathlib import Path
from watchfloor.exchange.formats.codec import document_to_json
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.mpxj.reader import read_with_mpxj
path = Path(sys.argv[1])
document = read_with_mpxj(path, sys.argv[2], name=path.name, limits=Limits())
Path(sys.argv[3]).write_text(document_to_json(document), encoding="utf-8")
"""
# What the two readers say differently on purpose: MPXJ takes a rate of today, drops unused definitions, formats notes.
NOT_COMPARED = {"notes", "rate_minor", "critical", "total_float_ticks", "free_float_ticks"}


@pytest.mark.slow
@pytest.mark.parametrize("path", OURS, ids=names(OURS))
def test_mpxj_says_the_same_as_our_reader(path: Path, tmp_path: Path) -> None:
    ours = read(path)
    if ours.format not in {"xer", "mspdi"} or any(remark.code.startswith("calendar.") for remark in ours.remarks):
        pytest.skip("MPXJ reads a broken calendar in another way")
    target = tmp_path / "theirs.json"
    subprocess.run([sys.executable, "-c", BY_MPXJ_TOO, str(path), ours.format, str(target)], check=True)
    theirs = document_from_json(target.read_bytes())
    by_code = {plan.code: plan for plan in theirs.plans}
    differences: list[str] = []
    for plan in ours.plans:
        other = by_code.get(plan.code, theirs.plans[0])
        for part in ("activities", "dependencies", "wbs", "assignments", "calendars", "resources"):
            here = {each.key: each for each in getattr(plan, part)}
            there = {each.key: each for each in getattr(other, part)}
            if part in {"activities", "dependencies", "assignments"}:
                assert here.keys() == there.keys()
            if part == "calendars":
                # A resource's empty calendar works by the default one for us, by eight hours for MPXJ.
                used = {plan.calendar, *(activity.calendar for activity in plan.activities)}
                here = {key: each for key, each in here.items() if key in used}
            for key in here.keys() & there.keys():
                differences += differing(f"{part} {key}", here[key], there[key])
        if {node.key for node in other.wbs} - {node.key for node in plan.wbs}:
            # MPXJ shows the project's own node where its code is not the project's.
            differences = [each for each in differences if ".wbs:" not in each]
    unknown = {remark.code for remark in ours.remarks} & {"mspdi.field_undefined"}
    assert differences == [] or unknown, differences[:10]


def differing(place: str, here: Any, there: Any) -> list[str]:
    found = []
    for each in fields(here):
        one, other = getattr(here, each.name), getattr(there, each.name)
        if each.name in NOT_COMPARED:
            continue
        if is_dataclass(one) and is_dataclass(other):
            found += differing(f"{place}.{each.name}", one, other)
        elif isinstance(one, float) and isinstance(other, float):
            found += [f"{place}.{each.name}: {one} / {other}"] if abs(one - other) > 1e-4 else []
        elif one != other:
            found.append(f"{place}.{each.name}: {one!r:.60} / {other!r:.60}")
    return found
