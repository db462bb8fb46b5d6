"""The response format as users write it, read once for all wires.

A user writes `text`, `json_object`, or an object: a JSON schema itself, or OpenAI's wrapping of one. Refuses to
validate the schema: each server has its own subset.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tui.errors import ConfigError

_ALLOWED = "response_format must be text, json_object or a JSON schema (an object)"


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """What shape the reply should have."""

    kind: Literal["text", "json_object", "json_schema"]
    schema: Mapping[str, Any] | None = None
    name: str = "reply"
    strict: bool | None = None
    description: str = ""

    @classmethod
    def parse(cls, value: Any) -> ResponseFormat:
        """Read a user's value.

        Raises:
            ConfigError: it is none of the allowed forms.
        """
        if isinstance(value, str) and value.lstrip().startswith("{"):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError) as error:
                raise ConfigError(f"{_ALLOWED}; this is not JSON.") from error
        if value == "json":
            value = "json_object"
        if value in ("text", "json_object"):
            return cls(value)
        if not isinstance(value, Mapping):
            raise ConfigError(f"{_ALLOWED}.")
        return cls._of_object(value)

    @classmethod
    def _of_object(cls, value: Mapping[str, Any]) -> ResponseFormat:
        kind = value.get("type")
        if kind in ("text", "json_object") and "properties" not in value:
            return cls("text" if kind == "text" else "json_object")
        if kind != "json_schema":
            return cls("json_schema", value)
        inner = value.get("json_schema", value)
        schema = inner.get("schema") if isinstance(inner, Mapping) else None
        if not isinstance(schema, Mapping):
            raise ConfigError("response_format of type json_schema needs a schema, an object.")
        strict = inner.get("strict")
        return cls(
            "json_schema",
            schema,
            name=str(inner.get("name") or "reply"),
            strict=strict if isinstance(strict, bool) else None,
            description=str(inner.get("description") or ""),
        )

    def named_schema(self) -> dict[str, Any]:
        """OpenAI's `{name, schema, strict?, description?}`."""
        result: dict[str, Any] = {"name": self.name, "schema": dict(self.schema or {})}
        if self.strict is not None:
            result["strict"] = self.strict
        if self.description:
            result["description"] = self.description
        return result

    def chat_field(self) -> dict[str, Any]:
        """The value of OpenAI chat's `response_format`."""
        if self.kind == "json_schema":
            return {"type": "json_schema", "json_schema": self.named_schema()}
        return {"type": self.kind}
