"""Every setting, read from the environment once. ``docs/user/settings.md`` documents each; a test compares the two."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from watchfloor.kit.home import home, place_kernel_cache

place_kernel_cache()


def _flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in ("1", "true", "yes", "on")


def _number(name: str, default: int, *, low: int, high: int) -> int:
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isdigit() or not low <= int(text) <= high:
        raise ImproperlyConfigured(f"{name} is {text!r}; give a whole number from {low} to {high}.")
    return int(text)


def _folders(name: str) -> tuple[str, ...]:
    """Whole paths, separated as in PATH."""
    named = [each.strip() for each in os.environ.get(name, "").split(os.pathsep) if each.strip()]
    if wrong := [each for each in named if not Path(each).is_absolute()]:
        raise ImproperlyConfigured(f"{name} names {wrong[0]!r}; give whole paths, separated by {os.pathsep!r}.")
    return tuple(named)


HOME = home()
HOST = os.environ.get("WATCHFLOOR_HOST", "127.0.0.1")
PORT = _number("WATCHFLOOR_PORT", 8400, low=1, high=65535)
DEBUG = _flag("WATCHFLOOR_DEBUG")
PUBLIC_URL = os.environ.get("WATCHFLOOR_PUBLIC_URL", f"http://{HOST}:{PORT}").rstrip("/")
WEB_THREADS = _number("WATCHFLOOR_WEB_THREADS", 8, low=1, high=64)
LIVE_STREAMS = _number("WATCHFLOOR_LIVE_STREAMS", 1000, low=1, high=20_000)
LIVE_STREAMS_PER_USER = _number("WATCHFLOOR_LIVE_STREAMS_PER_USER", 12, low=1, high=1000)
MAX_UPLOAD_BYTES = _number("WATCHFLOOR_MAX_UPLOAD_MB", 100, low=1, high=4096) * 1024 * 1024
FEED_FOLDERS = _folders("WATCHFLOOR_FEED_FOLDERS")
PACKAGE = Path(__file__).resolve().parent.parent


def _secret_key() -> str:
    """From the environment, else made once and kept readable by the owner alone."""
    if key := os.environ.get("WATCHFLOOR_SECRET_KEY"):
        if len(key) < 32:
            raise ImproperlyConfigured("WATCHFLOOR_SECRET_KEY is shorter than 32 characters; give a long random one.")
        return key
    path = HOME / "secret-key"
    HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written aside and linked into place: two processes starting at once end up with one key, never with half of one.
    draft = HOME / f".secret-key-{os.getpid()}"
    try:
        if not path.exists():
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(50))
            os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    return path.read_text().strip()


SECRET_KEY = _secret_key()


def database(url: str) -> dict[str, Any]:
    """Django's settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name?sslmode=require``."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": "/" + unquote(parts.path).lstrip("/"),
            # Opening the file anew for each request would cost more than most of its queries.
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # FULL: what a user was told is saved survives a power cut, also in WAL mode.
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
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    raise ImproperlyConfigured(
        f"WATCHFLOOR_DATABASE_URL: scheme {parts.scheme!r} is unknown; use sqlite:///… or postgresql://…"
    )


DATABASES = {
    "default": database(os.environ.get("WATCHFLOOR_DATABASE_URL") or f"sqlite://{HOME.absolute()}/watchfloor.sqlite3")
}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "watchfloor.journal",
    "watchfloor.jobs",
    "watchfloor.calendars",
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
MIDDLEWARE = [
    "watchfloor.web.middleware.SettleRequest",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "watchfloor.web.middleware.ViewerOnRequest",
    "watchfloor.web.middleware.RequireSignIn",
    "watchfloor.web.middleware.ProblemPages",
    "watchfloor.web.past.PastOnRequest",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "watchfloor.config.urls"
WSGI_APPLICATION = "watchfloor.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Who signs in, and how often they may try.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=1)
# The pair, not the address alone: one stranger must not lock a whole office out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "watchfloor.web.middleware.client_address"

# What browsers may do with our pages.
_SECURE = PUBLIC_URL.startswith("https://")
BEHIND_PROXY = _flag("WATCHFLOOR_BEHIND_PROXY")
ALLOWED_HOSTS = sorted(
    {"localhost", "127.0.0.1", "[::1]", urlsplit(PUBLIC_URL).hostname or "localhost"}
    | {HOST} - {"0.0.0.0", "::"}  # noqa: S104 - a wildcard address is no host name
    | {name.strip() for name in os.environ.get("WATCHFLOOR_ALLOWED_HOSTS", "").split(",") if name.strip()}
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if _SECURE else []
CSRF_FAILURE_VIEW = "watchfloor.web.problems.csrf_failure"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_NAME = "__Host-watchfloor" if _SECURE else "watchfloor"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _SECURE
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 200  # a Monday's plans of a whole organisation at once
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_HANDLERS = [
    "watchfloor.web.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
APPEND_SLASH = False

# Assets: collected with hashed names into the data folder by `watchfloor up` and `web`; until then served from source.
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
_COLLECTED = (STATIC_ROOT / "staticfiles.json").exists() and not DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if _COLLECTED or _flag("WATCHFLOOR_COLLECTING")
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not _COLLECTED
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


def mail(url: str) -> dict[str, Any]:
    """Django's mail settings for ``smtp://user:password@host:port`` (STARTTLS if offered by ``smtp+tls``) or ``smtps://``."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtp+tls", "smtps") or not parts.hostname:
        raise ImproperlyConfigured(
            "WATCHFLOOR_SMTP_URL: use smtp://host:25, smtp+tls://user:password@host:587 or smtps://"
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


SMTP_URL = os.environ.get("WATCHFLOOR_SMTP_URL", "")
globals().update(mail(SMTP_URL))
MAIL_CONFIGURED = bool(SMTP_URL)
DEFAULT_FROM_EMAIL = os.environ.get("WATCHFLOOR_MAIL_FROM", f"watchfloor@{urlsplit(PUBLIC_URL).hostname}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

HEARTBEAT_URL = os.environ.get("WATCHFLOOR_HEARTBEAT_URL", "")
if HEARTBEAT_URL and urlsplit(HEARTBEAT_URL).scheme not in ("http", "https"):
    raise ImproperlyConfigured("WATCHFLOOR_HEARTBEAT_URL: use an address that begins with https:// or http://")

# SQLite has no unique constraint over nulls; ``accounts.operations.grant`` looks before it writes.
SILENCED_SYSTEM_CHECKS = ["models.W047"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"

LOG_LEVEL = os.environ.get("WATCHFLOOR_LOG_LEVEL", "INFO").upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "watchfloor.config.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "axes": {"level": "WARNING"},
        "numba": {"level": "WARNING"},
    },
}
