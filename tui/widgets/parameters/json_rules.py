"""What is checked of a parameter that is free JSON, before it is kept. Refuses to judge a schema's meaning.

Servers take different subsets of JSON Schema; what no server takes (a type that is none, a required property that is
not described) is said while one edits.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

from tui.errors import ConfigError
from tui.providers.response_format import ResponseFormat
from tui.text.clean import clean_line

FORMAT_WORDS = ("text", "json_object", "json")
SCHEMA_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_OF_SCHEMAS = ("properties", "$defs", "definitions")
"""Where a schema has others by name."""
_CHOICES = ("anyOf", "oneOf", "allOf")
MOST_LEVELS = 60
TEMPLATE: Mapping[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}
"""What an editor for a schema starts with."""


def check_json(name: str, value: Any) -> Any:
    """The value, if the parameter `name` can be set to it.

    Raises:
        ConfigError: it cannot; one sentence.
    """
    if name == "response_format":
        found = ResponseFormat.parse(value)
        if found.schema is not None:
            _check_schema(found.schema, "the schema")
    elif name == "extra_body" and not isinstance(value, Mapping):
        raise ConfigError("extra_body must be a JSON object.")
    return value


def _check_schema(schema: Mapping[str, Any], where: str, levels: int = MOST_LEVELS, *, is_part: bool = False) -> None:
    """Check a schema and those in it; one that `is_part` of another may require what is described there."""
    if levels <= 0:
        raise ConfigError("The schema is nested too deeply.")
    kinds = schema.get("type", ())
    for kind in kinds if isinstance(kinds, list | tuple) else [kinds]:
        if not isinstance(kind, str) or kind not in SCHEMA_TYPES:
            words = kind if isinstance(kind, str) else reprlib.repr(kind)
            raise ConfigError(f"In {where}, “{clean_line(words, 40)}” is no type of JSON Schema.")
    properties = schema.get("properties", {})
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(isinstance(one, str) for one in required):
        raise ConfigError(f"In {where}, “required” must be a list of names.")
    for place in _OF_SCHEMAS:
        _check_named(schema.get(place, {}), place, where, levels)
    missing = [one for one in required if properties and one not in properties and not is_part]
    if missing:
        raise ConfigError(f"In {where}, “{clean_line(missing[0], 40)}” is required and not described.")
    for choices in _CHOICES:
        found = schema.get(choices, [])
        if not isinstance(found, list):
            raise ConfigError(f"In {where}, “{choices}” must be a list of schemas.")
        for inner in found:
            if isinstance(inner, Mapping):
                _check_schema(inner, f"“{choices}” of {where}", levels - 1, is_part=True)
    items = schema.get("items")
    if isinstance(items, Mapping):
        _check_schema(items, f"the items of {where}", levels - 1)


def _check_named(schemas: Any, place: str, where: str, levels: int) -> None:
    """Check the schemas that stand by name at `place` of a schema."""
    if not isinstance(schemas, Mapping):
        raise ConfigError(f"In {where}, “{place}” must be an object.")
    for key, inner in schemas.items():
        if isinstance(inner, Mapping):
            _check_schema(inner, f"“{clean_line(str(key), 40)}”", levels - 1)
        elif not isinstance(inner, bool):
            raise ConfigError(f"In {where}, “{clean_line(str(key), 40)}” must be a schema, an object.")
