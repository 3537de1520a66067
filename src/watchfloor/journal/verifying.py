"""Whether the journal is what it was: its chain of digests, and heads that were written down elsewhere.

A chain shows that a fact was edited, removed from the middle, put in between or moved. It cannot show that the newest
facts are gone, or that somebody rewrote the chain with fresh digests. A *stated head* can: how many facts there were,
and the digest of the last one, signed with this installation's key and kept where whoever can write to the database
cannot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from watchfloor.journal.models import Fact, Verification
from watchfloor.journal.operations import chained_digest
from watchfloor.kit.errors import Invalid
from watchfloor.kit.viewer import Viewer

PART = 100_000  # facts in one call; a page that asks for more goes on with the next one
_READ_AT_ONCE = 2_000
_SALT = "watchfloor.journal.head"
_FORM = re.compile(r"wfj1\.(\d{1,18})\.(\d{1,18})\.([0-9a-f]{64})\.(\d{1,12})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """The newest fact, and how many there are. ``stated`` is all of it on one signed line, to be kept elsewhere."""

    position: int
    count: int
    digest: str
    stated_at: datetime
    stated: str


@dataclass(frozen=True, slots=True)
class VerificationRecord:
    """One check of the chain; ``is_complete`` when it reached the newest fact."""

    checked_at: datetime
    by_name: str
    position: int
    count: int
    digest: str
    is_full: bool
    broken_at: int | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class HeadCheck:
    """What the journal says of a stated head.

    ``verdict``: holds; not_ours (not signed with this installation's key); gone (its last fact is missing: the tail was
    cut off); rewritten (that fact says something else now); recounted (facts before it were added or removed).
    """

    verdict: str
    position: int
    stated_at: datetime

    @property
    def holds(self) -> bool:
        return self.verdict == "holds"


def state_head(*, now: datetime) -> Head:
    """The head as it is now, signed."""
    row = Fact.objects.order_by("-id").values_list("id", "digest").first()
    position, digest = row if row is not None else (0, "0" * 64)
    count = Fact.objects.filter(pk__lte=position).count()
    second = int(now.timestamp())
    stated = f"wfj1.{position}.{count}.{digest}.{second}"
    return Head(position, count, digest, datetime.fromtimestamp(second, UTC), f"{stated}.{_signature(stated)}")


def check_head(stated: str) -> HeadCheck:
    """Hold a head that was stated earlier against the journal; costs one lookup and one count.

    It says nothing of the facts before it: verify the chain as well.

    Raises:
        Invalid: this is no stated head.
    """
    found = _FORM.fullmatch(stated.strip())
    if found is None:
        raise Invalid(
            _("This is no head of a journal."),
            remedy=_("Give the whole line that begins with wfj1. as it was copied."),
            place="head",
        )
    position, count, second = int(found[1]), int(found[2]), int(found[4])
    stated_at = datetime.fromtimestamp(second, UTC)
    if not constant_time_compare(_signature(stated.strip().rpartition(".")[0]), found[5]):
        return HeadCheck("not_ours", position, stated_at)
    if position == 0:
        return HeadCheck("holds", position, stated_at)
    digest = Fact.objects.filter(pk=position).values_list("digest", flat=True).first()
    if digest is None:
        return HeadCheck("gone", position, stated_at)
    if digest != found[3]:
        return HeadCheck("rewritten", position, stated_at)
    if Fact.objects.filter(pk__lte=position).count() != count:
        return HeadCheck("recounted", position, stated_at)
    return HeadCheck("holds", position, stated_at)


@transaction.atomic
def verify(viewer: Viewer, *, full: bool = False, limit: int = PART, now: datetime) -> VerificationRecord:
    """Check the next part of the chain, at most ``limit`` facts, and remember how far it is sound.

    It goes on from the last sound check, whose own fact must still be what it was; ``full`` begins anew. After a break
    every check begins anew, so that a repaired journal is looked at as a whole.
    """
    last = None if full else Verification.objects.order_by("-id").first()
    if last is not None and (last.broken_at is not None or not _stands(last)):
        last = None
    began = last is None
    position, count, previous = (last.position, last.count, last.digest) if last is not None else (0, 0, "")
    broken = None
    rows = Fact.objects.filter(pk__gt=position).order_by("id")[: max(1, limit)]
    for fact in rows.iterator(chunk_size=_READ_AT_ONCE):
        if chained_digest(previous, fact) != fact.digest:
            broken = fact.pk
            break
        position, count, previous = fact.pk, count + 1, fact.digest
    row = Verification.objects.create(
        checked_at=now,
        by_name=viewer.name,
        position=position,
        count=count,
        digest=previous,
        is_full=began or (last is not None and last.is_full),
        broken_at=broken,
    )
    _forget_old(row)
    return _record(row)


def last_verification() -> VerificationRecord | None:
    """The newest check; None before the first."""
    row = Verification.objects.order_by("-id").first()
    return _record(row) if row is not None else None


def first_broken_fact() -> int | None:
    """Id of the first fact whose digest does not follow from its content and the fact before; None if all do."""
    previous = ""
    for fact in Fact.objects.order_by("id").iterator(chunk_size=_READ_AT_ONCE):
        if chained_digest(previous, fact) != fact.digest:
            return fact.pk
        previous = fact.digest
    return None


def _stands(last: Verification) -> bool:
    if last.position == 0:
        return True
    known = Fact.objects.filter(pk=last.position, digest=last.digest).exists()
    return known and Fact.objects.filter(pk__lte=last.position).count() == last.count


def _forget_old(row: Verification) -> None:
    """Some checks are kept for the page; each says all that the one before did."""
    Verification.objects.filter(pk__lte=row.pk - 50).delete()


def _record(row: Verification) -> VerificationRecord:
    newest = Fact.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return VerificationRecord(
        row.checked_at,
        row.by_name,
        row.position,
        row.count,
        row.digest,
        row.is_full,
        row.broken_at,
        row.broken_at is None and row.position >= newest,
    )


def _signature(stated: str) -> str:
    return salted_hmac(_SALT, stated, algorithm="sha256").hexdigest()
