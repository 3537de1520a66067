"""How alike a plan of a file and the projects here are, by their activity codes: the ground for a proposal."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from watchfloor.exchange.pairing import is_number
from watchfloor.plans import queries as plans
from watchfloor.plans.document import ActivityKind, Plan

_KEPT_CODES = 400_000  # of all projects together, held between the files of one run
MIN_EQUAL = 3
MIN_SHARE = 0.3  # of the codes of the smaller side; below, two plans are not worth a question
MIN_SAME_NAMES = 0.3  # of the equal codes: P6 numbers every project A1000, A1010 …, but their names differ
CONTRADICTS = 0.2  # what a code or a rule says is asked about when fewer codes are equal
_SAMPLE = 300  # codes of the file that candidates are looked for with
_CANDIDATES = 8
_SMALL = 5  # activities; fewer say nothing either way


@dataclass(frozen=True, slots=True)
class Overlap:
    """``equal`` of the ``of`` activity codes of the file are codes of the project, which holds ``held``.

    ``same_names`` of the equal ones have the same name as well. Bare numbers count as equal only with the same name.
    """

    equal: int
    of: int
    held: int
    same_names: int

    @property
    def share(self) -> float:
        return self.equal / self.of if self.of else 0.0

    @property
    def is_meaningful(self) -> bool:
        """Whether the two may be one project."""
        smaller = min(self.of, self.held)
        if self.equal < min(MIN_EQUAL, smaller) or not self.equal:
            return False
        return self.equal >= MIN_SHARE * smaller and self.same_names >= MIN_SAME_NAMES * self.equal

    @property
    def contradicts(self) -> bool:
        """Whether the two can hardly be one project, whatever their codes say."""
        smaller = min(self.of, self.held)
        return smaller >= _SMALL and self.equal < CONTRADICTS * smaller


def overlaps(project_ids: Collection[int], plan: Plan, aliases: Mapping[int, Mapping[str, str]]) -> dict[int, Overlap]:
    """The overlap of the plan with each of the projects that have one; two queries at most."""
    theirs = {each.key: _folded(each.name) for each in plan.activities if each.kind is not ActivityKind.SUMMARY}
    found = {}
    for project_id, ours in _codes(project_ids).items():
        known = aliases.get(project_id, {})
        equal = same = 0
        for key, name in theirs.items():
            ours_name = ours.names.get(known.get(key, key))
            if ours_name is None or (is_number(key) and ours_name != name):
                continue
            equal += 1
            same += ours_name == name
        found[project_id] = Overlap(equal, len(theirs), ours.size, same)
    return found


def alike(project_ids: Collection[int], plan: Plan, aliases: Mapping[int, Mapping[str, str]]) -> dict[int, Overlap]:
    """Those of the projects whose plan may be the one of the file, the likeliest first; three queries, however many.

    A few hundred codes of the file find the candidates; only their whole plans are compared.
    """
    rows = [each for each in plan.activities if each.kind is not ActivityKind.SUMMARY]
    step = max(1, len(rows) // _SAMPLE)
    names = {each.key: _folded(each.name) for each in rows[::step][: 2 * _SAMPLE]}
    counts: Counter[int] = Counter()
    for project_id, key, code, name in plans.codes_of(project_ids, names):
        said = key if key in names else code
        if not is_number(said) or _folded(name) == names[said]:
            counts[project_id] += 1
    likeliest = [project_id for project_id, _count in counts.most_common(_CANDIDATES)]
    found = overlaps(likeliest, plan, aliases)
    kept = {project_id: each for project_id, each in found.items() if each.is_meaningful}
    return dict(sorted(kept.items(), key=lambda item: (-item[1].same_names, -item[1].share, item[0])))


@dataclass(frozen=True, slots=True)
class _Held:
    """What the activities of a head plan are called: folded names by key, and by code where that is another."""

    names: Mapping[str, str]
    size: int  # activities


class _Kept:
    """Codes and names of head plans, by project and digest, so that 48 files ask for them once."""

    def __init__(self) -> None:
        self._rows: OrderedDict[int, tuple[str, _Held]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def find(self, project_id: int, digest: str) -> _Held | None:
        with self._lock:
            known = self._rows.get(project_id)
            if known is None or known[0] != digest:
                return None
            self._rows.move_to_end(project_id)
            return known[1]

    def keep(self, project_id: int, digest: str, held: _Held) -> None:
        with self._lock:
            before = self._rows.pop(project_id, None)
            self._size += held.size - (before[1].size if before else 0)
            self._rows[project_id] = (digest, held)
            while self._size > _KEPT_CODES and len(self._rows) > 1:
                _project, (_digest, gone) = self._rows.popitem(last=False)
                self._size -= gone.size


_kept = _Kept()


def _codes(project_ids: Collection[int]) -> dict[int, _Held]:
    heads = {pk: revision.digest for pk, revision in plans.head_revisions(project_ids).items()}
    found = {pk: held for pk, digest in heads.items() if (held := _kept.find(pk, digest)) is not None}
    missing = heads.keys() - found.keys()
    if missing:
        for pk, held in _grouped(plans.codes_of(missing)).items():
            _kept.keep(pk, heads[pk], held)
            found[pk] = held
    return found


def _grouped(rows: Iterable[tuple[int, str, str, str]]) -> dict[int, _Held]:
    by_key: dict[int, dict[str, str]] = {}
    by_code: dict[int, dict[str, str]] = {}
    for project_id, key, code, name in rows:
        by_key.setdefault(project_id, {})[key] = _folded(name)
        if code and code != key:
            by_code.setdefault(project_id, {})[code] = _folded(name)
    return {pk: _Held({**by_code.get(pk, {}), **names}, len(names)) for pk, names in by_key.items()}


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
