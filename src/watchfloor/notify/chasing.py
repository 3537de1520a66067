"""Asking for a report that has not come: one page notice and one mail per period, person and working day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from watchfloor.accounts import queries as accounts
from watchfloor.accounts.queries import UserRecord
from watchfloor.calendars.patterns import is_working_day
from watchfloor.journal import operations as journal
from watchfloor.kit.errors import Conflict, NotAllowed, WatchfloorError
from watchfloor.kit.viewer import SYSTEM, Viewer
from watchfloor.notify import smtp
from watchfloor.notify.letters import Letter, Reader, submission_letter
from watchfloor.notify.models import Delivery
from watchfloor.plans import period_queries
from watchfloor.portfolio.queries import ProjectRecord, project_by_id

CODE = "submission.chased"
_REST_DAYS = 30  # the longest rest that a working day is looked for behind


@dataclass(frozen=True, slots=True)
class ChaseRecord:
    """Who asked whom for the report of a period, and when. ``is_new`` is false when that was done today already."""

    period_id: int
    recipient_id: int
    recipient_name: str
    by_name: str
    at: datetime
    seen_at: datetime | None
    is_new: bool = False


@transaction.atomic
def chase(viewer: Viewer, project_id: int, cut_off: date, *, now: datetime) -> ChaseRecord:
    """Ask the responsible manager for the report of a period, in the page and by mail.

    Asking twice on one working day, by whomever, is one message; the first one is returned then.

    Raises:
        NotFound: no such project or period for the viewer.
        NotAllowed: they do not decide on submissions.
        Conflict: it was submitted or closed already, or nobody answers for the project.
    """
    project = project_by_id(viewer, project_id)
    if not viewer.may("submission.accept", project_id):
        raise NotAllowed(_("Only who decides on submissions may ask for them."))
    period = period_queries.period(viewer, project_id, cut_off)
    if not period.is_owed:
        raise Conflict(_("Nothing is owed for this period any more."))
    manager = accounts.manager_of(project_id)
    if manager is None:
        raise Conflict(
            _("Nobody answers for this project."), remedy=_("Give somebody the role of its project manager.")
        )
    day = _working_day(project, now)
    first: Delivery | None = None
    made = 0
    for channel in smtp.channels(manager.email):
        delivery, is_new = Delivery.objects.get_or_create(
            idempotency_key=f"{channel}:chase:{period.id}:{manager.id}:{day.isoformat()}",
            defaults={
                "period_id": period.id,
                "recipient_id": manager.id,
                "channel": channel,
                "code": CODE,
                "parameters": {"by": viewer.name, "cut_off": cut_off.isoformat(), "day": day.isoformat()},
                "created_at": now,
                "not_before": now,
                # The page shows the row itself: it is delivered as soon as it is stored.
                "sent_at": now if channel == "page" else None,
            },
        )
        first = first or delivery
        made += is_new
    assert first is not None
    if made:
        journal.append(
            CODE,
            viewer=viewer,
            now=now,
            project_id=project_id,
            subject_kind="period",
            subject_id=period.id,
            data={"cut_off": cut_off.isoformat(), "recipient": manager.id, "deliveries": made},
        )
    return _record(first, manager.full_name, is_new=bool(made))


def chase_if_owed(user_id: int, project_id: int, cut_off: date, *, now: datetime) -> None:
    """The same for somebody who wanted it a moment ago; nothing where it has come, or is not theirs to ask any more."""
    with suppress(WatchfloorError):
        chase(accounts.viewer_by_id(user_id), project_id, cut_off, now=now)


def chases(viewer: Viewer, period_ids: Collection[int]) -> dict[int, tuple[ChaseRecord, ...]]:
    """Who was asked for each period's report and when, newest first, one per day: one query."""
    rows = Delivery.objects.filter(period_id__in=period_ids, channel="page").select_related("recipient")
    visible = viewer.project_ids()
    if visible is not None:
        rows = rows.filter(period__project_id__in=visible)
    found: dict[int, list[ChaseRecord]] = defaultdict(list)
    for row in rows.order_by("-id")[:5_000]:
        assert row.period_id is not None
        found[row.period_id].append(_record(row, row.recipient.get_full_name() or row.recipient.username))
    return {period_id: tuple(each) for period_id, each in found.items()}


def letter_for(delivery: Delivery, user: UserRecord) -> Letter | None:
    """The mail of a chase; None when nothing is owed any more, or the project is no longer the reader's to see."""
    assert delivery.period is not None
    project_id = delivery.period.project_id
    if not accounts.viewer_by_id(user.id).may("project.view", project_id):
        return None
    period = period_queries.period(SYSTEM, project_id, delivery.period.cut_off)
    if not period.is_owed:
        return None
    project = project_by_id(SYSTEM, project_id)
    return submission_letter(
        Reader(user.full_name, user.language, user.time_zone),
        project_code=project.code,
        project_name=project.name,
        cut_off=period.cut_off,
        due_at=period.due_at,
        by_name=str(delivery.parameters.get("by", "")),
        returned=period.said.decision_note if period.said is not None else "",
        link=f"{settings.PUBLIC_URL.rstrip('/')}/projects/{project.code}/submit",
    )


def _working_day(project: ProjectRecord, now: datetime) -> date:
    """The project's working day that this moment counts to: a weekend counts to the Friday before."""
    today = now.astimezone(ZoneInfo(project.time_zone)).date()
    days = (today - timedelta(days=back) for back in range(_REST_DAYS))
    return next((day for day in days if is_working_day(project.country, project.region, day)), today)


def _record(row: Delivery, name: str, *, is_new: bool = False) -> ChaseRecord:
    assert row.period_id is not None
    return ChaseRecord(
        row.period_id, row.recipient_id, name, str(row.parameters.get("by", "")), row.created_at, row.seen_at, is_new
    )
