"""Whoever changes the journal by hand is found out: by its chain, and by a head that was stated before."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import override_settings

from watchfloor.journal import verifying
from watchfloor.journal.models import Fact, Verification
from watchfloor.journal.operations import append, chained_digest
from watchfloor.journal.verifying import check_head, first_broken_fact, state_head, verify
from watchfloor.kit.errors import Invalid
from watchfloor.kit.viewer import SYSTEM

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FACTS = 24
# A thousand take some minutes: WATCHFLOOR_TAMPERINGS=1000 pytest tests/journal/test_verifying.py
TAMPERINGS = int(os.environ.get("WATCHFLOOR_TAMPERINGS", "80"))
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _facts() -> None:
    for number in range(FACTS):
        said(number)


def said(number: int) -> int:
    with transaction.atomic():
        return append(
            f"kind.{number % 5}",
            viewer=SYSTEM,
            now=NOW + timedelta(minutes=number),
            project_id=number % 3 or None,
            subject_kind="alert",
            subject_id=number,
            data={"number": number, "words": "so"},
        )


def rows() -> list[Fact]:
    return list(Fact.objects.order_by("id"))


def chain_anew(first: int = 0) -> None:
    """What a careful forger does: fresh digests from one fact on."""
    previous = ""
    for place, row in enumerate(rows()):
        if place >= first:
            row.digest = chained_digest(previous, row)
            row.save(update_fields=("digest",))
        previous = row.digest


def edit(chance: random.Random) -> str:
    row = chance.choice(rows())
    change = chance.choice(
        (
            {"kind": "other"},
            {"recorded_at": row.recorded_at + timedelta(microseconds=1)},
            {"actor_id": 99},
            {"actor_name": "Eve"},
            {"project_id": 77},
            {"subject_kind": "project"},
            {"subject_id": None},
            {"data": {**row.data, "number": -1}},
            {"digest": "0" * 64},
        )
    )
    Fact.objects.filter(pk=row.pk).update(**change)
    return "chain"


def delete(chance: random.Random) -> str:
    Fact.objects.filter(pk=chance.choice(rows()[:-1]).pk).delete()
    return "chain"


def reorder(chance: random.Random) -> str:
    one, other = chance.sample(rows(), 2)
    spare = 10**9
    for old, new in ((one.pk, spare), (other.pk, one.pk), (spare, other.pk)):
        Fact.objects.filter(pk=old).update(id=new)
    return "chain"


def insert(chance: random.Random) -> str:
    known = rows()
    Fact.objects.filter(pk=known[-1].pk).update(id=known[-1].pk + 1)
    Fact.objects.create(id=known[-1].pk, kind="forged", recorded_at=NOW, digest=known[chance.randrange(FACTS)].digest)
    return "chain"


def truncate(chance: random.Random) -> str:
    Fact.objects.filter(pk__gt=rows()[-1 - chance.randint(1, FACTS - 1)].pk).delete()
    return "head"


def rewrite_tail(chance: random.Random) -> str:
    place = chance.randrange(FACTS)
    Fact.objects.filter(pk=rows()[place].pk).update(actor_name="Eve")
    chain_anew(place)
    return "head"


def replace_tail(chance: random.Random) -> str:
    gone = chance.randint(1, FACTS - 1)
    Fact.objects.filter(pk__gt=rows()[-1 - gone].pk).delete()
    for number in range(gone):
        said(1000 + number)
    return "head"


def remove_and_chain_anew(chance: random.Random) -> str:
    place = chance.randrange(FACTS - 1)
    Fact.objects.filter(pk=rows()[place].pk).delete()
    chain_anew(place)
    return "head"


TAMPERED: tuple[Callable[[random.Random], str], ...] = (
    edit, delete, reorder, insert, truncate, rewrite_tail, replace_tail, remove_and_chain_anew,
)  # fmt: skip


def test_every_tampering_is_found_with_a_stated_head_and_the_chain_alone_finds_those_within_it() -> None:
    stated = state_head(now=NOW).stated
    assert check_head(stated).holds
    assert first_broken_fact() is None
    missed_by_chain = set()
    for seed in range(TAMPERINGS):
        chance = random.Random(seed)
        tamper = TAMPERED[seed % len(TAMPERED)]
        with transaction.atomic():
            shown_by = tamper(chance)
            is_broken = first_broken_fact() is not None
            assert is_broken or not check_head(stated).holds, (tamper.__name__, seed)
            assert is_broken or shown_by == "head", (tamper.__name__, seed)
            if not is_broken:
                missed_by_chain.add(tamper.__name__)
            transaction.set_rollback(True)
    # Said plainly in the documentation: without a head that was kept elsewhere these go unseen.
    assert missed_by_chain <= {"truncate", "rewrite_tail", "replace_tail", "remove_and_chain_anew"}
    assert missed_by_chain


def test_verifying_goes_on_where_it_stopped_and_begins_anew_when_what_it_saw_is_gone() -> None:
    first = verify(SYSTEM, limit=10, now=NOW)
    assert (first.count, first.broken_at, first.is_complete) == (10, None, False)
    second = verify(SYSTEM, now=NOW)
    assert (second.count, second.is_complete, second.is_full) == (FACTS, True, True)
    said(99)
    assert verify(SYSTEM, now=NOW).count == FACTS + 1
    old = rows()[3]
    Fact.objects.filter(pk=old.pk).delete()
    assert verify(SYSTEM, now=NOW).broken_at == rows()[3].pk


def test_an_edit_before_the_last_check_needs_a_full_one() -> None:
    verify(SYSTEM, now=NOW)
    Fact.objects.filter(pk=rows()[3].pk).update(actor_name="Eve")
    assert verify(SYSTEM, now=NOW).broken_at is None  # it goes on from the newest fact, as said on the page
    assert verify(SYSTEM, full=True, now=NOW).broken_at == rows()[3].pk
    assert verify(SYSTEM, now=NOW).broken_at == rows()[3].pk  # once broken it begins anew by itself
    assert Verification.objects.count() == 4


def test_a_head_of_another_installation_is_told_from_ours() -> None:
    stated = state_head(now=NOW).stated
    with override_settings(SECRET_KEY="another"):
        assert check_head(stated).verdict == "not_ours"
    later = rows()[-1].pk
    Fact.objects.filter(pk=later).delete()
    assert check_head(stated).verdict == "gone"
    with pytest.raises(Invalid):
        check_head(stated[:40])
    assert verifying.last_verification() is None
