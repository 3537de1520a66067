"""Refusals: why a file cannot become a plan, and what its owner can do about it."""

from __future__ import annotations

from watchfloor.kit.errors import WatchfloorError


class UnreadableFile(WatchfloorError):
    """The file cannot be read as a plan; nothing of it is taken over.

    ``code`` is stable and says which refusal it is: ``file.empty``, ``file.too_big``, ``file.unknown``,
    ``file.not_a_plan``, ``file.password``, ``file.protrack``, ``file.broken``, ``file.limit``, ``file.cancelled`` …
    """

    status = 422

    def __init__(self, code: str, message: str, remedy: str = "", place: str = "") -> None:
        super().__init__(message, remedy=remedy, place=place)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[UnreadableFile], tuple[str, str, str, str]]:
        return UnreadableFile, (self.code, self.message, self.remedy, self.place)


class RowErrors(UnreadableFile):
    """A sheet with rows that cannot be taken over: each one named, none of the sheet imported."""

    def __init__(self, errors: tuple[RowError, ...], total: int) -> None:
        first = errors[0]
        cells = "1 cell" if total == 1 else f"{total} cells"
        super().__init__(
            "sheet.rows",
            f"{cells} cannot be read, first row {first.row}, “{first.column}”: {first.problem}",
            remedy=first.remedy,
            place=f"row {first.row}, column {first.column}",
        )
        self.errors = errors
        self.total = total

    def __reduce__(self) -> tuple[type[RowErrors], tuple[tuple[RowError, ...], int]]:  # type: ignore[override]
        return RowErrors, (self.errors, self.total)


class RowError:
    """One cell that cannot be read: where, what is wrong, what to do."""

    __slots__ = ("column", "problem", "remedy", "row", "sheet")

    def __init__(self, *, sheet: str, row: int, column: str, problem: str, remedy: str) -> None:
        self.sheet = sheet
        self.row = row
        self.column = column
        self.problem = problem
        self.remedy = remedy
