"""The work breakdown structure of an XER file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.remarks import Remarks
from watchfloor.exchange.formats.values import number
from watchfloor.exchange.formats.xer.codes import Fields
from watchfloor.exchange.formats.xer.notebooks import Notebooks
from watchfloor.exchange.formats.xer.tables import XerFile
from watchfloor.plans.document import Earning, EarningTechnique, Note, WbsNode


class _WbsRow(NamedTuple):
    wbs_id: str
    proj_id: str
    parent_wbs_id: str
    proj_node_flag: str
    seq_num: str
    wbs_short_name: str
    wbs_name: str
    ev_compute_type: str
    ev_user_pct: str


# How a node of P6 says that its activities earn: a share at the start, the rest at the finish.
_FIXED = {"EC_0_100": 0.0, "EC_50_50": 50.0}
_OWN_SHARE, _BY_ACTIVITY = "EC_Cmp_pct_udf", ("", "EC_Cmp_pct")


@dataclass(slots=True)
class Structure:
    nodes: dict[str, list[WbsNode]] = field(default_factory=lambda: defaultdict(list))
    key_of: dict[str, str] = field(default_factory=dict)  # wbs id → key
    earning_of: dict[str, Earning] = field(default_factory=dict)  # wbs id → what its activities earn by
    name_of_project: dict[str, str] = field(default_factory=dict)
    notebooks_of_project: dict[str, tuple[Note, ...]] = field(default_factory=dict)
    fields_of_project: dict[str, Mapping[str, str]] = field(default_factory=dict)  # of its topmost node


def read_wbs(
    file: XerFile, *, projects: set[str], fields: Fields, notebooks: Notebooks, limits: Limits, remarks: Remarks
) -> Structure:
    """Nodes of every project, parents before children. A key is the path of codes below the project's own node.

    P6's ids differ from database to database, the path does not; so a re-import finds its nodes again.
    """
    result = Structure()
    rows = {row.wbs_id: row for row in file.records("PROJWBS", _WbsRow) if row.proj_id in projects}
    result.earning_of = {key: earning for key, row in rows.items() if (earning := _earning(row, remarks)) is not None}
    children: dict[str, list[_WbsRow]] = defaultdict(list)
    roots: list[_WbsRow] = []
    for row in rows.values():
        parent = rows.get(row.parent_wbs_id)
        if row.proj_node_flag == "Y":
            result.name_of_project[row.proj_id] = row.wbs_name
        if parent is None or parent.proj_id != row.proj_id or row.proj_node_flag == "Y":
            roots.append(row)
        else:
            children[row.parent_wbs_id].append(row)
    taken: set[tuple[str, str]] = set()
    waiting = [(row, "", 1) for row in sorted(roots, key=_order, reverse=True)]
    while waiting:
        row, parent_key, depth = waiting.pop()
        if depth > limits.depth:
            remarks.note(
                "xer.wbs_too_deep", f"PROJWBS {row.wbs_short_name}", f"Nodes below {limits.depth} levels are left out."
            )
            continue
        if row.proj_node_flag == "Y":
            # The project's own node is the plan itself; its code changes with every copy and update of a project.
            result.key_of[row.wbs_id] = key = ""
            result.notebooks_of_project[row.proj_id] = notebooks.get(row.wbs_id, ())
            result.fields_of_project[row.proj_id] = fields.carried.get(("PROJWBS", row.wbs_id), {})
        else:
            code = row.wbs_short_name or row.wbs_id
            key = f"{parent_key}.{code}" if parent_key else code
            if (row.proj_id, key) in taken:
                remarks.note("xer.wbs_repeated", f"PROJWBS {key}", "Two nodes share one path; the id was added.")
                key = f"{key} #{row.wbs_id}"
            taken.add((row.proj_id, key))
            result.key_of[row.wbs_id] = key
            result.nodes[row.proj_id].append(
                WbsNode(
                    key=key,
                    name=row.wbs_name,
                    parent=parent_key,
                    code=code,
                    fields=fields.carried.get(("PROJWBS", row.wbs_id), {}),
                    notebooks=notebooks.get(row.wbs_id, ()),
                )
            )
        waiting.extend((child, key, depth + 1) for child in sorted(children[row.wbs_id], key=_order, reverse=True))
    missing = rows.keys() - result.key_of.keys()
    if missing:
        remarks.note(
            "xer.wbs_circle", "PROJWBS", "Nodes that are their own ancestors are left out.", count=len(missing)
        )
    return result


def _order(row: _WbsRow) -> tuple[float, str]:
    try:
        return float(row.seq_num), row.wbs_id
    except ValueError:
        return float("inf"), row.wbs_id


def _earning(row: _WbsRow, remarks: Remarks) -> Earning | None:
    if row.ev_compute_type in _FIXED:
        return Earning(EarningTechnique.FIXED, _FIXED[row.ev_compute_type])
    if row.ev_compute_type == _OWN_SHARE:
        return Earning(EarningTechnique.FIXED, min(max(number(row.ev_user_pct) or 0.0, 0.0), 100.0))
    if row.ev_compute_type not in _BY_ACTIVITY:
        said = f"Earned value technique “{row.ev_compute_type:.40}” is read as activity percent complete."
        remarks.note("xer.unknown_value", f"PROJWBS {row.wbs_short_name}", said)
    return None
