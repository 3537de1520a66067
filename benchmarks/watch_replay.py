"""The sample organisation's half year replayed: what the watch found, how early, and what it cried wolf about.

    python -m benchmarks.watch_replay --json
    python -m benchmarks.watch_replay --seed 7 --json

Loads the sample of a seed into a database of its own and scores findings and alerts against what was planted. Beside
it stands the report that most organisations have: red, amber or green at the end of each period by bare thresholds
(CPI or SPI below 0.90, or a slip above 10 % of the remaining duration), seen on the Monday after.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

# What a person may be told by instead of the detector that is named for the trouble.
ALSO = {
    "finish_slip": {"milestone_at_risk", "float_exhausted"},
    "committed_milestone": {"finish_slip", "float_exhausted"},
    "cost_overrun": {"contingency_cover", "performance_trend"},
    "watermelon": set(),
    "missed_cut_off": set(),
    "float_erosion": set(),
    "overdue_work": set(),
    "stalled_progress": {"work_stuck"},
    "finish_held_by_edits": set(),
    "history_rewritten": set(),
    "logic_loss": set(),
    "interface_mismatch": {"milestone_at_risk"},
    "shared_supplier": {"finish_slip", "milestone_at_risk", "float_erosion"},
    "resource_overload": set(),
}
SLOW = {"finish_slip", "cost_overrun", "float_erosion", "watermelon", "shared_supplier", "committed_milestone"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", default="full", choices=("small", "full"))
    parser.add_argument("--home", help="an installation that holds the sample already; by default one is made")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="watch-replay-") as made:
        home = Path(asked.home or made)
        os.environ["WATCHFLOOR_HOME"] = str(home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")
        if asked.home is None:
            _load(asked.seed, asked.size)
        import django

        django.setup()
        scored = score(asked.seed, asked.size)
    if asked.json:
        print(json.dumps(scored, indent=1))
    else:
        for name, value in scored.items():
            print(f"{name}: {value}")


def _load(seed: int, size: str) -> None:
    for words in (("doctor", "--migrate"), ("sample", "load", "--size", size, "--seed", str(seed))):
        subprocess.run(
            [sys.executable, "-m", "watchfloor.cli.main", *words], check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip


def score(seed: int, size: str) -> dict[str, Any]:
    from watchfloor.alerts.models import Alert
    from watchfloor.detection.models import Finding
    from watchfloor.journal.models import Fact
    from watchfloor.portfolio.models import Project
    from watchfloor.sample.generator import generate

    as_of = date.fromisoformat(Fact.objects.filter(kind="sample.loaded").latest("id").data["as_of"])
    organisation = generate(seed=seed, as_of=as_of, size=size)
    codes = dict(Project.objects.values_list("id", "code"))
    findings = defaultdict(list)
    for row in Finding.objects.exclude(finding_class="record"):
        findings[codes[row.project_id]].append(row)
    alerts = [(codes[row.project_id], row) for row in Alert.objects.prefetch_related("findings")]
    reports = {code: _reference(pk) for pk, code in codes.items()}

    wanted = [each for each in organisation.planted if each.size.value in ("clear", "near")]
    rows: list[dict[str, Any]] = []
    for each in wanted:
        kinds = {each.expected, *ALSO[each.kind.value]} - {""}
        here = [row for row in findings[each.project] if row.detector in kinds and _stands(row, each.begins)]
        first = min((row.raised_at for row in here), default=None)
        seen = next((on for on in reports[each.project] if on >= each.begins), None)
        lead = None
        if first is not None:
            last = as_of if seen is None else seen
            lead = (last - first.date()).days / 7
        rows.append(
            {
                "kind": each.kind.value,
                "size": each.size.value,
                "project": each.project,
                "found": None if first is None else first.date().isoformat(),
                "by": sorted({row.detector for row in here}),
                "alerted": any(row.finding_class == "alarm" for row in here),
                "report": None if seen is None else seen.isoformat(),
                "lead_periods": None if lead is None else round(lead, 1),
            }
        )
    caught = [row for row in rows if row["found"]]
    both = [row for row in caught if row["report"]]
    troubled = {code for each in wanted for code in (each.project, *each.others)}
    disguised = {each.project for each in organisation.decoys}
    false = [(code, row) for code, row in alerts if code not in troubled]
    weeks: dict[tuple[str, tuple[int, int]], int] = defaultdict(int)
    desk: dict[tuple[int, int], int] = defaultdict(int)
    for code, row in alerts:
        week = row.raised_at.isocalendar()[:2]
        weeks[code[:2], week] += 1
        desk[week] += 1
    slow = [row["lead_periods"] for row in caught if row["kind"] in SLOW]
    return {
        "seed": seed,
        "planted": len(rows),
        "caught": len(caught),
        "caught_by_alert": sum(row["alerted"] for row in caught),
        "not_caught": [f"{row['kind']} {row['size']} {row['project']}" for row in rows if not row["found"]],
        "not_later_than_report": sum(row["found"] <= row["report"] for row in both),
        "also_in_report": len(both),
        "in_report": sum(row["report"] is not None for row in rows),
        "median_lead_periods": median(slow) if slow else None,
        "decoys": len(organisation.decoys),
        "alarms": len(alerts),
        "false_alarms": len(false),
        "false_alarms_of": sorted(f"{code} {row.code} {row.raised_at.date()}" for code, row in false),
        "decoys_that_alarmed": sorted({code for code, _row in alerts if code in disguised - troubled}),
        "precision": round(1 - len(false) / len(alerts), 3) if alerts else None,
        "alarms_per_week_per_programme_max": max(weeks.values(), default=0),
        "alarms_per_week_max": max(desk.values(), default=0),
        "notices": sum(row.finding_class == "notice" for each in findings.values() for row in each),
        "rows": rows,
    }


def _stands(row: Any, begins: date) -> bool:
    """A finding belongs to the trouble when it stood once that had begun; a day of grace for time zones."""
    return row.cleared_at is None or row.cleared_at.date() > begins or row.raised_at.date() >= begins - timedelta(1)


def _reference(project_id: int) -> list[date]:
    """Mondays on which the report by bare thresholds shows red or amber, oldest first."""
    from watchfloor.forecasts.models import Forecast, Reading

    newest: dict[date, int] = {}
    for pk, data_date in Forecast.objects.filter(project_id=project_id).order_by("id").values_list("id", "data_date"):
        if data_date is not None:
            newest[data_date.date()] = pk
    names = ("cpi", "spi")
    values: dict[int, dict[str, float]] = defaultdict(dict)
    for pk, name, value in Reading.objects.filter(forecast_id__in=newest.values(), name__in=names).values_list(
        "forecast_id", "name", "value"
    ):
        if value is not None:
            values[pk][name] = value
    rows = {row.pk: row for row in Forecast.objects.filter(pk__in=newest.values()).defer("block")}
    red = []
    for on, pk in sorted(newest.items()):
        row = rows[pk]
        remaining = (row.schedule_finish.date() - on).days * 5 / 7 if row.schedule_finish else 0
        slipped = remaining > 0 and row.slip_days is not None and row.slip_days > 0.10 * remaining
        if slipped or any(values[pk].get(name, 1.0) < 0.90 for name in names):
            red.append(on + timedelta(days=7 - on.weekday()))
    return red


if __name__ == "__main__":
    main()
