"""The data date of an MS Project file that names none: what the file holds, and never the moment it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from watchfloor.exchange.formats.mpxj.plans import _data_date
from watchfloor.exchange.formats.remarks import Remarks


@dataclass(frozen=True)
class JavaMoment:
    """As much of a ``LocalDateTime`` as is asked."""

    at: datetime

    def getNano(self) -> int:
        return self.at.microsecond * 1000


@dataclass(frozen=True)
class Properties:
    status: JavaMoment | None
    current: JavaMoment | None
    saved: JavaMoment | None

    def getStatusDate(self) -> Any:
        return self.status

    def getCurrentDate(self) -> Any:
        return self.current

    def getLastSaved(self) -> Any:
        return self.saved


class Units:
    def moment(self, value: JavaMoment | None, _place: str) -> datetime | None:
        return None if value is None else value.at


STORED = JavaMoment(datetime(2026, 3, 6, 17))
SAVED = JavaMoment(datetime(2026, 3, 5, 9, 30))
READ = JavaMoment(datetime(2026, 11, 26, 17, 37, 14, 521226))  # what MPXJ gives where the file holds none


@pytest.mark.parametrize(
    ("properties", "expected", "remarked"),
    [
        (Properties(STORED, READ, SAVED), STORED.at, 0),
        (Properties(None, STORED, SAVED), STORED.at, 1),
        (Properties(None, READ, SAVED), SAVED.at, 1),
        (Properties(None, READ, None), None, 1),
        (Properties(None, None, None), None, 1),
    ],
)
def test_the_moment_of_reading_is_no_data_date(
    properties: Properties, expected: datetime | None, remarked: int
) -> None:
    remarks = Remarks(10)
    found = _data_date(properties, Units(), primavera=False, remarks=remarks)  # type: ignore[arg-type]
    assert found == expected
    assert len(remarks.rows()) == remarked


def test_primavera_has_its_own_data_date_or_none() -> None:
    remarks = Remarks(10)
    assert _data_date(Properties(None, READ, SAVED), Units(), primavera=True, remarks=remarks) is None  # type: ignore[arg-type]
    assert remarks.rows() == ()
