"""Anticipated errors: each has a stable code and says what the user can change."""

from __future__ import annotations


class WatchfloorError(Exception):
    """Base of every error a user may meet; pages and the API show ``code``, message and ``remedy``."""

    code = "error"
    status = 400

    def __init__(self, message: str, *, remedy: str = "", place: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
        self.place = place


class NotFound(WatchfloorError):
    """Missing, or not the viewer's to see: the two look alike."""

    code = "not_found"
    status = 404


class NotYet(NotFound):
    """The viewer may see it, but it did not exist at the moment they look from."""

    code = "not_yet"


class NotAllowed(WatchfloorError):
    """The viewer sees the object but may not do this to it."""

    code = "not_allowed"
    status = 403


class Conflict(WatchfloorError):
    """Somebody else changed it meanwhile, or its state does not allow this any more."""

    code = "conflict"
    status = 409


class Invalid(WatchfloorError):
    """The input breaks a rule; ``place`` names the field, row or cell."""

    code = "invalid"
    status = 422
