"""Dataclasses to JSON objects and back, driven by their type hints; the same hints make the JSON Schema.

Writing leaves out what equals its default. Reading is strict about types, so that a damaged line is noticed, and
ignores keys it does not know, so that a newer Parley's line is still read. This module refuses to know about
sessions, files and lines.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from tui.domain.events import IMPOSSIBLE

MOST_LEVELS = 100
"""Nesting kept of free-form JSON; deeper values (an attack, not an answer) become a text."""

_LARGEST = 2**63 - 1
"""Whole numbers beyond count as this: nothing has so many of anything, and one can calculate with it."""

Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]


class ShapeError(ValueError):
    """A value is not of the promised type; the text names the field and says what it should be."""


def plain(value: Any, levels: int = MOST_LEVELS) -> Any:
    """Free-form data as plain JSON values: NaN and infinities become null, what JSON cannot hold becomes text."""
    if value is None or isinstance(value, (bool, str)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value if value.bit_length() < 4096 else str(hex(value))  # longer ones cannot be read back
    if levels <= 0:
        return "… nested too deeply to keep"
    if isinstance(value, Mapping):
        return {str(key): plain(item, levels - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, levels - 1) for item in value]
    return str(value)


def to_values(instance: Any) -> dict[str, Any]:
    """A dataclass instance as a JSON object, defaults left out."""
    found = {}
    for name, _, write, default, _ in _shape(type(instance)):
        value = getattr(instance, name)
        if default is MISSING or value != default:
            found[name] = write(value)
    return found


def from_values(kind: type, values: Mapping[str, Any]) -> Any:
    """A dataclass instance from a JSON object; unknown keys are ignored, and null is the default where there is one.

    Raises:
        ShapeError: a field without default is missing, or one has the wrong type.
    """
    texts, readers, required = _field_readers.get(kind) or _readers(kind)
    arguments = {}
    for name, value in values.items():
        if type(value) is str and name in texts:
            arguments[name] = value
        elif (read := readers.get(name)) is not None:
            try:
                arguments[name] = read(value)
            except ShapeError as error:
                if value is None and name not in required:
                    continue  # another program's way of saying nothing
                raise ShapeError(f"“{name}” {error}") from error
    if not required <= arguments.keys():
        missing = next(name for name, _, _, _, _ in _shape(kind) if name in required and name not in arguments)
        raise ShapeError(f"“{missing}” is missing")
    return kind(**arguments)


def schema_of(kind: type) -> dict[str, Any]:
    """The JSON Schema of what `to_values` writes for `kind`; field docstrings are not part of it."""
    properties = {name: _hint_schema(hint) for name, _, _, _, hint in _shape(kind)}
    required = [name for name, _, _, default, _ in _shape(kind) if default is MISSING]
    return {"type": "object", "properties": properties, "required": required}


_Shape = tuple[tuple[str, Reader, Writer, Any, Any], ...]
_shapes: dict[type, _Shape] = {}


def _shape(kind: type) -> _Shape:
    """Name, reader, writer, default and hint of each field; worked out once for each class."""
    found = _shapes.get(kind)
    if found is None:
        found = _shapes[kind] = _compiled(kind)
    return found


_FieldReaders = tuple[frozenset[str], dict[str, Reader], frozenset[str]]
_field_readers: dict[type, _FieldReaders] = {}


def _readers(kind: type) -> _FieldReaders:
    """The fields whose texts are taken as they are, how each field is read, and the fields that must be there.

    Most values are texts: a session of 50 MB has a hundred thousand of them, and more.
    """
    shape = _shape(kind)
    texts = frozenset(name for name, _, _, _, hint in shape if _without_none(hint)[0] is str)
    readers = {name: read for name, read, _, _, _ in shape}
    required = frozenset(name for name, _, _, default, _ in shape if default is MISSING)
    found = _field_readers[kind] = (texts, readers, required)
    return found


def _compiled(kind: type) -> _Shape:
    hints = get_type_hints(kind)
    return tuple(
        (field.name, _reader(hints[field.name]), _writer(hints[field.name]), _default(field), hints[field.name])
        for field in fields(kind)
    )


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, UnionType):
        rest = [part for part in get_args(hint) if part is not NoneType]
        if len(rest) == 1:
            return rest[0], True
    return hint, False


# -- reading -------------------------------------------------------------------------------------------------------


def _reader(hint: Any) -> Reader:
    inner, is_optional = _without_none(hint)
    read = _reader_of(inner)
    if not is_optional:
        return read
    return lambda value: None if value is None else read(value)


def _reader_of(hint: Any) -> Reader:
    if hint is Any:
        return lambda value: value
    if get_origin(hint) is Literal:
        return _read_literal(get_args(hint))
    if get_origin(hint) is tuple:
        return _read_items(_reader(get_args(hint)[0]))
    if hint in _READERS:
        return _READERS[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _read_literal(tuple(member.value for member in hint), hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return _read_nested(hint)
    if get_origin(hint) is not None and issubclass(get_origin(hint), Mapping):
        return _read_object
    raise TypeError(f"no JSON shape for {hint!r}")


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ShapeError("must be a text")
    return value


def _read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ShapeError("must be true or false")
    return value


def _read_whole(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ShapeError("must be a whole number")
    return max(-_LARGEST, min(value, _LARGEST))


def _read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ShapeError("must be a number")
    try:
        return float(value)
    except OverflowError as error:
        raise ShapeError("is too large a number") from error


def _read_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ShapeError("must be an object")
    return value


_READERS: dict[Any, Reader] = {
    str: _read_text,
    bool: _read_flag,
    int: _read_whole,
    float: _read_number,
}


def _read_literal(allowed: tuple[Any, ...], make: Callable[[Any], Any] = lambda value: value) -> Reader:
    words = "must be one of " + ", ".join(str(name) for name in allowed)
    made = {name: make(name) for name in allowed}

    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in made:
            raise ShapeError(words)
        return made[value]

    return read


def _read_items(read_item: Reader) -> Reader:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ShapeError("must be a list")
        return tuple(read_item(item) for item in value)

    return read


def _read_nested(kind: type) -> Reader:
    def read(value: Any) -> Any:
        return from_values(kind, _read_object(value))

    return read


# -- writing -------------------------------------------------------------------------------------------------------


def _writer(hint: Any) -> Writer:
    inner, is_optional = _without_none(hint)
    write = _writer_of(inner)
    if inner is float:
        return _write_optional_number if is_optional else _write_number
    if not is_optional:
        return write
    return lambda value: None if value is None else write(value)


def _writer_of(hint: Any) -> Writer:
    if get_origin(hint) is tuple:
        write = _writer(get_args(hint)[0])
        return lambda value: [write(item) for item in value]
    if is_dataclass(hint):
        return to_values
    if hint in (str, bool, int, float) or get_origin(hint) is Literal:
        return lambda value: value
    return plain


def _write_optional_number(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None


def _write_number(value: float) -> float:
    if math.isfinite(value):
        return value
    return -IMPOSSIBLE if value == math.inf else IMPOSSIBLE


# -- schema --------------------------------------------------------------------------------------------------------


def _hint_schema(hint: Any) -> dict[str, Any]:
    inner, is_optional = _without_none(hint)
    schema = _inner_schema(inner)
    if not is_optional:
        return schema
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _inner_schema(hint: Any) -> dict[str, Any]:
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    if hint in names:
        return {"type": names[hint]}
    if hint is Any:
        return {}
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _hint_schema(get_args(hint)[0])}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"type": "string", "enum": [member.value for member in hint]}
    if is_dataclass(hint) and isinstance(hint, type):
        return schema_of(hint)
    return {"type": "object"}
