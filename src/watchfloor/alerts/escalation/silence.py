"""Silences and maintenance windows: what tells nobody for a while, why, and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

EVERYTHING = 3  # the worst severity there is


class Silenceable(Protocol):
    """What is known of an alert when it is asked whether it is silenced."""

    @property
    def project_id(self) -> int: ...
    @property
    def programme_ids(self) -> tuple[int, ...]: ...
    @property
    def group(self) -> str: ...
    @property
    def severity(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts it covers are raised and listed, but nobody is told. What is left empty covers everything."""

    id: int
    begins: datetime
    ends: datetime
    project_id: int | None = None
    programme_id: int | None = None  # with the programmes below it
    group: str = ""
    up_to: int = EVERYTHING  # what is worse than this is told all the same

    def covers(self, alert: Silenceable, now: datetime) -> bool:
        return (
            self.begins <= now < self.ends
            and self.project_id in (None, alert.project_id)
            and (self.programme_id is None or self.programme_id in alert.programme_ids)
            and self.group in ("", alert.group)
            and alert.severity <= self.up_to
        )


def silence_of(silences: Iterable[Silence], alert: Silenceable, now: datetime) -> Silence | None:
    """Of the silences that cover the alert now, the one that lasts longest."""
    return max(
        (each for each in silences if each.covers(alert, now)), key=lambda each: (each.ends, each.id), default=None
    )
