"""From facts to work: which stages must look at which project after something happened.

Stages look at a project as it is when they run, so however many facts ask for the same stage of the same project,
one run serves them all, as long as it starts after the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchfloor.journal.queries import FactRecord

CONSUMER = "pipeline"

FORECAST, DETECT, CHECK = "forecast", "detect", "check"
ALERT, WATCH, DELIVER = "alert", "watch", "deliver"
# Upstream first: whoever works through them in this order repeats nothing.
STAGES = (FORECAST, DETECT, CHECK, ALERT, WATCH, DELIVER)

_AFTER: Mapping[str, tuple[str, ...]] = {
    "plan.revised": (FORECAST,),
    "baseline.approved": (FORECAST,),
    "costs.recorded": (FORECAST,),
    "reserve.approved": (FORECAST,),
    "project.created": (DETECT,),
    "project.changed": (FORECAST, DETECT),
    "stage.changed": (FORECAST, DETECT, ALERT),  # alerts too: what leaves the watch says why
    "hold.review_due": (DETECT,),
    "submission.received": (DETECT, CHECK),
    "submission.withdrawn": (DETECT,),
    "period.opened": (DETECT,),
    "outside.said": (DETECT,),
    "period.closed": (DETECT,),
    "day.turned": (FORECAST, DETECT),
    "forecast.issued": (DETECT, CHECK, ALERT),  # alerts too: what explains a delay may change without a finding
    "finding.raised": (ALERT,),
    "finding.changed": (ALERT,),
    "finding.cleared": (ALERT,),
    "alert.raised": (WATCH,),
    "alert.joined": (WATCH,),
    "alert.acknowledged": (WATCH,),
    "alert.snoozed": (WATCH,),
    "alert.reopened": (WATCH,),
    "alert.assigned": (WATCH,),
    "alert.told": (DELIVER,),
    "incident.updated": (DELIVER,),
    "report.wanted": (DELIVER,),
}
# What concerns every watched project at once, because it changed above them.
_AFTER_FOR_ALL: Mapping[str, tuple[str, ...]] = {
    "rates.recorded": (FORECAST,),
    "organisation.changed": (DETECT,),
    "programme.changed": (DETECT,),
    "rule.changed": (DETECT,),
    "rule.switched": (DETECT,),
    "rule.removed": (DETECT,),
    "silence.made": (WATCH,),
    "silence.ended": (WATCH,),
    "rota.changed": (WATCH,),
    "policy.changed": (WATCH,),
    "policy.removed": (WATCH,),
}
# What may move dates in the projects that take dates from this one, or explain why they are late.
_AFTER_FOR_TAKERS: Mapping[str, str] = {
    "forecast.issued": FORECAST,
    "finding.raised": ALERT,
    "finding.changed": ALERT,
    "finding.cleared": ALERT,
}
KINDS = frozenset((*_AFTER, *_AFTER_FOR_ALL))


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """One stage of one project; deliveries are per alert event, so they name the fact."""

    rank: int  # of the stage
    project_id: int
    fact_id: int = 0

    @property
    def stage(self) -> str:
        return STAGES[self.rank]


def tasks_after(
    facts: Iterable[FactRecord], watched: Iterable[int], takers: Mapping[int, tuple[int, ...]]
) -> dict[Task, int]:
    """Each task the facts ask for, with the last fact that does.

    ``watched`` are the ids of all watched projects; ``takers`` says which projects take dates from which.
    """
    everywhere = tuple(watched)
    found: dict[Task, int] = {}
    for fact in facts:
        if fact.kind in _AFTER_FOR_TAKERS and fact.project_id is not None:
            for taker in takers.get(fact.project_id, ()):
                found[_task(_AFTER_FOR_TAKERS[fact.kind], taker, fact)] = fact.id
        for stage in _AFTER_FOR_ALL.get(fact.kind, ()):
            for project_id in everywhere:
                found[_task(stage, project_id, fact)] = fact.id
        if fact.project_id is not None:
            for stage in _AFTER.get(fact.kind, ()):
                found[_task(stage, fact.project_id, fact)] = fact.id
    return found


def needs_takers(facts: Iterable[FactRecord]) -> bool:
    """Whether any of the facts may concern projects that take dates from its own."""
    return any(fact.kind in _AFTER_FOR_TAKERS for fact in facts)


def concerns_all(facts: Iterable[FactRecord]) -> bool:
    """Whether any of the facts concerns every watched project."""
    return any(fact.kind in _AFTER_FOR_ALL for fact in facts)


def _task(stage: str, project_id: int, fact: FactRecord) -> Task:
    return Task(STAGES.index(stage), project_id, fact.id if stage == DELIVER else 0)
