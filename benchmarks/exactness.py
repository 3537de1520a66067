"""How many dates stored in plan files are reproduced to the minute, beside MPXJ's own schedulers on the same files.

``python -m benchmarks.exactness FILES… --json`` prints one object: per file and quantity how many stored values there
are and how many either side computes again; ``ours`` and ``mpxj`` are shares over everything, ``behind`` lists the
files of which MPXJ reproduces more. Early, late and float of activities that are not complete, start and finish of all;
summaries, level of effort and dates stored by a leveller are left out on both sides.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.schedule_peers import java
from watchfloor.exchange.formats.errors import UnreadableFile
from watchfloor.exchange.sandbox import read_in_child
from watchfloor.forecasts.assess import AssessOptions, assess
from watchfloor.forecasts.stored import QUANTITIES

_GETTERS = {
    "early_start": "getEarlyStart",
    "early_finish": "getEarlyFinish",
    "late_start": "getLateStart",
    "late_finish": "getLateFinish",
    "total_float": "getTotalSlack",
    "start": "getStart",
    "finish": "getFinish",
    "actual_start": "getActualStart",
    "actual_finish": "getActualFinish",
}
_FLOAT_TOLERANCE_MINUTES = 0.5  # as ours: tools store hours with few decimals


@dataclass(frozen=True)
class Side:
    """Compared and equal values per quantity; ``failed`` says why there are none."""

    compared: Counter[str]
    equal: Counter[str]
    failed: str = ""

    @property
    def share(self) -> float | None:
        return sum(self.equal.values()) / total if (total := sum(self.compared.values())) else None


def ours(path: Path) -> Side:
    """What ``watchfloor check`` says of the file."""
    try:
        stored = assess(read_in_child(path), AssessOptions()).stored
    except UnreadableFile as refusal:
        return Side(Counter(), Counter(), refusal.code)
    if stored is None:
        return Side(Counter(), Counter(), "no schedule")
    return Side(
        Counter({each.name: each.compared for each in stored.quantities}),
        Counter({each.name: each.equal for each in stored.quantities}),
    )


def mpxj(jpype: Any, path: Path) -> Side:
    """MPXJ reads the file, schedules it with the scheduler of its kind, and is compared with what it read."""
    compared: Counter[str] = Counter()
    equal: Counter[str] = Counter()
    try:
        file = jpype.JClass("org.mpxj.reader.UniversalProjectReader")().read(str(path))
        if file is None:
            return Side(compared, equal, "not a plan")
        properties = file.getProjectProperties()
        primavera = path.suffix == ".xer" or str(properties.getFileApplication() or "").startswith("Primavera")
        held = [(task, _values(jpype, task, properties)) for task in file.getTasks() if _counts(task)]
        name = "PrimaveraScheduler" if primavera else "MicrosoftScheduler"
        jpype.JClass(f"org.mpxj.cpm.{name}")().schedule(file, properties.getStartDate())
    except jpype.JException as problem:
        return Side(compared, equal, str(problem)[:200])
    for task, before in held:
        after = _values(jpype, task, properties)
        complete = before["actual_finish"] is not None
        levelled = _is_levelled(before)
        for quantity in QUANTITIES:
            if before[quantity] is None or (complete and quantity not in ("start", "finish")):
                continue
            if levelled and quantity in ("start", "finish"):
                continue
            compared[quantity] += 1
            equal[quantity] += _same(before[quantity], after[quantity])
    return Side(compared, equal)


def _counts(task: Any) -> bool:
    kind = str(task.getActivityType() or "")
    is_project = task.getID() is None or int(task.getID()) == 0  # the row of the whole project
    return not is_project and not task.getSummary() and kind not in {"LEVEL_OF_EFFORT", "WBS_SUMMARY"}


def _values(jpype: Any, task: Any, properties: Any) -> dict[str, Any]:
    """Moments as text to the minute, float in minutes; None where there is none."""
    found: dict[str, Any] = {}
    for name, getter in _GETTERS.items():
        value = getattr(task, getter)()
        if value is not None and name == "total_float":
            minutes = jpype.JClass("org.mpxj.TimeUnit").MINUTES
            found[name] = float(value.convertUnits(minutes, properties).getDuration())
        else:
            found[name] = None if value is None else str(value)[:16]
    return found


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, float):
        return isinstance(after, float) and abs(before - after) <= _FLOAT_TOLERANCE_MINUTES
    return bool(before == after)


def _is_levelled(values: dict[str, Any]) -> bool:
    early, start = values["early_start"], values["start"]
    return values["actual_start"] is None and early is not None and start is not None and start > early


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="one object instead of a table")
    given = parser.parse_args()
    jpype = java()
    rows = []
    for path in given.files:
        mine, peer = ours(path), mpxj(jpype, path) if jpype is not None else Side(Counter(), Counter(), "not installed")
        rows.append({"file": path.name, "ours": _told(mine), "mpxj": _told(peer)})
        if not given.json:
            print(f"{path.name:50} {_shown(mine):>28} {_shown(peer):>28}", flush=True)
    found = {
        "files": rows,
        "ours": _overall(rows, "ours"),
        "mpxj": _overall(rows, "mpxj"),
        "behind": [row["file"] for row in rows if (row["ours"]["share"] or 0) < (row["mpxj"]["share"] or 0)],
    }
    print(json.dumps(found, indent=1) if given.json else f"behind: {', '.join(found['behind']) or 'none'}")


def _told(side: Side) -> dict[str, Any]:
    return {"share": side.share, "compared": dict(side.compared), "equal": dict(side.equal), "failed": side.failed}


def _shown(side: Side) -> str:
    if side.failed:
        return side.failed[:28]
    return "–" if side.share is None else f"{sum(side.equal.values())}/{sum(side.compared.values())} {side.share:.1%}"


def _overall(rows: list[dict[str, Any]], name: str) -> float | None:
    compared = sum(sum(row[name]["compared"].values()) for row in rows)
    return sum(sum(row[name]["equal"].values()) for row in rows) / compared if compared else None


if __name__ == "__main__":
    main()
