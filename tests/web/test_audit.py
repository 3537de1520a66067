"""The journal page: who may read it, its filters, its exports, and what it says of its chain."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.models import User
from watchfloor.journal.models import Fact
from watchfloor.journal.operations import chained_digest
from watchfloor.journal.verifying import state_head
from watchfloor.kit import clock
from watchfloor.kit.viewer import SYSTEM
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio.queries import project


@pytest.fixture
def member(client: Client, projects_of: Callable[[int], None], people: dict[str, User]) -> Client:
    """Somebody who may read the journal of the first project and only see the second."""
    projects_of(2)
    made = accounts.create_user(SYSTEM, username="member", now=clock.now())
    accounts.grant(SYSTEM, user_id=made.id, role="member", project_code="P0-00", now=clock.now())
    accounts.grant(SYSTEM, user_id=made.id, role="viewer", project_code="P1-01", now=clock.now())
    client.force_login(User.objects.get(pk=made.id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def exported(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]


def test_reading_the_journal_takes_its_permission_on_the_project(member: Client, people: dict[str, User]) -> None:
    assert "P0-00" in text(member, "/log")
    assert "P1-01" not in text(member, "/log?show=all")
    assert member.get("/log?project=P1-01").status_code == 403
    assert member.get("/log?project=P9").status_code == 404
    assert "P1-01" not in exported(member, "/log.csv")
    assert member.post("/log/verify").status_code == 403
    assert "Is this record untouched?" not in text(member, "/log")
    member.force_login(people["viewer"], backend="django.contrib.auth.backends.ModelBackend")
    assert member.get("/log").status_code == 403
    assert member.get("/log.json").status_code == 403
    assert 'href="/log' not in text(member, "/")


def test_filters_narrow_by_kind_person_day_subject_and_word(
    projects_of: Callable[[int], None], sign_in: Callable[[str], Client]
) -> None:
    projects_of(2)
    client = sign_in("administrator")
    home = project(SYSTEM, "P0-00")
    portfolio.change_project(SYSTEM, home.id, name="=Quay", now=clock.now())
    every = Fact.objects.count()
    assert text(client, "/log?show=all").count("<tr data-row") == min(every, 200)
    for query, left in (
        ("kind=project.changed", Fact.objects.filter(kind="project.changed").count()),
        (f"subject=project:{home.id}", Fact.objects.filter(subject_kind="project", subject_id=home.id).count()),
        ("project=P0-00&kind=plan.revised", Fact.objects.filter(kind="plan.revised", project_id=home.id).count()),
        ("person=nobody", 0),
        ("since=2026-03-10", Fact.objects.filter(recorded_at__gte="2026-03-09T23:00Z").count()),
        ("until=2026-03-02", Fact.objects.filter(recorded_at__lt="2026-03-02T23:00Z").count()),
        ("q=committed_finish", 0),
        ("q=PROJECT.CHANGED", Fact.objects.filter(kind="project.changed").count()),
    ):
        assert text(client, f"/log?show=all&{query}").count("<tr data-row") == min(left, 200), query
    assert client.get("/log?since=yesterday").status_code == 422
    assert client.get("/log.csv?subject=alert:x").status_code == 422


def test_pages_go_by_id_and_lose_nothing(projects_of: Callable[[int], None], sign_in: Callable[[str], Client]) -> None:
    projects_of(1)
    client = sign_in("administrator")
    seen: list[int] = []
    for number in range(230):
        portfolio.create_client(SYSTEM, code=f"C{number}", name="C", now=clock.now() + timedelta(seconds=number))
    address = "/log?show=all"
    for _page in range(4):
        page = text(client, address)
        seen += [int(part.split("<", 1)[0]) for part in page.split('<th scope="row" class="num">')[1:]]
        if "before=" not in page.split("Older")[0].rsplit("href", 1)[-1]:
            break
        address = f"/log?show=all&before={seen[-1]}"
    assert seen == sorted(Fact.objects.values_list("id", flat=True), reverse=True)


def test_exports_hold_what_the_chain_is_computed_from_and_no_formulas(
    projects_of: Callable[[int], None], sign_in: Callable[[str], Client]
) -> None:
    projects_of(1)
    client = sign_in("administrator")
    accounts.create_user(SYSTEM, username="eve", full_name="=cmd()", now=clock.now())
    said = json.loads(exported(client, "/log.json"))
    assert said["next_after"] is None
    assert len(said["facts"]) == Fact.objects.count()
    previous = ""
    for row in said["facts"]:
        digest = row.pop("digest")
        fact = Fact(**{**row, "recorded_at": Fact.objects.get(pk=row["id"]).recorded_at})
        assert chained_digest(previous, fact) == digest
        previous = digest
    assert len(exported(client, "/log.csv").splitlines()) == len(said["facts"]) + 1
    assert "\n=" not in exported(client, "/log.csv")


def test_the_page_verifies_the_chain_and_a_head_copied_earlier(
    projects_of: Callable[[int], None], sign_in: Callable[[str], Client]
) -> None:
    projects_of(1)
    client = sign_in("administrator")
    stated = state_head(now=clock.now()).stated
    assert "wfj1." in text(client, "/log")
    assert "never verified" in text(client, "/log")
    told = client.post("/log/verify", {"head": stated}, follow=True).content.decode()
    assert "still holds that head" in told
    assert "unbroken up to fact" in told
    newest = Fact.objects.latest("id")
    newest.delete()
    assert "newest facts were cut off" in client.post("/log/verify", {"head": stated}, follow=True).content.decode()
    Fact.objects.filter(pk=Fact.objects.earliest("id").pk).update(actor_name="Eve")
    told = client.post("/log/verify", {"full": "yes"}, follow=True).content.decode()
    assert "does not follow" in told
    assert "This is no head" in client.post("/log/verify", {"head": "wfj1.x"}, follow=True).content.decode()
