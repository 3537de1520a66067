"""One mail a day to who follows feeds: what came, what was refused and what did not come, with links."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from watchfloor.accounts import queries as accounts
from watchfloor.accounts.queries import UserRecord
from watchfloor.drawing import figures
from watchfloor.exchange import feed_queries
from watchfloor.exchange import operations as exchange
from watchfloor.exchange.feed_queries import Follower
from watchfloor.exchange.feed_records import CAME_IN, WAITS, FeedFileRecord, FeedSummary
from watchfloor.journal import operations as journal
from watchfloor.kit.viewer import SYSTEM
from watchfloor.notify import smtp
from watchfloor.notify.letters import Letter
from watchfloor.notify.models import Delivery

CODE = "feed.summary"
# Files of one Monday come one after the other: a mail waits until it has been quiet for so long.
QUIET = timedelta(minutes=15)


def queue_feed_mails(*, now: datetime) -> int:
    """Queue the mail of everybody who follows a feed, has something to be told and had none today; returns how many."""
    if not settings.MAIL_CONFIGURED:
        return 0
    queued = 0
    for follower in feed_queries.followers():
        user = accounts.user_by_id(follower.user_id)
        if user is None or not user.is_active or not smtp.is_reachable(user.email):
            continue
        queued += _queue(follower, user, now)
    return queued


def letter_for(delivery: Delivery, user: UserRecord) -> Letter | None:
    """The mail as it is true for the recipient now; None when nothing of it is theirs to see any more."""
    since = datetime.fromisoformat(delivery.parameters["since"])
    until = datetime.fromisoformat(delivery.parameters["until"])
    summary = feed_queries.summary(accounts.viewer_by_id(user.id), since=since, until=until)
    if summary.is_empty:
        return None
    with override(user.language):
        return Letter(_subject(summary), "\n".join(_lines(summary, user)) + "\n")


@transaction.atomic
def _queue(follower: Follower, user: UserRecord, now: datetime) -> bool:
    today = now.astimezone(ZoneInfo(user.time_zone)).date()
    key = f"mail:feeds:{user.id}:{today.isoformat()}"
    if Delivery.objects.filter(idempotency_key=key).exists():
        return False
    found = feed_queries.summary(accounts.viewer_by_id(user.id), since=follower.told_until, until=now)
    if found.is_empty or any(each.read_at > now - QUIET for each in found.files):
        return False
    _delivery, is_new = Delivery.objects.get_or_create(
        idempotency_key=key,
        defaults={
            "recipient_id": user.id,
            "channel": "mail",
            "code": CODE,
            "parameters": {"since": follower.told_until.isoformat(), "until": now.isoformat()},
            "created_at": now,
            "not_before": now,
        },
    )
    if is_new:
        exchange.note_told(user.id, until=now)
        data = {"code": CODE, "recipient": user.id, "files": len(found.files), "missing": len(found.missing)}
        journal.append("delivery.queued", viewer=SYSTEM, now=now, subject_kind="feed", data=data)
    return is_new


def _subject(found: FeedSummary) -> str:
    came = sum(each.outcome in CAME_IN for each in found.files)
    parts = [ngettext("%(n)d plan came in", "%(n)d plans came in", came) % {"n": came}] if came else []
    refused = sum(each.outcome not in CAME_IN | WAITS for each in found.files)
    if refused:
        parts.append(ngettext("%(n)d refused", "%(n)d refused", refused) % {"n": refused})
    asks = sum(each.outcome in WAITS for each in found.files)
    if asks:
        parts.append(ngettext("%(n)d waits for an answer", "%(n)d wait for an answer", asks) % {"n": asks})
    if found.missing:
        late = len(found.missing)
        parts.append(ngettext("%(n)d did not come", "%(n)d did not come", late) % {"n": late})
    if found.broken:
        broken = len(found.broken)
        parts.append(ngettext("%(n)d feed cannot be read", "%(n)d feeds cannot be read", broken) % {"n": broken})
    return _("[Feeds] %(parts)s") % {"parts": ", ".join(parts)}


def _lines(found: FeedSummary, user: UserRecord) -> list[str]:
    home = settings.PUBLIC_URL.rstrip("/")
    lines = [_("Hello %(name)s,") % {"name": user.full_name}, "", _("this is what the feeds you follow brought.")]
    if found.missing:
        lines += ["", _("Did not come:")]
        lines += [
            _("- %(code)s, due %(when)s  %(link)s")
            % {
                "code": each.project_code,
                "when": figures.moment(each.due_at, user.time_zone, user.language),
                "link": f"{home}/feeds/{each.feed_id}",
            }
            for each in found.missing
        ]
    if found.broken:
        lines += ["", _("Cannot be read:")]
        lines += [f"- {each.path}: {each.last_error}  {home}/feeds/{each.id}" for each in found.broken]
    groups = (
        (_("Refused:"), [each for each in found.files if each.outcome not in CAME_IN | WAITS]),
        (_("Waiting for an answer:"), [each for each in found.files if each.outcome in WAITS]),
        (_("Came in:"), [each for each in found.files if each.outcome in CAME_IN]),
    )
    for title, files in groups:
        if files:
            lines += ["", title, *(_file_line(each, home) for each in files)]
    if found.left_out:
        lines.append(_("… and %(n)d more files") % {"n": found.left_out})
    return [*lines, "", _("All feeds: %(link)s") % {"link": f"{home}/feeds"}]


def _file_line(each: FeedFileRecord, home: str) -> str:
    link = f"{home}/imports/{each.import_id}" if each.import_id is not None else f"{home}/feeds/{each.feed_id}"
    whose = f" → {', '.join(each.project_codes)}" if each.project_codes else ""
    said = f": {each.error}" if each.error else (": " + _("unchanged") if each.outcome == "unchanged" else "")
    return f"- {each.name}{whose}{said}  {link}"
