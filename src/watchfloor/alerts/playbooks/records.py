"""What a playbook says, and what became of one that was taken up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from watchfloor.alerts.models import PlaybookRow, PlaybookRun


class StepLink(StrEnum):
    """Where a step leads, with what the alert is about already chosen; pages know the addresses."""

    NOWHERE = ""
    ACTIVITY = "activity"  # the worst activity of the alert, with "if it takes longer"
    ACTIVITIES = "activities"
    WHY = "why"  # step by step since the baseline: progress and edits
    COSTS = "costs"
    QUALITY = "quality"
    INTERFACES = "interfaces"
    BASELINES = "baselines"
    REPORT = "report"
    SILENCES = "silences"


class StepAction(StrEnum):
    """What the house does by itself when the playbook is taken up: safe steps, each of which can be taken back."""

    NOTHING = ""
    ACKNOWLEDGE = "acknowledge"
    PASS_ON = "pass_on"  # noqa: S105 - no password: the alert goes to the next step of its policy
    ASK_REPORT = "ask_report"  # asks the manager for the report that is owed
    DECLARE = "declare"  # an incident


class StepState(StrEnum):
    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class PlaybookStep:
    """One step: what, by whom (``owner``, ``manager``, ``rota`` or ``role:…``), where, and what happens by itself."""

    words: str
    who: str = "owner"
    link: StepLink = StepLink.NOWHERE
    does: StepAction = StepAction.NOTHING


@dataclass(frozen=True, slots=True)
class PlaybookRecord:
    """One playbook and what it is for; without project and programme it is the organisation's."""

    id: int
    project_id: int | None
    project_code: str
    programme_id: int | None
    programme_code: str
    name: str
    codes: tuple[str, ...]  # of alerts it is for; empty: every kind
    steps: tuple[PlaybookStep, ...]
    changed_by_name: str
    version: int

    def suits(self, code: str) -> bool:
        """Whether it is for alerts of that kind."""
        return not self.codes or code in self.codes


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step of a playbook that was taken up. ``problem`` says why what was to happen by itself did not."""

    words: str
    who: str
    people: tuple[str, ...]  # who that was when it was taken up
    link: StepLink
    does: StepAction
    state: StepState
    at: datetime | None
    by_name: str
    problem: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A playbook taken up for an alert."""

    id: int
    alert_id: int
    name: str
    steps: tuple[RunStep, ...]
    begun_at: datetime
    begun_by_name: str
    slip_days: float | None  # when it was taken up
    version: int

    @property
    def left(self) -> int:
        return sum(each.state is StepState.OPEN for each in self.steps)


def stored(step: PlaybookStep) -> dict[str, Any]:
    return {"words": step.words, "who": step.who, "link": str(step.link), "does": str(step.does)}


def step_of(said: Mapping[str, Any]) -> PlaybookStep:
    return PlaybookStep(str(said["words"]), str(said["who"]), StepLink(said["link"]), StepAction(said["does"]))


def record(row: PlaybookRow) -> PlaybookRecord:
    """The row as the rest of the house sees it."""
    return PlaybookRecord(
        id=row.pk,
        project_id=row.project_id,
        project_code=row.project.code if row.project is not None else "",
        programme_id=row.programme_id,
        programme_code=row.programme.code if row.programme is not None else "",
        name=row.name,
        codes=tuple(row.codes),
        steps=tuple(map(step_of, row.steps)),
        changed_by_name=row.changed_by_name,
        version=row.version,
    )


def run_record(row: PlaybookRun) -> RunRecord:
    """The same of a run."""
    return RunRecord(
        id=row.pk,
        alert_id=row.alert_id,
        name=row.name,
        steps=tuple(map(_run_step, row.steps)),
        begun_at=row.begun_at,
        begun_by_name=row.begun_by_name,
        slip_days=row.slip_days,
        version=row.version,
    )


def _run_step(said: Mapping[str, Any]) -> RunStep:
    step, at = step_of(said), said.get("at")
    return RunStep(
        words=step.words,
        who=step.who,
        people=tuple(said.get("people") or ()),
        link=step.link,
        does=step.does,
        state=StepState(said.get("state") or StepState.OPEN),
        at=datetime.fromisoformat(at) if at else None,
        by_name=str(said.get("by") or ""),
        problem=str(said.get("problem") or ""),
    )
