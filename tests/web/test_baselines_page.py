"""The baselines of a project in the browser: proposed by one, approved by another, labelled wherever they are used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from small_plans import plan_of, task

from watchfloor.accounts import operations as accounts
from watchfloor.accounts.models import User
from watchfloor.kit.viewer import SYSTEM
from watchfloor.pipeline.straight import run_until_idle
from watchfloor.plans import operations as plan_operations
from watchfloor.plans import queries as plans
from watchfloor.plans.document import Dependency
from watchfloor.portfolio import operations as portfolio

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def project_id(people: dict[str, User]) -> int:
    """A project whose second revision is late, with nothing approved."""
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    pk = portfolio.create_project(SYSTEM, programme_code="HB", code="HB-01", name="Quay", country="DE", now=NOW).id
    for days, now in ((20, NOW), (40, NOW + timedelta(hours=1))):
        plan = plan_of(task("A", days, budget_minor=500_000), task("B", 20, budget_minor=1), Dependency("A", "B"))
        plan_operations.record_plan(SYSTEM, pk, plan, origin="import", now=now)
        run_until_idle(lambda moment=now: moment)
    return pk


def client_of(name: str) -> Client:
    """Another administrator in a browser of their own."""
    made = accounts.create_user(SYSTEM, username=name, full_name=name.title(), password="Berth-4-is-late", now=NOW)
    accounts.grant(SYSTEM, user_id=made.id, role="administrator", now=NOW)
    client = Client()
    client.force_login(User.objects.get(pk=made.id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(client: Client, path: str, **more: object) -> str:
    answer = client.get(path, **more)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/projects/HB-01",
        "/projects/HB-01/activities",
        "/projects/HB-01/activities/A",
        "/projects/HB-01/figures/slip_days",
        "/projects/HB-01/figures/bei",
        "/projects/HB-01/baselines",
        "/projects/HB-01/changes",
        "/",
    ],
)
def test_what_is_held_against_a_provisional_baseline_says_so(
    project_id: int, sign_in: Callable[[str], Client], path: str
) -> None:
    assert "rovisional" in text(sign_in("viewer"), path)


def test_the_portfolio_labels_each_variance_against_a_provisional_baseline(
    project_id: int, sign_in: Callable[[str], Client]
) -> None:
    assert text(sign_in("viewer"), "/portfolio").count("Provisional baseline") >= 3  # slip, CPI, EAC


def test_one_proposes_another_approves_and_the_label_goes(project_id: int) -> None:
    ada, ben = client_of("ada"), client_of("ben")
    page = "/projects/HB-01/baselines"
    assert ada.post(page, {"name": "Contract", "source": "revision:1", "reason": "Signed"}).status_code == 302
    (proposed, _provisional) = plans.baselines(SYSTEM, project_id)
    own = text(ada, page)
    assert "You proposed it, so somebody else approves it." in own
    assert f"{page}/{proposed.id}/approve" not in own
    assert ada.post(f"{page}/{proposed.id}/approve").status_code == 403
    assert f"{page}/{proposed.id}/approve" in text(ben, page)
    assert ben.post(f"{page}/{proposed.id}/approve").status_code == 302
    run_until_idle(lambda: NOW + timedelta(hours=2))
    shown = text(ben, page)
    assert "approved by Ben" in shown
    assert "proposed by Ada" in shown
    # An alert of before still says what it was raised against; no figure is labelled any more.
    assert 'class="against"' not in text(ben, "/projects/HB-01")
    compared = text(ben, f"{page}/{proposed.id}?show=later")
    assert "2 in both, 2 of them later" in compared
    assert "+28" in compared


def test_a_re_baseline_without_authority_is_refused_beside_the_field_and_keeps_what_was_typed(project_id: int) -> None:
    ada, ben = client_of("ada"), client_of("ben")
    page = "/projects/HB-01/baselines"
    ada.post(page, {"name": "Contract", "source": "revision:1"})
    ben.post(f"{page}/{plans.baselines(SYSTEM, project_id)[0].id}/approve")
    answer = ada.post(page, {"name": "Second", "source": "now", "reason": "Scope grew"})
    assert answer.status_code == 422
    assert "Say why, and who decided it." in answer.content.decode()
    assert 'value="Scope grew"' in answer.content.decode()
    amended = ada.post(f"{page}/amend", {"name": "CO 1", "activities": "A", "reason": "Rock", "authority": "Board"})
    assert amended.status_code == 302
    (newest, *_others) = plans.baselines(SYSTEM, project_id)
    assert (newest.act, newest.kind, newest.scope.activities) == ("amendment", "proposed", ("A",))
    assert ada.post(f"{page}/{newest.id}/withdraw").status_code == 302
    assert plans.baselines(SYSTEM, project_id)[0].kind == "withdrawn"
    ada.post(page, {"name": "Second", "source": "now", "reason": "Scope grew", "authority": "Board"})
    ben.post(f"{page}/{plans.baselines(SYSTEM, project_id)[0].id}/approve")
    run_until_idle(lambda: NOW + timedelta(hours=3))
    overview = text(ben, "/projects/HB-01")
    assert "re-baselined 1 time" in overview
    assert "against the original" in overview
