"""One import as its page shows it: progress while it runs, then what came in and what was not understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from watchfloor.exchange import queries
from watchfloor.jobs import queries as jobs
from watchfloor.kit.errors import NotFound
from watchfloor.kit.viewer import Viewer

_REMARKS_SHOWN = 400


def one(viewer: Viewer, import_id: int) -> Mapping[str, Any]:
    """The import, its job while it is not finished, and its remarks by kind."""
    found = queries.plan_import(viewer, import_id)
    job = None
    if not found.is_finished and found.job_id is not None:
        try:
            job = jobs.job(viewer, found.job_id)
        except NotFound:
            # Seen through a project it touched, while the job is its uploader's own.
            job = None
    kinds = Counter(each.code for each in found.remarks)
    return {
        "found": found,
        "job": job,
        "remark_kinds": kinds.most_common(),
        "remarks": found.remarks[:_REMARKS_SHOWN],
        "remarks_more": max(0, len(found.remarks) - _REMARKS_SHOWN),
    }


def part(viewer: Viewer, key: str | None) -> Mapping[str, Any] | None:
    return one(viewer, int(key)) if key and key.isdigit() else None
