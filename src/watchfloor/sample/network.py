"""The network of one sample project: permits, design and buying feed fronts where crews move from place to place.

Nodes stand in topological order, so a schedule is one walk through the list. Durations and lags are working days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from watchfloor.sample.roster import Brief
from watchfloor.sample.vocabulary import FRONTS, SECTORS, SUPPLIERS, Front, Sector
from watchfloor.sample.workdays import WorkDays


@dataclass(slots=True)
class Node:
    """One activity while it is being made up."""

    name: str
    wbs: str
    days: int  # 0: a milestone
    role: str = ""
    weight: float = 0.0
    calendar: int = 0  # 0 the country's week, 1 the six-day site week
    supplier: str = ""
    committed: bool = False
    starts: bool = False  # a start milestone
    front: int = -1
    earliest: int | None = None  # start no earlier than this day


@dataclass(frozen=True, slots=True)
class Link:
    before: int
    after: int
    kind: str = "FS"
    lag: int = 0


@dataclass(slots=True)
class Network:
    nodes: list[Node] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    wbs: list[tuple[str, str, str]] = field(default_factory=list)  # key, name, parent
    into: list[list[Link]] = field(default_factory=list)
    receives: int = -1  # the milestone that waits for another project
    fronts: list[int] = field(default_factory=list)  # completion milestone of each front
    handed_on: int = -1  # last work at a place of the first front, after which later fronts may follow

    def add(self, node: Node, after: Iterable[int | Link] = ()) -> int:
        """Append a node with what it waits for; predecessors come before it."""
        at = len(self.nodes)
        self.nodes.append(node)
        self.into.append([])
        for each in after:
            self.connect(each if isinstance(each, Link) else Link(each, at))
        return at

    def connect(self, link: Link) -> None:
        assert link.before < link.after
        if all(known.before != link.before or known.kind != link.kind for known in self.into[link.after]):
            self.links.append(link)
            self.into[link.after].append(link)


@dataclass(slots=True)
class Timing:
    """Start day and end boundary of every node."""

    start: list[int]
    end: list[int]

    @property
    def finish(self) -> int:
        return self.end[-1]


def schedule(
    network: Network,
    calendars: tuple[WorkDays, ...],
    days: list[int],
    *,
    floor: int,
    started: list[int | None] | None = None,
    ended: list[int | None] | None = None,
    earliest: dict[int, int] | None = None,
    without: frozenset[int] = frozenset(),
) -> Timing:
    """Earliest dates: retained logic, remaining work not before ``floor``, as the engine would compute them.

    ``days`` are remaining working days. ``without`` holds the indices of links that no longer exist.
    """
    count = len(network.nodes)
    start, end = [0] * count, [0] * count
    dropped = {network.links[at] for at in without}
    for at, node in enumerate(network.nodes):
        if ended is not None and ended[at] is not None:
            start[at], end[at] = started[at], ended[at]  # type: ignore[index, assignment]
            continue
        own = calendars[node.calendar]
        running = started is not None and started[at] is not None
        begin, least_end = floor, 0
        for link in network.into[at]:
            if dropped and link in dropped:
                continue
            if link.kind == "FS":
                begin = max(begin, _lagged(network, calendars, link, end[link.before]))
            elif link.kind == "FF":
                least_end = max(least_end, _lagged(network, calendars, link, end[link.before]))
            elif not running:
                begin = max(begin, _lagged(network, calendars, link, start[link.before]))
        if not running:
            if node.earliest is not None:
                begin = max(begin, node.earliest)
            if earliest and at in earliest:
                begin = max(begin, earliest[at])
        if node.days == 0:
            start[at] = end[at] = max(begin, least_end)
            continue
        first = own.next(begin)
        stop = own.end_after(first, days[at])
        if stop < least_end:
            last = own.index(least_end) - 1
            first, stop = own.days[last - days[at] + 1], own.days[last] + 1
        start[at] = started[at] if running else first  # type: ignore[index, assignment]
        end[at] = stop
    return Timing(start, end)


def _lagged(network: Network, calendars: tuple[WorkDays, ...], link: Link, boundary: int) -> int:
    if link.lag == 0:
        return boundary
    return calendars[network.nodes[link.before].calendar].end_after(boundary, link.lag)


def build(brief: Brief, rng: np.random.Generator, *, activities: int, receives_from: str = "") -> Network:
    """The project's network with unscaled durations, about ``activities`` nodes large."""
    sector = SECTORS[brief.code[:2]]
    fronts = [FRONTS[name] for name in brief.fronts]
    network = Network()
    for key, name in (("M", "Milestones"), ("P", "Permits"), ("D", "Design"), ("B", "Procurement")):
        network.wbs.append((key, name, ""))
    network.wbs.append(("C", "Works", ""))
    proceed = network.add(Node("Notice to proceed", "M", 0, starts=True))
    if receives_from:
        network.receives = network.add(Node(f"Receive handover from {receives_from}", "M", 0), [proceed])
    permits = _permits(network, sector, rng, proceed)
    approvals = _design(network, sector, rng, proceed, count=3 if activities < 200 else len(sector.packages))
    deliveries = [_purchase(network, front.item, rng, approvals, supplier) for front, supplier in _bought(fronts, rng)]
    extra = _extra_items(network, sector, rng, approvals, few=activities < 200)
    tail = len(sector.commissioning) + 4
    left = max(activities - len(network.nodes) - tail - len(fronts), 8 * len(fronts))
    shares = _shares(fronts, left)
    for number, front in enumerate(fronts):
        before = [permits[number % len(permits)], approvals[number % len(approvals)]]
        if number > 0 and rng.random() < 0.5:
            before.append(network.handed_on)
        done = _front(
            network, front, rng, number=number, count=shares[number], before=before, delivery=deliveries[number]
        )
        network.fronts.append(done)
        if brief.promise and number == 0:
            network.nodes[done].name = brief.promise
            network.nodes[done].committed = True
    _commission(network, sector, brief, rng, extra=extra, cleared=[*permits, *approvals])
    return network


def _permits(network: Network, sector: Sector, rng: np.random.Generator, proceed: int) -> list[int]:
    made = []
    for name in sector.permits:
        applied = network.add(
            Node(f"Prepare application: {name}", "P", int(rng.integers(8, 16)), sector.roles[0], 0.5), [proceed]
        )
        made.append(network.add(Node(f"Obtain {name[0].lower()}{name[1:]}", "P", int(rng.integers(15, 30))), [applied]))
    return made


def _design(network: Network, sector: Sector, rng: np.random.Generator, proceed: int, *, count: int) -> list[int]:
    approved, before = [], proceed
    for package in sector.packages[:count]:
        concept = network.add(
            Node(f"Concept design: {package}", "D", int(rng.integers(8, 15)), sector.roles[1], 1.2), [before]
        )
        detail = network.add(
            Node(f"Detailed design: {package}", "D", int(rng.integers(14, 26)), sector.roles[1], 2.4), [concept]
        )
        check = network.add(
            Node(f"Check and approve: {package}", "D", int(rng.integers(4, 9)), sector.roles[0], 0.6), [detail]
        )
        approved.append(check)
        if rng.random() < 0.35:
            before = concept
    return approved


def _bought(fronts: list[Front], rng: np.random.Generator) -> list[tuple[Front, str]]:
    picks = rng.choice(len(SUPPLIERS), size=len(fronts), replace=False)
    return [(front, SUPPLIERS[int(pick)]) for front, pick in zip(fronts, picks, strict=True)]


def _purchase(network: Network, item: str, rng: np.random.Generator, approvals: list[int], supplier: str) -> int:
    lower = item[0].lower() + item[1:]
    after = approvals[int(rng.integers(0, len(approvals)))]
    tender = network.add(Node(f"Tender {lower}", "B", int(rng.integers(10, 18)), "Buyer", 0.4), [after])
    make = network.add(
        Node(f"Manufacture {lower}", "B", int(rng.integers(25, 50)), "", 6.0, supplier=supplier), [tender]
    )
    return network.add(
        Node(f"Deliver {lower}", "B", int(rng.integers(3, 7)), "", 0.8, supplier=supplier), [Link(make, make + 1)]
    )


def _extra_items(
    network: Network, sector: Sector, rng: np.random.Generator, approvals: list[int], *, few: bool
) -> list[int]:
    items = sector.items[:2] if few else sector.items
    return [_purchase(network, item, rng, approvals, SUPPLIERS[int(rng.integers(0, len(SUPPLIERS)))]) for item in items]


def _shares(fronts: list[Front], left: int) -> list[int]:
    """How many activities each front gets: the first the most, so that one path usually leads."""
    weights = [1.0, 0.72, 0.5, 0.4][: len(fronts)]
    return [max(int(left * weight / sum(weights)), 8) for weight in weights]


def _front(
    network: Network,
    front: Front,
    rng: np.random.Generator,
    *,
    number: int,
    count: int,
    before: list[int],
    delivery: int,
) -> int:
    steps = front.steps
    places = max(round(count / len(steps)), 2)
    area = f"C{number + 1}"
    network.wbs.append((area, front.area, "C"))
    six_days = 1 if front.area in {"Quay wall piling", "Dredging", "Tunnel drive", "Breakwater"} else 0
    # With many places two gangs leapfrog, so that the front does not take for ever.
    gangs = 1 if places < 26 else 2
    grid: list[list[int]] = []
    for place in range(places):
        key = f"{area}.{place + 1:02d}"
        network.wbs.append((key, f"{front.location} {place + 1}", area))
        row: list[int] = []
        for at, step in enumerate(steps):
            after: list[int | Link] = []
            here = len(network.nodes)
            overlap = at > 0 and step.days >= 3 and rng.random() < 0.08
            if at > 0 and overlap:
                after += [Link(row[-1], here, "SS", max(1, steps[at - 1].days // 2)), Link(row[-1], here, "FF", 1)]
            elif at > 0:
                after.append(Link(row[-1], here, "FS", 2 if step.name.startswith("Cure") else 0))
            if place >= gangs:
                after.append(grid[place - gangs][at])
            if place < gangs and at == 0:
                after += before
            if place < gangs and at == min(2, len(steps) - 1):
                after.append(delivery)
            days = max(1, step.days + int(rng.integers(-1, 2)))
            supplier = network.nodes[delivery].supplier if at == min(2, len(steps) - 1) else ""
            row.append(
                network.add(
                    Node(
                        f"{step.name}, {front.location.lower()} {place + 1}",
                        key,
                        days,
                        step.role,
                        step.weight * days,
                        calendar=six_days,
                        supplier=supplier,
                        front=number,
                    ),
                    after,
                )
            )
        grid.append(row)
    if number == 0:
        network.handed_on = grid[places // 4][-1]
    ends = [row[-1] for row in grid[-gangs:]]
    return network.add(Node(f"{front.area} complete", "M", 0, front=number), ends)


def _commission(
    network: Network,
    sector: Sector,
    brief: Brief,
    rng: np.random.Generator,
    *,
    extra: list[int],
    cleared: list[int],
) -> None:
    network.wbs.append(("T", "Testing and handover", ""))
    last = network.fronts[-1]
    ready = network.add(
        Node("Complete punch list before tests", "T", 6, sector.roles[0], 0.8), [*network.fronts, *cleared]
    )
    loose = [*extra]
    if network.receives >= 0:
        loose.append(network.receives)
    chain = ready
    for at, name in enumerate(sector.commissioning):
        after: list[int | Link] = [chain if at % 3 else ready]
        after += loose[at :: len(sector.commissioning)]
        chain = network.add(Node(name, "T", int(rng.integers(4, 9)), "Test engineer", 1.0), after)
    tested = list(range(ready + 1, len(network.nodes)))
    trial = network.add(Node("Trial operation", "T", 10, sector.roles[0], 1.2), [*tested, last])
    hand_over = network.add(Node("Hand over documents and spares", "T", 5, sector.roles[2], 0.5), [trial])
    network.add(Node(f"{brief.name} complete", "M", 0, committed=True), [hand_over])


def scale_durations(network: Network, calendars: tuple[WorkDays, ...], *, start: int, target_days: int) -> list[int]:
    """Durations stretched or squeezed, step by step, until the project takes about ``target_days`` working days."""
    base = [node.days for node in network.nodes]
    factor, days = 1.0, base
    for _ in range(8):
        days = [max(1, round(n * factor)) if n else 0 for n in base]
        took = calendars[0].between(start, schedule(network, calendars, days, floor=start).finish)
        if abs(took - target_days) <= 0.04 * target_days:
            break
        factor *= target_days / took
    return days
