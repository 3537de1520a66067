"""The writing face of the exchange: imports and feeds, and what was decided about them."""

from watchfloor.exchange.as_baseline import BaselineOrder
from watchfloor.exchange.feed_reading import enqueue_due_feeds, read_feed
from watchfloor.exchange.feeds import add_feed, change_feed, follow_feed, note_told, remove_feed, restore_feed, run_feed
from watchfloor.exchange.fielding import remove_field_rule, set_field_rule
from watchfloor.exchange.importing import (
    answer_clear,
    answer_import,
    cancel_import,
    discard_import,
    end_unanswered,
    run_import,
    start_import,
)
from watchfloor.exchange.mapping import forget_mapping
from watchfloor.exchange.renaming import confirm_rename

__all__ = [
    "BaselineOrder",
    "add_feed",
    "answer_clear",
    "answer_import",
    "cancel_import",
    "change_feed",
    "confirm_rename",
    "discard_import",
    "end_unanswered",
    "enqueue_due_feeds",
    "follow_feed",
    "forget_mapping",
    "note_told",
    "read_feed",
    "remove_feed",
    "remove_field_rule",
    "restore_feed",
    "run_feed",
    "run_import",
    "set_field_rule",
    "start_import",
]
