"""Script files: what a scripted model says, as TOML that people can write.

    description = "Thinks before it answers"
    [[replies]]
    match = "(?i)weather"        # optional: a regular expression on the last question
    reasoning = "Let me see …"
    text = "It rains in {{model}}."
    chunk = "token"              # token, word, line, or a number of characters
    tokens_per_s = 60.0          # 0: as fast as it goes
    first_token_s = 0.3
    finish = "stop"              # stop, length, filter, tool_calls, cut_short
    usage = { input_tokens = 12 }
    error = { kind = "rate-limited", message = "Slow down.", after_chars = 40, status = 429, tries = 2 }
    tool_call = { name = "look_up", arguments = '{"q": 1}' }

`{{prompt}}`, `{{model}}` and `{{turn}}` in the texts are filled in. Refuses unknown fields, so that a slip of the pen
is told and not swallowed; knows nothing of playing.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tui import errors, paths
from tui.domain.events import Finish
from tui.errors import ConfigError
from tui.providers.base import Price
from tui.text.clean import clean_line

SHIPPED = Path(__file__).with_name("scripts")
"""The demo endpoint's scripts, one file per model."""

ERROR_KINDS: Mapping[str, type[errors.ProviderError]] = {
    "connect-failed": errors.ConnectFailed,
    "request-rejected": errors.RequestRejected,
    "key-rejected": errors.KeyRejected,
    "model-unknown": errors.ModelUnknown,
    "context-too-long": errors.ContextTooLong,
    "rate-limited": errors.RateLimited,
    "reply-unreadable": errors.ReplyUnreadable,
}
"""Errors that a script may end with; after text they all break the stream."""

_TOKEN = re.compile(r"\s*(?:\w{1,8}|[^\w\s])|\s+")
_WORD = re.compile(r"\s*\S+|\s+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class ScriptError:
    """How a reply fails."""

    message: str = "The script ends here."
    kind: str = "request-rejected"
    after_chars: int = 0
    """How much of the text comes first."""
    status: int | None = None
    retry_after_s: float | None = None
    tries: int = 1
    """How many tries are shown in all."""


@dataclass(frozen=True, slots=True)
class ScriptReply:
    """One reply of a script."""

    text: str = ""
    reasoning: str = ""
    match: str = ""
    chunk: str | int = "token"
    tokens_per_s: float = 80.0
    first_token_s: float = 0.2
    finish: Finish = Finish.STOP
    usage: Mapping[str, int] = field(default_factory=dict)
    error: ScriptError | None = None
    tool_call: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A scripted model."""

    name: str
    replies: tuple[ScriptReply, ...]
    description: str = ""
    context_tokens: int = 8192
    price: Price = field(default_factory=Price)

    def reply_to(self, prompt: str, number: int) -> ScriptReply:
        """The first reply that matches the prompt, else the one whose turn it is."""
        for reply in self.replies:
            if reply.match and re.search(reply.match, prompt):
                return reply
        plain = [reply for reply in self.replies if not reply.match] or list(self.replies)
        return plain[number % len(plain)]


def pieces(text: str, chunk: str | int) -> list[str]:
    """`text` cut as the script says; joined, the pieces are the text."""
    if isinstance(chunk, int):
        return [text[at : at + chunk] for at in range(0, len(text), chunk)]
    return {"token": _TOKEN, "word": _WORD, "line": _LINE}[chunk].findall(text)


def find_scripts(place: str) -> list[Path]:
    """The files at a place: a file, a folder of files, or, when it is empty, the shipped ones."""
    path = paths.from_home(place) if place else SHIPPED
    return sorted(path.glob("*.toml")) if paths.is_dir(path) else [path]


def load_script(path: Path) -> ScriptFile:
    """Read one script file; the model is called like the file.

    Raises:
        ConfigError: it cannot be read, or holds something that no script has.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"The script {_named(path)} cannot be read: {error.strerror or 'no reason given'}."
        ) from error
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, nested too deep; a path that cannot be
        raise ConfigError(f"The script {_named(path)} is not TOML: {clean_line(str(error), 200)}.") from error
    replies = data.pop("replies", [])
    if not isinstance(replies, list) or not replies or not all(isinstance(reply, dict) for reply in replies):
        raise ConfigError(f"The script {_named(path)} has no [[replies]].")
    price = data.pop("price", {})
    _check_fields(data, ("description", "context_tokens"), path, "")
    _check_fields(price, ("input", "output"), path, "price.")
    return ScriptFile(
        name=path.stem,
        replies=tuple(_reply(reply, path) for reply in replies),
        description=str(data.get("description", "")),
        context_tokens=_checked(data.get("context_tokens", 8192), int, path, "context_tokens"),
        price=Price(price.get("input"), price.get("output")),
    )


def _reply(data: dict[str, Any], path: Path) -> ScriptReply:
    _check_fields(data, [field.name for field in fields(ScriptReply)], path, "replies.")
    values: dict[str, Any] = dict(data)
    for name in ("text", "reasoning", "match"):
        _checked(values.get(name, ""), str, path, f"replies.{name}")
    for name in ("tokens_per_s", "first_token_s"):
        if _checked(values.get(name, 1.0), float, path, f"replies.{name}") < 0:
            raise _wrong(path, f"replies.{name}", "at least 0")
    chunk = values.get("chunk", "token")
    if chunk not in ("token", "word", "line") and (type(chunk) is not int or chunk < 1):
        raise _wrong(path, "replies.chunk", "token, word, line, or a number of characters")
    try:
        re.compile(values.get("match", ""))
        values["finish"] = Finish(values.get("finish", "stop"))
    except re.error as error:
        raise _wrong(path, "replies.match", "a regular expression") from error
    except ValueError as error:
        raise _wrong(path, "replies.finish", f"one of {', '.join(Finish)}") from error
    for name in ("usage", "tool_call", "error"):
        _checked(values.get(name, {}), dict, path, f"replies.{name}")
    if "error" in values:
        values["error"] = _error(values["error"], path)
    _check_fields(values.get("usage", {}), ("input_tokens", "output_tokens", "reasoning_tokens"), path, "usage.")
    _check_fields(values.get("tool_call", {}), ("name", "arguments"), path, "tool_call.")
    return ScriptReply(**values)


def _error(data: dict[str, Any], path: Path) -> ScriptError:
    _check_fields(data, [field.name for field in fields(ScriptError)], path, "error.")
    if data.get("kind", "request-rejected") not in ERROR_KINDS:
        raise _wrong(path, "error.kind", f"one of {', '.join(ERROR_KINDS)}")
    return ScriptError(**data)


def _check_fields(data: Any, allowed: Any, path: Path, where: str) -> None:
    if not isinstance(data, dict):
        raise _wrong(path, where.rstrip("."), "a table")
    for name in data:
        if name not in allowed:
            near = difflib.get_close_matches(name, list(allowed), n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(allowed)}."
            raise ConfigError(f"The script {_named(path)} has an unknown field {clean_line(where + name, 60)}; {hint}")


def _checked(value: Any, kind: type, path: Path, where: str) -> Any:
    is_number = kind is float and isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number and type(value) is not kind:
        words = {str: "a text", int: "a whole number", float: "a number", dict: "a table"}[kind]
        raise _wrong(path, where, words)
    return value


def _wrong(path: Path, where: str, expected: str) -> ConfigError:
    return ConfigError(f"The script {_named(path)}: {where} must be {expected}.")


def _named(path: Path) -> str:
    return clean_line(str(path), 200)
