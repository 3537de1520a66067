"""Who is on duty, when, and where nobody is: layered rotations, overrides and nights in everybody's own zone. Pure.

The hours of a layer and the nights of a person are told on the clock of a zone, so that a watch from eight to four in
Sydney stays one when clocks there change. See docs/methods/rota.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ALL_DAYS = frozenset(range(7))
MAX_DAYS = 400  # of one look ahead
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns. Of the layers of a rota the first that has somebody for the moment is on watch.

    ``shift_days`` long turns begin with ``starts_on`` at ``change_at`` on the clock of ``zone``. ``weekdays`` (0 is
    Monday) and the hours from ``begins`` to ``ends``, past midnight where they end before they begin, narrow it.
    """

    people: tuple[int, ...]
    starts_on: date
    zone: str
    change_at: time = time(9)
    shift_days: int = 7
    weekdays: frozenset[int] = ALL_DAYS
    begins: time | None = None
    ends: time | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody is on duty for a span, whoever the layers name; ``instead_of`` narrows it to one person's turns."""

    person: int
    begins: datetime
    ends: datetime
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Night:
    """Hours in which nobody is put on duty by a layer, on each person's own clock."""

    begins: time = time(22)
    ends: time = time(7)


@dataclass(frozen=True, slots=True)
class Rota:
    """One duty: its layers, most important first, what departs from them, and its rule for nights."""

    id: int
    name: str = ""
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()  # of two at the same moment the later one holds
    night: Night | None = None

    @property
    def people(self) -> frozenset[int]:
        """Everybody it may name."""
        members = {person for layer in self.layers for person in layer.people}
        return frozenset(members | {each.person for each in self.overrides})


@dataclass(frozen=True, slots=True)
class Shift:
    """A span without a change; ``person`` is None where nobody is on duty."""

    person: int | None
    begins: datetime
    ends: datetime


def on_duty(rota: Rota, zones: Mapping[int, str], now: datetime) -> int | None:
    """Who is on duty at the moment, None: nobody.

    ``zones`` are those of the people who can be on duty: whoever is not in it (left, locked) is passed over.
    """
    by_layers = next((each for layer in rota.layers if (each := _of_layer(layer, rota, zones, now)) is not None), None)
    for override in reversed(rota.overrides):
        holds = override.begins <= now < override.ends and override.instead_of in (None, by_layers)
        if holds and override.person in zones:
            return override.person
    return by_layers


def shifts(rota: Rota, zones: Mapping[int, str], first: datetime, last: datetime) -> tuple[Shift, ...]:
    """The duty from one moment to another, without holes: a hole is a shift of nobody.

    At most ``MAX_DAYS`` long; what lies behind is left out.
    """
    last = min(last, first + MAX_DAYS * _DAY)
    marks = sorted({first, *(at for at in _changes(rota, zones, first, last) if first < at < last)})
    found: list[Shift] = []
    for begins, ends in zip(marks, [*marks[1:], last], strict=True):
        person = on_duty(rota, zones, begins)
        if found and found[-1].person == person:
            found[-1] = Shift(person, found[-1].begins, ends)
        else:
            found.append(Shift(person, begins, ends))
    return tuple(found)


def gaps(rota: Rota, zones: Mapping[int, str], first: datetime, last: datetime) -> tuple[Shift, ...]:
    """Where nobody is on duty."""
    return tuple(each for each in shifts(rota, zones, first, last) if each.person is None)


def _of_layer(layer: Layer, rota: Rota, zones: Mapping[int, str], now: datetime) -> int | None:
    local = now.astimezone(ZoneInfo(layer.zone))
    if not layer.people or not _covers(layer, local):
        return None
    turn = _turn(layer, local)
    if turn < 0:
        return None
    person = layer.people[turn % len(layer.people)]
    if person not in zones or (rota.night is not None and _within(rota.night, now, zones[person])):
        return None
    return person


def _turn(layer: Layer, local: datetime) -> int:
    """Which turn it is since the first; negative before that."""
    day = local.date() if local.time() >= layer.change_at else local.date() - _DAY
    return (day - layer.starts_on).days // layer.shift_days


def _covers(layer: Layer, local: datetime) -> bool:
    """Whether the layer watches at the moment; hours past midnight belong to the day they began on."""
    if layer.begins is None or layer.ends is None or layer.begins == layer.ends:
        return local.weekday() in layer.weekdays
    at = local.time()
    if layer.begins < layer.ends:
        return layer.begins <= at < layer.ends and local.weekday() in layer.weekdays
    if at >= layer.begins:
        return local.weekday() in layer.weekdays
    return at < layer.ends and (local - _DAY).weekday() in layer.weekdays


def _within(night: Night, now: datetime, zone: str) -> bool:
    at = now.astimezone(ZoneInfo(zone)).time()
    if night.begins < night.ends:
        return night.begins <= at < night.ends
    return at >= night.begins or at < night.ends


def _changes(rota: Rota, zones: Mapping[int, str], first: datetime, last: datetime) -> Iterator[datetime]:
    """Every moment at which somebody else may come on duty."""
    for override in rota.overrides:
        yield override.begins
        yield override.ends
    for layer in rota.layers:
        clock = [time(0), layer.change_at, *(each for each in (layer.begins, layer.ends) if each is not None)]
        yield from _daily(clock, layer.zone, first, last)
    if rota.night is not None:
        for zone in {zones[person] for person in rota.people if person in zones}:
            yield from _daily((rota.night.begins, rota.night.ends), zone, first, last)


def _daily(clock: Sequence[time], zone: str, first: datetime, last: datetime) -> Iterator[datetime]:
    """The times of day in the zone, each day of the span, and midnights of clock changes, in UTC."""
    there = ZoneInfo(zone)
    day, end = first.astimezone(there).date() - _DAY, last.astimezone(there).date() + _DAY
    while day <= end:
        for at in clock:
            for fold in (0, 1):  # an hour that comes twice begins twice
                yield datetime.combine(day, at, there).replace(fold=fold).astimezone(UTC)
        day += _DAY
