"""What a person does, in a real browser, on a real server with its pipeline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

# Not page.wait_for_function: it evaluates a string in the page, which the pages' own policy forbids.
pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
_SHEET = "code,name,duration,predecessors,budget\nX1,Dig,10d,,1000\nX2,Pour,10d,X1,2000\nX3,Open,0d,X2,\n"
PAGES = ("/", "/?tab=milestones", "/wall?rotate=off", "/portfolio", "/projects/HA-01", "/projects/HA-01/activities",
         "/projects/HA-01/activities/B", "/projects/HA-01/changes", "/projects/HA-01/figures/slip_days", "/alerts",
         "/submissions", "/projects/HA-01/periods", "/projects/HA-01/submit", "/imports", "/log",
         "/account", "/users", "/settings", "/projects/HA-01/schedule", "/incidents", "/silences", "/rotas",
         "/watch/escalation", "/watch/playbooks", "/watch/rules", "/watch/measures")  # fmt: skip


def test_whoever_is_not_signed_in_is_asked_to_sign_in_and_then_goes_on(server: str, browser: Any) -> None:
    context = browser.new_context(base_url=server)
    page = context.new_page()
    page.goto("/portfolio")
    assert "/sign-in" in page.url
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("do not match").wait_for()
    context.close()


def test_an_acknowledged_alert_shows_on_another_open_floor_without_reload(page: Any) -> None:
    watcher = page.context.new_page()
    watcher.goto("/")
    watcher.wait_for_selector(".live[data-state=on]")
    page.goto("/")
    unacknowledged = watcher.locator(".need.raised").count()
    assert unacknowledged >= 1
    page.locator("[data-key=acknowledge]").first.click()
    page.locator(".toast").get_by_role("button", name="Undo").wait_for()
    expect(watcher.locator(".need.raised")).to_have_count(unacknowledged - 1)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(watcher.locator(".need.raised")).to_have_count(unacknowledged)


def test_an_edit_moves_the_forecast_on_an_open_floor_and_undo_takes_it_back(page: Any) -> None:
    floor = page.context.new_page()
    floor.goto("/")
    floor.wait_for_selector(".live[data-state=on]")
    tile = floor.locator(".tile", has_text="HA-02")
    before = tile.locator(".slip").inner_text()
    page.goto("/projects/HA-02/activities/A")
    page.get_by_label("Duration, working hours").fill("480")
    page.get_by_label("Remaining, working hours").fill("480")
    page.get_by_role("button", name="Save").click()
    page.locator(".toast").get_by_role("button", name="Undo").wait_for()
    expect(tile.locator(".slip")).to_have_text(re.compile(r"\+\d+"))
    expect(tile.locator(".slip")).not_to_have_text(before)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    page.get_by_text("was taken back").wait_for()
    expect(tile.locator(".slip")).to_have_text(before)


def test_a_sheet_is_imported_and_its_result_page_fills_in_by_itself(page: Any, tmp_path: Path) -> None:
    sheet = tmp_path / "site.csv"
    sheet.write_text(_SHEET)
    page.goto("/imports")
    page.get_by_label("Choose a file").set_input_files(str(sheet))
    page.get_by_label("Updates the project").select_option("HA-03")
    page.get_by_role("button", name="Import").click()
    page.wait_for_url("**/imports/*")
    page.get_by_role("heading", name="What came in").wait_for(timeout=60_000)
    page.get_by_role("link", name="HA-03").first.click()
    page.wait_for_url("**/projects/HA-03")


def test_the_portfolio_filters_and_sorts_in_the_address(page: Any) -> None:
    page.goto("/portfolio")
    page.get_by_label("Search projects").fill("metro")
    page.wait_for_url("**q=metro**")
    expect(page.locator("#portfolio tbody tr")).to_have_count(3)
    page.get_by_role("link", name="± days").click()
    page.wait_for_url("**sort=-slip**")
    page.reload()
    assert page.locator("#portfolio tbody tr").count() == 3
    assert page.get_by_label("Search projects").input_value() == "metro"


def test_single_keys_lead_around(page: Any) -> None:
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/portfolio")
    page.keyboard.press("?")
    page.locator("#keys-help[open]").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_serious_accessibility_violation(page: Any, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=theme)
    found = []
    for address in PAGES:
        page.goto(f"{address}{'&' if '?' in address else '?'}theme={theme}")
        for each in Axe().run(page).response["violations"]:
            if each["impact"] in ("serious", "critical"):
                found.append((address, each["id"], [node["html"][:160] for node in each["nodes"][:2]]))
    assert not found, "\n".join(map(str, found))


def test_the_schedule_is_drawn_found_in_and_walked_by_keys(page: Any) -> None:
    page.goto("/projects/HA-01/schedule?show=all")
    page.wait_for_selector("schedule-chart [data-part=work]:not([hidden])")
    rows = page.locator(".sc-row:not([hidden])")
    everything = rows.count()
    assert everything >= 2
    page.locator(".sc-rows").focus()
    page.keyboard.press("End")
    page.locator(".sc-panel h2").wait_for()
    assert "sel=" in page.url or page.wait_for_url("**sel=**") is None
    # A row whose bar lies out of sight brings it into sight.
    page.locator(".sc-rows").focus()
    for _ in range(12):
        page.keyboard.press("+")
    body = page.locator("[data-part=body]")
    body.evaluate("body => { body.scrollLeft = body.scrollWidth; }")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        "() => { const b = document.querySelector('[data-part=body]');"
        " return b.scrollLeft < b.scrollWidth - b.clientWidth - 1; }"
    )
    page.locator("#schedule-find").fill("no such thing")
    page.get_by_text("Nothing matches.").wait_for()
    page.locator("#schedule-find").fill("")
    page.get_by_role("button", name="Fit").click()
    assert page.get_by_role("button", name="Fit").get_attribute("aria-pressed") == "true"
    # The canvas holds more than its background: bars were drawn.
    colours = page.evaluate(
        "() => { const c = document.querySelector('[data-part=bars]'); const d = new Uint32Array("
        "c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer); return new Set(d).size; }"
    )
    assert colours > 3


@pytest.mark.parametrize(
    "address", ["/", "/alerts", "/projects/HA-01", "/imports", "/portfolio", "/projects/HA-01/schedule", "/incidents"]
)
def test_a_phone_never_scrolls_sideways(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
