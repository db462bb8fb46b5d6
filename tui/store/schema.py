"""The JSON Schema of a session file's lines, made from the event classes themselves.

`docs/session.schema.json` is what this makes, and a test keeps it so. The schema says what this version writes; as
readers must be, it is lenient about what it does not know: further keys, further events. Nothing imports this module
at run time.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from typing import Any

from tui.domain.record import SessionStarted
from tui.store.codec import EVENT_CLASSES, FORMAT, VERSION
from tui.store.shapes import schema_of

ADDRESS = "https://json-schema.org/draft/2020-12/schema"


def session_schema() -> dict[str, Any]:
    """The schema that every line of a session file fulfils."""
    definitions = {name: _event_schema(name, kind) for name, kind in EVENT_CLASSES.items()}
    rules: list[dict[str, Any]] = [
        {
            "if": {"properties": {"event": {"const": name}}, "required": ["event"]},
            "then": {"$ref": f"#/$defs/{name}"},
        }
        for name in EVENT_CLASSES
    ]
    rules.append({"if": {"required": ["format"]}, "then": {"$ref": "#/$defs/header"}})
    return {
        "$schema": ADDRESS,
        "title": "A line of a Parley session file",
        "description": "The first line is the header, every other one an event. Further keys and events are allowed.",
        "type": "object",
        "anyOf": [{"required": ["event"]}, {"required": ["format"]}],
        "properties": {"event": {"type": "string"}},
        "allOf": rules,
        "$defs": {"header": _header_schema(), **definitions},
    }


def schema_text() -> str:
    """The schema as it stands in `docs/session.schema.json`."""
    return json.dumps(session_schema(), indent=2, ensure_ascii=False) + "\n"


def _header_schema() -> dict[str, Any]:
    schema = _described(SessionStarted)
    schema["properties"] = {
        "format": {"const": FORMAT},
        "version": {"type": "integer", "minimum": 1, "description": f"{VERSION} is the one described here."},
        **schema["properties"],
    }
    schema["required"] = ["format", "version", *schema["required"]]
    return schema


def _event_schema(name: str, kind: type) -> dict[str, Any]:
    schema = _described(kind)
    schema["properties"] = {"event": {"const": name}, **schema["properties"]}
    schema["required"] = ["event", *schema["required"]]
    return schema


def _described(kind: type) -> dict[str, Any]:
    schema = schema_of(kind)
    for name, words in _field_docstrings(kind).items():
        schema["properties"][name] = {**schema["properties"][name], "description": words}
    return {"description": " ".join(inspect.cleandoc(kind.__doc__ or "").split()), **schema}


def _field_docstrings(kind: type) -> dict[str, str]:
    """The string under each field of a class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
            found[field.target.id] = " ".join(ast.literal_eval(below.value).split())  # type: ignore[attr-defined]
    return found
