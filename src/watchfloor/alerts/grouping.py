"""Which findings share an alert, and what an alert that exists should become. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from watchfloor.detection.queries import FindingRecord
from watchfloor.detection.registry import detector
from watchfloor.detection.scale import FindingClass


@dataclass(frozen=True, slots=True)
class Cause:
    """The open alarms of one project that have one cause; the worst of them gives the headline."""

    group: str
    severity: int
    code: str
    parameters: Mapping[str, Any]
    finding_ids: tuple[int, ...]  # worst first
    joined_ids: tuple[int, ...]  # notices of the same cause, which alone would raise nothing


def causes(findings: Iterable[FindingRecord]) -> tuple[Cause, ...]:
    """Open findings of one project grouped by cause: one slip is one alert, whatever it drags along.

    A group without an alarm is no cause for an alert: notices and records wait where they are shown.
    """
    groups: dict[str, list[FindingRecord]] = defaultdict(list)
    for finding in findings:
        if finding.cleared_at is None and finding.finding_class != FindingClass.RECORD:
            groups[group_of(finding)].append(finding)
    found = []
    for group in sorted(groups):
        alarms = [each for each in groups[group] if each.finding_class == FindingClass.ALARM]
        if not alarms:
            continue
        alarms.sort(key=lambda each: (-each.severity, each.id))
        worst = alarms[0]
        found.append(
            Cause(
                group=group,
                severity=worst.severity,
                code=worst.code,
                parameters=worst.parameters,
                finding_ids=tuple(each.id for each in alarms),
                joined_ids=tuple(sorted(each.id for each in groups[group] if each.finding_class != FindingClass.ALARM)),
            )
        )
    return tuple(found)


def group_of(finding: FindingRecord) -> str:
    """What the finding has in common with others; a removed detector's findings stay among themselves."""
    known = detector(finding.detector)
    if known is None:
        return finding.detector
    return f"{known.group}:{finding.subject}"[:160] if known.apart else known.group


def is_settled_by(cause: Cause, *, resolved_severity: int, resolved_finding_ids: frozenset[int]) -> bool:
    """Whether a person has already dealt with all of this by resolving an earlier alert.

    What comes new, or gets worse than it was when they decided, needs a person again.
    """
    return cause.severity <= resolved_severity and set(cause.finding_ids) <= resolved_finding_ids
