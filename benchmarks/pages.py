"""How long the server thinks about a page: floor, portfolio and project of the sample organisation.

``python -m benchmarks.pages --json`` loads the full sample into a throw-away folder (or takes ``--home``) and asks the
product's own WSGI callable, middleware and all, as an administrator and as a member of one programme. Per page:
median and 95th percentile of wall time, and the median of CPU time, on which other load tells less.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

from benchmarks.sample_home import prepare, sample_home

WARM_UP = 3


def main() -> None:
    options = _options()
    with sample_home(options) as home:
        os.environ["WATCHFLOOR_HOME"] = str(home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchfloor.config.settings")
        os.environ["WATCHFLOOR_LOG_LEVEL"] = "WARNING"
        prepare(options)
        print(json.dumps(_measured(options), indent=None if options.json else 2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("full", "small"), default="full")
    parser.add_argument("--home", type=Path, help="a data folder with the sample loaded; one account is added")
    parser.add_argument("--times", type=int, default=40, help="requests per page")
    parser.add_argument("--json", action="store_true", help="one line")
    return parser.parse_args()


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    from watchfloor.config.wsgi import application
    from watchfloor.kit.viewer import SYSTEM
    from watchfloor.portfolio import queries as portfolio

    projects = portfolio.projects(SYSTEM)
    pages = {"floor": "/", "portfolio": "/portfolio", "project": f"/projects/{projects[0].code}"}
    found: dict[str, Any] = {"projects": len(projects), "times": options.times}
    viewers = {"administrator": _cookie({}), "programme": _cookie({"programme": projects[0].programme_code})}
    for who, cookie in viewers.items():
        for name, path in pages.items():
            for _ in range(WARM_UP):
                size = _ask(application, path, cookie)
            walls, cpus = [], []
            for _ in range(options.times):
                wall, cpu = time.perf_counter(), time.process_time()
                _ask(application, path, cookie)
                walls.append((time.perf_counter() - wall) * 1000)
                cpus.append((time.process_time() - cpu) * 1000)
            found[f"{name}_{who}"] = {
                "wall_p50_ms": round(statistics.median(walls), 1),
                "wall_p95_ms": round(sorted(walls)[int(len(walls) * 0.95)], 1),
                "cpu_p50_ms": round(statistics.median(cpus), 1),
                "kilobytes": round(size / 1000, 1),
            }
    return found


def _cookie(scope: dict[str, str]) -> str:
    """A session of an account made for this; with a scope, of one that sees only that programme."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from watchfloor.accounts import operations as accounts
    from watchfloor.accounts.models import User
    from watchfloor.kit import clock
    from watchfloor.kit.viewer import SYSTEM

    username = "bench-programme" if scope else "bench-administrator"
    user = User.objects.filter(username=username).first()
    if user is None:
        record = accounts.create_user(SYSTEM, username=username, now=clock.now())
        accounts.grant(
            SYSTEM,
            user_id=record.id,
            role="member" if scope else "administrator",
            programme_code=scope.get("programme"),
            now=clock.now(),
        )
        user = User.objects.get(pk=record.id)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return f"watchfloor={store.session_key}"


def _ask(application: Any, path: str, cookie: str) -> int:
    """One GET; returns the size of the answer."""
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8400",
        "HTTP_HOST": "127.0.0.1:8400",
        "HTTP_COOKIE": cookie,
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    answer = application(environ, lambda status, headers, exc_info=None: answered.append(status))
    size = sum(len(chunk) for chunk in answer)
    answer.close()
    assert answered == ["200 OK"], (path, answered)
    return size


if __name__ == "__main__":
    main()
