"""Settings: each is documented, and a wrong value says what would be right."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from watchfloor.config.settings import database, mail

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"WATCHFLOOR_[A-Z][A-Z_]+[A-Z]")


def settings_of(**environment: str) -> subprocess.CompletedProcess[str]:
    """What a fresh process makes of an environment."""
    show = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.ALLOWED_HOSTS)"
    )
    return subprocess.run(
        [sys.executable, "-c", show],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "watchfloor.config.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_setting_that_is_read_is_documented_and_every_documented_one_is_read() -> None:
    sources = [*ROOT.glob("src/**/*.py"), ROOT / "scripts" / "bootstrap.py", ROOT / ".ci" / "run"]
    read = {name for source in sources for name in NAME.findall(source.read_text(encoding="utf-8"))}
    documented = set(
        re.findall(r"^\| `(WATCHFLOOR_[A-Z_]+)`", (ROOT / "docs/user/settings.md").read_text(), re.MULTILINE)
    )
    assert read == documented


def test_a_database_url_may_name_sqlite_or_postgresql() -> None:
    assert database("sqlite:////data/w.sqlite3")["NAME"] == "/data/w.sqlite3"
    server = database("postgresql://me:p%40ss@db.example:5433/watch?sslmode=require")
    assert (server["USER"], server["PASSWORD"], server["HOST"], server["PORT"]) == ("me", "p@ss", "db.example", "5433")
    assert server["NAME"] == "watch"
    assert server["OPTIONS"] == {"sslmode": "require"}


def test_acknowledged_writes_on_sqlite_survive_a_power_cut() -> None:
    assert "synchronous=FULL" in database("sqlite:////x")["OPTIONS"]["init_command"]


def test_an_unknown_database_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(ImproperlyConfigured, match="sqlite:///"):
        database("mysql://x/y")


def test_mail_is_off_until_a_server_is_named() -> None:
    assert mail("")["EMAIL_BACKEND"].endswith("dummy.EmailBackend")
    assert mail("smtps://u:p%2Fw@mail.example")["EMAIL_PORT"] == 465
    assert mail("smtp+tls://mail.example")["EMAIL_USE_TLS"] is True
    with pytest.raises(ImproperlyConfigured, match="smtp://"):
        mail("mail.example:25")


def test_https_makes_cookies_secure_and_the_public_host_allowed(tmp_path: Path) -> None:
    told = settings_of(WATCHFLOOR_PUBLIC_URL="https://floor.example", WATCHFLOOR_HOME=str(tmp_path)).stdout
    assert "__Host-watchfloor True" in told
    assert "floor.example" in told


def test_listening_everywhere_does_not_answer_to_every_name(tmp_path: Path) -> None:
    told = settings_of(WATCHFLOOR_HOST="0.0.0.0", WATCHFLOOR_HOME=str(tmp_path)).stdout
    assert "*" not in told
    assert "'0.0.0.0'" in told  # as the default public URL names it


def test_a_wrong_number_stops_the_start_and_names_the_range(tmp_path: Path) -> None:
    told = settings_of(WATCHFLOOR_PORT="eighty", WATCHFLOOR_HOME=str(tmp_path))
    assert told.returncode != 0
    assert "WATCHFLOOR_PORT" in told.stderr
    assert "1 to 65535" in told.stderr


def test_the_first_start_makes_a_secret_that_only_the_owner_reads(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert settings_of(WATCHFLOOR_HOME=str(home)).returncode == 0
    secret = home / "secret-key"
    assert len(secret.read_text()) >= 50
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    before = secret.read_text()
    settings_of(WATCHFLOOR_HOME=str(home))
    assert secret.read_text() == before


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    told = settings_of(WATCHFLOOR_HOME=str(tmp_path), WATCHFLOOR_SECRET_KEY="changeme")
    assert "32 characters" in told.stderr
