"""Is the process alive, and may it be sent work? For supervisors and load balancers; no secrets, no sign-in."""

from __future__ import annotations

import logging
import shutil

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from watchfloor.jobs.queries import oldest_overdue_s
from watchfloor.kit import clock

_log = logging.getLogger("watchfloor.health")
_DISK_LOW_BYTES = 200 * 1024 * 1024
_PIPELINE_SILENT_S = 300


@login_not_required
@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """503 with the failing check's name when database, migrations, disk or pipeline are not fit for work."""
    checks: dict[str, str] = {}
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["database"] = "ok"
        checks["migrations"] = "behind" if behind else "ok"
        waiting_s = oldest_overdue_s(clock.now())
        checks["pipeline"] = "ok" if waiting_s < _PIPELINE_SILENT_S else "silent"
    except Exception:  # whatever the driver raises, the answer is the same: not ready
        _log.exception("The database is not fit for work")
        checks["database"] = "unreachable"
    free = shutil.disk_usage(settings.HOME).free if settings.HOME.exists() else 0
    checks["disk"] = "ok" if free > _DISK_LOW_BYTES else "low"
    fit = all(result == "ok" for result in checks.values())
    return JsonResponse({"status": "ready" if fit else "not ready", "checks": checks}, status=200 if fit else 503)
