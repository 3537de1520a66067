"""Plan documents ↔ JSON, driven by the dataclasses themselves. Strict: what does not fit is an error with its place.

Fields that equal their default are left out, so that a document of thousands of activities stays small. Times are
ISO 8601 without zone, enumerations their values. ``document_from_json(document_to_json(d)) == d``.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

from watchfloor.kit.errors import WatchfloorError
from watchfloor.plans.document import PlanDocument

SCHEMA_VERSION = 1

T = typing.TypeVar("T")
Encoder = Callable[[Any], Any]
Decoder = Callable[[Any, str], Any]
_REQUIRED = object()


class BadDocument(WatchfloorError):
    """JSON that is not a plan document; ``place`` is the path of the first fault."""

    code = "document.bad"
    status = 422

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(
            f"{place or 'document'}: {problem}", remedy="Send a document of the published schema.", place=place
        )


def document_to_json(document: PlanDocument) -> str:
    """One line of JSON that ``document_from_json`` reads back to an equal document."""
    body = {"schema_version": SCHEMA_VERSION, **encode(document)}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def document_from_json(text: str | bytes) -> PlanDocument:
    """The document that a JSON text holds. Raises BadDocument with the path of the first fault."""
    try:
        body = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadDocument("", f"not JSON ({error})") from error
    if not isinstance(body, dict):
        raise BadDocument("", "an object is expected")
    version = body.pop("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise BadDocument("schema_version", f"{version!r} is not {SCHEMA_VERSION}")
    return decode(PlanDocument, body)


def encode(value: Any) -> Any:
    """A frozen dataclass of this product → plain JSON values."""
    kind: Any = type(value)
    return _encoder(kind)(value)


def decode(kind: type[T], value: Any, place: str = "") -> T:
    """Plain JSON values → the dataclass. Raises BadDocument."""
    known: Any = kind
    return typing.cast("T", _decoder(known)(value, place))


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not allowed")


@cache
def _fields(kind: type) -> tuple[tuple[str, Any, object], ...]:
    hints = typing.get_type_hints(kind)
    rows = []
    for field in dataclasses.fields(kind):
        default: object = _REQUIRED
        if field.default is not dataclasses.MISSING:
            default = field.default
        elif field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        rows.append((field.name, hints[field.name], default))
    return tuple(rows)


@cache
def _encoder(kind: Any) -> Encoder:
    origin = typing.get_origin(kind)
    arguments = typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        encode_inner = _encoder(inner)
        return lambda value: None if value is None else encode_inner(value)
    if origin is tuple:
        item = _encoder(arguments[0])
        return lambda value: [item(each) for each in value]
    if origin in (Mapping, dict):
        item = _encoder(arguments[1])
        return lambda value: {key: item(each) for key, each in value.items()}
    if dataclasses.is_dataclass(kind):
        rows = [(name, _encoder(hint), default) for name, hint, default in _fields(typing.cast("type", kind))]

        def encode_fields(value: Any) -> dict[str, Any]:
            body = {}
            for name, encoder, default in rows:
                each = getattr(value, name)
                if each != default or type(each) is not type(default):
                    body[name] = encoder(each)
            return body

        return encode_fields
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: value.value
    if kind in (datetime, date):
        return lambda value: value.isoformat()
    assert kind in (str, int, float, bool), f"no JSON form for {kind}"
    return lambda value: value


@cache
def _decoder(kind: Any) -> Decoder:
    origin = typing.get_origin(kind)
    arguments = typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        decode_inner = _decoder(inner)
        return lambda value, place: None if value is None else decode_inner(value, place)
    if origin is tuple:
        return _list_decoder(_decoder(arguments[0]))
    if origin in (Mapping, dict):
        return _mapping_decoder(_decoder(arguments[1]))
    if dataclasses.is_dataclass(kind):
        return _dataclass_decoder(typing.cast("type", kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_decoder(kind)
    if kind is datetime:
        return _moment
    if kind is date:
        return _day
    return _scalar_decoder(kind)


def _list_decoder(item: Decoder) -> Decoder:
    def decode_list(value: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise BadDocument(place, "a list is expected")
        return tuple([item(each, f"{place}[{index}]") for index, each in enumerate(value)])

    return decode_list


def _mapping_decoder(item: Decoder) -> Decoder:
    def decode_mapping(value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise BadDocument(place, "an object is expected")
        return {key: item(each, f"{place}.{key}") for key, each in value.items()}

    return decode_mapping


def _dataclass_decoder(kind: type) -> Decoder:
    rows = _fields(kind)
    decoders = {name: _decoder(hint) for name, hint, _ in rows}
    required = [name for name, _, default in rows if default is _REQUIRED]

    def decode_fields(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise BadDocument(place, "an object is expected")
        dot = f"{place}." if place else ""
        arguments = {}
        for name, each in value.items():
            decoder = decoders.get(name)
            if decoder is None:
                raise BadDocument(dot + name, f"{kind.__name__} has no such field")
            arguments[name] = decoder(each, dot + name)
        for name in required:
            if name not in arguments:
                raise BadDocument(dot + name, "missing")
        return kind(**arguments)

    return decode_fields


def _enum_decoder(kind: type[Enum]) -> Decoder:
    known = {member.value: member for member in kind}

    def decode_enum(value: Any, place: str) -> Enum:
        if not isinstance(value, str) or value not in known:
            raise BadDocument(place, f"{value!r} is none of {', '.join(map(str, known))}")
        return known[value]

    return decode_enum


def _moment(value: Any, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadDocument(place, f"{value!r} is not a date and time") from error
    if moment.tzinfo is not None:
        raise BadDocument(place, "a plan's own wall clock carries no zone")
    return moment


def _day(value: Any, place: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadDocument(place, f"{value!r} is not a date") from error


def _scalar_decoder(kind: Any) -> Decoder:
    def decode_scalar(value: Any, place: str) -> Any:
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise BadDocument(place, f"{kind.__name__} is expected, not {value!r:.40}")
        if kind is float and not math.isfinite(value):
            raise BadDocument(place, "a finite number is expected")
        if kind is int and not -(2**63) <= value < 2**63:
            raise BadDocument(place, "the number is too large")
        return value

    return decode_scalar
