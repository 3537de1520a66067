"""Every setting, read from the environment once. ``docs/user/settings.md`` documents each; a test compares the two."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

HOME = Path(os.environ.get("WATCHFLOOR_HOME", Path.home() / ".local" / "share" / "watchfloor")).expanduser()
HOST = os.environ.get("WATCHFLOOR_HOST", "127.0.0.1")
PORT = int(os.environ.get("WATCHFLOOR_PORT", "8400"))
DEBUG = os.environ.get("WATCHFLOOR_DEBUG", "") == "1"
PUBLIC_URL = os.environ.get("WATCHFLOOR_PUBLIC_URL", f"http://{HOST}:{PORT}")

PACKAGE = Path(__file__).resolve().parent.parent


def _secret_key() -> str:
    """From the environment, else made once and kept readable by the owner alone."""
    if key := os.environ.get("WATCHFLOOR_SECRET_KEY"):
        return key
    path = HOME / "secret-key"
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = _secret_key()


def database(url: str) -> dict[str, Any]:
    """Django's settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
        }
    raise ValueError(f"WATCHFLOOR_DATABASE_URL: scheme {parts.scheme!r} is unknown; use sqlite:/// or postgresql://")


DATABASES = {"default": database(os.environ.get("WATCHFLOOR_DATABASE_URL", f"sqlite:///{HOME / 'watchfloor.sqlite3'}"))}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "watchfloor.journal",
    "watchfloor.jobs",
    "watchfloor.money",
    "watchfloor.portfolio",
    "watchfloor.accounts",
    "watchfloor.plans",
    "watchfloor.exchange",
    "watchfloor.forecasts",
    "watchfloor.detection",
    "watchfloor.alerts",
    "watchfloor.notify",
    "watchfloor.web",
]
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
