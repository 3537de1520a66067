"""How much of a file we are ready to read. Files are hostile until read."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading; whoever passes one is refused by name, and nothing is imported."""

    file_bytes: int = 200 * MEGABYTE
    unpacked_bytes: int = 400 * MEGABYTE  # of a compressed workbook
    rows: int = 2_000_000  # records, elements or cells of one file
    activities: int = 250_000
    depth: int = 200  # nesting of elements and of a WBS
    remarks: int = 300  # distinct remarks kept; the rest is counted
    memory_bytes: int = 1536 * MEGABYTE
    java_heap_bytes: int = 1024 * MEGABYTE
    output_bytes: int = 512 * MEGABYTE
    cpu_seconds: int = 120
    wall_seconds: int = 180


DEFAULT_LIMITS = Limits()
