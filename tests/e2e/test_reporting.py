"""A manager reports on a phone, the PMO accepts on an open board, and the closed period is frozen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
PASSWORD = "Berth-4-is-late"


@pytest.fixture
def phone(server: str, browser: Any) -> Iterator[Any]:
    """Pia's phone, signed in."""
    context = browser.new_context(base_url=server, viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto("/sign-in?next=/projects/HA-02/submit")
    page.get_by_label("Name").fill("pia")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects/HA-02/submit")
    yield page
    context.close()


def test_two_taps_on_a_phone_report_and_the_pmo_accepts_and_freezes(phone: Any, page: Any) -> None:
    board = page.context.new_page()
    board.goto("/submissions")
    board.wait_for_selector(".live[data-state=on]")
    row = board.locator("tr", has_text="HA-02")
    expect(row.get_by_role("button", name="Ask for HA-02")).to_be_visible()
    # Two taps: as computed, submit.
    phone.get_by_role("link", name="As computed").tap()
    phone.wait_for_url("**from=computed")
    assert phone.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    # Tests before this one may have made the project late; then a report without a way back is refused.
    phone.get_by_label("Path to green").fill("A second crew from Monday.")
    phone.get_by_role("button", name="Submit").tap()
    phone.wait_for_url("**/periods/*")
    expect(phone.get_by_text("Waits for a decision")).to_be_visible()
    # The row of the open board follows by itself, with what the checks found.
    expect(row.get_by_text("Waits for a decision")).to_be_visible()
    accept = row.get_by_text("Accept", exact=True).first
    expect(accept).to_be_visible()
    expect(row.get_by_text("Checking")).to_have_count(0)
    row.get_by_role("link", name="HA-02").click()
    note = board.get_by_label("Why it is accepted though checks did not pass")
    if note.count():
        note.fill("Seen on site")
    board.get_by_role("button", name="Accept").click()
    board.locator(".toast").get_by_role("button", name="Undo").wait_for()
    # The manager's page says so without a reload; closing freezes it.
    expect(phone.get_by_text("Ada Admin").first).to_be_visible()
    board.once("dialog", lambda question: question.accept())
    board.get_by_role("button", name="Close the period").click()
    expect(board.get_by_text("Frozen").first).to_be_visible()
    expect(phone.get_by_text("Frozen").first).to_be_visible()
    board.get_by_text("Restate").first.wait_for()
