"""A request and its reply, told so that one can learn from them: as JSON, as `curl`, as figures and a plot.

Works on what was recorded (secrets masked already) or on a request that is about to be sent. Refuses to hold or to
look up a secret: where one stood, a command names the shell variable that holds it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tui.domain.reply import Timings
from tui.domain.session import Message
from tui.text.clean import clean
from tui.text.redact import MASK, SECRET_OBJECTS, looks_secret

BARS = "▁▂▃▄▅▆▇█"
_LEFT_OUT = frozenset({"accept-encoding", "content-length", "host"})
"""Headers that curl sends by itself, or that would make it print packed bytes."""
_OWN_AGENT = "parley/"
_LONGEST_ARGUMENT_BYTES = 100_000
_END_OF_BODY = "END_OF_REQUEST"
_HOSTILE = re.compile(r"[^\x20-\x7e\n]")


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting then and now; None is not set."""

    name: str
    then: Any
    now: Any


def json_text(value: Any) -> str:
    """A JSON value on indented lines; characters that could steer a terminal are written as escapes."""
    return harmless_json(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def harmless_json(text: str) -> str:
    """JSON text that says the same and holds no hostile character; for pasting anywhere."""
    if text.isascii():
        return text.replace("\x7f", "\\u007f")
    return _HOSTILE.sub(lambda found: found[0] if clean(found[0]) == found[0] else _escaped(found[0]), text)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1] if not character.isascii() else f"\\u{ord(character):04x}"


def curl_command(sent: Mapping[str, Any], *, key_variable: str = "") -> str:
    """The request as a command for a POSIX shell.

    Args:
        sent: `{"method","url","headers","json"}`, secrets as `***`.
        key_variable: The environment variable that holds the endpoint's key.

    Returns:
        The command; each masked header names a shell variable. Empty when the request is none that curl could make.
    """
    url = str(sent.get("url", ""))
    if not url.startswith(("http://", "https://")):
        return ""
    method = str(sent.get("method", "POST"))
    lines = ["curl -sS -N" if method == "POST" else f"curl -sS -N -X {shlex.quote(method)}"]
    lines[0] += f" {_shell_url(url, key_variable)}"
    for name, value in dict(sent.get("headers") or {}).items():
        is_own = str(name).lower() == "user-agent" and str(value).startswith(_OWN_AGENT)  # curl names itself instead
        if str(name).lower() not in _LEFT_OUT and not is_own:
            lines.append(f"-H {_shell_header(str(name), str(value), key_variable)}")
    if sent.get("json") is not None:
        lines.append(_shell_body(sent["json"]))
    return " \\\n  ".join(lines) + "\n"


def _shell_body(body: Any) -> str:
    """The JSON as curl's argument; a long one on its standard input, as no argument may be longer than 128 KiB."""
    secrets: list[str] = []
    text = json_text(_with_places(body, secrets))
    if len(text) * 4 > _LONGEST_ARGUMENT_BYTES and len(text.encode()) > _LONGEST_ARGUMENT_BYTES:
        text = re.sub(r"([\\$`])", r"\\\1", text)
        for place, name in enumerate(secrets):
            text = text.replace(_place(place), f"${{{name}}}")
        return f"--data-binary @- <<{_END_OF_BODY}\n{text}\n{_END_OF_BODY}"
    quoted = shlex.quote(text)
    for place, name in enumerate(secrets):
        quoted = quoted.replace(_place(place), f"'\"${name}\"'")
    return f"--data-binary {quoted}"


def _place(number: int) -> str:
    return f"\ue000secret {number}\ue000"


def _with_places(value: Any, secrets: list[str], name: str = "", *, is_secret: bool = False) -> Any:
    """The body with a mark for each masked secret, whose variables are added to `secrets`."""
    match value:
        case Mapping():
            inside = name in SECRET_OBJECTS
            return {
                key: _with_places(
                    item, secrets, f"{key}_api_key" if inside else str(key), is_secret=inside or looks_secret(str(key))
                )
                for key, item in value.items()
            }
        case list() | tuple():
            return [_with_places(item, secrets, name, is_secret=is_secret) for item in value]
        case str() if value == MASK and is_secret:
            secrets.append(_variable(name))
            return _place(len(secrets) - 1)
    return value


def _variable(name: str) -> str:
    word = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    return word if word and not word[0].isdigit() else f"KEY_{word}"


def _shell_url(url: str, key_variable: str) -> str:
    """The address in quotes; a masked part of it is the key."""
    if MASK not in url:
        return shlex.quote(url)
    return '"' + _double_quoted(url).replace(MASK, "$" + (key_variable or "API_KEY")) + '"'


def _shell_header(name: str, value: str, key_variable: str) -> str:
    if not value:
        return shlex.quote(f"{name};")  # with a colon and nothing behind it, curl would leave the header out
    if MASK not in value:
        return shlex.quote(f"{name}: {value}")
    is_bearer = name.lower() == "authorization"
    variable = key_variable or "API_KEY"
    if name.lower() not in ("authorization", "x-api-key", "x-goog-api-key", "api-key"):
        variable = _variable(name)
    secret = value.replace(MASK, "\0")
    shown = _double_quoted(secret).replace("\0", f"${variable}")
    return f'"{_double_quoted(name)}: {"Bearer " if is_bearer and value == MASK else ""}{shown}"'


def _double_quoted(text: str) -> str:
    return re.sub(r'([\\"$`!])', r"\\\1", text)


# -- the reply ---------------------------------------------------------------------------------------------------------


def gap_plot(gaps_ms: tuple[int, ...], width_cells: int) -> str:
    """One bar for each gap between pieces, the longest full; stretches share a bar when there is no room for all."""
    if not gaps_ms or width_cells < 1:
        return ""
    if len(gaps_ms) > width_cells:
        edges = [place * len(gaps_ms) // width_cells for place in range(width_cells + 1)]
        gaps_ms = tuple(max(gaps_ms[low:high]) for low, high in pairwise(edges))
    longest = max(gaps_ms)
    if not longest:
        return BARS[0] * len(gaps_ms)
    return "".join(BARS[min(len(BARS) - 1, gap * len(BARS) // (longest + 1))] for gap in gaps_ms)


def _timing_line(words: str, seconds: float, remark: str = "") -> str:
    return f"{words:<15}{seconds:9.3f} s   {remark}".rstrip()


def _connection_lines(timings: Timings) -> list[str]:
    if timings.is_connection_reused:
        return [f"{'connection':<15}   was open already, and used again"]
    lines = []
    if timings.connect_s is not None:
        lines.append(_timing_line("connecting", timings.connect_s, "finding the host's address (DNS) and TCP"))
    if timings.tls_s is not None:
        lines.append(_timing_line("TLS", timings.tls_s, "agreeing on keys"))
    return lines


def failed_tries(message: Message) -> list[str]:
    """Why the requests failed that were made before the one that was answered."""
    http = message.meta.get("http")
    found = http.get("failed_tries") if isinstance(http, Mapping) else None
    return [str(cause) for cause in found] if isinstance(found, list) else []


def timing_lines(message: Message, width_cells: int) -> list[str]:
    """When what happened, one line each; only what is known."""
    timings = message.timings
    lines = _connection_lines(timings)
    failed = failed_tries(message)
    first = "the request had left" if not failed else f"the first of {len(failed) + 1} requests had left"
    for words, seconds, remark in (
        ("first byte", timings.first_byte_s, f"since {first}"),
        ("first token", timings.first_token_s, ""),
        ("end", timings.total_s, ""),
    ):
        if seconds is not None:
            lines.append(_timing_line(words, seconds, remark))
    if timings.tokens_per_s is not None:
        speed = f"{'~' if timings.is_estimated else ''}{timings.tokens_per_s:.1f}"
        lines.append(f"{'speed':<15}{speed:>9} tokens/s")
    gaps = timings.gaps_ms
    if gaps:
        ordered = sorted(gaps)
        middle = ordered[len(ordered) // 2]
        lines += [
            "",
            "Gaps between the pieces of the reply, from its first to its last:",
            gap_plot(gaps, width_cells),
            f"median {middle} ms · longest {ordered[-1]} ms",
        ]
    return lines or ["Nothing is known about the times of this reply."]


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """The settings that are not the same, by name."""
    return [
        Difference(name, then.get(name), now.get(name))
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name) or type(then.get(name)) is not type(now.get(name))
    ]
