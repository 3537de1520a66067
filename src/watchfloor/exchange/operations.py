"""The writing face of the exchange: imports and feeds."""

from watchfloor.exchange.feeds import add_feed, enqueue_due_feeds, read_feed, remove_feed
from watchfloor.exchange.importing import cancel_import, run_import, start_import

__all__ = ["add_feed", "cancel_import", "enqueue_due_feeds", "read_feed", "remove_feed", "run_import", "start_import"]
