"""The schedule page in a browser: 20,000 activities and 25,000 dependencies, drawn, scrolled and seen as a whole.

``python -m benchmarks.schedule_page --json`` makes a project of that size in a throw-away folder, starts ``watchfloor
web``, opens the page in headless Chromium with software rendering on two cores, and measures

* ``first_draw_ms``: from the answer of the server to the end of the first drawing, the best of three loads;
* ``scroll_frame_ms``: median time of drawing one frame while scrolling down and to the right;
* ``zoomed_out_frame_ms``: the same with every bar on the page at once;
* ``payload_kb``: what the page loads of the plan, compressed;
* ``edit_p95_ms``: from letting go of a bar to the drawing of the forecast that comes of it, through ``watchfloor
  pipeline``: the whole project is forecast and simulated anew, and the page reads all of its columns again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.open_floor import free_port, seats_of, until_up

CODE = "BIG-01"
PER_NODE, LANES = 40, 10
_SCROLL = """async () => {
  const chart = document.querySelector('schedule-chart'), body = chart.querySelector('[data-part=body]');
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const times = [];
  for (let step = 0; step < 120; step++) { body.scrollBy(7, 431); await frame(); times.push(chart.drawMs); }
  return times;
}"""
_WHOLE = """async () => {
  const chart = document.querySelector('schedule-chart'), body = chart.querySelector('[data-part=body]');
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  document.querySelector('[data-schedule=show-all]').click();
  document.querySelector('[data-schedule=fit]').click();
  await frame();
  const times = [];
  for (let step = 0; step < 60; step++) {
    document.querySelector('[data-schedule=float]').click(); await frame(); times.push(chart.drawMs);
  }
  return times;
}"""


_EDIT = """async (times) => {
  const chart = document.querySelector('schedule-chart');
  const took = [];
  for (let at = 0; at < times; at++) {
    const began = performance.now();
    const drawn = new Promise((done, late) => {
      chart.addEventListener('redrawn', done, { once: true });
      setTimeout(() => late(new Error('no forecast came')), 60000);
    });
    await chart.send(chart.schedule.columns.key[at * 37], String(20 + at));
    await drawn;
    took.push(performance.now() - began);
  }
  return took;
}"""


def main() -> None:
    options = _options()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    with tempfile.TemporaryDirectory(prefix="watchfloor-bench-") as folder:
        os.environ["WATCHFLOOR_HOME"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")
        os.environ["WATCHFLOOR_PORT"] = str(options.port)
        os.environ["WATCHFLOOR_LOG_LEVEL"] = "WARNING"
        result = _measured(options)
    print(json.dumps(result, indent=None if options.json else 2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--activities", type=int, default=20_000)
    parser.add_argument("--dependencies", type=int, default=25_000)
    parser.add_argument("--edits", type=int, default=12)
    parser.add_argument("--chromium", default=os.environ.get("WATCHFLOOR_CHROMIUM", "chromium"))
    parser.add_argument("--port", type=int, default=free_port())
    parser.add_argument("--picture", type=Path, help="where to leave pictures of both views")
    parser.add_argument("--json", action="store_true", help="one line")
    return parser.parse_args()


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    from watchfloor.accounts import operations as accounts
    from watchfloor.accounts.models import User
    from watchfloor.cli.preparing import collect_assets, migrate
    from watchfloor.kit import clock
    from watchfloor.kit.viewer import SYSTEM

    migrate()
    collect_assets()
    made = _make_project(options.activities, options.dependencies)
    cookie = seats_of(1)[0].cookie.partition("=")[2]
    editor = User.objects.get(username="bench-0000")
    accounts.grant(SYSTEM, user_id=editor.pk, role="portfolio_manager", now=clock.now())
    running = [
        subprocess.Popen([sys.executable, "-m", "watchfloor.cli.main", part], process_group=0)
        for part in ("web", "pipeline")
    ]
    try:
        asyncio.run(until_up(options.port))
        return {**made, **_in_browser(options, cookie)}
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(15)


def _in_browser(options: argparse.Namespace, cookie: str) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    address = f"http://127.0.0.1:{options.port}"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_found(options.chromium), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "watchfloor", "value": cookie, "url": address}])
        page = context.new_page()
        sizes: list[int] = []
        page.on("response", lambda answer: sizes.append(_bytes(answer)))
        first = []
        for _ in range(3):
            page.goto(f"{address}/projects/{CODE}/schedule?show=all", wait_until="load")
            page.wait_for_selector("schedule-chart [data-part=work]:not([hidden])", timeout=120_000)
            page.wait_for_timeout(1_000)
            first.append(float(page.evaluate("document.querySelector('schedule-chart').firstDrawMs")))
        _picture(page, options, "rows")
        scroll = page.evaluate(_SCROLL)
        whole = page.evaluate(_WHOLE)
        _picture(page, options, "whole")
        edits = sorted(page.evaluate(_EDIT, options.edits)) if options.edits else []
        browser.close()
    return {
        "payload_kb": round(max(sizes) / 1000),
        "first_draw_ms": round(min(first), 1),
        "scroll_frame_ms": round(statistics.median(scroll), 2),
        "scroll_frame_p95_ms": round(sorted(scroll)[int(len(scroll) * 0.95)], 2),
        "zoomed_out_frame_ms": round(statistics.median(whole), 2),
        "edit_p50_ms": round(statistics.median(edits)) if edits else None,
        "edit_p95_ms": round(edits[int(len(edits) * 0.95)]) if edits else None,
    }


def _bytes(answer: Any) -> int:
    """What came over the wire of the plan's columns; nothing for all else."""
    is_plan = f"/api/v1/projects/{CODE}/schedule" in answer.url
    return int(answer.headers.get("content-length", 0)) if is_plan else 0


def _picture(page: Any, options: argparse.Namespace, name: str) -> None:
    if options.picture is not None:
        options.picture.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(options.picture / f"{name}.png"))


def _found(name: str) -> str:
    import shutil

    path = shutil.which(name)
    if path is None:
        raise SystemExit(f"no browser {name!r}: name one with --chromium")
    return path


def _make_project(activities: int, dependencies: int) -> dict[str, int]:
    """Lanes of work that cross now and then, in a breakdown of three levels; a tenth is done, some of it late."""
    from watchfloor.forecasts import operations as forecasts
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.plans import operations as plans
    from watchfloor.plans.document import (
        TICKS_PER_HOUR,
        Activity,
        Dependency,
        Plan,
        Shift,
        WbsNode,
        WorkCalendar,
    )
    from watchfloor.portfolio import operations as portfolio

    chance, now = random.Random(7), datetime(2026, 3, 2, 9, tzinfo=UTC)
    day = 8 * TICKS_PER_HOUR
    shifts = (Shift(8 * TICKS_PER_HOUR, 12 * TICKS_PER_HOUR), Shift(13 * TICKS_PER_HOUR, 17 * TICKS_PER_HOUR))
    nodes = [WbsNode(f"L{at}", f"Lot {at + 1}") for at in range(LANES)]
    count = -(-activities // PER_NODE)
    nodes += [WbsNode(f"N{at}", f"Section {at + 1}", parent=f"L{at % LANES}") for at in range(count)]
    rows = []
    for at in range(activities):
        ticks = chance.randint(2, 15) * day
        rows.append(
            Activity(
                f"A{at:05d}",
                f"{chance.choice(('Drive', 'Cast', 'Align', 'Grout', 'Inspect'))} part {at}",
                wbs=f"N{at // PER_NODE}",
                duration_ticks=ticks,
                remaining_ticks=ticks,
            )
        )
    links = {(at - 1, at) for at in range(1, activities) if at % PER_NODE}
    while len(links) < min(dependencies, activities * 3):
        # From one lane to a later place in another: long chains would leave the century.
        before, lane = chance.randrange(activities), chance.randrange(count)
        after = lane * PER_NODE + before % PER_NODE + chance.randint(1, PER_NODE // 2)
        if after < activities and after // PER_NODE == lane != before // PER_NODE:
            links.add((before, after))
    plan = Plan(
        code=CODE,
        name="Big",
        currency="EUR",
        data_date=datetime(2026, 3, 2, 8),
        start=datetime(2026, 3, 2, 8),
        calendar="5d",
        calendars=(WorkCalendar("5d", "Five days", (shifts,) * 5 + ((), ())),),
        wbs=tuple(nodes),
        activities=tuple(rows),
        dependencies=tuple(Dependency(f"A{before:05d}", f"A{after:05d}") for before, after in sorted(links)),
    )
    portfolio.set_up_organisation(SYSTEM, name="Bench", currency="EUR", time_zone="UTC", now=now)
    portfolio.create_programme(SYSTEM, code="BIG", name="Big", now=now)
    project = portfolio.create_project(SYSTEM, programme_code="BIG", code=CODE, name="Big", now=now)
    plans.record_plan(SYSTEM, project.id, plan, origin="import", now=now)
    forecasts.issue_forecast(project.id, now=now)
    return {"activities": activities, "dependencies": len(links)}


if __name__ == "__main__":
    main()
