"""SQL queries per page: a number each page keeps to, and which does not grow with the number of projects."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

# Highest number of queries each page may need, whatever the portfolio holds.
BUDGET = {
    "/": 75,
    "/?tab=milestones": 35,
    "/wall": 75,
    "/portfolio": 45,
    "/portfolio?by=programme&then=stage&facet=client&where=currency%3DEUR": 45,
    "/projects/P0-00": 60,
    "/projects/P0-00/activities": 30,
    "/projects/P0-00/activities?by=responsible&then=kind&colour=wbs&facet=kind&where=kind%3Dtask": 32,
    "/projects/P0-00/added": 25,
    "/projects/P0-00/interfaces": 25,
    "/interfaces": 20,
    "/projects/P0-00/costs": 55,
    "/projects/P0-00/costs/ledger": 30,
    "/rates": 25,
    "/alerts": 25,
    "/submissions": 40,
    "/projects/P0-00/periods": 30,
    "/imports": 30,
    "/feeds": 30,
    "/log": 25,
    "/?as_of=2026-03-12": 90,
    "/portfolio?as_of=2026-03-12": 50,
    "/projects/P0-00?as_of=2026-03-12": 70,
    "/projects/P0-00/compare?from=r1": 60,
}


def counted(client: Client, address: str) -> int:
    client.get(address)  # sessions and visits are written on the first look
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200, address
    return len(queries)


@pytest.mark.parametrize("role", ["administrator", "viewer"])
def test_queries_per_page_do_not_grow_with_the_number_of_projects(
    role: str, sign_in: Callable[[str], Client], projects_of: Callable[[int], None]
) -> None:
    projects_of(3)
    client = sign_in(role)
    # The journal takes a permission that a viewer does not have.
    addresses = [address for address in BUDGET if role != "viewer" or address != "/log"]
    few = {address: counted(client, address) for address in addresses}
    projects_of(4)
    many = {address: counted(client, address) for address in addresses}
    assert many == few
    over = {address: count for address, count in many.items() if count > BUDGET[address]}
    assert not over, over
