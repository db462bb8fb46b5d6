"""What `ask`, `complete` and `compare` share: their options, the prompt's parts, and the reply as an object.

Refuses to send anything, and to print.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.chat.attaching import LIMIT_BYTES, Attachable, as_prompt, from_content, read_file
from tui.cli.output import typed
from tui.cli.preset_use import add_preset_options
from tui.domain.reply import Reply
from tui.errors import ConfigError
from tui.text.clean import clean_line
from tui.text.sizes import size_words

if TYPE_CHECKING:
    from tui.chat.connections import Connections
    from tui.config import Config
    from tui.domain.parameters import ParameterTable
    from tui.store.presets import Preset

STDIN = "-"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""How text of two bytes a character begins; never UTF-8."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user asks, its parts put together."""

    text: str
    files: tuple[Attachable, ...] = ()

    @property
    def has_images(self) -> bool:
        """Whether a picture is attached."""
        return any(file.kind == "image" for file in self.files)

    @property
    def inline(self) -> str:
        """The text with the attached files in it, where there is no place for them beside it.

        Raises:
            ConfigError: a picture is among them.
        """
        if self.has_images:
            raise ConfigError("A text completion takes no images; use “parley ask”.")
        return _joined(self.text, *(as_prompt(file.name, file.text) for file in self.files))


def add_request_options(parser: argparse.ArgumentParser, *, many_models: bool = False) -> None:
    """Options about what is asked and how."""
    parser.add_argument(
        "prompt", nargs="*", type=typed, metavar="PROMPT", help="the prompt; standard input is put after it"
    )
    parser.add_argument(
        "-m",
        "--model",
        action="append",
        default=[],
        metavar="ENDPOINT/MODEL",
        help="a model to ask; repeat for more" if many_models else "the model to ask",
    )
    parser.add_argument("-s", "--system", type=typed, metavar="SYSTEM", help="the system prompt")
    parser.add_argument(
        "-p",
        "--parameter",
        action="append",
        type=typed,
        default=[],
        metavar="NAME=VALUE",
        help="a parameter, such as temperature=0.2; the value is JSON, else text; repeat for more",
    )
    parser.add_argument(
        "-a",
        "--attach",
        action="append",
        default=[],
        metavar="FILE",
        help="attach text, a PDF or an image; - is standard input; repeat for more",
    )
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
        words: What stands on the command line; a lone `-` is standard input.
        files: What is attached; `-` is standard input, which is no prompt then.
        preset: Its prompt takes in what was typed.

    Raises:
        ConfigError: there is no prompt at all, or a file cannot be attached.
    """
    attached = tuple(_attached(name) for name in files)
    is_asked = list(words) == [STDIN]  # by its usual name: then a terminal is read to its end, too
    words = () if is_asked else words
    said = " ".join(words)
    if sys.stdin is not None and (is_asked or not sys.stdin.isatty()) and STDIN not in files:
        piped = read_stdin()
        if piped.strip():
            said = _joined(said, piped.rstrip("\n")) if words else piped
    if preset is None:
        text = said
    elif said.strip() or not attached or any(file.kind == "image" for file in attached):
        text = preset.question(said)
    else:  # the files are what the preset is about
        text, attached = preset.question(Prompt("", attached).inline), ()
    if not text.strip() and not attached:
        raise ConfigError("There is no prompt; give it as an argument or on standard input.")
    return Prompt(text, attached)


def check_images(connections: Connections, model: str, prompt: Prompt) -> None:
    """Refuse pictures that a model is known not to take.

    Raises:
        ConfigError: it takes none, or none as large.
    """
    if not prompt.has_images:
        return
    if connections.takes_images(model) is False:
        raise ConfigError(f"{clean_line(model)} takes no images; ask a model that does, or attach the text of it.")
    limit = connections.image_limit_bytes(model)
    for file in prompt.files:
        if limit is not None and file.kind == "image" and len(file.content) > limit:
            raise ConfigError(
                f"{clean_line(file.name)} is too large for {clean_line(model)}: {size_words(len(file.content))}, "
                f"its images may have {limit >> 20} MB."
            )


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part.strip())


def _attached(name: str) -> Attachable:
    if name != STDIN:
        return read_file(Path(name), takes_pipes=True)
    buffer = getattr(sys.stdin, "buffer", None)
    return from_content("stdin", b"" if buffer is None else buffer.read(LIMIT_BYTES + 1), shown="Standard input")


def read_stdin() -> str:
    """All of standard input as text, whatever its bytes."""
    buffer = getattr(sys.stdin, "buffer", None)
    raw = sys.stdin.read().encode("utf-8", "replace") if buffer is None else buffer.read()
    text: str = raw.decode("utf-16" if raw[:2] in UTF_16 else "utf-8", "replace")
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


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


def check_given(given: Sequence[str], table: ParameterTable, model: str) -> None:
    """Refuse what `-p` asks of a model that does not take it so; what was set before for others is clamped instead.

    Raises:
        ConfigError: a value is of the wrong type or out of range.
    """
    from tui.providers.parameters import parse_parameter

    for name, value in map(parse_parameter, given):
        spec = table.get(name)
        if spec is not None and spec.is_taken and value is not None:
            spec.check(value, model=model)


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
    if choice.reasoning and choice.index:  # the first one's stands on the reply itself
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
