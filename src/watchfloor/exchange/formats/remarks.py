"""What was not understood, collected while reading: equal remarks are counted, not repeated."""

from __future__ import annotations

from watchfloor.plans.document import Remark

PLACES_NAMED = 3


class Remarks:
    """Gathers remarks of one reading; the same remark in many places becomes one row with a count."""

    def __init__(self, limit: int = 300) -> None:
        self._limit = limit
        self._places: dict[tuple[str, str], list[str]] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._left_out = 0

    def note(self, code: str, place: str, detail: str, *, count: int = 1) -> None:
        """Remember one remark; ``detail`` is the part that is equal in many places."""
        key = (code, detail)
        if key not in self._counts:
            if len(self._counts) >= self._limit:
                self._left_out += count
                return
            self._counts[key] = 0
            self._places[key] = []
        self._counts[key] += count
        places = self._places[key]
        if len(places) < PLACES_NAMED and place not in places:
            places.append(place)

    def rows(self) -> tuple[Remark, ...]:
        """All remarks in the order they first came up."""
        rows = []
        for (code, detail), count in self._counts.items():
            places = self._places[code, detail]
            place = ", ".join(places)
            if count > len(places):
                place += f" … ({count} in all)"
            rows.append(Remark(code=code, place=place, detail=detail))
        if self._left_out:
            rows.append(Remark("remarks.more", "", f"{self._left_out} further remarks are not listed."))
        return tuple(rows)


def words(text: str) -> frozenset[str]:
    """The words of a text: long tables of names stay readable."""
    return frozenset(text.split())
