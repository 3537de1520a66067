"""Accounts: roles reach where they are granted, secrets are stored as digests, links work once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from watchfloor.accounts import operations, queries
from watchfloor.accounts.models import ApiToken, Role, SignInLink, User
from watchfloor.accounts.roles import READING, ROLE_PERMISSIONS
from watchfloor.journal.queries import facts
from watchfloor.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from watchfloor.kit.viewer import PERMISSIONS, SYSTEM
from watchfloor.portfolio import operations as portfolio
from watchfloor.portfolio.queries import clients as parties
from watchfloor.portfolio.queries import project as project_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def seed() -> None:
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    portfolio.create_programme(SYSTEM, code="HB-S", name="South", parent="HB", now=NOW)
    portfolio.create_programme(SYSTEM, code="MW", name="Metro", now=NOW)
    for programme, code in (("HB", "HB-01"), ("HB-S", "HB-02"), ("MW", "MW-01")):
        portfolio.create_project(SYSTEM, programme_code=programme, code=code, name=code, now=NOW)


def viewer(name: str, role: str | None = None, **scope: str):  # type: ignore[no-untyped-def]
    user = operations.create_user(SYSTEM, username=name, full_name=name.title(), now=NOW)
    if role:
        operations.grant(SYSTEM, user_id=user.id, role=role, now=NOW, **scope)
    return queries.viewer_by_id(user.id)


def ids(*codes: str) -> frozenset[int]:
    return frozenset(project_of(SYSTEM, code).id for code in codes)


def test_every_role_has_its_permissions_and_only_known_ones() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role.values)
    assert all(granted <= set(PERMISSIONS) for granted in ROLE_PERMISSIONS.values())


def test_a_role_on_a_programme_reaches_nested_programmes_and_nothing_beside() -> None:
    seed()
    found = viewer("paula", Role.PROGRAMME_MANAGER, programme_code="HB")
    assert found.project_ids() == ids("HB-01", "HB-02")
    assert found.may("baseline.approve", project_of(SYSTEM, "HB-02").id)
    assert not found.may("project.view", project_of(SYSTEM, "MW-01").id)


def test_a_role_on_a_project_reaches_that_project_alone() -> None:
    seed()
    found = viewer("pia", Role.PROJECT_MANAGER, project_code="HB-01")
    assert found.project_ids() == ids("HB-01")
    assert not found.may("baseline.approve", project_of(SYSTEM, "HB-01").id)


def test_a_role_on_a_client_reaches_exactly_its_projects_also_those_made_later() -> None:
    portfolio.create_programme(SYSTEM, code="HB", name="Harbour", now=NOW)
    for code in ("A", "B"):
        portfolio.create_client(SYSTEM, code=code, name=code, now=NOW)
        portfolio.create_project(SYSTEM, programme_code="HB", code=f"{code}-01", name=code, client_code=code, now=NOW)
    portfolio.create_project(SYSTEM, programme_code="HB", code="OWN", name="For nobody", now=NOW)
    user = viewer("carla", Role.PROJECT_MANAGER, client_code="A").user_id
    assert queries.viewer_by_id(user).project_ids() == ids("A-01")
    assert not queries.viewer_by_id(user).may_in_programme("project.view", project_of(SYSTEM, "A-01").programme_id)
    portfolio.create_project(SYSTEM, programme_code="HB", code="A-02", name="Later", client_code="A", now=NOW)
    assert queries.viewer_by_id(user).project_ids() == ids("A-01", "A-02")
    portfolio.change_project(SYSTEM, project_of(SYSTEM, "A-01").id, client_code="B", now=NOW)
    found = queries.viewer_by_id(user)
    assert found.project_ids() == ids("A-02")
    assert [each.code for each in parties(found)] == ["A"]


def test_a_client_is_known_to_those_it_was_given_to_before_it_has_a_project() -> None:
    portfolio.create_client(SYSTEM, code="A", name="A", now=NOW)
    portfolio.create_client(SYSTEM, code="B", name="B", now=NOW)
    found = viewer("carla", Role.VIEWER, client_code="A")
    assert [each.code for each in parties(found)] == ["A"]
    assert found.fingerprint != viewer("vera", Role.VIEWER, client_code="B").fingerprint


def test_whoever_sees_a_project_by_its_client_cannot_give_it_to_another_client() -> None:
    seed()
    for code in ("A", "B"):
        portfolio.create_client(SYSTEM, code=code, name=code, now=NOW)
    project = portfolio.change_project(SYSTEM, project_of(SYSTEM, "HB-01").id, client_code="A", now=NOW)
    portfolio.change_project(SYSTEM, project_of(SYSTEM, "HB-02").id, client_code="B", now=NOW)
    user = viewer("carla", Role.PROJECT_MANAGER, client_code="A").user_id
    operations.grant(SYSTEM, user_id=user, role=Role.VIEWER, client_code="B", now=NOW)
    with pytest.raises(NotAllowed):
        portfolio.change_project(queries.viewer_by_id(user), project.id, client_code="B", now=NOW)


def test_a_role_on_a_company_of_ours_reaches_its_projects() -> None:
    seed()
    portfolio.create_legal_entity(SYSTEM, code="UK", name="UK", now=NOW)
    portfolio.change_project(SYSTEM, project_of(SYSTEM, "MW-01").id, legal_entity_code="UK", now=NOW)
    found = viewer("uma", Role.PORTFOLIO_MANAGER, legal_entity_code="UK")
    assert found.project_ids() == ids("MW-01")
    assert queries.manager_of(project_of(SYSTEM, "MW-01").id).id == found.user_id
    assert queries.manager_of(project_of(SYSTEM, "HB-01").id) is None


def test_a_guest_has_an_end_and_a_place_and_sees_neither_money_nor_notes() -> None:
    portfolio.create_client(SYSTEM, code="A", name="A", now=NOW)
    user = operations.create_user(SYSTEM, username="gina", now=NOW)
    with pytest.raises(Invalid, match="ends by itself"):
        operations.grant(SYSTEM, user_id=user.id, role=Role.GUEST, client_code="A", now=NOW)
    operations.set_expiry(SYSTEM, user.id, NOW + timedelta(days=30), now=NOW)
    with pytest.raises(Invalid, match="never the whole organisation"):
        operations.grant(SYSTEM, user_id=user.id, role=Role.GUEST, now=NOW)
    operations.grant(SYSTEM, user_id=user.id, role=Role.GUEST, client_code="A", now=NOW)
    with pytest.raises(Conflict):
        operations.set_expiry(SYSTEM, user.id, None, now=NOW)
    assert ROLE_PERMISSIONS[Role.GUEST].isdisjoint({"cost.view", "internal.view", "journal.view"})


def test_an_account_ends_to_the_minute_and_everywhere() -> None:
    ends = NOW + timedelta(days=1)
    user = operations.create_user(SYSTEM, username="gina", expires_at=ends, now=NOW)
    operations.grant(SYSTEM, user_id=user.id, role=Role.VIEWER, now=NOW)
    row = User.objects.get(pk=user.id)
    _token, secret = operations.create_token(queries.viewer_of(row), name="t", now=NOW)
    link = operations.create_sign_in_link(user, NOW, life=timedelta(days=3))
    assert queries.viewer_of(row, now=ends - timedelta(seconds=1)).may("project.view")
    assert queries.viewer_of(row, now=ends).user_id is None
    assert queries.viewer_for_token(secret, ends) is None
    with pytest.raises(NotFound):
        operations.redeem_sign_in_link(link, ends)
    assert operations.end_expired(now=ends) == 1
    assert operations.end_expired(now=ends) == 0
    assert queries.viewer_by_id(user.id).user_id is None
    assert facts(SYSTEM, newest_first=True)[0].data["expired"]
    operations.set_expiry(SYSTEM, user.id, ends + timedelta(days=9), now=ends)
    assert queries.viewer_by_id(user.id).may("project.view")


def test_a_role_on_the_organisation_reaches_everything_now_and_later() -> None:
    found = viewer("oda", Role.DUTY_OFFICER)
    assert found.project_ids() is None
    assert found.may("alert.act")
    assert not found.may("plan.edit")


def test_two_users_with_equal_rights_share_a_fingerprint_and_others_do_not() -> None:
    seed()
    one = viewer("a", Role.VIEWER, project_code="HB-01")
    two = viewer("b", Role.VIEWER, project_code="HB-01")
    three = viewer("c", Role.VIEWER, project_code="HB-02")
    assert one.fingerprint == two.fingerprint != three.fingerprint


def test_nobody_and_disabled_users_may_nothing() -> None:
    seed()
    assert queries.viewer_of(AnonymousUser()).project_ids() == frozenset()
    found = viewer("gone", Role.PORTFOLIO_MANAGER)
    operations.set_active(SYSTEM, found.user_id, False, now=NOW)
    assert queries.viewer_by_id(found.user_id).project_ids() == frozenset()


def test_a_token_speaks_for_its_owner_until_revoked_and_only_its_digest_is_stored() -> None:
    seed()
    owner = viewer("tom", Role.PROJECT_MANAGER, project_code="HB-01")
    token, secret = operations.create_token(owner, name="ci", now=NOW)
    assert secret.startswith("wf_")
    assert secret not in str(list(ApiToken.objects.values()))
    assert operations.use_token(secret, NOW).project_ids() == owner.project_ids()
    assert queries.tokens(owner)[0].last_used_at == NOW
    operations.revoke_token(owner, token.id, now=NOW)
    assert queries.viewer_for_token(secret, NOW) is None


def test_a_read_only_token_cannot_change_anything_its_owner_may() -> None:
    seed()
    owner = viewer("tom", Role.ADMINISTRATOR)
    _token, secret = operations.create_token(owner, name="ci", read_only=True, now=NOW)
    assert queries.viewer_for_token(secret, NOW).organisation == READING


def test_a_token_ends_when_it_expires_and_with_its_owner() -> None:
    owner = viewer("tom", Role.PORTFOLIO_MANAGER)
    _token, secret = operations.create_token(owner, name="ci", expires_at=NOW + timedelta(days=1), now=NOW)
    assert queries.viewer_for_token(secret, NOW + timedelta(days=2)) is None
    operations.set_active(SYSTEM, owner.user_id, False, now=NOW)
    assert queries.viewer_for_token(secret, NOW) is None


def test_nobody_revokes_or_sees_the_token_of_another() -> None:
    one, two = viewer("one", Role.MEMBER), viewer("two", Role.ADMINISTRATOR)
    token, _secret = operations.create_token(one, name="ci", now=NOW)
    with pytest.raises(NotFound):
        operations.revoke_token(two, token.id, now=NOW)
    assert queries.tokens(two) == ()


def test_a_sign_in_link_works_once_and_not_after_its_end() -> None:
    user = operations.create_user(SYSTEM, username="lena", now=NOW)
    secret = operations.create_sign_in_link(user, NOW)
    assert secret not in str(list(SignInLink.objects.values()))
    assert operations.redeem_sign_in_link(secret, NOW).pk == user.id
    with pytest.raises(NotFound):
        operations.redeem_sign_in_link(secret, NOW)
    late = operations.create_sign_in_link(user, NOW)
    with pytest.raises(NotFound):
        operations.redeem_sign_in_link(late, NOW + timedelta(days=2))


def test_the_last_administrator_can_neither_be_disabled_nor_lose_the_role() -> None:
    admin = operations.first_administrator(NOW)
    assert operations.first_administrator(NOW).id == admin.id
    (role,) = queries.grants(SYSTEM, admin.id)
    with pytest.raises(Conflict):
        operations.set_active(SYSTEM, admin.id, False, now=NOW)
    with pytest.raises(Conflict):
        operations.revoke(SYSTEM, role.id, now=NOW)


def test_only_who_manages_users_changes_them() -> None:
    seed()
    found = viewer("paula", Role.PORTFOLIO_MANAGER)
    with pytest.raises(NotAllowed):
        operations.create_user(found, username="x", now=NOW)
    with pytest.raises(NotAllowed):
        operations.grant(found, user_id=found.user_id, role=Role.ADMINISTRATOR, now=NOW)
    with pytest.raises(NotAllowed):
        queries.grants(found)
    assert [each.id for each in queries.users(found)] == [found.user_id]


def test_the_nearest_person_answers_for_a_project() -> None:
    seed()
    above = viewer("above", Role.PROGRAMME_MANAGER, programme_code="HB")
    project_id = project_of(SYSTEM, "HB-02").id
    assert queries.manager_of(project_id).id == above.user_id
    nearer = viewer("nearer", Role.PROGRAMME_MANAGER, programme_code="HB-S")
    assert queries.manager_of(project_id).id == nearer.user_id
    own = viewer("own", Role.PROJECT_MANAGER, project_code="HB-02")
    assert queries.manager_of(project_id).id == own.user_id
    operations.set_active(SYSTEM, own.user_id, False, now=NOW)
    assert queries.manager_of(project_id).id == nearer.user_id
    assert queries.manager_of(project_of(SYSTEM, "MW-01").id) is None


def test_who_may_act_on_an_alert_is_told_to_those_who_see_the_project() -> None:
    seed()
    duty = viewer("duty", Role.DUTY_OFFICER)
    manager = viewer("pm", Role.PROJECT_MANAGER, project_code="HB-01")
    viewer("watcher", Role.VIEWER)
    found = queries.users_who_may(manager, "alert.act", project_of(SYSTEM, "HB-01").id)
    assert {each.id for each in found} == {duty.user_id, manager.user_id}
    with pytest.raises(NotFound):
        queries.users_who_may(manager, "alert.act", project_of(SYSTEM, "MW-01").id)


def test_every_change_of_access_is_a_fact_that_names_the_user() -> None:
    seed()
    found = viewer("pia", Role.PROJECT_MANAGER, project_code="HB-01")
    rows = facts(SYSTEM, kinds=("access.changed",))
    assert [row.data["user"] for row in rows] == [found.user_id, found.user_id]


def test_preferences_are_checked() -> None:
    found = viewer("pia")
    changed = operations.set_preferences(found, time_zone="Asia/Dubai", country="ae", theme="dark", now=NOW)
    assert (changed.time_zone, changed.country, changed.theme) == ("Asia/Dubai", "AE", "dark")
    for wrong in ({"time_zone": "Mars/Olympus"}, {"theme": "pink"}, {"is_staff": True}, {"email": "nope"}):
        with pytest.raises(Invalid):
            operations.set_preferences(found, now=NOW, **wrong)


def test_the_last_visit_never_goes_back() -> None:
    found = viewer("pia")
    operations.remember_visit(found.user_id, 10)
    operations.remember_visit(found.user_id, 5)
    assert User.objects.get(pk=found.user_id).last_visit_fact == 10


def test_accounts_of_one_origin_go_together_but_an_administrator_stays() -> None:
    for name in ("s1", "s2"):
        user = operations.create_user(SYSTEM, username=name, origin="sample", now=NOW)
    operations.grant(SYSTEM, user_id=user.id, role=Role.ADMINISTRATOR, now=NOW)
    assert operations.remove_users(SYSTEM, "sample", now=NOW) == 1
    assert [each.username for each in queries.users(SYSTEM)] == ["s2"]
