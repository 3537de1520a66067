"""Plan ↔ plain data ↔ compressed bytes, driven by the record types of ``plans.document``; no Django.

Plain data is what JSON can hold: a record is a mapping without the fields that equal their default, so that an added
field does not change what was stored before. Decoding is strict: an unknown field, a wrong type or a missing required
field is named with its place. Equal plans encode to equal text, which the digest relies on.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from watchfloor.kit.errors import Invalid
from watchfloor.plans.document import Plan, WorkCalendar

Record = TypeVar("Record")
Encoder = Callable[[Any], Any]
Decoder = Callable[[Any, str], Any]

_FORMAT = b"WP1"
MAX_PLAIN_BYTES = 512 * 1024 * 1024
MAX_INTEGER = 2**62
_WRONG = "plan.not_decodable"


class DecodeError(Invalid):
    """The data does not describe a plan; ``place`` names where."""

    code = _WRONG


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    name: str
    default: Any  # MISSING when required
    encode: Encoder
    decode: Decoder


def encode(record: Any) -> dict[str, Any]:
    """Plain data of one record of ``plans.document``, without fields at their default."""
    if type(record) is WorkCalendar:
        return dict(_encoded_calendar(record))
    return _encode_fields(record)


def encode_field(record_type: type, name: str, value: Any) -> Any:
    """Plain data of one field's value."""
    return shape(record_type)[name].encode(value)


def decode_field(record_type: type, name: str, value: Any, place: str = "") -> Any:
    """One field's value from plain data; raises :class:`DecodeError`."""
    field = shape(record_type).get(name)
    if field is None:
        raise DecodeError(f"There is no field {name!r}.", place=place or name)
    return field.decode(value, place or name)


def decode(record_type: type[Record], data: Any, place: str = "") -> Record:
    """The record that :func:`encode` made the data from.

    Raises:
        DecodeError: a field is unknown, missing or of the wrong type; ``place`` says which.
    """
    if not isinstance(data, Mapping):
        raise DecodeError("An object with named fields is expected.", place=place)
    fields = shape(record_type)
    values = {}
    for name, value in data.items():
        field = fields.get(name)
        if field is None:
            raise DecodeError(f"There is no field {name!r} in {record_type.__name__}.", place=_below(place, str(name)))
        values[name] = field.decode(value, _below(place, name))
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise DecodeError(f"The field {name!r} is missing.", place=_below(place, name))
    return record_type(**values)


def to_json(plan: Plan) -> bytes:
    """The plan as JSON text: columns per table, so that it packs well and reads fast."""
    return json.dumps(to_columns(plan), separators=(",", ":"), ensure_ascii=False).encode()


def to_bytes(plan: Plan) -> bytes:
    """The plan, compressed."""
    # Level 1 gives most of the gain; higher ones cost several times the time for a tenth of the size.
    return _FORMAT + zlib.compress(to_json(plan), 1)


def from_bytes(block: bytes) -> Plan:
    """The plan that :func:`to_bytes` packed.

    Raises:
        DecodeError: the bytes are damaged, too large or of another format.
    """
    if not block.startswith(_FORMAT):
        raise DecodeError("This is no stored plan.")
    return from_columns(parse_json(unpack(block[len(_FORMAT) :])))


def unpack(block: bytes) -> bytes:
    """Decompressed bytes, refusing to grow past the limit."""
    engine = zlib.decompressobj()
    try:
        text = engine.decompress(block, MAX_PLAIN_BYTES)
    except zlib.error as problem:
        raise DecodeError("The stored bytes are damaged.") from problem
    if engine.unconsumed_tail or not engine.eof:
        raise DecodeError("The stored bytes are damaged or too large.")
    return text


def parse_json(text: bytes | str) -> Any:
    """JSON without its extensions: NaN and infinities are refused."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        raise DecodeError("This is no JSON text.") from problem


TABLES: Mapping[str, type] = {}  # name of a Plan field holding rows → type of its rows; filled below


def to_columns(plan: Plan) -> dict[str, Any]:
    """Plain data of a plan with each table as columns; a column that is all default is left out."""
    data = {name: value for name, value in _encode_fields(plan).items() if name not in TABLES}
    for table, record_type in TABLES.items():
        rows = getattr(plan, table)
        if rows:
            data[table] = _columns(record_type, rows)
    return data


def from_columns(data: Any) -> Plan:
    """The plan that :func:`to_columns` described."""
    if not isinstance(data, Mapping):
        raise DecodeError("An object with named fields is expected.")
    plain = {name: value for name, value in data.items() if name not in TABLES}
    tables = {table: _rows(record_type, data[table], table) for table, record_type in TABLES.items() if table in data}
    whole: Any = dataclasses.replace
    return cast(Plan, whole(decode(Plan, plain), **tables))


def shape(record_type: type) -> dict[str, _Field]:
    """How each field of a record type is encoded and decoded, in the order of its definition."""
    known = _shapes.get(record_type)
    if known is None:
        known = _shapes[record_type] = _shape(record_type)
    return known


_shapes: dict[type, dict[str, _Field]] = {}  # one per record type, of which there are some twenty


def _shape(record_type: Any) -> dict[str, _Field]:
    hints = get_type_hints(record_type)
    found = {}
    for each in dataclasses.fields(record_type):
        default = each.default
        if each.default_factory is not dataclasses.MISSING:
            default = each.default_factory()
        encoder, decoder = _coder(hints[each.name], ordered=each.name in _ORDERED_MAPS)
        found[each.name] = _Field(each.name, default, encoder, decoder)
    return found


# Mappings whose order means something; the others are written in the order of their keys.
_ORDERED_MAPS = frozenset({"values"})


@lru_cache(maxsize=64)
def _getter(record_type: Any) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*shape(record_type))  # of two names or more, so that it gives tuples


def _encode_fields(record: Any) -> dict[str, Any]:
    record_type: Any = type(record)
    data = {}
    for field, value in zip(shape(record_type).values(), _getter(record_type)(record), strict=True):
        if value is not field.default and value != field.default:
            data[field.name] = field.encode(value)
    return data


@lru_cache(maxsize=512)
def _encoded_calendar(calendar: WorkCalendar) -> dict[str, Any]:
    # Calendars hold hundreds of exceptions and hardly ever change, but are part of every digest.
    return _encode_fields(calendar)


def _columns(record_type: type, rows: tuple[Any, ...]) -> dict[str, Any]:
    if record_type is WorkCalendar:
        return {"rows": [encode(row) for row in rows]}
    getter = _getter(record_type)
    columns: dict[str, Any] = {"n": len(rows)}
    for field, values in zip(shape(record_type).values(), zip(*map(getter, rows), strict=True), strict=True):
        default = field.default
        if default is not dataclasses.MISSING and values.count(default) == len(values):
            continue
        encoder = field.encode
        columns[field.name] = list(values) if encoder is _same else [encoder(value) for value in values]
    return columns


def _rows(record_type: type, data: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(data, Mapping):
        raise DecodeError("A table with columns is expected.", place=place)
    if "rows" in data:
        return tuple(decode(record_type, row, f"{place}[{index}]") for index, row in enumerate(data["rows"]))
    count = data.get("n")
    if not isinstance(count, int):
        raise DecodeError("The number of rows is missing.", place=place)
    columns = []
    for name, field in shape(record_type).items():
        values = data.get(name)
        if values is None:
            if field.default is dataclasses.MISSING:
                raise DecodeError(f"The column {name!r} is missing.", place=place)
            columns.append([field.default] * count)
            continue
        if not isinstance(values, list) or len(values) != count:
            raise DecodeError(f"The column {name!r} has another length.", place=place)
        decoder, where = field.decode, f"{place}.{name}"
        columns.append([decoder(value, where) for value in values])
    unknown = data.keys() - shape(record_type).keys() - {"n"}
    if unknown:
        raise DecodeError(f"There is no column {min(unknown)!r}.", place=place)
    return tuple(map(record_type, *columns))


def _coder(hint: Any, *, ordered: bool = False) -> tuple[Encoder, Decoder]:
    """Encoder and decoder of one field type; only the types the document uses are known."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (each for each in arguments if each is not type(None))
        return _optional(*_coder(inner))
    if origin is tuple:
        return _sequence(*_coder(arguments[0]))
    if origin is Mapping:
        return _mapping(*_coder(arguments[1]), ordered=ordered)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str, _enum_decoder(hint)
    if dataclasses.is_dataclass(hint):
        record_type: Any = hint
        return encode, lambda value, place: decode(record_type, value, place)
    raise AssertionError(f"no codec for {hint!r}")


def _optional(encoder: Encoder, decoder: Decoder) -> tuple[Encoder, Decoder]:
    return (
        lambda value: None if value is None else encoder(value),
        lambda value, place: None if value is None else decoder(value, place),
    )


def _sequence(encoder: Encoder, decoder: Decoder) -> tuple[Encoder, Decoder]:
    def decode_all(value: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise DecodeError("A list is expected.", place=place)
        return tuple(decoder(each, f"{place}[{index}]") for index, each in enumerate(value))

    return lambda value: [encoder(each) for each in value], decode_all


def _mapping(encoder: Encoder, decoder: Decoder, *, ordered: bool) -> tuple[Encoder, Decoder]:
    def encode_all(value: Mapping[str, Any]) -> Any:
        if ordered:  # as pairs, since a JSON object's order is not meant to carry meaning
            return [[name, encoder(each)] for name, each in value.items()]
        return {name: encoder(value[name]) for name in sorted(value)}

    def decode_all(value: Any, place: str) -> dict[str, Any]:
        if ordered and isinstance(value, list):
            try:
                value = dict(value)
            except (TypeError, ValueError) as problem:
                raise DecodeError("Pairs of name and value are expected.", place=place) from problem
        if not isinstance(value, Mapping):
            raise DecodeError("An object with named values is expected.", place=place)
        return {_text(name, place): decoder(each, f"{place}.{name}") for name, each in value.items()}

    return encode_all, decode_all


def _enum_decoder(kind: type[StrEnum]) -> Decoder:
    members = {member.value: member for member in kind}

    def read(value: Any, place: str) -> StrEnum:
        member = members.get(value) if isinstance(value, str) else None
        if member is None:
            raise DecodeError(f"One of {', '.join(members)} is expected.", place=place)
        return member

    return read


def _same(value: Any) -> Any:
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise DecodeError("A text is expected.", place=place)
    if "\x00" in value:  # PostgreSQL cannot store it
        raise DecodeError("The text holds a NUL character.", place=place)
    return value


def _integer(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_INTEGER:
        raise DecodeError("A whole number is expected.", place=place)
    return value


def _number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise DecodeError("A number is expected.", place=place)
    return float(value)


def _flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise DecodeError("true or false is expected.", place=place)
    return value


def _moment(value: Any, place: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError) as problem:
        raise DecodeError("A moment like 2026-03-02T08:00:00 is expected.", place=place) from problem
    if found.tzinfo is not None:
        raise DecodeError("A moment of a plan has no zone: it is on the plan's own clock.", place=place)
    return found


def _day(value: Any, place: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as problem:
        raise DecodeError("A day like 2026-03-02 is expected.", place=place) from problem


def _encode_number(value: float) -> float:
    return float(value) + 0.0  # an int becomes a float and -0.0 becomes 0.0, since equal values must read equal


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


_SCALARS: Mapping[Any, tuple[Encoder, Decoder]] = {
    str: (_same, _text),
    int: (int, _integer),
    float: (_encode_number, _number),
    bool: (bool, _flag),
    datetime: (datetime.isoformat, _moment),
    date: (date.isoformat, _day),
}


def _tables() -> dict[str, type]:
    hints = get_type_hints(Plan)
    return {
        each.name: get_args(hints[each.name])[0]
        for each in dataclasses.fields(Plan)
        if get_origin(hints[each.name]) is tuple
    }


TABLES = _tables()
