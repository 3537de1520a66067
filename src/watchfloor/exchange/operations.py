"""The writing face of the exchange: imports and feeds, and what was decided about them."""

from watchfloor.exchange.feeds import add_feed, enqueue_due_feeds, read_feed, remove_feed
from watchfloor.exchange.importing import answer_import, cancel_import, discard_import, run_import, start_import
from watchfloor.exchange.mapping import forget_mapping

__all__ = [
    "add_feed",
    "answer_import",
    "cancel_import",
    "discard_import",
    "enqueue_due_feeds",
    "forget_mapping",
    "read_feed",
    "remove_feed",
    "run_import",
    "start_import",
]
