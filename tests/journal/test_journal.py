"""The journal: appended with the record or not at all, chained, cut to the viewer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from watchfloor.journal import queries
from watchfloor.journal.models import Fact
from watchfloor.journal.operations import advance, append
from watchfloor.journal.verifying import first_broken_fact
from watchfloor.kit.viewer import SYSTEM, Viewer

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def said(kind: str, project_id: int | None = None, viewer: Viewer = SYSTEM, **data: object) -> int:
    with transaction.atomic():
        return append(kind, viewer=viewer, now=NOW, project_id=project_id, data=data)


@pytest.mark.django_db
def test_ids_are_audit_order_and_pages_go_both_ways() -> None:
    ids = [said("a"), said("b"), said("c")]
    assert [each.id for each in queries.facts(SYSTEM)] == ids
    assert queries.head() == ids[-1]
    assert [each.id for each in queries.facts(SYSTEM, after=ids[0])] == ids[1:]
    assert [each.id for each in queries.facts(SYSTEM, before=ids[2], newest_first=True, limit=1)] == [ids[1]]
    assert [each.kind for each in queries.facts(SYSTEM, kinds=("b",))] == ["b"]


@pytest.mark.django_db
def test_a_viewer_reads_facts_of_their_projects_and_what_they_did() -> None:
    viewer = Viewer(7, "V", projects={1: frozenset({"project.view"})})
    mine, own = said("a", 1), said("user.signed_in", viewer=viewer)
    said("b", 2)
    said("organisation.changed")
    assert [each.id for each in queries.facts(viewer)] == [mine, own]
    assert queries.facts(Viewer(None, "")) == ()


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"data": {"x": 2}}, {"kind": "z"}, {"actor_name": "Eve"}, {"project_id": 9}])
def test_a_changed_fact_is_seen(change: dict[str, object]) -> None:
    said("a", x=1)
    second = said("b", x=1)
    said("c", x=1)
    assert first_broken_fact() is None
    Fact.objects.filter(pk=second).update(**change)
    assert first_broken_fact() == second


@pytest.mark.django_db
def test_a_missing_fact_is_seen() -> None:
    said("a")
    second, third = said("b"), said("c")
    Fact.objects.filter(pk=second).delete()
    assert first_broken_fact() == third


@pytest.mark.django_db(transaction=True)
def test_a_fact_is_stored_with_its_record_or_not_at_all() -> None:
    with pytest.raises(AssertionError):
        append("a", viewer=SYSTEM, now=NOW)
    with pytest.raises(ZeroDivisionError):
        _fail_after_appending()
    assert queries.head() == 0


@transaction.atomic
def _fail_after_appending() -> None:
    append("a", viewer=SYSTEM, now=NOW)
    _ = 1 / 0


@pytest.mark.django_db
def test_a_cursor_never_goes_back() -> None:
    assert queries.position("pipeline") == 0
    advance("pipeline", 5)
    advance("pipeline", 3)
    assert queries.position("pipeline") == 5


@pytest.mark.django_db
def test_audit_takes_its_own_permission() -> None:
    granted = {1: frozenset({"project.view", "journal.view"}), 2: frozenset({"project.view"})}
    viewer = Viewer(7, "V", projects=granted)
    audited = said("a", 1)
    said("b", 2)
    assert [each.id for each in queries.facts(viewer, permission="journal.view")] == [audited]
    assert len(queries.facts(viewer)) == 2
