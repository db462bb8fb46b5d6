"""What `ask`, `complete` and `compare` share: their options, the prompt's parts, and the reply as an object."""

from __future__ import annotations

import argparse
import base64
import mimetypes
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.preset_use import add_preset_options
from tui.domain.reply import Reply
from tui.domain.request import Image
from tui.errors import ConfigError

if TYPE_CHECKING:
    from tui.config import Config
    from tui.store.presets import Preset

ATTACHMENT_LIMIT_BYTES = 20 * 1024 * 1024
"""Larger files fit no model's request."""
_IMAGE_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user asks, its parts put together."""

    text: str
    images: tuple[Image, ...] = ()


def add_request_options(parser: argparse.ArgumentParser, *, many_models: bool = False) -> None:
    """Options about what is asked and how."""
    parser.add_argument("prompt", nargs="*", metavar="PROMPT", help="the prompt; standard input is put after it")
    parser.add_argument(
        "-m",
        "--model",
        action="append",
        default=[],
        metavar="ENDPOINT/MODEL",
        help="a model to ask; repeat for more" if many_models else "the model to ask",
    )
    parser.add_argument("-s", "--system", metavar="SYSTEM", help="the system prompt")
    parser.add_argument(
        "-p",
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter, such as temperature=0.2; the value is JSON, else text; repeat for more",
    )
    parser.add_argument("-a", "--attach", action="append", default=[], metavar="FILE", help="attach a file; repeat")
    add_preset_options(parser)


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Options about what is printed."""
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print one JSON object")
    shape.add_argument("--jsonl", action="store_true", help="print one JSON event a line")


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """Options about where the chat is kept."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--session", metavar="ID", help="go on in this session")
    where.add_argument("--continue", dest="go_on", action="store_true", help="go on in the last session")
    where.add_argument("--no-store", action="store_true", help="keep nothing on disk")


def read_prompt(words: Sequence[str], files: Sequence[str], *, preset: Preset | None = None) -> Prompt:
    """The prompt from the command line, then standard input, then the attached files.

    Args:
        words: What stands on the command line.
        files: What is attached.
        preset: Its prompt takes in what was typed.

    Raises:
        ConfigError: there is no prompt at all, or a file cannot be attached.
    """
    parts = [" ".join(words)] if words else []
    if sys.stdin is not None and not sys.stdin.isatty():
        piped = read_stdin()
        if piped.strip():
            parts.append(piped if not words else piped.rstrip("\n"))
    images: list[Image] = []
    for name in files:
        attached = read_attachment(Path(name).expanduser())
        if isinstance(attached, Image):
            images.append(attached)
        else:
            parts.append(attached)
    text = "\n\n".join(part for part in parts if part)
    if preset is not None:
        text = preset.question(text)
    if not text.strip() and not images:
        raise ConfigError("There is no prompt; give it as an argument or on standard input.")
    return Prompt(text, tuple(images))


def read_stdin() -> str:
    """All of standard input as text, whatever its bytes."""
    buffer = getattr(sys.stdin, "buffer", None)
    raw = sys.stdin.read().encode("utf-8", "replace") if buffer is None else buffer.read()
    text: str = raw.decode("utf-8", "replace")
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def read_attachment(path: Path) -> str | Image:
    """A file as text with its name, or as an image.

    Raises:
        ConfigError: the file is missing, too large, or neither text nor an image that models take.
    """
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= ATTACHMENT_LIMIT_BYTES else b""
    except OSError as error:
        raise ConfigError(f"{path} cannot be attached: {error.strerror}.") from error
    if size > ATTACHMENT_LIMIT_BYTES:
        raise ConfigError(f"{path} is too large to attach: {size / 1e6:.0f} MB, the limit is 20 MB.")
    media_type = next((kind for magic, kind in _IMAGE_MAGIC.items() if raw.startswith(magic)), "")
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        media_type = "image/webp"
    if media_type:
        return Image(media_type=media_type, base64=base64.b64encode(raw).decode("ascii"))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        guess = mimetypes.guess_type(path.name)[0] or "unknown kind"
        raise ConfigError(
            f"{path} ({guess}) cannot be attached; attach text or an image (PNG, JPEG, GIF, WebP)."
        ) from error
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{path.name}:\n{fence}{path.suffix.lstrip('.')}\n{text.rstrip()}\n{fence}"


def read_parameters(config: Config, given: Sequence[str], *, below: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Parameters from the configuration, from the session or preset (`below`) and from `-p`, later ones winning.

    Raises:
        ConfigError: a `-p` is not NAME=VALUE.
    """
    from tui.providers.parameters import parse_parameter

    parameters = dict(config.parameters)
    parameters.update(below or {})
    for text in given:
        name, value = parse_parameter(text)
        parameters[name] = value
    return {name: value for name, value in parameters.items() if value is not None}


def reply_object(reply: Reply, session_id: str | None) -> dict[str, Any]:
    """The reply as `--json` prints it; unknown figures are null."""
    usage: dict[str, Any] = {
        "input_tokens": reply.usage.input_tokens,
        "output_tokens": reply.usage.output_tokens,
        "reasoning_tokens": reply.usage.reasoning_tokens,
    }
    if reply.usage.is_estimated:
        usage["estimated"] = True
    timings: dict[str, Any] = {
        "first_token_s": _rounded(reply.timings.first_token_s),
        "total_s": _rounded(reply.timings.total_s),
        "tokens_per_s": _rounded(reply.timings.tokens_per_s, 2),
    }
    if reply.timings.is_estimated:
        timings["estimated"] = True
    result: dict[str, Any] = {
        "model": reply.model,
        "text": reply.text,
        "reasoning": reply.reasoning,
        "finish": reply.finish.value,
        "usage": usage,
        "timings": timings,
        "cost_usd": reply.cost_usd,
    }
    if reply.cost_usd is not None and reply.cost_is_estimated:
        result["cost_estimated"] = True
    result["choices"] = [choice_object(choice) for choice in reply.choices]
    result["meta"] = dict(reply.meta)
    result["session"] = session_id
    result["error"] = error_object(reply)
    if reply.notes:
        result["notes"] = list(reply.notes)
    return result


def choice_object(choice: Any) -> dict[str, Any]:
    """One choice as `--json` prints it; what a choice does not have is left out."""
    found: dict[str, Any] = {
        "index": choice.index,
        "text": choice.text,
        "finish": choice.finish.value if choice.finish else "cut_short",
    }
    if choice.reasoning:
        found["reasoning"] = choice.reasoning
    if choice.finish_words:
        found["finish_words"] = choice.finish_words
    if choice.tool_calls:
        found["tool_calls"] = [
            {"id": call.call_id, "name": call.name, "arguments": call.arguments} for call in choice.tool_calls
        ]
    if choice.logprobs:
        found["logprobs"] = [
            {
                "token": token.token,
                "logprob": token.logprob,
                "alternatives": [{"token": other.token, "logprob": other.logprob} for other in token.alternatives],
            }
            for token in choice.logprobs
        ]
    return found


def error_object(reply: Reply) -> dict[str, Any] | None:
    """`error` of the reply object."""
    if reply.error is None:
        return None
    return {
        "kind": reply.error.kind,
        "message": reply.error.message,
        "status": reply.error.status,
        "retry_after_s": reply.error.retry_after_s,
    }


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
