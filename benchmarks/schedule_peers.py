"""Other schedulers over the networks of ``benchmarks.schedule``: each returns a function to time, and its dates.

Reading and building are left out on both sides. A peer that is not installed gives None. What a peer cannot say
(calendars, kinds of links) is left out of the network that both sides get.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from watchfloor_engine.calendars import from_tick
from watchfloor_engine.kernels import I64
from watchfloor_engine.network import Network

HOUR = 600
HEAP = "-Xmx6g"


@dataclass(frozen=True)
class Peer:
    """``run`` schedules once; ``starts`` gives minutes since the project's start per activity, where it can tell."""

    name: str
    run: Callable[[], object]
    starts: Callable[[], I64 | None]


def networkx(net: Network) -> Peer | None:
    """Forward and backward pass in Python over a networkx graph: finish-to-start only, without calendars."""
    if importlib.util.find_spec("networkx") is None:
        return None
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from(range(net.size))
    graph.add_edges_from(zip(net.pred.tolist(), net.succ.tolist(), strict=True))
    duration = net.duration.tolist()

    def run() -> None:
        order = list(nx.topological_sort(graph))
        finish: dict[int, int] = {}
        for node in order:
            finish[node] = max((finish[p] for p in graph.predecessors(node)), default=0) + duration[node]
        end = max(finish.values())
        late: dict[int, int] = {}
        for node in reversed(order):
            late[node] = min((late[s] - duration[s] for s in graph.successors(node)), default=end)

    return Peer("networkx", run, lambda: None)


def trueppm(net: Network) -> Peer | None:
    """trueppm-scheduler: whole days, five of them a week, one link per pair of activities."""
    if importlib.util.find_spec("trueppm_scheduler") is None:
        return None
    from trueppm_scheduler import engine, models

    kinds = [models.DependencyType[name] for name in ("FS", "SS", "FF", "SF")]
    days = np.maximum(net.duration // (8 * HOUR), 1).tolist()
    tasks = [models.Task(id=str(i), name=str(i), duration=timedelta(days=d)) for i, d in enumerate(days)]
    pairs = {(p, s): k for p, s, k in zip(net.pred.tolist(), net.succ.tolist(), net.link.tolist(), strict=True)}
    links = [
        models.Dependency(predecessor_id=str(p), successor_id=str(s), dep_type=kinds[k]) for (p, s), k in pairs.items()
    ]
    project = models.Project(id="p", name="p", start_date=date(2026, 1, 5), tasks=tasks, dependencies=links)
    return Peer("trueppm", lambda: engine.schedule(project), lambda: None)


def mpxj(net: Network) -> Peer | None:
    """MPXJ's Microsoft scheduler in a warm Java machine with its full compiler; one project, its standard calendar."""
    jpype = java()
    if jpype is None:
        return None
    cls = jpype.JClass
    duration, units = cls("org.mpxj.Duration"), cls("org.mpxj.TimeUnit")
    builder = cls("org.mpxj.Relation$Builder")
    kinds = [getattr(cls("org.mpxj.RelationType"), name) for name in _MPXJ_KINDS]
    moment = from_tick(int(net.project_start[0]))
    start = cls("java.time.LocalDateTime").of(moment.year, moment.month, moment.day, moment.hour, moment.minute)
    file = cls("org.mpxj.ProjectFile")()
    file.setDefaultCalendar(file.addDefaultBaseCalendar())
    file.getProjectProperties().setStartDate(start)
    tasks = []
    for index, ticks in enumerate(net.duration.tolist()):
        task = file.addTask()
        task.setName(str(index))
        for set_duration in (task.setDuration, task.setRemainingDuration):
            set_duration(duration.getInstance(ticks // HOUR, units.HOURS))
        task.setActualDuration(duration.getInstance(0, units.HOURS))
        tasks.append(task)
    for p, s, kind, lag in zip(net.pred.tolist(), net.succ.tolist(), net.link.tolist(), net.lag.tolist(), strict=True):
        link = builder().predecessorTask(tasks[p]).type(kinds[kind]).lag(duration.getInstance(lag // HOUR, units.HOURS))
        tasks[s].addPredecessor(link)
    scheduler = cls("org.mpxj.cpm.MicrosoftScheduler")
    between = cls("java.time.temporal.ChronoUnit").MINUTES.between

    def starts() -> I64:
        return np.array([int(between(start, each.getEarlyStart())) for each in tasks], dtype=np.int64)

    return Peer("mpxj", lambda: scheduler().schedule(file, start), starts)


_MPXJ_KINDS = ("FINISH_START", "START_START", "FINISH_FINISH", "START_FINISH")


def java() -> Any:
    """The Java machine with MPXJ, started once; None where either is not installed."""
    from watchfloor.exchange.formats.mpxj.machine import find_jars, find_library

    library, jars = find_library(), find_jars()
    if library is None or not jars:
        return None
    import jpype

    if not jpype.isJVMStarted():
        quiet = "-Dlog4j2.loggerContextFactory=org.apache.logging.log4j.simple.SimpleLoggerContextFactory"
        flags = (HEAP, "-Xss64m", "--enable-native-access=ALL-UNNAMED", quiet)
        jpype.startJVM(str(library), *flags, classpath=[str(jar) for jar in jars])
    return jpype


def taskjuggler(net: Network) -> Peer | None:
    """TaskJuggler's ``tj3``, started anew for every run as its users do; start-up and reading are in its time."""
    command = shutil.which("tj3")
    if command is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="taskjuggler-"))
    before: dict[int, list[int]] = {}
    for p, s in zip(net.pred.tolist(), net.succ.tolist(), strict=True):
        before.setdefault(s, []).append(p)
    lines = ['project bench "Bench" 2026-01-05 +30y { timezone "UTC" }']
    for index, ticks in enumerate(net.duration.tolist()):
        needs = ", ".join(f"!t{p}" for p in before.get(index, ()))
        when = f"depends {needs}" if needs else "start 2026-01-05"
        lines.append(f'task t{index} "{index}" {{ duration {ticks // HOUR}h {when} }}')
    path = folder / "bench.tjp"
    path.write_text("\n".join(lines))
    return Peer(
        "taskjuggler",
        lambda: subprocess.run([command, "--silent", "--no-reports", str(path)], check=True, cwd=folder, timeout=600),
        lambda: None,
    )
