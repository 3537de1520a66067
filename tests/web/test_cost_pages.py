"""The cost page, reports brought in by a person, reserves that take two, and the rates page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.models import User
from watchfloor.forecasts.operations import issue_forecast
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.plans import operations as plans
from watchfloor.plans import queries
from watchfloor.portfolio import queries as portfolio

REPORT = "Konto;Monat;Betrag;Währung;Belegnummer\nCA-1;2026-02;1.234,50;EUR;R1\nCA-1;2026-02;65,50;EUR;R2\n"
PAGE = "/projects/P0-00/costs"


@pytest.fixture
def project(projects_of: Callable[[int], None]) -> int:
    projects_of(1)
    pk = portfolio.project(SYSTEM, "P0-00").id
    plans.set_control_account(SYSTEM, pk, "CA-1", name="All works", now=clock.now())
    return pk


def uploaded(client: Client, text: str = REPORT) -> str:
    file = SimpleUploadedFile("february.csv", text.encode(), content_type="text/csv")
    return str(client.post(f"{PAGE}/report", {"file": file}).headers["Location"])


SAID = {
    "name": "ERP south", "column-account": "konto", "column-period": "monat", "column-amount": "betrag",
    "column-currency": "währung", "column-reference": "belegnummer", "kind": "actual", "decimal": ",",
    "dates": "ymd", "sign": "plain",
}  # fmt: skip


def test_a_line_that_a_report_sent_again_lacks_leads_to_its_row(project: int, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("administrator")
    client.post(uploaded(client), {**SAID, "do": "record"})
    address = uploaded(client, REPORT.replace("1.234,50;EUR;R1", "1.000,00;EUR;R3"))
    checked = client.post(address, {**SAID, "do": "check"}).content.decode()
    assert "In the ledger, but not in this report" in checked
    link = f"{PAGE}/ledger?account=CA-1&amp;kind=actual&amp;batch=1"
    assert link in checked
    assert "€1,234.50" in client.get(link.replace("&amp;", "&")).content.decode()
    recorded = client.post(address, {**SAID, "do": "record"}, follow=True).content.decode()
    assert "1 line of an earlier report for the same periods is not in this one" in recorded
    assert queries.ledger(SYSTEM, project).count == 3


def test_a_report_is_mapped_looked_at_reconciled_and_recorded(project: int, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("administrator")
    address = uploaded(client)
    first = client.get(address).content.decode()
    assert "The kind of cost is not clear" in first
    said = {**SAID, "total-EUR": "1301.00"}
    checked = client.post(address, {**said, "do": "check"}).content.decode()
    assert "differs by" in checked
    refused = client.post(address, {**said, "do": "record"})
    assert refused.status_code == 422
    assert queries.ledger(SYSTEM, project).count == 0
    assert client.post(address, {**said, "total-EUR": "1300.00", "do": "record"}).status_code == 302
    assert queries.ledger(SYSTEM, project).value_minor == 130_000
    issue_forecast(project, now=clock.now())
    shown = client.get(PAGE).content.decode()
    assert "CA-1" in shown
    assert "€1,300.00" in shown
    ledger = client.get(f"{PAGE}/ledger?kind=spent&until=2026-02-28").content.decode()
    assert "R1" in ledger
    assert "ledger?kind=spent&amp;until=2026-02-28" in client.get("/projects/P0-00/figures/ac_minor").content.decode()
    # Next month the mapping is known, and the same lines are not recorded twice.
    again = client.get(uploaded(client)).content.decode()
    assert 'value="ERP south"' in again
    assert "2 in the ledger already" in again


def test_a_bad_cell_is_shown_with_its_row_and_remedy(project: int, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("administrator")
    address = uploaded(client, "Account,Kind,Period,Amount,Currency\nCA-2,actual,2026-02,1,EUR\n")
    page = client.get(address).content.decode()
    assert "is no control account" in page
    assert "The nearest are: CA-1" in page
    assert client.post(address, {"do": "discard"}).status_code == 302
    assert client.get(address).status_code == 302


def test_a_drawdown_is_proposed_by_one_and_approved_by_another(
    project: int, people: dict[str, User], sign_in: Callable[[str], Client]
) -> None:
    made = accounts.create_user(
        SYSTEM, username="board", full_name="Board", password="Berth-4-is-late", now=clock.now()
    )
    accounts.grant(SYSTEM, user_id=made.id, role="approver", now=clock.now())
    board = Client()
    board.force_login(User.objects.get(pk=made.id), backend="django.contrib.auth.backends.ModelBackend")
    first = sign_in("administrator")
    form = {"kind": "management", "direction": "add", "amount": "500", "reason": "Board minute 4"}
    assert first.post(f"{PAGE}/reserves", form).status_code == 302
    change = queries.reserves(SYSTEM, project)[1].changes[0]
    assert first.post(f"{PAGE}/reserves/{change.id}/decide", {"do": "approve"}).status_code == 403
    assert "Board minute 4" in board.get(PAGE).content.decode()
    assert board.post(f"{PAGE}/reserves/{change.id}/decide", {"do": "approve"}).status_code == 302
    assert queries.reserves(SYSTEM, project)[1].balance_minor == 50_000


def test_rates_by_hand_and_from_the_bundled_history(project: int, sign_in: Callable[[str], Client]) -> None:
    client = sign_in("administrator")
    one = {"do": "one", "base": "usd", "quote": "EUR", "on": "2026-03-02", "value": "0.91"}
    assert client.post("/rates", one).status_code == 302
    taken = {"do": "history", "currencies": ["GBP"], "first": "2026-03-02", "last": "2026-03-04"}
    assert client.post("/rates", taken).status_code == 302
    page = client.get("/rates").content.decode()
    assert "1 USD → EUR" in page
    assert "ECB, bundled" in page
    assert client.post("/rates", {**one, "value": "none"}).status_code == 422


def test_who_sees_no_costs_finds_no_way_to_them(project: int, people: dict[str, User]) -> None:
    made = accounts.create_user(SYSTEM, username="member", password="Berth-4-is-late", now=clock.now())
    accounts.grant(SYSTEM, user_id=made.id, role="member", now=clock.now())
    client = Client()
    client.force_login(User.objects.get(pk=made.id), backend="django.contrib.auth.backends.ModelBackend")
    assert f'href="{PAGE}"' not in client.get("/projects/P0-00").content.decode()
    assert {client.get(each).status_code for each in (PAGE, f"{PAGE}/ledger", "/rates")} == {403}
